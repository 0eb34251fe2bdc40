// Which task ends before another begins: along edges of every kind but `validate`. Knows no disk and no records.
import { VALIDATE, type Graph } from "../model/graph.ts";
import type { FilePath } from "../model/path.ts";
import type { TaskName } from "../model/task.ts";
import { edgeTo } from "./graph.ts";

/** Whether anything declared makes `maker` end before the task begins. */
export function standsBefore(graph: Graph, maker: number, index: number): boolean {
  const visited = new Set<number>([index]);
  const stack = [index];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    // It is usually near, so its neighbours need not be walked.
    if (edgeTo(graph, at, maker) >= 0) return true;
    for (let e = graph.needStart[at]!; e < graph.needStart[at + 1]!; e++) {
      const need = graph.needs[e]!;
      if (graph.needKinds[e] === VALIDATE || visited.has(need)) continue;
      visited.add(need);
      stack.push(need);
    }
  }
  return false;
}

/** Whether `maker` is among what the task needs or asked for in its last run, or is joined by such a barrier. What other tasks asked for does not count. */
function isOwnNeed(graph: Graph, maker: number, task: number): boolean {
  const needs = new Set<number>([task]);
  for (const at of needs) {
    if (at !== task && !graph.isBarrier(at)) continue;
    for (let e = graph.needStart[at]!; e < graph.needStart[at + 1]!; e++) if (graph.needKinds[e] !== VALIDATE) needs.add(graph.needs[e]!);
  }
  return needs.has(maker);
}

/** Whether `maker` ends before the task, by what is declared or by what the task itself asked for. */
export function isOrdered(graph: Graph, maker: number, task: number): boolean {
  return standsBefore(graph.declared ?? graph, maker, task) || (graph.declared !== undefined && isOwnNeed(graph, maker, task));
}

/** The maker of a file named in an earlier run's depfile, if the task is not ordered after it; null if all is in order. */
export function makerNotBefore(graph: Graph, task: number, path: FilePath): TaskName | null {
  const maker = graph.task(task).depfile === null ? -1 : graph.producerOf(path);
  return maker < 0 || maker === task || isOrdered(graph, maker, task) ? null : graph.name(maker);
}
