// What was and what is: identities, records, reasons, verdicts, outcomes. store/ writes them to disk in formats of its own,
// never as they are here.
import type { FilePath } from "./path.ts";
import type { Asked } from "./question.ts";
import type { TaskName } from "./task.ts";

/** XXH64 with seed 0 as 16 lower-case hex digits. */
export type Digest = string;

/**
 * What a file *is*: kind, content hash with size, executable bit. Never time, inode or owner. As text:
 * `-` absent · `f<digest>.<size>` file · `x<digest>.<size>` executable file · `l<digest>` link · `t<digest>` owned tree ·
 * `d` folder · `s<digest>` listing of a folder's names · `?<kind>` FIFO, socket or device · `h<digest>` own hash function.
 * The size is in base 36.
 */
export type Identity = string & { readonly __identity: true };

export const ABSENT: Identity = "-" as Identity;

/** Identity of an output that was being made when its record was written: whatever exists there is half a file. */
export const HALF: Identity = "*" as Identity;

/** Identity of an output removed after its task left the config: if the task comes back, the output counts as missing. */
export const GONE: Identity = "x" as Identity;

/** Identity of an input that changed during a failed run: what the run read is unknown. */
export const MOVED: Identity = "~" as Identity;

/** Size in bytes of the file with this identity; 0 if it is not a file. */
export function sizeOf(identity: Identity): number {
  const size = /^[fx][^.]*\.(.+)$/.exec(identity)?.[1];
  return size === undefined ? 0 : Number.parseInt(size, 36);
}

/** A path with its identity at some time. */
export type Seen = readonly [path: FilePath, identity: Identity];

export type RecordStatus = "running" | "ok" | "failed" | "interrupted" | "tainted" | "adopted";

/** Definition parts by name (`command`, `cwd`, `env NAME`, …): short readable text, or `xxh:<digest>` if long or secret. */
export type Parts = Readonly<Record<string, string>>;

/** How many of the paths taken from `deps`, in their order, came from this task. */
export type Giver = readonly [task: TaskName, paths: number];

/** What tg remembers of one task. */
export interface TaskRecord {
  readonly status: RecordStatus;
  /** Hash of parts, declared inputs and what was consumed from deps; equal keys must give equal outputs. */
  readonly key: Digest;
  readonly parts: Parts;
  /** Declared inputs (literal, matched, stdin, inout before the run) as they were at the start. Sorted by path. */
  readonly inputs: readonly Seen[];
  /** What else the verdict depends on: listings (keys ending in `/`) behind patterns and owned trees, and named programs. */
  readonly folders: readonly Seen[];
  /** Identities computed by the config's own hash functions, for inputs that have one. */
  readonly custom: readonly Seen[];
  /** Inputs reported by the depfile. Sorted by path. */
  readonly discovered: readonly Seen[];
  /** Outputs consumed from `deps`, by path. */
  readonly upstream: readonly Seen[];
  /** How many of these came from each task, in order. May be absent if there are none, as in records of earlier versions. */
  readonly givers?: readonly Giver[];
  /** Keys of `deps` that have neither outputs nor a value, sorted. */
  readonly upstreamKeys: readonly Digest[];
  /** Outputs as the run left them; trees have identity `t…`; `-` for an optional output that was not made. */
  readonly outputs: readonly Seen[];
  /** Members of owned trees and output patterns. */
  readonly members: readonly Seen[];
  /** Those of them that matched a pattern before the first run and were left unchanged. */
  readonly found?: readonly FilePath[];
  /** Inputs that the last run, or something beside it, wrote or replaced while it ran, and that have their content again. */
  readonly rewritten?: readonly FilePath[];
  /** Input identities of links among the intermediates that lead only to things this record covers. */
  readonly links?: readonly Seen[];
  /** What a function asked while it ran, in order, each with a hash of the answer. */
  readonly trace?: readonly Asked[];
  /** JSON text that a function returned; null if it returned nothing. */
  readonly value: string | null;
  /** Milliseconds since the epoch. */
  readonly start: number;
  /** Start of the run that counts for `propagate: "run"`, if that is an earlier one: later ones only made intermediates again. */
  readonly ranAt?: number;
  readonly end: number;
  /** Duration of the last successful run, in ms; 0: there was none. */
  readonly goodMs: number;
  readonly exit: number | null;
  readonly signal: string | null;
  readonly attempts: number;
  /** Peak memory of all the task's processes together, as sampled, in KiB; 0 if unknown. */
  readonly peakKb: number;
  /** Why the task ran that time. */
  readonly reasons: readonly Reason[];
  /** JSON text of the problem (TaskProblem) that ended the last attempt; null after success. */
  readonly error: string | null;
}

/** For a task that did not get far enough to have anything recorded. */
export const EMPTY_RECORD: TaskRecord = {
  status: "running", key: "", parts: {}, inputs: [], folders: [], custom: [], discovered: [], upstream: [], upstreamKeys: [],
  outputs: [], members: [], value: null, start: 0, end: 0, goodMs: 0, exit: null, signal: null, attempts: 0, peakKb: 0, reasons: [], error: null,
};

/** Whether the last run succeeded or was accepted by `tg touch`: what it made is known, fresh or not. */
export function isGoodRecord(record: TaskRecord | null): record is TaskRecord {
  return record !== null && (record.status === "ok" || record.status === "adopted");
}

/** What the task returned, as JSON text; null for nothing, and if no good run is recorded. */
export function goodValue(record: TaskRecord | null): string | null {
  return isGoodRecord(record) ? record.value : null;
}

/** When the run began that counts for `propagate: "run"`; 0: there was none. */
export function runStart(record: TaskRecord | null): number {
  return record?.ranAt ?? record?.start ?? 0;
}

/** What stands for a run among the keys of `upstreamKeys`. It tells when it was, not what it was made from. */
export const runKey = (start: number): Digest => `run:${start}`;
export const isRunKey = (key: Digest): boolean => key.startsWith("run:");

/** Expected duration of the task, in ms: that of its last good run, else of its last attempt; 0: unknown. */
export function usualMs(record: TaskRecord | null): number {
  if (record === null) return 0;
  if (record.goodMs > 0) return record.goodMs;
  return record.status === "interrupted" || record.status === "running" ? 0 : Math.max(0, record.end - record.start);
}

export type ReasonCode =
  | "forced" | "always"
  | "never-ran" | "interrupted" | "failed-last-time" | "input-changed-during-run"
  | "command-changed" | "cwd-changed" | "env-changed" | "param-changed" | "code-changed" | "tool-changed" | "declaration-changed"
  | "input-added" | "input-removed"
  | "input-changed" | "mode-changed" | "input-deleted" | "input-appeared"
  | "upstream-changed" | "need-changed" | "undeclared-order"
  | "output-missing" | "output-changed"
  | "needed-by";

/** One failed clause, as data. `old` and `new` are texts for people: identities or part texts; absent for secrets. */
export interface Reason {
  readonly code: ReasonCode;
  /** The path, name or field the reason is about. */
  readonly subject?: string;
  /** The other task concerned: upstream (`upstream-changed`, `undeclared-order`) or the consumer (`needed-by`). */
  readonly task?: TaskName;
  readonly old?: string;
  readonly new?: string;
  /** True on a `maybe`: it depends on what the upstream task will produce. */
  readonly pending?: true;
}

/** The judge's answer. `stale` and `maybe` have at least one reason. */
export type Verdict =
  | { readonly kind: "fresh"; /** Some intermediates are absent and represented by their recorded hash. */ readonly virtual: boolean }
  | { readonly kind: "stale"; readonly reasons: readonly [Reason, ...Reason[]] }
  | { readonly kind: "maybe"; readonly reasons: readonly [Reason, ...Reason[]] };

/** A task's state as `status` shows it; the first that holds of failed, blocked, stale, maybe, fresh. */
export type TaskState = "fresh" | "stale" | "maybe" | "failed" | "blocked" | "skipped";

/** How a task of a build ended. */
export type Outcome = "ran" | "fresh" | "restored" | "failed" | "blocked" | "skipped" | "cancelled" | "tainted";

/** Kind of a file on disk. */
export type FileKind = "absent" | "file" | "dir" | "link" | "fifo" | "socket" | "device";

/** lstat in numbers. Times in milliseconds (fractions carry the sub-millisecond part), size in bytes. */
export interface FileStat {
  readonly kind: FileKind;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  readonly dev: number;
  readonly mode: number;
  /** Number of hard links; absent if it does not matter. */
  readonly names?: number;
}

/** Time of the last change. Deno's ctime has whole seconds only; an mtime within that same second is more precise. */
export function changedAtMs({ mtimeMs, ctimeMs }: Pick<FileStat, "mtimeMs" | "ctimeMs">): number {
  return Math.floor(mtimeMs / 1000) * 1000 === ctimeMs ? mtimeMs : ctimeMs;
}
