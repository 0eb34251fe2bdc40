// A Graph from its parts, and its edges read backwards: who needs a task. Knows no tasks' meaning and no disk.
import { VALIDATE, type Graph } from "../model/graph.ts";
import { rangeOf } from "../model/ranges.ts";
import type { TaskName } from "../model/task.ts";

/** What a Graph is made of; `task` and `producerOf` may do their work at the first question. */
export type GraphParts = Omit<Graph, "indexOf"> & Partial<Pick<Graph, "indexOf">>;

/** A Graph with a name index, if it brings none, that is built when somebody asks by name. */
export function makeGraph(parts: GraphParts): Graph {
  let byName: Map<string, number> | null = null;
  return {
    indexOf(name) {
      if (byName === null) {
        byName = new Map();
        for (let i = 0; i < parts.count; i++) byName.set(parts.name(i), i);
      }
      return byName.get(name) ?? -1;
    },
    ...parts,
  };
}

/** The edges alone. */
export type Edges = Pick<Graph, "count" | "needStart" | "needs" | "needKinds">;

/** Reverse edges: who needs task `i`. Same shapes as in Graph. */
export interface Users {
  readonly start: Uint32Array;
  readonly users: Uint32Array;
  readonly kinds: Uint8Array;
}

/** Where they have been asked for already; null: nobody did. */
export function knownUsersOf(graph: Edges): Users | null {
  return known.get(graph) ?? null;
}

/** Asked again and again of the same graph (tg watch): worked out once. */
const known = new WeakMap<Edges, Users>();

export function usersOf(graph: Edges): Users {
  let users = known.get(graph);
  if (users === undefined) known.set(graph, (users = backwards(graph)));
  return users;
}

function backwards(graph: Edges): Users {
  const start = new Uint32Array(graph.count + 1);
  for (const need of graph.needs) start[need + 1]!++;
  for (let i = 0; i < graph.count; i++) start[i + 1]! += start[i]!;
  const fill = start.slice();
  const users = new Uint32Array(graph.needs.length);
  const kinds = new Uint8Array(graph.needs.length);
  for (let task = 0; task < graph.count; task++) {
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
      const at = fill[graph.needs[e]!]!++;
      users[at] = task;
      kinds[at] = graph.needKinds[e]!;
    }
  }
  return { start, users, kinds };
}

/** Where in `needs` the task has an edge to `need` that is not `validate`; -1: nowhere. By halves, as needs are sorted. */
export function edgeTo({ needStart, needs, needKinds }: Edges, task: number, need: number): number {
  const end = needStart[task + 1]!;
  let low = needStart[task]!;
  for (let high = end; low < high;) {
    const middle = (low + high) >> 1;
    if (needs[middle]! < need) low = middle + 1;
    else high = middle;
  }
  return low < end && needs[low] === need && needKinds[low] !== VALIDATE ? low : -1;
}

/** Reverse edges when they are asked for: of all tasks, or of one, which costs little if only a few are asked about. */
export interface LateUsers {
  all(): Users;
  /** Each as often as there are edges. */
  of(task: number): { readonly user: number; readonly kind: number }[];
}

/** From so many questions on it is better to turn all edges round. */
const FEW = 32;

export function lateUsers(graph: Edges): LateUsers {
  let users: Users | null = null;
  let asked = 0;
  const all = (): Users => (users ??= usersOf(graph));
  return {
    all,
    of: (task) => {
      const found: { user: number; kind: number }[] = [];
      if (users !== null || ++asked > FEW) {
        const { start, users: turned, kinds } = all();
        for (let e = start[task]!; e < start[task + 1]!; e++) found.push({ user: turned[e]!, kind: kinds[e]! });
      } else for (let e = graph.needs.indexOf(task); e >= 0; e = graph.needs.indexOf(task, e + 1)) found.push({ user: rangeOf(graph.needStart, e), kind: graph.needKinds[e]! });
      return found;
    },
  };
}

/** What a task waits for, by name; `validate` does not count. */
export function waitedFor(graph: Graph, task: TaskName): TaskName[] {
  const at = graph.indexOf(task);
  const found: TaskName[] = [];
  if (at < 0) return found;
  for (let e = graph.needStart[at]!; e < graph.needStart[at + 1]!; e++) if (graph.needKinds[e] !== VALIDATE) found.push(graph.name(graph.needs[e]!));
  return found;
}
