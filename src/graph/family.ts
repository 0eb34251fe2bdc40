// Families in the graph: which barrier joins an instance, and how many of its siblings may fail. Knows no records.
import type { Graph } from "../model/graph.ts";

/** Index of the family of an instance; -1 for other tasks. */
export function familyOf(graph: Graph, task: number): number {
  if (graph.familyOf !== undefined) return graph.familyOf(task);
  const each = graph.task(task).each;
  return each === undefined ? -1 : graph.indexOf(each.family);
}

/** How many instances of a family may fail under `minSuccess`. */
export function allowanceOf(graph: Graph, family: number): number {
  const { minSuccess } = graph.task(family).family!;
  if (minSuccess === null) return 0;
  const count = instancesOf(graph, family).length;
  // 0.9 of 10 must be 9 despite floating-point error.
  return Math.max(0, count - (minSuccess < 1 ? Math.ceil(count * minSuccess - 1e-9) : minSuccess));
}

/** In the order of the family. */
export function instancesOf(graph: Graph, family: number): number[] {
  const found: number[] = [];
  for (let e = graph.needStart[family]!; e < graph.needStart[family + 1]!; e++) {
    const need = graph.needs[e]!;
    if (found[found.length - 1] !== need && isInstance(graph, need, family)) found.push(need);
  }
  return found;
}

/** Whether the family has any instance. The first of thousands answers that. */
export function hasInstances(graph: Graph, family: number): boolean {
  for (let e = graph.needStart[family]!; e < graph.needStart[family + 1]!; e++) if (isInstance(graph, graph.needs[e]!, family)) return true;
  return false;
}

function isInstance(graph: Graph, need: number, family: number): boolean {
  return !graph.isBarrier(need) && graph.task(need).each?.family === graph.name(family);
}

/** Whether one more instance may fail although its own `allowFailure` is not set. True for every instance of a family with `minSuccess`. */
export function mayFail(graph: Graph, task: number): boolean {
  if (graph.task(task).allowFailure) return true;
  const family = familyOf(graph, task);
  return family >= 0 && graph.task(family).family!.minSuccess !== null;
}

/** The task that makes a family's list; -1 for other tasks. */
export function listSource(graph: Graph, task: number): number {
  const from = graph.isBarrier(task) ? graph.task(task).family?.from : undefined;
  return from === undefined ? -1 : graph.indexOf(from.task);
}

/** Most graphs have no such family at all; the cache saves walking them. */
const known: WeakMap<Graph, readonly number[]> = new WeakMap();

export function familiesOverLists(graph: Graph): readonly number[] {
  let families = known.get(graph);
  if (families === undefined) {
    const found: number[] = [];
    const some = graph.barriers?.() ?? Array.from({ length: graph.count }, (_, task) => task);
    for (const task of some) if (listSource(graph, task) >= 0) found.push(task);
    known.set(graph, (families = found));
  }
  return families;
}

/** Whether a family's list is still to be made. What its instances declare is known only then. */
export function awaitsList(graph: Graph): boolean {
  return familiesOverLists(graph).some((family) => !hasInstances(graph, family));
}
