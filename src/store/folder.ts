// Writes state files in folders that may be missing, or that somebody removes just as they are created. Knows no state file.
import { isMissing, makeFolders, TRIES } from "../folders.ts";

/** Calls `act`; if `folder` is missing, creates it first, below `root`. */
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
