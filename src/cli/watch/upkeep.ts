// How a watch manages its memory: turns the optimising compiler on for large builds, and returns unused memory once nothing
// is waiting. Knows no task.
import type { CompactMemo } from "../../model/memo.ts";
import type { Doors } from "../doors.ts";

/** Delay after a round: before somebody is likely to edit again. */
const TIDY_MS = 20;
const TIDY_ROUNDS = 128;

export class Upkeep {
  readonly #doors: Pick<Doors, "tidy" | "optimise">;
  /** What was newly written before the last tidying, and the rounds since. */
  #written: CompactMemo | null = null;
  #untidy = 0;
  /** null: not set yet, and V8 behaves as in any program; so it is during the first look. */
  #optimises: boolean | null = null;

  constructor(doors: Pick<Doors, "tidy" | "optimise">) {
    this.#doors = doors;
  }

  /** Tasks are about to run. */
  begin(many: boolean): void {
    if (many || this.#optimises === null) this.optimise(many);
  }

  optimise(on: boolean): void {
    if (on !== this.#optimises) void this.#doors.optimise?.((this.#optimises = on));
  }

  /** Writing the whole state takes much memory for a moment, and each round leaves some garbage. */
  tidyAfter(written: CompactMemo | null): void {
    if (written === this.#written && ++this.#untidy < TIDY_ROUNDS) return;
    this.#written = written;
    this.#untidy = 0;
    setTimeout(() => void this.#doors.tidy?.(), TIDY_MS).unref();
  }
}
