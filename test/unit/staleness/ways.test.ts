// Ways through links, against what the system itself says of them.
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DiskError } from "../../../src/model/ports.ts";
import type { FilePath } from "../../../src/model/path.ts";
import { Straight, Ways } from "../../../src/staleness/ways.ts";
import { openDisk } from "../../../src/system/disk.ts";
import { tempFolder } from "../../support/folder.ts";

const root = fs.realpathSync(tempFolder("tg-ways"));
for (const dir of ["a/b/c", "x/y"]) fs.mkdirSync(join(root, dir), { recursive: true });
const LINKS = { "a/up": "..", "to-c": "a/b/c", "x/far": join(root, "a/b"), "x/y/chain": "../../to-c/..", loop: "loop", wide: "wide/wide/wide", gone: "nowhere/at/all", file: "a/b/f" };
for (const [at, target] of Object.entries(LINKS)) fs.symlinkSync(target, join(root, at));
for (const file of ["f", "a/f", "a/b/f", "a/b/c/f", "x/f", "x/y/f"]) fs.writeFileSync(join(root, file), "");

const ways = new Ways(openDisk(root, join(root, ".tg")));

test("every word of a few leads where the system goes", () => {
  const words = ["a", "b", "c", "x", "y", "up", "to-c", "far", "chain", "..", "."];
  let places = [""];
  let compared = 0;
  for (let depth = 0; depth < 4; depth++) {
    places = places.flatMap((place) => words.map((word) => `${place}/${word}`)).filter((place) => fs.existsSync(`${root}${place}`));
    for (const place of places) {
      const told = `${root}${place}/f`;
      if (!fs.existsSync(told)) continue;
      const way = ways.follow(told);
      assert.equal(way.real, fs.realpathSync.native(told), told);
      // Who finds the same by the words alone was not led astray.
      if (!way.strays) assert.equal(fs.realpathSync.native(join(told)), way.real, told);
      compared++;
    }
  }
  assert.ok(compared > 200, `${compared}`);
});

test("a link that the words leave again is told", () => {
  const way = ways.follow(`${root}/to-c/../f`);
  assert.deepEqual([way.real, way.strays, way.signs.filter(({ link }) => link).map(({ path }) => path)], [`${root}/a/b/f`, true, [`${root}/to-c`]]);
  assert.equal(ways.follow(`${root}/a/b/../f`).strays, false);
  assert.equal(ways.follow(`${root}/file`).real, `${root}/a/b/f`);
});

test("loops and what is not there end", () => {
  for (const word of ["loop", "wide", "gone", "loop/x/../y", "wide/..", "nothing/../f", "f/../f"]) assert.ok(ways.follow(`${root}/${word}`).real.startsWith("/"), word);
});

test("a link that goes away while it is looked at leads nowhere else", () => {
  const disk = openDisk(root, join(root, ".tg"));
  const hasty = new Ways({ ...disk, lstat: (path) => disk.lstat(path), readLink: (path) => { throw new DiskError(path, "ENOENT"); } });
  assert.deepEqual(hasty.follow(`${root}/to-c/f`), { ...hasty.follow(`${root}/to-c/f`), real: `${root}/to-c/f`, strays: false });
});

test("folders that no link leads to are asked once", () => {
  const disk = openDisk(root, join(root, ".tg"));
  const asked: string[] = [];
  const straight = new Straight({ ...disk, lstat: (path) => (asked.push(path), disk.lstat(path)) });
  const folders = ["a/b/c", "a/b", "to-c", "a/up", "a/up/x", "none", "a/f", "", "/", "/nowhere/x", `${root}/x`];
  assert.deepEqual(folders.map((folder) => straight.has(folder as FilePath)), [true, true, false, false, false, false, false, true, true, false, true]);
  assert.deepEqual(asked.slice(0, 3), ["a", "a/b", "a/b/c"]);
  const before = asked.length;
  assert.ok(straight.has("a/b" as FilePath));
  assert.equal(asked.length, before);
});
