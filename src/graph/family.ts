// Families in the graph: which barrier joins an instance, and how many of its siblings may fail with it. Knows no records.
import type { Graph } from "../model/graph.ts";

/** The family of an instance by index; -1 for a task that is none. */
export function familyOf(graph: Graph, task: number): number {
  if (graph.familyOf !== undefined) return graph.familyOf(task);
  const each = graph.task(task).each;
  return each === undefined ? -1 : graph.indexOf(each.family);
}

/** How many instances of a family may fail: those that `minSuccess` leaves over. */
export function allowanceOf(graph: Graph, family: number): number {
  const { minSuccess } = graph.task(family).family!;
  if (minSuccess === null) return 0;
  const count = instancesOf(graph, family).length;
  // 0.9 of 10 is 9, whatever the floating point makes of it.
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

/** Does the family join any? The first of thousands tells. */
export function hasInstances(graph: Graph, family: number): boolean {
  for (let e = graph.needStart[family]!; e < graph.needStart[family + 1]!; e++) if (isInstance(graph, graph.needs[e]!, family)) return true;
  return false;
}

function isInstance(graph: Graph, need: number, family: number): boolean {
  return !graph.isBarrier(need) && graph.task(need).each?.family === graph.name(family);
}

/** May one more instance fail without leave of its own? True for every instance of a family that `minSuccess` loosens. */
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

/** Most graphs have no such family at all; then nobody has to be walked to. */
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

/** Is there a family whose list is still to be made? What its instances declare is known then. */
export function awaitsList(graph: Graph): boolean {
  return familiesOverLists(graph).some((family) => !hasInstances(graph, family));
}
