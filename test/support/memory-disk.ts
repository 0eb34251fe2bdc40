// A Disk in memory whose clock moves one millisecond with every change, and which remembers what was read and written.
// Keeps the contract in test/contract/disk.ts.
import { DiskError } from "../../src/model/ports.ts";
import type { Disk, Listing } from "../../src/model/ports.ts";
import { byCodeUnit, normalizeText } from "../../src/model/path.ts";
import { sweepOf } from "./sweep.ts";
import type { FileKind, FileStat } from "../../src/model/state.ts";

export interface MemoryDisk extends Disk {
  /** Paths as they were given to `read` and `readPieces`, in order. */
  readonly reads: string[];
  /** Paths that were written, made, removed or moved (both ends), in order. The clock's file is not among them. */
  readonly writes: string[];
  now(): number;
  tick(ms: number): void;
  symlink(path: string, target: string): void;
  /** A FIFO, socket or device. */
  special(path: string, kind: FileKind): void;
  chmod(path: string, mode: number): void;
  utimes(path: string, mtimeMs: number): void;
  /** From now on every operation on the path itself fails with `errno`; null: no longer. */
  deny(path: string, errno: string | null): void;
  /** Content of all files below the root by house path, sorted. */
  files(): Record<string, string>;
}

interface Inode {
  readonly kind: FileKind;
  readonly ino: number;
  mode: number;
  mtimeMs: number;
  ctimeMs: number;
  bytes: Uint8Array;
  readonly target: string;
  readonly entries: Map<string, Inode>;
}

export interface MemoryDiskOptions {
  readonly root?: string;
  /** Files to begin with, by house path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly now?: number;
}

const NOTHING: FileStat = { kind: "absent", size: 0, mtimeMs: 0, ctimeMs: 0, ino: 0, dev: 0, mode: 0 };
const PIECE = 64 * 1024;
const MODES: Partial<Record<FileKind, number>> = { dir: 0o755, link: 0o777 };

/** Inodes by path. Every path here is absolute. */
class Tree {
  now: number;
  readonly denied = new Map<string, string>();
  private count = 1;
  private readonly top: Inode;

  constructor(now: number) {
    this.now = now;
    this.top = this.create("dir");
  }

  create(kind: FileKind, target = ""): Inode {
    return { kind, ino: this.count++, mode: MODES[kind] ?? 0o644, mtimeMs: this.now, ctimeMs: this.now, bytes: new Uint8Array(), target, entries: new Map() };
  }

  /** null: nothing there. Throws errno names: ELOOP, ENOTDIR, or what `denied` says. */
  find(path: string, follow: boolean, hops = 0): Inode | null {
    const denied = this.denied.get(path);
    if (denied !== undefined) throw new Errno(denied);
    const parts = path.split("/").filter((part) => part !== "");
    let at = this.top;
    for (let i = 0; i < parts.length; i++) {
      if (at.kind !== "dir") throw new Errno("ENOTDIR");
      const next = at.entries.get(parts[i]!);
      if (next === undefined) return null;
      if (next.kind === "link" && (follow || i < parts.length - 1)) {
        if (hops >= 40) throw new Errno("ELOOP");
        const from = "/" + parts.slice(0, i).join("/");
        const to = next.target.startsWith("/") ? next.target : `${from}/${next.target}`;
        return this.find(normalizeText([to, ...parts.slice(i + 1)].join("/")), follow, hops + 1);
      }
      at = next;
    }
    return at;
  }

  /** The folder that holds `path`, made with its parents if need be, and the last name. */
  parent(path: string, make: boolean): { readonly dir: Inode; readonly name: string } {
    const cut = path.lastIndexOf("/");
    const above = path.slice(0, cut);
    const name = path.slice(cut + 1);
    const dir = this.find(above, true);
    if (dir === null && !make) throw new Errno("ENOENT");
    if (dir === null) this.makeDir(above);
    const made = dir ?? this.find(above, true)!;
    if (made.kind !== "dir") throw new Errno("ENOTDIR");
    return { dir: made, name };
  }

  makeDir(path: string): void {
    const found = this.find(path, true);
    if (found !== null) {
      if (found.kind !== "dir") throw new Errno("ENOTDIR");
      return;
    }
    this.add(path, this.create("dir"));
  }

  add(path: string, inode: Inode): void {
    const { dir, name } = this.parent(path, true);
    this.now++;
    inode.ctimeMs = this.now;
    dir.entries.set(name, inode);
    dir.mtimeMs = dir.ctimeMs = this.now;
  }

  drop(path: string): void {
    const { dir, name } = this.parent(path, false);
    this.now++;
    dir.entries.delete(name);
    dir.mtimeMs = dir.ctimeMs = this.now;
  }

  write(path: string, bytes: Uint8Array): void {
    const found = this.find(path, true);
    if (found !== null && found.kind === "dir") throw new Errno("EISDIR");
    const inode = found ?? this.create("file");
    if (found === null) this.add(path, inode);
    else this.now++;
    inode.bytes = bytes;
    inode.mtimeMs = inode.ctimeMs = this.now;
  }
}

class Errno extends Error {
  readonly errno: string;
  constructor(errno: string) {
    super(errno);
    this.errno = errno;
  }
}

function attempt<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof Errno) throw new DiskError(path, error.errno);
    throw error;
  }
}

/** `otherwise` where the disk says there is nothing. */
function present<T>(path: string, otherwise: T, call: () => T): T {
  return attempt(path, () => {
    try {
      return call();
    } catch (error) {
      if (error instanceof Errno && (error.errno === "ENOENT" || error.errno === "ENOTDIR")) return otherwise;
      throw error;
    }
  });
}

export function openMemoryDisk(options: MemoryDiskOptions = {}): MemoryDisk {
  const root = options.root ?? "/memory";
  const tree = new Tree(options.now ?? Date.UTC(2024, 0, 1));
  const full = (path: string): string => (path === "" ? root : path.startsWith("/") ? path : `${root}/${path}`);
  tree.makeDir(root);
  const [reads, writes]: [string[], string[]] = [[], []];
  const looks = looking(tree, full, reads);
  const disk: MemoryDisk = { root, reads, writes, ...looks, inRoot: (act) => act(), sweep: sweepOf(looks), ...changing(tree, full, { root, writes }), ...staging(tree, full, root) };
  for (const [path, content] of Object.entries(options.files ?? {})) disk.write(path, content);
  writes.length = 0;
  return disk;
}

type Full = (path: string) => string;

function looking(tree: Tree, full: Full, reads: string[]): Pick<Disk, "lstat" | "stat" | "readLink" | "list" | "read" | "readPieces" | "readRange"> {
  const need = (path: string): Inode => {
    const found = tree.find(full(path), true);
    if (found === null) throw new Errno("ENOENT");
    return found;
  };
  const content = (path: string): Uint8Array =>
    attempt(path, () => {
      const found = need(path);
      if (found.kind !== "file") throw new Errno(found.kind === "dir" ? "EISDIR" : "EINVAL");
      reads.push(path);
      return found.bytes;
    });
  return {
    lstat: (path) => present(path, NOTHING, () => statOf(tree.find(full(path), false))),
    stat: (path) => present(path, NOTHING, () => statOf(tree.find(full(path), true))),
    readLink: (path) =>
      attempt(path, () => {
        const found = tree.find(full(path), false);
        if (found === null) throw new Errno("ENOENT");
        if (found.kind !== "link") throw new Errno("EINVAL");
        return found.target;
      }),
    list: (path) => present<Listing | null>(path, null, () => listOf(need(path))),
    read: (path) => content(path).slice(),
    readPieces: (path, take) => {
      const bytes = content(path);
      for (let at = 0; at < bytes.length; at += PIECE) take(bytes.slice(at, at + PIECE));
      return bytes.length;
    },
    readRange: (path, { from, bytes }, take) => {
      const found = content(path).slice(from, from + bytes);
      for (let at = 0; at < found.length; at += PIECE) take(found.slice(at, at + PIECE));
      return found.length;
    },
  };
}

function statOf(inode: Inode | null): FileStat {
  if (inode === null) return NOTHING;
  const { kind, mtimeMs, ctimeMs, ino, mode } = inode;
  return { kind, size: kind === "link" ? inode.target.length : kind === "dir" ? 4096 : inode.bytes.length, mtimeMs, ctimeMs, ino, dev: 1, mode };
}

function listOf(dir: Inode): Listing | null {
  if (dir.kind !== "dir") return null;
  const names = [...dir.entries.keys()].sort(byCodeUnit);
  return { names, kinds: names.map((name) => dir.entries.get(name)!.kind), bad: [] };
}

interface Change {
  readonly root: string;
  readonly writes: string[];
}

function changing(tree: Tree, full: Full, { root, writes }: Change): Pick<Disk, "write" | "append" | "makeDir" | "remove" | "removeTree" | "removeDir" | "move" | "copy" | "clockMs"> {
  const guard = (path: string): string => {
    const target = full(path);
    if (target === "/" || root === target || root.startsWith(target + "/")) throw new Error(`refusing to remove ${target}: the root is in it`);
    return target;
  };
  /** Takes an entry away if it is there and `may` agrees. */
  const take = (path: string, may: (found: Inode) => boolean): boolean =>
    present(path, false, () => {
      const found = tree.find(full(path), false);
      if (found === null || !may(found)) return false;
      writes.push(path);
      tree.drop(full(path));
      return true;
    });
  return {
    write: (path, content) =>
      attempt(path, () => {
        tree.write(full(path), typeof content === "string" ? Buffer.from(content, "utf8") : content.slice());
        writes.push(path);
      }),
    append: (path, text) =>
      attempt(path, () => {
        tree.write(full(path), Buffer.concat([tree.find(full(path), true)?.bytes ?? Buffer.alloc(0), Buffer.from(text, "utf8")]));
        writes.push(path);
      }),
    makeDir: (path) => attempt(path, () => tree.makeDir(full(path))),
    remove: (path) =>
      take(path, (found) => {
        if (found.kind === "dir") throw new Errno("EISDIR");
        return true;
      }),
    removeTree: (path) => {
      guard(path);
      take(path, () => true);
    },
    removeDir: (path) => {
      guard(path);
      return take(path, (found) => found.kind === "dir" && found.entries.size === 0);
    },
    move: (from, to) =>
      attempt(from, () => {
        const found = tree.find(full(from), false);
        if (found === null) throw new Errno("ENOENT");
        const there = tree.find(full(to), false);
        if (there?.kind === "dir" && (found.kind !== "dir" || there.entries.size > 0)) throw new Errno(found.kind === "dir" ? "ENOTEMPTY" : "EISDIR");
        if (there !== null && there.kind !== "dir" && found.kind === "dir") throw new Errno("ENOTDIR");
        tree.add(full(to), found);
        tree.drop(full(from));
        writes.push(from, to);
      }),
    copy: (from, to) =>
      attempt(from, () => {
        const found = tree.find(full(from), false);
        if (found === null) throw new Errno("ENOENT");
        if (found.kind === "link") tree.add(full(to), tree.create("link", found.target));
        else tree.write(full(to), found.bytes);
        writes.push(to);
      }),
    clockMs: () => {
      tree.write(`${root}/.tg/clock`, Buffer.from("c"));
      return tree.now;
    },
  };
}

function staging(tree: Tree, full: Full, root: string): Pick<MemoryDisk, "now" | "tick" | "symlink" | "special" | "chmod" | "utimes" | "deny" | "files"> {
  const need = (path: string): Inode => tree.find(full(path), true) ?? fail(path);
  return {
    now: () => tree.now,
    tick: (ms) => void (tree.now += ms),
    symlink: (path, target) => tree.add(full(path), tree.create("link", target)),
    special: (path, kind) => tree.add(full(path), tree.create(kind)),
    chmod: (path, mode) => {
      need(path).mode = mode;
      need(path).ctimeMs = ++tree.now;
    },
    utimes: (path, mtimeMs) => {
      need(path).mtimeMs = mtimeMs;
      need(path).ctimeMs = ++tree.now;
    },
    deny: (path, errno) => void (errno === null ? tree.denied.delete(full(path)) : tree.denied.set(full(path), errno)),
    files: () => {
      const found: [string, string][] = [];
      const stack: [path: string, inode: Inode][] = [["", tree.find(root, true)!]];
      for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
        const [path, inode] = next;
        if (inode.kind === "file") found.push([path, Buffer.from(inode.bytes).toString("utf8")]);
        for (const [name, child] of inode.entries) stack.push([path === "" ? name : `${path}/${name}`, child]);
      }
      return Object.fromEntries(found.sort(([a], [b]) => byCodeUnit(a, b)));
    },
  };
}

function fail(path: string): never {
  throw new Error(`no ${path} on this disk`);
}
