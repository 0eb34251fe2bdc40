// Creates the missing folders on the way to a file, one by one below a root, and removes files. Knows no project.
import * as fs from "node:fs";
import { dirname } from "node:path";

/** Give up on a folder that somebody removes each time. */
export const TRIES = 4;

/**
 * Creates `lowest` and its parents below `root`; both absolute. `root` itself is not created: a project that has just been
 * moved away must not reappear at its old place. Throws ENOENT if it is gone or a link leads nowhere, EEXIST if something
 * else is in the way.
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
    // It existed, or somebody has just created it; or it is a file, or a link that leads nowhere.
    const found = fs.statSync(folder, { throwIfNoEntry: false });
    if (found === undefined) throw Object.assign(new Error(folder), { code: "ENOENT" });
    if (!found.isDirectory()) throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return (error as { code?: unknown }).code === "ENOENT";
}

/** `rmSync` with `force`, without the 0.4 ms Node spends compiling that at its first call. */
export function removeFile(file: string): void {
  try {
    fs.unlinkSync(file);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
