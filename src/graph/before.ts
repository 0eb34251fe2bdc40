// Which task has ended when another begins: along needs of every kind but `validate`. Knows no disk and no records.
import { VALIDATE, type Graph } from "../model/graph.ts";
import type { FilePath } from "../model/path.ts";
import type { TaskName } from "../model/task.ts";
import { edgeTo } from "./graph.ts";

/** Is it declared, by whatever way, that `maker` has ended before the task begins? */
export function standsBefore(graph: Graph, maker: number, index: number): boolean {
  const visited = new Set<number>([index]);
  const stack = [index];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    // Mostly it is near: none of its neighbours need be walked to.
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

/** Is it among what the task needs or asked for when it last ran, or what such joins? What others asked for is their affair. */
function isOwnNeed(graph: Graph, maker: number, task: number): boolean {
  const needs = new Set<number>([task]);
  for (const at of needs) {
    if (at !== task && !graph.isBarrier(at)) continue;
    for (let e = graph.needStart[at]!; e < graph.needStart[at + 1]!; e++) if (graph.needKinds[e] !== VALIDATE) needs.add(graph.needs[e]!);
  }
  return needs.has(maker);
}

/** Has `maker` ended before the task by what is declared, or by what the task itself asked for? */
export function isOrdered(graph: Graph, maker: number, task: number): boolean {
  return standsBefore(graph.declared ?? graph, maker, task) || (graph.declared !== undefined && isOwnNeed(graph, maker, task));
}

/** Who makes a file that the depfile of an earlier run named, if the task does not come after it; null where all is in order. */
export function makerNotBefore(graph: Graph, task: number, path: FilePath): TaskName | null {
  const maker = graph.task(task).depfile === null ? -1 : graph.producerOf(path);
  return maker < 0 || maker === task || isOrdered(graph, maker, task) ? null : graph.name(maker);
}
