// The tasks that a task's `deps`, or other edges, reach, with barriers replaced by what they join. Knows no records.
import { DEPS, VALIDATE, type Graph } from "../model/graph.ts";
import { neededTask } from "./needs.ts";

export interface DepLeaves {
  /** In index order. */
  readonly leaves: readonly number[];
  /** Barriers that were resolved on the way. */
  readonly barriers: readonly number[];
  /** Those of them that join a family. */
  readonly families: readonly number[];
}

const NONE: DepLeaves = { leaves: [], barriers: [], families: [] };

/** `known`: what it has found before. A task that names one barrier alone has the leaves of that barrier. */
export function depLeaves(graph: Graph, task: number, known: Map<number, DepLeaves> = new Map()): DepLeaves {
  const end = graph.needStart[task + 1]!;
  const next = (from: number): number => {
    let e = from;
    while (e < end && graph.needKinds[e] !== DEPS) e++;
    return e;
  };
  const first = next(graph.needStart[task]!);
  if (first === end) return NONE;
  const only = graph.needs[first]!;
  if (!graph.isBarrier(only) || next(first + 1) < end) return reached(graph, task);
  let below = known.get(only);
  // Barriers may stand on one another by the thousand: one step alone.
  if (below === undefined) known.set(only, (below = reached(graph, only)));
  const { leaves, barriers, families } = below;
  return { leaves, barriers: [only, ...barriers], families: graph.task(only).family === undefined ? families : [only, ...families] };
}

function reached(graph: Graph, task: number): DepLeaves {
  const found = new Set<number>();
  const barriers: number[] = [];
  const visited = new Set<number>();
  const stack = [task];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (let e = graph.needStart[at]!; e < graph.needStart[at + 1]!; e++) {
      const need = graph.needs[e]!;
      if (graph.needKinds[e] !== DEPS || visited.has(need)) continue;
      visited.add(need);
      if (!graph.isBarrier(need)) found.add(need);
      else {
        stack.push(need);
        barriers.push(need);
      }
    }
  }
  return { leaves: [...found].sort((a, b) => a - b), barriers, families: barriers.filter((barrier) => graph.task(barrier).family !== undefined) };
}

/** The leaves whose every run makes the task stale, because the task or a barrier on the way says so. */
export function runLeaves(graph: Graph, task: number, barriers: readonly number[]): Set<number> {
  const found = new Set<number>();
  for (const at of [task, ...barriers]) {
    for (const { target, propagate } of graph.task(at).deps) {
      const need = propagate === "run" ? neededTask(graph, target) : -1;
      if (need >= 0) for (const leaf of graph.isBarrier(need) ? depLeaves(graph, need).leaves : [need]) found.add(leaf);
    }
  }
  return found;
}

/** The tasks, with barriers replaced by what they join, by edges other than `validate`. */
export function joinedBy(graph: Graph, tasks: readonly number[]): number[] {
  const seen = new Set(tasks.filter((task) => task >= 0));
  for (const task of seen) {
    if (!graph.isBarrier(task)) continue;
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) if (graph.needKinds[e] !== VALIDATE) seen.add(graph.needs[e]!);
  }
  return [...seen].filter((task) => !graph.isBarrier(task));
}
