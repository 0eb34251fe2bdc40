// What tasks share: slots of pools, amounts of resources, starts per time. Counts only; knows no tasks and no order.
import type { Rate } from "../../model/limits.ts";

/** What a task uses while it runs. Many tasks share one. */
export interface Demand {
  /** Index into the totals, and the amount used. */
  readonly takes: readonly (readonly [limit: number, amount: number])[];
  /** Rates that count its starts. */
  readonly rates: readonly number[];
  /** It asks for more than there is, so it runs alone. */
  readonly alone: boolean;
}

export interface SupplyOptions {
  /** `Infinity`: counted, not limited. */
  readonly totals: readonly number[];
  readonly rates: readonly Rate[];
}

/** Amounts are kept as whole millionths, so that sums of fractions are exact. */
const PARTS = 1_000_000;

export class Supply {
  readonly #free: number[] = [];
  #rates: readonly Rate[] = [];
  /** The latest starts for each rate, as many as it counts, oldest first. */
  readonly #starts: number[][] = [];
  #running = 0;
  #alone = false;

  constructor(options: SupplyOptions) {
    this.grow(options);
  }

  /** Adds totals and rates; earlier ones keep their index. */
  grow({ totals, rates }: SupplyOptions): void {
    for (const total of totals.slice(this.#free.length)) this.#free.push(Math.round(total * PARTS));
    while (this.#starts.length < rates.length) this.#starts.push([]);
    this.#rates = rates;
  }

  /** Whether there is enough of everything, rates aside. */
  fits({ takes, alone }: Demand): boolean {
    if (this.#alone || (alone && this.#running > 0)) return false;
    return alone || takes.every(([limit, amount]) => this.#free[limit]! >= Math.round(amount * PARTS));
  }

  take(demand: Demand): void {
    this.#running++;
    if (demand.alone) this.#alone = true;
    else for (const [limit, amount] of demand.takes) this.#free[limit]! -= Math.round(amount * PARTS);
  }

  give(demand: Demand): void {
    this.#running--;
    if (demand.alone) this.#alone = false;
    else for (const [limit, amount] of demand.takes) this.#free[limit]! += Math.round(amount * PARTS);
  }

  /** When its rates allow a start, in the unit of `now`; 0: at any time. */
  opensAt({ rates }: Demand): number {
    let at = 0;
    for (const rate of rates) {
      const starts = this.#starts[rate]!;
      const { count, perMs } = this.#rates[rate]!;
      if (starts.length >= count) at = Math.max(at, starts[starts.length - count]! + perMs);
    }
    return at;
  }

  /** Counts a start with this demand. */
  count({ rates }: Demand, now: number): void {
    for (const rate of rates) {
      const starts = this.#starts[rate]!;
      starts.push(now);
      if (starts.length > 2 * this.#rates[rate]!.count + 16) starts.splice(0, starts.length - this.#rates[rate]!.count);
    }
  }
}
