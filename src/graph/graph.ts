// Builds a Graph from its parts, and its reverse edges: the dependents of a task. Knows no disk and not what tasks mean.
import { VALIDATE, type Graph } from "../model/graph.ts";
import { rangeOf } from "../model/ranges.ts";
import type { TaskName } from "../model/task.ts";

/** The parts of a Graph; `task` and `producerOf` may be lazy. */
export type GraphParts = Omit<Graph, "indexOf"> & Partial<Pick<Graph, "indexOf">>;

/** A Graph. If it has no name index, one is built on the first lookup by name. */
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

/** Reverse edges: the dependents of task `i`. Same shapes as in Graph. */
export interface Users {
  readonly start: Uint32Array;
  readonly users: Uint32Array;
  readonly kinds: Uint8Array;
}

/** Reverse edges if they have been computed already; null otherwise. */
export function knownUsersOf(graph: Edges): Users | null {
  return known.get(graph) ?? null;
}

/** Computed once per graph: tg watch asks for them repeatedly. */
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

/** Index in `needs` of an edge from the task to `need` other than `validate`, or -1. Binary search, as needs are sorted. */
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

/** Reverse edges on demand: of all tasks, or of one, which is cheap if only a few are asked about. */
export interface LateUsers {
  all(): Users;
  /** Each dependent once per edge. */
  of(task: number): { readonly user: number; readonly kind: number }[];
}

/** After this many queries it is cheaper to reverse all edges. */
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

/** Names of the tasks that a task waits for, without `validate`. */
export function waitedFor(graph: Graph, task: TaskName): TaskName[] {
  const at = graph.indexOf(task);
  const found: TaskName[] = [];
  if (at < 0) return found;
  for (let e = graph.needStart[at]!; e < graph.needStart[at + 1]!; e++) if (graph.needKinds[e] !== VALIDATE) found.push(graph.name(graph.needs[e]!));
  return found;
}
