// The numbers of a stat on Bun, by libc's statx through bun:ffi: without the object that `fs` creates for each, a stat takes a
// fifth less. Loading it costs as much as it saves for some 3,000 files (docs/performance.md). Linux with glibc. Knows no rows.
import * as fs from "node:fs";
import process from "node:process";
import { FIELD, msOf, type FieldCalls } from "./fields.ts";
import { compileLightly } from "./tier.ts";

/** The part of bun:ffi that is used. */
interface Ffi {
  dlopen(library: string, symbols: { readonly statx: { readonly args: readonly string[]; readonly returns: string } }): { readonly symbols: { readonly statx: Statx } };
  ptr(view: ArrayBufferView): number;
}
type Statx = (dirFd: number, path: number, flags: number, mask: number, result: number) => number;

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
/** Set by stat and lstat as well. */
const AT_NO_AUTOMOUNT = 0x800;
const STATX_BASIC_STATS = 0x7ff;

/** Size of struct statx, the same on every machine, and offsets in it, in words of 32 bits (mode: of 16). */
const STATX_BYTES = 256;
const AT = { mask: 0, nlink: 4, mode: 14, ino: 8, size: 10, ctime: 24, mtime: 28, devMajor: 34, devMinor: 35 } as const;

/** Longer than any path that a system call accepts. */
const PATH_BYTES = 8192;
const WORD = 2 ** 32;
const QUIET: { throwIfNoEntry: false } = { throwIfNoEntry: false };

let opened: FieldCalls | null | undefined;

/** null: use `fs`. */
export function openStatx(): FieldCalls | null {
  if (opened === undefined) opened = find();
  return opened;
}

function find(): FieldCalls | null {
  if (process.versions["bun"] === undefined || process.platform !== "linux") return null;
  try {
    const ffi = (process.getBuiltinModule as (id: string) => Ffi | undefined)("bun:ffi");
    if (ffi === undefined) return null;
    const calls = callsOf(ffi, ffi.dlopen("libc.so.6", { statx: { args: ["i32", "ptr", "i32", "u32", "ptr"], returns: "i32" } }).symbols.statx);
    return tellsTheSame(calls) ? calls : null;
  } catch {
    // No glibc, no executable memory, no such module.
    return null;
  }
}

function callsOf({ ptr }: Ffi, statx: Statx): FieldCalls {
  const memory = new ArrayBuffer(STATX_BYTES);
  const [u16, u32, i32] = [new Uint16Array(memory), new Uint32Array(memory), new Int32Array(memory)];
  const text = Buffer.from(new ArrayBuffer(PATH_BYTES)) as Buffer & { utf8Write(text: string, at: number): number };
  const [textAt, memoryAt] = [ptr(text), ptr(u32)];
  const fields = new Float64Array(18);
  /** false: the call fails, or the filesystem does not provide everything. */
  const look = (path: string, flags: number): boolean => {
    if (path.length * 3 >= PATH_BYTES) return false;
    text[text.utf8Write(path, 0)] = 0;
    if (statx(AT_FDCWD, textAt, flags, STATX_BASIC_STATS, memoryAt) !== 0 || (u32[AT.mask]! & STATX_BASIC_STATS) !== STATX_BASIC_STATS) return false;
    fields[FIELD.dev] = deviceOf(u32[AT.devMajor]!, u32[AT.devMinor]!);
    fields[FIELD.mode] = u16[AT.mode]!;
    fields[FIELD.nlink] = u32[AT.nlink]!;
    fields[FIELD.ino] = u32[AT.ino + 1]! * WORD + u32[AT.ino]!;
    fields[FIELD.size] = u32[AT.size + 1]! * WORD + u32[AT.size]!;
    fields[FIELD.mtime] = i32[AT.mtime + 1]! * WORD + u32[AT.mtime]!;
    fields[FIELD.mtime + 1] = u32[AT.mtime + 2]!;
    fields[FIELD.ctime] = i32[AT.ctime + 1]! * WORD + u32[AT.ctime]!;
    fields[FIELD.ctime + 1] = u32[AT.ctime + 2]!;
    return true;
  };
  const calls: FieldCalls = {
    stat: (path) => (look(path, AT_NO_AUTOMOUNT) ? fields : nothingBy(fs.statSync(path, QUIET))),
    lstat: (path) => (look(path, AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW) ? fields : nothingBy(fs.lstatSync(path, QUIET))),
    fstat: null,
  };
  compileLightly(look, calls.stat, calls.lstat, deviceOf);
  return calls;
}

/** As glibc's makedev combines it. */
function deviceOf(major: number, minor: number): number {
  return (major & 0xfff) * 2 ** 8 + (minor & 0xff) + (minor >>> 8) * 2 ** 20 + (major >>> 12) * 2 ** 44;
}

/** Throws if something is there after all: the caller then looks closely. */
function nothingBy(stat: fs.Stats | undefined): undefined {
  if (stat !== undefined) throw new Error("statx does not say what is there");
}

function tellsTheSame(calls: FieldCalls): boolean {
  const stat = fs.lstatSync(process.execPath);
  const fields = calls.lstat(process.execPath, false, undefined, false)!;
  return fields[FIELD.dev] === stat.dev && fields[FIELD.mode] === stat.mode && fields[FIELD.nlink] === stat.nlink && fields[FIELD.ino] === stat.ino && fields[FIELD.size] === stat.size &&
    msOf(fields, FIELD.mtime) === stat.mtimeMs && msOf(fields, FIELD.ctime) === stat.ctimeMs;
}
