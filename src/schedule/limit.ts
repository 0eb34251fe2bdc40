// Ends what takes too long: asks at the limit, and does not ask any more after the grace time. Knows no tasks.

export interface LimitOptions {
  /** Time from now, in ms; `Infinity`: never. */
  readonly ms: number;
  /** Between asking and force, in ms. */
  readonly graceMs: number;
  now(): number;
  /** A clock that does not go back. */
  monotonicMs(): number;
  signal(name: "SIGTERM" | "SIGKILL"): void;
}

export interface Limit {
  /** When the limit was reached, on the clock of `now`; null before. */
  passedAt(): number | null;
  /** It ended by itself, or has been ended. */
  stop(): void;
}

/** Timers of Node cannot wait longer, and fire at once if they are asked to. */
const LONGEST_MS = 2 ** 31 - 1;

export function openLimit({ ms, graceMs, now, monotonicMs, signal }: LimitOptions): Limit {
  let passedAt: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  let last: NodeJS.Immediate | undefined;
  const force = (): void => signal("SIGKILL");
  const pass = (): void => {
    passedAt = now();
    timer = setTimeout(force, graceMs);
    signal("SIGTERM");
  };
  const until = monotonicMs() + ms;
  // A timer counts from when the loop last woke: after a long turn it comes too early.
  const wait = (left: number): void => {
    timer = setTimeout(() => {
      const rest = until - monotonicMs();
      if (rest > 0) wait(rest);
      // What ended while the loop was busy is heard first.
      else last = setImmediate(pass);
    }, Math.min(left, LONGEST_MS));
  };
  if (ms < Infinity) wait(Math.max(0, ms));
  return {
    passedAt: () => passedAt,
    stop: () => {
      clearTimeout(timer);
      clearImmediate(last);
    },
  };
}
