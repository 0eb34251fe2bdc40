// Words of a command line that lead to the root's files through links outside of it (`$PWD` where a shell keeps the name of a link).
// Asks where the folders on the way are; knows no tasks but by name.
import type { Graph } from "../model/graph.ts";
import { normalizeText, toFilePath, isOutside, type AbsolutePath } from "../model/path.ts";
import type { Disk } from "../model/ports.ts";
import { Ways } from "../staleness/ways.ts";

interface Where {
  readonly graph: Graph;
  readonly disk: Disk;
  readonly root: AbsolutePath;
  /** Where relative words begin. */
  readonly standsIn: string;
}

/** The words, with such a path as it is called from the root, absolute; others as they are. */
export function insideWords(words: readonly string[], { graph, disk, root, standsIn }: Where): readonly string[] {
  return words.map((word) => {
    if (!word.includes("/") || graph.indexOf(word) >= 0) return word;
    const full = normalizeText(word.startsWith("/") ? word : `${standsIn}/${word}`);
    return isOutside(toFilePath(full, root)) ? (throughLink(full, root, new Ways(disk)) ?? word) : word;
  });
}

/** Links below the root stay as they are named: an output may lie behind one. */
function throughLink(full: string, root: AbsolutePath, ways: Ways): string | null {
  for (let cut = full.indexOf("/", 1); cut > 0; cut = full.indexOf("/", cut + 1)) {
    const { real } = ways.folder(full.slice(0, cut));
    if (!isOutside(toFilePath(real, root))) return real + full.slice(cut);
  }
  return null;
}
