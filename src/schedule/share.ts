// Slots of a jobserver beside the plan's own limit: the first task has one for nothing, each further one takes a token.
// Keeps the count; knows no tasks.
import type { Slots } from "../model/ports.ts";

/** How long to wait before asking again while others have all tokens, in ms: a pipe that is shared cannot be waited for. */
const SHORTEST_MS = 2;
const LONGEST_MS = 20;

/** How long a token may go from task to task before others are let have it, in ms. */
const OWN_MS = 10;

export class Share {
  readonly #slots: Slots | undefined;
  #held = 0;
  #easedAt = -Infinity;
  #pauseMs = SHORTEST_MS;

  constructor(slots: Slots | undefined) {
    this.#slots = slots?.waits === true ? slots : undefined;
  }

  /** May one more run beside `running`? Takes the token for it. */
  mayStart(running: number): boolean {
    if (this.#slots === undefined || running <= this.#held) return true;
    if (!this.#slots.take()) return false;
    this.#held++;
    this.#pauseMs = SHORTEST_MS;
    return true;
  }

  /** A task has ended, and mostly another starts at once: gives its token back if others have not had the chance for a while. */
  ease(running: number, now: number): void {
    if (now - this.#easedAt < OWN_MS) return;
    this.#easedAt = now;
    this.settle(running);
  }

  /** Keeps no more than `running` tasks need. */
  settle(running: number): void {
    if (this.#slots === undefined) return;
    for (; this.#held > Math.max(0, running - 1); this.#held--) this.#slots.give();
    if (running === 0) this.#slots.rest();
  }

  /** When to ask again. */
  pauseMs(): number {
    this.#pauseMs = Math.min(LONGEST_MS, this.#pauseMs * 2);
    return this.#pauseMs;
  }
}
