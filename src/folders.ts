// Folders that are missing on the way to what is written, made one by one below a root, and a file taken away. Knows neither.
import * as fs from "node:fs";
import { dirname } from "node:path";

/** Somebody who removes the folder each time is not waited for. */
export const TRIES = 4;

/**
 * `lowest` and what it is in, below `root`; both absolute. `root` is not made itself: a project that has just been moved away
 * is not begun anew where it was. Throws ENOENT if it is gone or a link leads nowhere, EEXIST if something else stands there.
 */
export function makeFolders(lowest: string, root: string | undefined): void {
  if (lowest === root) return;
  if (root === undefined || !lowest.startsWith(root + "/")) return void fs.mkdirSync(lowest, { recursive: true });
  for (let left = TRIES; ; left--) {
    try {
      return makeOne(lowest);
    } catch (error) {
      if (left === 0 || !isMissing(error) || dirname(lowest) === root) throw error;
    }
    makeFolders(dirname(lowest), root);
  }
}

function makeOne(folder: string): void {
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "EEXIST") throw error;
    // It was there, or somebody else has made it meanwhile; or it is a file, or a link that leads nowhere.
    const found = fs.statSync(folder, { throwIfNoEntry: false });
    if (found === undefined) throw Object.assign(new Error(folder), { code: "ENOENT" });
    if (!found.isDirectory()) throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return (error as { code?: unknown }).code === "ENOENT";
}

/** As `rmSync` with `force`, of which Node compiles 0.4 ms at its first call. */
export function removeFile(file: string): void {
  try {
    fs.unlinkSync(file);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
