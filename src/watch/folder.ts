// Which folder it is that stands at a path: one removed and made again at once has the same name, and may have the same
// inode. Knows no watcher.
import fs from "node:fs";
import path from "node:path";

/** Device, inode and time of birth; null: no folder stands there, or none that can be looked at. `folder` is absolute. */
export function identityOf(folder: string): string | null {
  try {
    const stat = fs.statSync(folder, { throwIfNoEntry: false });
    return stat?.isDirectory() === true ? `${stat.dev}:${stat.ino}:${stat.birthtimeMs}` : null;
  } catch {
    return null;
  }
}

/** When something last came into, or went from, the folder that `folder` stands in, in ms; null: nobody can tell. */
export function listedAt(folder: string): number | null {
  try {
    return fs.statSync(path.dirname(folder), { throwIfNoEntry: false })?.mtimeMs ?? null;
  } catch {
    return null;
  }
}
