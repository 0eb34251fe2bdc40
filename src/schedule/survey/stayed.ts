// Files without a maker that stayed because a task names them or they were edited, or were removed although a function asked for
// them. With generated lists, an instance may yet make such a file again. Noted beside the records, under the file's name.
import { familiesOverLists } from "../../graph/family.ts";
import type { Graph } from "../../model/graph.ts";
import { normalizeText, type FilePath } from "../../model/path.ts";
import type { Recorder, Records } from "../../model/ports.ts";
import { questionOf } from "../../model/question.ts";
import { EMPTY_RECORD, GONE } from "../../model/state.ts";
import type { TaskName } from "../../model/task.ts";
import type { World } from "../../staleness/world.ts";

/** Prefix of the file's name. No task has such a name. */
const STAYED = "\u0002";

const noteOf = (path: string): TaskName => `${STAYED}${path}` as TaskName;

/** Whether the file exists only because a removed task once made it, or was removed with that task while still asked for. */
export function hasStayed(records: Pick<Records, "get">, path: string): boolean {
  return records.get(noteOf(path)) !== null;
}

/** Whether the name is that of such a note rather than of a task's record. */
export function isNote(name: string): boolean {
  return name.startsWith(STAYED);
}

/** Files whose makers are gone. */
export interface Orphaned {
  readonly stayed: readonly FilePath[];
  readonly removed: readonly FilePath[];
}

/** Writes these notes, and deletes those of files that are made again, or that are missing and no longer asked for. */
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
