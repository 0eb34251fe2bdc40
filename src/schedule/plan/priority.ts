// Which of two ready tasks goes first. Numbers only; knows no places.
import { VALIDATE, type Graph } from "../../model/graph.ts";
import { edgeTo } from "../../graph/graph.ts";
import type { Columns } from "../../graph/columns.ts";

export interface PriorityOptions {
  readonly graph: Graph;
  readonly columns: Columns;
  /** 1: part of this build. Needs that are not wanted count as made. */
  readonly wanted: Uint8Array;
  /** The wanted tasks, dependencies first. */
  readonly reach: ArrayLike<number>;
  /** 1: not run; its dependents go on with what exists. */
  readonly skipped: Uint8Array;
  /** Duration of the last run in ms; 0 if unknown. */
  durationMs(task: number): number;
  failedLast(task: number): boolean;
  /** Strictly in the graph's order among the ready tasks. */
  readonly inConfigOrder: boolean;
  /** Random order among the ready tasks, the same for the same seed. */
  readonly shuffle?: number;
}

/** true: `a` goes before `b`. A strict total order over tasks. */
export type Before = (a: number, b: number) => boolean;

/** A search for an edge costs about as much as iterating over this many. */
const EDGES_A_SEARCH = 16;

/** Determined when two tasks are first compared: in a build of one task and of what is fresh below it none are. */
export function createPriority(options: PriorityOptions): Before {
  let before: Before | null = null;
  return (a, b) => (before ??= priorityOf(options))(a, b);
}

function priorityOf(options: PriorityOptions): Before {
  if (options.inConfigOrder) return byOrder(options);
  if (options.shuffle !== undefined) return byChance(options.graph.count, options.shuffle);
  const failed = options.columns.bytes(options.graph.count);
  for (let i = 0; i < options.reach.length; i++) if (options.failedLast(options.reach[i]!)) failed[options.reach[i]!] = 1;
  const chain = longestChains(options);
  const rank = ranksOf(options);
  return (a, b) => (rank[a] !== rank[b] ? rank[a]! > rank[b]! : failed[a] !== failed[b] ? failed[a]! > failed[b]! : chain[a] !== chain[b] ? chain[a]! > chain[b]! : a < b);
}

/** Declared priorities; a task inherits the highest of the tasks that wait for it. */
function ranksOf({ graph, reach, columns }: PriorityOptions): Float64Array {
  const { needStart, needs, needKinds } = graph;
  const rank = columns.numbers(graph.count);
  let declared = false;
  for (let i = 0; i < reach.length; i++) {
    if (graph.isBarrier(reach[i]!) || graph.isOrdinary?.(reach[i]!) === true) continue;
    rank[reach[i]!] = graph.task(reach[i]!).priority;
    declared ||= rank[reach[i]!] !== 0;
  }
  if (!declared) return rank;
  for (let i = reach.length - 1; i >= 0; i--) {
    const task = reach[i]!;
    for (let e = needStart[task]!; e < needStart[task + 1]!; e++) {
      if (needKinds[e] !== VALIDATE && rank[needs[e]!]! < rank[task]!) rank[needs[e]!] = rank[task]!;
    }
  }
  return rank;
}

function byOrder({ graph }: PriorityOptions): Before {
  const position = new Uint32Array(graph.count);
  for (let i = 0; i < graph.count; i++) position[graph.order[i]!] = i;
  return (a, b) => position[a]! < position[b]!;
}

function byChance(count: number, seed: number): Before {
  const draw = new Uint32Array(count);
  for (let task = 0; task < count; task++) draw[task] = scrambled(seed, task);
  return (a, b) => (draw[a] !== draw[b] ? draw[a]! < draw[b]! : a < b);
}

/** A pseudo-random number that depends on both (the finaliser of murmur3). */
function scrambled(seed: number, task: number): number {
  let x = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(task + 1, 0xc2b2ae35);
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Per task: its duration plus the longest chain of wanted tasks behind it, in ms. */
function longestChains(options: PriorityOptions): Float64Array {
  const { graph, reach, columns } = options;
  const { needStart, needs, needKinds } = graph;
  const durations = durationsOf(options);
  const behind = columns.numbers(graph.count);
  for (let i = reach.length - 1; i >= 0; i--) {
    const task = reach[i]!;
    const total = (behind[task]! += durations[task]!);
    // Skip tasks outside this build: an edit may bring in one of a hundred thousand that a barrier joins.
    if ((needStart[task + 1]! - needStart[task]!) / EDGES_A_SEARCH > i) {
      for (let j = 0; j < i; j++) if (behind[reach[j]!]! < total && edgeTo(graph, task, reach[j]!) >= 0) behind[reach[j]!] = total;
      continue;
    }
    for (let e = needStart[task]!; e < needStart[task + 1]!; e++) {
      if (needKinds[e] !== VALIDATE && behind[needs[e]!]! < total) behind[needs[e]!] = total;
    }
  }
  return behind;
}

/** A missing duration is replaced by the median of the others, or 1 ms. */
function durationsOf({ graph, columns, reach, skipped, durationMs }: PriorityOptions): Float64Array {
  const durations = columns.numbers(graph.count);
  const known: number[] = [];
  for (let i = 0; i < reach.length; i++) {
    const task = reach[i]!;
    if (skipped[task] === 1 || graph.isBarrier(task)) continue;
    const recorded = durationMs(task);
    durations[task] = recorded > 0 ? recorded : -1;
    if (recorded > 0) known.push(recorded);
  }
  const median = known.length === 0 ? 1 : Float64Array.from(known).sort()[known.length >> 1]!;
  for (let i = 0; i < reach.length; i++) if (durations[reach[i]!] === -1) durations[reach[i]!] = median;
  return durations;
}
