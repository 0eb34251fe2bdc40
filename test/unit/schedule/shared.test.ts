// What the tasks behind one barrier have in common is held once: by the square it would be, with thousands on either side.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linkGraph } from "../../../src/graph/link.ts";
import type { FilePath } from "../../../src/model/path.ts";
import { EMPTY_RECORD, type Identity, type TaskRecord } from "../../../src/model/state.ts";
import { FileTable } from "../../../src/model/table.ts";
import type { TaskName } from "../../../src/model/task.ts";
import { Situation } from "../../../src/schedule/survey/situation.ts";
import { Globs } from "../../../src/staleness/globs.ts";
import { World } from "../../../src/staleness/world.ts";
import { openMemoryDisk } from "../../support/memory-disk.ts";
import { project } from "../graph/project.ts";

const GIVEN = { env: () => undefined, params: {}, args: null, tool: () => ({ text: "", program: null, wrong: null }), forgetTools: () => {} };

test("tasks that take from many through a barrier have its leaves and are offered the same", () => {
  const linked = linkGraph(project({ a: { outputs: ["out/a"] }, b: { outputs: ["out/b"] }, all: { barrier: true, deps: ["a", "b"] }, one: { deps: ["all"] }, two: { deps: ["all"] } }));
  assert.ok(linked.ok);
  const graph = { ...linked.value, isOrdinary: (task: number) => !linked.value.isBarrier(task) };
  const records = new Map<string, TaskRecord>(["a", "b"].map((name) => [name, { ...EMPTY_RECORD, status: "ok", outputs: [[`out/${name}` as FilePath, "f1.1" as Identity]] }]));
  const none = new Uint8Array(graph.count);
  const world = new World(openMemoryDisk({ files: {} }), FileTable.empty());
  const s = new Situation({ graph, records: { get: (name) => records.get(name) ?? null, names: () => [] }, world, globs: new Globs(world), given: GIVEN, custom: () => null, memo: null, wanted: none.slice().fill(1), named: none, skipped: none, forced: none });
  s.pending.fill(0);
  const [one, two] = ["one", "two"].map((name) => graph.indexOf(name as TaskName)) as [number, number];
  assert.ok(s.depLeaves(one).leaves === s.depLeaves(two).leaves);
  const [offered, again] = [s.consumed(one).outputs, s.consumed(two).outputs];
  assert.deepEqual(offered.map(({ path }) => path), ["out/a", "out/b"]);
  offered.forEach((output, at) => assert.ok(output === again[at], output.path));
});
