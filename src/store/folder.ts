// Folders of the state that are missing on the way to a file, also where somebody removes them as they are made. Knows no
// state file.
import * as fs from "node:fs";
import { dirname } from "node:path";

/** Somebody who removes the folder each time is not waited for. */
const TRIES = 4;

/** Does `act`; where `folder` is missing it is made first. `root` is not: a project that has just been moved away is not begun anew where it was. */
export function inFolder<T>(folder: string, root: string | undefined, act: () => T): T {
  for (let left = TRIES; ; left--) {
    try {
      return act();
    } catch (error) {
      if (left === 0 || !isMissing(error)) throw error;
    }
    makeFolders(folder, root);
  }
}

function makeFolders(lowest: string, root: string | undefined): void {
  if (root === undefined || !lowest.startsWith(root + "/")) return void fs.mkdirSync(lowest, { recursive: true });
  for (let left = TRIES; ; left--) {
    try {
      return fs.mkdirSync(lowest);
    } catch (error) {
      if ((error as { code?: unknown }).code === "EEXIST") return;
      if (left === 0 || !isMissing(error) || dirname(lowest) === root) throw error;
    }
    makeFolders(dirname(lowest), root);
  }
}

function isMissing(error: unknown): boolean {
  return (error as { code?: unknown }).code === "ENOENT";
}
