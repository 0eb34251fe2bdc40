// Which tasks say `temp`, without their declarations where that is known.
import type { Graph } from "../model/graph.ts";

export function isTemp(graph: Graph, task: number): boolean {
  return graph.isTemp === undefined ? graph.task(task).temp : graph.isTemp(task);
}
