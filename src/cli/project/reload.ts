// Evaluates the config again, with other lists than it was evaluated with.
import type { KeptLists, Stamp } from "../../model/frozen.ts";
import { bad, good, type Result } from "../../model/problem.ts";
import type { ListSource, Project } from "../../model/task.ts";
import type { Doors } from "../doors.ts";
import { elementsOf, listKey } from "./lists.ts";
import { stampOf, type OpenProject } from "./project.ts";
import { relocatable } from "./relocatable.ts";

interface Reloaded {
  readonly project: Project;
  /** Joined with the stamp of the first evaluation. */
  readonly stamp: Stamp;
}

/** null: the watch is ending, and the evaluation was stopped. */
export async function reload(doors: Doors, { file, root, stateDir, world, stamp }: OpenProject, { lists, readonly }: { readonly lists: KeptLists; readonly readonly: boolean }): Promise<Result<Reloaded> | null> {
  const startedMs = world.tick();
  const list = (source: ListSource): readonly unknown[] | null => elementsOf(lists[listKey(source)] ?? null);
  const loaded = await doors.config.load({ file, root, stateDir, readonly, list }).catch((error: unknown) => {
    if (error instanceof Error && error.name === "AbortError") return null;
    throw error;
  });
  if (loaded === null) return null;
  // `isKnown` was not given, so there is a project.
  return loaded.ok ? good({ project: relocatable(loaded.value.project!, root), stamp: joined(stamp, stampOf(doors, world, { reads: loaded.value.reads, root, startedMs }).stamp) }) : bad(loaded.problems.map((problem) => (problem.code === "config-throws" ? { ...problem, late: true } : problem)));
}

/** What was read first counts: a config edited meanwhile must not look like the one this build started with. */
function joined(first: Stamp, second: Stamp): Stamp {
  const once = <T extends readonly [string, unknown]>(pairs: readonly T[]): T[] => [...new Map([...pairs].reverse().map((pair) => [pair[0], pair])).values()].sort((a, b) => (a[0] < b[0] ? -1 : 1));
  return { tool: first.tool, rows: once([...first.rows, ...second.rows]), env: once([...first.env, ...second.env]), settled: first.settled && second.settled, copies: [...new Set([...(first.copies ?? []), ...(second.copies ?? [])])] };
}
