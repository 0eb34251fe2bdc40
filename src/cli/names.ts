// Where things of a task lie in the state folder, and file names for task names: readable, never colliding, never longer than a disk allows.
import type { FilePath } from "../model/path.ts";
import { digestText } from "../staleness/digest.ts";

/** Longest readable part; a name that is longer or has been altered carries a hash of the whole. */
const READABLE = 80;

/** Small letters, digits, `.`, `_` and `-` stay; any other name gets a hash, so that no two share a file, whatever the disk makes of capitals. */
function fileNameOf(task: string): string {
  if (/^[a-z0-9_-][a-z0-9_.-]*$/.test(task) && task.length <= READABLE) return task;
  return `${task.replace(/[^A-Za-z0-9_.-]+/g, "-").slice(0, READABLE)}~${digestText(task)}`;
}

export function logPath(stateDir: FilePath, task: string): FilePath {
  return `${stateDir}/logs/${fileNameOf(task)}.log` as FilePath;
}

/** Kept between attempts and builds; the task's own. */
export function scratchPath(stateDir: FilePath, task: string): FilePath {
  return `${stateDir}/scratch/${fileNameOf(task)}` as FilePath;
}

/** What the task said of itself for the report, a file a note. */
export function notesPath(stateDir: FilePath, task: string): FilePath {
  return `${stateDir}/notes/${fileNameOf(task)}` as FilePath;
}

/** Where folders lie while they are being removed. */
export function asidePath(stateDir: FilePath): FilePath {
  return `${stateDir}/aside` as FilePath;
}

/** A time as a folder's name: `2026-11-21T04-47-12.123`. */
export function timeName(ms: number): string {
  return new Date(ms).toISOString().replaceAll(":", "-").replace("Z", "");
}
