// Whether more time has gone by than this process knows of: the machine slept, the process was stopped, or somebody set the clock.
// What changed meanwhile may have been told nobody. Knows no files.
import type { System } from "../model/ports.ts";

/** How late one learns of it, where nobody asks. */
const EVERY_MS = 1_000;
/** The two clocks differ by more than this between two looks: the time of day was set, or went on alone while the machine slept. */
const SET_MS = 500;
/** A busy process is late as well; not by so much. */
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

  /** Has there been one since the last look? */
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
