// Jobserver slots on top of the plan's own limit: the first task runs without one, each further task takes a token. Keeps the
// count; knows no tasks.
import type { Slots } from "../../model/ports.ts";

/** How long to wait before trying again while others have all tokens, in ms: a shared pipe cannot be waited on. */
const SHORTEST_MS = 2;
const LONGEST_MS = 20;

/** How long a token may pass from task to task before others get a chance at it, in ms. */
const OWN_MS = 10;

export class Share {
  readonly #slots: Slots | undefined;
  #held = 0;
  #easedAt = -Infinity;
  #pauseMs = SHORTEST_MS;

  constructor(slots: Slots | undefined) {
    this.#slots = slots?.waits === true ? slots : undefined;
  }

  /** Whether one more task may run beside `running`; takes the token for it if so. */
  mayStart(running: number): boolean {
    if (this.#slots === undefined || running <= this.#held) return true;
    if (!this.#slots.take()) return false;
    this.#held++;
    this.#pauseMs = SHORTEST_MS;
    return true;
  }

  /** A task has ended, and usually another starts at once: returns its token if others have had no chance for a while. */
  ease(running: number, now: number): void {
    if (now - this.#easedAt < OWN_MS) return;
    this.#easedAt = now;
    this.settle(running);
  }

  /** Keeps no more tokens than `running` tasks need. */
  settle(running: number): void {
    if (this.#slots === undefined) return;
    for (; this.#held > Math.max(0, running - 1); this.#held--) this.#slots.give();
    if (running === 0) this.#slots.rest();
  }

  /** How long to wait before trying again. */
  pauseMs(): number {
    this.#pauseMs = Math.min(LONGEST_MS, this.#pauseMs * 2);
    return this.#pauseMs;
  }
}
