// The state's files as wholes: read if present, replaced by one rename, told apart by a mark. Knows no format.
import fs from "node:fs";
import process from "node:process";
import { DiskError } from "../model/ports.ts";
import { isOdd } from "./odd.ts";
import type { SecondSource } from "./second.ts";

/** About 40,000 files. */
const SHARED_BYTES = 4 * 1024 * 1024;

/** Unique among snapshots, though two may be written in the same millisecond, and clocks go back. */
export function newGeneration(): string {
  const part = (): string => Math.floor(Math.random() * 2 ** 32).toString(16).padStart(8, "0");
  return part() + part();
}

/** Enough of a file's stat to detect that it was written. */
export function sizeOf(file: string): string {
  let stat: fs.Stats | undefined;
  try {
    stat = fs.statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw new DiskError(file, (error as NodeJS.ErrnoException).code ?? "EIO");
  }
  return stat === undefined ? "" : markOf(stat);
}

function markOf(stat: fs.Stats): string {
  return `${stat.ino}:${stat.size}:${stat.mtimeMs}`;
}

/** Null if there is no such file. */
export function readIfThere(file: string): Uint8Array | null {
  return ifThere(file, () => (isOdd(file) ? new Uint8Array(0) : fs.readFileSync(file)));
}

export interface Start {
  readonly headerBytes: number;
  /** Length of the beginning; null: the whole file. */
  bytesOf(header: Uint8Array, fileBytes: number): number | null;
  /** Whether to read the rest too. */
  readonly withRest: boolean;
}

export interface Started {
  readonly bytes: Uint8Array;
  /** The bytes between the beginning and the end. */
  readonly rest: Uint8Array | null;
  readonly fileBytes: number;
  /** The file ends with the same bytes. */
  readonly isTwice: boolean;
}

/** Reads the beginning of a file, the rest if requested, and the file's size. null if there is no file. */
export function readStart(file: string, { headerBytes, bytesOf, withRest }: Start): Started | null {
  return ifThere(file, () => {
    if (isOdd(file)) return { bytes: new Uint8Array(0), rest: null, fileBytes: 0, isTwice: false };
    return opened(file, (fd) => {
      const fileBytes = fs.fstatSync(fd).size;
      const header = readAt(fd, 0, Math.min(headerBytes, fileBytes));
      const bytes = readAt(fd, 0, bytesOf(header, fileBytes) ?? fileBytes);
      const isTwice = endsAsItBegins(fd, bytes, fileBytes);
      return { bytes, rest: withRest && isTwice ? readAt(fd, bytes.length, fileBytes - 2 * bytes.length) : null, fileBytes, isTwice };
    });
  });
}

/** Read in pieces: allocating memory costs more than comparing. */
const PIECE_BYTES = 128 * 1024;

function endsAsItBegins(fd: number, start: Uint8Array, fileBytes: number): boolean {
  if (2 * start.length > fileBytes) return false;
  const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, start.length));
  for (let done = 0, got = 0; done < start.length; done += got) {
    got = fs.readSync(fd, piece, 0, Math.min(piece.length, start.length - done), fileBytes - start.length + done);
    if (got === 0 || !piece.subarray(0, got).equals(start.subarray(done, done + got))) return false;
  }
  return true;
}

/** Bytes of a file; null if it no longer has that mark. */
function readPart(file: string, part: { readonly start: number; readonly length: number }, mark: string): Uint8Array | null {
  return ifThere(file, () => opened(file, (fd) => (markOf(fs.fstatSync(fd)) === mark ? readAt(fd, part.start, part.length) : null)));
}

/** Reads the file from offset `behind` on, for second.ts, as long as the file has that mark. */
export function partsBehind(file: string, behind: number, mark: () => string): SecondSource {
  return {
    read: (start, length) => readPart(file, { start: behind + start, length }, mark()),
    hold: () => {
      const fd = ifThere(file, () => fs.openSync(file, "r"));
      if (fd === null) return null;
      if (markOf(fs.fstatSync(fd)) !== mark()) return (fs.closeSync(fd), null);
      return { read: (start, length, into) => ifThere(file, () => readAt(fd, behind + start, length, into))!, close: () => fs.closeSync(fd) };
    },
  };
}

function ifThere<T>(file: string, read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? "EIO";
    if (errno === "ENOENT" || errno === "ENOTDIR") return null;
    throw new DiskError(file, errno);
  }
}

function opened<T>(file: string, read: (fd: number) => T): T {
  const fd = fs.openSync(file, "r");
  try {
    return read(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function readAt(fd: number, start: number, length: number, into?: Uint8Array): Uint8Array {
  // A second thread may need to read a large state (system/thread.ts).
  const bytes = into ?? (length < SHARED_BYTES ? Buffer.allocUnsafeSlow(length) : new Uint8Array(new SharedArrayBuffer(length)));
  let done = 0;
  for (let got = 1; done < length && got > 0; done += got) got = fs.readSync(fd, bytes, done, length - done, start + done);
  return bytes.subarray(0, done);
}

/** A file got shorter while it was read. */
class Cut extends Error {}

/** Temporary file, fsync, rename: a reader sees the old or the new snapshot, never a mixture. `parts` follow one another. */
export function writeWhole(file: string, parts: Iterable<Uint8Array>): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const fd = fs.openSync(temporary, "w", 0o600);
    try {
      for (const bytes of parts) for (let done = 0; done < bytes.length; ) done += fs.writeSync(fd, bytes, done, bytes.length - done);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    if (error instanceof Cut) throw error;
    throw new DiskError(file, (error as NodeJS.ErrnoException).code ?? "EIO");
  }
}

/** Rewrites the file with that mark around a part that stays unchanged, given in pieces. false: the file has been replaced or cut. */
export function writeAround(file: string, place: { readonly start: number; readonly length: number; readonly mark: string }, partsWith: (part: Iterable<Uint8Array>) => Iterable<Uint8Array>): boolean {
  const fd = ifThere(file, () => fs.openSync(file, "r"));
  if (fd === null) return false;
  try {
    if (markOf(fs.fstatSync(fd)) !== place.mark) return false;
    writeWhole(file, partsWith(piecesOf(fd, place)));
    return true;
  } catch (error) {
    if (error instanceof Cut) return false;
    throw error;
  } finally {
    fs.closeSync(fd);
  }
}

/** Each is valid until the next. */
function* piecesOf(fd: number, { start, length }: { readonly start: number; readonly length: number }): Iterable<Uint8Array> {
  const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, length));
  for (let done = 0, got = 0; done < length; done += got) {
    got = fs.readSync(fd, piece, 0, Math.min(piece.length, length - done), start + done);
    if (got === 0) throw new Cut();
    yield piece.subarray(0, got);
  }
}
