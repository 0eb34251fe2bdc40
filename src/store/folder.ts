// Files of the state in folders that may be missing, also where somebody removes them as they are made. Knows no state file.
import { isMissing, makeFolders, TRIES } from "../folders.ts";

/** Does `act`; where `folder` is missing it is made first, below `root`. */
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
