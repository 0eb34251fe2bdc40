// What tasks returned, in the form their consumers see. Knows no records.
import { instancesOf } from "../../graph/family.ts";
import type { Graph } from "../../model/graph.ts";

/** Values of the instances by key, sorted by key: another order of the items is no reason to run. */
export function familyValues(graph: Graph, family: number, valueOf: (task: number) => string | null): Record<string, unknown> {
  const values: [key: string, value: unknown][] = [];
  for (const instance of instancesOf(graph, family)) {
    const value = valueOf(instance);
    if (value !== null) values.push([graph.task(instance).each!.key, JSON.parse(value)]);
  }
  return Object.fromEntries(values.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** As JSON, for a function that asked for the task by name. */
export function valueText(graph: Graph, task: number, valueOf: (task: number) => string | null): string {
  if (graph.task(task).family !== undefined) return JSON.stringify(familyValues(graph, task, valueOf));
  return (graph.isBarrier(task) ? null : valueOf(task)) ?? "null";
}
