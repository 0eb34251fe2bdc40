// What is needed only if the config must be evaluated: in a separate bundle, so that a build whose config is unchanged never
// loads a compiler.
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

/** Place of a field of the config itself, as far as its own text shows; line 0: not found. */
export async function placeIn(file: AbsolutePath, root: AbsolutePath, field: string): Promise<Place> {
  return placeFinder([toFilePath(file, root)], [], () => readFileSync(file, "utf8")).placeOf(null, field);
}

/** Imports a module by absolute path (custom hash functions). `aside` calls functions in it. */
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
