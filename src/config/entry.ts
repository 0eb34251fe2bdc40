// What is needed only when the config must be evaluated: bundled apart from the command, so that a build whose config is
// unchanged never loads a compiler.
import { pathToFileURL } from "node:url";
import { speakAside, standIn } from "./stand.ts";

export { loadChecked } from "./checked.ts";
export { loadEdited } from "./edited.ts";
export { isTemporaryUsed } from "./folder.ts";
export { lateProblem } from "./late.ts";

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
