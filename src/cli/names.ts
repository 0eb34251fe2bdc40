// Paths of a task's things in the state folder, and file names for task names: readable, without collisions, not too long for a disk.
import type { FilePath } from "../model/path.ts";
import { digestText } from "../staleness/digest.ts";

/** Longest readable part; a name that is longer or was altered carries a hash of the whole. */
const READABLE = 80;

/** Lower-case letters, digits, `.`, `_` and `-` stay; any other name gets a hash, so that no two share a file even on a case-insensitive disk. */
function fileNameOf(task: string): string {
  if (/^[a-z0-9_-][a-z0-9_.-]*$/.test(task) && task.length <= READABLE) return task;
  return `${task.replace(/[^A-Za-z0-9_.-]+/g, "-").slice(0, READABLE)}~${digestText(task)}`;
}

export function logPath(stateDir: FilePath, task: string): FilePath {
  return `${stateDir}/logs/${fileNameOf(task)}.log` as FilePath;
}

/** Kept between attempts and builds; belongs to one task. */
export function scratchPath(stateDir: FilePath, task: string): FilePath {
  return `${stateDir}/scratch/${fileNameOf(task)}` as FilePath;
}

/** The task's notes for the report, one file per note. */
export function notesPath(stateDir: FilePath, task: string): FilePath {
  return `${stateDir}/notes/${fileNameOf(task)}` as FilePath;
}

/** Where folders are moved to be removed. */
export function asidePath(stateDir: FilePath): FilePath {
  return `${stateDir}/aside` as FilePath;
}

/** A time as a folder name: `2026-11-21T04-47-12.123`. */
export function timeName(ms: number): string {
  return new Date(ms).toISOString().replaceAll(":", "-").replace("Z", "");
}
