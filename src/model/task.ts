// What the user declared, after checking: plain data, safe to freeze and to send. Knows no state.
import { NO_RETRIES, type Rate, type Retries, type Settings } from "./limits.ts";
import type { Action, FunctionRef, InputSpec } from "./action.ts";
import type { FilePath } from "./path.ts";
import type { ServiceSpec } from "./service.ts";
export type { Action, ChainMember, CodeFile, EachItem, FileWork, FunctionRef, InputSpec } from "./action.ts";

/** A task's name as the user wrote it: any text without control characters and lone surrogates. */
export type TaskName = string & { readonly __name: "task" };

/** Position of a declaration. `line` is 1-based; 0 if unknown. */
export interface Place {
  readonly file: FilePath;
  readonly line: number;
}

export type OutputRole = "output" | "intermediate";

/** One entry of `outputs`, `intermediates`, `stdout`, `stderr`. Always inside the root. */
export type OutputSpec =
  | { readonly kind: "file"; readonly path: FilePath; readonly role: OutputRole; readonly optional: boolean }
  /** An owned folder (`dir/`): everything below it belongs to the task. */
  | { readonly kind: "tree"; readonly path: FilePath; readonly role: OutputRole }
  /** A pattern resolved after the run. */
  | { readonly kind: "glob"; readonly pattern: string; readonly role: OutputRole };

/** The output as the user writes it. */
export function outputText(spec: OutputSpec): string {
  return spec.kind === "glob" ? spec.pattern : spec.kind === "tree" ? spec.path + "/" : spec.path;
}

export type DepfileFormat = "make" | "lines" | "json" | "esbuild";

export interface Depfile {
  readonly path: FilePath;
  readonly format: DepfileFormat;
  readonly optional: boolean;
  /** Paths in it are relative to this folder, in which the chain member that writes it runs. Absent: relative to the task's. */
  readonly cwd?: FilePath;
}

export type Drift = "rebuild" | "keep" | "error";

/** `propagate: "run"`: the dependent is stale whenever the named task ran for a reason of its own, whether or not content changed. */
export interface Dep {
  readonly target: string;
  readonly propagate: "content" | "run";
}

/** The type of a parameter. An array is an enum of strings. */
export type ParamType = "string" | "number" | "boolean" | "path" | readonly string[];
export type ParamValue = string | number | boolean | readonly (string | number | boolean)[];

export interface ParamSpec {
  readonly type: ParamType;
  readonly list: boolean;
  readonly default?: ParamValue;
  readonly description?: string;
}

export interface CacheSpec {
  /** false: `cache: false`, no record is trusted and the task runs in every build. */
  readonly enabled: boolean;
  readonly version?: string;
  readonly salt?: string;
  /** Results are stored by what they were made from, in a store of at most this size; absent: they are not stored. */
  readonly store?: { readonly maxBytes: number };
  /** Declared but left out of the key: `param:N`, `env:N`, `input:GLOB`. */
  readonly ignore: readonly string[];
}

/** A declared task, complete and normalised: every default is filled in, every path is in internal form. */
export interface Task {
  readonly name: TaskName;
  readonly at: Place | null;
  readonly action: Action | null;
  readonly inputs: readonly InputSpec[];
  /** Everything that the task writes: outputs, intermediates, stdout and stderr files, in that order. */
  readonly outputs: readonly OutputSpec[];
  /** Rewritten in place: an input before the run, an output after it. */
  readonly inout: readonly FilePath[];
  /** Its intermediates are removed once everything that reads them is fresh. */
  readonly temp: boolean;
  readonly deps: readonly Dep[];
  readonly after: readonly string[];
  readonly validate: readonly string[];
  readonly incremental: boolean;
  readonly always: boolean;
  /** Text files written before the run, path → content. */
  readonly files: Readonly<Record<string, string>>;
  readonly depfile: Depfile | null;
  /** Environment variables whose values (from the user's environment) are part of the key. Sorted. */
  readonly envNames: readonly string[];
  /** Environment values that the task sets. */
  readonly envValues: Readonly<Record<string, string>>;
  /** `true`: only declared names and a short fixed list reach the command. */
  readonly strictEnv: boolean;
  readonly cwd: FilePath;
  /** The program for shell text (called as `SHELL -c TEXT`). */
  readonly shell: string;
  readonly stdin: FilePath | null;
  readonly stdout: FilePath | null;
  readonly stderr: FilePath | null;
  readonly tools: readonly string[];
  readonly cache: CacheSpec;
  readonly params: Readonly<Record<string, ParamSpec>>;
  readonly allowFailure: boolean;
  readonly drift: Drift;
  readonly onFail: "remove" | "keep";
  readonly console: boolean;
  /** A watch may stop and restart it when its inputs change while it runs. */
  readonly interruptible: boolean;
  /** Time limit of an attempt in ms; 0: none. */
  readonly timeoutMs: number;
  /** Time limit in ms from when everything it needs is made to its end, waits and all attempts included; 0: none. */
  readonly deadlineMs: number;
  readonly retries: Retries;
  /** Hooks before each attempt and after each one that was not interrupted. */
  readonly before: Action | null;
  readonly afterRun: Action | null;
  /** false: skipped, as by `--skip`; a function is called when the task would start. */
  readonly when: boolean | FunctionRef;
  /** Words put before commands: `nice -n 19 CMD`. */
  readonly wrap: readonly string[];
  /** Its function gets a process that no other call uses. */
  readonly isolated: boolean;
  /** Name of a pool; `""`: none. */
  readonly pool: string;
  /** Amounts it uses while it runs. */
  readonly resources: Readonly<Record<string, number>>;
  /** Limits its starts, counted together with those of the other instances of its family. */
  readonly rate: Rate | null;
  /** It runs until it is stopped, and its dependents wait until it is ready. null: it ends by itself. */
  readonly service: ServiceSpec | null;
  /** Higher goes first among ready tasks; its dependencies inherit it. */
  readonly priority: number;
  readonly description: string;
  readonly tags: readonly string[];
  /** The notice shown to anyone who uses the task; `""` if it is not deprecated. */
  readonly deprecated: string;
  /** The family of which this is an instance. */
  readonly each?: Each;
  /** Set on the barrier that joins the instances of a family. */
  readonly family?: Family;
}

/** Which instance of which family a task is; its name is `family[key]`. */
export interface Each {
  readonly family: TaskName;
  readonly key: string;
  /** The task that makes the list it comes from. */
  readonly from?: TaskName;
}

/** A list that a task makes: the value it returns, or the lines of a file it writes. */
export interface ListSource {
  readonly task: TaskName;
  readonly lines: FilePath | null;
}

/** What a family stands for. */
export interface Family {
  /** Patterns of the files it iterates over; empty for lists. */
  readonly over: readonly InputSpec[];
  /** A share below 1 or a count; null: every instance must succeed. */
  readonly minSuccess: number | null;
  /** Over files: what it makes of one depends on how many come before it. */
  readonly counted?: true;
  /** The source of its list, if a task makes it. */
  readonly from?: ListSource;
}

/** Defaults of most tasks; the store keeps only what differs. */
export const TASK_DEFAULTS: Omit<Task, "name" | "action"> = {
  at: null, inputs: [], outputs: [], inout: [], temp: false, deps: [], after: [], validate: [], incremental: false, always: false, files: {}, depfile: null,
  envNames: [], envValues: {}, strictEnv: false, cwd: "" as FilePath, shell: "/bin/sh", stdin: null, stdout: null, stderr: null, tools: [],
  cache: { enabled: true, ignore: [] }, params: {}, allowFailure: false, drift: "rebuild", onFail: "remove", console: false, interruptible: false,
  timeoutMs: 0, deadlineMs: 0, retries: NO_RETRIES, before: null, afterRun: null, when: true, wrap: [], isolated: false, pool: "", resources: {}, rate: null, service: null, priority: 0, description: "", tags: [], deprecated: "",
};

/** A checked config: what `config/` hands to `graph/`. */
export interface Project {
  readonly tasks: readonly Task[];
  /** Targets of a bare `tg build`; null: every task. */
  readonly default: readonly string[] | null;
  /** Default of `-j`; null: available parallelism. */
  readonly jobs: number | null;
  readonly settings: Settings;
  /** Parameters declared at the top that no task names, though instances of a future list may. Absent: none. */
  readonly spareParams?: Readonly<Record<string, ParamSpec>>;
  /** The state folder, root-relative. */
  readonly stateDir: FilePath;
}

/** A barrier joins other tasks and never runs. */
export function isBarrier(task: Task): boolean {
  return task.action === null;
}

/** Whether the task calls a function (as its action, in a chain or afterwards), which gets the values of its `deps` and may return one. */
export function isCall({ action, afterRun }: Task): boolean {
  return afterRun?.kind === "function" || action?.kind === "function" || (action?.kind === "chain" && action.members.some((member) => member.action.kind === "function"));
}

/** Such a command has nothing to be judged by and runs in every build. */
function hasNothingToJudgeBy(task: Task): boolean {
  return task.inputs.length === 0 && task.outputs.length === 0 && task.inout.length === 0 && task.deps.length === 0 &&
    task.depfile === null && task.stdin === null && task.envNames.length === 0 &&
    Object.keys(task.envValues).length === 0 && Object.keys(task.params).length === 0 && task.tools.length === 0 &&
    !(task.action?.kind === "chain" && task.action.members.some(({ env }) => Object.keys(env).length > 0));
}

/**
 * Whether the task runs in every build, whatever its files are. `value`: what it returned last time, which counts as an output;
 * undefined: unknown, as before a function has run.
 */
export function runsAlways(task: Task, value: string | null | undefined): boolean {
  if (task.action === null || task.service !== null) return false;
  return task.always || !task.cache.enabled || ((value === null || (value === undefined && !isCall(task))) && hasNothingToJudgeBy(task));
}

/** Whether the task uses no pool, resource or rate, nor the terminal. */
export function takesNothing(task: Task): boolean {
  return !task.console && task.pool === "" && task.rate === null && Object.keys(task.resources).length === 0;
}
