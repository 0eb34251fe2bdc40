// The files of past runs: how many are kept, and that a run more does not look at all the others.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Disk } from "../../../src/model/ports.ts";
import { idsIn, keepBounds, newId } from "../../../src/cli/past/run-files.ts";
import { openDisk } from "../../../src/system/disk.ts";

const MOST = { json: 100, made: 50, log: 1000 };
const NONE = { json: 0, made: 0, log: 0 };

function project(t: { after(act: () => void): void }): { disk: Disk; counted: { stats: number } } {
  const root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "tg-runs-")));
  t.after(() => fs.rmSync(root, { recursive: true }));
  fs.mkdirSync(join(root, "runs"));
  const disk = openDisk(root, join(root, ".tg"));
  const counted = { stats: 0 };
  return { counted, disk: { ...disk, lstat: (path) => (counted.stats++, disk.lstat(path)) } };
}

function run(disk: Disk, count: number, bytes: { json: number; made: number }): void {
  disk.write(`runs/20261121-000000-${count}.json`, "j".repeat(bytes.json));
  disk.write(`runs/20261121-000000-${count}.made`, "m".repeat(bytes.made));
  keepBounds(disk, "runs", { ...NONE, ...bytes }, MOST);
}

test("the oldest runs go with all that belongs to them", (t) => {
  const { disk } = project(t);
  for (let i = 0; i < 30; i++) run(disk, i, { json: 10, made: 1 });
  const ids = idsIn(disk, "runs", ["json"]);
  assert.ok(ids.length >= 8 && ids.length <= 10, `${ids.length}`);
  assert.equal(ids.at(-1), "20261121-000000-29");
  assert.deepEqual(idsIn(disk, "runs", ["made"]), ids);
});

test("what belongs to a run may go before its record", (t) => {
  const { disk } = project(t);
  for (let i = 0; i < 6; i++) run(disk, i, { json: 1, made: 20 });
  assert.equal(idsIn(disk, "runs", ["json"]).length, 6);
  assert.deepEqual(disk.list("runs")!.names.filter((name) => name.endsWith(".made")), ["20261121-000000-4.made", "20261121-000000-5.made"]);
});

test("what was accepted beside runs stands among them, and goes with those of its age", (t) => {
  const { disk } = project(t);
  run(disk, 0, { json: 10, made: 1 });
  assert.equal(newId(disk, "runs", Date.UTC(2026, 10, 21)), "20261121-000000-1");
  disk.write("runs/20261121-000000-1.made", "m");
  assert.equal(newId(disk, "runs", Date.UTC(2026, 10, 21)), "20261121-000000-2");
  for (let i = 2; i < 13; i++) run(disk, i, { json: 10, made: 1 });
  const ids = idsIn(disk, "runs", ["json"]);
  assert.ok(ids.length < 11 && !ids.includes("20261121-000000-2"), ids.join(" "));
  assert.deepEqual(idsIn(disk, "runs", ["made", "json"]), ids);
});

test("a run more looks at no other, but where the tally is gone or damaged", (t) => {
  const { disk, counted } = project(t);
  for (let i = 0; i < 9; i++) run(disk, i, { json: 1, made: 1 });
  counted.stats = 0;
  run(disk, 9, { json: 1, made: 1 });
  assert.equal(counted.stats, 1);
  for (const damage of ["{", "null", "[]", '{"json":"1"}', '{"json":1,"made":1,"log":1}']) {
    disk.write("runs/tally", damage);
    run(disk, 9, { json: 1, made: 1 });
    assert.deepEqual(JSON.parse(fs.readFileSync(join(disk.root, "runs/tally"), "utf8")), { json: 10, made: 10, log: 0, runs: 0 });
  }
  disk.write("runs/tally", JSON.stringify({ json: 1, made: 1, log: 1, runs: 255 }));
  run(disk, 9, { json: 1, made: 1 });
  assert.deepEqual(JSON.parse(fs.readFileSync(join(disk.root, "runs/tally"), "utf8")), { json: 10, made: 10, log: 0, runs: 0 });
});
