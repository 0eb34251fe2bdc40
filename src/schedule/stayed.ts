// Files that stay although the task that made them is gone: somebody names them, or edited them. Where lists are made, an
// instance may yet make such a file anew, as one that is not there. Remembered beside the records, under the file's name.
import { familiesOverLists } from "../graph/family.ts";
import type { Graph } from "../model/graph.ts";
import type { FilePath } from "../model/path.ts";
import type { Recorder, Records } from "../model/ports.ts";
import { EMPTY_RECORD, GONE } from "../model/state.ts";
import type { TaskName } from "../model/task.ts";
import type { World } from "../staleness/world.ts";

/** Before the file's name. No task has such a name. */
const STAYED = "\u0002";

const noteOf = (path: string): TaskName => `${STAYED}${path}` as TaskName;

/** Is it there only because a task that is gone once made it? */
export function hasStayed(records: Pick<Records, "get">, path: string): boolean {
  return records.get(noteOf(path)) !== null;
}

/** Is it a note of such a file, and no record of a task? */
export function isNote(name: string): boolean {
  return name.startsWith(STAYED);
}

/** Notes `paths`, and forgets what is there no more or made again. */
export function noteStayed({ graph, records, world }: { readonly graph: Graph; readonly records: Records; readonly world: World }, paths: readonly FilePath[], recorder: Recorder): void {
  const lists = familiesOverLists(graph).length > 0;
  for (const name of [...records.names()].filter(isNote)) {
    const path = name.slice(STAYED.length) as FilePath;
    if (!lists || graph.producerOf(path) >= 0 || world.disk.lstat(path).kind === "absent") recorder.drop(name);
  }
  for (const path of lists ? paths : []) if (!hasStayed(records, path)) recorder.put(noteOf(path), { ...EMPTY_RECORD, status: "ok", outputs: [[path, GONE]] }, new Set());
}
