// What every Disk promises. Run with `diskContract(name, open)`.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import process from "node:process";
import { DiskError } from "../../src/model/ports.ts";
import type { Disk } from "../../src/model/ports.ts";
import { FileTable, KIND, MARK, RACY } from "../../src/model/table.ts";

/** An empty disk, and ways to put on it what a Disk itself cannot make. */
export interface DiskStage {
  readonly disk: Disk;
  symlink(path: string, target: string): void;
  fifo(path: string): void;
  chmod(path: string, mode: number): void;
}

type Open = () => DiskStage;

export function diskContract(name: string, open: Open): void {
  describe(name, () => {
    looking(open);
    reading(open);
    writing(open);
    removing(open);
    moving(open);
    times(open);
    sweeping(open);
  });
}

function sweeping(open: Open): void {
  /** A table that says of each path what is there now. */
  const tableOf = (disk: Disk, paths: readonly string[]): FileTable => {
    const table = FileTable.empty();
    for (const path of paths) {
      const id = table.idOf(path);
      const stat = path.endsWith("/") ? disk.stat(path === "./" ? "" : path.slice(0, -1)) : disk.lstat(path);
      table.columns.kind[id] = stat.kind === "absent" ? KIND.absent : stat.kind === "file" ? KIND.file : path.endsWith("/") ? KIND.listing : KIND.dir;
      if (stat.kind !== "absent") table.setStat(id, stat);
    }
    return table;
  };
  const PATHS = ["a.txt", "d/b.txt", "none", "d", "d/", "./", "gone/"];
  const seen = (disk: Disk, table: FileTable): string[] => {
    const marks = new Uint8Array(table.columns.kind.length);
    disk.sweep(table, PATHS.map((_, id) => id), marks);
    return PATHS.filter((_, id) => marks[id] === 1);
  };

  test("a sweep proves what is the same, and nothing else", () => {
    const { disk, chmod } = open();
    disk.write("a.txt", "1");
    disk.write("d/b.txt", "2");
    const table = tableOf(disk, PATHS);
    assert.deepEqual(seen(disk, table), PATHS);
    for (const name of ["mtimeMs", "ctimeMs", "size", "ino", "dev", "mode"] as const) {
      const other = tableOf(disk, PATHS);
      for (let id = 0; id < PATHS.length; id++) other.columns[name][id]! += 1;
      assert.deepEqual(seen(disk, other), ["none", "d", "gone/"], name);
    }
    const racy = tableOf(disk, PATHS);
    racy.columns.flags.fill(RACY);
    assert.deepEqual(seen(disk, racy), []);
    chmod("a.txt", 0o755);
    disk.remove("d/b.txt");
    disk.write("none", "");
    disk.makeDir("gone");
    const left = seen(disk, table);
    for (const path of ["a.txt", "d/b.txt", "none", "gone/"]) assert.ok(!left.includes(path), path);
  });

  test("a sweep has the stat of a file that is new, or was not there", () => {
    const { disk, symlink } = open();
    disk.write("a.txt", "12");
    disk.makeDir("d");
    symlink("link", "a.txt");
    const table = FileTable.empty();
    const ids = ["a.txt", "came", "d", "link", "none", "d/", "a.txt/"].map((path) => table.idOf(path));
    table.columns.kind[1] = KIND.absent;
    disk.write("came", "");
    const marks = new Uint8Array(table.columns.kind.length);
    disk.sweep(table, ids, marks);
    assert.deepEqual(ids.map((id) => marks[id]), [MARK.news, MARK.news, ...ids.slice(2).map(() => MARK.open)]);
    for (const [id, path] of ["a.txt", "came"].entries()) {
      const { size, mtimeMs, ctimeMs, ino, dev } = table.newsOf(id);
      const stat = disk.lstat(path);
      assert.deepEqual([size, mtimeMs, ctimeMs, ino, dev], [stat.size, stat.mtimeMs, stat.ctimeMs, stat.ino, stat.dev]);
    }
  });

  test("a sweep tells kinds apart, and leaves the working directory as it was", () => {
    const { disk, symlink } = open();
    const here = process.cwd();
    disk.write("a.txt", "1");
    disk.write("d/b.txt", "2");
    const table = tableOf(disk, PATHS);
    disk.remove("a.txt");
    symlink("a.txt", "d/b.txt");
    disk.removeTree("d");
    disk.write("d", "a file now");
    const left = seen(disk, table);
    for (const path of ["a.txt", "d/b.txt", "d", "d/"]) assert.ok(!left.includes(path), path);
    assert.equal(process.cwd(), here);
  });
}

function refuses(call: () => unknown, path: string, ...errnos: string[]): void {
  assert.throws(call, (error) => error instanceof DiskError && error.path === path && errnos.includes(error.errno));
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");

function looking(open: Open): void {
  test("what is not there is absent", () => {
    const { disk } = open();
    disk.write("file", "x");
    for (const path of ["none", "none/below", "file/below"]) {
      assert.equal(disk.lstat(path).kind, "absent");
      assert.equal(disk.stat(path).kind, "absent");
      assert.equal(disk.list(path), null);
    }
    assert.equal(disk.list("file"), null);
  });

  test("a file has a size and permissions, a folder is a folder", () => {
    const { disk, chmod } = open();
    disk.write("a/b.txt", "häh");
    const stat = disk.lstat("a/b.txt");
    assert.deepEqual([stat.kind, stat.size], ["file", 4]);
    chmod("a/b.txt", 0o4751);
    assert.equal(disk.lstat("a/b.txt").mode, 0o4751);
    assert.equal(disk.lstat("a").kind, "dir");
    assert.equal(disk.lstat("").kind, "dir");
    assert.notEqual(disk.lstat("a").ino, stat.ino);
    assert.equal(disk.lstat("a").dev, stat.dev);
  });

  test("house paths lie below the root, absolute ones where they say", () => {
    const { disk } = open();
    disk.write("a/b", "one");
    assert.equal(disk.lstat(`${disk.root}/a/b`).ino, disk.lstat("a/b").ino);
    assert.equal(disk.lstat(disk.root).ino, disk.lstat("").ino);
    disk.write(`${disk.root}/c`, "two");
    assert.equal(text(disk.read("c")), "two");
    assert.equal(disk.stat("/").kind, "dir");
  });

  test("lstat sees a link, stat what it leads to", () => {
    const { disk, symlink } = open();
    disk.write("dir/file", "x");
    symlink("to-file", "dir/file");
    symlink("to-dir", "dir");
    symlink("dir/up", "../dir/file");
    symlink("nowhere", "gone");
    assert.deepEqual(["to-file", "to-dir", "nowhere"].map((path) => disk.lstat(path).kind), ["link", "link", "link"]);
    assert.deepEqual(["to-file", "to-dir", "nowhere", "dir/up"].map((path) => disk.stat(path).kind), ["file", "dir", "absent", "file"]);
    assert.deepEqual(["to-file", "dir/up", "nowhere"].map((path) => disk.readLink(path)), ["dir/file", "../dir/file", "gone"]);
    assert.equal(disk.lstat("to-dir/file").kind, "file");
    refuses(() => disk.readLink("dir"), "dir", "EINVAL");
    refuses(() => disk.readLink("none"), "none", "ENOENT");
  });

  test("links in a circle are an error, not an absence", () => {
    const { disk, symlink } = open();
    symlink("a", "b");
    symlink("b", "a");
    assert.equal(disk.lstat("a").kind, "link");
    refuses(() => disk.stat("a"), "a", "ELOOP");
    refuses(() => disk.lstat("a/x"), "a/x", "ELOOP");
    refuses(() => disk.list("a"), "a", "ELOOP");
    refuses(() => disk.read("a"), "a", "ELOOP");
  });

  test("a folder is listed by code unit with kinds", () => {
    const { disk, symlink, fifo } = open();
    for (const name of ["b", "Z", "ä", "\u{1f600}", "\uff5e", "a b", ".dot", "10", "9"]) disk.write(`d/${name}`, "");
    disk.makeDir("d/sub");
    symlink("d/link", "sub");
    fifo("d/pipe");
    const listing = disk.list("d")!;
    assert.deepEqual(listing.names, [".dot", "10", "9", "Z", "a b", "b", "link", "pipe", "sub", "ä", "\u{1f600}", "\uff5e"]);
    assert.deepEqual(listing.kinds, ["file", "file", "file", "file", "file", "file", "link", "fifo", "dir", "file", "file", "file"]);
    assert.deepEqual(listing.bad, []);
    symlink("to-d", "d");
    assert.deepEqual(disk.list("to-d"), listing);
    disk.makeDir("empty");
    assert.deepEqual(disk.list("empty"), { names: [], kinds: [], bad: [] });
  });
}

function reading(open: Open): void {
  test("a file is read whole and in pieces, whatever its size", () => {
    const { disk } = open();
    for (const size of [0, 1, 65_535, 65_536, 65_537, 262_144, 1_048_576, 2_500_001]) {
      const bytes = Buffer.alloc(size);
      for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 9)) & 255;
      disk.write("file", bytes);
      assert.ok(bytes.equals(disk.read("file")), `read ${size}`);
      const pieces: Buffer[] = [];
      assert.equal(disk.readPieces("file", (piece) => pieces.push(Buffer.from(piece))), size);
      assert.ok(pieces.every((piece) => piece.length > 0));
      assert.ok(bytes.equals(Buffer.concat(pieces)), `pieces ${size}`);
      for (const [from, wanted] of [[0, size], [1, size], [65_535, 262_146], [size, 1]] as const) {
        const parts: Buffer[] = [];
        const expected = bytes.subarray(from, from + wanted);
        assert.equal(disk.readRange("file", { from, bytes: wanted }, (part) => parts.push(Buffer.from(part))), expected.length);
        assert.ok(expected.equals(Buffer.concat(parts)), `${wanted} of ${size} from ${from}`);
      }
    }
  });

  test("what was read stays as it was when the file changes or another is read", () => {
    const { disk } = open();
    disk.write("a", "aaaa");
    disk.write("b", "bbbb");
    const a = disk.read("a");
    disk.read("b");
    disk.write("a", "cccc");
    assert.equal(text(a), "aaaa");
  });

  test("only regular files are read", () => {
    const { disk, fifo, symlink } = open();
    disk.makeDir("dir");
    fifo("pipe");
    symlink("to-pipe", "pipe");
    for (const read of [(path: string) => void disk.read(path), (path: string) => void disk.readPieces(path, () => {}), (path: string) => void disk.readRange(path, { from: 0, bytes: 1 }, () => {})]) {
      refuses(() => read("none"), "none", "ENOENT");
      refuses(() => read("dir"), "dir", "EISDIR");
      refuses(() => read("pipe"), "pipe", "EINVAL");
      refuses(() => read("to-pipe"), "to-pipe", "EINVAL");
    }
  });

  test("an error of the taker is the taker's", () => {
    const { disk } = open();
    disk.write("file", "x");
    const mine = Object.assign(new Error("mine"), { code: "ENOENT" });
    assert.throws(() => disk.readPieces("file", () => { throw mine; }), (error) => error === mine);
    assert.equal(text(disk.read("file")), "x");
  });
}

function writing(open: Open): void {
  test("a write makes parents and replaces all that was there", () => {
    const { disk, symlink, chmod } = open();
    disk.write("a/b/c/d", "a longer text");
    chmod("a/b/c/d", 0o755);
    disk.write("a/b/c/d", "short");
    assert.equal(text(disk.read("a/b/c/d")), "short");
    assert.equal(disk.lstat("a/b/c/d").mode, 0o755);
    symlink("link", "a/b/c/d");
    disk.write("link", "through");
    assert.equal(text(disk.read("a/b/c/d")), "through");
  });

  test("append adds to the end, and makes the file with its parents", () => {
    const { disk } = open();
    disk.append("a/b", "one ");
    disk.append("a/b", "twö");
    assert.equal(text(disk.read("a/b")), "one twö");
    refuses(() => disk.append("a", "x"), "a", "EISDIR");
  });

  test("a write where there is a folder, or where a parent is a file, fails", () => {
    const { disk } = open();
    disk.write("dir/file", "x");
    refuses(() => disk.write("dir", "x"), "dir", "EISDIR");
    refuses(() => disk.write("dir/file/below", "x"), "dir/file/below", "ENOTDIR");
    assert.equal(text(disk.read("dir/file")), "x");
  });

  test("makeDir makes parents, twice is once, a file in the way is an error", () => {
    const { disk } = open();
    disk.makeDir("a/b/c");
    disk.makeDir("a/b/c");
    disk.makeDir("");
    assert.equal(disk.lstat("a/b/c").kind, "dir");
    disk.write("file", "x");
    refuses(() => disk.makeDir("file"), "file", "ENOTDIR");
  });
}

function removing(open: Open): void {
  test("remove takes a file or a link away and says whether there was one", () => {
    const { disk, symlink } = open();
    disk.write("a/file", "x");
    symlink("link", "a");
    assert.deepEqual([disk.remove("link"), disk.remove("link"), disk.remove("a/file/below"), disk.remove("none/below")], [true, false, false, false]);
    assert.equal(text(disk.read("a/file")), "x");
    refuses(() => disk.remove("a"), "a", "EISDIR", "EPERM");
    assert.equal(disk.remove("a/file"), true);
    assert.equal(disk.lstat("a/file").kind, "absent");
  });

  test("removeTree takes all below and follows no link", () => {
    const { disk, symlink } = open();
    disk.write("keep/file", "kept");
    disk.write("tree/a/b/c", "x");
    disk.write("tree/d", "x");
    symlink("tree/a/out", "../../keep");
    disk.removeTree("tree");
    assert.equal(disk.lstat("tree").kind, "absent");
    assert.equal(text(disk.read("keep/file")), "kept");
    symlink("link", "keep");
    disk.removeTree("link");
    assert.equal(disk.lstat("link").kind, "absent");
    assert.equal(text(disk.read("keep/file")), "kept");
    disk.removeTree("none");
    disk.removeTree("keep/file");
    assert.deepEqual(disk.list("keep")!.names, []);
  });

  test("removing the root or what is above it is a bug", () => {
    const { disk } = open();
    disk.write("file", "x");
    for (const path of ["", disk.root, "/", disk.root.slice(0, disk.root.lastIndexOf("/"))]) {
      assert.throws(() => disk.removeTree(path), (error) => !(error instanceof DiskError), path);
    }
    assert.equal(text(disk.read("file")), "x");
  });

  test("removeDir takes only empty folders", () => {
    const { disk } = open();
    disk.write("a/b/file", "x");
    disk.makeDir("a/empty");
    assert.deepEqual([disk.removeDir("a/empty"), disk.removeDir("a/empty"), disk.removeDir("a/b"), disk.removeDir("a/b/file")], [true, false, false, false]);
    assert.equal(text(disk.read("a/b/file")), "x");
  });
}

function moving(open: Open): void {
  test("a file moves with its mode, parents are made, what was there is replaced", () => {
    const { disk, chmod } = open();
    disk.write("a", "new");
    chmod("a", 0o755);
    disk.write("deep/er/b", "old");
    disk.move("a", "deep/er/b");
    disk.move("deep/er/b", "other/place/c");
    assert.equal(text(disk.read("other/place/c")), "new");
    assert.equal(disk.lstat("other/place/c").mode, 0o755);
    assert.deepEqual([disk.lstat("a").kind, disk.lstat("deep/er/b").kind], ["absent", "absent"]);
    disk.copy("other/place/c", "copies/c");
    assert.deepEqual([text(disk.read("other/place/c")), text(disk.read("copies/c"))], ["new", "new"]);
    refuses(() => disk.copy("none", "x"), "none", "ENOENT");
    refuses(() => disk.move("none", "x"), "none", "ENOENT");
  });

  test("a folder and a link move as they are", () => {
    const { disk, symlink } = open();
    disk.write("dir/sub/file", "x");
    symlink("link", "dir");
    disk.move("dir", "new/dir");
    disk.move("link", "new/link");
    assert.equal(text(disk.read("new/dir/sub/file")), "x");
    assert.deepEqual([disk.readLink("new/link"), disk.lstat("dir").kind, disk.lstat("link").kind], ["dir", "absent", "absent"]);
  });
}

function times(open: Open): void {
  test("the clock of the disk stands at or after what was written before it, and at or before what is written after it", () => {
    const { disk } = open();
    disk.clockMs();
    disk.write("a", "1");
    const clock = disk.clockMs();
    disk.write("b", "1");
    assert.ok(disk.lstat("a").mtimeMs <= clock && clock <= disk.clockMs(), "a");
    assert.ok(disk.lstat("b").mtimeMs >= clock, "b");
  });

  test("a change of content, mode or name shows in the times that tell of it", () => {
    const { disk, chmod } = open();
    disk.write("d/a", "1");
    const first = disk.lstat("d/a");
    const folder = disk.lstat("d");
    waitFor(disk, first.ctimeMs);
    disk.write("d/a", "2");
    const second = disk.lstat("d/a");
    assert.ok(second.mtimeMs > first.mtimeMs && second.ctimeMs > first.ctimeMs);
    assert.equal(second.ino, first.ino);
    assert.equal(disk.lstat("d").mtimeMs, folder.mtimeMs);
    waitFor(disk, second.ctimeMs);
    chmod("d/a", 0o600);
    const third = disk.lstat("d/a");
    assert.equal(third.mtimeMs, second.mtimeMs);
    assert.ok(third.ctimeMs > second.ctimeMs);
    disk.write("d/b", "");
    assert.ok(disk.lstat("d").mtimeMs > folder.mtimeMs);
    const before = disk.lstat("d").mtimeMs;
    waitFor(disk, before);
    disk.remove("d/b");
    assert.ok(disk.lstat("d").mtimeMs > before);
  });
}

/** Until the disk's clock is past `ms` and a time that is new by then shows (Deno cuts change times to seconds): ends at once on a disk with a fine clock, after a tick on others. */
function waitFor(disk: Disk, ms: number): void {
  const next = ms % 1000 === 0 ? ms + 999 : ms;
  while (disk.clockMs() <= next);
}
