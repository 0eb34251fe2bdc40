// When a watch evaluates its config once more because it was being written meanwhile, and when that leads nowhere: a config
// that writes what it is made of. Evaluates nothing.
import type { FilePath } from "../model/path.ts";
import { isDoubtful, markOf, type Picture } from "./picture.ts";

/** What rests is tried again at the next sweep, then after twice the time, and so on: who wrote in each evaluation may have been a person. */
const FIRST_TRIAL_MS = 25_000;
const LAST_TRIAL_MS = 1_800_000;

/** A look at the config. */
export interface LookAtConfig {
  /** null: they may all be meant. */
  readonly hints: ReadonlySet<FilePath> | null;
  /** Somebody asks for what is so now. */
  readonly asked: boolean;
  /** From any start. */
  readonly timeMs: number;
}

export class Doubts {
  /** The state of the config that was in doubt last. */
  #mark = "";
  /** Those of the last evaluation, but for those that rest. */
  #written: readonly string[] = [];
  /** Rows that are written by each evaluation. */
  #resting: ReadonlySet<string> = new Set();
  #waitMs = FIRST_TRIAL_MS;
  #trialAt = Infinity;

  /** Rows of the config that were written while it was evaluated. */
  note(written: readonly string[], timeMs: number): void {
    const again = written.filter((key) => this.#resting.has(key));
    if (again.length < this.#resting.size) this.#resting = new Set(again);
    this.#written = written.filter((key) => !this.#resting.has(key));
    this.#trialAt = this.#resting.size === 0 ? Infinity : timeMs + this.#waitMs;
  }

  /** Is it to be evaluated once more? Without a hint it is asked once for each state of the config. */
  isDue(picture: Picture, { hints, asked, timeMs }: LookAtConfig): boolean {
    if (this.#written.length > 0) return true;
    if (this.#resting.size > 0 && (asked || timeMs >= this.#trialAt)) {
      this.#waitMs = Math.min(2 * this.#waitMs, LAST_TRIAL_MS);
      return true;
    }
    if (!isDoubtful(picture, hints, this.#resting)) return false;
    const mark = markOf(picture, this.#resting);
    const known = mark === this.#mark;
    this.#mark = mark;
    return hints !== null || !known;
  }

  /** What was written while it was evaluated last: files, or else folders. */
  written(): readonly FilePath[] {
    const files = this.#written.filter((key) => !key.endsWith("/"));
    return (files.length > 0 ? files : this.#written) as FilePath[];
  }

  /** For what was written now, and will be by each evaluation, it is evaluated again after a pause alone. */
  rest(timeMs: number): void {
    if (this.#written.length === 0) return;
    this.#resting = new Set([...this.#resting, ...this.#written]);
    this.#written = [];
    this.#waitMs = FIRST_TRIAL_MS;
    this.#trialAt = timeMs + FIRST_TRIAL_MS;
  }
}
