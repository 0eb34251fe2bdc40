// What is needed only when the config must be evaluated: bundled apart from the command, so that a build whose config is
// unchanged never loads a compiler.
import { pathToFileURL } from "node:url";
import { speakAside, standIn } from "./stand.ts";

export { loadChecked } from "./checked.ts";
export { loadEdited } from "./edited.ts";
export { isTemporaryUsed } from "./folder.ts";
export { isWorn } from "./worn.ts";

/** The namespace of a module by absolute path: own hash functions. */
export async function importModule(file: string, root: string): Promise<Record<string, unknown>> {
  const undo = [standIn(root), speakAside()];
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } finally {
    for (const one of undo) one();
  }
}
