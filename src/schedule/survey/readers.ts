// Which tasks read a row: for each row of the file table, the tasks whose verdict depends on it. The memo knows this for trusted
// tasks; for judged ones it is what the judge asked about. Flat arrays, because a graph may have 100,000 tasks. Knows no staleness.
import type { Memo } from "../../model/memo.ts";
import { RowSet } from "../../model/row-set.ts";
import type { World } from "../../staleness/world.ts";

export interface ReadersOptions {
  readonly world: World;
  readonly memo: Memo | null;
  /** Number of tasks. */
  readonly count: number;
  /** By task, 1: trusted by the memo. Read on first use. */
  readonly trusted: Uint8Array;
}

const NOBODY: readonly number[] = [];

export class Readers {
  readonly #o: ReadersOptions;
  /** For trusted tasks, by row: `#tasks[#start[row] .. #start[row + 1]]`. */
  #start: Uint32Array | null = null;
  #tasks: Uint32Array = new Uint32Array(0);
  /** 1: the arrays cover the task. */
  #indexed: Uint8Array = new Uint8Array(0);
  /** Rows of tasks that were judged here and asked about others: the arrays no longer apply to them. */
  readonly #judged: Map<number, Uint32Array> = new Map();
  /** For judged tasks, by row. */
  readonly #more: Map<number, number[]> = new Map();
  /** What the task being judged asks about, and what it asked about last time. */
  readonly #asked: RowSet = new RowSet();
  readonly #before: RowSet = new RowSet();

  constructor(options: ReadersOptions) {
    this.#o = options;
  }

  /** Everything asked from now on is asked for one task. */
  begin(): void {
    const { journal } = this.#o.world;
    this.#asked.clear();
    if (journal !== null) journal.asked = this.#asked;
  }

  end(task: number): void {
    const { journal } = this.#o.world;
    if (journal?.asked == null) return;
    const asked = this.#asked;
    journal.asked = null;
    const known = this.#isKnown(task, asked);
    const before = this.#before;
    before.clear();
    for (const row of this.#judged.get(task) ?? []) {
      before.add(row);
      if (!known && asked.has(row)) continue;
      const tasks = this.#more.get(row);
      const at = tasks?.indexOf(task) ?? -1;
      if (tasks === undefined || at < 0) continue;
      if (tasks.length === 1) this.#more.delete(row);
      else {
        tasks[at] = tasks[tasks.length - 1]!;
        tasks.pop();
      }
    }
    if (known) return void this.#judged.delete(task);
    this.#judged.set(task, asked.list());
    for (const row of asked) {
      if (before.has(row)) continue;
      const tasks = this.#more.get(row);
      if (tasks === undefined) this.#more.set(row, [task]);
      else tasks.push(task);
    }
  }

  /** Most tasks ask about the same as last time: a watch that runs for days need not keep that twice. */
  #isKnown(task: number, asked: RowSet): boolean {
    if (this.#start === null || this.#indexed[task] !== 1) return false;
    for (const row of asked) if (!this.#holds(this.#start, row, task)) return false;
    return true;
  }

  /** Whether the arrays list the task for a row. Tasks are sorted there. */
  #holds(start: Uint32Array, row: number, task: number): boolean {
    if (row + 1 >= start.length) return false;
    let low = start[row]!;
    let high = start[row + 1]!;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#tasks[middle]! < task) low = middle + 1;
      else high = middle;
    }
    return low < start[row + 1]! && this.#tasks[low] === task;
  }

  of(row: number): readonly number[] {
    const start = (this.#start ??= this.#index());
    const more = this.#more.get(row) ?? NOBODY;
    if (row + 1 >= start.length || start[row] === start[row + 1]) return more;
    const found = [...more];
    for (let at = start[row]!; at < start[row + 1]!; at++) if (!this.#judged.has(this.#tasks[at]!)) found.push(this.#tasks[at]!);
    return found;
  }

  #index(): Uint32Array {
    const { world, memo, count, trusted } = this.#o;
    const start = new Uint32Array(world.table.count + 1);
    if (memo === null) return start;
    const indexed = (this.#indexed = new Uint8Array(count));
    for (let task = 0; task < count; task++) indexed[task] = trusted[task] === 0 || memo.settled[task] === 0 ? 0 : 1;
    const eachRow = (visit: (row: number, task: number) => void): void => {
      for (let task = 0; task < count; task++) {
        if (indexed[task] === 0) continue;
        const rows: Uint32Array | readonly number[] = memo.refs(task);
        for (let i = 0; i < rows.length; i++) visit(rows[i]!, task);
      }
    };
    eachRow((row) => start[row + 1]!++);
    for (let row = 0; row < world.table.count; row++) start[row + 1]! += start[row]!;
    this.#tasks = new Uint32Array(start[world.table.count]!);
    const fill = start.slice();
    eachRow((row, task) => (this.#tasks[fill[row]!++] = task));
    return start;
  }
}
