// A sweep by two threads says what a sweep by one says, whatever becomes of the second.
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { COLUMN_NAMES, emptyColumns, FileTable, KIND, MARK, RACY, type Columns } from "../../src/model/table.ts";
import { openDisk } from "../../src/system/disk.ts";
import type { HelperOptions } from "../../src/system/thread.ts";
import { repo } from "../support/rig.ts";
import { tempFolder } from "../support/folder.ts";

const root = tempFolder("tg-helper");

const ROWS = 60_000;
const FILES = 400;
const SWEEPER = join(repo, "dist/sweeper.cjs");

for (const folder of ["ä", "b"]) fs.mkdirSync(join(root, folder));
const fileOf = (i: number): string => `${i % 2 === 0 ? "ä" : "b"}/${i}.txt`;
for (let i = 0; i < FILES; i++) fs.writeFileSync(join(root, fileOf(i)), "x".repeat(i % 7));
fs.linkSync(join(root, fileOf(7)), join(root, "ä/other"));

function share<A extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(array: A): A {
  const Type = array.constructor as new (buffer: SharedArrayBuffer) => A;
  const copy = new Type(new SharedArrayBuffer(array.byteLength));
  copy.set(array);
  return copy;
}

/** Rows of the same few files, some of them wrong in one thing, and of files that are not there. */
function tableOf(): FileTable {
  const disk = openDisk(root, join(root, ".tg"));
  const paths = Array.from({ length: ROWS }, (_, i) => (i % 5 === 4 ? `none/${i}` : fileOf(i % FILES)));
  const made = FileTable.empty();
  const columns = emptyColumns(ROWS);
  const starts = new Uint32Array(ROWS + 1);
  for (const [i, path] of paths.entries()) {
    starts[i + 1] = starts[i]! + path.length;
    const id = made.idOf(path);
    const stat = disk.lstat(path);
    made.columns.kind[id] = stat.kind === "absent" ? KIND.absent : KIND.file;
    made.setStat(id, stat);
    for (const name of COLUMN_NAMES) columns[name][i] = made.columns[name][id]!;
    if (i % 11 === 0) columns.size[i]! += 1;
    if (i % 13 === 0) columns.flags[i] = RACY;
  }
  const shared = Object.fromEntries(COLUMN_NAMES.map((name) => [name, share(columns[name])])) as unknown as Columns;
  return new FileTable({ columns: shared, count: ROWS, slots: new Uint32Array(8), paths: { bytes: share(new Uint8Array(Buffer.from(paths.join("")))), starts: share(starts) } });
}

const table = tableOf();
const ids = Array.from({ length: ROWS }, (_, i) => ROWS - 1 - i);

function sweep(helper?: HelperOptions): Uint8Array {
  table.shared.clear();
  table.news = null;
  const seen = new Uint8Array(ROWS);
  seen.fill(1, 100, 200);
  openDisk(root, join(root, ".tg"), helper === undefined ? {} : { helper }).sweep(table, ids, seen);
  return seen;
}

const rowsAt = (marks: Uint8Array, mark: number): number[] => [...marks.keys()].filter((row) => marks[row] === mark);
const newsNow = (): object[] => rowsAt(alone, MARK.news).map((row) => table.newsOf(row));

const alone = sweep();
const news = newsNow();
const linked = [...table.shared].sort();

test("one thread sees what there is to see", () => {
  assert.deepEqual([...new Set(alone)].sort(), [MARK.same, MARK.open, MARK.news]);
  assert.ok(linked.length > ROWS / FILES / 2);
  const isLooked = (i: number): boolean => i < 100 || i >= 200;
  assert.deepEqual(rowsAt(alone, MARK.open), ids.filter((i) => isLooked(i) && i % 13 === 0).sort((a, b) => a - b));
  assert.deepEqual(rowsAt(alone, MARK.news), ids.filter((i) => isLooked(i) && i % 13 !== 0 && i % 11 === 0 && i % 5 !== 4).sort((a, b) => a - b));
});

test("two threads see the same", () => {
  for (let round = 0; round < 5; round++) {
    assert.deepEqual(sweep({ module: SWEEPER, from: 1, patienceMs: 10_000 }), alone);
    assert.deepEqual([...table.shared].sort(), linked);
    assert.deepEqual(newsNow(), news);
  }
});

test("a helper that is not there, that breaks, or that keeps what it took is done without", () => {
  const broken = join(root, "broken.cjs");
  const greedy = join(root, "greedy.cjs");
  fs.writeFileSync(broken, "throw new Error('broken');\n");
  // Takes half of the parts and never says that it is done.
  fs.writeFileSync(greedy, "const { turns } = require('node:worker_threads').workerData;\nAtomics.store(turns, 1, 1);\nAtomics.add(turns, 0, 30);\nAtomics.wait(turns, 1, 1);\n");
  for (const module of [join(root, "none.cjs"), broken, greedy]) assert.deepEqual(sweep({ module, from: 1, patienceMs: 20 }), alone, module);
});
