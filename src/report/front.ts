// Aligned task names in front of lines that are mixed with those of other tasks. Knows no events.
import type { Paint } from "./color.ts";
import { visible } from "./format.ts";
import { padTo, textWidth } from "./width.ts";

/** Longer names stick out rather than push all others to the right. */
const COLUMNS = 24;

export class Fronts {
  readonly #paint: Paint;
  #width = 0;
  /** Most tasks print nothing: names are measured when a line comes. */
  readonly #unmeasured: Set<string> = new Set();

  constructor(paint: Paint) {
    this.#paint = paint;
  }

  /** Lines of `task` may come from here on. */
  expect(task: string): void {
    if (this.#width < COLUMNS) this.#unmeasured.add(task);
  }

  of(task: string): string {
    for (const name of this.#unmeasured) this.#width = Math.max(this.#width, Math.min(COLUMNS, textWidth(visible(name))));
    this.#unmeasured.clear();
    return `${this.#paint.name(padTo(visible(task), this.#width))} | `;
  }
}
