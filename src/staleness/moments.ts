// Tracks which rows have been refreshed since a moment began: they need not be looked at twice within it. Knows no disk.

export class Moments {
  /** The last moment, by row, in which it was asked for. */
  #asked: Uint32Array = new Uint32Array(64);
  #moment = 1;
  #beganMs = -Infinity;

  /** Starts a new moment: looks from before it no longer count. */
  begin(nowMs: number): void {
    this.#moment++;
    this.#beganMs = nowMs;
  }

  /** Time since the moment began. */
  ageMs(nowMs: number): number {
    return nowMs - this.#beganMs;
  }

  /** Whether this is the first request for the row in this moment. */
  isFirst(row: number): boolean {
    if (row >= this.#asked.length) this.#widen(row);
    if (this.#asked[row] === this.#moment) return false;
    this.#asked[row] = this.#moment;
    return true;
  }

  #widen(row: number): void {
    const wider = new Uint32Array(2 * row + 1);
    wider.set(this.#asked);
    this.#asked = wider;
  }
}
