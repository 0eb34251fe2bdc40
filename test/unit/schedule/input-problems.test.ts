// What is wrong with a task's inputs, and what it costs to ask.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linkGraph } from "../../../src/graph/link.ts";
import type { FilePath } from "../../../src/model/path.ts";
import { FileTable } from "../../../src/model/table.ts";
import type { TaskName } from "../../../src/model/task.ts";
import { inputProblems } from "../../../src/schedule/survey/input-problems.ts";
import { openDigest } from "../../../src/staleness/digest.ts";
import type { Gathered } from "../../../src/staleness/match.ts";
import { World } from "../../../src/staleness/world.ts";
import { openMemoryDisk } from "../../support/memory-disk.ts";
import { project, task } from "../graph/project.ts";

const COUNT = 300;

function scene(): { ask(path: string, name: string): ReturnType<typeof inputProblems>; asked(): number } {
  const plain = project({ list: { inputs: ["src/0"], outputs: ["list"] }, known: { inputs: ["src/0"], outputs: ["out/0"] } });
  const instances = Array.from({ length: COUNT }, (_, i) => task(`one[${i}]`, { inputs: [`src/${i}`], outputs: [`one/${i}`], family: "one", after: ["list"] }));
  const over = (name: string, deps: readonly string[]): ReturnType<typeof task> => ({ ...task(name, { barrier: true, deps, after: ["list"] }), family: { over: [], minSuccess: null, from: { task: "list" as TaskName, lines: null } } });
  const linked = linkGraph({ ...plain, tasks: [...plain.tasks, ...instances, over("one", instances.map(({ name }) => name)), over("empty", [])] });
  assert.ok(linked.ok);
  const graph = linked.value;
  let asked = 0;
  const counted = { ...graph, task: (at: number) => (asked++, graph.task(at)) };
  const world = new World(openMemoryDisk({ files: { "src/0": "" } }), FileTable.empty());
  const none = new Uint8Array(graph.count);
  const pending = none.slice();
  pending[graph.indexOf("list")] = 1;
  return {
    ask: (path, name) => inputProblems({ pending, parts: { graph: counted, world, skipped: none } }, graph.indexOf(name), { gathered: { files: [path as FilePath], required: new Set([path as FilePath]), folders: [], problems: [] } as unknown as Gathered, runs: true }),
    asked: () => asked,
  };
}

test("a missing input is told with the families of which nobody knows yet what they make", () => {
  const [problem] = scene().ask("src/gone", "known");
  assert.deepEqual([problem?.code, (problem as { readonly families?: readonly string[] }).families], ["missing-input", ["empty"]]);
});

test("while a list is open no task that is judged asks about all instances", async () => {
  await openDigest();
  const { ask, asked } = scene();
  for (let i = 0; i < COUNT; i++) assert.deepEqual(ask("src/0", `one[${i}]`), []);
  assert.ok(asked() < COUNT * 10, String(asked()));
});
