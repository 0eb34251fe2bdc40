// A stat that a sweep has taken serves whoever reads the file later, whatever has become of it since; and what goes between two
// questions about it is told as it is then.
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { FilePath } from "../../../src/model/path.ts";
import { DiskError } from "../../../src/model/ports.ts";
import { ABSENT } from "../../../src/model/state.ts";
import { FileTable, MARK, RACY } from "../../../src/model/table.ts";
import { openDigest } from "../../../src/staleness/digest.ts";
import { World } from "../../../src/staleness/world.ts";
import { openDisk } from "../../../src/system/disk.ts";
import { tempFolder } from "../../support/folder.ts";

const root = tempFolder("tg-world");
const file = join(root, "file");
const OLD = 1_500_000_000;

await openDigest();

/** A table that knows `file` with the content "before". */
function known(): FileTable {
  fs.rmSync(file, { recursive: true, force: true });
  fs.writeFileSync(file, "before");
  fs.utimesSync(file, OLD, OLD);
  const table = FileTable.empty();
  const world = new World(openDisk(root, join(root, ".tg")), table);
  world.clockMs = Date.now() + 10_000;
  world.input("file");
  return table;
}

/** Rows are swept after `first`, read after `then`. */
function lookTwice(first: () => void, then: () => void): { world: World; counted: () => number } {
  const table = known();
  first();
  const disk = openDisk(root, join(root, ".tg"));
  let stats = 0;
  const world = new World({ ...disk, lstat: (path) => (stats++, disk.lstat(path)) }, table);
  const seen = new Uint8Array(table.columns.kind.length);
  disk.sweep(table, [table.idOf("file")], seen);
  assert.equal(seen[table.idOf("file")], MARK.news);
  world.take({ seen, news: table.news, swept: null, hashing: null });
  world.tick();
  then();
  return { world, counted: () => stats };
}

const touch = (): void => fs.utimesSync(file, OLD + 1, OLD + 1);
const identity = (content: string): string => {
  fs.rmSync(join(root, "other"), { force: true });
  fs.writeFileSync(join(root, "other"), content);
  return new World(openDisk(root, join(root, ".tg")), FileTable.empty()).input("other");
};

test("a file that was touched is looked at once and is the same", () => {
  const { world, counted } = lookTwice(touch, () => {});
  assert.equal(world.input("file"), identity("before"));
  assert.equal(counted(), 0);
  assert.deepEqual(world.changedRows, []);
  assert.equal(world.table.columns.mtimeMs[0], (OLD + 1) * 1000);
});

test("a file that was touched and may be executed now is another", () => {
  const { world } = lookTwice(() => (touch(), fs.chmodSync(file, 0o755)), () => {});
  assert.equal(world.input("file"), identity("before").replace("f", "x"));
  assert.deepEqual(world.changedRows, [0]);
});

test("a file that was touched a moment ago is read next time as well, one of the future every time, and that is told", () => {
  for (const [ms, young, future] of [[OLD * 1000, false, null], [Date.now() + 5_000, true, null], [Date.now() + 500_000, true, "file"]] as const) {
    const { world } = lookTwice(() => fs.utimesSync(file, ms / 1000, ms / 1000), () => {});
    if (!young) world.clockMs += 10_000;
    assert.equal(world.input("file"), identity("before"));
    assert.deepEqual([world.table.columns.flags[0], world.future, [...world.touched]], [young ? RACY : 0, future, [0]]);
  }
});

test("content of the same length that comes after the stat is what counts", () => {
  const { world } = lookTwice(touch, () => fs.writeFileSync(file, "behind"));
  assert.equal(world.input("file"), identity("behind"));
  assert.deepEqual(world.changedRows, [0]);
  // The stat is the older one: the next look reads once more.
  assert.equal(world.table.statEquals(0, world.disk.lstat("file")), false);
});

test("a file of another length, of another kind, or gone is looked at once more", () => {
  for (const [then, is] of [
    [() => fs.writeFileSync(file, "longer than before"), identity("longer than before")],
    [() => fs.writeFileSync(file, ""), identity("")],
    [() => fs.unlinkSync(file), "-"],
    [() => { fs.unlinkSync(file); fs.mkdirSync(file); }, "d"],
  ] as const) {
    const { world, counted } = lookTwice(touch, then);
    assert.equal(world.input("file"), is);
    assert.equal(counted(), 1);
    assert.deepEqual(world.changedRows, [0]);
    assert.equal(world.errors.size, 0);
  }
});

test("what is forgotten is looked at anew", () => {
  const { world, counted } = lookTwice(touch, () => fs.writeFileSync(file, "behind"));
  world.forget("file");
  assert.equal(world.input("file"), identity("behind"));
  assert.equal(counted(), 1);
  assert.equal(world.table.statEquals(0, world.disk.lstat("file")), true);
});

test("what its writer has left for good is not read again for being young, where each change has a stamp of its own", () => {
  const disk = openDisk(root, join(root, ".tg"));
  const reads = (fine: boolean): number => {
    let count = 0;
    const { dev } = fs.lstatSync(root);
    const world = new World({ ...disk, fineDevice: () => (fine ? dev : null), readPieces: (...args) => (count++, disk.readPieces(...args)) }, FileTable.empty());
    fs.writeFileSync(file, "made");
    world.tick();
    world.output("file");
    world.atRest("file");
    world.forget("file");
    world.tick();
    world.input("file");
    return count;
  };
  assert.deepEqual([reads(true), reads(false)], [1, 2]);
});

/** Two files are swept by one world; another goes on from what it saw. Counts the rows that this one sweeps. */
function sweepTwice(first: () => void, then: (world: World) => void): { open: string[]; swept: number } {
  const table = known();
  fs.writeFileSync(join(root, "second"), "before");
  fs.utimesSync(join(root, "second"), OLD, OLD);
  const disk = openDisk(root, join(root, ".tg"));
  const rows = (): Uint32Array => Uint32Array.of(table.idOf("file"), table.idOf("second"));
  const one = new World(disk, table);
  one.clockMs = Date.now() + 10_000;
  for (const name of ["file", "second"]) one.input(name);
  one.forgetAll();
  first();
  one.sweep(rows());
  let swept = 0;
  const other = new World({ ...disk, sweep: (to, ids, seen) => ((swept += ids.length), disk.sweep(to, ids, seen)) }, table);
  other.clockMs = one.clockMs;
  other.take(one.sight());
  then(other);
  other.sweep(rows());
  return { open: other.changedRows.map((row) => table.pathOf(row)), swept };
}

const rewrite = (name: string) => (): void => fs.writeFileSync(join(root, name), "behind");

test("who sweeps what was swept a moment ago goes through the open rows alone", () => {
  assert.deepEqual(sweepTwice(() => {}, () => {}), { open: [], swept: 0 });
});

test("a row that was forgotten since is swept again, and all others with it", () => {
  assert.deepEqual(sweepTwice(() => {}, (world) => (rewrite("second")(), world.forget("second"))), { open: ["second"], swept: 2 });
  assert.deepEqual(sweepTwice(() => {}, (world) => (rewrite("file")(), world.forgetAll())), { open: ["file"], swept: 2 });
});

test("a file that is removed between its stat and its reading is absent", () => {
  fs.writeFileSync(file, "new");
  const disk = openDisk(root, join(root, ".tg"));
  const lstat: typeof disk.lstat = (path) => {
    const stat = disk.lstat(path);
    fs.rmSync(file, { force: true });
    return stat;
  };
  const world = new World({ ...disk, lstat }, FileTable.empty());
  world.tick();
  assert.equal(world.input("file"), ABSENT);
  assert.equal(world.errors.size, 0);
});

type Question = "readLink" | "readPieces" | "list";

/** A world over a disk on which `then` happens just before a question is asked for the `nth` time. */
function between(question: Question, nth: number, then: () => void, table = FileTable.empty()): World {
  const disk = openDisk(root, join(root, ".tg"));
  let left = nth;
  const ask = disk[question] as (...args: unknown[]) => unknown;
  const asked = (...args: unknown[]): unknown => (--left === 0 && then(), ask(...args));
  return new World({ ...disk, [question]: asked }, table);
}

const turns: readonly (readonly [then: () => void, is: string])[] = [
  [() => {}, "-"],
  [() => fs.mkdirSync(file), "d"],
  [() => fs.writeFileSync(file, "behind"), identity("behind")],
];

test("a link that goes between two questions about it is what stands there then", () => {
  for (const [then, is] of turns) {
    for (const [ask, nth] of [["input", 1], ["output", 1], ["output", 2]] as const) {
      fs.rmSync(file, { recursive: true, force: true });
      fs.symlinkSync("nowhere", file);
      const world = between("readLink", nth, () => (fs.unlinkSync(file), then()));
      assert.equal(world[ask]("file"), is, `${ask} ${nth}`);
      assert.equal(world.errors.size, 0);
    }
  }
});

test("a hop of a chain of links may go as well", () => {
  fs.rmSync(file, { recursive: true, force: true });
  fs.symlinkSync("hop", file);
  fs.symlinkSync("other", join(root, "hop"));
  const world = between("readLink", 2, () => fs.unlinkSync(join(root, "hop")));
  const seen = world.input("file");
  assert.equal(world.errors.size, 0);
  assert.equal(seen, new World(openDisk(root, join(root, ".tg")), FileTable.empty()).input("file"));
});

test("a file that goes before it is read is what stands there then", () => {
  for (const [then, is] of turns.slice(0, 2)) {
    fs.rmSync(file, { recursive: true, force: true });
    fs.writeFileSync(file, "before");
    const world = between("readPieces", 1, () => (fs.unlinkSync(file), then()));
    assert.equal(world.input("file"), is);
    assert.equal(world.errors.size, 0);
  }
});

test("a folder whose stat is as before may have gone when its names are asked for, or be closed to this user", () => {
  const dir = join(root, "dir");
  const seenBefore = (): FileTable => {
    fs.mkdirSync(dir, { recursive: true });
    const table = FileTable.empty();
    const world = new World(openDisk(root, join(root, ".tg")), table);
    world.clockMs = Date.now() + 10_000;
    assert.deepEqual(world.listing("dir" as FilePath)?.names, []);
    return table;
  };
  assert.equal(between("list", 1, () => fs.rmdirSync(dir), seenBefore()).listing("dir" as FilePath), null);
  const shut = between("list", 1, () => { throw new DiskError("dir", "EACCES"); }, seenBefore());
  assert.equal(shut.listing("dir" as FilePath), null);
  assert.deepEqual([...shut.errors], [["dir/", "EACCES"]]);
});

test("of many files none is taken for looked at where one is hidden, which no sweep knows of", () => {
  fs.rmSync(file, { recursive: true, force: true });
  fs.writeFileSync(file, "new");
  const world = new World(openDisk(root, join(root, ".tg")), FileTable.empty());
  world.hide("gone" as FilePath);
  const rows = Uint32Array.from(["file", ...Array.from({ length: 2000 }, (_, i) => `absent/${i}`)], (name) => world.table.idOf(name));
  world.sweep(rows);
  assert.deepEqual([world.seenRows().length, world.changed[rows[0]!]], [rows.length, 1]);
});
