// Families whose list is not made yet: which tasks are downstream, and which tasks make the lists. Graph and flags only.
import { familiesOverLists, hasInstances, listSource } from "../../graph/family.ts";
import type { LateUsers } from "../../graph/graph.ts";
import { DEPS, VALIDATE, type Graph } from "../../model/graph.ts";
import type { FilePath } from "../../model/path.ts";
import type { TaskName } from "../../model/task.ts";

/** `pending`: 1 while a task may still change what it makes. */
export interface View {
  readonly graph: Graph;
  readonly pending: Uint8Array;
}

/** For a task: the maker of a list, and a file that the list decides is to be read or not. */
export interface Wait {
  readonly maker: number;
  readonly path: FilePath;
}

export type Waits = ReadonlyMap<number, readonly Wait[]>;

/** The tasks, dependencies first, and who makes a list before those that read what it decides about. */
export function judgingOrder(graph: Graph, waits: Waits | undefined): ArrayLike<number> & Iterable<number> {
  if (waits === undefined || waits.size === 0) return graph.order;
  const order: number[] = [];
  const entered = new Uint8Array(graph.count);
  const left = new Uint8Array(graph.count);
  for (const root of graph.order) {
    for (const stack = [root]; stack.length > 0; ) {
      const task = stack.at(-1)!;
      if (entered[task] === 1) {
        stack.pop();
        if (left[task] === 0) order.push(task);
        left[task] = 1;
        continue;
      }
      entered[task] = 1;
      for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) if (graph.needKinds[e] !== VALIDATE && entered[graph.needs[e]!] === 0) stack.push(graph.needs[e]!);
      for (const { maker } of waits.get(task) ?? []) if (entered[maker] === 0) stack.push(maker);
    }
  }
  return order;
}

/** Whether a family is expanded from what the task makes. */
export function makesList(graph: Graph, users: LateUsers, task: number): boolean {
  return users.of(task).some(({ user }) => listSource(graph, user) === task);
}

/** Whether the task is an instance that may no longer be in its list once that is made. */
export function mayLeaveList({ graph, pending }: View, task: number): boolean {
  const from = graph.task(task).each?.from;
  return from !== undefined && pending[graph.indexOf(from)] === 1;
}

/** Maker of the list that may drop a skipped instance, whose earlier outputs would go with it. -1: none. */
export function mayTakeAway({ graph, pending, skipped }: View & { readonly skipped: Uint8Array }, task: number): number {
  return skipped[task] === 1 && mayLeaveList({ graph, pending }, task) ? graph.indexOf(graph.task(task).each!.from!) : -1;
}

/** Open makers of the lists that determine what `task` consumes from `deps`, with barriers replaced by what they join. */
export function openLists(view: View, task: number): TaskName[] {
  return walk(view, task, (kind, need) => kind === DEPS && view.graph.isBarrier(need) && view.pending[need] === 1);
}

/**
 * Whether the task waits, directly or not, for a list that is not made yet, so that unknown files may appear. What it asked for in
 * its last run does not count: in a clean build nothing has been asked.
 */
export function waitsForList({ graph, pending }: View, task: number): boolean {
  return listsAbove({ graph: graph.declared ?? graph, pending }, task).length > 0;
}

/** Tasks still to make a list that the task waits for, directly or not, including by what was asked for in a last run. */
export function listsAbove({ graph, pending }: View, task: number): TaskName[] {
  return walk({ graph, pending }, task, (kind, need) => kind !== VALIDATE && pending[need] === 1);
}

/** The first family of this build whose list is open; -1: there is none. */
export function openFamily({ graph, pending }: View, wanted: Uint8Array): number {
  return familiesOverLists(graph).find((family) => wanted[family] === 1 && pending[listSource(graph, family)] === 1) ?? -1;
}

/** Families without a known instance because their list is still to be made: what these will make is unknown. */
export function unknownFamilies({ graph, pending }: View): TaskName[] {
  return familiesOverLists(graph).filter((family) => pending[listSource(graph, family)] === 1 && !hasInstances(graph, family)).map((family) => graph.name(family));
}

/** Whether any list is open. Then instances may still come or leave, and with them readers and paths between tasks. */
export function hasOpenList({ graph, pending }: View): boolean {
  return familiesOverLists(graph).some((family) => pending[listSource(graph, family)] === 1);
}

function walk({ graph, pending }: View, task: number, enters: (kind: number, need: number) => boolean): TaskName[] {
  if (familiesOverLists(graph).length === 0) return [];
  const found: TaskName[] = [];
  const visited = new Set([task]);
  const stack = [task];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const source = listSource(graph, at);
    if (source >= 0 && pending[source] === 1) found.push(graph.name(source));
    for (let e = graph.needStart[at]!; e < graph.needStart[at + 1]!; e++) {
      const need = graph.needs[e]!;
      if (visited.has(need) || !enters(graph.needKinds[e]!, need)) continue;
      visited.add(need);
      stack.push(need);
    }
  }
  return found;
}
