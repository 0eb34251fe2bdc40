// Which tasks are services, and which services a task needs while it runs. Indices only; starts nothing.
import { VALIDATE, type Graph } from "../model/graph.ts";

const flags: WeakMap<Graph, Uint8Array> = new WeakMap();

/** By task: 1 for a service; null if there are none. */
export function servicesOf(graph: Graph): Uint8Array | null {
  const names = graph.settings.services;
  if (names.length === 0) return null;
  let known = flags.get(graph);
  if (known === undefined) {
    known = new Uint8Array(graph.count);
    for (const name of names) if (graph.indexOf(name) >= 0) known[graph.indexOf(name)] = 1;
    flags.set(graph, known);
  }
  return known;
}

export function isService(graph: Graph, task: number): boolean {
  return servicesOf(graph)?.[task] === 1;
}

const NONE: readonly number[] = [];

/** By task: the services among its needs, with barriers replaced by what they join. */
export function serviceNeeds(graph: Graph, services: Uint8Array): ReadonlyMap<number, readonly number[]> {
  const needs = new Map<number, readonly number[]>();
  for (const task of graph.order) {
    let found: Set<number> | null = null;
    let first: readonly number[] = NONE;
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
      const need = graph.needs[e]!;
      if (graph.needKinds[e] === VALIDATE) continue;
      const more = services[need] === 1 ? [need] : graph.isBarrier(need) ? (needs.get(need) ?? NONE) : NONE;
      if (more.length === 0 || more === first) continue;
      if (first.length === 0) first = more;
      else for (const service of more) (found ??= new Set(first)).add(service);
    }
    if (first.length > 0) needs.set(task, found === null ? first : [...found].sort((a, b) => a - b));
  }
  return needs;
}

/** The services among the marked tasks: themselves marked, or joined by marked barriers. */
export function joinedServices(graph: Graph, services: Uint8Array, marked: Uint8Array): Uint8Array {
  const joined = new Uint8Array(graph.count);
  const open = marked.slice();
  // Dependents before what they need.
  for (let i = graph.count - 1; i >= 0; i--) {
    const task = graph.order[i]!;
    if (open[task] === 0) continue;
    if (services[task] === 1) joined[task] = 1;
    if (!graph.isBarrier(task)) continue;
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
      const need = graph.needs[e]!;
      if (graph.needKinds[e] !== VALIDATE && (services[need] === 1 || graph.isBarrier(need))) open[need] = 1;
    }
  }
  return joined;
}
