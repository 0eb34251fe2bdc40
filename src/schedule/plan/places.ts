// The places of a build's tasks, and how a task gets from one to another. Definitions only; board.ts moves tasks.

/*
 *            needs made          next()            finish()
 *   waiting ───────────▶ ready ─────────▶ running ─────────▶ done
 *    │ ▲ ▲                │ ▲ ▲             │ │ └───────────▶ failed
 *    │ │ └── want(P) ─────┘ │ └ requeue() ──┤ └─────────────▶ skipped   (also from the start: --skip)
 *    │ │  (a need is        │               │
 *    │ │   made again)      └─ paused ◀─────┤     paused: has begun, holds nothing; ends with resume()
 *    │ └──────────── hold() ────────────────┘     done, out ── want() ──▶ waiting
 *    ├──▶ blocked     a task it needs failed
 *    └──▶ cancelled   starts were stopped (first failure, --max-failures, Ctrl-C) and the last running task ended
 *
 *   A barrier goes from waiting straight to done (and never holds a slot). `out`: not part of this build, or settled
 *   before it.
 */
export type TaskPlace = "out" | "waiting" | "ready" | "running" | "done" | "failed" | "blocked" | "cancelled" | "skipped" | "paused";

/** How many tasks (barriers apart) are in each place. */
export type PlaceCounts = Record<TaskPlace, number>;

export const PLACES: readonly TaskPlace[] = ["out", "waiting", "ready", "running", "done", "failed", "blocked", "cancelled", "skipped", "paused"];
export const OUT = 0;
export const WAITING = 1;
export const READY = 2;
export const RUNNING = 3;
export const DONE = 4;
export const FAILED = 5;
export const BLOCKED = 6;
export const CANCELLED = 7;
export const SKIPPED = 8;
export const PAUSED = 9;
