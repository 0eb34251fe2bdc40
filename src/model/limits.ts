// Limits on a task's time, attempts and resources. Plain data; knows no task.

import type { Action } from "./action.ts";

/** How a run is retried: `count` more attempts after the first. The waits between them grow by `factor` up to `capMs`. */
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
  /** How many tasks of the pool run at once; null: as many as there are jobs. */
  readonly size: number | null;
  readonly rate: Rate | null;
}

/** Settings at the top of the config that concern the whole build. */
export interface Settings {
  readonly pools: Readonly<Record<string, PoolSpec>>;
  /** Totals by name; `cpu` and `memory` (MiB) default to the machine's. */
  readonly resources: Readonly<Record<string, number>>;
  /** Hooks before and after all tasks of a build that runs something, and for each task that failed and was not allowed to. */
  readonly setup: Action | null;
  readonly teardown: Action | null;
  readonly onFailure: Action | null;
  /** Names of tasks with `when: false`. */
  readonly off: readonly string[];
  /** Names of services. */
  readonly services: readonly string[];
}

export const NO_SETTINGS: Settings = { pools: {}, resources: {}, setup: null, teardown: null, onFailure: null, off: [], services: [] };
