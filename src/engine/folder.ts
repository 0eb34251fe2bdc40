// Recreates folders of the state that a job writes to, in case somebody has removed them. Knows no job.
import { dirname } from "node:path";
import { makeFolders } from "../folders.ts";

/** For logs and what is beside them: the project is two levels up, above the state folder and `logs`. */
export function makeLogFolder(folder: string): void {
  makeFolders(folder, dirname(dirname(folder)));
}

/** A task's own folder is one level deeper. */
export function makeOwnFolder(folder: string): void {
  makeFolders(folder, dirname(dirname(dirname(folder))));
}
