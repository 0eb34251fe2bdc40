// A config that cannot take a list a task made last, as after an edit of both: without that list it is what it would be in a
// clean build, which makes the list first. Decides no staleness.
import { linkGraph } from "../../graph/link.ts";
import type { KeptLists } from "../../model/frozen.ts";
import type { Graph } from "../../model/graph.ts";
import type { AbsolutePath } from "../../model/path.ts";
import type { Problem } from "../../model/problem.ts";
import type { ListSource, TaskName } from "../../model/task.ts";
import type { ConfigLoader } from "../doors.ts";
import { elementsOf, listKey, sourceOf } from "./lists.ts";
import { relocatable } from "./relocatable.ts";

type Request = Parameters<ConfigLoader["load"]>[0];
type Loaded = Awaited<ReturnType<ConfigLoader["load"]>>;

/** What is wrong with the config while these lists are used. */
export interface Unlisted {
  readonly problems: readonly Problem[];
  readonly sources: readonly TaskName[];
}

/** The first list without which the config loads, else all of them; null: the lists are not at fault. */
export async function withoutLists(load: ConfigLoader["load"], request: Request, lent: KeptLists, root: AbsolutePath): Promise<{ readonly loaded: Loaded; readonly lists: KeptLists; readonly sources: readonly TaskName[] } | null> {
  const keys = Object.keys(lent).filter((key) => elementsOf(lent[key]!) !== null);
  for (const dropped of [...keys.map((key) => [key]), ...(keys.length > 1 ? [keys] : [])]) {
    const lists: Record<string, KeptLists[string]> = { ...lent };
    for (const key of dropped) lists[key] = { of: "", text: "" };
    const loaded = await load({ ...request, list: (source: ListSource) => elementsOf(lists[listKey(source)] ?? null), isKnown: () => false });
    if (loaded.ok && linkGraph(relocatable(loaded.value.project!, root)).ok) return { loaded, lists, sources: dropped.map((key) => sourceOf(key).task) };
  }
  return null;
}

/** Families without instances only because their list is left out. */
export function unlistedFamilies(graph: Graph, { sources }: Unlisted): Set<TaskName> {
  const found = new Set<TaskName>();
  for (let task = 0; task < graph.count; task++) {
    const from = graph.isBarrier(task) ? graph.task(task).family?.from : undefined;
    if (from !== undefined && sources.includes(from.task)) found.add(graph.name(task));
  }
  return found;
}
