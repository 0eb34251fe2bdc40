// Folders that are missing on the way to a file of the store or to an output. Knows neither.
import * as fs from "node:fs";
import { dirname } from "node:path";

/** Below `top`, which is not made itself: a project that has just been moved away is not begun anew where it was. Both absolute. */
export function makeFolders(lowest: string, top: string): void {
  if (!lowest.startsWith(top + "/")) return void fs.mkdirSync(lowest, { recursive: true });
  if (isMade(lowest, dirname(lowest) !== top)) return;
  makeFolders(dirname(lowest), top);
  isMade(lowest, false);
}

/** false: what it would be in is missing, and `mayMiss` that. */
function isMade(folder: string, mayMiss: boolean): boolean {
  try {
    fs.mkdirSync(folder);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "ENOENT" && mayMiss) return false;
    if (code !== "EEXIST") throw error;
  }
  return true;
}
