// What several threads hash is what one hashes, whatever becomes of the others.
import assert from "node:assert/strict";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import xxhash, { type XXHashAPI } from "xxhash-wasm";
import { HASH_PIECE } from "../../src/model/hashing.ts";
import { FileTable, KIND, MARK, RACY } from "../../src/model/table.ts";
import { digestFile } from "../../src/staleness/content.ts";
import { openDigest } from "../../src/staleness/digest.ts";
import { lookAll } from "../../src/staleness/renew.ts";
import { World } from "../../src/staleness/world.ts";
import { openDisk } from "../../src/system/disk.ts";
import type { HasherOptions } from "../../src/system/hashers.ts";
import { sweepRows } from "../../src/system/sweep.ts";
import { repo } from "../support/rig.ts";
import { tempFolder } from "../support/folder.ts";

const root = tempFolder("tg-hashers");
const HASHER = join(repo, "dist/hasher.cjs");
const OLD = 1_000_000_000;
let api: XXHashAPI;

const helped = (more: Partial<HasherOptions> = {}): HasherOptions => ({ module: HASHER, files: 1, bytes: 1, patienceMs: 10_000, threads: 3, ...more });
const hexOf = (hash: bigint): string => hash.toString(16).padStart(16, "0");

/** As docs/staleness.md has it. */
function defined(bytes: Uint8Array): string {
  if (bytes.length <= HASH_PIECE) return hexOf(api.h64Raw(bytes));
  const hashes: bigint[] = [];
  for (let at = 0; at < bytes.length; at += HASH_PIECE) hashes.push(api.h64Raw(bytes.subarray(at, at + HASH_PIECE)));
  const all = Buffer.alloc(hashes.length * 8);
  for (const [i, hash] of hashes.entries()) all.writeBigUInt64BE(hash, i * 8);
  return hexOf(api.h64Raw(all));
}

before(async () => {
  await openDigest();
  api = await xxhash();
});

test("the hash of a file is that of its bytes, and of the hashes of its pieces where it has several", () => {
  const disk = openDisk(root, join(root, ".tg"));
  for (const size of [0, 1, 65_535, 65_536, 65_537, HASH_PIECE - 1, HASH_PIECE, HASH_PIECE + 1, 2 * HASH_PIECE, 2 * HASH_PIECE + 300_001]) {
    const bytes = Buffer.alloc(size);
    for (let i = 0; i < size; i += 4097) bytes[i] = (i >> 3) & 255;
    fs.writeFileSync(join(root, "file"), bytes);
    assert.deepEqual(digestFile(disk, "file", size), { digest: defined(bytes), size }, `${size}`);
    assert.deepEqual(digestFile(disk, "file", 0), { digest: defined(bytes), size }, `${size}, longer than was said`);
  }
});

test("a large file has the same hash by one thread and by several, wherever it is edited", () => {
  const file = join(root, "large");
  const size = 6 * HASH_PIECE + 12_345;
  fs.closeSync(fs.openSync(file, "w"));
  fs.truncateSync(file, size);
  const alone = openDisk(root, join(root, ".tg"));
  const together = openDisk(root, join(root, ".tg"), { hashers: helped() });
  const seen = new Set<string>();
  for (const at of [0, 3 * HASH_PIECE, size - 1]) {
    const fd = fs.openSync(file, "r+");
    fs.writeSync(fd, "x", at);
    fs.closeSync(fd);
    const found = digestFile(alone, "large", size);
    seen.add(found.digest);
    for (let round = 0; round < 3; round++) assert.deepEqual(digestFile(together, "large", size), found);
  }
  assert.equal(seen.size, 3);
  for (const other of [size - 1, size + 1, size - HASH_PIECE, size + HASH_PIECE]) assert.deepEqual(digestFile(together, "large", other), digestFile(alone, "large", size), "not as long as was said");
  assert.throws(() => digestFile(together, "none", size), { errno: "ENOENT" });
});

const FILES = 1500;
const nameOf = (i: number): string => `${i % 2 === 0 ? "ä" : "b"}/${i}.txt`;

/** Rows of files as they were first written, in a table that has been stored. */
function storedTable(): FileTable {
  const world = new World(openDisk(root, join(root, ".tg")), FileTable.empty());
  world.clockMs = Date.now() + 60_000;
  const paths = Array.from({ length: FILES }, (_, i) => nameOf(i));
  for (const path of paths) world.input(path);
  const starts = new Uint32Array(FILES + 1);
  for (const [i, path] of paths.entries()) starts[i + 1] = starts[i]! + path.length;
  return new FileTable({ columns: world.table.columns, count: FILES, slots: new Uint32Array(8), paths: { bytes: Buffer.from(paths.join("")), starts } });
}

/** What a world says of all files after some were touched and some edited, gone, or turned into something else. */
function lookAfterEdits(hashers?: HasherOptions): { readonly rows: readonly string[]; readonly changed: readonly number[]; readonly helped: boolean } {
  for (const folder of ["ä", "b"]) {
    fs.rmSync(join(root, folder), { recursive: true, force: true });
    fs.mkdirSync(join(root, folder));
  }
  for (let i = 0; i < FILES; i++) fs.writeFileSync(join(root, nameOf(i)), `${i} `.repeat(i % 300));
  const table = storedTable();
  for (let i = 0; i < FILES; i++) {
    if (i % 7 === 0) fs.writeFileSync(join(root, nameOf(i)), `${i}-`.repeat(i % 300));
    if (i % 100 !== 3) fs.utimesSync(join(root, nameOf(i)), OLD, OLD);
  }
  fs.truncateSync(join(root, nameOf(1001)), 4 * HASH_PIECE + 1);
  const world = new World(openDisk(root, join(root, ".tg"), hashers === undefined ? {} : { hashers }), table);
  const ids = Uint32Array.from({ length: FILES }, (_, id) => id);
  world.clockMs = Date.now() + 60_000;
  const seen = new Uint8Array(FILES);
  world.disk.sweep(table, ids, seen);
  assert.ok(seen.includes(MARK.news));
  // After the look and before the files are read.
  fs.rmSync(join(root, nameOf(5)));
  fs.writeFileSync(join(root, nameOf(10)), "longer than it was, by all means");
  fs.rmSync(join(root, nameOf(15)));
  fs.mkdirSync(join(root, nameOf(15)));
  const { hashing } = table;
  world.take({ seen, news: table.news, swept: null, hashing });
  world.sweep(ids);
  return { rows: [...ids].map((id) => table.identityOf(id)), changed: [...world.changedRows].sort((a, b) => a - b), helped: hashing !== null };
}

test("many files of which a sweep has found another stat are told by several threads as by one", () => {
  const alone = lookAfterEdits();
  assert.equal(alone.helped, false);
  assert.ok(alone.changed.length > FILES / 8);
  const { rows, changed, helped: wasHelped } = lookAfterEdits(helped());
  assert.ok(wasHelped);
  // These are whichever they were when they were read.
  const but = (list: readonly string[]): readonly string[] => list.filter((_, i) => i !== 5 && i !== 10 && i !== 15);
  assert.deepEqual(but(rows), but(alone.rows));
  assert.deepEqual(changed.filter((i) => i !== 5 && i !== 10 && i !== 15), alone.changed.filter((i) => i !== 5 && i !== 10 && i !== 15));
});

test("new files are told by several threads as by one, beside rows that were stored", () => {
  const look = (hashers?: HasherOptions): { readonly rows: readonly string[]; readonly young: number; readonly errors: readonly string[] } => {
    const table = storedTable();
    const world = new World(openDisk(root, join(root, ".tg"), hashers === undefined ? {} : { hashers }), table);
    const paths = [...Array.from({ length: FILES }, (_, i) => `new/ö${i}`), nameOf(1), "new/none", "new/link", "new", "new/ö1/x"];
    world.clockMs = OLD * 1000 + 60_000;
    lookAll(world, paths);
    if (hashers !== undefined) assert.equal(table.hashing, null, "taken");
    return { rows: paths.map((path) => world.input(path)), young: paths.filter((path) => table.columns.flags[table.idOf(path)] === RACY).length, errors: [...world.errors.keys()] };
  };
  lookAfterEdits();
  fs.rmSync(join(root, "new"), { recursive: true, force: true });
  fs.mkdirSync(join(root, "new"));
  for (let i = 0; i < FILES; i++) fs.writeFileSync(join(root, `new/ö${i}`), `${i} `.repeat(i % 300), { mode: i % 3 === 0 ? 0o755 : 0o644 });
  fs.symlinkSync("ö7", join(root, "new/link"));
  const alone = look();
  assert.equal(new Set(alone.rows.slice(0, FILES)).size, FILES - FILES / 300 + 1);
  assert.deepEqual(look(helped()), alone);
});

test("threads that are not there, that break, or that keep what they took are done without", () => {
  const alone = lookAfterEdits({ ...helped(), threads: 0 });
  assert.equal(alone.helped, false);
  const broken = join(root, "broken.cjs");
  const greedy = join(root, "greedy.cjs");
  fs.writeFileSync(broken, "throw new Error('broken');\n");
  fs.writeFileSync(greedy, "const { turns } = require('node:worker_threads').workerData;\nAtomics.store(turns, 1, 1);\nAtomics.add(turns, 0, 5);\nAtomics.wait(turns, 1, 1);\n");
  for (const module of [join(root, "none.cjs"), broken, greedy]) {
    const { rows, changed, helped: wasHelped } = lookAfterEdits(helped({ module, patienceMs: 20 }));
    assert.ok(wasHelped);
    assert.deepEqual({ rows, changed }, { rows: alone.rows, changed: alone.changed }, module);
  }
});

test("while the machine is busy no others hash small files, one does large ones", (t) => {
  let load = 0;
  let running: number | null = 0;
  const machine = { availableParallelism: () => 8, cpus: () => new Array(8).fill({}), loadavg: () => [load, load, load] };
  for (const [name, answer] of Object.entries(machine)) t.mock.method(os, name as "loadavg", answer as () => number[]);
  const { readFileSync } = fs;
  t.mock.method(fs, "readFileSync", (...args: Parameters<typeof readFileSync>) => {
    if (args[0] !== "/proc/loadavg") return readFileSync(...args);
    if (running === null) throw new Error("not told");
    return `${load} ${load} ${load} ${running}/500 12345\n`;
  });
  syncBuiltinESMExports();
  const { threads: _, ...options } = helped();
  const cases = [[0, 1, true], [7.9, 20, true], [8, 8, false], [17, 17, false], [17, null, false], [0, null, true], [17, 7, true]] as const;
  for (const [average, now, isHelped] of cases) {
    load = average;
    running = now;
    assert.equal(lookAfterEdits({ ...options, bytes: Infinity }).helped, isHelped, `${average} on average, ${now} now`);
    assert.ok(lookAfterEdits({ ...options, bytes: 1 }).helped, `${average} on average, ${now} now, many bytes`);
  }
  t.mock.restoreAll();
  syncBuiltinESMExports();
});

test("a sweep that finds little that is new does not load what hashes", () => {
  fs.writeFileSync(join(root, "still"), "1");
  const world = new World(openDisk(root, join(root, ".tg")), FileTable.empty());
  world.clockMs = Date.now() + 60_000;
  world.input("still");
  const sweep = (files: number): void => sweepRows({ root, helper: null, hashers: { files, bytes: 1e9, open: () => assert.fail("loaded") } }, world.table, [0], new Uint8Array(64));
  sweep(1);
  fs.utimesSync(join(root, "still"), OLD, OLD);
  sweep(2);
  assert.throws(() => sweep(1), /loaded/);
});

test("what is read before the clock is as young as it was then", () => {
  fs.mkdirSync(join(root, "young"));
  fs.writeFileSync(join(root, "young/file"), "1");
  const world = new World(openDisk(root, join(root, ".tg")), FileTable.empty());
  const id = world.table.idOf("young/file");
  world.tick();
  world.look(id);
  const table = new FileTable({ columns: world.table.columns, count: 1, slots: new Uint32Array(8), paths: { bytes: Buffer.from("young/file"), starts: Uint32Array.from([0, 10]) } });
  assert.equal(table.columns.kind[0], KIND.file);
  table.columns.mtimeMs[0] = OLD;
  table.columns.flags[0] = 0;
  const later = new World(openDisk(root, join(root, ".tg"), { hashers: helped() }), table);
  const seen = new Uint8Array(1);
  later.disk.sweep(table, [0], seen);
  const { hashing } = table;
  assert.ok(hashing !== null);
  later.take({ seen, news: table.news, swept: null, hashing: { ...hashing, ageMs: () => 120_000 } });
  later.clockMs = table.news!.ctimeMs[0]! + 60_000;
  later.sweep([0]);
  assert.equal(table.columns.flags[0], 1);
});
