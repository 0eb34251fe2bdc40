// A task as a config declares it.
import type { TaskContext } from "./context.ts";
import type { Duration, Param, Value } from "./value.ts";

/** Maps the bytes of an input to the text that stands for its content. Synchronous; the task fails if it throws or returns no string. */
export type Hash = (bytes: Uint8Array) => string;

/**
 * What a task reads, relative to the root: a path; a glob, if it has glob characters (`* ? [ ] { }`); everything below a
 * folder, if it ends in `/`; or `"!…"`, which removes what the entries before it matched.
 */
export type Input =
  | string
  /** Always literal. `optional`: the file may be missing; its absence is then recorded instead. */
  | { readonly path: string; readonly optional?: boolean; readonly hash?: Hash }
  /** Always a pattern. `allowEmpty`: matching nothing is not an error. */
  | { readonly glob: string; readonly allowEmpty?: boolean; readonly hash?: Hash };

/** What a task writes, inside the root: a path, `"dir/"` for a folder the task owns entirely, or a glob. */
export type Output =
  | string
  /** Always literal. `optional`: the file may be missing after a successful run. */
  | { readonly path: string; readonly optional?: boolean };

/** A task name, or an output path, which stands for the task that makes it. `propagate: "run"`: stale whenever that task ran for a reason of its own. */
export type Dep = string | { readonly task: string; readonly propagate?: "content" | "run" };

/** Amounts by resource name. Only `memory` may be a string: `"4GiB"`. */
export type Amounts = Readonly<Record<string, number | `${number}${string}`>>;

/** What else enters the key, and whether results are stored. */
export interface CacheOptions {
  /** Any text; changing it makes the task stale. */
  readonly version?: string;
  /** Like `version`, to tell apart tasks that are otherwise equal. */
  readonly salt?: string;
  /** Declared things to leave out of the key: `"param:NAME"`, `"env:NAME"`, `"input:GLOB"`. */
  readonly ignore?: readonly string[];
  /** Store the results of each run under everything they were made from; a run that was made before is restored instead of repeated. */
  readonly store?: boolean;
}

/** Pauses between attempts: `base` before the second, each later one `factor` times longer (default 2), at most `cap` (default 5 minutes). */
export type Backoff = Duration | { readonly base: Duration; readonly factor?: number; readonly cap?: Duration };

/** Shell text, a program with its arguments, or a function. */
export type Hook = string | readonly string[] | ((ctx: TaskContext) => unknown);

/** How much time and how many resources a task may use, and how often it is tried. */
export interface Unit {
  /** Time limit of one attempt, not counting the wait for a slot. Then all its processes get SIGTERM, after 3 s SIGKILL, and the attempt fails. */
  readonly timeout?: Duration;
  /** Time limit from the moment everything it needs is made to its end, including waiting, all attempts and the pauses between them. */
  readonly deadline?: Duration;
  /** Runs before each attempt, in the task's folder and environment. If it fails, the attempt fails. Not part of the key. */
  readonly before?: Hook;
  /** Runs after each attempt that was not interrupted. If it fails, a successful attempt fails. */
  readonly afterRun?: Hook;
  /** false: the task is skipped, and its dependents use the files as they are. A function is called when the task is about to start. */
  readonly when?: boolean | ((ctx: TaskContext) => boolean | Promise<boolean>);
  /** A pool from the top of the config, which limits how many of its tasks run at once. */
  readonly pool?: string;
  /** What the task uses while it runs: `cpu` in cores, `memory` in MiB or as `"4GiB"`, or names from the config's `resources`. If it asks for more than there is, it runs alone. */
  readonly resources?: Amounts;
  /** At most this many starts per second, minute or hour, over all instances of a `foreach`: `"10/s"`, `"100/m"`, `"5/h"`. */
  readonly rate?: `${number}/${"s" | "m" | "h"}`;
  /** Among ready tasks, higher goes first; its dependencies inherit the priority. Default 0. */
  readonly priority?: number;
  /** Number of further attempts after a failed one, each from cleared outputs. Default 0. */
  readonly retries?: number | { readonly count: number; readonly backoff?: Backoff };
}

/** A long-running task. */
export interface Service {
  /** How to tell that it is ready: one of `port`, `url`, `log` and `command`. */
  readonly ready?: {
    /** Something accepts connections on this local port. */
    readonly port?: number;
    /** A GET of this URL returns a status below 400. */
    readonly url?: string;
    /** A line of its output contains this text or matches this regular expression. */
    readonly log?: string | RegExp;
    /** This shell text exits with 0; it is run repeatedly. */
    readonly command?: string;
    /** How long it may take to become ready. Default `"60s"`. */
    readonly timeout?: Duration;
  };
}

/**
 * File operations that tg does itself, on any system and without a process, in about a quarter of the processor time. Paths are relative to
 * the root. What is read is an input and what is written an output, declared or not; whatever exists at `to` is replaced. Fields
 * for commands (`cwd`, `shell`, `stdin`, `stdout`, `stderr`, `console`, `wrap`, `isolate`, `depfile`, `inout`) are refused beside it.
 */
// By tg, not by the compiler: a task as a union of two types is told of as "string is not FileWork" for a mistake in any of its fields.
export type FileWork =
  /** One file to a path, with its mode, or files to a folder the task owns (`"dist/"`). There, matches of a pattern or of `"folder/"` keep their path below its fixed part; a file given by name keeps its name. */
  | { readonly copy: Input | readonly Input[]; readonly to: string | { readonly path: string }; readonly concat?: never; readonly write?: never }
  /** The bytes of these files, one after another; the matches of a pattern in order of name. */
  | { readonly concat: Input | readonly Input[]; readonly to: string | { readonly path: string }; readonly copy?: never; readonly write?: never }
  | { readonly write: string; readonly to: string | { readonly path: string }; readonly copy?: never; readonly concat?: never };

/** One thing to make. Without `run` it is a barrier that joins its `deps`. All paths are relative to the root. */
export interface Task extends Unit {
  /** Shell text (`sh -c`), a program with its arguments (no shell), file operations that tg does itself, or a function that runs in a separate process. */
  readonly run?: string | readonly string[] | FileWork | ((ctx: TaskContext) => Value | Promise<Value>);
  /** What it reads: a change of content, of the executable bit, or of the set of files makes it stale. */
  readonly inputs?: Input | readonly Input[];
  /** What it writes; must exist after a successful run. Parent folders are created first. */
  readonly outputs?: Output | readonly Output[];
  /** Outputs that may be missing as long as nothing needs them. */
  readonly intermediates?: string | readonly string[];
  /** Remove the intermediates once every task that reads them is fresh; not in watch, with `--keep-temp`, or when asked for by name. Default false. */
  readonly temp?: boolean;
  /** Files rewritten in place (by formatters): inputs before the run, outputs after it. */
  readonly inout?: string | { readonly path: string } | readonly (string | { readonly path: string })[];
  /** For commands that reuse their earlier output: do not empty owned folders (`dir/`) before each run. Default false. */
  readonly incremental?: boolean;
  /** Run in every build; dependents still run only if the outputs differ. Default false. */
  readonly always?: boolean;
  /** Small text files written before the run, by path. Their text is part of the key. */
  readonly files?: Readonly<Record<string, string>>;
  /** Made first; their outputs, values or definitions count as content. Task names or output paths. */
  readonly deps?: Dep | readonly Dep[];
  /** Made first, for order only; never a reason to run. Task names or output paths. */
  readonly after?: string | readonly string[];
  /** Run alongside; their failure fails the build but not this task. Task names or output paths. */
  readonly validate?: string | readonly string[];
  /** A file in which the command lists what it read. A string means make format (`gcc -MD`). */
  readonly depfile?: string | { readonly path: string; readonly format: "make" | "lines" | "json" | "esbuild"; readonly optional?: boolean };
  /** Parameters of this task, or names of parameters declared at the top of the config. */
  readonly params?: Readonly<Record<string, Param>> | readonly string[];
  /** Names of environment variables that are part of the key, or values to set. Other variables are passed on but do not count. */
  readonly env?: readonly string[] | Readonly<Record<string, string>>;
  /** Working folder. Default: the root. */
  readonly cwd?: string;
  /** Program that runs shell text, called as `SHELL -c TEXT`. Default `/bin/sh`. */
  readonly shell?: string;
  /** File to read standard input from (an input). Default: nothing. */
  readonly stdin?: string;
  /** File that standard output is written to (an output). Default: the log. */
  readonly stdout?: string;
  /** File that standard error is written to (an output). Default: the log. */
  readonly stderr?: string;
  /** Tools that are part of the key: programs (`"gcc"`: path and content), or commands that print a version (`"gcc --version"`). */
  readonly tools?: string | readonly string[];
  /** `false`: keep no record and run in every build. */
  readonly cache?: false | CacheOptions;
  /** A failure of this task does not fail the build. Default false. */
  readonly allowFailure?: boolean;
  /** What to do when an output was changed by something else. Default `"rebuild"` (the edited copy is saved). */
  readonly drift?: "rebuild" | "keep" | "error";
  /** What to do with the outputs of a failed run. Default `"remove"`. */
  readonly onFail?: "remove" | "keep";
  /** Words put before the command: `["nice", "-n", "19"]`. Shell text is wrapped as `SHELL -c TEXT`. */
  readonly wrap?: readonly string[];
  /** `"process"`: a function gets a process that no other call uses. Default `"worker"`: a process that is reused. */
  readonly isolate?: "worker" | "process";
  /** Give it the terminal; one such task runs at a time. Default false. */
  readonly console?: boolean;
  /** `tg watch` may stop and restart it when its inputs change while it runs. Default false. */
  readonly interruptible?: boolean;
  /** Makes the task a service: it runs until it is stopped, and its dependents wait until it is ready. `{}`: ready as soon as it has started. */
  readonly service?: Service;
  /** Shown by `tg list` and `--help`. */
  readonly description?: string;
  /** Selects the task as `tag:NAME` on the command line. */
  readonly tags?: string | readonly string[];
  /** A notice shown to anyone who still uses the task. */
  readonly deprecated?: string;
}
