// Folders of the state that a job writes in, should somebody have removed them meanwhile. Knows no job.
import * as fs from "node:fs";
import { dirname } from "node:path";

/** Below the project: the state folder, and `logs` in it. */
export const LOG_FOLDERS = 2;
/** A task's own folder stands one lower. */
export const OWN_FOLDERS = 3;

/** At most so many, the lowest and those it is in: a project that has just been moved away is not begun anew where it was. */
export function makeFolders(lowest: string, count: number): void {
  try {
    fs.mkdirSync(lowest);
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || count === 1) throw error;
    makeFolders(dirname(lowest), count - 1);
    makeFolders(lowest, 1);
  }
}
