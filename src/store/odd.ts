// Entries that must not be opened: to open a FIFO blocks for ever, deaf to signals. Knows nothing of what is stored.
import * as fs from "node:fs";

/** Exists, but is neither a file nor a folder: counts as damaged. */
export function isOdd(path: string): boolean {
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && !stat.isFile() && !stat.isDirectory();
}
