// Who makes what came to stand behind a link. Knows no records.
import { parentOf, type FilePath } from "../model/path.ts";
import type { Identity } from "../model/state.ts";

interface Asks<Maker> {
  identity(path: FilePath): Identity;
  producer(path: FilePath): Maker | null;
}

/** The maker of the file; where an output was replaced by a link to the folder that the file was found in, the maker of that output. */
export function makerAround<Maker>(c: Asks<Maker>, path: FilePath): Maker | null {
  const maker = c.producer(path);
  for (let at = parentOf(path); maker === null && at !== "" && at !== "/"; at = parentOf(at)) {
    const around = c.producer(at);
    if (around !== null && c.identity(at).startsWith("l")) return around;
  }
  return maker;
}
