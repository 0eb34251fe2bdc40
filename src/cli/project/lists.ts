// Lists made by tasks, for families over them: the list the source last made, and the one a family was expanded from. Reads
// records and files; knows no config.
import type { KeptList, KeptLists } from "../../model/frozen.ts";
import type { FilePath } from "../../model/path.ts";
import type { Disk, Records } from "../../model/ports.ts";
import type { ListSource } from "../../model/task.ts";
import { ABSENT, HALF, type TaskRecord } from "../../model/state.ts";
import { recordedAs } from "../../schedule/survey/recorded.ts";
import type { World } from "../../staleness/world.ts";
import { contentOf } from "./content.ts";
import { markOf } from "./mark.ts";

/** Where lists come from. */
export interface Library {
  readonly records: Records;
  readonly disk: Disk;
  readonly world: World;
}

export function listKey({ task, lines }: ListSource): string {
  return JSON.stringify([task, lines]);
}

export function sourceOf(key: string): ListSource {
  const [task, lines] = JSON.parse(key) as [ListSource["task"], FilePath | null];
  return { task, lines };
}

/** The version of the list in the source's record; null if it has none. */
function versionOf(record: TaskRecord | null, { lines }: ListSource): string | null {
  if (record === null) return null;
  if (lines === null) return record.value === null ? null : `v${markOf(record.value)}`;
  const seen = recordedAs(record, lines);
  return seen === undefined || seen === HALF || seen === ABSENT ? null : seen;
}

/** The list as the source made it; null if there is none, or its file has changed since. */
export function listNow({ records, disk, world }: Library, source: ListSource): KeptList | null {
  const record = records.get(source.task);
  const of = versionOf(record, source);
  if (of === null) return null;
  if (source.lines === null) return { of, text: record!.value! };
  if (world.output(source.lines) !== of) return null;
  const bytes = contentOf(disk, source.lines);
  return bytes === null ? null : { of, text: JSON.stringify(Buffer.from(bytes).toString("utf8").replace(/^\uFEFF/, "").split(/\r?\n/).filter((line) => line !== "")) };
}

/** The elements of a list; null if the text is not a list. */
export function elementsOf(list: KeptList | null): readonly unknown[] | null {
  if (list === null || list.text === "") return null;
  const value: unknown = JSON.parse(list.text);
  return Array.isArray(value) ? value : null;
}

/** Whether these are still the lists that the sources made. */
export function listsHold(lists: KeptLists, records: Records): boolean {
  return Object.entries(lists).every(([key, { of }]) => {
    const source = sourceOf(key);
    const now = versionOf(records.get(source.task), source);
    return now === null || now === of;
  });
}

/** Hands out lists to the config and remembers which. */
export interface Lender {
  lend(source: ListSource): readonly unknown[] | null;
  lent(): KeptLists;
}

/** What the source left last if that is a list, else the one that was in use: a family does not vanish while its source is made again. */
export function openLender(library: Library, known: KeptLists): Lender {
  const lent: Record<string, KeptList> = {};
  return {
    lend: (source) => {
      const key = listKey(source);
      const now = listNow(library, source);
      const list = now !== null && elementsOf(now) !== null ? now : (known[key] ?? { of: "", text: "" });
      lent[key] = list;
      return elementsOf(list);
    },
    lent: () => lent,
  };
}
