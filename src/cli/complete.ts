// tg completion: what a shell may offer next. Commands and flags come from the table, targets only from the stored graph: a key
// press never evaluates a config.
import { thawGraph } from "../graph/thaw.ts";
import type { AbsolutePath } from "../model/path.ts";
import type { Doors } from "./doors.ts";
import { placeOf } from "./place.ts";
import { commandRow } from "./table.ts";
import { completionWords, firstWord } from "./words.ts";

/** Longer lists do not help, and shells choke on them. */
const MOST = 1000;

/** `words`: those before the word under the cursor, without `tg`. Sorted, without duplicates. */
export function offers(doors: Doors, cwd: string, line: readonly string[]): readonly string[] {
  const words = line.slice(0, -1);
  const current = line.at(-1) ?? "";
  const fixed = completionWords(words, current);
  const name = firstWord(words);
  const row = name === null ? null : commandRow(name);
  if (current.startsWith("-") || (row !== null && !/TARGET|TASK/.test(row.words))) return fixed;
  const targets = namesOf(doors, cwd).filter((target) => target.startsWith(current));
  return [...new Set([...fixed, ...targets])].slice(0, MOST);
}

function namesOf(doors: Doors, cwd: string): string[] {
  const found = doors.config.find(cwd as AbsolutePath, null);
  if (!found.ok) return [];
  const { stateDir, suffix } = placeOf(doors, found.value.file, found.value.root);
  const store = doors.openStore(stateDir, suffix);
  const frozen = store.frozen();
  const names: string[] = [];
  if (frozen !== null) {
    const graph = thawGraph(frozen, store.table);
    for (let task = 0; task < graph.count; task++) names.push(graph.name(task));
  }
  store.close();
  return names.sort();
}

