// The memo as the snapshot has it, with what the journal has unsettled and settled since. Knows no file.
import type { Memo } from "../model/memo.ts";
import type { TaskName } from "../model/task.ts";
import { rowsOfStored } from "./codec.ts";
import type { Snapshot } from "./snapshot.ts";

export interface Since {
  /** Tasks whose records the snapshot does not have. */
  readonly moved: Iterable<string>;
  readonly settledAt: ReadonlyMap<string, readonly [bits: number, seq: number]>;
  readonly movedSeq: Uint32Array | null;
  /** The record as text. */
  textOf(name: TaskName): string;
}

export function memoOf({ frozen, settled: before, refStarts, refs, allRefs }: Snapshot, since: Since): Memo {
  const settled = before.slice();
  const settledSeq = new Uint32Array(frozen.count);
  // A task whose record is the journal's stands on other rows than the snapshot knows.
  const late = new Set<number>();
  for (const name of since.moved) {
    const task = frozen.indexOf(name);
    if (task < 0) continue;
    late.add(task);
    settled[task] = 0;
  }
  for (const [name, [bits, seq]] of since.settledAt) {
    const task = frozen.indexOf(name);
    if (task < 0) continue;
    settled[task] = bits;
    settledSeq[task] = seq;
  }
  const refsOf = (task: number): Uint32Array | readonly number[] => (late.size > 0 && late.has(task) ? rowsOfStored(since.textOf(frozen.name(task))) : refs.subarray(refStarts[task]!, refStarts[task + 1]!));
  return { settled, settledSeq, movedSeq: since.movedSeq, refs: refsOf, get allRows() { return rowsOf(allRefs, late, refsOf); } };
}

function rowsOf(known: Uint32Array, late: ReadonlySet<number>, refsOf: (task: number) => Uint32Array | readonly number[]): Uint32Array {
  if (late.size === 0) return known;
  const more: number[] = [];
  for (const task of late) for (const row of refsOf(task)) more.push(row);
  const all = new Uint32Array(known.length + more.length);
  all.set(known);
  all.set(more, known.length);
  return all;
}
