// What is needed only when the config must be evaluated: bundled apart from the command, so that a build whose config is
// unchanged never loads a compiler.
import { pathToFileURL } from "node:url";

export { checkConfig } from "./check.ts";
export { loadEdited } from "./edited.ts";
export { loadConfig } from "./load.ts";
export { textOfConfig } from "./said.ts";

/** The namespace of a module by absolute path: own hash functions. */
export function importModule(file: string): Promise<Record<string, unknown>> {
  return import(pathToFileURL(file).href) as Promise<Record<string, unknown>>;
}
