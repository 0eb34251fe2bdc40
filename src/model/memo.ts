// What is known to be fresh without judging: the store keeps it, the survey trusts it.

/** By index of the frozen graph it was made for. */
export interface Memo {
  /** 0: not known; 1: fresh against its rows; 3: fresh with an intermediate that is not on disk. */
  settled(task: number): number;
  /** Table rows the task was judged from. */
  refs(task: number): Uint32Array | readonly number[];
  /** Grows with every settling; 0 for what the snapshot holds. A task settled before one it takes from proves nothing. */
  settledSeq(task: number): number;
  /** Has the row changed since the task was settled? */
  movedSince(task: number, row: number): boolean;
}
