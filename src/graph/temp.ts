// Which tasks set `temp`, without reading their declarations if possible.
import type { Graph } from "../model/graph.ts";

export function isTemp(graph: Graph, task: number): boolean {
  return graph.isTemp === undefined ? graph.task(task).temp : graph.isTemp(task);
}
