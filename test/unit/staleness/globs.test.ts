// Within a moment the disk is asked once, and what a pattern matched stands for as long as the listings behind it do.
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FileTable } from "../../../src/model/table.ts";
import { openDigest } from "../../../src/staleness/digest.ts";
import { Globs } from "../../../src/staleness/globs.ts";
import { lookAll, renew } from "../../../src/staleness/renew.ts";
import { World } from "../../../src/staleness/world.ts";
import { openDisk } from "../../../src/system/disk.ts";
import { tempFolder } from "../../support/folder.ts";

await openDigest();

test("what was looked at this moment is not looked at again before the next", () => {
  const root = tempFolder("tg-moments");
  fs.writeFileSync(join(root, "file"), "one");
  const world = new World(openDisk(root, join(root, ".tg")), FileTable.empty());
  const now = (): string => (renew(world, "file"), world.input("file"));
  const first = now();
  fs.writeFileSync(join(root, "file"), "longer");
  assert.equal(now(), first);
  world.moments.begin(0);
  assert.notEqual(now(), first);
  const second = now();
  fs.writeFileSync(join(root, "file"), "again");
  world.forget("file");
  assert.notEqual(now(), second);
});

test("a pattern is walked again when a listing has changed, and not before", () => {
  const root = tempFolder("tg-globs");
  const names = Array.from({ length: 120 }, (_, i) => `f${i}`);
  for (const name of names) fs.writeFileSync(join(root, name), name);
  const world = new World(openDisk(root, join(root, ".tg")), FileTable.empty());
  const globs = new Globs(world);
  const anew = (): ReturnType<Globs["match"]> => (world.moments.begin(0), globs.renew("f*", false), globs.match("f*", false));
  const first = anew();
  assert.equal(first.files.length, 120);
  assert.equal(anew(), first);
  for (const file of first.files) renew(world, file);
  lookAll(world, first.files);
  assert.deepEqual(first.files.filter((file) => world.input(file)[0] !== "f"), []);
  fs.writeFileSync(join(root, "f120"), "");
  assert.equal(anew().files.length, 121);
  fs.rmSync(join(root, "f0"));
  fs.mkdirSync(join(root, "f0"));
  assert.equal(anew().files.length, 120);
  fs.rmSync(join(root, "f1"));
  fs.symlinkSync("f2", join(root, "f1"));
  // A link may lead elsewhere without a change of any listing.
  assert.equal(anew().files.length, 120);
  assert.notEqual(anew(), anew());
});
