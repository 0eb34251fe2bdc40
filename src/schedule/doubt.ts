// Whom the memo does not vouch for, found without asking about each task: the same answer as trust() gives for all of them,
// where only few are in doubt. Decides from columns; asks neither disk nor records.
import { lateUsers } from "../graph/graph.ts";
import { VALIDATE, type Graph } from "../model/graph.ts";
import type { Memo } from "../model/memo.ts";
import type { Stirred } from "./trust.ts";

export interface DoubtDesk {
  readonly graph: Graph;
  readonly memo: Memo | null;
  readonly stirred: Stirred;
  readonly wanted: Uint8Array;
  readonly forced: Uint8Array;
  readonly skipped: Uint8Array;
}

/** From one in so many tasks on a look at each is as cheap. */
const SHARE = 8;
const FEW_SETTLED = 64;

/**
 * Tasks that are not known to be fresh, barriers above such too, needed ones first. null: a look at each task must tell.
 * Every other task is trusted, and none of them stands by its record alone.
 */
export function doubtedTasks({ graph, memo, stirred, wanted, forced, skipped }: DoubtDesk): number[] | null {
  // What is not wanted is not judged, and what stands by its record alone is so or not by who asks for it.
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
  const users = lateUsers(graph);
  const settling = { graph, memo, users, passed: new Set<number>() };
  // The newest first: whoever is older than one behind a barrier is older than all that are looked at before it there.
  for (const task of [...memo.resettled].sort((a, b) => memo.gaveSeq[b]! - memo.gaveSeq[a]!)) addOlder(settling, task, found);
  // Whatever stands below; the set grows while it is gone through.
  for (const task of found) {
    if (found.size > most) return null;
    for (const { user, kind } of users.of(task)) if (kind !== VALIDATE) found.add(user);
  }
  return inOrder(graph, found);
}

interface Settling {
  readonly graph: Graph;
  readonly memo: Memo;
  readonly users: ReturnType<typeof lateUsers>;
  /** Barriers behind which all have been looked at. */
  readonly passed: Set<number>;
}

/** Who takes from a task and was settled before that gave something else, barriers looked through. */
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
  if (tasks.size < 32) {
    const at = new Map<number, number>();
    for (const task of tasks) at.set(task, order[task] === task ? task : order.indexOf(task));
    return [...tasks].sort((a, b) => at.get(a)! - at.get(b)!);
  }
  return Array.from(order.filter((task) => tasks.has(task)));
}
