// Rows that may change unheard: files outside the root or behind links, and files with several names. They are looked at
// again before any answer from memory. Knows no watcher.
import { isBelow, isOutside, type FilePath } from "../../model/path.ts";
import type { Disk } from "../../model/ports.ts";
import { KIND, type FileTable } from "../../model/table.ts";
import type { World } from "../../staleness/world.ts";

/** Above this, checking them costs more than looking at everything would. */
const MOST = 2_000;

/** Rows chosen by path. A table only ever gains rows, so what was found among the first of them stays valid. */
class RowsByPath {
  readonly #isOne: (path: FilePath) => boolean;
  readonly #found: WeakMap<FileTable, { count: number; readonly rows: number[] }> = new WeakMap();

  constructor(isOne: (path: FilePath) => boolean) {
    this.#isOne = isOne;
  }

  of(table: FileTable): readonly number[] {
    let known = this.#found.get(table);
    if (known === undefined) this.#found.set(table, (known = { count: 0, rows: [] }));
    for (; known.count < table.count; known.count++) if (this.#isOne(table.pathOf(known.count) as FilePath)) known.rows.push(known.count);
    return known.rows;
  }
}

/** Valid while successive pictures cover the same folders. */
export class Unheard {
  /** Watched folders that are links. */
  readonly #linked: Set<FilePath> = new Set();
  readonly #outside: RowsByPath = new RowsByPath(isOutside);
  /** Recreated when other folders are links. */
  #behind: RowsByPath | null = null;
  /** Folders watched since the last check. */
  readonly #unasked: Set<FilePath> = new Set();
  #disk: Disk | null = null;
  /** null: too many. Undefined: not asked yet. */
  #rows: readonly number[] | null | undefined;

  /** Other rows may have been looked at. */
  forget(): void {
    this.#rows = undefined;
  }

  /** null: there are too many. */
  rows(world: World): readonly number[] | null {
    if (this.#rows === undefined) {
      for (const folder of this.#unasked) this.#setLinked(folder, this.#disk!.lstat(folder).kind === "link");
      this.#unasked.clear();
      this.#rows = this.#find(world);
    }
    return this.#rows;
  }

  /** A move of a link's target, or of a folder above it, goes unheard. `folders`: all that are watched. */
  note(fresh: ReadonlySet<FilePath>, folders: ReadonlySet<FilePath>, disk: Disk): void {
    for (const folder of this.#linked) if (!folders.has(folder)) this.#setLinked(folder, false);
    for (const folder of this.#unasked) if (!folders.has(folder)) this.#unasked.delete(folder);
    for (const folder of fresh) this.#unasked.add(folder);
    this.#disk = disk;
    if (fresh.size > 0) this.forget();
  }

  #setLinked(folder: FilePath, isLink: boolean): void {
    if (this.#linked.has(folder) === isLink) return;
    if (isLink) this.#linked.add(folder);
    else this.#linked.delete(folder);
    this.#behind = null;
  }

  #find(world: World): number[] | null {
    const { table } = world;
    const seen = world.seen();
    const rows = new Set<number>();
    const add = (row: number): unknown => seen[row] === 1 && rows.add(row);
    for (const row of this.#outside.of(table)) add(row);
    for (const row of table.shared) add(row);
    const { kind } = table.columns;
    const { count } = table;
    // Runs after every round, over all rows: `indexOf` compares many bytes at once.
    for (let row = kind.indexOf(KIND.link); row >= 0 && row < count; row = kind.indexOf(KIND.link, row + 1)) add(row);
    if (this.#linked.size > 0) for (const row of (this.#behind ??= new RowsByPath((path) => isBehind(path, this.#linked))).of(table)) add(row);
    return rows.size > MOST ? null : [...rows];
  }
}

function isBehind(path: string, linked: ReadonlySet<FilePath>): boolean {
  for (const folder of linked) if (isBelow(path, folder)) return true;
  return false;
}
