// Files whose maker is gone, and that stay as somebody names or edited them, or went although a function asked for them. Where
// lists are made, an instance may yet make such a file anew. Remembered beside the records, under the file's name.
import { familiesOverLists } from "../graph/family.ts";
import type { Graph } from "../model/graph.ts";
import { normalizeText, type FilePath } from "../model/path.ts";
import type { Recorder, Records } from "../model/ports.ts";
import { questionOf } from "../model/question.ts";
import { EMPTY_RECORD, GONE } from "../model/state.ts";
import type { TaskName } from "../model/task.ts";
import type { World } from "../staleness/world.ts";

/** Before the file's name. No task has such a name. */
const STAYED = "\u0002";

const noteOf = (path: string): TaskName => `${STAYED}${path}` as TaskName;

/** Is it there only because a task that is gone once made it, or went with such a task while somebody asks for it? */
export function hasStayed(records: Pick<Records, "get">, path: string): boolean {
  return records.get(noteOf(path)) !== null;
}

/** Is it a note of such a file, and no record of a task? */
export function isNote(name: string): boolean {
  return name.startsWith(STAYED);
}

/** Files whose makers are gone. */
export interface Orphaned {
  readonly stayed: readonly FilePath[];
  readonly removed: readonly FilePath[];
}

/** Notes what counts, and forgets what is made again, and what is not there and nobody asks for. */
export function noteStayed({ graph, records, world }: { readonly graph: Graph; readonly records: Records; readonly world: World }, { stayed, removed }: Orphaned, recorder: Recorder): void {
  const lists = familiesOverLists(graph).length > 0;
  const notes = [...records.names()].filter(isNote);
  const gone = notes.map((name) => name.slice(STAYED.length)).filter((path) => world.disk.lstat(path as FilePath).kind === "absent");
  const asked = lists && gone.length + removed.length > 0 ? askedIn(records) : new Set<string>();
  for (const name of notes) {
    const path = name.slice(STAYED.length) as FilePath;
    if (!lists || graph.producerOf(path) >= 0 || (gone.includes(path) && !asked.has(path))) recorder.drop(name);
  }
  const due = [...stayed, ...removed.filter((path) => asked.has(path) && graph.producerOf(path) < 0)];
  for (const path of lists ? due : []) if (!hasStayed(records, path)) recorder.put(noteOf(path), { ...EMPTY_RECORD, status: "ok", outputs: [[path, GONE]] }, new Set());
}

/** What functions asked for by name in their last runs. */
function askedIn(records: Records): Set<string> {
  const asked = new Set<string>();
  for (const name of records.names()) {
    for (const [text] of records.get(name)!.trace ?? []) {
      const question = questionOf(text);
      if (question.kind === "need") asked.add(normalizeText(question.target));
    }
  }
  return asked;
}
