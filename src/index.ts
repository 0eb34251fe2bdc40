// The public face: what a config imports. Types, and functions that mark plain data. Loads nothing of tg itself.

/** JSON, or nothing: what a function task may return. At most 8 MiB as text; what is larger is a file. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value } | void;

/** `"500ms"`, `"90s"`, `"5m"`, `"2h"`, or a number of milliseconds. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h"}`;

/** Bytes of an input to the text that stands for its content. Synchronous; if it throws or returns no text, the task fails. */
export type Hash = (bytes: Uint8Array) => string;

/**
 * What a task reads. A string is a path, a glob if it has glob characters (`* ? [ ] { }`), all that lies below a folder
 * if it ends in `/`, or `"!…"` to take away what the entries before it matched. Relative to the root.
 */
export type Input =
  | string
  /** Always literal. `optional`: may be missing; then its absence is what is recorded. */
  | { readonly path: string; readonly optional?: boolean; readonly hash?: Hash }
  /** Always a pattern. `allowEmpty`: matching nothing is no error. */
  | { readonly glob: string; readonly allowEmpty?: boolean; readonly hash?: Hash };

/** What a task writes: a path, `"dir/"` for a folder that belongs to the task whole, or a glob. Inside the root. */
export type Output =
  | string
  /** Always literal. `optional`: may be missing after a successful run. */
  | { readonly path: string; readonly optional?: boolean };

/** A task by name, or the task that makes an output path. `propagate: "run"`: stale whenever that task ran. */
export type Dep = string | { readonly task: string; readonly propagate?: "content" | "run" };

/** The type of a parameter; a list of texts is an enum. */
export type ParamType = "string" | "number" | "boolean" | "path" | readonly string[];

/** A parameter, given as `--param name=value`. Commands see it as an environment variable, functions as `ctx.params`. */
export interface Param {
  readonly type: ParamType;
  /** May be given several times; the value is an array. */
  readonly list?: true;
  /** Used when none is given. Without it the parameter must be given. */
  readonly default?: string | number | boolean | readonly (string | number | boolean)[];
  readonly description?: string;
}

/** What a function task is called with. */
export interface TaskContext {
  /** The task's name. */
  readonly task: string;
  /** Absolute path of the root. */
  readonly root: string;
  /** Paths of all inputs that exist, globs expanded, relative to the root. */
  readonly inputs: readonly string[];
  /** Paths of the declared outputs and intermediates, relative to the root; patterns are not among them. */
  readonly outputs: readonly string[];
  /** Values of the parameters that the task declares, with their types. */
  readonly params: Readonly<Record<string, string | number | boolean | readonly (string | number | boolean)[]>>;
  /** Declared variables by name. Called, it looks up one that counts from then on: `await ctx.env("MODE")`. */
  readonly env: Readonly<Record<string, string>> & ((name: string) => Promise<string | undefined>);
  /** Paths of inputs that differ from the last run; all of them the first time and after a failure. */
  readonly changed: readonly string[];
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Absolute path of a folder for this task alone, made when asked for. Kept across attempts, removed after success. */
  readonly scratch: string;
  /** As if the task had not run: nothing is recorded, outputs need not be there, and who needs it goes on. */
  ignoreOutputs(): void;
  /** For `afterRun`: how the attempt went. What the hook returns takes the place of `value`. */
  readonly run?: { readonly outcome: "ok" | "failed" | "timed-out"; readonly exit: number | null; readonly value?: Value };
  /** For `onFailure`: what failed and how. */
  readonly failed?: { readonly task: string; readonly error: string; readonly exit: number | null };
  /** Throws `error` (or an error with that text) so that `retries` make no further attempt. */
  noRetry(error: unknown): never;
  /** What the tasks named in `deps` returned; of a family, an object by key. Asking for a value that is not there throws a ReferenceError. */
  readonly deps: Readonly<Record<string, { readonly value: Value }>>;
  /**
   * Makes a task, or what makes a file, up to date, and gives its value (null where there is none). A file that nobody makes
   * is an input from then on. Rejects when the task failed or is blocked, when there is neither task nor file, and where the
   * two would wait for each other.
   */
  need(target: string): Promise<Value>;
  /** Files that match now, relative to the root, sorted. That others come or go is a reason to run. Rejects a bad pattern. */
  glob(pattern: string): Promise<string[]>;
  /** Is there nothing at this path? That something appears is a reason to run. Rejects for what another task makes: `need` it. */
  absent(path: string): Promise<boolean>;
  /** Aborted when the build is, and when the task's time is up. */
  readonly signal: AbortSignal;
  /** A line for the task's log. */
  log(text: string): void;
  /** What the task has to say on the page that `tg report` writes; kept even if it fails afterwards. */
  readonly report: {
    /** Markdown (GitHub's). */
    md(text: string, title?: string): void;
    /** Goes into the page as it is. */
    html(text: string, title?: string): void;
    /** A file (relative to the working folder) or its bytes: PNG, JPEG, GIF, WebP or SVG. Throws a TypeError for anything else. */
    image(source: string | Uint8Array, title?: string): void;
  };
}

/** By name; a text is for `memory` alone: `"4GiB"`. */
export type Amounts = Readonly<Record<string, number | `${number}${string}`>>;

/** What counts besides files and commands, and whether results are kept. */
export interface CacheOptions {
  /** Any text; another one makes the task stale. */
  readonly version?: string;
  /** Like `version`, for telling apart what is otherwise equal. */
  readonly salt?: string;
  /** Declared, but left out of the key: `"param:NAME"`, `"env:NAME"`, `"input:GLOB"`. */
  readonly ignore?: readonly string[];
  /** Keep what each run leaves, by all it was made from; a run that was made before is put back instead of repeated. */
  readonly store?: boolean;
}

/** Waits between attempts: `base` before the second, then `factor` times longer each (default 2), at most `cap` (default 5 minutes). */
export type Backoff = Duration | { readonly base: Duration; readonly factor?: number; readonly cap?: Duration };

/** Shell text, a program with its arguments, or a function. */
export type Hook = string | readonly string[] | ((ctx: TaskContext) => unknown);

/** How much of time and of the machine a task may take, and how often it is tried. */
export interface Unit {
  /** Longest an attempt may run; then all its processes get SIGTERM, after 3 s SIGKILL, and the attempt has failed. Waiting for a slot does not count. */
  readonly timeout?: Duration;
  /** Longest from the moment all it needs is made to its end: waiting, all attempts and the pauses between them. */
  readonly deadline?: Duration;
  /** Before each attempt, in its folder and with its environment. Its failure is the attempt's. Not in the key. */
  readonly before?: Hook;
  /** After each attempt that was not interrupted. Its failure is the attempt's if that went well. */
  readonly afterRun?: Hook;
  /** false: skipped; who needs it goes on with the files as they are. A function is asked when the task would start. */
  readonly when?: boolean | ((ctx: TaskContext) => boolean | Promise<boolean>);
  /** A pool from the top of the config: so many of its tasks run at once. */
  readonly pool?: string;
  /** What it takes while it runs: `cpu` in cores, `memory` in MiB or as `"4GiB"`, or names from `resources` at the top. More than there is: it runs alone. */
  readonly resources?: Amounts;
  /** At most so many starts in a time, counted over all instances of a `foreach`: `"10/s"`, `"100/m"`, `"5/h"`. */
  readonly rate?: `${number}/${"s" | "m" | "h"}`;
  /** Higher goes first among ready tasks; what it needs is as urgent. Default 0. */
  readonly priority?: number;
  /** How many further attempts after a failed one, each from cleared outputs. Default 0. */
  readonly retries?: number | { readonly count: number; readonly backoff?: Backoff };
}

/** A long-running task. */
export interface Service {
  /** Says when it is ready: one of `port`, `url`, `log` and `command`. */
  readonly ready?: {
    /** Somebody takes connections on this port of this machine. */
    readonly port?: number;
    /** Answers a GET with a status below 400. */
    readonly url?: string;
    /** A line of its output holds this text, or matches this regular expression. */
    readonly log?: string | RegExp;
    /** Shell text that ends with 0; asked again and again. */
    readonly command?: string;
    /** Longest it may take. Default `"60s"`. */
    readonly timeout?: Duration;
  };
}

/** One thing to make. Without `run` it is a barrier that joins its `deps`. All paths are relative to the root. */
export interface Task extends Unit {
  /** Shell text (`sh -c`), a program with its arguments (no shell), or a function that runs in a process of its own. */
  readonly run?: string | readonly string[] | ((ctx: TaskContext) => Value | Promise<Value>);
  /** What it reads: another content, file or executable bit makes it stale. */
  readonly inputs?: Input | readonly Input[];
  /** Must exist after a successful run. Parent folders are made before it. */
  readonly outputs?: Output | readonly Output[];
  /** Outputs that may be missing as long as nothing needs them. */
  readonly intermediates?: string | readonly string[];
  /** Remove the intermediates once every task that reads them is fresh; not in watch, with `--keep-temp`, or when named. Default false. */
  readonly temp?: boolean;
  /** Files that are rewritten in place (formatters): input before the run, output after it. */
  readonly inout?: string | readonly string[];
  /** For commands that remember what they made: do not empty owned folders (`dir/`) before each run. Default false. */
  readonly incremental?: boolean;
  /** Run in every build; dependants still run only if the outputs differ. Default false. */
  readonly always?: boolean;
  /** Small text files written before the run, path to content. The text is in the key. */
  readonly files?: Readonly<Record<string, string>>;
  /** Made first; their outputs, values or definitions count as content. Task names or output paths. */
  readonly deps?: Dep | readonly Dep[];
  /** Made first, order only: never a reason to run. Task names or output paths. */
  readonly after?: string | readonly string[];
  /** Run alongside; failure fails the build, not this task. */
  readonly validate?: string | readonly string[];
  /** A file the command writes with what it read. A string means make format (`gcc -MD`). */
  readonly depfile?: string | { readonly path: string; readonly format: "make" | "lines" | "json" | "esbuild"; readonly optional?: boolean };
  /** Parameters of this task, or names of parameters declared at the top of the config. */
  readonly params?: Readonly<Record<string, Param>> | readonly string[];
  /** Names of environment variables that count, or values to set. Others are passed on but do not count. */
  readonly env?: readonly string[] | Readonly<Record<string, string>>;
  /** Folder to run in. Default: the root. */
  readonly cwd?: string;
  /** Program for shell text, called as `SHELL -c TEXT`. Default `/bin/sh`. */
  readonly shell?: string;
  /** File to read from (an input). Default: nothing. */
  readonly stdin?: string;
  /** File that takes standard output (an output). Default: the log. */
  readonly stdout?: string;
  /** File that takes standard error (an output). Default: the log. */
  readonly stderr?: string;
  /** In the key: programs (`"gcc"`: path and content), or what they print of their version (`"gcc --version"`). */
  readonly tools?: string | readonly string[];
  /** `false`: keep no record, run in every build. */
  readonly cache?: false | CacheOptions;
  /** A failure does not fail the build. Default false. */
  readonly allowFailure?: boolean;
  /** What to do when somebody else changed an output. Default `"rebuild"` (the edited copy is kept). */
  readonly drift?: "rebuild" | "keep" | "error";
  /** Outputs of a failed run. Default `"remove"`. */
  readonly onFail?: "remove" | "keep";
  /** Words that stand before the command: `["nice", "-n", "19"]`. Shell text is wrapped as `SHELL -c TEXT`. */
  readonly wrap?: readonly string[];
  /** `"process"`: a function gets a process that no other call uses. Default `"worker"`: one that is used again. */
  readonly isolate?: "worker" | "process";
  /** Give it the terminal; one such task at a time. Default false. */
  readonly console?: boolean;
  /** `tg watch` may stop it and start it again when its inputs change meanwhile. Default false. */
  readonly interruptible?: boolean;
  /** Makes it a service: it runs until it is stopped, and who needs it waits until it is ready. `{}`: ready once it is started. */
  readonly service?: Service;
  /** For `tg list` and `--help`. */
  readonly description?: string;
  /** For `tag:NAME` on the command line. */
  readonly tags?: string | readonly string[];
  /** A notice for whoever still uses the task. */
  readonly deprecated?: string;
}

/** What `tasks.config.ts` exports by default. Its folder is the root. */
export interface Config {
  /** Tasks by name. Names may have any text but control characters, and no dash in front. */
  readonly tasks?: Readonly<Record<string, Task | Chain>>;
  /** Task files, as patterns: each exports one `defineTask(…)` by default and is named by its stem. */
  readonly include?: string | readonly string[];
  /** Targets of a bare `tg build`. Default: every task. */
  readonly default?: string | readonly string[];
  /** Inputs of every task that runs something. */
  readonly inputs?: Input | readonly Input[];
  /** Environment of every task: names that count, or values to set. */
  readonly env?: readonly string[] | Readonly<Record<string, string>>;
  /** Parameters that tasks may name in `params`. */
  readonly params?: Readonly<Record<string, Param>>;
  /** Tasks at a time. Default: the machine's parallelism. */
  readonly jobs?: number;
  /** Sizes of pools by name: so many of a pool's tasks run at once. `rate`: so many of them start in a time. */
  readonly pools?: Readonly<Record<string, number | { readonly size?: number; readonly rate?: `${number}/${"s" | "m" | "h"}` }>>;
  /** How much there is of what tasks take in `resources`. Default: `cpu` and `memory` (MiB, or `"4GiB"`) of the machine. */
  readonly resources?: Amounts;
  /** Before the tasks of a build that has something to do. If it fails, none is started. */
  readonly setup?: Hook;
  /** After them, once, also after failure and Ctrl-C. */
  readonly teardown?: Hook;
  /** For each task that failed without leave: `ctx.failed`, or TG_FAILED_TASK, TG_ERROR and TG_EXIT. */
  readonly onFailure?: Hook;
  /** Pass only declared variables and a short fixed list to commands. Default false. */
  readonly strictEnv?: boolean;
  /** Keep results of all tasks that do not say otherwise (`store`), in at most `maxSize` (`"500MB"`, `"10GiB"` or bytes; default 10 GiB). */
  readonly cache?: { readonly store?: boolean; readonly maxSize?: string | number };
  /** Folder for what tg remembers. Default `.tg`. */
  readonly stateDir?: string;
}

/** Tasks fused into one: one record, files joined, ends at the first member that fails. */
export interface Chain {
  readonly [CHAIN]: true;
  readonly members: readonly Task[];
  readonly options: Unit;
}

/** A task for each of something. Its instances are `name[key]`; the name alone stands for all of them. */
export interface Foreach {
  readonly [FOREACH]: true;
}

/** One item of a family, as the callback gets it. */
export interface Item<V> {
  /** What stands in the brackets of the instance's name. */
  readonly key: string;
  /** The element; of a matrix, its values by name; of files, the path. */
  readonly value: V;
  /** Place among the items, from 0. Take it only where it matters: an item that moves is then another one. */
  readonly index: number;
}

/** An item that is a file. */
export interface FileItem extends Item<string> {
  /** Path, relative to the root. */
  readonly file: string;
  /** Name without folder and ending. */
  readonly stem: string;
  /** Folder, `""` for the root. */
  readonly dir: string;
  /** Ending with its dot, `""` when there is none. */
  readonly ext: string;
}

/** What may be said of a family besides its items and their tasks. */
export interface ForeachOptions<I> {
  /** Gives the key of an item. Default: the path below the pattern's fixed part, without ending; the text of an element. */
  readonly key?: (item: Omit<I, "key"> & { readonly key?: string }) => string;
  /** How many instances must succeed: a share below 1, or a count from 2 on. Default: all. */
  readonly minSuccess?: number;
  /** `pool` of every instance that names none itself. */
  readonly pool?: string;
  /** Of the family, for `tg list`. */
  readonly description?: string;
}

// Not imported from node:process: the module made for it reads every member, stdin and stdout too, which costs 3 ms.
const { process } = globalThis;

const TASK: unique symbol = Symbol.for("tg.task") as never;
const CHAIN: unique symbol = Symbol.for("tg.chain") as never;
const FOREACH: unique symbol = Symbol.for("tg.foreach") as never;

/** Types the config. Returns it as it is. */
export function defineConfig<const C extends Config>(config: C): C {
  return config;
}

/** The part of `import.meta` that is used. */
export interface Meta {
  readonly url: string;
  readonly main?: boolean;
}

/**
 * Declares the task of a file: `export default defineTask(import.meta, { … })`. When the file is started by itself
 * (`node`, `bun` or `deno run -A`), its task is built with the arguments of the command line. If `run` is a function,
 * the result can be called like it, for unit tests. `run`, `when`, `before` and `afterRun` of the result cannot be assigned
 * (a TypeError): tg finds functions again in the task's own file, and would not find what a config has put in their place.
 */
export function defineTask<const T extends Task>(meta: Meta, task: T): T & (T["run"] extends (...args: never[]) => unknown ? T["run"] : unknown) {
  const run = task.run;
  const made = typeof run === "function" ? Object.assign((ctx: TaskContext) => run(ctx), task) : { ...task };
  Object.defineProperty(made, TASK, { value: meta.url });
  if (isMain(meta)) setImmediate(buildAlone, meta.url);
  // Functions are found again in the task's own file: what a config put in their place would not run.
  for (const name of ["run", "when", "before", "afterRun"] as const) {
    const value = task[name];
    const set = (): void => refuse(name, meta);
    Object.defineProperty(made, name, { get: () => value, set, enumerable: value !== undefined });
  }
  return made as never;
}

function refuse(name: string, { url }: Meta): never {
  const { fileURLToPath } = process.getBuiltinModule("node:url");
  const { relative } = process.getBuiltinModule("node:path");
  const file = url.startsWith("file:") ? relative(process.cwd(), fileURLToPath(url)) : url;
  throw new TypeError(`${JSON.stringify(name)} of a task belongs to its own file; write it in ${file}, or make a task of this config: { ...task, ${name}: … }`);
}

/** Adds order: each task runs after the one before it. Spread the result into `tasks`. */
export function sequence<const T extends Readonly<Record<string, Task | Chain>>>(tasks: T): { [K in keyof T]: T[K] extends Chain ? Chain : Task } {
  const ordered: [string, Task | Chain][] = [];
  let previous: string | null = null;
  for (const [name, task] of Object.entries(tasks)) {
    ordered.push([name, previous === null ? task : { ...task, after: [...listOf((task as Task).after), previous] }]);
    previous = name;
  }
  return Object.fromEntries(ordered) as never;
}

/** Fuses tasks into one that runs them in order. `options` hold for the whole. */
export function chain(members: readonly Task[], options: Unit = {}): Chain {
  return { [CHAIN]: true, members, options };
}

/** A task for each file: a pattern as in `inputs`, or several. The files are those that are there before the build. */
export function foreach(over: string | { readonly files: Input | readonly Input[]; readonly allowEmpty?: boolean }, make: (item: FileItem) => Task | Chain, options?: ForeachOptions<FileItem>): Foreach & Task;
/** A task for each element of a list that another task makes: the array its function returns, or the lines of a file it writes. */
export function foreach<V = any>(over: { readonly from: string; readonly lines?: string }, make: (item: Item<V>) => Task | Chain, options?: ForeachOptions<Item<V>>): Foreach & Task;
/** A task for each combination of the elements of several lists. */
export function foreach<const M extends Readonly<Record<string, readonly Value[]>>>(over: { readonly matrix: M }, make: (item: Item<{ readonly [K in keyof M]: M[K][number] }>) => Task | Chain, options?: ForeachOptions<Item<{ readonly [K in keyof M]: M[K][number] }>>): Foreach & Task;
/** A task for each element of a list of plain data. */
export function foreach<const V>(over: readonly V[], make: (item: Item<V>) => Task | Chain, options?: ForeachOptions<Item<V>>): Foreach & Task;
export function foreach(over: unknown, make: (item: never) => Task | Chain, options?: object): Foreach & Task {
  return { [FOREACH]: true, over, make, ...(options === undefined ? {} : { options }) } as Foreach & Task;
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === "string" ? [value] : value;
}

/** Is the module that calls the one the person started? Node 20 has no `import.meta.main`. */
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

/** Starts tg for one task file and ends as it ends. */
function buildAlone(url: string): void {
  const { spawn } = process.getBuiltinModule("node:child_process");
  const { fileURLToPath } = process.getBuiltinModule("node:url");
  const bin = fileURLToPath(new URL("../bin/tg.cjs", import.meta.url));
  const deno = process.versions["deno"] === undefined ? [] : ["run", "-A"];
  const file = fileURLToPath(url);
  const words = process.argv.slice(2);
  const alone = /([^/\\]+)\.task\.[mc]?[jt]s$/.exec(file);
  // Who asks a task file for help means its task, not the command.
  if (alone !== null && words.length === 1 && /^(-h|--help)$/.test(words[0]!)) words.unshift(alone[1]!);
  const child = spawn(process.execPath, [...deno, bin, "build", "-c", file, ...words], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // The terminal sends Ctrl-C to the child as well; anything else must be handed on.
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
