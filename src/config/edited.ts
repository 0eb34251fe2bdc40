// Evaluates only the task files that have changed. If that might differ from evaluating all of them, returns nothing. Knows no
// stored graph.
import { absoluteOf, isTaskFile, toFilePath, type FilePath } from "../model/path.ts";
import type { Notice } from "../model/problem.ts";
import type { Project, Task } from "../model/task.ts";
import { checkConfig } from "./check.ts";
import { AGAIN } from "./evaluate.ts";
import type { Kept, Patched } from "./kept.ts";
import { assemble, beginLoad, evaluateKept, keepPart, stemOf, type LoadOptions, type Session } from "./load.ts";
import type { ConfigReads, LoadedConfig, TaskFile } from "./loaded.ts";
import { isForeach, isTask } from "./marks.ts";

export interface EditedConfig {
  /** What the config itself says, with only the tasks of the edited files. */
  readonly project: Project;
  /** The same tasks as their files declared them before, evaluated twice: before the edited ones and after. */
  readonly before: readonly (readonly Task[])[];
  readonly reads: ConfigReads;
  readonly notices: readonly Notice[];
  /** All modules. */
  sources(): readonly FilePath[];
  /** What a child runtime imports for a module. Absolute path; null: no module of this config. */
  moduleFor(file: FilePath): string | null;
}

/** null: everything must be evaluated. */
export async function loadEdited(options: LoadOptions, edited: ReadonlySet<FilePath>): Promise<EditedConfig | null> {
  if (isTaskFile(options.file) || (await concernsConfig(options, edited))) return null;
  const begun = await beginLoad(options);
  if (!begun.ok || begun.value.included.problems.length > 0) return null;
  const { session, value, included } = begun.value;
  if (session.kepts.some((kept) => kept.modules.some(({ source }) => isTaskFile(source)))) return null;
  const result = await keepPart(included.files.map((file) => absoluteOf(file, options.root)), "tasks", session);
  if ("problems" in result || result.patched === undefined) return null;
  const { kept, patched } = result;
  const standAlone = !kept.modules.some(({ source, deps }, index) => (index >= included.files.length && isTaskFile(source)) || deps.some((dep) => dep < included.files.length));
  if (!standAlone || patched.length !== edited.size || !patched.every(({ index }) => edited.has(session.shown(kept.modules[index]!.source)))) return null;
  const values = await valuesOf(session, kept, patched);
  if (values === null) return null;
  const files = patched.map(({ index }) => included.files[index]!);
  const [first, now, last] = values.map((list) => list.map((one, i): TaskFile => ({ name: stemOf(files[i]!), file: files[i]!, value: one })));
  const loaded = assemble({ session, value, included, taskFiles: now! });
  const projects = [first!, now!, last!].map((taskFiles) => checkAlone(loaded, taskFiles));
  if (projects.includes(null)) return null;
  return { project: projects[1]!, before: [projects[0]!.tasks, projects[2]!.tasks], reads: loaded.reads, notices: loaded.notices, sources: () => session.kepts.flatMap(({ modules }) => modules.map(({ source }) => session.shown(source))), moduleFor: loaded.moduleFor };
}

/** Before evaluation: whether the edited files include one the config itself is made of, or one that cannot be compiled. */
async function concernsConfig(options: LoadOptions, edited: ReadonlySet<FilePath>): Promise<boolean> {
  const shown = (file: string): FilePath => toFilePath(file, options.root);
  if (edited.has(shown(options.file))) return true;
  const result = await keepPart([options.file], "config", { options, shown, kepts: [] });
  return "problems" in result || result.kept.modules.some(({ source }) => edited.has(shown(source)));
}

/** What the files exported before, what they export now, and what they exported before once more. */
async function valuesOf(session: Session, kept: Kept, patched: readonly Patched[]): Promise<readonly (readonly unknown[])[] | null> {
  const modules = [...kept.modules];
  const add = (index: number, file: string): number => modules.push({ ...kept.modules[index]!, file }) - 1;
  const first = patched.map(({ index, before }) => add(index, before));
  const last = patched.map(({ index, before }) => add(index, before + AGAIN));
  const evaluated = await evaluateKept(session, { ...kept, modules }, [...first, ...patched.map(({ index }) => index), ...last]);
  if (evaluated === null) return null;
  const values = evaluated.modules.map((one) => ("exports" in one ? one.exports["default"] : undefined));
  if (!values.every((value) => isTask(value) && !isForeach(value))) return null;
  const count = patched.length;
  return [values.slice(0, count), values.slice(count, 2 * count), values.slice(2 * count)];
}

function checkAlone(loaded: LoadedConfig, taskFiles: readonly TaskFile[]): Project | null {
  // Its `reads` are computed on access, so it must not be copied.
  const read = loaded.reading(() => checkConfig(Object.assign(Object.create(loaded) as LoadedConfig, { taskFiles, value: { ...(loaded.value as object), tasks: {} } })));
  if ("problem" in read) return null;
  const checked = read.value;
  return checked.ok && checked.value.tasks.length === taskFiles.length ? checked.value : null;
}
