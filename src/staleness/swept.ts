// The rows that a sweep could not mark as the same, kept for the next sweep of the same rows: a build that has something to do
// continues from what a quick look found. Knows no disk.
import { MARK, type FileTable, type Rows, type Sight } from "../model/table.ts";

export class Swept {
  readonly #table: FileTable;
  /** All its rows except the open ones are marked as the same. */
  #last: Sight["swept"] = null;

  constructor(table: FileTable) {
    this.#table = table;
  }

  get last(): Sight["swept"] {
    return this.#last;
  }

  take(last: Sight["swept"]): void {
    this.#last = last;
  }

  /** Called when a mark is withdrawn. What other threads have read by then may be outdated. */
  forget(): void {
    this.#last = null;
    this.#table.hashing = null;
  }

  /** Those of `rows` not marked as the same after `mark` has visited all rows that may be. `all`: it leaves none unmarked. */
  notSame(rows: Rows, mark: (some: Rows) => Uint8Array, all: boolean): number[] {
    const last = this.#last;
    const some = last !== null && isSame(last.rows, rows) ? last.open : rows;
    const seen = mark(some);
    const open = (all ? fewOpen(some, seen) : null) ?? openAmong(some, seen);
    if (last === null || rows.length >= last.rows.length) this.#last = { rows, open: open.slice() };
    return open;
  }
}

function openAmong(rows: Rows, seen: Uint8Array): number[] {
  const open: number[] = [];
  for (let i = 0; i < rows.length; i++) if (seen[rows[i]!] !== MARK.same) open.push(rows[i]!);
  return open;
}

/** From this many rows on a search, in native code, takes less than a loop over them. */
const MANY = 1000;
/** Up to this many of each mark are searched for. */
const FEW = 64;

/** The same where each row is marked; null: it would take longer. */
function fewOpen(rows: Rows, seen: Uint8Array): number[] | null {
  if (rows.length < MANY) return null;
  const places: number[] = [];
  for (const mark of [MARK.open, MARK.news]) {
    let left = FEW;
    for (let row = seen.indexOf(mark); row >= 0; row = seen.indexOf(mark, row + 1)) {
      if (left-- === 0) return null;
      const place = rows.indexOf(row);
      if (place >= 0) places.push(place);
    }
  }
  return places.sort((a, b) => a - b).map((place) => rows[place]!);
}

/** Compares bytes in native code. */
function isSame(a: Rows, b: Rows): boolean {
  return a === b || (a instanceof Uint32Array && b instanceof Uint32Array && a.length > 0 && bytesOf(a).equals(bytesOf(b)));
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
