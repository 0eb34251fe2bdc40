// Process groups left behind by a killed build: found by pid and start time, and ended. Knows no meaning of tasks.
import { setTimeout as sleep } from "node:timers/promises";
import type { TaskName } from "../model/task.ts";
import { bootId, groupIsAlive, isAlive, signalGroup, startOf } from "./process.ts";

export interface Stray {
  readonly group: number;
  readonly start: string;
  readonly boot: string;
}

/** How long an ended group may take to disappear, in ms. */
const PATIENCE_MS = 2000;

export function strayOf(group: number): Stray {
  return { group, start: startOf(group) ?? "", boot: bootId() };
}

/** Ends the processes noted in the journal, which then forgets them; returns which groups still existed. */
export async function endStrays({ groups, keepers }: { readonly groups: Map<string, Stray>; readonly keepers: Map<number, Stray> }): Promise<readonly { readonly task: TaskName; readonly group: number }[]> {
  const ended: { task: TaskName; group: number }[] = [];
  for (const [task, stray] of groups) if (await endStray(stray)) ended.push({ task: task as TaskName, group: stray.group });
  for (const keeper of keepers.values()) await endKeeper(keeper);
  groups.clear();
  keepers.clear();
  return ended;
}

/** Kills the group if it is still the one that was noted. Resolves to true once it is gone, false if there was none. */
export async function endStray(stray: Stray): Promise<boolean> {
  if (!isThere(stray) || !signalGroup(stray.group, "SIGKILL")) return false;
  await passed(PATIENCE_MS, () => !groupIsAlive(stray.group));
  return true;
}

/** A keeper ends by itself when tg is gone, after the tasks it runs; killing it first would leave those alive. */
async function endKeeper(keeper: Stray): Promise<void> {
  if (!isThere(keeper) || !signalGroup(keeper.group, "SIGTERM")) return;
  if (!(await passed(2 * PATIENCE_MS, () => !isAlive(keeper.group, keeper)))) signalGroup(keeper.group, "SIGKILL");
}

function isThere({ group, start, boot }: Stray): boolean {
  if (!Number.isInteger(group) || group <= 1 || start === "" || boot !== bootId()) return false;
  // A number in use as a group is not given to a new process: the group is still the same after its leader has gone.
  const leader = startOf(group);
  return leader === null || isAlive(group, { start, boot }) || leader === start;
}

/** Polls; returns false when time is up. */
async function passed(patienceMs: number, isSo: () => boolean): Promise<boolean> {
  for (let waited = 0; waited < patienceMs; waited += 20) {
    if (isSo()) return true;
    await sleep(20);
  }
  return false;
}
