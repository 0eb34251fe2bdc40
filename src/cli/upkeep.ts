// What a watch does for its memory: it takes that of the optimising compiler where there is much to do, and gives back what
// nobody needs any more once nobody waits for anything. Knows no task.
import type { CompactMemo } from "../model/memo.ts";
import type { Doors } from "./doors.ts";

/** After a round, before somebody is likely to edit. */
const TIDY_MS = 20;
const TIDY_ROUNDS = 128;

export class Upkeep {
  readonly #doors: Pick<Doors, "tidy" | "optimise">;
  /** What was written anew before memory was last tidied, and the rounds since then. */
  #written: CompactMemo | null = null;
  #untidy = 0;
  /** null: nothing was said yet, and V8 does as with any program: so it is in the first look. */
  #optimises: boolean | null = null;

  constructor(doors: Pick<Doors, "tidy" | "optimise">) {
    this.#doors = doors;
  }

  /** Tasks are going to run. */
  begin(many: boolean): void {
    if (many || this.#optimises === null) this.optimise(many);
  }

  optimise(on: boolean): void {
    if (on !== this.#optimises) void this.#doors.optimise?.((this.#optimises = on));
  }

  /** To write the state anew takes much memory for a moment, and each round leaves some. */
  tidyAfter(written: CompactMemo | null): void {
    if (written === this.#written && ++this.#untidy < TIDY_ROUNDS) return;
    this.#written = written;
    this.#untidy = 0;
    setTimeout(() => void this.#doors.tidy?.(), TIDY_MS).unref();
  }
}
