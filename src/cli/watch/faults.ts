// Reports of a faulty config in a watch: once when it breaks, once when it is mended. Loads nothing.
import type { WatchEvent } from "../../model/event.ts";
import type { Problem } from "../../model/problem.ts";

export class Faults {
  #problems: readonly Problem[] = [];

  get any(): boolean {
    return this.#problems.length > 0;
  }

  /** The event to report for `problems`, if any. `kept`: the tasks of the last good config stay in use. */
  note(problems: readonly Problem[], { kept, time }: { readonly kept: boolean; readonly time: number }): WatchEvent | null {
    const before = this.#problems;
    this.#problems = problems;
    if (problems.length === 0) return before.length === 0 ? null : { event: "config-mended", time };
    return JSON.stringify(problems) === JSON.stringify(before) ? null : { event: "config-broken", problems, kept };
  }

  /** Whether an error thrown late was reported already, because loading the config again threw it too. */
  has(thrown: Problem): boolean {
    const textOf = (problem: Problem): string => JSON.stringify({ ...problem, late: true });
    return this.#problems.some((problem) => textOf(problem) === textOf(thrown));
  }
}
