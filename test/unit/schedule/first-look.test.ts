// The inputs of all who will be judged are looked at together, and no others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linkGraph } from "../../../src/graph/link.ts";
import { FileTable } from "../../../src/model/table.ts";
import { Situation } from "../../../src/schedule/survey/situation.ts";
import { survey } from "../../../src/schedule/survey/survey.ts";
import { openDigest } from "../../../src/staleness/digest.ts";
import { Globs } from "../../../src/staleness/globs.ts";
import { World } from "../../../src/staleness/world.ts";
import { openMemoryDisk } from "../../support/memory-disk.ts";
import { project, type Short } from "../graph/project.ts";

const GIVEN = { env: () => undefined, params: {}, args: null, tool: () => ({ text: "", program: null, wrong: null }), forgetTools: () => {} };
const numbers = Array.from({ length: 120 }, (_, i) => i);

/** What is read, and how many rows each sweep is given. */
async function looked(shorts: Readonly<Record<string, Short>>): Promise<{ readonly reads: readonly string[]; readonly sweeps: readonly number[] }> {
  await openDigest();
  const files = Object.fromEntries(numbers.flatMap((i) => ["named", "src", "not", "dir"].map((folder) => [`${folder}/${i}`, `${i}`])));
  const memory = openMemoryDisk({ files });
  const sweeps: number[] = [];
  const world = new World({ ...memory, sweep: (table, ids, seen) => (sweeps.push(ids.length), memory.sweep(table, ids, seen)) }, FileTable.empty());
  const linked = linkGraph(project(shorts));
  assert.ok(linked.ok);
  const graph = linked.value;
  const none = new Uint8Array(graph.count);
  world.tick();
  survey(new Situation({ graph, records: { get: () => null, names: () => [] }, world, globs: new Globs(world), given: GIVEN, custom: () => null, memo: null, wanted: none.slice().fill(1), named: none, skipped: none, forced: none }));
  return { reads: [...memory.reads].sort(), sweeps };
}

const all = (...folders: readonly string[]): string[] => folders.flatMap((folder) => numbers.map((i) => `${folder}/${i}`)).sort();

test("what tasks name is looked at in one loop, what their patterns and folders match in another", async () => {
  const named = Object.fromEntries(numbers.map((i) => [`t${i}`, { inputs: [`named/${i}`, "named/0"], outputs: [`out/${i}`] }]));
  const { reads, sweeps } = await looked({ ...named, folder: { inputs: ["dir"] }, pattern: { inputs: ["src/*"] } });
  assert.deepEqual(reads, all("named", "dir", "src"));
  assert.deepEqual(sweeps, [241, 240]);
});

test("what a negation takes away is not read", async () => {
  const { reads } = await looked({ pattern: { inputs: ["src/*", "not/*", "!not/*"] } });
  assert.deepEqual(reads, all("src"));
});

test("few are looked at one by one", async () => {
  const { reads, sweeps } = await looked({ few: { inputs: ["src/1", "src/2"] }, pattern: { inputs: ["dir/1*1"] } });
  assert.deepEqual(reads, ["dir/101", "dir/11", "dir/111", "src/1", "src/2"]);
  assert.deepEqual(sweeps, []);
});
