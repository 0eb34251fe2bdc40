// When a watch tries again what it leaves alone because it went round in circles: who changed the same file each time may have
// been a person. Knows neither tasks nor config.

/** Then after twice the time, and so on. */
export const FIRST_TRIAL_MS = 30_000;
const LAST_TRIAL_MS = 1_800_000;
/** It comes with a look at everything, and not the one after for a moment's sake. */
const EARLY_MS = 5_000;

export class Trial {
  /** In ms, from any start. */
  readonly #now: () => number;
  #pauseMs = FIRST_TRIAL_MS;
  #at = Infinity;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** In ms, from when it came to rest to when it is tried again; Infinity: nothing rests. */
  get pauseMs(): number {
    return this.#at === Infinity ? Infinity : this.#pauseMs;
  }

  /** Something has just been left alone. */
  begin(): void {
    this.#pauseMs = FIRST_TRIAL_MS;
    this.repeat();
  }

  /** Is it to be tried now? `asked`: somebody wants it. The next pause is twice as long. */
  isDue(asked: boolean): boolean {
    if (this.#at === Infinity || (!asked && this.#now() < this.#at - EARLY_MS)) return false;
    this.#pauseMs = Math.min(2 * this.#pauseMs, LAST_TRIAL_MS);
    return true;
  }

  /** It is left alone for the present pause. */
  repeat(): void {
    this.#at = this.#now() + this.#pauseMs;
  }

  /** Nothing is left alone any more. */
  end(): void {
    this.#at = Infinity;
  }
}
