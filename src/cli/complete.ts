// tg completion: what a shell may offer next. Commands and flags come from the table, targets only from the stored graph: a key
// press never evaluates a config.
import { thawGraph } from "../graph/thaw.ts";
import { SINCE } from "../model/change.ts";
import type { Frozen } from "../model/frozen.ts";
import { byCodeUnit, seenFrom, toFilePath, type AbsolutePath, type FilePath } from "../model/path.ts";
import type { FileTable } from "../model/table.ts";
import { entered } from "./words/args.ts";
import type { Doors } from "./doors.ts";
import { placeOf } from "./project/place.ts";
import { commandRow } from "./words/table.ts";
import { completionWords, firstWord, flagAsking, splitWords } from "./words/words.ts";

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
  const { flags } = splitWords(words, "command");
  const folder = (flags.get("directory") ?? []).reduce(entered, cwd);
  const targets = targetsOf(doors, { cwd: folder, config: flags.get("config")?.at(-1) ?? null }, current);
  return [...new Set([...fixed, ...targets])].slice(0, MOST);
}

/** Names of tasks and paths of outputs, or `tag:` and the tags, or `@since:` and what commits may be called, that begin with `current`. */
function targetsOf(doors: Doors, { cwd, config }: { readonly cwd: string; readonly config: string | null }, current: string): string[] {
  const place = doors.config.find(cwd as AbsolutePath, config);
  if (!place.ok) return [];
  const { stateDir, suffix } = placeOf(doors, place.value.file, place.value.root);
  const store = doors.openStore(stateDir, suffix);
  const frozen = store.frozen();
  const found: string[] = [];
  if (frozen !== null) {
    const graph = thawGraph(frozen, store.table);
    const tags = current.startsWith("tag:");
    for (let task = 0; task < graph.count; task++) found.push(...(tags ? graph.task(task).tags.map((tag) => "tag:" + tag) : [graph.name(task)]));
  }
  if (current.startsWith("@")) found.push(...doors.refs(place.value.root).map((ref) => SINCE + ref));
  const targets = found.filter((target) => target.startsWith(current)).sort();
  if (frozen !== null && current !== "") targets.push(...nextSteps(madePaths(frozen, store.table), toFilePath(cwd, place.value.root), current));
  store.close();
  return targets;
}

/** Declared outputs that are no patterns; owned folders with `/` behind. */
function madePaths({ owners, meta }: Frozen, table: FileTable): FilePath[] {
  const paths = meta.trees.map(([path]) => (path + "/") as FilePath);
  for (let row = 0; row < owners.length; row++) if (owners[row]! > 0) paths.push(table.pathOf(row) as FilePath);
  return paths;
}

/** As shells complete paths: as far as the next folder in which there is a choice. */
function nextSteps(paths: readonly FilePath[], from: FilePath, current: string): string[] {
  const dots = /^(?:\.\/+)*/.exec(current)![0];
  let typed = current.slice(dots.length);
  const below = paths.map((path) => seenFrom(path, from)).filter((path) => path.startsWith(typed));
  for (;;) {
    const steps = new Set(below.map((path) => path.slice(0, (path.indexOf("/", typed.length) + 1 || path.length))));
    const [only = ""] = steps;
    if (steps.size !== 1 || !only.endsWith("/") || only === typed || below.includes(only)) return [...steps].sort(byCodeUnit).map((step) => dots + step);
    typed = only;
  }
}

