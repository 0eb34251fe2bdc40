// Whether a folder above another one was moved, be it back where it was: nobody who listens below is told. Watches nothing;
// a folder above may be one in which others write all day.
import fs from "node:fs";
import path from "node:path";
import type { Above } from "../model/ports.ts";
import { changedAtMs } from "../model/state.ts";

interface Times {
  /** When the folder itself was changed last, on Deno in whole seconds, and what is in it; in ms. */
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

/** Of each, from below; empty: nobody can tell. */
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

/** A move changes the folder, but not what is in it, and what is in the one above. So do a change of its mode and a new neighbour. */
function differs(before: readonly Times[], now: readonly Times[]): boolean {
  const isOther = ({ changed, listed }: Times, i: number): boolean => changed !== before[i]!.changed && changedAtMs({ ctimeMs: changed, mtimeMs: listed }) !== listed;
  return before.length === now.length && now.some((times, i) => i + 1 < now.length && isOther(times, i) && now[i + 1]!.listed !== before[i + 1]!.listed);
}
