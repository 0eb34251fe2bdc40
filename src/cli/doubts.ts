// When a watch evaluates its config once more because it was being written meanwhile, and when that leads nowhere: a config
// that writes what it is made of. Evaluates nothing.
import type { FilePath } from "../model/path.ts";
import { isDoubtful, markOf, type Picture } from "./picture.ts";
import { Trial } from "./trial.ts";

/** A look at the config. */
export interface LookAtConfig {
  /** null: they may all be meant. */
  readonly hints: ReadonlySet<FilePath> | null;
  /** Somebody asks for what is so now. */
  readonly asked: boolean;
}

export class Doubts {
  /** The state of the config that was in doubt last. */
  #mark = "";
  /** Those of the last evaluation, but for those that rest. */
  #written: readonly string[] = [];
  /** Rows that are written by each evaluation. */
  #resting: ReadonlySet<string> = new Set();
  readonly #trial: Trial;

  /** `now` in ms, from any start. */
  constructor(now: () => number) {
    this.#trial = new Trial(now);
  }

  /** As Trial says. */
  get pauseMs(): number {
    return this.#trial.pauseMs;
  }

  /** Rows of the config that were written while it was evaluated. */
  note(written: readonly string[]): void {
    const again = written.filter((key) => this.#resting.has(key));
    if (again.length < this.#resting.size) this.#resting = new Set(again);
    this.#written = written.filter((key) => !this.#resting.has(key));
    if (this.#resting.size === 0) this.#trial.end();
    else this.#trial.repeat();
  }

  /** Is it to be evaluated once more? Without a hint it is asked once for each state of the config. */
  isDue(picture: Picture, { hints, asked }: LookAtConfig): boolean {
    if (this.#written.length > 0) return true;
    if (this.#trial.isDue(asked)) return true;
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
  rest(): void {
    if (this.#written.length === 0) return;
    this.#resting = new Set([...this.#resting, ...this.#written]);
    this.#written = [];
    this.#trial.begin();
  }
}
