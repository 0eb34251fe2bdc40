// Records kept apart from tasks: of files that a task made and no longer makes, until they are decided about, another task has
// made them, or the edited file is gone. Knows no graph and no disk.
import type { FilePath } from "../../model/path.ts";
import type { Records } from "../../model/ports.ts";
import type { Identity, TaskRecord } from "../../model/state.ts";
import type { TaskName } from "../../model/task.ts";
import { recordedAs } from "./recorded.ts";

/** Suffix of a task's name: its record of what it no longer makes. No task has such a name. */
export const APART = "\u0001";

/** The names of those records. */
export function notesBeside(records: Records): TaskName[] {
  return [...(records.namesBeside?.() ?? records.names())].filter((name) => name.endsWith(APART));
}

/** Whether a task that no longer makes the file left it like this. The notes are read on first use. */
export function notedIn(records: Records): (path: FilePath, identity: Identity) => boolean {
  let notes: readonly TaskRecord[] | null = null;
  return (path, identity) => (notes ??= notesBeside(records).map((name) => records.get(name)!)).some((note) => recordedAs(note, path) === identity);
}

interface Told {
  readonly path: FilePath;
  readonly owner: TaskName;
  readonly fate: string;
}

/** Leftovers, with each edited one only once: until the task has run, both its record and the note beside it list the file. */
export function toldOnce<L extends Told>(leftovers: readonly L[]): L[] {
  const isApart = ({ owner, fate }: Told): boolean => fate === "edited" && owner.endsWith(APART);
  const told = new Set<string>(leftovers.filter((one) => one.fate === "edited" && !isApart(one)).map(({ path }) => path));
  return leftovers.filter((one) => !isApart(one) || (!told.has(one.path) && told.add(one.path).size > 0));
}
