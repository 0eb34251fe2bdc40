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

  /** Those of `rows` not marked as the same after `mark` has visited all rows that may be. */
  notSame(rows: Rows, mark: (some: Rows) => Uint8Array): number[] {
    const last = this.#last;
    const some = last !== null && isSame(last.rows, rows) ? last.open : rows;
    const seen = mark(some);
    const open: number[] = [];
    for (let i = 0; i < some.length; i++) if (seen[some[i]!] !== MARK.same) open.push(some[i]!);
    if (last === null || rows.length >= last.rows.length) this.#last = { rows, open: open.slice() };
    return open;
  }
}

/** Compares bytes in native code. */
function isSame(a: Rows, b: Rows): boolean {
  return a === b || (a instanceof Uint32Array && b instanceof Uint32Array && a.length > 0 && bytesOf(a).equals(bytesOf(b)));
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
