// Families whose list is not made yet: who stands below them, and by whom the list is made. Graph and flags only.
import { familiesOverLists, hasInstances, listSource } from "../graph/family.ts";
import type { LateUsers } from "../graph/graph.ts";
import { DEPS, VALIDATE, type Graph } from "../model/graph.ts";
import type { FilePath } from "../model/path.ts";
import type { TaskName } from "../model/task.ts";

/** `pending`: 1 while a task may still change what it makes. */
export interface View {
  readonly graph: Graph;
  readonly pending: Uint8Array;
}

/** For a task: who makes a list, and a file of which is known then whether it is still to be read. */
export interface Wait {
  readonly maker: number;
  readonly path: FilePath;
}

export type Waits = ReadonlyMap<number, readonly Wait[]>;

/** Does a family go over what the task makes? */
export function makesList(graph: Graph, users: LateUsers, task: number): boolean {
  return users.of(task).some(({ user }) => listSource(graph, user) === task);
}

/** An instance that may be in the list no more, once that is made. */
export function mayLeaveList({ graph, pending }: View, task: number): boolean {
  const from = graph.task(task).each?.from;
  return from !== undefined && pending[graph.indexOf(from)] === 1;
}

/** By whom the list is made that may be without an instance which is skipped: what that left before goes with it. -1: nobody. */
export function mayTakeAway({ graph, pending, skipped }: View & { readonly skipped: Uint8Array }, task: number): number {
  return skipped[task] === 1 && mayLeaveList({ graph, pending }, task) ? graph.indexOf(graph.task(task).each!.from!) : -1;
}

/** Open sources of the lists that what `task` takes by `deps` depends on, barriers looked through. */
export function openLists(view: View, task: number): TaskName[] {
  return walk(view, task, (kind, need) => kind === DEPS && view.graph.isBarrier(need) && view.pending[need] === 1);
}

/**
 * Does the task wait, directly or not, for a list that is not made yet? Then files may come that nobody knows of. Not by what it
 * asked for when it last ran: in a clean build nobody has asked.
 */
export function waitsForList({ graph, pending }: View, task: number): boolean {
  return listsAbove({ graph: graph.declared ?? graph, pending }, task).length > 0;
}

/** Who is yet to make a list that the task waits for, directly or not, and be it that it asked for something when it last ran. */
export function listsAbove({ graph, pending }: View, task: number): TaskName[] {
  return walk({ graph, pending }, task, (kind, need) => kind !== VALIDATE && pending[need] === 1);
}

/** The first family of this build whose list is open; -1: there is none. */
export function openFamily({ graph, pending }: View, wanted: Uint8Array): number {
  return familiesOverLists(graph).find((family) => wanted[family] === 1 && pending[listSource(graph, family)] === 1) ?? -1;
}

/** Families of which no instance is known, for their list is still to be made: nobody can say what these will make. */
export function unknownFamilies({ graph, pending }: View): TaskName[] {
  return familiesOverLists(graph).filter((family) => pending[listSource(graph, family)] === 1 && !hasInstances(graph, family)).map((family) => graph.name(family));
}

/** Is any list open? Then instances may yet come or leave, and with them who reads and what stands between tasks. */
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
