// When a watch evaluates its config once more because it was being written meanwhile, and when that leads nowhere: a config
// that writes what it is made of. Evaluates nothing.
import type { FilePath } from "../model/path.ts";
import { isDoubtful, markOf, type Picture } from "./picture.ts";

export class Doubts {
  /** The state of the config that was in doubt last. */
  #mark = "";
  /** Those of the last evaluation, but for those that rest. */
  #written: readonly string[] = [];
  /** Rows that are written by each evaluation. */
  #resting: ReadonlySet<string> = new Set();

  /** Rows of the config that were written while it was evaluated. */
  note(written: readonly string[]): void {
    const again = written.filter((key) => this.#resting.has(key));
    if (again.length < this.#resting.size) this.#resting = new Set(again);
    this.#written = written.filter((key) => !this.#resting.has(key));
  }

  /** Is it to be evaluated once more? Without a hint (null: they may all be meant) it is asked once for each state of the config. */
  isDue(picture: Picture, hints: ReadonlySet<FilePath> | null): boolean {
    if (this.#written.length > 0) return true;
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

  /** It is not evaluated again for what was written now, and will be by each evaluation. */
  rest(): void {
    if (this.#written.length > 0) this.#resting = new Set([...this.#resting, ...this.#written]);
    this.#written = [];
  }
}
