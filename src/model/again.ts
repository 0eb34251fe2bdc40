// Paths by number as they were found last, and which was found after which: whoever goes over many asks for them in the same order
// again and again, and a map of hundreds of thousands is slow. Says nothing of what it has not been told.

export class Again {
  #names: (string | undefined)[] = [];
  #next: Uint32Array = new Uint32Array(0);
  #last = 0;

  /** -1: not the last one again, nor the one that came after it the last time. */
  of(path: string): number {
    const last = this.#last;
    if (this.#names[last] === path) return last;
    const next = this.#next[last];
    return next !== undefined && this.#names[next] === path ? (this.#last = next) : -1;
  }

  /** `room`: how many there may be. */
  note(path: string, id: number, room: number): void {
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
