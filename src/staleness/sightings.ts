// What the world records about its looks at files, and listings as text. Knows no disk.
import { joinPath, type FilePath } from "../model/path.ts";
import type { Listing } from "../model/ports.ts";
import type { RowSet } from "../model/row-set.ts";
import type { FileStat, Identity } from "../model/state.ts";

export const SPECIAL_CODES: Partial<Record<FileStat["kind"], number>> = { fifo: 0, socket: 1, device: 2 };

/** A row that was looked at again and has another identity now. */
export interface Moved {
  readonly row: number;
  readonly before: Identity;
  readonly after: Identity;
}

/** Rows by what happened to them. The reader of a set clears it. */
export interface Sightings {
  /** Rows whose identity changed. */
  readonly moved: RowSet;
  /** Discarded rows that may not have been looked at since. */
  readonly forgotten: RowSet;
  /** Rows looked at for the first time, or again. */
  readonly looked: RowSet;
  /** Rows that were asked about while this is set. */
  asked: RowSet | null;
}

/** The listing without the paths in `hidden`. */
export function visible(hidden: ReadonlySet<string>, folder: FilePath, listing: Listing): Listing {
  if (hidden.size === 0) return listing;
  const keep = listing.names.map((name) => !hidden.has(joinPath(folder, name)));
  return { names: listing.names.filter((_, i) => keep[i]), kinds: listing.kinds.filter((_, i) => keep[i]), bad: listing.bad };
}

/** A folder's names and kinds as one text; the terminator cannot occur in a name. */
export function listingText(listing: Listing): string {
  let text = "";
  for (let i = 0; i < listing.names.length; i++) text += listing.kinds[i]![0] + listing.names[i]! + "\0";
  for (const name of listing.bad) text += "!" + name + "\0";
  return text;
}

/** Rows below `count` that have been looked at. */
export function markedRows(marks: Uint8Array, count: number): number[] {
  const rows: number[] = [];
  for (let id = marks.indexOf(1); id >= 0 && id < count; id = marks.indexOf(1, id + 1)) rows.push(id);
  return rows;
}

export function widened(marks: Uint8Array, size: number): Uint8Array {
  const wider = new Uint8Array(size);
  wider.set(marks);
  return wider;
}
