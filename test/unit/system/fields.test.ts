// The quick way to a stat's numbers: there where it is known to be good, and the same numbers as fs gives.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { FileTable, KIND, MARK } from "../../../src/model/table.ts";
import { openDisk } from "../../../src/system/disk.ts";
import { FIELD, msOf, openFields } from "../../../src/system/fields.ts";
import { tempFolder } from "../../support/folder.ts";

const root = tempFolder("tg-fields");

const versions = process.versions as Record<string, string | undefined>;
const isNode20 = versions["bun"] === undefined && versions["deno"] === undefined && versions["node"]!.startsWith("20.");

/** Seconds: before 1970, at it, fractions that no double holds, after 2038 and 2106. */
const TIMES = [-86_400.25, -1, -0.5, 0, 0.123456789, 1_700_000_000.9876, 2 ** 31 + 0.1, 2 ** 32 + 0.000001, 9_999_999_999.5];

const names = TIMES.map((seconds, i) => {
  const name = `f${i}`;
  fs.writeFileSync(join(root, name), "x".repeat(i));
  fs.utimesSync(join(root, name), seconds, seconds);
  return name;
});

test("fields are there on Node 20 alone, and say what fs says", () => {
  const calls = openFields();
  assert.equal(calls !== null, isNode20);
  if (calls === null) return;
  for (const name of [...names, "", "."]) {
    const path = join(root, name);
    const stat = fs.lstatSync(path);
    const fields: Float64Array = calls.lstat(path, false, undefined, false)!;
    assert.deepEqual(
      [fields[FIELD.dev], fields[FIELD.mode], fields[FIELD.ino], fields[FIELD.size], msOf(fields, FIELD.mtime), msOf(fields, FIELD.ctime)],
      [stat.dev, stat.mode, stat.ino, stat.size, stat.mtimeMs, stat.ctimeMs], name);
  }
  fs.symlinkSync("f3", join(root, "link"));
  assert.equal(calls.stat(join(root, "link"), false, undefined, false)![FIELD.ino], fs.statSync(join(root, "f3")).ino);
  assert.equal(calls.lstat(join(root, "link"), false, undefined, false)![FIELD.ino], fs.lstatSync(join(root, "link")).ino);
  assert.equal(calls.lstat(join(root, "none"), false, undefined, false), undefined);
  const fd = fs.openSync(join(root, "f3"), "r");
  const [open, fields] = [fs.fstatSync(fd), calls.fstat!(fd, false, undefined, false)!];
  assert.deepEqual([fields[FIELD.dev], fields[FIELD.nlink], fields[FIELD.ino], msOf(fields, FIELD.mtime)], [open.dev, open.nlink, open.ino, open.mtimeMs]);
  fs.closeSync(fd);
});

test("a sweep proves files of any time, and sees each time change", () => {
  const disk = openDisk(root, join(root, ".tg"));
  const table = FileTable.empty();
  for (const name of names) {
    const id = table.idOf(name);
    table.columns.kind[id] = KIND.file;
    table.setStat(id, disk.lstat(name));
  }
  const ids = names.map((_, id) => id);
  const look = (): number[] => {
    const seen = new Uint8Array(ids.length);
    disk.sweep(table, ids, seen);
    return [...seen];
  };
  assert.deepEqual(look(), ids.map(() => 1));
  for (const name of names) fs.utimesSync(join(root, name), 1_600_000_000.5, 1_600_000_000.5);
  assert.deepEqual(look(), ids.map(() => MARK.news));
  for (const [id, name] of names.entries()) {
    const { kind, size, mtimeMs, ctimeMs, ino, dev, mode } = disk.lstat(name);
    assert.deepEqual(table.newsOf(id), { kind, size, mtimeMs, ctimeMs, ino, dev, mode });
  }
});
