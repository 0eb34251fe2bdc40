// Process groups that a killed build left behind: found again by pid and start time, and ended. Knows no tasks' meaning.
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { bootId, isAlive, startOf } from "./process.ts";

export interface Stray {
  readonly group: number;
  readonly start: string;
  readonly boot: string;
}

/** How long an ended group may take to go, in ms. */
const PATIENCE_MS = 2000;

export function strayOf(group: number): Stray {
  return { group, start: startOf(group) ?? "", boot: bootId() };
}

/** Kills the group if it is still the one that was noted. Resolves true once it has gone, false if there was none. */
export async function endStray(stray: Stray): Promise<boolean> {
  if (!Number.isInteger(stray.group) || stray.group <= 1 || stray.start === "" || stray.boot !== bootId()) return false;
  // A number in use as a group is not given to a new process: a leader that is gone leaves the group what it was.
  const leader = startOf(stray.group);
  if (leader !== null && !isAlive(stray.group, stray) && leader !== stray.start) return false;
  if (!signalGroup(stray.group, "SIGKILL")) return false;
  for (let waited = 0; waited < PATIENCE_MS && signalGroup(stray.group, 0); waited += 20) await sleep(20);
  return true;
}

function signalGroup(group: number, signal: "SIGKILL" | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}
