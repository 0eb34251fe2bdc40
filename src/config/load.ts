// Loads a config: compiles it into a kept copy, evaluates that under observation, then its task files. Knows nothing of the
// meaning of the value.
import { existsSync, readFileSync } from "node:fs";
import { absoluteOf, baseName, isTaskFile, normalizeText, toFilePath, type AbsolutePath, type FilePath } from "../model/path.ts";
import { bad, good, type ConfigProblem, type Notice, type Problem, type Result } from "../model/problem.ts";
import type { CodeFile, ListSource } from "../model/task.ts";
import { AGAIN, evaluate, maySpawn, type Evaluated } from "./evaluate.ts";
import { isTemporary, isUnwritable, keepAside, keepSomewhere } from "./folder.ts";
import { findIncluded, findMatched, includePatterns, type Included } from "./include.ts";
import type { Kept, KeepResult } from "./kept.ts";
import { insteadOfConfig, kindOf } from "./exported.ts";
import { isTask } from "./marks.ts";
import type { Called, ConfigReads, LoadedConfig, TaskFile } from "./loaded.ts";
import { nothingObserved, observe, type Observed } from "./observe.ts";
import { placeFinder, type PlaceFinder } from "./place.ts";
import type { Still } from "./still.ts";
import { isEmpty, noReads, readNow, type Reads } from "./readers.ts";

export interface LoadOptions {
  readonly file: AbsolutePath;
  readonly root: AbsolutePath;
  readonly stateDir: AbsolutePath;
  /** Absolute path of tg's public module (dist/index.js), for configs of projects without tg installed. */
  readonly publicModule: string;
  /** How long evaluating one module may take. Default 10 000. */
  readonly timeoutMs?: number;
  /** true: write nothing below the state folder; what must be compiled goes to a temporary folder. */
  readonly readOnly?: boolean;
  /** Lists made by tasks; absent: none is known. */
  readonly list?: (source: ListSource) => readonly unknown[] | null;
  /** How to report a slow evaluation; absent: not at all. */
  readonly still?: Still | undefined;
  /** Called with the kept modules before they are evaluated. */
  readonly onKept?: (kept: Kept) => void;
  /** Folders of compiled modules that must not be removed. */
  readonly held?: readonly string[] | undefined;
}

export interface Session {
  readonly options: LoadOptions;
  readonly timeoutMs: number;
  readonly shown: (file: string) => FilePath;
  readonly kepts: Kept[];
  readonly exportedBy: Map<unknown, FilePath>;
  readonly seen: Observed;
  /** Folders searched for files of families, and files that did not exist. */
  readonly walked: { readonly folders: Set<FilePath>; readonly absent: Set<FilePath> };
  /** By displayed source: makes a problem of what its functions throw. */
  readonly faults: Map<FilePath, Evaluated["problemOf"]>;
  /** tg itself is reading, and records on its own what it reads. */
  reads: boolean;
}

const NOTHING: Included = { files: [], folders: [], absent: [], problems: [] };

export async function loadConfig(options: LoadOptions): Promise<Result<LoadedConfig>> {
  const begun = await beginLoad(options);
  if (!begun.ok) return begun;
  const tasks = await loadTaskFiles(begun.value.included, begun.value.session);
  if (!tasks.ok) return tasks;
  return good(assemble({ ...begun.value, taskFiles: tasks.value }));
}

/** The config's own value and the task files that belong to it. */
export async function beginLoad(options: LoadOptions): Promise<Result<Omit<Parts, "taskFiles">>> {
  const shown = (file: string): FilePath => toFilePath(file, options.root);
  const session: Session = { options, timeoutMs: options.timeoutMs ?? 10_000, shown, kepts: [], exportedBy: new Map(), seen: nothingObserved(), walked: { folders: new Set(), absent: new Set() }, faults: new Map(), reads: false };
  if (isTaskFile(options.file)) return good({ session, value: {}, included: { ...NOTHING, files: [shown(options.file)] } });
  const config = await loadModules([options.file], "config", session);
  if (!config.ok) return config;
  const value = config.value[0];
  const kind = reading(session, () => insteadOfConfig(value, options.file));
  if ("problem" in kind) return bad([kind.problem]);
  if (kind.value !== null) return bad([{ code: "config-no-default", file: shown(options.file), found: kind.value }]);
  const patterns = reading(session, () => includePatterns(value));
  return "problem" in patterns ? bad([patterns.problem]) : good({ session, value, included: findIncluded(patterns.value, options.root) });
}

/** Reads a value behind which code of the config may be: a getter, a proxy. What that reads or throws counts as the config's. */
function reading<T>(session: Session, read: () => T): { readonly value: T } | { readonly problem: ConfigProblem } {
  const { faults, options } = session;
  const stop = observeCalls(session);
  try {
    return { value: read() };
  } catch (error) {
    for (const problemOf of new Set(faults.values())) {
      const problem = problemOf(error, options.file);
      if (problem.code === "config-throws" && (problem.frames.length > 0 || !hasStack(error))) return { problem };
    }
    throw error;
  } finally {
    stop();
  }
}

/** What tg throws is an error with a stack. */
function hasStack(error: unknown): boolean {
  return error instanceof Error && typeof error.stack === "string";
}

/** Observes code of the config that runs after its evaluation. */
function observeCalls(session: Session): () => void {
  return observe(session.seen, { ignore: (path) => session.reads || isNoise(path, session.options.stateDir), spawns: session.kepts.some(maySpawn), root: session.options.root });
}

/** For tg's own reads while code of the config may be called. */
function own<T>(session: Session, read: () => T): T {
  session.reads = true;
  try {
    return read();
  } finally {
    session.reads = false;
  }
}

type Part = "config" | "tasks";

/** Compiles modules into one folder; `aside`: always a temporary one. */
export async function keepPart(entries: readonly string[], part: Part, { options, shown, kepts }: Pick<Session, "options" | "shown" | "kepts">, aside = false): Promise<KeepResult> {
  const request = { entries, label: `${part} ${shown(options.file)}`, root: options.root, publicModule: options.publicModule, shown, held: options.held ?? [] };
  const result = aside ? await keepAside(request) : await keepSomewhere(request, options.stateDir, options.readOnly ?? false);
  if ("kept" in result) {
    kepts.push(result.kept);
    options.onKept?.(result.kept);
  }
  return result;
}

/** Default exports of modules, compiled into one folder. `aside`: a temporary one; `again`: the compiled files had disappeared. */
async function loadModules(entries: readonly string[], part: Part, session: Session, { aside = false, again = false } = {}): Promise<Result<readonly unknown[]>> {
  const { shown, options } = session;
  const result = await keepPart(entries, part, session, aside);
  if ("problems" in result) return bad(result.problems);
  const { kept } = result;
  // Imported task files are included: they are evaluated anyway, and are recognised by what they export.
  const wanted = kept.modules.flatMap((module, index) => (index < entries.length || isTaskFile(module.source) ? [index] : []));
  const evaluated = await evaluateKept(session, kept, wanted);
  if (evaluated === null) {
    if (aside) return bad([{ code: "config-unreadable", file: shown(options.file), errno: "ENOSPC" }]);
    session.kepts.pop();
    return loadModules(entries, part, session, { aside: true, again });
  }
  if (!again && evaluated.modules.some((one) => "problem" in one) && hasGone(kept)) {
    session.kepts.pop();
    return loadModules(entries, part, session, { aside, again: true });
  }
  const problems: Problem[] = [];
  const values: unknown[] = [];
  evaluated.modules.forEach((one, i) => {
    const file = shown(kept.modules[wanted[i]!]!.source);
    if (!session.faults.has(file)) session.faults.set(file, evaluated.problemOf);
    if ("exports" in one && isTask(one.exports["default"])) session.exportedBy.set(one.exports["default"], file);
    if (wanted[i]! >= entries.length) return;
    if ("problem" in one) problems.push(one.problem);
    else values.push(one.exports["default"]);
  });
  return problems.length > 0 ? bad(problems) : good(values);
}

/** Somebody removed the state folder, which is allowed at any time. */
function hasGone({ modules }: Kept): boolean {
  return modules.some(({ file }) => !existsSync(file.endsWith(AGAIN) ? file.slice(0, -AGAIN.length) : file));
}

/** null: it would need a second folder, and that cannot be written. */
export async function evaluateKept(session: Session, kept: Kept, wanted: readonly number[]): Promise<Evaluated | null> {
  const { shown, seen, timeoutMs, options } = session;
  try {
    return await evaluate({ kept, root: options.root, wanted, timeoutMs, shown, still: options.still, seen, ignore: (path) => isNoise(path, options.stateDir) });
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    return null;
  }
}

async function loadTaskFiles(included: Included, session: Session): Promise<Result<readonly TaskFile[]>> {
  const problems = included.problems.map((one): ConfigProblem => (one.code === "include-empty" ? { ...one, at: placesIn(session, []).placeOf(null, "include") } : one));
  const loaded = included.files.length === 0 ? good([]) : await loadModules(included.files.map((file) => absoluteOf(file, session.options.root)), "tasks", session);
  if (!loaded.ok) return bad([...problems, ...loaded.problems]);
  const taskFiles = included.files.map((file, index): TaskFile => ({ name: stemOf(file), file, value: loaded.value[index] }));
  for (const { file, value } of taskFiles) {
    if (isTask(value)) continue;
    const kind = reading(session, () => kindOf(value));
    problems.push("problem" in kind ? kind.problem : { code: "include-no-task", file, found: kind.value });
  }
  return problems.length > 0 ? bad(problems) : good(taskFiles);
}

export function stemOf(file: string): string {
  return baseName(file).replace(/(\.task)?\.[mc]?[jt]s$/, "");
}

/** Recording these would evaluate the config in every build, or says nothing about it. */
function isNoise(path: string, stateDir: string): boolean {
  return path.includes("/node_modules/") || path.endsWith("/node_modules") || path.startsWith(stateDir + "/") || path === stateDir ||
    /^\/(proc|sys|dev)\//.test(path) || isTemporary(path);
}

export interface Parts {
  readonly session: Session;
  readonly value: unknown;
  readonly included: Included;
  readonly taskFiles: readonly TaskFile[];
}

export function assemble(parts: Parts): LoadedConfig {
  const { session, taskFiles } = parts;
  const { options, kepts } = session;
  const places = placesIn(session, taskFiles);
  const notices = kepts.flatMap((kept) => kept.computed.map((computed): Notice => ({ code: "untracked-import", ...computed })));
  return {
    file: session.shown(options.file),
    root: options.root,
    value: parts.value,
    taskFiles,
    get reads() {
      return readsOf(parts);
    },
    notices,
    exportedBy: session.exportedBy,
    ...closuresOf(session),
    filesOf: (specs) => {
      const found = own(session, () => findMatched(specs, options.root));
      for (const folder of found.folders) session.walked.folders.add(folder);
      for (const path of found.absent) session.walked.absent.add(path);
      return found;
    },
    list: (source) => own(session, () => options.list?.(source) ?? null),
    reading: (read) => reading(session, read),
    callAll: (file, call, items) => callAll(session, file, items.map((item) => () => call(item as never))),
    placeOf: (...asked) => own(session, () => places.placeOf(...asked)),
    placesOf: (...asked) => own(session, () => places.placesOf(...asked)),
  };
}

/** Where the config and its modules declare things. */
function placesIn({ options, kepts, shown }: Session, taskFiles: readonly TaskFile[]): PlaceFinder {
  const modules = kepts[0]?.modules.map((module) => shown(module.source)) ?? [];
  return placeFinder([shown(options.file), ...modules.slice(1).filter((file) => !file.endsWith(".json"))], taskFiles, (file) => textOf(absoluteOf(file, options.root)));
}

/** Under one observation: starting one costs more than most calls. */
function callAll(session: Session, file: FilePath, calls: readonly (() => unknown)[]): Called[] {
  const { open } = session.seen.readers;
  const stop = observeCalls(session);
  let reads = noReads();
  try {
    return calls.map((call): Called => {
      open.add(reads);
      try {
        const value = call();
        if (isEmpty(reads)) return { value };
        const code = nowOf(session, [reads]);
        open.delete(reads);
        reads = noReads();
        return { value, code };
      } catch (error) {
        return { problem: session.faults.get(file)!(error, absoluteOf(file, session.options.root)) };
      }
    });
  } finally {
    stop();
  }
}

/** Somebody may have removed it since it was compiled, perhaps just to rewrite it. */
function textOf(file: AbsolutePath): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

type Closures = Pick<LoadedConfig, "modulesOf" | "readBy" | "moduleFor">;

function closuresOf(session: Session): Closures {
  const at = new Map<FilePath, { kept: Kept; index: number }>();
  for (const kept of session.kepts) kept.modules.forEach((module, index) => void (at.has(session.shown(module.source)) || at.set(session.shown(module.source), { kept, index })));
  const known = new Map<FilePath, Closure>();
  const now = new Map<string, string>();
  function closureFor(file: FilePath): Closure | null {
    const start = at.get(file);
    if (start === undefined) return null;
    let closure = known.get(file);
    if (closure === undefined) known.set(file, (closure = closureOf(start, session, now)));
    return closure;
  }
  return {
    modulesOf: (file) => closureFor(file)?.modules ?? null,
    readBy: (file) => closureFor(file)?.read ?? [],
    moduleFor: (file) => {
      const found = at.get(file);
      return found === undefined ? null : found.kept.modules[found.index]!.file;
    },
  };
}

interface Closure {
  readonly modules: readonly CodeFile[];
  readonly read: readonly CodeFile[];
}

/** `now`: the current state of the files read; many closures share it. */
function closureOf({ kept, index: start }: { readonly kept: Kept; readonly index: number }, session: Session, now: Map<string, string>): Closure {
  const { shown, seen: { readers } } = session;
  const seen = new Set([start]);
  const code = new Map<FilePath, string>();
  const reads: Reads[] = [];
  for (const index of seen) {
    const module = kept.modules[index]!;
    const own = readers.bodies.get(module.source);
    if (own !== undefined) reads.push(own);
    code.set(shown(module.source), module.digest);
    for (const used of module.packages) code.set(`node_modules/${used.name}` as FilePath, used.version);
    for (const dep of module.deps) seen.add(dep);
  }
  const modules = [...code].map(([path, digest]) => ({ path, digest })).sort(byPath);
  return { modules, read: nowOf(session, reads, now).filter(({ path }) => !code.has(path)).sort(byPath) };
}

function byPath(a: CodeFile, b: CodeFile): number {
  return a.path < b.path ? -1 : 1;
}

function nowOf(session: Session, reads: readonly Reads[], known?: Map<string, string>): CodeFile[] {
  return own(session, () => readNow(reads, session.options.root, known));
}

function readsOf(parts: Parts): ConfigReads {
  const { included, session } = parts;
  const { options, kepts, seen, shown } = session;
  const house = (paths: Iterable<string>): Set<FilePath> => new Set([...paths].map((path) => toFilePath(normalizeText(path), options.root)));
  const sorted = <T extends string>(set: Iterable<T>): T[] => [...set].sort();
  return {
    files: sorted(house([...seen.files, ...kepts.flatMap((kept) => kept.files)])),
    absent: sorted(new Set([...house([...seen.absent, ...kepts.flatMap((kept) => kept.absent)]), ...included.absent, ...session.walked.absent])),
    folders: sorted(new Set([...house(seen.folders), ...included.folders, ...session.walked.folders])),
    listed: sorted(house(seen.folders)),
    env: sorted(seen.env),
    volatile: seen.volatile || kepts.some((kept) => kept.computed.length > 0),
    copies: kepts.map((kept) => shown(kept.dir)),
    // The runtime itself reads the others again.
    evaluated: kepts.flatMap((kept) => kept.modules.flatMap(({ source, file, digest }) => (file === source ? [] : [[shown(source), digest] as const]))),
  };
}
