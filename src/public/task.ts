// A task, as a config declares it.
import type { TaskContext } from "./context.ts";
import type { Duration, Param, Value } from "./value.ts";

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

/**
 * Files that tg makes itself, on any system and without a process, in about a tenth of the time. Paths are relative to the root. What it
 * reads is an input and what it makes an output, declared or not; what stands at `to` is replaced.
 */
export type FileWork =
  /** A file to a path, with its mode; or files to a folder that belongs to the task (`"dist/"`): those of a pattern or of `"folder/"` keep their way below its fixed part, one that is named its name. */
  | { readonly copy: Input | readonly Input[]; readonly to: string }
  /** The bytes of these files, one after another; those of a pattern by name. */
  | { readonly concat: Input | readonly Input[]; readonly to: string }
  | { readonly write: string; readonly to: string };

/** One thing to make. Without `run` it is a barrier that joins its `deps`. All paths are relative to the root. */
export interface Task extends Unit {
  /** Shell text (`sh -c`), a program with its arguments (no shell), files that tg makes itself, or a function that runs in a process of its own. */
  readonly run?: string | readonly string[] | FileWork | ((ctx: TaskContext) => Value | Promise<Value>);
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
