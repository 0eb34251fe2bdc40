// What is wrong with the config, as a watch tells of it: once, and once that it is mended. Loads nothing.
import type { WatchEvent } from "../model/event.ts";
import type { Problem } from "../model/problem.ts";

export class Faults {
  #problems: readonly Problem[] = [];

  get any(): boolean {
    return this.#problems.length > 0;
  }

  /** What of `problems` is to be told. `kept`: the tasks of a good config go on. */
  note(problems: readonly Problem[], { kept, time }: { readonly kept: boolean; readonly time: number }): WatchEvent | null {
    const before = this.#problems;
    this.#problems = problems;
    if (problems.length === 0) return before.length === 0 ? null : { event: "config-mended", time };
    return JSON.stringify(problems) === JSON.stringify(before) ? null : { event: "config-broken", problems, kept };
  }

  /** Is what code of the config threw late told already, since it was also thrown as the config was taken anew? */
  has(thrown: Problem): boolean {
    const textOf = (problem: Problem): string => JSON.stringify({ ...problem, late: true });
    return this.#problems.some((problem) => textOf(problem) === textOf(thrown));
  }
}
