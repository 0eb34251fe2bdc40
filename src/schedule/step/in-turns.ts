// Looks at files in the middle of a step, with time for signals: large files are hashed between turns of the event loop.
import { Ahead } from "../../staleness/ahead.ts";
import type { World } from "../../staleness/world.ts";

export interface Look<T, R> {
  /** Called again from the start after each large file that it met. Changes nothing. */
  look(): T;
  next(found: T): R | Promise<R>;
  /** Whether the build is being stopped; `stop` is then called in place of `next` if a file had to be hashed. */
  stopped(): boolean;
  stop(): R;
}

/** A promise only where there is a large file: an await costs each step some microseconds. */
export function inTurns<T, R>(world: World, o: Look<T, R>): R | Promise<R> {
  const ahead = new Ahead();
  const first = ahead.attempt(world, o.look);
  return first === null ? afterHashing(world, ahead, o) : o.next(first.found);
}

async function afterHashing<T, R>(world: World, ahead: Ahead, { look, next, stopped, stop }: Look<T, R>): Promise<R> {
  for (;;) {
    await ahead.hash(world.disk, stopped);
    if (stopped()) return stop();
    const seen = ahead.attempt(world, look);
    if (seen !== null) return next(seen.found);
  }
}
