// How fast the loop of a build goes: whether one more task may start beside those at work, and when to look again. Knows no
// task and decides no turn.
import type { Engine, System } from "../model/ports.ts";
import { Share } from "./share.ts";

/** A machine that slept, or whose clock was set, looks again after this time. */
const MINUTE_MS = 60_000;
/** How long a machine is left alone that has too much to do. */
const BUSY_MS = 250;

export interface PaceOptions {
  readonly system: System;
  readonly slots: Engine["slots"];
  /** Start no second task while the load average is above this; null: no limit. */
  readonly load: number | null;
  /** Tasks that have been started and have not ended. */
  running(): number;
  /** Those of them that wait for others, and hold no slot. */
  away(): number;
}

export class Pace {
  readonly #o: PaceOptions;
  readonly #share: Share;
  /** How often something has happened. */
  happened = 0;
  #wake: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PaceOptions) {
    this.#o = options;
    this.#share = new Share(options.slots);
  }

  /** Something that the loop is to look at, which may be busy filling slots. */
  stir(): void {
    this.happened++;
    this.#wake?.();
  }

  /** Until something happens, or it is time. */
  rest(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  /** A busy machine, or others who have all slots, keep the next one from starting: then it is time again in a while. */
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

  /** Nothing more is to start for now: keeps no more slots than are needed. */
  settle(): void {
    this.#share.settle(this.#atWork());
  }

  /** A task has ended: others may have its slot. */
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
