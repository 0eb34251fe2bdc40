// Detects a move of a folder above another one, even if it was moved back: watches further down do not report it. Watches
// nothing itself; others may write in a parent folder all day.
import fs from "node:fs";
import path from "node:path";
import type { Above } from "../model/ports.ts";
import { changedAtMs } from "../model/state.ts";

interface Times {
  /** When the folder itself last changed (on Deno in whole seconds), and when its contents did; in ms. */
  readonly changed: number;
  readonly listed: number;
}

/** `folder` is absolute. */
export function openAbove(folder: string): Above {
  let known = timesAbove(folder);
  return {
    look: () => void (known = timesAbove(folder)),
    hasMoved: () => differs(known, timesAbove(folder)),
  };
}

/** For each folder, from the bottom up; empty: unknown. */
function timesAbove(folder: string): Times[] {
  const times: Times[] = [];
  try {
    for (let at = folder; at !== path.dirname(at); ) {
      const stat = fs.statSync((at = path.dirname(at)));
      times.push({ changed: stat.ctimeMs, listed: stat.mtimeMs });
    }
    return times;
  } catch {
    return [];
  }
}

/** A move changes the folder and its parent's contents, but not its own contents. So does a change of mode together with a new neighbour. */
function differs(before: readonly Times[], now: readonly Times[]): boolean {
  const isOther = ({ changed, listed }: Times, i: number): boolean => changed !== before[i]!.changed && changedAtMs({ ctimeMs: changed, mtimeMs: listed }) !== listed;
  return before.length === now.length && now.some((times, i) => i + 1 < now.length && isOther(times, i) && now[i + 1]!.listed !== before[i + 1]!.listed);
}
