// The folder in which a task may keep unfinished work: kept between attempts with the same key, removed after success.
import { absoluteOf, type AbsolutePath } from "../../model/path.ts";
import type { Action, Task } from "../../model/task.ts";
import type { Prepared } from "./prepare.ts";
import type { Workshop } from "./workshop.ts";

/** Commands have one if they may be tried again, and learn its path from variables. Functions, including hooks and `when`, can always ask for one. */
function hasScratch({ retries, when, action, before, afterRun }: Task): boolean {
  return retries.count > 0 || typeof when !== "boolean" || callsFunction(action) || callsFunction(before) || callsFunction(afterRun);
}

function callsFunction(action: Action | null): boolean {
  return action?.kind === "function" || (action?.kind === "chain" && action.members.some((member) => callsFunction(member.action)));
}

/** What a run with another key left is of no use to this one. */
export function openScratch(w: Workshop, { task, key, case: { record } }: Prepared, attempt: number): void {
  if (!hasScratch(task)) return;
  const folder = w.scratchOf(task.name);
  const left = w.remains.claim(folder) || typeof task.when !== "boolean";
  if (left && attempt === 1 && record?.key !== key) dropScratch(w, task);
  if (task.retries.count > 0) w.situation.parts.world.disk.makeDir(folder);
}

export function dropScratch(w: Workshop, task: Task): void {
  if (!hasScratch(task)) return;
  const { disk } = w.situation.parts.world;
  const folder = w.scratchOf(task.name);
  if (disk.lstat(folder).kind === "dir") disk.removeTree(folder);
}

/** `TG_ATTEMPT` and `TG_SCRATCH`, for commands that may be tried again. */
export function scratchEnv(w: Workshop, task: Task, attempt: number): Record<string, string> {
  if (task.retries.count === 0) return {};
  return { TG_ATTEMPT: String(attempt), TG_SCRATCH: absoluteOf(w.scratchOf(task.name), w.situation.parts.world.disk.root as AbsolutePath) };
}
