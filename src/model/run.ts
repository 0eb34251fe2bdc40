// The history record of one build that ran something: the request, its circumstances, and how each task ended. Plain JSON.
import type { Counts } from "./event.ts";
import type { Digest, Outcome, Reason, TaskRecord } from "./state.ts";

/** Version control state of the sources; `dirty` is null if it was not known in time. */
export interface Revision {
  readonly commit: string;
  readonly dirty: boolean | null;
}

/** Position of a task's log in the logs of its run, in bytes; `before`: bytes at its beginning that were not kept. */
export interface LogPlace {
  readonly at: number;
  readonly bytes: number;
  readonly before: number;
}

export interface RunTask {
  readonly task: string;
  readonly outcome: Outcome;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly exit: number | null;
  readonly attempts: number;
  /** The first of the reasons it ran for. */
  readonly reason?: Reason;
  /** Code of the problem with which it failed. */
  readonly problem?: string;
  /** Absent: it had no output, or that run had too much. */
  readonly log?: LogPlace;
}

export interface Again {
  /** Words after `--`. */
  readonly args: readonly string[] | null;
  readonly skip: readonly string[];
  /** Where the command was given, root-relative: paths among the targets are relative to it. */
  readonly from: string;
  /** Number of tasks that took part, without instances of lists that tasks make. */
  readonly tasks: number;
}

/** What a task was made from in a run: the deciding part of its record (model/state.ts), and a hash of the result. */
export interface MadeFrom extends Pick<TaskRecord, "key" | "parts" | "inputs" | "custom" | "discovered" | "upstream" | "upstreamKeys" | "trace"> {
  readonly made: Digest;
  /** Added during the build: an instance of a list that a task made, or requested by a function. */
  readonly late: boolean;
  /** It was tried, and made nothing that counts. */
  readonly failed?: true;
}

/**
 * In the state folder, before the suffix of a state: since when (milliseconds since the epoch) that state may have recorded tasks
 * that no run tells of, because a build was killed. The next run of that config takes them into what its tasks were made from, and
 * removes the file.
 */
export const UNTOLD = "runs/untold";

export interface RunRecord {
  readonly version: 1;
  /** Unique in the project, sorts by time: `20261121-074105-0`. */
  readonly id: string;
  readonly start: number;
  readonly end: number;
  readonly exitCode: number;
  readonly signal: string | null;
  /** As typed, without flags. */
  readonly command: string;
  readonly targets: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly jobs: number;
  /** tg, and the runtime with its major version. */
  readonly tool: string;
  /** The same with the full version of the runtime; absent in records of earlier versions. */
  readonly versions?: string;
  readonly platform: string;
  /** As Node names it; absent in records of earlier versions. */
  readonly arch?: string;
  readonly revision: Revision | null;
  /** The first lock file of a package manager found, with its identity. */
  readonly lockfile: { readonly file: string; readonly identity: string } | null;
  readonly counts: Counts;
  /** Everything needed to repeat the request; absent in records of earlier versions. */
  readonly again?: Again;
  /** All tasks that were not simply fresh, in the order in which they ended. */
  readonly tasks: readonly RunTask[];
}
