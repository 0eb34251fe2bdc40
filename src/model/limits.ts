// The words for how much a task may take of time and of the machine. Plain data; knows no task.

import type { Action } from "./action.ts";

/** How a run is tried again. `count` more attempts after the first; the waits between them grow by `factor` up to `capMs`. */
export interface Retries {
  readonly count: number;
  readonly baseMs: number;
  readonly factor: number;
  readonly capMs: number;
}

export const NO_RETRIES: Retries = { count: 0, baseMs: 0, factor: 2, capMs: 300_000 };

/** Wait before attempt `attempt` (2 for the first retry), in ms. */
export function backoffMs(retries: Retries, attempt: number): number {
  return Math.min(retries.capMs, retries.baseMs * retries.factor ** (attempt - 2));
}

/** At most `count` starts within any `perMs`. */
export interface Rate {
  readonly count: number;
  readonly perMs: number;
}

export interface PoolSpec {
  /** Tasks of the pool that run at once; null: as many as there are jobs. */
  readonly size: number | null;
  readonly rate: Rate | null;
}

/** What the top of the config says about a whole build. */
export interface Settings {
  readonly pools: Readonly<Record<string, PoolSpec>>;
  /** Totals by name; `cpu` and `memory` (MiB) are the machine's where they are not given. */
  readonly resources: Readonly<Record<string, number>>;
  /** Before and after all tasks of a build that runs something; and for each task that failed without leave. */
  readonly setup: Action | null;
  readonly teardown: Action | null;
  readonly onFailure: Action | null;
  /** Names of tasks with `when: false`. */
  readonly off: readonly string[];
  /** Names of the services. */
  readonly services: readonly string[];
}

export const NO_SETTINGS: Settings = { pools: {}, resources: {}, setup: null, teardown: null, onFailure: null, off: [], services: [] };
