// The Disk of this machine, over synchronous node:fs. Knows house paths and errno names; no task, no state file.
import * as fs from "node:fs";
import { parentOf, type FilePath } from "../model/path.ts";
import { DiskError } from "../model/ports.ts";
import type { Disk, Listing } from "../model/ports.ts";
import type { FileKind } from "../model/state.ts";
import { makeFolders } from "../folders.ts";
import { attempt, errnoOf, gone, withParents } from "./attempt.ts";
import { deniedAt } from "./denied.ts";
import { openClock } from "./clock.ts";
import { kindOfMode, lookAt, statOf, unlink } from "./stat.ts";
import { openHashers, type Hashers, type HasherOptions } from "./hashers.ts";
import type { HelperOptions } from "./thread.ts";
import { openCalls, usualCalls, type ReadCalls } from "./reading.ts";
import { enter, leave, sweepRows } from "./sweep.ts";
import { copyTree, openFolders, removeTree } from "./tree.ts";

const SMALL = 64 * 1024;
/** Piece size for a large file: still in the processor's cache when it is hashed; pieces of 1 MB cost a tenth more (docs/performance.md). */
const PIECE = 256 * 1024;
/** From this size on, sharing the work with other threads pays off. */
const LARGE = 32 * 1024 * 1024;
/** Most bytes read by one call if a file is read whole. */
const ONE_READ = 64 * 1024 * 1024;
/** A FIFO without a writer would block a plain open for ever; with O_NONBLOCK its kind can be checked first. */
const READ = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK;
/** To one that nobody reads, which a link may lead to, it is an error (ENXIO). */
const WRITE = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_TRUNC | fs.constants.O_NONBLOCK;
/** The first read after an edit would have the kernel write the file's access time: a fifth of what reading a small one costs (docs/performance.md). Linux alone. */
const UNNOTED = fs.constants.O_NOATIME ?? 0;
/** How far behind the process clock the filesystem's is assumed to be, if it must not be written to. */
const READONLY_LAG_MS = 20;

export interface DiskOptions {
  /** Never writes: `clockMs` is then a cautious guess. */
  readonly readonly?: boolean;
  /** A second thread for large sweeps. */
  readonly helper?: HelperOptions;
  /** Threads that hash. */
  readonly hashers?: HasherOptions;
}

/** `root` and `stateDir` are absolute. The state folder is created by the first `clockMs`, not before. */
export function openDisk(root: string, stateDir: string, options: DiskOptions = {}): Disk {
  const fromTop = root === "/" ? "/" : root + "/";
  let prefix = fromTop;
  const full = (path: string): string => (path === "" ? root : path.charCodeAt(0) === 47 ? path : prefix + path);
  const clock = options.readonly === true ? { now: () => Date.now() - READONLY_LAG_MS, fineDevice: () => null } : openClock(stateDir, root);
  let opened: Hashers | null = null;
  const { hashers } = options;
  const open = (): Hashers => (opened ??= openHashers(root, hashers!));
  const late = hashers === undefined ? null : { files: hashers.files, bytes: hashers.bytes, open };
  const buffers: Buffers = { small: Buffer.allocUnsafeSlow(SMALL), large: null, flags: READ | UNNOTED, calls: usualCalls, count: 0 };
  return {
    root,
    lstat: (path) => statOf("lstat", full(path), path),
    stat: (path) => statOf("stat", full(path), path),
    sweep: (table, ids, seen) => sweepRows({ root, helper: options.helper ?? null, hashers: late }, table, ids, seen),
    inRoot: (act) => {
      const back = enter(root);
      if (back === null) return act();
      prefix = "";
      try {
        act();
      } finally {
        prefix = fromTop;
        leave(back);
      }
    },
    readLink: (path) => attempt(path, () => fs.readlinkSync(full(path))),
    list: (path) => listOf(full(path), path),
    read: (path) => attempt(path, () => readWhole(full(path))),
    readPieces: (path, take, expectedBytes) => readPieces(full(path), path, { take, buffers, expectedBytes }),
    readRange: (path, range, take) => readRange(full(path), path, { take, buffers, ...range }),
    deniedAt: (path) => deniedAt(path, full),
    hashing: (path, size) => (size < LARGE || late === null ? null : late.open().one(path, size)),
    write: (path, content) => attempt(path, () => writeWhole(full(path), root, content)),
    append: (path, text) => attempt(path, () => withParents(full(path), root, () => fs.appendFileSync(full(path), text))),
    makeDir: (path) => attempt(path, () => makeDir(full(path), root)),
    remove: (path) => gone(path, () => unlink(full(path))),
    removeTree: (path) => attempt(path, () => lookAt("lstat", guardRoot(full(path), root)) === undefined || removeTree(full(path))),
    removeDir: (path) => gone(path, () => fs.rmdirSync(guardRoot(full(path), root)), "ENOTEMPTY", "EEXIST"),
    move: (from, to, owned) => attempt(from, () => openingFor(full(from), owned === undefined ? null : full(owned), () => moveTo(full(from), full(to), { root, blocker: () => blockerOf(to, full) }))),
    copy: (from, to) => attempt(from, () => (removeTree(full(to)), withParents(full(to), root, () => copyTree(full(from), full(to))))),
    clockMs: clock.now,
    fineDevice: clock.fineDevice,
  };
}

/** A file in the place of a folder is reported as such, whatever mkdir calls it. */
function makeDir(full: string, root: string): void {
  try {
    makeFolders(full, root);
  } catch (error) {
    throw errnoOf(error) === "EEXIST" ? Object.assign(new Error(full), { code: "ENOTDIR" }) : error;
  }
}

function guardRoot(path: string, root: string): string {
  if (path === root || path === "/" || root.startsWith(path + "/")) throw new Error(`refusing to remove ${path}: the root is in it`);
  return path;
}

function kindOfEntry(dir: string, entry: fs.Dirent): FileKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "dir";
  if (entry.isSymbolicLink()) return "link";
  // For other kinds Deno's listing is wrong.
  return lookAt("lstat", `${dir}/${entry.name}`)?.kind ?? "absent";
}

function listOf(full: string, path: string): Listing | null {
  try {
    const entries = fs.readdirSync(full, { withFileTypes: true });
    // U+FFFD stands for bytes that are not UTF-8, or (rarely) for itself: only the bytes tell.
    if (entries.some((entry) => entry.name.includes("\ufffd"))) return listBytes(full);
    return sorted(full, entries);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return null;
    if (errno === "") throw error;
    throw new DiskError(path, errno);
  }
}

function sorted(dir: string, entries: fs.Dirent[]): Listing {
  entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const names = new Array<string>(entries.length);
  const kinds = new Array<FileKind>(entries.length);
  for (let i = 0; i < entries.length; i++) {
    names[i] = entries[i]!.name;
    kinds[i] = kindOfEntry(dir, entries[i]!);
  }
  return { names, kinds, bad: [] };
}

/** By its name in bytes; Deno's stat takes none, and then it counts as a file. */
function isFolder(full: string, name: Buffer): boolean {
  try {
    return fs.statSync(Buffer.concat([Buffer.from(full + "/"), name])).isDirectory();
  } catch {
    return false;
  }
}

/** Rare, and Bun and Deno give no Dirents with bytes: one stat per name. Deno gives no bytes at all. */
function listBytes(full: string): Listing {
  const good: [name: string, kind: FileKind][] = [];
  const bad: string[] = [];
  for (const bytes of fs.readdirSync(full, { encoding: "buffer" })) {
    const name = bytes.toString("utf8");
    const found = Buffer.from(name, "utf8").equals(bytes) ? lookAt("lstat", `${full}/${name}`) : undefined;
    if (found !== undefined) good.push([name, found.kind]);
    else if (name.includes("\ufffd")) bad.push(bytes.toString("latin1") + (isFolder(full, bytes) ? "/" : ""));
  }
  good.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { names: good.map(([name]) => name), kinds: good.map(([, kind]) => kind), bad: bad.sort() };
}

/** Opens a regular file; anything else is EISDIR or EINVAL. */
function openFile(full: string): { readonly fd: number; readonly size: number } {
  const fd = fs.openSync(full, READ);
  try {
    return { fd, size: mustBeFile(fd) };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

/** Its size. */
function mustBeFile(fd: number): number {
  const found = fs.fstatSync(fd);
  const kind = kindOfMode(found.mode);
  if (kind === "file") return found.size;
  throw Object.assign(new Error(kind), { code: kind === "dir" ? "EISDIR" : "EINVAL" });
}

function readWhole(full: string): Uint8Array {
  const { fd, size } = openFile(full);
  try {
    // One byte more than the size reveals a file that grew; files in /proc report 0.
    let memory = Buffer.allocUnsafeSlow(Math.max(size + 1, 4096));
    for (let filled = 0; ; ) {
      const got = fs.readSync(fd, memory, filled, Math.min(memory.length - filled, ONE_READ), null);
      if (got === 0) return memory.subarray(0, filled);
      filled += got;
      if (filled === memory.length) memory = Buffer.concat([memory, Buffer.allocUnsafeSlow(memory.length)]);
    }
  } finally {
    fs.closeSync(fd);
  }
}

interface Buffers {
  readonly small: Buffer;
  large: Buffer | null;
  /** How small files are opened. */
  flags: number;
  calls: ReadCalls;
  /** How many have been read. */
  count: number;
}

/** From this many small files on, finding cheaper calls pays. */
const MANY = 100;

interface Taking {
  readonly take: (piece: Uint8Array) => void;
  readonly buffers: Buffers;
  readonly expectedBytes: number | undefined;
}

/** Errors of `take` are the caller's and pass through, whatever their code. */
function readPieces(full: string, path: string, { take, buffers, expectedBytes }: Taking): number {
  if (expectedBytes !== undefined && expectedBytes > 0 && expectedBytes < SMALL && isReadAtOnce(full, buffers, expectedBytes)) {
    take(new Uint8Array(buffers.small.buffer, 0, expectedBytes));
    return expectedBytes;
  }
  const { fd, size } = attempt(path, () => openFile(full));
  try {
    const memory = size <= SMALL ? buffers.small : (buffers.large ??= Buffer.allocUnsafeSlow(PIECE));
    for (let total = 0; ; ) {
      const got = attempt(path, () => fs.readSync(fd, memory, 0, memory.length, null));
      if (got > 0) take(got === memory.length ? memory : memory.subarray(0, got));
      total += got;
      // A short read of a regular file is its end.
      if (got < memory.length) return total;
    }
  } finally {
    fs.closeSync(fd);
  }
}

interface Range extends Omit<Taking, "expectedBytes"> {
  readonly from: number;
  readonly bytes: number;
}

function readRange(full: string, path: string, { take, buffers, from, bytes }: Range): number {
  const { fd } = attempt(path, () => openFile(full));
  try {
    const memory = (buffers.large ??= Buffer.allocUnsafeSlow(PIECE));
    for (let total = 0; ; ) {
      const wanted = Math.min(memory.length, bytes - total);
      const got = wanted === 0 ? 0 : attempt(path, () => fs.readSync(fd, memory, 0, wanted, from + total));
      if (got > 0) take(memory.subarray(0, got));
      total += got;
      if (got < memory.length) return total;
    }
  } finally {
    fs.closeSync(fd);
  }
}

/** For a file whose stat is known: reads it without another stat. false: it is something else now, or reading fails. */
function isReadAtOnce(full: string, buffers: Buffers, bytes: number): boolean {
  if (++buffers.count === MANY) buffers.calls = openCalls();
  const { calls } = buffers;
  let fd = -1;
  try {
    fd = calls.open(full, buffers.flags, 0o666);
    return calls.read(fd, buffers.small, 0, SMALL, -1) === bytes;
  } catch (error) {
    // Only the owner of a file may read it without a trace.
    if (errnoOf(error) === "EPERM") buffers.flags = READ;
    // A caller that stats it first gets the same error.
    return false;
  } finally {
    if (fd >= 0) calls.close(fd);
  }
}

function writeWhole(full: string, root: string, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  withParents(full, root, () => {
    const fd = fs.openSync(full, WRITE);
    try {
      fs.writeFileSync(fd, bytes);
    } finally {
      fs.closeSync(fd);
    }
  });
}

/** Takes `path` away; where that is refused and it lies in `owned`, once more with the folders between open. */
function openingFor(path: string, owned: string | null, take: () => void): void {
  try {
    take();
  } catch (error) {
    if (owned === null || !["EACCES", "EPERM"].includes(errnoOf(error) ?? "")) throw error;
    openFolders(owned, path);
    take();
  }
}

function moveTo(from: string, to: string, { root, blocker }: { readonly root: string; readonly blocker: () => string }): void {
  try {
    withParents(to, root, () => fs.renameSync(from, to));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOTDIR" || errno === "EEXIST") throw new DiskError(blocker(), "ENOTDIR");
    if (errno !== "EXDEV") throw error;
    removeTree(to);
    copyTree(from, to);
    removeTree(from);
  }
}

/** The component above `path` that is not a folder. */
function blockerOf(path: string, full: (path: string) => string): string {
  for (let at = parentOf(path as FilePath); at !== "" && at !== "/"; at = parentOf(at)) {
    const { kind } = statOf("stat", full(at), at);
    if (kind !== "absent") return kind === "dir" ? path : at;
  }
  return path;
}
