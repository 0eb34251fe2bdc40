// The hot loop of a no-op build: one stat per row, compared with the stored columns, without allocating per file. Flat on
// purpose (docs/performance.md); paths are relative to the root because an absolute one costs 12 % more. Proves sameness
// only: whatever is not plainly the same is left to the caller, with its stat if it is a file.
import * as fs from "node:fs";
import process from "node:process";
import { openNews } from "../model/news.ts";
import { KIND, MARK, RACY, type Columns, type FileTable, type StatColumns } from "../model/table.ts";
import { FIELD, msOf, openFields, type FieldCalls } from "./fields.ts";
import { openStatx } from "./statx.ts";
import type { Gathering, Hashers } from "./hashers.ts";
import { openHelper, type HelperOptions } from "./thread.ts";
import { compileAsUsual, compileLightly } from "./tier.ts";

const QUIET: { throwIfNoEntry: false } = { throwIfNoEntry: false };
const { S_IFMT, S_IFREG, S_IFDIR } = fs.constants;

export type Ids = Uint32Array | readonly number[];

/** Rows as the loop reads them. */
export interface Rows {
  readonly columns: Columns;
  /** Receives the stats of files that differ from their rows. */
  readonly news: () => StatColumns;
  /** Receives files that have several names. */
  readonly shared: { add(id: number): unknown };
  pathOf(id: number): string;
}

export interface SweepOptions {
  readonly root: string;
  /** null: a single thread does it all. */
  readonly helper: HelperOptions | null;
  /** null: only the first thread hashes. */
  readonly hashers: LateHashers | null;
}

/** What has files hashed by others is loaded only if that many files, or bytes, have to be read. */
export interface LateHashers {
  readonly files: number;
  readonly bytes: number;
  open(): Hashers;
}

/** For those of `ids` that are 0 in `seen`, sets the result of one stat (MARK), and the table's `news`. */
export function sweepRows({ root, helper, hashers }: SweepOptions, table: FileTable, ids: Ids, seen: Uint8Array): void {
  if (!isNew(ids, seen)) return;
  const back = enter(root);
  const prefix = back === null ? (root === "/" ? "/" : root + "/") : "";
  if (ids.length >= MANY) compileAsUsual();
  try {
    const help = helper === null ? null : openHelper(helper, { prefix, table, ids, seen });
    if (help !== null) table.news = help.news;
    let found = 0;
    const news = (): StatColumns => (found++, table.news !== null && table.news.size.length >= seen.length ? table.news : (table.news = openNews(seen.length, table.news, false)));
    const sweep = openLoop({ prefix, rows: { columns: table.columns, shared: table.shared, news, pathOf: (id) => table.pathOf(id) }, seen: help?.seen ?? seen, count: ids.length });
    let looked = 0;
    let before = 0;
    const gathering = hashers === null ? null : new Gatherer(hashers, { table, seen: help?.seen ?? seen, expected: ids.length });
    const noted = (part: () => Ids, upTo: number): void => {
      if (found > before) gathering?.add(part(), upTo);
      before = found;
      looked = upTo;
    };
    if (help === null) {
      const lookedAt = (upTo: number): void => noted(() => partOf(ids, looked, upTo), upTo);
      sweep(ids, lookedAt);
      lookedAt(ids.length);
    } else {
      for (let part = help.take(); part !== null; part = help.take()) {
        sweep(part);
        noted(() => part!, looked + part.length);
      }
      // What the helper took and does not return in time.
      if (!help.finish()) sweep(ids);
      // What the helper returns.
      looked = ids.length;
      if (help.seen.includes(MARK.news)) gathering?.add(ids, looked);
      seen.set(help.seen);
    }
    gathering?.end();
  } finally {
    if (back !== null) leave(back);
  }
}

interface Found {
  readonly table: FileTable;
  readonly seen: Uint8Array;
  /** How many rows the sweep looks at. */
  readonly expected: number;
}

/** Keeps what a sweep finds changed until it is worth loading the hashers for it. */
class Gatherer {
  readonly #late: LateHashers;
  readonly #found: Found;
  readonly #parts: Ids[] = [];
  #files = 0;
  #bytes = 0;
  #gathering: Gathering | null = null;

  constructor(late: LateHashers, found: Found) {
    this.#late = late;
    this.#found = found;
  }

  /** `looked`: how many rows the sweep has looked at so far. */
  add(part: Ids, looked: number): void {
    this.#parts.push(part);
    if (this.#gathering === null && !this.#pays(part)) return;
    const { table, seen, expected } = this.#found;
    this.#gathering ??= this.#late.open().gather(table, seen, expected);
    for (const one of this.#parts.splice(0)) this.#gathering.add(one, looked);
  }

  #pays(part: Ids): boolean {
    const { table, seen } = this.#found;
    for (let i = 0; i < part.length; i++) {
      if (seen[part[i]!] !== MARK.news) continue;
      this.#files++;
      this.#bytes += table.news!.size[part[i]!]!;
    }
    return this.#files >= Math.min(FIRST_FILES, this.#late.files) || this.#bytes >= this.#late.bytes;
  }

  end(): void {
    this.#gathering?.end();
  }
}

/** Whether one of them has not been looked at. */
function isNew(ids: Ids, seen: Uint8Array): boolean {
  for (let i = 0; i < ids.length; i++) if (seen[ids[i]!] === MARK.none) return true;
  return false;
}

/** After this many files it can be estimated what a sweep will find. */
const FIRST_FILES = 1000;

/** How many rows are looked at before deciding whether other threads should hash. */
const SLICE = 4096;

function partOf(ids: Ids, from: number, to: number): Ids {
  return ids instanceof Uint32Array ? ids.subarray(from, to) : ids.slice(from, to);
}

/** Makes `root` the working directory while the loop runs. null: this thread may not, or has no directory to return to. */
export function enter(root: string): string | null {
  try {
    const back = process.cwd();
    process.chdir(root);
    return back;
  } catch {
    return null;
  }
}

/** Returns to where `enter` came from. If that was moved or removed meanwhile, stays. */
export function leave(back: string): void {
  try {
    process.chdir(back);
  } catch {
    // No path relies on it: all are given from the root.
  }
}

interface Sweep {
  /** Prefix of every path that is not absolute. */
  readonly prefix: string;
  readonly rows: Rows;
  readonly seen: Uint8Array;
  /** How many stats are expected. */
  readonly count: number;
}

/** From this many on, Bun's way to a stat's numbers is worth loading and compiling. */
const MANY = 5000;

/** Called before each slice of the rows, with how many have been looked at. */
type Slices = (looked: number) => void;

export function openLoop({ prefix, rows, seen, count }: Sweep): (ids: Ids, slices?: Slices) => void {
  const fields = openFields() ?? (count < MANY ? null : openStatx());
  const tell = fields === null ? byStats(rows) : byFields(rows, fields);
  compileLightly(loop, tell, msOf, typeOf);
  return (ids, slices) => loop({ prefix, rows, seen, tell }, ids, slices);
}

/** One call for all slices, and `slices` called before the first: otherwise V8 optimises it twice (docs/performance.md). */
function loop({ prefix, rows, seen, tell }: Omit<Sweep, "count"> & { readonly tell: Teller }, ids: Ids, slices?: Slices): void {
  const { kind, flags } = rows.columns;
  for (let i = 0; i < ids.length; i++) {
    if (i % SLICE === 0) slices?.(i);
    const id = ids[i]!;
    if (seen[id] !== 0) continue;
    const what = kind[id]!;
    let mark: number = MARK.open;
    if ((flags[id]! & RACY) === 0 && what !== KIND.link && what !== KIND.special) {
      const path = rows.pathOf(id);
      const full = path.charCodeAt(0) === 47 ? path : path === "" ? prefix + "." : prefix + path;
      try {
        mark = tell(id, what, full, what !== KIND.file && path.charCodeAt(path.length - 1) === 47);
      } catch {
        // Looking closely gives the same error.
      }
    }
    seen[id] = mark;
  }
}

/** The result of one stat of `path` for row `id` of kind `what` (MARK). Throws if the stat fails. */
type Teller = (id: number, what: number, path: string, follow: boolean) => number;

function byStats({ shared, news, columns: { mode, size, mtimeMs, ctimeMs, ino, dev } }: Rows): Teller {
  const { lstatSync, statSync } = fs;
  return (id, what, path, follow) => {
    const stat = follow ? statSync(path, QUIET) : lstatSync(path, QUIET);
    if (stat === undefined) return what === KIND.absent ? MARK.same : MARK.open;
    const type = stat.mode & S_IFMT;
    if (stat.nlink > 1 && type === S_IFREG) shared.add(id);
    if (what === KIND.dir) return type === S_IFDIR ? MARK.same : MARK.open;
    if (type === typeOf(what) && mtimeMs[id] === stat.mtimeMs && ctimeMs[id] === stat.ctimeMs && size[id] === stat.size && ino[id] === stat.ino && dev[id] === stat.dev && mode[id] === (stat.mode & 0o7777)) return MARK.same;
    if (type !== S_IFREG || !mayBeFile(what)) return MARK.open;
    const n = news();
    n.mode[id] = stat.mode & 0o7777;
    n.size[id] = stat.size;
    n.mtimeMs[id] = stat.mtimeMs;
    n.ctimeMs[id] = stat.ctimeMs;
    n.ino[id] = stat.ino;
    n.dev[id] = stat.dev;
    return MARK.news;
  };
}

function byFields({ shared, news, columns: { mode, size, mtimeMs, ctimeMs, ino, dev } }: Rows, calls: FieldCalls): Teller {
  return (id, what, path, follow) => {
    const fields = follow ? calls.stat(path, false, undefined, false) : calls.lstat(path, false, undefined, false);
    if (fields === undefined) return what === KIND.absent ? MARK.same : MARK.open;
    const bits = fields[FIELD.mode]!;
    const type = bits & S_IFMT;
    if (fields[FIELD.nlink]! > 1 && type === S_IFREG) shared.add(id);
    if (what === KIND.dir) return type === S_IFDIR ? MARK.same : MARK.open;
    const modified = msOf(fields, FIELD.mtime);
    const altered = msOf(fields, FIELD.ctime);
    if (type === typeOf(what) && mtimeMs[id] === modified && ctimeMs[id] === altered && size[id] === fields[FIELD.size] && ino[id] === fields[FIELD.ino] && dev[id] === fields[FIELD.dev] && mode[id] === (bits & 0o7777)) return MARK.same;
    if (type !== S_IFREG || !mayBeFile(what)) return MARK.open;
    const n = news();
    n.mode[id] = bits & 0o7777;
    n.size[id] = fields[FIELD.size]!;
    n.mtimeMs[id] = modified;
    n.ctimeMs[id] = altered;
    n.ino[id] = fields[FIELD.ino]!;
    n.dev[id] = fields[FIELD.dev]!;
    return MARK.news;
  };
}

/** Whether a regular file can be reported as news for a row of this kind. */
function mayBeFile(what: number): boolean {
  return what === KIND.file || what === KIND.unknown || what === KIND.absent;
}

/** The type bits that a row with a stat must have; -1: none proves it. */
function typeOf(what: number): number {
  return what === KIND.file ? S_IFREG : what === KIND.listing ? S_IFDIR : -1;
}
