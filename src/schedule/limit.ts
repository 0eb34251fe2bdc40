// Ends what takes too long: asks at the limit, and does not ask any more after the grace time. Knows no tasks.

export interface LimitOptions {
  /** Time from now, in ms; `Infinity`: never. */
  readonly ms: number;
  /** Between asking and force, in ms. */
  readonly graceMs: number;
  now(): number;
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

export function openLimit({ ms, graceMs, now, signal }: LimitOptions): Limit {
  let passedAt: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  const force = (): void => signal("SIGKILL");
  const wait = (left: number): void => {
    timer = setTimeout(() => {
      if (left > LONGEST_MS) return wait(left - LONGEST_MS);
      passedAt = now();
      timer = setTimeout(force, graceMs);
      signal("SIGTERM");
    }, Math.min(left, LONGEST_MS));
  };
  if (ms < Infinity) wait(Math.max(0, ms));
  return { passedAt: () => passedAt, stop: () => clearTimeout(timer) };
}
