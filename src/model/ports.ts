// The doors: what thought may ask of the machine. Adapters implement one each; machine.ts opens them.
import type { FileJob } from "./file-work.ts";
import type { FileStat, TaskRecord } from "./state.ts";
import type { Frozen, Meta, Redeclared, Stamp } from "./frozen.ts";
import type { Graph } from "./graph.ts";
import type { CompactMemo, Memo } from "./memo.ts";
import type { Hashing, Reader } from "./hashing.ts";
import type { FilePath } from "./path.ts";
import type { FileTable } from "./table.ts";
import type { FunctionRef, ParamValue, TaskName } from "./task.ts";
import type { Asked, Question, Reply } from "./question.ts";
import type { Terms } from "./resident.ts";
import type { Notice, TaskProblem } from "./problem.ts";

/** Files of this machine. All paths are house paths, resolved against the root the adapter was opened with. All synchronous: async stat is 2–5 times slower (docs/performance.md). */
export interface Disk extends Reader {
  /** Absolute path of the root, forward slashes. */
  readonly root: string;
  /** lstat; kind `absent` when there is nothing (ENOENT, ENOTDIR). Throws DiskError otherwise. */
  lstat(path: string): FileStat;
  /** stat through links. */
  stat(path: string): FileStat;
  /** Of `ids` that are 0 in `seen`, sets what one stat says of them (MARK), and the table's `news`. */
  sweep(table: FileTable, ids: Uint32Array | readonly number[], seen: Uint8Array): void;
  /** Runs `act`, in which many paths are looked at, in the root: the system follows shorter ones sooner. */
  inRoot(act: () => void): void;
  readLink(path: string): string;
  /** Entries of a folder sorted by code unit, each with kind; null when it is no folder or absent. `bad`: names that are not UTF-8 (latin1 text; folders end in `/`). */
  list(path: string): Listing | null;
  /** Whole content. */
  read(path: string): Uint8Array;
  /** Has a large file hashed by other threads as well; null or absent: it does not pay. */
  hashing?(path: string, size: number): Hashing | null;
  write(path: string, content: string | Uint8Array): void;
  /** Adds to the end of a file, which is made if need be. */
  append(path: string, text: string): void;
  /** Creates a folder and its parents; nothing if it exists. */
  makeDir(path: string): void;
  /** Removes a file or link; true if there was one. */
  remove(path: string): boolean;
  /** Removes a folder and all below it, never following links. */
  removeTree(path: string): void;
  /** Removes a folder if it is empty. */
  removeDir(path: string): boolean;
  /** Moves or copies `from` to `to`, making parents. */
  move(from: string, to: string): void;
  /** Copies a file or link, making parents. */
  copy(from: string, to: string): void;
  /** The filesystem's own clock in ms, learnt by writing a file in the state folder. */
  clockMs(): number;
  /** The device of that file, if nothing on it changes without its time stamps telling, however quickly; null or absent: not known. */
  fineDevice?(): number | null;
}

export interface Listing {
  readonly names: readonly string[];
  readonly kinds: readonly FileStat["kind"][];
  readonly bad: readonly string[];
}

/** Is there no room left? Only who writes is told so. */
export function isFull(errno: string): boolean {
  return errno === "ENOSPC" || errno === "EDQUOT";
}

const DISK_ERROR = "DiskError";

/** A failed disk operation: the path it was about and the errno name (`EACCES`). */
export class DiskError extends Error {
  readonly path: string;
  readonly errno: string;
  constructor(path: string, errno: string) {
    super(`${errno}: ${path}`);
    this.name = DISK_ERROR;
    this.path = path;
    this.errno = errno;
  }

  /** Each built file that is loaded late has a class of its own: one that threw is not the one of whoever catches. */
  static override [Symbol.hasInstance](error: unknown): boolean {
    return error instanceof Error && error.name === DISK_ERROR;
  }
}

/** What was kept is not what was written. Thrown where it is read late; whoever opens the state anew learns it at once. */
export class DamagedState extends Error {}

/** Time and the person's environment. */
export interface System {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds since some moment, on a clock that does not go back. */
  monotonicMs(): number;
  readonly platform: string;
  readonly arch: string;
  /** `tool`, as in `tg 1.2.3 node 20`, with the whole version of the runtime. */
  exactly(tool: string): string;
  readonly parallelism: number;
  /** Memory of the machine in MiB. */
  readonly memoryMb: number;
  /** Load average over one minute. */
  load(): number;
}

/** A task made ready to execute. Inert data, and all an engine ever sees. Paths are absolute. */
export interface Job {
  readonly task: TaskName;
  readonly action: JobAction;
  readonly cwd: string;
  /** The complete environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string | null;
  /** Files that take the process's stdout and stderr; null: the log. */
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
  | { readonly kind: "function"; readonly fn: FunctionRef; readonly context: FunctionContext; /** In a process that no other call uses. */ readonly isolated?: true };

/** What crosses to a child runtime for a function task. JSON-safe. */
export interface FunctionContext {
  readonly task: TaskName;
  readonly root: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly params: Readonly<Record<string, ParamValue>>;
  readonly env: Readonly<Record<string, string>>;
  readonly changed: readonly string[];
  readonly attempt: number;
  /** By the name in `deps`; without `value` where nothing was returned. */
  readonly deps: Readonly<Record<string, { readonly value?: unknown }>>;
  readonly scratch: string;
  /** Folder for what the function says for the report. */
  readonly notes: string;
  /** How the attempt went, for hooks after it. */
  readonly run?: { readonly outcome: "ok" | "failed" | "timed-out"; readonly exit: number | null; readonly value?: unknown };
  /** What failed, for `onFailure`. */
  readonly failed?: { readonly task: string; readonly error: string; readonly exit: number | null };
}

export interface JobResult {
  readonly exit: number | null;
  /** Signal that ended it, as `SIGKILL`; null otherwise. */
  readonly signal: string | null;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly peakKb: number;
  /** Why it could not start, or what a function threw; null when `exit` and `signal` say it all. */
  readonly problem: TaskProblem | null;
  /** JSON text a function returned. */
  readonly value: string | null;
  /** Members of its process group still alive after the drain. */
  readonly left: readonly number[];
  /** The function said `ctx.ignoreOutputs()`. */
  readonly ignored?: true;
}

/** What asks tg to end. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

export interface RunningJob {
  /** Leader of the job's own process group; null when it has none (console jobs, shared children). */
  readonly group?: number | null;
  /** Leader of the group of a process that started the job and, should tg be gone, ends it. The same for many jobs. */
  readonly keeper?: number;
  readonly done: Promise<JobResult>;
  /** Resolves once what carries out the job is there; absent: it is. */
  readonly begun?: Promise<void> | undefined;
  /** Sends a signal to the whole process group (or, for console jobs, nothing when the terminal has done so). */
  signal(name: StopSignal | "SIGKILL"): void;
}

/** Answers what a function asks while it runs. */
export type Ask = (question: Question) => Promise<Reply>;

/** stdout and stderr in the order in which they were written. The memory is reused. */
export type OutputSink = (bytes: Uint8Array) => void;

/** Is told where the time of a build goes. */
export interface Tracer {
  /** From now on, until the next. */
  phase(name: "load" | "judge" | "wait" | "run" | "save"): void;
  /** How to ask what a task needed, barriers looked through. */
  needs(of: (task: TaskName) => readonly TaskName[]): void;
}

/** Slots shared with other programs (GNU make's jobserver). The first is everybody's own and is not counted here. */
export interface Slots {
  /** One more; false: none is free now. */
  take(): boolean;
  give(): void;
  /** Nothing of ours runs: all are given back, and what others lost when they were killed is made good. */
  rest(): void;
  /** May `take` ever say no? */
  readonly waits: boolean;
}

/** Where jobs run. */
export interface Engine {
  /** Absent: only the number of jobs limits. */
  readonly slots?: Slots;
  /** MAKEFLAGS for commands and for functions, where it is to be another than the person's. */
  readonly makeflags?: { readonly commands: string | undefined; readonly functions: string | undefined };
  /** A jobserver is named in MAKEFLAGS, but cannot be reached. */
  readonly lonely?: true;
  /** `ask`: what a function of the job may ask while it runs. */
  start(job: Job, sink: OutputSink, ask?: Ask): RunningJob;
  /** Ends pooled children. After it nothing that the engine started is alive. */
  close(): Promise<void>;
}

/** Records by task name. Decoded on demand. */
export interface Records {
  get(name: TaskName): TaskRecord | null;
  /** How long it takes by its record, in ms, where that is known without it; 0: unknown. `at`: its index in the stored graph, as far as the caller knows. */
  usualMs?(name: TaskName, at: number): number;
  /** Names with a record, live or not. */
  names(): Iterable<TaskName>;
  /** Of those all that are no tasks of the stored graph, and some that are; costs nothing by the task. */
  namesBeside?(): Iterable<TaskName>;
}

/** Where records are written while a build runs. Only the holder of the lock has one. */
export interface Recorder {
  /** Before the command starts; `halves` are the outputs it will be writing. */
  markStarted(task: TaskName, start: number, halves: readonly FilePath[]): void;
  /** The process group that runs the task now: should tg be killed, the next build ends it. */
  markGroup(task: TaskName, group: number): void;
  /** A process that runs tasks now and ends them should tg be killed: the next build waits for that. */
  markKeeper(keeper: number): void;
  /** A finished attempt, with the table rows that changed since the last call. */
  put(task: TaskName, record: TaskRecord, rows: ReadonlySet<number>): void;
  drop(task: TaskName): void;
}

export type CompactMeta = Omit<Meta, "trees" | "patterns" | "default" | "jobs" | "settings" | "stateDir" | "spareParams" | "orphans" | "unfinished" | "traced">;

/** The beginning of a snapshot's file, checked, as it stood under a mark. */
export interface StoreStart {
  readonly file: string;
  readonly mark: string;
  readonly bytes: Uint8Array;
  readonly fileBytes: number;
  /** What was written since, as the store has it; null: nothing. */
  readonly log: { readonly mark: string } | null;
}

/** What tg remembers between runs. Opened by everybody; written only by the holder of the lock. */
export interface Store extends Records, Recorder {
  readonly table: FileTable;
  readonly notices: readonly Notice[];
  frozen(): Frozen | null;
  meta(): Meta;
  /** null: it is another graph, with other files or needs. Where in the config tasks stand does not count. */
  redeclared(graph: Graph): Redeclared | null;
  memo(): Memo | null;
  unfinished(): boolean;
  /** Ends process groups that a killed build left running, so that they do not write later. Call with the lock held. */
  endStrays(): Promise<readonly { readonly task: TaskName; readonly group: number }[]>;
  /** What was read and checked at the opening, for who opens the same state in this process once more; ends the use of this one. */
  start(): StoreStart | null;
  /** Tells what was read here from every other state that stood or will stand in its place. */
  mark(): string;
  isCurrent(): boolean;
  /** Reads and checks all that is read when asked for otherwise, and keeps it in memory or not; throws DamagedState. */
  readAll(keeps?: boolean): void;
  hasCheckedAll(): boolean;
  openForWriting(): void;
  /** Tasks that asked something in their last run, with what they were told. */
  traced(): Iterable<readonly [TaskName, readonly Asked[]]>;
  /** What evaluating the config read, where all else that is kept stays as it is. */
  restamp(stamp: Stamp): void;
  refresh(rows: ReadonlySet<number>, settled: ReadonlyMap<number, number>, same?: readonly number[]): void;
  wantsCompaction(rows?: number): boolean;
  fold(): boolean;
  /** Lets go of records that were decoded. */
  forget(): void;
  /** Gives what it has written, in memory of its own. */
  compact(graph: Graph, meta: CompactMeta, memo: CompactMemo): CompactMemo;
  close(): void;
}

/** What a watcher tells. A change is a hint where to look, never the truth. */
export type WatchSignal =
  /** Something about `path` may be different: its content, its existence, its mode. */
  | { readonly kind: "changed"; readonly path: FilePath }
  /** The root itself seems to have been moved: away, or back again. */
  | { readonly kind: "moved" }
  /** Events may have been lost: look at everything. */
  | { readonly kind: "lost" }
  /** The machine allows no more watches (errno), or watching failed otherwise: nothing is watched from now on. */
  | { readonly kind: "failed"; readonly errno: string };

/** The folders above one. */
export interface Above {
  look(): void;
  /** May one of them have been moved since the last look, be it back where it was? */
  hasMoved(): boolean;
}

/** Listens to folders, each without those below it. */
export interface Watcher {
  /** How long after the first sign of a change others that belong to it may still come, in ms. */
  readonly quietMs: number;
  /** Makes `folders` the ones that are watched; those that do not exist are left out. Resolves with those that are watched only since now. `only`: the others are as they were. */
  watch(folders: ReadonlySet<FilePath>, only?: ReadonlySet<FilePath>): Promise<ReadonlySet<FilePath>>;
  /** Resolves when all that happened before has been told; false where nobody can know. */
  caughtUp(): Promise<boolean>;
  /** Is every change in these folders told, and in the order of time? false: some cannot be watched, nobody promises it, or `lost` is about to be told. */
  hearsAll(): boolean;
  close(): Promise<void>;
}

/** Lets other commands of this user ask this process. */
export interface Resident {
  /** From now on it can be asked, by whoever agrees with the terms. `stateDir` is absolute. */
  offer(stateDir: string, terms: Terms): void;
  /** Not now; until the next offer. */
  rest(): void;
  close(): void;
}

/** What the person at the keyboard asks of a watch. */
export interface KeyTaker {
  run(): void;
  force(): void;
  status(): void;
  clear(): void;
  quit(): void;
  /** Ctrl-C, or nobody is there any more: the terminal is closed or the process that started tg is gone. */
  interrupt(signal: StopSignal): void;
}

export interface Keys {
  /** A person sits there: what is pressed is heard. */ readonly heard: boolean;
  /** Gives the terminal back as it was. */
  close(): void;
}
