// Whether a task is fresh by the memo: settled, no row changed, nothing it consumes open. The survey calls this for each task, a
// quick look (cli/glance.ts) for all of them. Decides from columns; reads neither disk nor records.
import { AFTER, VALIDATE, type Graph } from "../../model/graph.ts";
import { movedSince, type Memo } from "../../model/memo.ts";
import type { Outcome } from "../../model/state.ts";
import type { World } from "../../staleness/world.ts";

export interface TrustDesk {
  readonly graph: Graph;
  readonly memo: Memo | null;
  readonly stirred: Stirred;
  /** Asked for by name: missing intermediates are not excused. */
  readonly named: Uint8Array;
  readonly forced: Uint8Array;
  readonly skipped: Uint8Array;
}

/** By task; filled in from dependencies to dependents. */
export interface Trusted {
  /** 1 while the task may still change its outputs in this build. */
  readonly pending: Uint8Array;
  readonly trusted: Uint8Array;
  /** When a trusted task's content for dependents last changed (Memo.gaveSeq); for barriers, the newest of what they join. */
  readonly gaveSeq: Float64Array;
}

/** Tasks judged from a row that has changed since. Follows the world: looking at one file may reveal another change. */
export class Stirred {
  readonly #memo: Memo | null;
  readonly #world: World;
  readonly #tasks: Uint8Array;
  /** How many of the world's changes have been taken in. */
  #known = 0;

  constructor(graph: Graph, memo: Memo | null, world: World) {
    this.#memo = memo;
    this.#world = world;
    this.#tasks = new Uint8Array(graph.count);
    memo?.eachOn(memo.movedRows, (task, row) => {
      if (movedSince(memo, task, row)) this.#tasks[task] = 1;
    });
  }

  /** All that are known by now. */
  all(): number[] {
    this.#follow();
    const found: number[] = [];
    for (let task = this.#tasks.indexOf(1); task >= 0; task = this.#tasks.indexOf(1, task + 1)) found.push(task);
    return found;
  }

  has(task: number): boolean {
    this.#follow();
    return this.#tasks[task] === 1;
  }

  #follow(): void {
    const { changedRows } = this.#world;
    if (this.#known < changedRows.length) {
      const news = changedRows.slice(this.#known);
      this.#known = changedRows.length;
      this.#memo?.eachOn(news, (one) => void (this.#tasks[one] = 1));
    }
  }
}

/** Tasks that are fresh unless something upstream comes out different (suspense.ts). */
export interface Hanging {
  /** The task is about to run: its record will change. */
  began(task: number): void;
  ended(task: number, outcome: Outcome): void;
  /** Called in the task's turn, when nothing upstream is open: whether it is fresh. false: it must be judged. */
  holds(task: number): boolean;
  /** The same for a task whose needs include no barrier, so that they are everything it consumes. */
  holdsAlone(task: number): boolean;
  /** Whether it was good last time, and waits for its turn or was found fresh. */
  hangs(task: number): boolean;
  /** Whether `holds` found it fresh, and nothing has changed since. */
  stands(task: number): boolean;
  /** Whether it was settled, ran, and provides the same to its dependents as when it was settled. */
  givesTheSame(task: number): boolean;
}

/** 0: it must be judged; 1: fresh; 3: fresh with an intermediate that is not on disk. */
export function trust({ graph, memo, stirred, named, forced, skipped }: TrustDesk, { pending, trusted, gaveSeq }: Trusted, task: number): number {
  if (memo === null || forced[task] === 1) return 0;
  const { needs, needKinds } = graph;
  let newest = 0;
  for (let e = graph.needStart[task]!, end = graph.needStart[task + 1]!; e < end; e++) {
    const kind = needKinds[e];
    const need = needs[e]!;
    // The outputs of an order-only need may be among the discovered inputs.
    if (kind === AFTER && pending[need] === 1) return 0;
    // `after` counts here as well, because the outputs of such a task may be among the discovered inputs.
    if (kind === VALIDATE) continue;
    if (trusted[need] === 0) return 0;
    if (gaveSeq[need]! > newest) newest = gaveSeq[need]!;
  }
  const barrier = graph.isBarrier(task);
  gaveSeq[task] = barrier ? newest : memo.gaveSeq[task]!;
  if (barrier) return 1;
  if (newest > memo.settledSeq[task]! || skipped[task] === 1) return 0;
  const bits = memo.settled[task]!;
  if (bits === 0 || (bits === 3 && named[task] === 1)) return 0;
  return stirred.has(task) ? 0 : bits;
}

/** Rows that the memo of the wanted tasks depends on. */
export function memoRows({ graph, memo, world }: { readonly graph: Graph; readonly memo: Memo | null; readonly world: World }, wanted: Uint8Array): Uint32Array {
  if (memo === null) return new Uint32Array(0);
  if (!wanted.includes(0)) return memo.allRows;
  const marked = new Uint8Array(world.table.count);
  const rows = new Uint32Array(world.table.count);
  let count = 0;
  for (let task = 0; task < graph.count; task++) {
    if (wanted[task] === 0) continue;
    const refs: Uint32Array | readonly number[] = memo.refs(task);
    for (let i = 0; i < refs.length; i++) {
      const row: number = refs[i]!;
      if (marked[row] === 1) continue;
      marked[row] = 1;
      rows[count++] = row;
    }
  }
  return rows.subarray(0, count);
}
