// Folders of the state that a job writes in, should somebody have removed them meanwhile. Knows no job.
import { dirname } from "node:path";
import { makeFolders } from "../folders.ts";

/** Logs, and what stands beside them: the project is two above, the state folder and `logs` in it between. */
export function makeLogFolder(folder: string): void {
  makeFolders(folder, dirname(dirname(folder)));
}

/** A task's own folder stands one lower. */
export function makeOwnFolder(folder: string): void {
  makeFolders(folder, dirname(dirname(dirname(folder))));
}
