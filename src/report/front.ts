// The names in front of lines that stand among those of other tasks, lined up. Knows no events.
import type { Paint } from "./color.ts";
import { visible } from "./format.ts";
import { padTo, textWidth } from "./width.ts";

/** Longer names stand out rather than push all others to the right. */
const COLUMNS = 24;

export class Fronts {
  readonly #paint: Paint;
  #width = 0;

  constructor(paint: Paint) {
    this.#paint = paint;
  }

  /** From here on lines of `task` may come. */
  expect(task: string): void {
    this.#width = Math.max(this.#width, Math.min(COLUMNS, textWidth(visible(task))));
  }

  of(task: string): string {
    return `${this.#paint.name(padTo(visible(task), this.#width))} | `;
  }
}
