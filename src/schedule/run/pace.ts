// The pace of the build loop: whether one more task may start beside the running ones, and when to check again. Knows no task
// and decides no order.
import type { Engine, System } from "../../model/ports.ts";
import { Share } from "./share.ts";

/** After a sleep of the machine or a change of its clock, the loop checks again within this time. */
const MINUTE_MS = 60_000;
/** Pause before an overloaded machine is checked again. */
const BUSY_MS = 250;

export interface PaceOptions {
  readonly system: System;
  readonly slots: Engine["slots"];
  /** Start no second task while the load average is above this; null: no limit. */
  readonly load: number | null;
  /** Number of tasks that have started and not ended. */
  running(): number;
  /** Number of those that wait for others and hold no slot. */
  away(): number;
}

export class Pace {
  readonly #o: PaceOptions;
  readonly #share: Share;
  /** Number of events so far. */
  happened = 0;
  #wake: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PaceOptions) {
    this.#o = options;
    this.#share = new Share(options.slots);
  }

  /** Something happened that the loop must look at, although it may be busy filling slots. */
  stir(): void {
    this.happened++;
    this.#wake?.();
  }

  /** Resolves when something happens or it is time to check again. */
  rest(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  /** A busy machine, or other programs that hold all slots, prevent the next start: check again later. */
  mayStart(): boolean {
    const pauseMs = this.#heldBackMs();
    if (pauseMs > 0) this.lookAt(this.#o.system.monotonicMs() + pauseMs);
    return pauseMs === 0;
  }

  #heldBackMs(): number {
    const { load, system } = this.#o;
    if (load !== null && this.#o.running() > 0 && system.load() > load) return BUSY_MS;
    return this.#share.mayStart(this.#atWork()) ? 0 : this.#share.pauseMs();
  }

  lookAt(time: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#wake?.(), Math.max(1, Math.min(MINUTE_MS, time - this.#o.system.monotonicMs())));
  }

  /** Nothing more is to start for now: returns slots that are not needed. */
  settle(): void {
    this.#share.settle(this.#atWork());
  }

  /** A task has ended: other programs may have its slot. */
  ease(): void {
    this.#share.ease(this.#atWork(), this.#o.system.monotonicMs());
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #atWork(): number {
    return this.#o.running() - this.#o.away();
  }
}
