// What is needed only when the config must be evaluated: bundled apart from the command, so that a build whose config is
// unchanged never loads a compiler.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { toFilePath, type AbsolutePath } from "../model/path.ts";
import type { Place } from "../model/task.ts";
import { placeFinder } from "./place.ts";
import { speakAside, standIn } from "./stand.ts";

export { loadChecked } from "./checked.ts";
export { loadEdited } from "./edited.ts";
export { isTemporaryUsed } from "./folder.ts";
export { lateProblem } from "./late.ts";

/** Where a field of the config itself stands, as far as its own text says; line 0: it does not. */
export async function placeIn(file: AbsolutePath, root: AbsolutePath, field: string): Promise<Place> {
  return placeFinder([toFilePath(file, root)], [], () => readFileSync(file, "utf8")).placeOf(null, field);
}

/** A module by absolute path: own hash functions. `aside` calls what is in it. */
export async function importModule(file: string, root: string): Promise<{ readonly members: Record<string, unknown>; aside<T>(call: () => T): T }> {
  const undo = [standIn(root), speakAside()];
  try {
    return { members: (await import(pathToFileURL(file).href)) as Record<string, unknown>, aside };
  } finally {
    for (const one of undo) one();
  }
}

function aside<T>(call: () => T): T {
  const undo = speakAside();
  try {
    return call();
  } finally {
    undo();
  }
}
