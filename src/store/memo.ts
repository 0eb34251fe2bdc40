// The memo of the snapshot, with what the journal has unsettled and settled since. Knows no file.
import type { CompactMemo, Memo } from "../model/memo.ts";
import { rangeOf } from "../model/ranges.ts";
import type { TaskName } from "../model/task.ts";
import { rowsOfStored } from "./codec.ts";
import type { Later } from "./later.ts";
import type { Snapshot } from "./snapshot.ts";

/** `textOf`: a record as text. */
export function memoOf({ frozen, settled: before, refStarts, refs, allRefs }: Snapshot, since: Later, textOf: (name: TaskName) => string): Memo {
  const settled = before.slice();
  const settledSeq = new Uint32Array(frozen.count);
  const gaveSeq = new Uint32Array(frozen.count);
  // A record in the journal may depend on other rows than the snapshot knows.
  const late = new Set<number>();
  for (const name of since.overlay.keys()) {
    const task = frozen.indexOf(name);
    if (task < 0) continue;
    late.add(task);
    settled[task] = 0;
  }
  const resettled = Array.from(since.resettled);
  for (const task of resettled) {
    settled[task] = since.settledBits[task]!;
    settledSeq[task] = since.settledSeq[task]!;
    gaveSeq[task] = since.gaveSeq[task]!;
  }
  const refsOf = (task: number): Uint32Array | readonly number[] => (late.size > 0 && late.has(task) ? rowsOfStored(textOf(frozen.name(task))) : refs.subarray(refStarts[task]!, refStarts[task + 1]!));
  const eachOn: Memo["eachOn"] = (rows, visit) => {
    if (rows.length === 0) return;
    if (rows.length <= FEW) for (const row of new Set(rows)) eachRef({ refStarts, refs }, row, (task) => void (late.has(task) || visit(task, row)));
    else eachMarked({ refStarts, refs }, marked(rows), (task, row) => void (late.has(task) || visit(task, row)));
    const wanted = late.size === 0 ? null : new Set(rows);
    for (const task of late) for (const row of refsOf(task)) if (wanted!.has(row)) visit(task, row);
  };
  return { settled, settledSeq, gaveSeq, resettled, movedSeq: since.movedSeq, movedRows: since.movedRows, refs: refsOf, eachOn, get allRows() { return rowsOf(allRefs, late, refsOf); } };
}

/** A separate function: a closure keeps everything alive that any sibling closure needs, and this one lives as long as a watch. */
export function memoOfWritten(settled: Uint8Array, { refStarts, refs }: Refs): CompactMemo {
  return { settled, refs: (task) => refs.subarray(refStarts[task]!, refStarts[task + 1]!) };
}

/** Up to this many rows are searched for one by one, which the runtime does in native code. */
const FEW = 64;

type Refs = Pick<Snapshot, "refStarts" | "refs">;

function eachRef({ refStarts, refs }: Refs, row: number, visit: (task: number) => void): void {
  for (let at = refs.indexOf(row); at >= 0; at = refs.indexOf(row, at + 1)) visit(rangeOf(refStarts, at));
}

function marked(rows: readonly number[]): Uint8Array {
  let most = 0;
  for (const row of rows) if (row > most) most = row;
  const marks = new Uint8Array(most + 1);
  for (const row of rows) marks[row] = 1;
  return marks;
}

function eachMarked({ refStarts, refs }: Refs, marks: Uint8Array, visit: (task: number, row: number) => void): void {
  for (let task = 0; task + 1 < refStarts.length; task++) {
    for (let i = refStarts[task]!, end = refStarts[task + 1]!; i < end; i++) if (marks[refs[i]!] === 1) visit(task, refs[i]!);
  }
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
