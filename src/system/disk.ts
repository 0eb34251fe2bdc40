// The Disk of this machine, over synchronous node:fs. Knows house paths and errno names; no task, no state file.
import * as fs from "node:fs";
import { DiskError } from "../model/ports.ts";
import type { Disk, Listing } from "../model/ports.ts";
import type { FileKind, FileStat } from "../model/state.ts";
import { FIELD, msOf, openFields } from "./fields.ts";
import type { HelperOptions } from "./thread.ts";
import { sweepRows } from "./sweep.ts";
import { copyTree, removeTree } from "./tree.ts";

const SMALL = 64 * 1024;
const LARGE = 1024 * 1024;
/** A FIFO with no writer would block a plain open for ever; with O_NONBLOCK the kind can be looked at first. */
const READ = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK;
/** How far behind the process clock a clock that must not write is taken to be. */
const READONLY_LAG_MS = 20;

const NOTHING: FileStat = Object.freeze({ kind: "absent", size: 0, mtimeMs: 0, ctimeMs: 0, ino: 0, dev: 0, mode: 0 });

export interface DiskOptions {
  /** Promise to write nothing by itself: `clockMs` is then a careful guess. */
  readonly readonly?: boolean;
  /** A second thread for large sweeps. */
  readonly helper?: HelperOptions;
}

/** `root` and `stateDir` are absolute. The state folder is created by the first `clockMs`, not before. */
export function openDisk(root: string, stateDir: string, options: DiskOptions = {}): Disk {
  const prefix = root === "/" ? "/" : root + "/";
  const full = (path: string): string => (path === "" ? root : path.charCodeAt(0) === 47 ? path : prefix + path);
  const buffers: Buffers = { small: Buffer.allocUnsafeSlow(SMALL), large: null };
  return {
    root,
    lstat: (path) => statOf("lstat", full(path), path),
    stat: (path) => statOf("stat", full(path), path),
    sweep: (table, ids, seen) => sweepRows({ root, helper: options.helper ?? null }, table, ids, seen),
    readLink: (path) => attempt(path, () => fs.readlinkSync(full(path))),
    list: (path) => listOf(full(path), path),
    read: (path) => attempt(path, () => readWhole(full(path))),
    readPieces: (path, take) => readPieces(full(path), path, { take, buffers }),
    write: (path, content) => attempt(path, () => writeWhole(full(path), content)),
    append: (path, text) => attempt(path, () => withParents(full(path), () => fs.appendFileSync(full(path), text))),
    makeDir: (path) => attempt(path, () => makeDir(full(path))),
    remove: (path) => gone(path, () => unlink(full(path))),
    removeTree: (path) => attempt(path, () => removeTree(guardRoot(full(path), root))),
    removeDir: (path) => gone(path, () => fs.rmdirSync(guardRoot(full(path), root)), "ENOTEMPTY", "EEXIST"),
    move: (from, to) => attempt(from, () => moveTo(full(from), full(to))),
    clockMs: options.readonly === true ? () => Date.now() - READONLY_LAG_MS : openClock(stateDir),
  };
}

/** The errno name of a failed call; `EINVAL` for what Node itself refuses (a NUL in a path). */
export function errnoOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : typeof code === "string" && code.startsWith("ERR_INVALID") ? "EINVAL" : "";
}

/** Runs a disk call; what the machine refuses becomes a DiskError, anything else is a bug and passes. */
function attempt<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const errno = errnoOf(error);
    if (error instanceof DiskError || errno === "") throw error;
    throw new DiskError(path, errno);
  }
}

/** Like `attempt` for removals: false when there was nothing, or when one of `excused` says why it stays. */
function gone(path: string, call: () => boolean | void, ...excused: readonly string[]): boolean {
  try {
    return call() !== false;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR" || excused.includes(errno)) return false;
    if (errno === "") throw error;
    throw new DiskError(path, errno);
  }
}

/** false: there is nothing, which an error would take longer to say. Deno's unlink takes empty folders away too. */
function unlink(full: string): boolean {
  const found = fs.lstatSync(full, QUIET);
  if (found === undefined) return false;
  if (found.isDirectory()) throw Object.assign(new Error(full), { code: "EISDIR" });
  fs.unlinkSync(full);
  return true;
}

/** What stands in the way of a folder is no folder, whatever mkdir calls it. */
function makeDir(full: string): void {
  try {
    fs.mkdirSync(full, { recursive: true });
  } catch (error) {
    throw errnoOf(error) === "EEXIST" ? Object.assign(new Error(full), { code: "ENOTDIR" }) : error;
  }
}

function guardRoot(path: string, root: string): string {
  if (path === root || path === "/" || root.startsWith(path + "/")) throw new Error(`refusing to remove ${path}: the root is in it`);
  return path;
}

const QUIET: { throwIfNoEntry: false } = { throwIfNoEntry: false };

function statOf(call: "lstat" | "stat", full: string, path: string): FileStat {
  let found: FileStat | undefined;
  try {
    const fields = openFields();
    // It would cut a path at a NUL.
    if (fields !== null && !full.includes("\0")) found = fromFields(fields[call](full, false, undefined, false));
    else found = toFileStat(call === "lstat" ? fs.lstatSync(full, QUIET) : fs.statSync(full, QUIET));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return NOTHING;
    if (errno === "") throw error;
    throw new DiskError(path, errno);
  }
  return found ?? NOTHING;
}

function fromFields(found: Float64Array | undefined): FileStat | undefined {
  if (found === undefined) return undefined;
  const mode = found[FIELD.mode]!;
  return { kind: kindOfMode(mode), size: found[FIELD.size]!, mtimeMs: msOf(found, FIELD.mtime), ctimeMs: msOf(found, FIELD.ctime), ino: found[FIELD.ino]!, dev: found[FIELD.dev]!, mode: mode & 0o7777, names: found[FIELD.nlink]! };
}

function toFileStat(found: fs.Stats | undefined): FileStat | undefined {
  return found === undefined ? undefined : {
    kind: kindOfMode(found.mode),
    size: found.size,
    mtimeMs: found.mtimeMs,
    ctimeMs: found.ctimeMs,
    ino: found.ino,
    dev: found.dev,
    mode: found.mode & 0o7777,
    names: found.nlink,
  };
}

function kindOfMode(mode: number): FileKind {
  switch (mode & fs.constants.S_IFMT) {
    case fs.constants.S_IFREG: return "file";
    case fs.constants.S_IFDIR: return "dir";
    case fs.constants.S_IFLNK: return "link";
    case fs.constants.S_IFIFO: return "fifo";
    case fs.constants.S_IFSOCK: return "socket";
    default: return "device";
  }
}

function kindOfEntry(dir: string, entry: fs.Dirent): FileKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "dir";
  if (entry.isSymbolicLink()) return "link";
  // What Deno says of the others in a listing is not true.
  const found = fs.lstatSync(`${dir}/${entry.name}`, QUIET);
  return found === undefined ? "absent" : kindOfMode(found.mode);
}

function listOf(full: string, path: string): Listing | null {
  try {
    const entries = fs.readdirSync(full, { withFileTypes: true });
    // U+FFFD stands for bytes that are no UTF-8, or (rarely) for itself: only the bytes tell.
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

/** By its bytes; Deno's stat takes none, and then it counts as a file. */
function isFolder(full: string, name: Buffer): boolean {
  try {
    return fs.statSync(Buffer.concat([Buffer.from(full + "/"), name])).isDirectory();
  } catch {
    return false;
  }
}

/** Rare, and Bun and Deno give no Dirents with bytes: a stat for each name. Deno gives no bytes at all. */
function listBytes(full: string): Listing {
  const good: [name: string, kind: FileKind][] = [];
  const bad: string[] = [];
  for (const bytes of fs.readdirSync(full, { encoding: "buffer" })) {
    const name = bytes.toString("utf8");
    const found = Buffer.from(name, "utf8").equals(bytes) ? fs.lstatSync(`${full}/${name}`, QUIET) : undefined;
    if (found !== undefined) good.push([name, kindOfMode(found.mode)]);
    else if (name.includes("\ufffd")) bad.push(bytes.toString("latin1") + (isFolder(full, bytes) ? "/" : ""));
  }
  good.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { names: good.map(([name]) => name), kinds: good.map(([, kind]) => kind), bad: bad.sort() };
}

/** Opens a regular file; anything else is EISDIR or EINVAL. */
function openFile(full: string): { readonly fd: number; readonly size: number } {
  const fd = fs.openSync(full, READ);
  const found = fs.fstatSync(fd);
  const kind = kindOfMode(found.mode);
  if (kind === "file") return { fd, size: found.size };
  fs.closeSync(fd);
  throw Object.assign(new Error(kind), { code: kind === "dir" ? "EISDIR" : "EINVAL" });
}

function readWhole(full: string): Uint8Array {
  const { fd, size } = openFile(full);
  try {
    // One byte more than the size shows a file that grew; files of /proc say 0.
    let memory = Buffer.allocUnsafeSlow(Math.max(size + 1, 4096));
    for (let filled = 0; ; ) {
      const got = fs.readSync(fd, memory, filled, Math.min(memory.length - filled, LARGE * 64), null);
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
}

interface Taking {
  readonly take: (piece: Uint8Array) => void;
  readonly buffers: Buffers;
}

/** Errors of `take` are the caller's and pass as they are, whatever their code. */
function readPieces(full: string, path: string, { take, buffers }: Taking): number {
  const { fd, size } = attempt(path, () => openFile(full));
  try {
    const memory = size <= SMALL ? buffers.small : (buffers.large ??= Buffer.allocUnsafeSlow(LARGE));
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

function parentOf(full: string): string {
  return full.slice(0, Math.max(full.lastIndexOf("/"), 1));
}

/** Runs `call` again after making the parents of `target`, if they were missing. */
function withParents(target: string, call: () => void): void {
  try {
    call();
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    fs.mkdirSync(parentOf(target), { recursive: true });
    call();
  }
}

function writeWhole(full: string, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  withParents(full, () => fs.writeFileSync(full, bytes));
}

function moveTo(from: string, to: string): void {
  try {
    withParents(to, () => fs.renameSync(from, to));
  } catch (error) {
    if (errnoOf(error) !== "EXDEV") throw error;
    removeTree(to);
    copyTree(from, to);
    removeTree(from);
  }
}

/** The filesystem's clock: one byte written over itself, and the time stamp it got. */
function openClock(stateDir: string): () => number {
  const path = stateDir + "/clock";
  const byte = Buffer.from("c");
  const flags = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_NONBLOCK;
  let asked = false;
  // Opened anew each time (15 µs): who opens many projects in one process must not run out of descriptors.
  return () => attempt(path, () => {
    let fd = -1;
    const open = (): void => void (fd = fs.openSync(path, flags, 0o666));
    try {
      withParents(path, open);
    } catch (error) {
      // A FIFO, a socket or a link that leads nowhere stands in the way: nothing that anybody needs.
      if (!["ENXIO", "ENOENT"].includes(errnoOf(error))) throw error;
      unlink(path);
      open();
    }
    try {
      // A file nobody has asked about gets the kernel's coarse time; asked once, its next stamp is a fine one.
      for (let writes = asked ? 1 : 2; ; writes--) {
        fs.writeSync(fd, byte, 0, 1, 0);
        const { mtimeMs } = fs.fstatSync(fd);
        asked = true;
        if (writes === 1) return mtimeMs;
      }
    } finally {
      fs.closeSync(fd);
    }
  });
}
