// The dependents of tasks in a build: reverse edges, noted as tasks come in, so that a small build of a large graph touches only
// its own part. If the whole graph has been reversed already (tg watch), only the set of tasks is noted: one task that joins ten
// thousand is no reason to look at ten thousand edges. Knows no places.
import { knownUsersOf, type Users } from "../../graph/graph.ts";
import { VALIDATE, type Graph } from "../../model/graph.ts";
import type { Columns } from "../../graph/columns.ts";

export class Takers {
  readonly #graph: Graph;
  readonly #users: Users | null;
  /** By needed task: its latest entry, -1 for none. An entry is a dependent and a link to the previous entry. */
  readonly #last: Int32Array;
  readonly #taker: number[] = [];
  readonly #before: number[] = [];
  readonly #noted: Uint8Array;

  constructor(graph: Graph, columns: Columns) {
    this.#graph = graph;
    this.#users = knownUsersOf(graph);
    this.#last = columns.integers(this.#users === null ? graph.count : 0).fill(-1);
    this.#noted = columns.bytes(graph.count);
  }

  /** The task is in the build from now on. */
  note(task: number): void {
    if (this.#noted[task] === 1) return;
    this.#noted[task] = 1;
    if (this.#users !== null) return;
    const { needStart, needs, needKinds } = this.#graph;
    for (let e = needStart[task]!; e < needStart[task + 1]!; e++) {
      if (needKinds[e] === VALIDATE) continue;
      this.#before.push(this.#last[needs[e]!]!);
      this.#last[needs[e]!] = this.#taker.push(task) - 1;
    }
  }

  /** Visits dependents once per edge, except `validate`. */
  each(task: number, visit: (taker: number) => void): void {
    if (this.#users === null) for (let at = this.#last[task]!; at >= 0; at = this.#before[at]!) visit(this.#taker[at]!);
    else this.#eachKnown(this.#users, task, visit);
  }

  #eachKnown({ start, users, kinds }: Users, task: number, visit: (taker: number) => void): void {
    for (let e = start[task]!; e < start[task + 1]!; e++) if (kinds[e] !== VALIDATE && this.#noted[users[e]!] === 1) visit(users[e]!);
  }
}
