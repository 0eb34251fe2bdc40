// Finds the tasks that the memo does not vouch for without asking about each: the same answer as trust() for all of them, for
// the case that few are in doubt. Decides from columns; reads neither disk nor records.
import { lateUsers } from "../../graph/graph.ts";
import { VALIDATE, type Graph } from "../../model/graph.ts";
import type { Memo } from "../../model/memo.ts";
import type { Stirred } from "./trust.ts";

export interface DoubtDesk {
  readonly graph: Graph;
  readonly memo: Memo | null;
  readonly stirred: Stirred;
  readonly wanted: Uint8Array;
  readonly forced: Uint8Array;
  readonly skipped: Uint8Array;
}

/** If more than one in this many tasks is in doubt, looking at each is as cheap. */
const SHARE = 8;
const FEW_SETTLED = 64;
/** From this many on, one pass over all edges finds what is downstream faster than a search for each. */
const FEW_FOUND = 32;

/**
 * Tasks that are not known to be fresh, including barriers downstream of such, dependencies first. null: each task must be looked
 * at. Every other task is trusted, and none of them is represented by its record alone.
 */
export function doubtedTasks(desk: DoubtDesk): number[] | null {
  const found = firstDoubts(desk);
  return found === null ? null : withBelow(desk.graph, found);
}

/** Whether there are any. null: each task must be looked at. */
export function hasDoubts(desk: DoubtDesk): boolean | null {
  const found = firstDoubts(desk);
  return found === null ? null : found.size > 0;
}

/** Tasks that the memo itself does not vouch for, whatever is upstream. */
function firstDoubts({ graph, memo, stirred, wanted, forced, skipped }: DoubtDesk): Set<number> | null {
  // What is not wanted is not judged, and whether a record alone represents files depends on what asks for them.
  const most = graph.count / SHARE;
  if (memo === null || wanted.includes(0) || memo.settled.includes(3) || memo.resettled.length > Math.max(FEW_SETTLED, most)) return null;
  const found = new Set<number>();
  let looked = 0;
  for (let task = memo.settled.indexOf(0); task >= 0; task = memo.settled.indexOf(0, task + 1)) {
    if (++looked > most) return null;
    if (!graph.isBarrier(task)) found.add(task);
  }
  for (const flags of [forced, skipped]) for (let task = flags.indexOf(1); task >= 0 && found.size <= most; task = flags.indexOf(1, task + 1)) found.add(task);
  for (const task of stirred.all()) found.add(task);
  const settling = { graph, memo, users: lateUsers(graph), passed: new Set<number>() };
  // Newest first: whatever is older than one task behind a barrier is older than all those visited there before.
  for (const task of [...memo.resettled].sort((a, b) => memo.gaveSeq[b]! - memo.gaveSeq[a]!)) addOlder(settling, task, found);
  return found;
}

/** Adds everything downstream; null: too many. */
function withBelow(graph: Graph, found: Set<number>): number[] | null {
  const most = graph.count / SHARE;
  const users = lateUsers(graph);
  // The set grows during the iteration.
  for (const task of found) {
    if (found.size > most) return null;
    if (found.size > FEW_FOUND) return sweptBelow(graph, found, most);
    for (const { user, kind } of users.of(task)) if (kind !== VALIDATE) found.add(user);
  }
  return inOrder(graph, found);
}

/** One pass over all edges: cheaper than reversing them to follow them. */
function sweptBelow({ count, order, needStart, needs, needKinds }: Graph, found: ReadonlySet<number>, most: number): number[] | null {
  const marked = new Uint8Array(count);
  for (const task of found) marked[task] = 1;
  const below: number[] = [];
  for (let i = 0; i < count; i++) {
    const task = order[i]!;
    for (let e = needStart[task]!, end = needStart[task + 1]!; e < end && marked[task] === 0; e++) {
      if (marked[needs[e]!] === 1 && needKinds[e] !== VALIDATE) marked[task] = 1;
    }
    if (marked[task] === 1) below.push(task);
  }
  return below.length > most ? null : below;
}

interface Settling {
  readonly graph: Graph;
  readonly memo: Memo;
  readonly users: ReturnType<typeof lateUsers>;
  /** Barriers behind which everything has been visited. */
  readonly passed: Set<number>;
}

/** Adds tasks that consume from a task and were settled before it provided something else, looking through barriers. */
function addOlder({ graph, memo, users, passed }: Settling, top: number, found: Set<number>): void {
  const seq = memo.gaveSeq[top]!;
  if (seq === 0) return;
  const stack = [top];
  for (let task = stack.pop(); task !== undefined; task = stack.pop()) {
    for (const { user, kind } of users.of(task)) {
      if (kind === VALIDATE) continue;
      if (graph.isBarrier(user)) {
        if (!passed.has(user)) stack.push(user);
        passed.add(user);
      } else if (memo.settledSeq[user]! < seq) found.add(user);
    }
  }
}

function inOrder({ order }: Graph, tasks: ReadonlySet<number>): number[] {
  const at = new Map<number, number>();
  for (const task of tasks) at.set(task, order[task] === task ? task : order.indexOf(task));
  return [...tasks].sort((a, b) => at.get(a)! - at.get(b)!);
}
