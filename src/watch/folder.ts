// Identifies the folder at a path: one removed and recreated at once has the same name, and may have the same inode. Knows no
// watcher.
import fs from "node:fs";
import path from "node:path";

/** Device, inode and birth time; null: no folder is there, or none that can be looked at. `folder` is absolute. */
export function identityOf(folder: string): string | null {
  try {
    const stat = fs.statSync(folder, { throwIfNoEntry: false });
    return stat?.isDirectory() === true ? `${stat.dev}:${stat.ino}:${stat.birthtimeMs}` : null;
  } catch {
    return null;
  }
}

/** When an entry last appeared in, or left, the parent of `folder`, in ms; null: unknown. */
export function listedAt(folder: string): number | null {
  try {
    return fs.statSync(path.dirname(folder), { throwIfNoEntry: false })?.mtimeMs ?? null;
  } catch {
    return null;
  }
}
