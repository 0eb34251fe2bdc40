// Tracks which rows have been refreshed since a moment began: they need not be looked at twice within it. Knows no disk.

export class Moments {
  #asked: Set<number> = new Set();
  #beganMs = -Infinity;

  /** Starts a new moment: looks from before it no longer count. */
  begin(nowMs: number): void {
    if (this.#asked.size > 0) this.#asked = new Set();
    this.#beganMs = nowMs;
  }

  /** Time since the moment began. */
  ageMs(nowMs: number): number {
    return nowMs - this.#beganMs;
  }

  /** Whether this is the first request for the row in this moment. */
  isFirst(row: number): boolean {
    const before = this.#asked.size;
    return this.#asked.add(row).size > before;
  }
}
