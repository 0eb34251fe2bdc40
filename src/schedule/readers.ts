// Who reads a row: for each row of the file table the tasks whose verdict hangs on it. Of trusted tasks the memo says so, of
// judged ones what the judge asked about. Flat arrays, because a graph of 100,000 tasks has them all. Knows no staleness.
import type { Memo } from "../model/memo.ts";
import type { World } from "../staleness/world.ts";

export interface ReadersOptions {
  readonly world: World;
  readonly memo: Memo | null;
  /** How many tasks there are. */
  readonly count: number;
  /** By task, 1: trusted by the memo. Asked for at the first question. */
  readonly trusted: Uint8Array;
}

const NOBODY: readonly number[] = [];

export class Readers {
  readonly #o: ReadersOptions;
  /** Of trusted tasks, by row: `#tasks[#start[row] .. #start[row + 1]]`. */
  #start: Uint32Array | null = null;
  #tasks: Uint32Array = new Uint32Array(0);
  /** Rows of tasks that were judged here: for them the arrays count no more. */
  readonly #judged: Map<number, Uint32Array> = new Map();
  /** Of judged tasks, by row. */
  readonly #more: Map<number, number[]> = new Map();

  constructor(options: ReadersOptions) {
    this.#o = options;
  }

  /** What is asked from now on is asked for one task. */
  begin(): void {
    const { journal } = this.#o.world;
    if (journal !== null) journal.asked = new Set();
  }

  end(task: number): void {
    const { journal } = this.#o.world;
    if (journal?.asked == null) return;
    const rows = Uint32Array.from(journal.asked);
    journal.asked = null;
    for (const row of this.#judged.get(task) ?? []) {
      const tasks = this.#more.get(row);
      const at = tasks?.indexOf(task) ?? -1;
      if (tasks === undefined || at < 0) continue;
      if (tasks.length === 1) this.#more.delete(row);
      else {
        tasks[at] = tasks[tasks.length - 1]!;
        tasks.pop();
      }
    }
    this.#judged.set(task, rows);
    for (const row of rows) {
      const tasks = this.#more.get(row);
      if (tasks === undefined) this.#more.set(row, [task]);
      else tasks.push(task);
    }
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
    const eachRow = (visit: (row: number, task: number) => void): void => {
      for (let task = 0; task < count; task++) {
        if (trusted[task] === 0 || memo.settled[task] === 0) continue;
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
