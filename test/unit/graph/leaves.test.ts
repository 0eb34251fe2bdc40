// The tasks that `deps` stand for, with barriers replaced by what they join.
import assert from "node:assert/strict";
import { test } from "node:test";
import { depLeaves, type DepLeaves } from "../../../src/graph/leaves.ts";
import { linkGraph } from "../../../src/graph/link.ts";
import type { Graph } from "../../../src/model/graph.ts";
import type { TaskName } from "../../../src/model/task.ts";
import { project, type Short } from "./project.ts";

function graphOf(shorts: Readonly<Record<string, Short>>): Graph {
  const result = linkGraph(project(shorts));
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}

test("a task that names one barrier has its leaves, as one that names two has", () => {
  const graph = graphOf({ a: { outputs: ["a"] }, b: {}, low: { barrier: true, deps: ["b"] }, all: { barrier: true, deps: ["a", "low"] }, one: { deps: ["all"] }, two: { deps: ["low", "all"] }, first: { deps: ["a"] }, none: {} });
  const known = new Map<number, DepLeaves>();
  const said = (task: string): readonly string[] => {
    const { leaves, barriers } = depLeaves(graph, graph.indexOf(task as TaskName), known);
    return [leaves, [...barriers].sort((x, y) => x - y)].map((some) => some.map((one) => graph.name(one)).join(" "));
  };
  assert.deepEqual(["one", "two", "low", "all", "first", "none", "one"].map(said), [["a b", "low all"], ["a b", "low all"], ["b", ""], ["a b", "low"], ["a", ""], ["", ""], ["a b", "low all"]]);
});

test("barriers may stand on one another by the thousand", () => {
  const count = 30_000;
  const graph = graphOf({ leaf: {}, ...Object.fromEntries(Array.from({ length: count }, (_, at) => [`b${at}`, { barrier: true, deps: [at === 0 ? "leaf" : `b${at - 1}`] }])), end: { deps: [`b${count - 1}`] } });
  const { leaves, barriers } = depLeaves(graph, graph.indexOf("end" as TaskName));
  assert.deepEqual([leaves.map((leaf) => graph.name(leaf)), barriers.length], [["leaf"], count]);
});
