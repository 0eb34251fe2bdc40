// A set of row numbers for callers that add hundreds of thousands, iterate and clear: one byte per existing row, and the
// numbers in insertion order.

/** Row numbers, each once. */
export type SomeRows = Iterable<number> & { readonly size: number };

export class RowSet implements Iterable<number> {
  #has: Uint8Array = new Uint8Array(0);
  readonly #rows: number[] = [];

  get size(): number {
    return this.#rows.length;
  }

  has(row: number): boolean {
    return this.#has[row] === 1;
  }

  add(row: number): void {
    if (row >= this.#has.length) this.#widen(row);
    if (this.#has[row] === 1) return;
    this.#has[row] = 1;
    this.#rows.push(row);
  }

  clear(): void {
    for (const row of this.#rows) this.#has[row] = 0;
    this.#rows.length = 0;
  }

  /** A copy of the current rows. */
  list(): Uint32Array {
    return Uint32Array.from(this.#rows);
  }

  [Symbol.iterator](): IterableIterator<number> {
    return this.#rows[Symbol.iterator]();
  }

  #widen(row: number): void {
    const wider = new Uint8Array(Math.max(64, 2 * row));
    wider.set(this.#has);
    this.#has = wider;
  }
}
