// tg completion: what a shell may offer next. Commands and flags come from the table, targets only from the stored graph: a key
// press never evaluates a config.
import { thawGraph } from "../graph/thaw.ts";
import type { AbsolutePath } from "../model/path.ts";
import type { Doors } from "./doors.ts";
import { placeOf } from "./place.ts";
import { commandRow } from "./table.ts";
import { completionWords, firstWord, flagAsking } from "./words.ts";

/** Longer lists do not help, and shells choke on them. */
const MOST = 1000;

/** `words`: those before the word under the cursor, without `tg`. Sorted, without duplicates. */
export function offers(doors: Doors, cwd: string, line: readonly string[]): readonly string[] {
  const words = line.slice(0, -1);
  const current = line.at(-1) ?? "";
  const fixed = completionWords(words, current);
  const name = firstWord(words);
  const row = name === null ? null : commandRow(name);
  const asking = flagAsking(words);
  const takesTarget = asking !== null ? asking.value === "TARGET" : !current.startsWith("-") && row !== null && /TARGET|TASK/.test(row.words);
  if (!takesTarget) return fixed;
  const targets = namesOf(doors, { cwd, tags: current.startsWith("tag:") }).filter((target) => target.startsWith(current));
  return [...new Set([...fixed, ...targets])].slice(0, MOST);
}

/** Names of tasks, or `tag:` and the tags. */
function namesOf(doors: Doors, { cwd, tags }: { readonly cwd: string; readonly tags: boolean }): string[] {
  const found = doors.config.find(cwd as AbsolutePath, null);
  if (!found.ok) return [];
  const { stateDir, suffix } = placeOf(doors, found.value.file, found.value.root);
  const store = doors.openStore(stateDir, suffix);
  const frozen = store.frozen();
  const names: string[] = [];
  if (frozen !== null) {
    const graph = thawGraph(frozen, store.table);
    for (let task = 0; task < graph.count; task++) names.push(...(tags ? graph.task(task).tags.map((tag) => "tag:" + tag) : [graph.name(task)]));
  }
  store.close();
  return names.sort();
}

