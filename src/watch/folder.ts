// Which folder it is that stands at a path: one removed and made again at once has the same name, and may have the same
// inode. Knows no watcher.
import fs from "node:fs";

/** Device, inode and time of birth; null: no folder stands there, or none that can be looked at. `folder` is absolute. */
export function identityOf(folder: string): string | null {
  try {
    const stat = fs.statSync(folder, { throwIfNoEntry: false });
    return stat?.isDirectory() === true ? `${stat.dev}:${stat.ino}:${stat.birthtimeMs}` : null;
  } catch {
    return null;
  }
}
