// What is known to be fresh without judging: the store keeps it, the survey trusts it. Columns, because a no-op build
// reads all of them.

/** By index of the graph it was made for. */
export interface Memo {
  /** 0: not known; 1: fresh against its rows; 3: fresh with an intermediate that is not on disk. */
  readonly settled: Uint8Array;
  /** Grows with every settling; 0 for what the snapshot holds. */
  readonly settledSeq: Uint32Array;
  /**
   * When the task last gave those below it something else than before, in the count of `settledSeq`, as far as is known:
   * between that and `settledSeq` it ran and gave the same. Who takes from it and was settled before this proves nothing.
   */
  readonly gaveSeq: Uint32Array;
  /** Tasks of which `settledSeq` is not 0. */
  readonly resettled: readonly number[];
  /** When a row's identity changed, in the count of `settledSeq`; null: none has since the snapshot. By row, may be short. */
  readonly movedSeq: Uint32Array | null;
  /** The rows of which `movedSeq` tells, each at least once. */
  readonly movedRows: readonly number[];
  /** All rows of all settled tasks, each at least once. */
  readonly allRows: Uint32Array;
  /** Table rows the task was judged from. */
  refs(task: number): Uint32Array | readonly number[];
  /** Calls `visit` with each task that was judged from one of the rows, and with that row. */
  eachOn(rows: readonly number[], visit: (task: number, row: number) => void): void;
}

/** Has a row changed since the task was settled? */
export function movedSince(memo: Memo, task: number, row: number): boolean {
  return memo.movedSeq !== null && row < memo.movedSeq.length && memo.movedSeq[row]! > memo.settledSeq[task]!;
}

/** By graph index: settled bits as in Memo, and the rows each task with a record stands on. */
export interface CompactMemo {
  readonly settled: Uint8Array;
  refs(task: number): readonly number[] | Uint32Array;
  /** Who holds this state keeps it, and all it has read of it. */
  readonly goesOn?: boolean;
}
