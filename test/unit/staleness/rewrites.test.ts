// What was found rewritten is told to whoever holds a moment before it, and kept for nobody else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { FileTable, KIND } from "../../../src/model/table.ts";
import { Rewrites } from "../../../src/staleness/rewrites.ts";

const rewrites = new Rewrites();
const table = FileTable.empty();
const [a, b] = ["a", "b"].map((path) => table.idOf(path)) as [number, number];
for (const row of [a, b]) table.columns.kind[row] = KIND.file;

const rewrite = (row: number): void => rewrites.note(table, row, { mtimeMs: 1, ino: 1 });

test("each moment has what was found rewritten after it", () => {
  const first = rewrites.now;
  rewrite(a);
  const second = rewrites.now;
  rewrite(b);
  rewrite(b);
  assert.deepEqual([rewrites.since(first), rewrites.since(second), rewrites.since(rewrites.now)], [new Set([a, b]), new Set([b]), new Set()]);
});

test("what nobody holds a moment before takes no memory", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const used = (): number => (collect(), process.memoryUsage().heapUsed);
  rewrite(a);
  const before = used();
  for (let i = 0; i < 1_000_000; i++) rewrite(a);
  const kept = used() - before;
  assert.ok(kept < 1_000_000, `${kept} bytes are kept`);
});
