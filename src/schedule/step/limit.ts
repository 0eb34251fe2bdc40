// Ends what takes too long: asks at the limit, and uses force after the grace time. Knows no tasks.

export interface LimitOptions {
  /** Time from now, in ms, not counting time on hold; `Infinity`: never. */
  readonly ms: number;
  /** The same, including time on hold. */
  readonly atMostMs: number;
  /** Time between asking and force, in ms. */
  readonly graceMs: number;
  now(): number;
  /** A clock that never goes back. */
  monotonicMs(): number;
  signal(name: "SIGTERM" | "SIGKILL"): void;
}

export interface Limit {
  /** When the limit was reached, on the clock of `now`; null before. */
  passedAt(): number | null;
  /** Stops counting time until then. */
  hold(until: Promise<unknown>): void;
  /** Total time on hold, in ms, as far as there is a limit. */
  heldMs(): number;
  /** It ended by itself, or has been ended. */
  stop(): void;
}

/** Node's timers cannot wait longer, and fire at once if asked to. */
const LONGEST_MS = 2 ** 31 - 1;

/** A single hold lasts no longer than this, in case what is waited for never comes. */
const MOST_HELD_MS = 10_000;

const NEVER: Limit = { passedAt: () => null, hold: () => {}, heldMs: () => 0, stop: () => {} };

export function openLimit({ ms, atMostMs, graceMs, now, monotonicMs, signal }: LimitOptions): Limit {
  if (ms === Infinity && atMostMs === Infinity) return NEVER;
  let passedAt: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  let last: NodeJS.Immediate | undefined;
  const force = (): void => signal("SIGKILL");
  const pass = (): void => {
    passedAt = now();
    timer = setTimeout(force, graceMs);
    signal("SIGTERM");
  };
  const begun = monotonicMs();
  let held = 0;
  let heldSince: number | null = null;
  const heldMs = (): number => Math.min(MOST_HELD_MS, held + (heldSince === null ? 0 : monotonicMs() - heldSince));
  const restMs = (): number => Math.min(ms + heldMs(), atMostMs) - (monotonicMs() - begun);
  // A timer counts from when the loop last woke: after a long turn it fires too early.
  const wait = (left: number): void => {
    timer = setTimeout(() => {
      const rest = restMs();
      if (rest > 0) wait(rest);
      // Handle first what ended while the loop was busy.
      else last = setImmediate(pass);
    }, Math.min(left, LONGEST_MS));
  };
  wait(Math.max(0, restMs()));
  return {
    passedAt: () => passedAt,
    heldMs,
    hold: (until) => {
      heldSince ??= monotonicMs();
      void until.then(() => {
        held = heldMs();
        heldSince = null;
      });
    },
    stop: () => {
      clearTimeout(timer);
      clearImmediate(last);
    },
  };
}
