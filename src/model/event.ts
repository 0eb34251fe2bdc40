// What happened, as plain JSON-safe data. Reporters read events; they cannot change a build.
import type { Outcome, Reason } from "./state.ts";
import type { AbsolutePath, FilePath } from "./path.ts";
import type { Notice, Problem } from "./problem.ts";
import type { TaskName } from "./task.ts";

export interface Counts {
  readonly ran: number;
  readonly fresh: number;
  readonly restored: number;
  readonly failed: number;
  readonly blocked: number;
  readonly skipped: number;
  readonly cancelled: number;
}

export type Event =
  /** Judging is over. `total`: wanted tasks without barriers; `toRun`: judged stale; `maybe`: not known yet. */
  | { readonly event: "build-started"; readonly total: number; readonly toRun: number; readonly maybe: number; readonly jobs: number; readonly time: number; /** Sum of recorded durations of what may run, over `jobs`, in ms; 0 when unknown. */ readonly estimateMs: number }
  | { readonly event: "task-judged"; readonly task: TaskName; readonly state: "fresh" | "stale" | "maybe"; readonly reasons: readonly Reason[] }
  | { readonly event: "task-started"; readonly task: TaskName; readonly start: number; readonly attempt: number; readonly command: string; readonly console: boolean; readonly reasons: readonly Reason[]; /** Recorded duration of the last run in ms; 0 when unknown. */ readonly expectedMs: number }
  /** Attempt `attempt` failed; the next starts after `delayMs`. No `task-ended`: the run goes on. */
  | { readonly event: "task-retry"; readonly task: TaskName; readonly attempt: number; /** Attempts there may be. */ readonly attempts: number; readonly delayMs: number; readonly start: number; readonly end: number; readonly exit: number | null; readonly problem: Problem }
  /** A hook of the whole build. `text`: what it printed, cut at 64 KiB. */
  | { readonly event: "hook-ended"; readonly hook: "setup" | "teardown" | "onFailure"; readonly task?: TaskName; readonly start: number; readonly end: number; readonly exit: number | null; readonly text: string; readonly problem?: Problem }
  /** Bytes as they came, decoded as UTF-8 (split characters are put together across events). */
  | { readonly event: "task-output"; readonly task: TaskName; readonly text: string; /** Of a service: it goes on while others end. */ readonly service?: true }
  | { readonly event: "task-ended"; readonly task: TaskName; readonly outcome: Outcome; readonly reasons: readonly Reason[]; readonly start: number; readonly end: number; readonly exit: number | null; readonly attempts: number; readonly problem?: Problem; /** Names the failed task below which this one stands. */ readonly blockedBy?: TaskName; readonly allowed?: true; /** Log file, root-relative. */ readonly log?: string; /** true: fresh, but an intermediate is not on disk. */ readonly virtual?: true; /** The input that changed while it ran, or the output that somebody took away (`tainted`). */ readonly changed?: FilePath; /** It is an output. */ readonly taken?: true }
  /** A task made a list, and families have other instances now. `total` as in build-started. */
  | { readonly event: "graph-grown"; readonly task: TaskName; readonly added: readonly TaskName[]; readonly removed: readonly TaskName[]; readonly total: number }
  /** Everything that reads them is fresh: intermediates of a `temp` task are gone. Folders by their name alone. */
  | { readonly event: "temp-removed"; readonly task: TaskName; readonly paths: readonly FilePath[] }
  | ServiceEvent
  | { readonly event: "notice"; readonly notice: Notice }
  | { readonly event: "problem"; readonly problem: Problem }
  | { readonly event: "build-ended"; readonly counts: Counts; readonly start: number; readonly end: number; readonly exitCode: number; readonly signal?: string; /** By a key of `tg watch`, and no signal came from outside. */ readonly asked?: true; readonly failed: readonly TaskName[]; readonly blocked: readonly TaskName[] };

/** A service, which is no task that ends: only its failure is told as `task-ended`. */
export type ServiceEvent =
  | { readonly event: "service"; readonly state: "starting"; readonly task: TaskName; readonly time: number; readonly command: string; readonly reasons: readonly Reason[] }
  | { readonly event: "service"; readonly state: "ready"; readonly task: TaskName; readonly time: number; /** Since it was started. */ readonly ms: number; /** The process of another tg whose service it is. */ readonly owner?: number; readonly reasons: readonly Reason[] }
  /** It ended by itself. `againMs`: it is started again after so long; null: it is not. */
  | { readonly event: "service"; readonly state: "crashed"; readonly task: TaskName; readonly time: number; readonly exit: number | null; readonly signal: string | null; readonly againMs: number | null }
  | { readonly event: "service"; readonly state: "stopped"; readonly task: TaskName; readonly time: number }
  /** tg watch gives it up; `tg build` tells a failure as `task-ended`. */
  | { readonly event: "service"; readonly state: "failed"; readonly task: TaskName; readonly time: number; readonly problem: Problem }
  /** All is done, and these stay up until the person ends them. */
  | { readonly event: "services-up"; readonly tasks: readonly TaskName[]; readonly time: number };

export type Emit = (event: Event) => void;

/** How a path differs from when it was last looked at. */
export interface Change {
  readonly path: FilePath;
  readonly how: "added" | "changed" | "removed";
}

/** Why a round of `tg watch` began: at the start, by a change, or by a key. */
export type RoundCause = "start" | "change" | "run" | "force";

/** What `tg watch` tells besides the events of each build. */
export type WatchEvent =
  | { readonly event: "round-started"; readonly round: number; readonly cause: RoundCause; readonly changes: readonly Change[]; /** Changes that are not listed. */ readonly more: number; readonly time: number }
  /** The round is over and tg waits for changes. `exitCode` is what the build alone would have ended with. */
  | { readonly event: "round-ended"; readonly round: number; readonly exitCode: number; readonly time: number }
  /** The watcher failed; files are looked at every `everyMs`. */
  | { readonly event: "watch-polling"; readonly errno: string; readonly everyMs: number }
  /** These change again whenever their task runs, so it is run again for them only after `againMs`; the task "" is the config. */
  | { readonly event: "watch-loop"; readonly pairs: readonly { readonly task: TaskName; readonly path: string }[]; readonly againMs: number }
  /** Asked for by a key: what is not fresh, or not yet where a build runs, and services that failed. */
  | { readonly event: "watch-status"; readonly open: readonly TaskName[]; readonly building?: true; readonly time: number }
  /** These are being evaluated for a while already. */
  | { readonly event: "config-evaluating"; readonly files: readonly FilePath[]; readonly time: number }
  /** The project's folder is not where it was: nothing is built until it is back. */
  | { readonly event: "root-gone" | "root-back"; readonly root: AbsolutePath; readonly time: number }
  /** The config can be loaded again. */
  | { readonly event: "config-mended"; readonly time: number }
  /** It cannot be loaded. `kept`: the tasks of the last good one stay. */
  | { readonly event: "config-broken"; readonly problems: readonly Problem[]; readonly kept: boolean };
