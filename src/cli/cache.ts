// tg cache: reports how much the store of results holds, and shrinks it. Knows no results.
import { bad, good, type Result } from "../model/problem.ts";
import { DiskError, isFull } from "../model/ports.ts";
import type { StoreSize } from "../model/stored.ts";
import type { CacheCommand } from "./words/commands.ts";
import type { Doors } from "./doors.ts";
import { openProject } from "./project/project.ts";
import { ownProblem } from "./trouble.ts";

export interface CacheAnswer extends StoreSize {
  readonly action: CacheCommand["action"];
  /** The largest limit under which a task of the config keeps results; 0 if none keeps any. */
  readonly maxBytes: number;
}

/** `size` reports what there is; `gc` and `clear` report what they removed, under the lock: a build may be adding. */
export async function tendCache(doors: Doors, command: CacheCommand): Promise<Result<CacheAnswer>> {
  const opened = await openProject(doors, { ...command, readonly: command.action === "size" });
  if (!opened.ok) return opened;
  const { stateDir, graph, store } = opened.value;
  let maxBytes = 0;
  for (let task = 0; task < graph.count; task++) maxBytes = Math.max(maxBytes, graph.task(task).cache.store?.maxBytes ?? 0);
  store.close();
  if (command.action === "size") return good({ action: "size", maxBytes, ...(await doors.tendResults(stateDir, null)) });
  return shrink(doors, { stateDir, action: command.action, maxBytes });
}

/**
 * On a full disk there is no room for a lock either. Nobody alive held it, or we would have waited; a build that starts
 * meanwhile may lose a result, and is correct without it.
 */
export async function shrink(doors: Pick<Doors, "acquireLock" | "tendResults">, { stateDir, action, maxBytes }: { readonly stateDir: string; readonly action: "gc" | "clear"; readonly maxBytes: number }): Promise<Result<CacheAnswer>> {
  const lock = await doors.acquireLock(stateDir, `tg cache ${action}`, { wait: true, frees: true, onWait: () => {} });
  if (!lock.ok && !lock.problems.every((problem) => problem.code === "state-unwritable" && isFull(problem.errno))) return lock;
  try {
    return good({ action, maxBytes, ...(await doors.tendResults(stateDir, action === "clear" ? 0 : maxBytes)) });
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    return bad([ownProblem(error, "write")]);
  } finally {
    if (lock.ok) lock.value.release();
  }
}
