// Which rows a sweep has found not to be plainly the same, kept for whoever sweeps the same rows once more: a build that has
// something to do goes on from what a look in passing has seen. Knows no disk.
import { MARK, type FileTable, type Rows, type Sight } from "../model/table.ts";

export class Swept {
  readonly #table: FileTable;
  /** All its rows but the open ones are marked as the same. */
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

  /** A mark has been taken back. What other threads have read by then may be from before. */
  forget(): void {
    this.#last = null;
    this.#table.hashing = null;
  }

  /** Those of `rows` that are not marked as the same once `mark` has gone through all that may be so. */
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

/** In machine code. */
function isSame(a: Rows, b: Rows): boolean {
  return a === b || (a instanceof Uint32Array && b instanceof Uint32Array && a.length > 0 && bytesOf(a).equals(bytesOf(b)));
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
