// The state's files as whole things: read if there, replaced in one rename, told apart by a mark. Knows no format.
import fs from "node:fs";
import process from "node:process";
import { DiskError } from "../model/ports.ts";
import { isOdd } from "./odd.ts";

export function nextGeneration(current: string): string {
  return ((BigInt("0x" + current) + 1n + (BigInt(Date.now()) << 20n)) & 0xffffffffffffffffn).toString(16).padStart(16, "0");
}

/** Enough of a file's stat to see that somebody wrote it. */
export function sizeOf(file: string): string {
  let stat: fs.Stats | undefined;
  try {
    stat = fs.statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw new DiskError(file, (error as NodeJS.ErrnoException).code ?? "EIO");
  }
  return stat === undefined ? "" : `${stat.ino}:${stat.size}:${stat.mtimeMs}`;
}

export function readIfThere(file: string): Uint8Array | null {
  try {
    if (isOdd(file)) return new Uint8Array(0);
    return fs.readFileSync(file);
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? "EIO";
    if (errno === "ENOENT" || errno === "ENOTDIR") return null;
    throw new DiskError(file, errno);
  }
}

/** Temporary file, fsync, rename: a reader sees the old or the new snapshot, never a part. */
export function writeWhole(file: string, bytes: Uint8Array): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const fd = fs.openSync(temporary, "w", 0o600);
    try {
      for (let done = 0; done < bytes.length; ) done += fs.writeSync(fd, bytes, done, bytes.length - done);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(temporary, file);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw new DiskError(file, (error as NodeJS.ErrnoException).code ?? "EIO");
  }
}
