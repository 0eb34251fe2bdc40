// What stands for a task's `deps`: the tasks that these reach, with barriers replaced by what they join. Knows no records.
import { DEPS, type Graph } from "../model/graph.ts";

/** Index order. */
export function depLeaves(graph: Graph, task: number): number[] {
  const found = new Set<number>();
  const visited = new Set<number>();
  const stack = [task];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (let e = graph.needStart[at]!; e < graph.needStart[at + 1]!; e++) {
      const need = graph.needs[e]!;
      if (graph.needKinds[e] !== DEPS || visited.has(need)) continue;
      visited.add(need);
      if (graph.isBarrier(need)) stack.push(need);
      else found.add(need);
    }
  }
  return [...found].sort((a, b) => a - b);
}
