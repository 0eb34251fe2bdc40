// Whether more time has passed than this process noticed: the machine slept, the process was stopped, or the clock was set.
// Changes
// in that time may have gone unreported. Knows no files.
import type { System } from "../../model/ports.ts";

/** How late a jump is noticed if nobody asks. */
const EVERY_MS = 1_000;
/** If the two clocks drift apart by more than this between two looks, the time of day was set, or ran on alone while the machine slept. */
const SET_MS = 500;
/** A busy process is late as well, but not by this much. */
const LATE_MS = 5_000;

export class Jumps {
  readonly #system: Pick<System, "now" | "monotonicMs">;
  readonly #alarm: () => void;
  #nowMs: number;
  #monotonicMs: number;
  readonly #timer: NodeJS.Timeout;

  constructor(system: Pick<System, "now" | "monotonicMs">, alarm: () => void) {
    this.#system = system;
    this.#alarm = alarm;
    this.#nowMs = system.now();
    this.#monotonicMs = system.monotonicMs();
    this.#timer = setInterval(() => this.look(), EVERY_MS).unref();
  }

  /** Whether there was one since the last look. */
  look(): boolean {
    const [now, monotonic] = [this.#system.now(), this.#system.monotonicMs()];
    const passed = monotonic - this.#monotonicMs;
    const jumped = Math.abs(now - this.#nowMs - passed) > SET_MS || passed > EVERY_MS + LATE_MS;
    this.#nowMs = now;
    this.#monotonicMs = monotonic;
    if (jumped) this.#alarm();
    return jumped;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
