// A cache of path → number that remembers the order of lookups: callers ask for many paths in the same order again and again,
// and a map with hundreds of thousands of entries is slow. Knows only what it has been told.

/** The first lookups are not remembered: the columns have room for everything, and a small build asks for little. */
const FEW = 64;

export class Again {
  #names: (string | undefined)[] = [];
  #next: Uint32Array = new Uint32Array(0);
  #last = 0;
  #left = FEW;

  /** Returns -1 unless `path` is the last one asked for, or the one that followed it last time. */
  of(path: string): number {
    const last = this.#last;
    if (this.#names[last] === path) return last;
    const next = this.#next[last];
    return next !== undefined && this.#names[next] === path ? (this.#last = next) : -1;
  }

  /** `room`: the maximum number of entries. */
  note(path: string, id: number, room: number): void {
    if (this.#left > 0) return void this.#left--;
    if (this.#next.length < room) {
      const wider = new Uint32Array(room);
      wider.set(this.#next);
      this.#next = wider;
      this.#names.length = room;
    }
    this.#next[this.#last] = id;
    this.#names[id] = path;
    this.#last = id;
  }

  forget(): void {
    this.#names = [];
    this.#next = new Uint32Array(0);
    this.#last = 0;
  }
}
