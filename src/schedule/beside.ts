// Records that stand apart from tasks: of files that one task made and makes no more, until it is decided about them, another
// task has begun to make them, or they are no longer there as somebody edited them. Knows no graph and no disk.
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

interface Told {
  readonly path: FilePath;
  readonly owner: TaskName;
  readonly fate: string;
}

/** Leftovers, each edited one once: what stands apart from a task's record stands in it, too, until the task has run. */
export function toldOnce<L extends Told>(leftovers: readonly L[]): L[] {
  const isApart = ({ owner, fate }: Told): boolean => fate === "edited" && owner.endsWith(APART);
  const told = new Set<string>(leftovers.filter((one) => one.fate === "edited" && !isApart(one)).map(({ path }) => path));
  return leftovers.filter((one) => !isApart(one) || (!told.has(one.path) && told.add(one.path).size > 0));
}
