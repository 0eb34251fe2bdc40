// Remembers which files were found written or replaced. Equal content at both ends of a run does not show that nothing else
// stood there meanwhile. Knows no disk and no tasks.
import type { FileStat } from "../model/state.ts";
import { KIND, type FileTable } from "../model/table.ts";

/** Only what a write or another file changes: a hard link, a mode and an owner change the ctime as well. */
type Body = Pick<FileStat, "mtimeMs" | "ino">;

/** What was noted after it hangs on it. Thus a row is kept exactly as long as somebody holds a moment before it. */
export interface Moment {
  readonly row: number;
  next: Moment | null;
}

const NONE: ReadonlySet<number> = new Set();

export class Rewrites {
  #last: Moment = { row: -1, next: null };

  /** Call before the row takes over what was found; null: no file. */
  note({ columns: c }: FileTable, id: number, found: Body | null): void {
    if (c.kind[id] === KIND.unknown) return;
    if (c.mtimeMs[id] !== (found?.mtimeMs ?? 0) || c.ino[id] !== (found?.ino ?? 0)) this.#push(id);
  }

  /** The same, of what the last sweep found. */
  noteNews(table: FileTable, id: number): void {
    const [c, n] = [table.columns, table.news!];
    if (c.mtimeMs[id] !== n.mtimeMs[id] || c.ino[id] !== n.ino[id]) this.#push(id);
  }

  #push(row: number): void {
    this.#last = this.#last.next = { row, next: null };
  }

  /** A moment, for `since`. */
  get now(): Moment {
    return this.#last;
  }

  /** Rows of which that was noted after a moment. */
  since(moment: Moment): ReadonlySet<number> {
    if (moment.next === null) return NONE;
    const rows = new Set<number>();
    for (let one: Moment | null = moment.next; one !== null; one = one.next) rows.add(one.row);
    return rows;
  }
}
