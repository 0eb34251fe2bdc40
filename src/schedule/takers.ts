// Who of a build needs a task: edges read backwards, noted as tasks come in, so that a small build of a large graph looks at
// its own part alone. Knows no places.
import { VALIDATE, type Graph } from "../model/graph.ts";
import type { Columns } from "./columns.ts";

export class Takers {
  readonly #graph: Graph;
  /** By needed task: its last entry, -1 for none. An entry is a taker and the entry before it. */
  readonly #last: Int32Array;
  readonly #taker: number[] = [];
  readonly #before: number[] = [];
  readonly #noted: Uint8Array;

  constructor(graph: Graph, columns: Columns) {
    this.#graph = graph;
    this.#last = columns.integers(graph.count).fill(-1);
    this.#noted = columns.bytes(graph.count);
  }

  /** The task is in the build from now on. */
  note(task: number): void {
    if (this.#noted[task] === 1) return;
    this.#noted[task] = 1;
    const { needStart, needs, needKinds } = this.#graph;
    for (let e = needStart[task]!; e < needStart[task + 1]!; e++) {
      if (needKinds[e] === VALIDATE) continue;
      this.#before.push(this.#last[needs[e]!]!);
      this.#last[needs[e]!] = this.#taker.push(task) - 1;
    }
  }

  /** Once per edge, `validate` apart. */
  each(task: number, visit: (taker: number) => void): void {
    for (let at = this.#last[task]!; at >= 0; at = this.#before[at]!) visit(this.#taker[at]!);
  }
}
