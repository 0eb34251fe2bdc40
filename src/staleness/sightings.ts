// What the world takes down of its looks, and a listing as text. Knows no disk.
import type { Listing } from "../model/ports.ts";
import type { RowSet } from "../model/row-set.ts";
import type { Identity } from "../model/state.ts";

/** A row that was looked at again and is something else now. */
export interface Moved {
  readonly row: number;
  readonly before: Identity;
  readonly after: Identity;
}

/** Rows, by what happened to them. Whoever reads a set empties it. */
export interface Sightings {
  /** Of another identity than before. */
  readonly moved: RowSet;
  /** Forgotten, and perhaps not looked at since. */
  readonly forgotten: RowSet;
  /** Looked at for the first time, or again. */
  readonly looked: RowSet;
  /** Asked about while a set stands here. */
  asked: RowSet | null;
}

/** A folder's names and kinds as one text; the terminator cannot occur in a name. */
export function listingText(listing: Listing): string {
  let text = "";
  for (let i = 0; i < listing.names.length; i++) text += listing.kinds[i]![0] + listing.names[i]! + "\0";
  for (const name of listing.bad) text += "!" + name + "\0";
  return text;
}
