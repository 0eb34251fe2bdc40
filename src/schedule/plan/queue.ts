// The ready tasks: which may start now, by what is available and by whose turn it is. Knows no dependencies and no outcomes.
import { createHeap, type Heap } from "../../graph/heap.ts";
import type { Demands } from "./demand.ts";
import type { Before } from "./priority.ts";
import { Supply } from "./supply.ts";

export interface QueueOptions {
  readonly demands: Demands;
  /** The order of turns. */
  readonly before: Before;
  /** No overtaking: if the first waits for its rate, the others wait too. */
  readonly strict: boolean;
  /** A task put back to waiting leaves its entry behind. `begun`: it has already run and was paused. */
  isReady(task: number, begun: boolean): boolean;
}

export class Queue {
  readonly #options: QueueOptions;
  /** By kind of demand: a task that does not fit holds up only its own kind. */
  readonly #heaps: Heap[] = [];
  /** Tasks that have begun and may go on, in the order in which they returned. */
  #returned: number[] = [];
  readonly #supply: Supply;
  #opensAt = Infinity;

  /** `earlier`: the queue of the same build, with fewer kinds of demand. What is held and counted is carried over; tasks are pushed again. */
  constructor(options: QueueOptions, earlier: Queue | null = null) {
    this.#options = options;
    this.#supply = earlier === null ? new Supply(options.demands) : earlier.#supply;
    this.#grow();
  }

  push(task: number, begun: boolean): void {
    if (begun) this.#returned.push(task);
    else this.#heaps[this.#kindOf(task)]!.push(task);
  }

  /** Takes a task that may start now; -1 if there is none. Tasks that have begun go first. `begunOnly`: takes no others. */
  take(now: number, begunOnly: boolean): number {
    this.#opensAt = Infinity;
    const again = this.#takeReturned(now);
    if (again >= 0 || begunOnly) return again;
    const best = this.#options.strict ? this.#firstInOrder(now) : this.#firstThatFits(now);
    if (best >= 0) this.#heaps[this.#kindOf(best)]!.pop();
    return best;
  }

  /** When a task that only a rate holds back may start; `Infinity` if there is none. As of the last `take`. */
  opensAt(): number {
    return this.#opensAt;
  }

  /** The task runs from now on, and holds what it uses. */
  hold(task: number): void {
    this.#supply.take(this.#demandOf(task));
  }

  /** The task no longer runs. */
  release(task: number): void {
    this.#supply.give(this.#demandOf(task));
  }

  /** Counts a start against its rates. */
  count(task: number, now: number): void {
    this.#supply.count(this.#demandOf(task), now);
  }

  #takeReturned(now: number): number {
    this.#returned = this.#returned.filter((task) => this.#options.isReady(task, true));
    const at = this.#returned.findIndex((task) => this.#mayStart(this.#kindOf(task), now));
    return at < 0 ? -1 : this.#returned.splice(at, 1)[0]!;
  }

  #firstThatFits(now: number): number {
    let best = -1;
    for (let kind = 0; kind < this.#heaps.length; kind++) {
      const first = this.#first(this.#heaps[kind]!);
      if (first >= 0 && (best < 0 || this.#options.before(first, best)) && this.#mayStart(kind, now)) best = first;
    }
    return best;
  }

  #firstInOrder(now: number): number {
    let best = -1;
    for (const heap of this.#heaps) {
      const first = this.#first(heap);
      if (first >= 0 && (best < 0 || this.#options.before(first, best))) best = first;
    }
    return best >= 0 && this.#mayStart(this.#kindOf(best), now) ? best : -1;
  }

  #first(heap: Heap): number {
    while (heap.size > 0 && !this.#options.isReady(heap.peek(), false)) heap.pop();
    return heap.peek();
  }

  /** Whether there is enough of everything. If only a rate is in the way, notes when it opens. */
  #mayStart(kind: number, now: number): boolean {
    const demand = this.#options.demands.kinds[kind]!;
    if (!this.#supply.fits(demand)) return false;
    const opensAt = this.#supply.opensAt(demand);
    if (opensAt > now) this.#opensAt = Math.min(this.#opensAt, opensAt);
    return opensAt <= now;
  }

  /** The first task of a kind creates its heap. */
  #kindOf(task: number): number {
    const kind = this.#options.demands.kindOf(task);
    if (kind >= this.#heaps.length) this.#grow();
    return kind;
  }

  #grow(): void {
    const { demands, before } = this.#options;
    while (this.#heaps.length < demands.kinds.length) this.#heaps.push(createHeap(before));
    this.#supply.grow(demands);
  }

  #demandOf(task: number): Demands["kinds"][number] {
    return this.#options.demands.kinds[this.#kindOf(task)]!;
  }
}
