// A timer whose time is postponed again and again: it is not reset each time, only when it fires too early. Knows no state.

export class Alarm {
  readonly #now: () => number;
  readonly #ring: (time: number) => void;
  #timer: NodeJS.Timeout | null = null;
  #setFor = Infinity;
  #at = Infinity;

  /** `now` in ms. `ring` receives a time never before the one requested, whatever the clock says. */
  constructor(now: () => number, ring: (time: number) => void) {
    this.#now = now;
    this.#ring = ring;
  }

  /** Infinity: never. */
  set(at: number): void {
    this.#at = at;
    if (this.#timer !== null && Number.isFinite(at) && at >= this.#setFor) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (!Number.isFinite(at)) return;
    this.#setFor = at;
    this.#timer = setTimeout(() => this.#goOff(), Math.max(0, at - this.#now()));
  }

  #goOff(): void {
    const time = Math.max(this.#setFor, this.#now());
    this.#timer = null;
    if (this.#at > time) this.set(this.#at);
    else this.#ring(time);
  }
}
