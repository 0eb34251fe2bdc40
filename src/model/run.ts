// One build that ran something, as it is remembered: what was asked, on what, and how each task ended. Plain JSON.
import type { Counts } from "./event.ts";
import type { Digest, Outcome, Reason, TaskRecord } from "./state.ts";

/** State of the sources by version control; `dirty` is null when it was not known in time. */
export interface Revision {
  readonly commit: string;
  readonly dirty: boolean | null;
}

/** Where in the logs of its run a task's log stands, in bytes; `before`: how much of its beginning is not kept. */
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
  /** The first reason it ran for. */
  readonly reason?: Reason;
  /** Code of the problem it failed with. */
  readonly problem?: string;
  /** Absent: it said nothing, or too much was said in that run. */
  readonly log?: LogPlace;
}

export interface Again {
  /** Words after `--`. */
  readonly args: readonly string[] | null;
  readonly skip: readonly string[];
  /** Where the person stood, root-relative: paths among the targets are relative to it. */
  readonly from: string;
  /** How many tasks took part; instances of lists that tasks make are not among them. */
  readonly tasks: number;
}

/** What a task was made from in a run: the part of its record (model/state.ts) that decides, and a hash of what came of it. */
export interface MadeFrom extends Pick<TaskRecord, "key" | "parts" | "inputs" | "custom" | "discovered" | "upstream" | "upstreamKeys" | "trace"> {
  readonly made: Digest;
  /** It came in while the build ran: an instance of a list that a task made, or asked for by a function. */
  readonly late: boolean;
  /** It was tried, and made nothing that counts. */
  readonly failed?: true;
}

export interface RunRecord {
  readonly version: 1;
  /** Unique in the project, sorts by time: `20261121-074105-0`. */
  readonly id: string;
  readonly start: number;
  readonly end: number;
  readonly exitCode: number;
  readonly signal: string | null;
  /** As it was typed, without flags. */
  readonly command: string;
  readonly targets: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly jobs: number;
  /** tg and the runtime with its major version. */
  readonly tool: string;
  /** The same, with the whole version of the runtime; absent in records of earlier versions. */
  readonly versions?: string;
  readonly platform: string;
  /** As Node calls it; absent in records of earlier versions. */
  readonly arch?: string;
  readonly revision: Revision | null;
  /** First lock file of a package manager, with its identity. */
  readonly lockfile: { readonly file: string; readonly identity: string } | null;
  readonly counts: Counts;
  /** What it takes to ask for the same once more; absent in records of earlier versions. */
  readonly again?: Again;
  /** All that did more than be fresh, in the order of their ends. */
  readonly tasks: readonly RunTask[];
}
