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

export function memoOf({ frozen, settled: before, refStarts, refs }: Snapshot, since: Since): Memo {
  const settled = before.slice();
  const settledSeq = new Uint32Array(frozen.count);
  // A task settled by the journal may have no rows in the snapshot, or others.
  const late = new Set<number>();
  const set = (name: string, bits: number, seq: number): void => {
    const task = frozen.indexOf(name);
    if (task < 0) return;
    late.add(task);
    settled[task] = bits;
    settledSeq[task] = seq;
  };
  for (const name of since.moved) set(name, 0, 0);
  for (const [name, [bits, seq]] of since.settledAt) set(name, bits, seq);
  return {
    settled, settledSeq, movedSeq: since.movedSeq,
    refs: (task) => (late.size > 0 && late.has(task) ? rowsOfStored(since.textOf(frozen.name(task))) : refs.subarray(refStarts[task]!, refStarts[task + 1]!)),
  };
}
