// The public API that configs import: types, and functions that mark plain data. Loads nothing else of tg.
import type { Config } from "./public/config.ts";
import type { TaskContext } from "./public/context.ts";
import { CHAIN, FOREACH, type Chain, type FileItem, type Foreach, type ForeachOptions, type Item } from "./public/family.ts";
import type { Input, Task, Unit } from "./public/task.ts";
import type { Value } from "./public/value.ts";

export type { Config } from "./public/config.ts";
export type { TaskContext } from "./public/context.ts";
export type { Chain, FileItem, Foreach, ForeachOptions, Item } from "./public/family.ts";
export type { Amounts, Backoff, CacheOptions, Dep, FileWork, Hash, Hook, Input, Output, Service, Task, Unit } from "./public/task.ts";
export type { Duration, Param, ParamType, Value } from "./public/value.ts";

// Not imported from node:process: the module wrapper reads every member, including stdin and stdout, which costs 3 ms.
const { process } = globalThis;

const TASK: unique symbol = Symbol.for("tg.task") as never;
const ORIGINAL: unique symbol = Symbol.for("tg.original") as never;

/** Types the config and returns it unchanged. */
export function defineConfig<const C extends Config>(config: C): C {
  return config;
}

/** The part of `import.meta` that `defineTask` uses. */
export interface Meta {
  readonly url: string;
  readonly main?: boolean;
}

/**
 * Declares the task of a file: `export default defineTask(import.meta, { … })`. When the file itself is started (`node`, `bun`
 * or `deno run -A`), its task is built with the arguments of the command line. If `run` is a function, the result is callable
 * like it, for unit tests. Assigning `run`, `when`, `before` or `afterRun` of the result throws a TypeError: tg looks functions
 * up in the task's own file and would not find what a config put in their place.
 */
export function defineTask<const T extends Task>(meta: Meta, task: T): T & (T["run"] extends (...args: never[]) => unknown ? T["run"] : unknown) {
  if (typeof meta?.url !== "string" || typeof task !== "object" || task === null) throw new TypeError("defineTask takes import.meta, then the task; write export default defineTask(import.meta, { … })");
  const run = task.run;
  const made = typeof run === "function" ? Object.assign((ctx: TaskContext) => run(ctx), task) : { ...task };
  if (isMain(meta)) setImmediate(buildAlone, meta.url);
  return markTask(made, task, meta.url) as never;
}

/** Functions are looked up in the task's own file, so what a config put in their place would never run. */
function markTask<T extends object>(made: T, task: Task, url: string): T {
  Object.defineProperty(made, TASK, { value: url });
  for (const name of ["run", "when", "before", "afterRun"] as const) {
    const value = task[name];
    const set = (): void => refuse(name, url);
    Object.defineProperty(made, name, { get: () => value, set, enumerable: value !== undefined });
  }
  return made;
}

function refuse(name: string, url: string): never {
  const { fileURLToPath } = process.getBuiltinModule("node:url");
  const { relative } = process.getBuiltinModule("node:path");
  const file = url.startsWith("file:") ? relative(process.cwd(), fileURLToPath(url)) : url;
  throw new TypeError(`${JSON.stringify(name)} of a task belongs to its own file; write it in ${file}, or make a task of this config: { ...task, ${name}: … }`);
}

/** Adds order: each task runs after the one before it. Spread the result into `tasks`. Throws a TypeError for an array. */
export function sequence<const T extends Readonly<Record<string, Task | Chain>>>(tasks: T): { [K in keyof T]: T[K] extends Chain ? Chain : Task } {
  // The tasks of an array would be named "0", "1", ….
  if (Array.isArray(tasks)) throw new TypeError("sequence takes tasks by name, and was given an array; write sequence({ first: …, second: … }), or chain([…]) for one task of several commands");
  const ordered: [string, Task | Chain][] = [];
  let previous: string | null = null;
  for (const [name, task] of Object.entries(tasks)) {
    ordered.push([name, previous === null ? task : placedAfter(task as Task, previous)]);
    previous = name;
  }
  return Object.fromEntries(ordered) as never;
}

/** Returns a copy. A copied task of a task file remains that file's task. */
function placedAfter(task: Task & { readonly [TASK]?: string }, previous: string): Task {
  const placed = { ...task, after: [...listOf(task.after), previous] };
  return task[TASK] === undefined ? placed : Object.defineProperty(markTask(placed, task, task[TASK]), ORIGINAL, { value: task });
}

/** Fuses tasks into one that runs them in order. `options` apply to the whole chain. */
export function chain(members: readonly Task[], options: Unit = {}): Chain {
  return { [CHAIN]: true, members, options };
}

/** One task per file that matches the pattern or patterns, written as in `inputs`. Only files that exist before the build count. */
export function foreach(over: string | { readonly files: Input | readonly Input[]; readonly allowEmpty?: boolean }, make: (item: FileItem) => Task | Chain, options?: ForeachOptions<FileItem>): Foreach & Task;
/** One task per element of a list that another task makes: the array its function returns, or the lines of a file it writes. */
export function foreach<V = any>(over: { readonly from: string; readonly lines?: string }, make: (item: Item<V>) => Task | Chain, options?: ForeachOptions<Item<V>>): Foreach & Task;
/** One task per combination of the elements of several lists. */
export function foreach<const M extends Readonly<Record<string, readonly Value[]>>>(over: { readonly matrix: M }, make: (item: Item<{ readonly [K in keyof M]: M[K][number] }>) => Task | Chain, options?: ForeachOptions<Item<{ readonly [K in keyof M]: M[K][number] }>>): Foreach & Task;
/** One task per element of a list of plain data. */
export function foreach<const V>(over: readonly V[], make: (item: Item<V>) => Task | Chain, options?: ForeachOptions<Item<V>>): Foreach & Task;
export function foreach(over: unknown, make: (item: never) => Task | Chain, options?: object): Foreach & Task {
  return { [FOREACH]: true, over, make, ...(options === undefined ? {} : { options }) } as Foreach & Task;
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === "string" ? [value] : value;
}

/** Whether the calling module is the one that was started. Node 20 has no `import.meta.main`. */
function isMain(meta: Meta): boolean {
  if (meta.main !== undefined) return meta.main;
  const started = process.argv[1];
  if (started === undefined || !meta.url.startsWith("file:")) return false;
  const { realpathSync } = process.getBuiltinModule("node:fs");
  try {
    return realpathSync(started) === realpathSync(new URL(meta.url));
  } catch {
    return false;
  }
}

/** Starts tg for one task file and exits as it does. */
function buildAlone(url: string): void {
  const { spawn } = process.getBuiltinModule("node:child_process");
  const { fileURLToPath } = process.getBuiltinModule("node:url");
  const bin = fileURLToPath(new URL("../bin/tg.cjs", import.meta.url));
  const deno = process.versions["deno"] === undefined ? [] : ["run", "-A"];
  const file = fileURLToPath(url);
  const words = process.argv.slice(2);
  const alone = /([^/\\]+)\.task\.[mc]?[jt]s$/.exec(file);
  // `--help` on a task file asks about its task, not about the command.
  if (alone !== null && words.length === 1 && /^(-h|--help)$/.test(words[0]!)) words.unshift(alone[1]!);
  const child = spawn(process.execPath, [...deno, bin, "build", "-c", file, ...words], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // The terminal sends Ctrl-C to the child as well; other signals must be forwarded.
    process.on(signal, () => void (signal !== "SIGINT" && child.kill(signal)));
  }
  child.on("error", (error) => {
    process.stderr.write(`tg: ${error.message}\n`);
    process.exitCode = 3;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) return void (process.exitCode = code ?? 3);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
