// Output of tasks in past builds: the ends of their logs in one file per run (.tg/runs/ID.log); the run's record says where.
// Logs may be larger than memory, so they are copied piece by piece.
import fs from "node:fs";
import path from "node:path";
import type { Disk } from "../../model/ports.ts";
import type { LogPlace, RunTask } from "../../model/run.ts";

/** How much of the end of each log is kept. */
const MOST_OF_ONE = 256 * 1024;
/** Per run: failed tasks first, then in the order in which they ended. */
const MOST_OF_RUN = 16 * 1024 * 1024;
const PIECE = 64 * 1024;

/** Keeps the logs of a run, by task (root-relative paths), and returns the position of each. A log that cannot be read or kept is left out. */
export function keepLogs(disk: Disk, dir: string, id: string, logs: ReadonlyMap<string, { readonly file: string; readonly failed: boolean }>): Map<string, LogPlace> {
  const places = new Map<string, LogPlace>();
  if (logs.size === 0) return places;
  const ordered = [...logs].sort(([, a], [, b]) => Number(b.failed) - Number(a.failed));
  try {
    const to = fs.openSync(path.join(disk.root, dir, `${id}.log`), "w");
    try {
      let at = 0;
      for (const [task, { file }] of ordered) {
        if (at >= MOST_OF_RUN) break;
        const place = copyEnd(path.join(disk.root, file), to, at);
        if (place === null) continue;
        places.set(task, place);
        at += place.bytes;
      }
    } finally {
      fs.closeSync(to);
    }
  } catch (error) {
    if (typeof (error as { code?: unknown }).code !== "string") throw error;
  }
  return places;
}

function copyEnd(file: string, to: number, at: number): LogPlace | null {
  let from: number;
  try {
    from = fs.openSync(file, "r");
  } catch {
    return null;
  }
  try {
    const { size } = fs.fstatSync(from);
    const start = Math.max(0, size - MOST_OF_ONE);
    const piece = Buffer.alloc(Math.min(PIECE, size - start));
    let bytes = 0;
    for (let read = 1; read > 0 && start + bytes < size; bytes += read) {
      read = fs.readSync(from, piece, 0, piece.length, start + bytes);
      fs.writeSync(to, piece, 0, read, at + bytes);
    }
    return { at, bytes, before: start };
  } finally {
    fs.closeSync(from);
  }
}

/** The output of a task in a run; null if it is no longer kept. */
export function readLog(disk: Disk, dir: string, id: string, place: NonNullable<RunTask["log"]>): Buffer | null {
  let fd = -1;
  try {
    fd = fs.openSync(path.join(disk.root, dir, `${id}.log`), "r");
    const bytes = Buffer.alloc(place.bytes);
    return fs.readSync(fd, bytes, 0, place.bytes, place.at) === place.bytes ? bytes : null;
  } catch {
    return null;
  } finally {
    if (fd >= 0) fs.closeSync(fd);
  }
}
