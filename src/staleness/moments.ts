// Which rows have been asked for anew since a moment began: within it they need not be looked at twice. Knows no disk.

export class Moments {
  #asked: Set<number> = new Set();
  #beganMs = -Infinity;

  /** What is seen from now on was not seen before. */
  begin(nowMs: number): void {
    if (this.#asked.size > 0) this.#asked = new Set();
    this.#beganMs = nowMs;
  }

  /** Time since it began. */
  ageMs(nowMs: number): number {
    return nowMs - this.#beganMs;
  }

  /** Is the row asked for the first time in this moment? */
  isFirst(row: number): boolean {
    const before = this.#asked.size;
    return this.#asked.add(row).size > before;
  }
}
