// A file system whose clock ticks only when told: files written between two ticks have one and the same time, as on
// disks with whole-second stamps. Finds a judge that trusts an equal stat too early (semantics 2, racy entries).
import { rmSync, statSync, writeFileSync } from "node:fs";
import type { Disk } from "../../src/model/ports.ts";
import { sweepOf } from "../support/sweep.ts";
import type { FileStat } from "../../src/model/state.ts";

/** Waits until a file written now is younger than any written before, and says how young. */
export function nextTime(root: string): number {
  const probe = `${root}.tick`;
  const written = (): number => {
    writeFileSync(probe, "");
    return statSync(probe).mtimeMs;
  };
  const before = written();
  for (;;) {
    const now = written();
    if (now > before) {
      rmSync(probe);
      return now;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
}

export interface CoarseClock {
  /** What is written from now on is younger than what was written before. */
  tick(): void;
  wrap(disk: Disk): Disk;
}

/** Apart enough for tg to tell two ticks from each other, and never a whole second. */
const STEP_MS = 50;

export function coarseClock(root: string): CoarseClock {
  const ticks: number[] = [];
  const tick = (): void => {
    ticks.push(nextTime(root));
    // Times restored by hand keep whole milliseconds only: they must not fall behind the tick.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
  };
  /** Times before the first tick (set by hand, as a rule) stay as they are. */
  const coarse = (ms: number): number => {
    let low = 0;
    for (let high = ticks.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (ticks[middle]! <= ms) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? ms : Math.floor(ticks[0]!) + low * STEP_MS + 0.5;
  };
  const dull = (stat: FileStat): FileStat => ({ ...stat, mtimeMs: coarse(stat.mtimeMs), ctimeMs: coarse(stat.ctimeMs) });
  tick();
  return {
    tick,
    wrap: (disk) => {
      const looks = { lstat: (path: string) => dull(disk.lstat(path)), stat: (path: string) => dull(disk.stat(path)) };
      return { ...disk, ...looks, sweep: sweepOf(looks), clockMs: () => coarse(disk.clockMs()), fineDevice: () => null };
    },
  };
}
