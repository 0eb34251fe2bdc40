// Decides when a watch evaluates its config again because it was written meanwhile, and when that is pointless: a config that
// writes its own files. Evaluates nothing.
import type { FilePath } from "../../model/path.ts";
import { isDoubtful, markOf, type Picture } from "./picture.ts";
import { Trial } from "./trial.ts";

/** A look at the config. */
export interface LookAtConfig {
  /** null: any path may have changed. */
  readonly hints: ReadonlySet<FilePath> | null;
  /** A person asks for the current state. */
  readonly asked: boolean;
}

export class Doubts {
  /** The state of the config when it was last in doubt. */
  #mark = "";
  /** Rows written during the last evaluation, except those at rest. */
  #written: readonly string[] = [];
  /** Rows that every evaluation writes. */
  #resting: ReadonlySet<string> = new Set();
  readonly #trial: Trial;

  /** `now` in ms, from any start. */
  constructor(now: () => number) {
    this.#trial = new Trial(now);
  }

  /** See Trial. */
  get pauseMs(): number {
    return this.#trial.pauseMs;
  }

  /** Rows of the config that were written during its evaluation. */
  note(written: readonly string[]): void {
    const again = written.filter((key) => this.#resting.has(key));
    if (again.length < this.#resting.size) this.#resting = new Set(again);
    this.#written = written.filter((key) => !this.#resting.has(key));
    if (this.#resting.size === 0) this.#trial.end();
    else this.#trial.repeat();
  }

  /** Whether to evaluate it again. Without a hint, true once for each state of the config. */
  isDue(picture: Picture, { hints, asked }: LookAtConfig): boolean {
    if (this.#written.length > 0) return true;
    if (this.#trial.isDue(asked)) return true;
    if (!isDoubtful(picture, hints, this.#resting)) return false;
    const mark = markOf(picture, this.#resting);
    const known = mark === this.#mark;
    this.#mark = mark;
    return hints !== null || !known;
  }

  /** What was written during the last evaluation: files, or else folders. */
  written(): readonly FilePath[] {
    const files = this.#written.filter((key) => !key.endsWith("/"));
    return (files.length > 0 ? files : this.#written) as FilePath[];
  }

  /** Every evaluation will write what was written now: evaluate again only after a pause. */
  rest(): void {
    if (this.#written.length === 0) return;
    this.#resting = new Set([...this.#resting, ...this.#written]);
    this.#written = [];
    this.#trial.begin();
  }
}
