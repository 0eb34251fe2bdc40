// What may be left of earlier builds in a folder of the state, asked of many tasks with few looks.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilePath } from "../../../src/model/path.ts";
import type { Disk } from "../../../src/model/ports.ts";
import { Remains } from "../../../src/schedule/files/remains.ts";
import { openMemoryDisk } from "../../support/memory-disk.ts";

const log = (i: number): FilePath => `.tg/logs/t${i}.log` as FilePath;

/** Counts what it is asked. */
function counting(): { disk: Disk; looks: string[] } {
  const looks: string[] = [];
  const disk = openMemoryDisk();
  return { disk: { ...disk, lstat: (path) => (looks.push(`lstat ${path}`), disk.lstat(path)), list: (path) => (looks.push(`list ${path}`), disk.list(path)) }, looks };
}

test("in a folder that is not there is nothing, until a task has been let write there", () => {
  const { disk, looks } = counting();
  const remains = new Remains(disk);
  assert.deepEqual([1, 2, 1, 3].map((i) => remains.claim(log(i))), [false, false, true, false]);
  assert.deepEqual(looks, ["lstat .tg/logs"]);
});

test("a folder that is asked about often is listed, and what was let written before is not forgotten", () => {
  const { disk, looks } = counting();
  disk.write(log(500), "");
  const remains = new Remains(disk);
  for (let i = 0; i < 100; i++) assert.equal(remains.claim(log(i)), true);
  assert.deepEqual([500, 501, 7, 501].map((i) => remains.claim(log(i))), [true, false, true, true]);
  assert.deepEqual(looks, ["lstat .tg/logs", "list .tg/logs"]);
});
