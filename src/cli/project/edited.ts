// Only some task files were edited: takes their tasks from the files and all others from the stored graph. Knows no module and
// no format.
import { isDeepStrictEqual } from "node:util";
import type { Frozen, Stamp } from "../../model/frozen.ts";
import { toFilePath, type AbsolutePath, type FilePath } from "../../model/path.ts";
import type { Notice } from "../../model/problem.ts";
import type { Action, FunctionRef, Project, Task } from "../../model/task.ts";
import type { World } from "../../staleness/world.ts";
import type { ConfigReads, Doors, EditedFiles, LoadRequest } from "../doors.ts";
import { editedFiles } from "./place.ts";
import { relocatable } from "./relocatable.ts";

export interface Spliced {
  readonly project: Project;
  readonly reads: ConfigReads;
  readonly notices: readonly Notice[];
}

export interface EditedRequest extends LoadRequest {
  readonly frozen: Frozen;
  readonly world: World;
}

/** null: everything must be evaluated. Call when the stamp does not hold. */
export async function loadEditedFiles(doors: Doors, request: EditedRequest): Promise<Spliced | null> {
  const { frozen, world, root, file } = request;
  const edited = request.readonly || doors.config.loadEdited === undefined ? null : editedFiles({ stamp: frozen.meta.stamp, config: toFilePath(file, root) }, world, doors);
  if (edited === null || edited.size === 0) return null;
  const found = await doors.config.loadEdited!(request, edited);
  if (found === null) return null;
  const tasks = spliced(frozen, found, root);
  if (tasks === null) return null;
  const { project } = found;
  const off = tasks.filter((task) => task.when === false).map((task) => task.name);
  const spareParams = Object.fromEntries(Object.entries(project.spareParams ?? {}).filter(([name]) => !tasks.some((task) => Object.hasOwn(task.params, name))));
  return { project: { ...project, tasks, spareParams, settings: { ...project.settings, off, services: frozen.meta.settings.services } }, reads: withStored(found.reads, frozen.meta.stamp), notices: found.notices };
}

/** The stored tasks with the edited ones in their places; null if evaluating everything might give something else. */
function spliced(frozen: Frozen, found: EditedFiles, root: AbsolutePath): readonly Task[] | null {
  const tasks = Array.from({ length: frozen.count }, (_, task) => frozen.task(task));
  const at = found.project.tasks.map((task) => frozen.indexOf(task.name));
  const plain = (index: number): boolean => index >= 0 && tasks[index]!.action !== null && tasks[index]!.each === undefined;
  if (!at.every(plain) || found.project.tasks.some((task) => task.action === null)) return null;
  // A file whose old text says something else when evaluated alone is not independent of the others.
  for (const before of found.before) if (!before.every((task, i) => isDeepStrictEqual(declared(task), declared(tasks[at[i]!]!)))) return null;
  const now = relocatable(found.project, root).tasks;
  if (now.some((task, i) => concernsServices(frozen, task, tasks[at[i]!]!))) return null;
  now.forEach((task, i) => (tasks[at[i]!] = task));
  const known = new Map<FilePath, string | null>();
  const moduleFor = (file: FilePath): string | null => {
    let module = known.get(file);
    if (module === undefined) {
      const path = found.moduleFor(file);
      known.set(file, (module = path === null ? null : toFilePath(path, root)));
    }
    return module;
  };
  return tasks.every((task) => functionsOf(task).every(({ source, module }) => moduleFor(source) === module)) ? tasks : null;
}

/** A changed service, or one that a task waits to end, needs the check across all tasks. */
function concernsServices({ meta }: Frozen, now: Task, then: Task): boolean {
  if ((now.service === null) !== (then.service === null)) return true;
  return meta.settings.services.length > 0 && (now.validate.length > 0 || now.deps.some((dep) => dep.propagate === "run"));
}

/** What a declaration says, without its place and without the code of its functions. */
function declared(task: Task): unknown {
  const { at: _, ...rest } = task;
  return JSON.parse(JSON.stringify(rest, (_key, value: unknown) => (isFunctionRef(value) ? { source: value.source, path: value.path } : value)));
}

function isFunctionRef(value: unknown): value is FunctionRef {
  return typeof value === "object" && value !== null && "module" in value && "source" in value && "path" in value && "code" in value;
}

/** The functions of the config that it calls. */
export function functionsOf(task: Task): FunctionRef[] {
  const functions = [task.action, task.before, task.afterRun].flatMap(inAction);
  if (typeof task.when === "object") functions.push(task.when);
  for (const spec of task.inputs) if (spec.kind !== "not" && spec.hasher !== undefined) functions.push(spec.hasher);
  return functions;
}

function inAction(action: Action | null): FunctionRef[] {
  if (action?.kind === "function") return [action.fn];
  return action?.kind === "chain" ? action.members.flatMap((member) => inAction(member.action)) : [];
}

/** What the files that were not evaluated read when they were. */
function withStored(reads: ConfigReads, { rows, env, listed = [] }: Stamp): ConfigReads {
  const files = new Set(reads.files);
  const folders = new Set(reads.folders);
  const names = new Set(reads.env);
  for (const [key] of rows) {
    if (key === "./") folders.add("");
    else if (key.endsWith("/")) folders.add(key.slice(0, -1));
    else files.add(key);
  }
  for (const [name] of env) names.add(name);
  const absent = reads.absent.filter((path) => !files.has(path));
  return { files: [...files].sort(), absent, folders: [...folders].sort(), env: [...names].sort(), listed: [...new Set([...(reads.listed ?? []), ...listed])].sort(), volatile: reads.volatile, copies: reads.copies, ...(reads.evaluated === undefined ? {} : { evaluated: reads.evaluated }) };
}
