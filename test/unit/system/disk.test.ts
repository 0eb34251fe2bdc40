// What only a real disk has: names that are no text, files past 2 GiB, other filesystems, a clock file.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { openDisk } from "../../../src/system/disk.ts";
import { tempFolder } from "../../support/folder.ts";

/** Another filesystem than the one of temporary files, on most machines. */
const other = "/dev/shm";
const elsewhere = fs.existsSync(other) && fs.statSync(other).dev !== fs.statSync(tmpdir()).dev;

const linux = { skip: process.platform !== "linux" };

function folder(): string {
  return tempFolder("tg-disk");
}

/** A file whose name is `bytes` (printf's octal escapes). By the shell: Deno has no such paths. */
function touchOdd(dir: string, bytes: string): void {
  execFileSync("sh", ["-c", `echo odd > "$(printf '${bytes}')"`], { cwd: dir });
}

const runtime = process.versions as Record<string, string | undefined>;
const noBytes = { skip: process.platform !== "linux" || runtime["deno"] !== undefined };

test("names that are no UTF-8 are listed apart, names with U+FFFD are names", linux, () => {
  const root = folder();
  const disk = openDisk(root, join(root, ".tg"));
  fs.mkdirSync(join(root, "d"));
  touchOdd(join(root, "d"), "b\\377");
  touchOdd(join(root, "d"), "a\\344");
  disk.write("d/plain\ufffd", "");
  disk.makeDir("d/sub");
  const listing = disk.list("d")!;
  assert.deepEqual([listing.names, listing.kinds], [["plain\ufffd", "sub"], ["file", "dir"]]);
  if (noBytes.skip) assert.equal(listing.bad.length, 2);
  else assert.deepEqual(listing.bad, ["aä", "bÿ"]);
});

test("names that are no UTF-8 are removed with their folder", noBytes, () => {
  const root = folder();
  const disk = openDisk(root, join(root, ".tg"));
  fs.mkdirSync(join(root, "d"));
  touchOdd(join(root, "d"), "\\377");
  disk.removeTree("d");
  assert.equal(disk.lstat("d").kind, "absent");
});

test("a file past 2 GiB is read in pieces", { skip: !fs.existsSync(other) }, () => {
  // Holes of a tmpfs cost nothing to read; on a disk they take seconds.
  const root = tempFolder("tg-disk", other);
  const disk = openDisk(root, join(root, ".tg"));
  const size = 2 ** 31 + 3;
  disk.write("big", "start");
  fs.truncateSync(join(root, "big"), size);
  let [seen, first] = [0, ""];
  const taken = disk.readPieces("big", (piece) => {
    if (seen === 0) first = Buffer.from(piece.subarray(0, 6)).toString();
    seen += piece.length;
  });
  assert.deepEqual([taken, seen, first], [size, size, "start\0"]);
});

test("a file whose size the system does not tell is read whole", linux, () => {
  const disk = openDisk(folder(), "/nowhere");
  const path = "/proc/self/status";
  assert.equal(disk.lstat(path).size, 0);
  assert.match(Buffer.from(disk.read(path)).toString(), /^Name:[\s\S]*VmHWM/);
});

test("a path that no disk can have is an error with a name", () => {
  const disk = openDisk(folder(), "/nowhere");
  assert.throws(() => disk.read("a\0b"), { path: "a\0b", errno: "EINVAL" });
  assert.throws(() => disk.lstat("x".repeat(300)), { errno: "ENAMETOOLONG" });
});

test("a move to another filesystem copies with modes, times, links and odd names, and removes", { skip: !elsewhere }, () => {
  const root = folder();
  const target = tempFolder("tg-disk", other);
  const disk = openDisk(root, join(root, ".tg"));
  disk.write("tree/a/run", "program");
  fs.chmodSync(join(root, "tree/a/run"), 0o755);
  fs.utimesSync(join(root, "tree/a/run"), 1000, 2000.5);
  fs.symlinkSync("../gone", join(root, "tree/a/link"));
  if (!noBytes.skip) touchOdd(join(root, "tree"), "\\377");
  fs.chmodSync(join(root, "tree/a"), 0o555);
  disk.move("tree", `${target}/new/tree`);
  assert.equal(disk.lstat("tree").kind, "absent");
  const moved = disk.lstat(`${target}/new/tree/a/run`);
  assert.deepEqual([moved.mode, moved.mtimeMs, Buffer.from(disk.read(`${target}/new/tree/a/run`)).toString()], [0o755, 2_000_500, "program"]);
  assert.equal(disk.readLink(`${target}/new/tree/a/link`), "../gone");
  assert.equal(disk.lstat(`${target}/new/tree/a`).mode, 0o555);
  assert.deepEqual(disk.list(`${target}/new/tree`)!.bad, noBytes.skip ? [] : ["ÿ"]);
  disk.write("one", "new");
  disk.write(`${target}/one`, "old");
  disk.move("one", `${target}/one`);
  assert.equal(Buffer.from(disk.read(`${target}/one`)).toString(), "new");
});

test("the clock makes its folder and one file; a read-only disk makes nothing and is careful", () => {
  const root = folder();
  const still = openDisk(root, join(root, "state/tg"), { readonly: true });
  assert.ok(still.clockMs() <= Date.now() - 20);
  assert.deepEqual(fs.readdirSync(root), []);
  const disk = openDisk(root, join(root, "state/tg"));
  const first = disk.clockMs();
  assert.ok(disk.clockMs() >= first);
  assert.deepEqual(fs.readdirSync(join(root, "state/tg")), ["clock"]);
  assert.equal(fs.statSync(join(root, "state/tg/clock")).size, 1);
  assert.throws(() => openDisk(root, join(root, "state/tg/clock/below")).clockMs(), { errno: "ENOTDIR" });
});

test("where the clock says that no change keeps a stamp that was asked for, none does", linux, () => {
  for (const place of [tmpdir(), ...(fs.existsSync(other) ? [other] : [])]) {
    const root = tempFolder("tg-disk", place);
    const disk = openDisk(root, join(root, ".tg"));
    for (let i = 0; i < 20; i++) disk.clockMs();
    const fine = disk.fineDevice?.() ?? null;
    if (fine === null) continue;
    disk.write("file", "0");
    assert.equal(disk.lstat("file").dev, fine);
    const fd = fs.openSync(join(root, "file"), "r+");
    const stamps = new Set<number>();
    for (let i = 0; i < 500; i++) {
      fs.writeSync(fd, String(i % 10), 0);
      stamps.add(disk.lstat("file").mtimeMs);
    }
    fs.closeSync(fd);
    assert.equal(stamps.size, 500);
  }
});

test("whoever came from a folder that goes meanwhile stays in the root", () => {
  const start = process.cwd();
  const [root, from] = [folder(), folder()];
  const disk = openDisk(root, join(root, ".tg"));
  process.chdir(from);
  try {
    disk.inRoot(() => {
      disk.write("seen", "");
      fs.rmdirSync(from);
    });
    disk.write("after", "");
    assert.deepEqual(fs.readdirSync(root).sort(), ["after", "seen"]);
  } finally {
    process.chdir(start);
  }
});

test("a root that was moved away is not made again, whatever is written", () => {
  const root = join(folder(), "p");
  fs.mkdirSync(root);
  const disk = openDisk(root, `${root}/.tg`);
  disk.clockMs();
  disk.makeDir("deep/er");
  disk.write("some/where/file", "1\n");
  assert.deepEqual(fs.readdirSync(root).sort(), [".tg", "deep", "some"]);
  fs.renameSync(root, root + ".away");
  for (const act of [() => disk.makeDir("deep/er"), () => disk.write("file", ""), () => disk.append("some/file", ""), () => openDisk(root, `${root}/build/.tg`).clockMs()]) {
    assert.throws(act, { errno: "ENOENT" });
    assert.equal(fs.existsSync(root), false);
  }
});
