// What is known to be fresh without judging: the store keeps it, the survey trusts it. Stored as columns, because a no-op build
// reads all of it.

/** By index of the graph it was made for. */
export interface Memo {
  /** 0: unknown; 1: fresh against its rows; 3: fresh with an intermediate that is not on disk. */
  readonly settled: Uint8Array;
  /** Sequence number of the settling; grows with each one. 0 for what the snapshot holds. */
  readonly settledSeq: Uint32Array;
  /**
   * The `settledSeq` count at which the task's content for its dependents last changed, as far as is known: between that and
   * `settledSeq` it ran and produced the same. A dependent settled before this value proves nothing.
   */
  readonly gaveSeq: Uint32Array;
  /** Tasks whose `settledSeq` is not 0. */
  readonly resettled: readonly number[];
  /** By row, in the `settledSeq` count: when its identity changed. May be short; null: no row has changed since the snapshot. */
  readonly movedSeq: Uint32Array | null;
  /** The rows recorded in `movedSeq`, each at least once. */
  readonly movedRows: readonly number[];
  /** All rows of all settled tasks, each at least once. */
  readonly allRows: Uint32Array;
  /** Table rows from which the task was judged. */
  refs(task: number): Uint32Array | readonly number[];
  /** Calls `visit` with each task that was judged from one of the rows, and with that row. */
  eachOn(rows: readonly number[], visit: (task: number, row: number) => void): void;
}

/** Whether a row has changed since the task was settled. */
export function movedSince(memo: Memo, task: number, row: number): boolean {
  return memo.movedSeq !== null && row < memo.movedSeq.length && memo.movedSeq[row]! > memo.settledSeq[task]!;
}

/** By graph index: settled bits as in Memo, and the rows each task with a record depends on. */
export interface CompactMemo {
  readonly settled: Uint8Array;
  refs(task: number): readonly number[] | Uint32Array;
  /** The holder of this state keeps it, with everything already read from it. */
  readonly goesOn?: boolean;
}
