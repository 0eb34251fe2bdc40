// Records that stand apart from tasks: of files that one task made and makes no more, until it is decided about them or another
// task has begun to make them. Knows no graph and no disk.
import type { FilePath } from "../model/path.ts";
import type { Records } from "../model/ports.ts";
import type { Identity, TaskRecord } from "../model/state.ts";
import type { TaskName } from "../model/task.ts";
import { recordedAs } from "./recorded.ts";

/** Behind a task's name: its record of what it does not make any more. No task has such a name. */
export const APART = "\u0001";

/** Their names. */
export function notesBeside(records: Records): TaskName[] {
  return [...(records.namesBeside?.() ?? records.names())].filter((name) => name.endsWith(APART));
}

/** Did a task that makes the file no more leave it like this? The notes are read when first asked. */
export function notedIn(records: Records): (path: FilePath, identity: Identity) => boolean {
  let notes: readonly TaskRecord[] | null = null;
  return (path, identity) => (notes ??= notesBeside(records).map((name) => records.get(name)!)).some((note) => recordedAs(note, path) === identity);
}
