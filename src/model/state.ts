// The words for what was and what is: identities, records, reasons, verdicts, outcomes. Written to disk by store/ in
// formats of its own, never as they stand here.
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

/** Identity of an output that was being made when its record was written: whatever stands there is half a file. */
export const HALF: Identity = "*" as Identity;

/** Identity of an output that is there no more since its task vanished from the config: should the task come back, it is missing. */
export const GONE: Identity = "x" as Identity;

/** Identity of an input that was another one after a run that failed than before it: what the run has read is not known. */
export const MOVED: Identity = "~" as Identity;

/** Bytes of the file that has this identity; 0 of what is no file. */
export function sizeOf(identity: Identity): number {
  const size = /^[fx][^.]*\.(.+)$/.exec(identity)?.[1];
  return size === undefined ? 0 : Number.parseInt(size, 36);
}

/** A path with what it was. */
export type Seen = readonly [path: FilePath, identity: Identity];

export type RecordStatus = "running" | "ok" | "failed" | "interrupted" | "tainted" | "adopted";

/** Definition parts by name (`command`, `cwd`, `env NAME`, …): short readable text, or `xxh:<digest>` when long or secret. */
export type Parts = Readonly<Record<string, string>>;

/** Who gave so many of the paths taken from `deps`, in their order. */
export type Giver = readonly [task: TaskName, paths: number];

/** What tg remembers of one task. */
export interface TaskRecord {
  readonly status: RecordStatus;
  /** Hash of parts, declared inputs and what was consumed from deps; equal keys must give equal outputs. */
  readonly key: Digest;
  readonly parts: Parts;
  /** Declared inputs (literal, matched, stdin, inout before the run) as they were at the start. Sorted by path. */
  readonly inputs: readonly Seen[];
  /** What else the verdict hangs on: listings (keys ending in `/`) behind patterns and owned trees, and named programs. */
  readonly folders: readonly Seen[];
  /** Identities by the person's own hash functions, for inputs that have one. */
  readonly custom: readonly Seen[];
  /** Reported by the depfile. Sorted by path. */
  readonly discovered: readonly Seen[];
  /** Taken from `deps`: outputs by path. */
  readonly upstream: readonly Seen[];
  /** Of these, who gave how many, in order. May be absent where there are none; so it is in records of earlier versions. */
  readonly givers?: readonly Giver[];
  /** Taken from `deps` that have neither outputs nor a value: their keys, sorted. */
  readonly upstreamKeys: readonly Digest[];
  /** Outputs as they were left; trees have identity `t…`; `-` for an optional output that was not made. */
  readonly outputs: readonly Seen[];
  /** Members of owned trees and output patterns. */
  readonly members: readonly Seen[];
  /** Of these, what matched a pattern before the first run and was left as it was. */
  readonly found?: readonly FilePath[];
  /** Of links among the intermediates that lead to nothing but what the record tells of: their input identities. */
  readonly links?: readonly Seen[];
  /** What a function asked while it ran, in order, each with a hash of the answer. */
  readonly trace?: readonly Asked[];
  /** JSON text a function returned; null when it returned nothing. */
  readonly value: string | null;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  /** How long the last run took that went well, in ms; 0: none did. */
  readonly goodMs: number;
  readonly exit: number | null;
  readonly signal: string | null;
  readonly attempts: number;
  /** Most memory that the task's processes held together, as samples saw it, in KiB; 0 when unknown. */
  readonly peakKb: number;
  /** Why the task ran that time. */
  readonly reasons: readonly Reason[];
  /** JSON text of the problem (TaskProblem) that ended the last attempt; null after success. */
  readonly error: string | null;
}

/** Of a task that has not got far enough to have anything recorded. */
export const EMPTY_RECORD: TaskRecord = {
  status: "running", key: "", parts: {}, inputs: [], folders: [], custom: [], discovered: [], upstream: [], upstreamKeys: [],
  outputs: [], members: [], value: null, start: 0, end: 0, goodMs: 0, exit: null, signal: null, attempts: 0, peakKb: 0, reasons: [], error: null,
};

/** Ran to a good end, or was accepted as it stands by `tg touch`: what it made is known, whether or not it is fresh. */
export function isGoodRecord(record: TaskRecord | null): record is TaskRecord {
  return record !== null && (record.status === "ok" || record.status === "adopted");
}

/** What the task returned, as JSON text; null for nothing, and where no good run is recorded. */
export function goodValue(record: TaskRecord | null): string | null {
  return isGoodRecord(record) ? record.value : null;
}

/** How long the task takes, in ms: as last time it went well, else as its last attempt; 0: unknown. */
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

/** One clause that failed, as data. `old` and `new` are texts for people: identities, part texts; absent for secrets. */
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

/** The judge's answer. `stale` and `maybe` carry at least one reason. */
export type Verdict =
  | { readonly kind: "fresh"; /** Intermediates that are absent and stand by their recorded hash. */ readonly virtual: boolean }
  | { readonly kind: "stale"; readonly reasons: readonly [Reason, ...Reason[]] }
  | { readonly kind: "maybe"; readonly reasons: readonly [Reason, ...Reason[]] };

/** A task's state as `status` shows it; of several that hold: failed, blocked, stale, maybe, fresh. */
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
  /** Names that the file has; absent where it does not matter. */
  readonly names?: number;
}

/** When it was changed last. To Deno that is a whole second; what was written in this very second tells more. */
export function changedAtMs({ mtimeMs, ctimeMs }: Pick<FileStat, "mtimeMs" | "ctimeMs">): number {
  return Math.floor(mtimeMs / 1000) * 1000 === ctimeMs ? mtimeMs : ctimeMs;
}
