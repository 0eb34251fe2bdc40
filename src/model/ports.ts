// The ports: what the core may ask of the machine. Each adapter implements one; machine.ts opens them.
import type { FileJob } from "./file-work.ts";
import type { FileStat, TaskRecord } from "./state.ts";
import type { Frozen, Meta, Redeclared, Stamp } from "./frozen.ts";
import type { Graph } from "./graph.ts";
import type { CompactMemo, Memo } from "./memo.ts";
import type { Hashing, Reader } from "./hashing.ts";
import type { FilePath } from "./path.ts";
import type { SomeRows } from "./row-set.ts";
import type { FileTable } from "./table.ts";
import type { FunctionRef, ParamValue, TaskName } from "./task.ts";
import type { Asked, Question, Reply } from "./question.ts";
import type { Terms } from "./resident.ts";
import type { Notice, TaskProblem } from "./problem.ts";

/** Files of this machine. Paths are internal ones, resolved against the adapter's root. All calls are synchronous: async stat is 2–5 times slower (docs/performance.md). */
export interface Disk extends Reader {
  /** Absolute path of the root, with forward slashes. */
  readonly root: string;
  /** lstat; kind `absent` if there is nothing (ENOENT, ENOTDIR). Throws DiskError otherwise. */
  lstat(path: string): FileStat;
  /** stat through links. */
  stat(path: string): FileStat;
  /** For those of `ids` that are 0 in `seen`, stores the result of one stat (MARK), and sets the table's `news`. */
  sweep(table: FileTable, ids: Uint32Array | readonly number[], seen: Uint8Array): void;
  /** Runs `act` with the root as working directory, for code that looks at many paths: the system resolves shorter ones faster. */
  inRoot(act: () => void): void;
  readLink(path: string): string;
  /** Entries of a folder sorted by code unit, each with kind; null if it is absent or not a folder. `bad`: names that are not UTF-8 (latin1 text; folders end in `/`). */
  list(path: string): Listing | null;
  /** Whole content. */
  read(path: string): Uint8Array;
  /** The file or folder whose rights keep this user from writing or reading `path`: itself, one above it, or one in it. */
  deniedAt?(path: string): string;
  /** Starts hashing a large file in other threads too; null or absent: it is not worth it. */
  hashing?(path: string, size: number): Hashing | null;
  write(path: string, content: string | Uint8Array): void;
  /** Appends to a file, creating it if necessary. */
  append(path: string, text: string): void;
  /** Creates a folder and its parents; does nothing if it exists. */
  makeDir(path: string): void;
  /** Removes a file or link; true if there was one. */
  remove(path: string): boolean;
  /** Removes a folder and everything below it, never following links. */
  removeTree(path: string): void;
  /** Removes a folder if it is empty. */
  removeDir(path: string): boolean;
  /** Moves or copies `from` to `to`, creating parents. Folders from `owned` down to `from` may be made writable for it. */
  move(from: string, to: string, owned?: string): void;
  /** Copies a file or link, creating parents. */
  copy(from: string, to: string): void;
  /** The filesystem's own clock in ms, read by writing a file in the state folder. */
  clockMs(): number;
  /** The device of that file, if every change on it shows in the time stamps, however quick; null or absent: unknown. */
  fineDevice?(): number | null;
}

export interface Listing {
  readonly names: readonly string[];
  readonly kinds: readonly FileStat["kind"][];
  readonly bad: readonly string[];
}

/** Whether no space is left. Only writers see these errors. */
export function isFull(errno: string): boolean {
  return errno === "ENOSPC" || errno === "EDQUOT";
}

const DISK_ERROR = "DiskError";
const DAMAGED_STATE = "DamagedState";

/** A failed disk operation: the path concerned and the errno name (`EACCES`). */
export class DiskError extends Error {
  readonly path: string;
  readonly errno: string;
  constructor(path: string, errno: string) {
    super(`${errno}: ${path}`);
    this.name = DISK_ERROR;
    this.path = path;
    this.errno = errno;
  }

  /** Each lazily loaded bundle has its own copy of this class, so an error may come from another copy than the catcher's. */
  static override [Symbol.hasInstance](error: unknown): boolean {
    return error instanceof Error && error.name === DISK_ERROR;
  }
}

/** Stored bytes are not what was written. Thrown where state is read lazily; reopening the state detects the damage at once. */
export class DamagedState extends Error {
  constructor() {
    super();
    this.name = DAMAGED_STATE;
  }

  /** As of DiskError: a state that the first door opened throws that bundle's copy. */
  static override [Symbol.hasInstance](error: unknown): boolean {
    return error instanceof Error && error.name === DAMAGED_STATE;
  }
}

/** Clocks, machine facts and the user's environment. */
export interface System {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds from an arbitrary origin, on a clock that never goes back. */
  monotonicMs(): number;
  readonly platform: string;
  readonly arch: string;
  /** `tool`, as in `tg 1.2.3 node 20`, with the full version of the runtime. */
  exactly(tool: string): string;
  readonly parallelism: number;
  /** Memory of the machine in MiB. */
  readonly memoryMb: number;
  /** Load average over one minute. */
  load(): number;
}

/** A task ready to execute. Inert data, and all that an engine sees. Paths are absolute. */
export interface Job {
  readonly task: TaskName;
  readonly action: JobAction;
  readonly cwd: string;
  /** The complete environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string | null;
  /** Files for the process's stdout and stderr; null: the log. */
  readonly stdout: string | null;
  readonly stderr: string | null;
  /** The task's log file; stdout and stderr are appended in the order in which they are written. Its folder exists. */
  readonly log: string;
  /** true: the process gets tg's own terminal and stays in tg's process group. */
  readonly console: boolean;
}

export type JobAction =
  | { readonly kind: "argv"; readonly argv: readonly string[] }
  | { readonly kind: "shell"; readonly shell: string; readonly text: string }
  | { readonly kind: "file"; readonly work: FileJob }
  | { readonly kind: "function"; readonly fn: FunctionRef; readonly context: FunctionContext; /** Runs in a process that no other call uses. */ readonly isolated?: true };

/** What is passed to a child runtime for a function task. JSON-safe. */
export interface FunctionContext {
  readonly task: TaskName;
  readonly root: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly env: Readonly<Record<string, string>>;
  readonly changed: readonly string[];
  readonly attempt: number;
  /** By the name in `deps`; `value` is missing if nothing was returned. */
  readonly deps: Readonly<Record<string, { readonly value?: unknown }>>;
  readonly scratch: string;
  /** Folder for what the function adds to the report. */
  readonly notes: string;
  /** How the attempt went, for hooks that run after it. */
  readonly run?: { readonly outcome: "ok" | "failed" | "timed-out"; readonly exit: number | null; readonly value?: unknown };
  /** What failed, for `onFailure`. */
  readonly failed?: { readonly task: string; readonly error: string; readonly exit: number | null };
}

export interface JobResult {
  readonly exit: number | null;
  /** Signal that killed it, as `SIGKILL`; null otherwise. */
  readonly signal: string | null;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly peakKb: number;
  /** Why it could not start, or what a function threw; null if `exit` and `signal` say everything. */
  readonly problem: TaskProblem | null;
  /** JSON text that a function returned. */
  readonly value: string | null;
  /** Members of its process group still alive after the drain. */
  readonly left: readonly number[];
  /** The function called `ctx.ignoreOutputs()`. */
  readonly ignored?: true;
}

/** Signals that ask tg to stop. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

export interface RunningJob {
  /** Leader of the job's own process group; null if it has none (console jobs, shared children). */
  readonly group?: number | null;
  /** Group leader of the process that started the job and would end it if tg died. The same for many jobs. */
  readonly keeper?: number;
  readonly done: Promise<JobResult>;
  /** Resolves once the process that runs the job exists; absent: it exists already. */
  readonly begun?: Promise<void> | undefined;
  /** Sends a signal to the whole process group; does nothing for console jobs that already got it from the terminal. */
  signal(name: StopSignal | "SIGKILL"): void;
}

/** Answers a function's questions while it runs. */
export type Ask = (question: Question) => Promise<Reply>;

/** stdout and stderr in the order in which they were written. The memory is reused. */
export type OutputSink = (bytes: Uint8Array) => void;

/** Records where the time of a build goes. */
export interface Tracer {
  /** The phase from now until the next call. */
  phase(name: "load" | "judge" | "wait" | "run" | "save"): void;
  /** Sets how to look up what a task needed, with barriers replaced by what they join. */
  needs(of: (task: TaskName) => readonly TaskName[]): void;
}

/** Slots shared with other programs (GNU make's jobserver). The implicit first slot is not counted here. */
export interface Slots {
  /** Takes one more slot; false: none is free now. */
  take(): boolean;
  give(): void;
  /** Called when no job of ours runs: returns all slots, and replaces those that killed processes have lost. */
  rest(): void;
  /** Whether `take` can ever return false. */
  readonly waits: boolean;
}

/** Where jobs run. */
export interface Engine {
  /** Absent: only the job count limits. */
  readonly slots?: Slots;
  /** MAKEFLAGS for commands and for functions, if it must differ from the user's. */
  readonly makeflags?: { readonly commands: string | undefined; readonly functions: string | undefined };
  /** MAKEFLAGS names a jobserver that cannot be reached. */
  readonly lonely?: true;
  /** `ask`: answers what a function of the job asks while it runs. */
  start(job: Job, sink: OutputSink, ask?: Ask): RunningJob;
  /** Ends pooled children. Afterwards nothing that the engine started is alive. */
  close(): Promise<void>;
}

/** Records by task name. Decoded on demand. */
export interface Records {
  get(name: TaskName): TaskRecord | null;
  /** The task's recorded duration in ms, if it is known without decoding the record; 0: unknown. `at`: its index in the stored graph, as far as the caller knows. */
  usualMs?(name: TaskName, at: number): number;
  /** Names of tasks with a record, live or not. */
  names(): Iterable<TaskName>;
  /** At least those of them that are not tasks of the stored graph; the cost does not grow with the number of tasks. */
  namesBeside?(): Iterable<TaskName>;
}

/** Writes records while a build runs. Only the holder of the lock has one. */
export interface Recorder {
  /** Called before the command starts; `halves` are the outputs that it will be writing. */
  markStarted(task: TaskName, start: number, halves: readonly FilePath[]): void;
  /** Notes the process group that runs the task now; if tg is killed, the next build ends it. */
  markGroup(task: TaskName, group: number): void;
  /** Notes a process that runs tasks and ends them if tg is killed; the next build waits for that. */
  markKeeper(keeper: number): void;
  /** Stores a finished attempt, with the table rows that changed since the last call. */
  put(task: TaskName, record: TaskRecord, rows: SomeRows): void;
  drop(task: TaskName): void;
}

export type CompactMeta = Omit<Meta, "trees" | "patterns" | "default" | "jobs" | "settings" | "stateDir" | "spareParams" | "orphans" | "unfinished" | "traced">;

/** What tg remembers between runs. Anyone may open it; only the holder of the lock writes. */
export interface Store extends Records, Recorder {
  readonly table: FileTable;
  readonly notices: readonly Notice[];
  frozen(): Frozen | null;
  meta(): Meta;
  /** null: the graph differs in files or needs. Positions of tasks in the config do not count. */
  redeclared(graph: Graph): Redeclared | null;
  memo(): Memo | null;
  unfinished(): boolean;
  /** Ends process groups that a killed build left running, so that they do not write later. Call with the lock held. */
  endStrays(): Promise<readonly { readonly task: TaskName; readonly group: number }[]>;
  /** Whether the state on disk is still what was read here. */
  isCurrent(): boolean;
  /** Reads and checks everything that is otherwise read on demand; `keeps`: whether to keep it in memory. Throws DamagedState. */
  readAll(keeps?: boolean): void;
  hasCheckedAll(): boolean;
  openForWriting(): void;
  startedSince(time: number): Iterable<TaskName>;
  /** Tasks that asked something in their last run, with the answers. */
  traced(): Iterable<readonly [TaskName, readonly Asked[]]>;
  /** Replaces the record of what evaluating the config read; everything else stays. */
  restamp(stamp: Stamp): void;
  refresh(rows: SomeRows, settled: ReadonlyMap<number, number>, same?: readonly number[]): void;
  wantsCompaction(when?: { readonly rows?: number; readonly watched?: boolean }): boolean;
  fold(): boolean;
  /** Drops decoded records. */
  forget(): void;
  /** Writes a new snapshot and returns the memo it wrote, in memory of its own. */
  compact(graph: Graph, meta: CompactMeta, memo: CompactMemo): CompactMemo;
  close(): void;
}

/** What a watcher reports. A change is a hint where to look, never the truth. */
export type WatchSignal =
  /** Something about `path` may have changed: its content, existence or mode. */
  | { readonly kind: "changed"; readonly path: FilePath }
  /** The root itself seems to have been moved, away or back. */
  | { readonly kind: "moved" }
  /** Events may have been lost: check everything. */
  | { readonly kind: "lost" }
  /** The machine allows no more watches (errno), or watching failed otherwise: nothing is watched from now on. */
  | { readonly kind: "failed"; readonly errno: string };

/** The folders above another one. */
export interface Above {
  look(): void;
  /** Whether one of them may have been moved since the last call, even if it is back. */
  hasMoved(): boolean;
}

/** Watches folders, each without its subfolders. */
export interface Watcher {
  /** How long after the first sign of a change related ones may still arrive, in ms. */
  readonly quietMs: number;
  /** Makes `folders` the watched set, leaving out those that do not exist. Resolves to those that are newly watched. `only`: the others are unchanged. */
  watch(folders: ReadonlySet<FilePath>, only?: ReadonlySet<FilePath>): Promise<ReadonlySet<FilePath>>;
  /** Resolves once everything that happened before has been reported; false if that cannot be known. */
  caughtUp(): Promise<boolean>;
  /** Whether every change in these folders is reported, in order of time. false: some cannot be watched, nothing guarantees it, or `lost` is about to be reported. */
  hearsAll(): boolean;
  close(): Promise<void>;
}

/** Lets other commands of this user query this process. */
export interface Resident {
  /** Accepts queries from now on, from anyone who agrees with the terms. `stateDir` is absolute. */
  offer(stateDir: string, terms: Terms): void;
  /** Accepts none until the next offer. */
  rest(): void;
  close(): void;
}

/** What the user asks of a watch by keys. */
export interface KeyTaker {
  run(): void;
  force(): void;
  status(): void;
  clear(): void;
  quit(): void;
  /** Ctrl-C, or the user is gone: the terminal was closed or the process that started tg has exited. */
  interrupt(signal: StopSignal): void;
}

export interface Keys {
  /** Someone is at the terminal, and keys are read. */ readonly heard: boolean;
  /** Restores the terminal. */
  close(): void;
}
