// Numbers by task index, in memory that is reused from one plan to the next: a watch has many rounds of the same size, whose
// memory would otherwise have to be collected each time. Knows no plan.
type Column = Uint8Array | Int32Array | Float64Array;

export class Columns {
  #lent: Column[] = [];
  #spare: Column[] = [];

  /** Everything given out so far is no longer in use. */
  begin(): void {
    this.#spare = this.#lent;
    this.#lent = [];
  }

  bytes(count: number): Uint8Array {
    return this.#take(Uint8Array, count);
  }

  integers(count: number): Int32Array {
    return this.#take(Int32Array, count);
  }

  numbers(count: number): Float64Array {
    return this.#take(Float64Array, count);
  }

  /** Filled with zeros. */
  #take<C extends Column>(Kind: new (count: number) => C, count: number): C {
    const at = this.#spare.findIndex((one) => one instanceof Kind && one.length === count);
    const column = at < 0 ? new Kind(count) : (this.#spare.splice(at, 1)[0] as C).fill(0) as C;
    this.#lent.push(column);
    return column;
  }
}
