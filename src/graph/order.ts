// A stable topological order of tasks, and the cycles that prevent it. Knows indices only.
import { usersOf, type Edges } from "./graph.ts";
import { VALIDATE } from "../model/graph.ts";
import { createHeap } from "./heap.ts";

/** Every task once, dependencies first, otherwise by index; null if there is a cycle. */
export function orderOf(edges: Edges): Uint32Array | null {
  if (isInOrder(edges)) return Uint32Array.from({ length: edges.count }, (_, i) => i);
  const users = usersOf(edges);
  const open = openNeeds(edges);
  const free = createHeap((a, b) => a < b);
  for (let i = 0; i < edges.count; i++) if (open[i] === 0) free.push(i);
  const order = new Uint32Array(edges.count);
  let length = 0;
  for (let task = free.pop(); task >= 0; task = free.pop()) {
    order[length++] = task;
    for (let e = users.start[task]!; e < users.start[task + 1]!; e++) {
      if (users.kinds[e] !== VALIDATE && --open[users.users[e]!]! === 0) free.push(users.users[e]!);
    }
  }
  return length === edges.count ? order : null;
}

/** Whether no task needs a later one, as in most configs. */
function isInOrder(edges: Edges): boolean {
  for (let task = 0; task < edges.count; task++) {
    for (let e = edges.needStart[task]!; e < edges.needStart[task + 1]!; e++) {
      if (edges.needs[e]! >= task && edges.needKinds[e] !== VALIDATE) return false;
    }
  }
  return true;
}

function openNeeds(edges: Edges): Uint32Array {
  const open = new Uint32Array(edges.count);
  for (let task = 0; task < edges.count; task++) {
    for (let e = edges.needStart[task]!; e < edges.needStart[task + 1]!; e++) if (edges.needKinds[e] !== VALIDATE) open[task]!++;
  }
  return open;
}

/** One short cycle per strongly connected group: each task needs the next, the last needs the first. By lowest index. */
export function cyclesOf(edges: Edges): number[][] {
  const { group, groups } = knotsOf(edges);
  const cycles = groups.filter((members) => members.length > 1).map((members) => shortestCycle(edges, members, group));
  return cycles.sort((a, b) => a[0]! - b[0]!);
}

interface Knots {
  /** Group of each task; -1: none yet. */
  readonly group: Int32Array;
  readonly groups: number[][];
}

/** Strongly connected groups (Tarjan, with an explicit stack instead of recursion). */
function knotsOf(edges: Edges): Knots {
  const { count, needStart, needs, needKinds } = edges;
  const at = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const group = new Int32Array(count).fill(-1);
  const next = new Uint32Array(count);
  const groups: number[][] = [];
  const path: number[] = [];
  const open: number[] = [];
  let clock = 0;
  const enter = (task: number): void => {
    at[task] = low[task] = clock++;
    next[task] = needStart[task]!;
    path.push(task);
    open.push(task);
  };
  const leave = (task: number): void => {
    path.pop();
    const above = path[path.length - 1];
    if (above !== undefined) low[above] = Math.min(low[above]!, low[task]!);
    if (low[task] !== at[task]) return;
    const members: number[] = [];
    for (let member = -1; member !== task; ) {
      member = open.pop()!;
      group[member] = groups.length;
      members.push(member);
    }
    groups.push(members.sort((a, b) => a - b));
  };
  for (let root = 0; root < count; root++) {
    if (at[root] === -1) enter(root);
    for (let task = path[path.length - 1]; task !== undefined; task = path[path.length - 1]) {
      const e = next[task]!;
      if (e === needStart[task + 1]) leave(task);
      else {
        next[task] = e + 1;
        const need = needs[e]!;
        if (needKinds[e] === VALIDATE) continue;
        if (at[need] === -1) enter(need);
        else if (group[need] === -1) low[task] = Math.min(low[task]!, at[need]!);
      }
    }
  }
  return { group, groups };
}

/** Number of edges examined per group before the best cycle so far is used. */
const SEARCH_BUDGET = 2_000_000;

function shortestCycle(edges: Edges, members: readonly number[], group: Int32Array): number[] {
  const back = new Int32Array(edges.count).fill(-1);
  const budget = { left: SEARCH_BUDGET };
  let best: number[] | null = null;
  for (const start of members) {
    const cycle = cycleThrough(start, { edges, group, back, budget, limit: best?.length ?? Infinity });
    if (cycle !== null) best = cycle;
    if (best !== null && (best.length === 2 || budget.left <= 0)) break;
  }
  return fromLowest(best!);
}

interface Search {
  readonly edges: Edges;
  readonly group: Int32Array;
  /** Scratch: the predecessor of each task; all -1 between searches. */
  readonly back: Int32Array;
  readonly budget: { left: number };
  /** Cycles of this length or longer are of no interest. */
  readonly limit: number;
}

/** Breadth-first search from `start` back to it within its group. */
function cycleThrough(start: number, { edges, group, back, budget, limit }: Search): number[] | null {
  const queue = [start];
  const depth = [1];
  let found: number[] | null = null;
  for (let head = 0; head < queue.length && found === null; head++) {
    const task = queue[head]!;
    if (depth[head]! >= limit) break;
    for (let e = edges.needStart[task]!; e < edges.needStart[task + 1]!; e++, budget.left--) {
      const need = edges.needs[e]!;
      if (edges.needKinds[e] === VALIDATE || group[need] !== group[start]) continue;
      if (need === start) {
        found = [task];
        break;
      }
      if (back[need] !== -1) continue;
      back[need] = task;
      queue.push(need);
      depth.push(depth[head]! + 1);
    }
  }
  for (let task = found?.[0]; task !== undefined && task !== start; ) {
    task = back[task]!;
    found!.push(task);
  }
  for (const task of queue) back[task] = -1;
  return found?.reverse() ?? null;
}

function fromLowest(cycle: readonly number[]): number[] {
  let lowest = 0;
  for (let i = 1; i < cycle.length; i++) if (cycle[i]! < cycle[lowest]!) lowest = i;
  return [...cycle.slice(lowest), ...cycle.slice(0, lowest)];
}
