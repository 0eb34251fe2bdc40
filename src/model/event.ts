// Build events as plain JSON-safe data. Reporters read them; they cannot affect a build.
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
  /** Judging is over. `total`: wanted tasks without barriers; `toRun`: judged stale; `maybe`: undecided. */
  | { readonly event: "build-started"; readonly total: number; readonly toRun: number; readonly maybe: number; readonly jobs: number; readonly time: number; /** Sum of recorded durations of what may run, over `jobs`, in ms; 0 when unknown. */ readonly estimateMs: number }
  | { readonly event: "task-judged"; readonly task: TaskName; readonly state: "fresh" | "stale" | "maybe"; readonly reasons: readonly Reason[] }
  | { readonly event: "task-started"; readonly task: TaskName; readonly start: number; readonly attempt: number; readonly command: string; readonly console: boolean; readonly reasons: readonly Reason[]; /** Recorded duration of the last run in ms; 0 when unknown. */ readonly expectedMs: number }
  /** Attempt `attempt` failed; the next starts after `delayMs`. No `task-ended`: the run goes on. */
  | { readonly event: "task-retry"; readonly task: TaskName; readonly attempt: number; /** Maximum number of attempts. */ readonly attempts: number; readonly delayMs: number; readonly start: number; readonly end: number; readonly exit: number | null; readonly problem: Problem }
  /** A hook of the whole build ended. `text`: its output, truncated at 64 KiB. */
  | { readonly event: "hook-ended"; readonly hook: "setup" | "teardown" | "onFailure"; readonly task?: TaskName; readonly start: number; readonly end: number; readonly exit: number | null; readonly text: string; readonly problem?: Problem }
  /** Output as it arrives, decoded as UTF-8 (characters split across reads are rejoined). */
  | { readonly event: "task-output"; readonly task: TaskName; readonly text: string; /** From a service, which keeps running while tasks end. */ readonly service?: true }
  | { readonly event: "task-ended"; readonly task: TaskName; readonly outcome: Outcome; readonly reasons: readonly Reason[]; readonly start: number; readonly end: number; readonly exit: number | null; readonly attempts: number; readonly problem?: Problem; /** The failed task upstream that blocks this one. */ readonly blockedBy?: TaskName; readonly allowed?: true; /** Log file, root-relative. */ readonly log?: string; /** true: fresh, but an intermediate is not on disk. */ readonly virtual?: true; /** The input that changed while it ran, or the output that something removed (`tainted`). */ readonly changed?: FilePath; /** `changed` is an output. */ readonly taken?: true }
  /** A task made a list, so the instances of some families changed. `total` as in build-started. */
  | { readonly event: "graph-grown"; readonly task: TaskName; readonly added: readonly TaskName[]; readonly removed: readonly TaskName[]; readonly total: number }
  /** Intermediates of a `temp` task were removed because everything that reads them is fresh. Folders are listed without their contents. */
  | { readonly event: "temp-removed"; readonly task: TaskName; readonly paths: readonly FilePath[] }
  | ServiceEvent
  | { readonly event: "notice"; readonly notice: Notice }
  | { readonly event: "problem"; readonly problem: Problem }
  | { readonly event: "build-ended"; readonly counts: Counts; readonly start: number; readonly end: number; readonly exitCode: number; readonly signal?: string; /** Requested by a key in `tg watch`, not by an outside signal. */ readonly asked?: true; readonly failed: readonly TaskName[]; readonly blocked: readonly TaskName[] };

/** A service is not a task that ends: only its failure is reported as `task-ended`. */
export type ServiceEvent =
  | { readonly event: "service"; readonly state: "starting"; readonly task: TaskName; readonly time: number; readonly command: string; readonly reasons: readonly Reason[] }
  | { readonly event: "service"; readonly state: "ready"; readonly task: TaskName; readonly time: number; /** Time since it was started. */ readonly ms: number; /** Process id of another tg that owns the service. */ readonly owner?: number; readonly reasons: readonly Reason[] }
  /** It ended by itself. `againMs`: delay until it is restarted; null: it is not. */
  | { readonly event: "service"; readonly state: "crashed"; readonly task: TaskName; readonly time: number; readonly exit: number | null; readonly signal: string | null; readonly againMs: number | null }
  | { readonly event: "service"; readonly state: "stopped"; readonly task: TaskName; readonly time: number }
  /** `tg watch` gives up on it. `tg build` reports a failure as `task-ended`. */
  | { readonly event: "service"; readonly state: "failed"; readonly task: TaskName; readonly time: number; readonly problem: Problem }
  /** The build is done, and these services stay up until the user stops them. */
  | { readonly event: "services-up"; readonly tasks: readonly TaskName[]; readonly time: number };

export type Emit = (event: Event) => void;

/** How a path differs from when it was last checked. */
export interface Change {
  readonly path: FilePath;
  readonly how: "added" | "changed" | "removed";
}

/** Why a round of `tg watch` began: at the start, because of a change, or by a key. */
export type RoundCause = "start" | "change" | "run" | "force";

/** Events of `tg watch` besides those of each build. */
export type WatchEvent =
  | { readonly event: "round-started"; readonly round: number; readonly cause: RoundCause; readonly changes: readonly Change[]; /** Number of changes not listed. */ readonly more: number; readonly time: number }
  /** The round is over and tg waits for changes. `exitCode` is what the build alone would have exited with. */
  | { readonly event: "round-ended"; readonly round: number; readonly exitCode: number; readonly time: number }
  /** The watcher failed; files are polled every `everyMs`. */
  | { readonly event: "watch-polling"; readonly errno: string; readonly everyMs: number }
  /** These files change whenever their task runs, so they trigger it again only after `againMs`. Task "" is the config. */
  | { readonly event: "watch-loop"; readonly pairs: readonly { readonly task: TaskName; readonly path: string }[]; readonly againMs: number }
  /** Requested by a key: tasks that are not fresh or, during a build, not finished, and services that failed. */
  | { readonly event: "watch-status"; readonly open: readonly TaskName[]; readonly building?: true; readonly time: number }
  /** Evaluating these files has been taking a while. */
  | { readonly event: "config-evaluating"; readonly files: readonly FilePath[]; readonly time: number }
  /** The project's folder was moved or removed; nothing is built until it is back. */
  | { readonly event: "root-gone" | "root-back"; readonly root: AbsolutePath; readonly time: number }
  /** The config can be loaded again. */
  | { readonly event: "config-mended"; readonly time: number }
  /** The config cannot be loaded. `kept`: the tasks of the last good one stay. */
  | { readonly event: "config-broken"; readonly problems: readonly Problem[]; readonly kept: boolean };
