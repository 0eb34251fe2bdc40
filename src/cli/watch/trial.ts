// When a watch retries what it leaves alone because it was circular: a file that changed each time may have been changed by a
// person. Knows neither tasks nor config.

/** Doubled after each trial. */
export const FIRST_TRIAL_MS = 30_000;
const LAST_TRIAL_MS = 1_800_000;
/** A trial coincides with a look at everything: it may come this much early rather than wait for the next look. */
const EARLY_MS = 5_000;

export class Trial {
  /** In ms, from any start. */
  readonly #now: () => number;
  #pauseMs = FIRST_TRIAL_MS;
  #at = Infinity;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** In ms, from being left alone until the trial; Infinity: nothing is left alone. */
  get pauseMs(): number {
    return this.#at === Infinity ? Infinity : this.#pauseMs;
  }

  /** Something has just been left alone. */
  begin(): void {
    this.#pauseMs = FIRST_TRIAL_MS;
    this.repeat();
  }

  /** Whether to try now. `asked`: a person wants it. Doubles the next pause. */
  isDue(asked: boolean): boolean {
    if (this.#at === Infinity || (!asked && this.#now() < this.#at - EARLY_MS)) return false;
    this.#pauseMs = Math.min(2 * this.#pauseMs, LAST_TRIAL_MS);
    return true;
  }

  /** It stays alone for another pause of the same length. */
  repeat(): void {
    this.#at = this.#now() + this.#pauseMs;
  }

  /** Nothing is left alone any more. */
  end(): void {
    this.#at = Infinity;
  }
}
