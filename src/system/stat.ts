// One stat of one path in tg's form: from the numbers alone where they are available (fields.ts). Knows no rows.
import * as fs from "node:fs";
import { DiskError } from "../model/ports.ts";
import type { FileKind, FileStat } from "../model/state.ts";
import { errnoOf } from "./attempt.ts";
import { FIELD, msOf, openFields } from "./fields.ts";

const NOTHING: FileStat = Object.freeze({ kind: "absent", size: 0, mtimeMs: 0, ctimeMs: 0, ino: 0, dev: 0, mode: 0 });

const QUIET: { throwIfNoEntry: false } = { throwIfNoEntry: false };

// Taken out once: each look goes through here, and a bundle reads a module's fields by a call.
const { S_IFMT, S_IFREG, S_IFDIR, S_IFLNK, S_IFIFO, S_IFSOCK } = fs.constants;

/** `path`: its name in an error. */
export function statOf(how: "stat" | "lstat", full: string, path: string): FileStat {
  try {
    return lookAt(how, full) ?? NOTHING;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return NOTHING;
    if (errno === "") throw error;
    throw new DiskError(path, errno);
  }
}

/** undefined: nothing is there, which is cheaper than an error. Throws as `fs` does. */
export function lookAt(how: "stat" | "lstat", full: string): FileStat | undefined {
  const calls = openFields();
  // `fs` refuses a NUL; the call below it would end the path there.
  if (calls === null || full.includes("\0")) {
    const found = how === "stat" ? fs.statSync(full, QUIET) : fs.lstatSync(full, QUIET);
    return found === undefined ? undefined : fileStat(found);
  }
  const f = how === "stat" ? calls.stat(full, false, undefined, false) : calls.lstat(full, false, undefined, false);
  if (f === undefined) return undefined;
  const mode = f[FIELD.mode]!;
  return { kind: kindOfMode(mode), size: f[FIELD.size]!, mtimeMs: msOf(f, FIELD.mtime), ctimeMs: msOf(f, FIELD.ctime), ino: f[FIELD.ino]!, dev: f[FIELD.dev]!, mode: mode & 0o7777, names: f[FIELD.nlink]! };
}

function fileStat(found: fs.Stats): FileStat {
  const { mode, size, mtimeMs, ctimeMs, ino, dev } = found;
  return { kind: kindOfMode(mode), size, mtimeMs, ctimeMs, ino, dev, mode: mode & 0o7777, names: found.nlink };
}

export function kindOfMode(mode: number): FileKind {
  switch (mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "dir";
    case S_IFLNK: return "link";
    case S_IFIFO: return "fifo";
    case S_IFSOCK: return "socket";
    default: return "device";
  }
}

/** Returns false if there is nothing. Deno's unlink also removes empty folders. */
export function unlink(full: string): boolean {
  const found = lookAt("lstat", full);
  if (found === undefined) return false;
  if (found.kind === "dir") throw Object.assign(new Error(full), { code: "EISDIR" });
  fs.unlinkSync(full);
  return true;
}
