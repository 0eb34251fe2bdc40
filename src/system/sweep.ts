// The hot loop of a no-op build: one stat a row, compared with the stored columns, no object of ours per file. Flat on
// purpose (docs/performance.md); paths are relative to the root because an absolute one costs 12 % more. Proves sameness
// only: whatever is not plainly the same is left to the caller.
import * as fs from "node:fs";
import process from "node:process";
import { KIND, RACY, type Columns, type FileTable } from "../model/table.ts";
import { FIELD, msOf, openFields, type FieldCalls } from "./fields.ts";
import { openHelper, type HelperOptions } from "./thread.ts";

const QUIET: { throwIfNoEntry: false } = { throwIfNoEntry: false };
const { S_IFMT, S_IFREG, S_IFDIR } = fs.constants;

export type Ids = Uint32Array | readonly number[];

/** Rows as the loop reads them. */
export interface Rows {
  readonly columns: Columns;
  /** Told of files that have several names. */
  readonly shared: { add(id: number): unknown };
  pathOf(id: number): string;
}

export interface SweepOptions {
  readonly root: string;
  /** null: one thread does it all. */
  readonly helper: HelperOptions | null;
}

/** Of `ids` that are 0 in `seen`, sets those that one stat proves to be what their row says to 1, the others to 2. */
export function sweepRows({ root, helper }: SweepOptions, table: FileTable, ids: Ids, seen: Uint8Array): void {
  const back = enter(root);
  const prefix = back === null ? (root === "/" ? "/" : root + "/") : "";
  try {
    const help = helper === null ? null : openHelper(helper, { prefix, table, ids, seen });
    const sweep = openLoop({ prefix, rows: table, seen: help?.seen ?? seen });
    if (help === null) sweep(ids);
    else {
      for (let part = help.take(); part !== null; part = help.take()) sweep(part);
      // What the helper took and does not give back in time.
      if (!help.finish()) sweep(ids);
      seen.set(help.seen);
    }
  } finally {
    if (back !== null) process.chdir(back);
  }
}

/** Makes `root` the working directory for as long as the loop takes. null: this thread may not, or has none to go back to. */
function enter(root: string): string | null {
  try {
    const back = process.cwd();
    process.chdir(root);
    return back;
  } catch {
    return null;
  }
}

interface Sweep {
  /** In front of every path that is not absolute. */
  readonly prefix: string;
  readonly rows: Rows;
  readonly seen: Uint8Array;
}

export function openLoop({ prefix, rows, seen }: Sweep): (ids: Ids) => void {
  const fields = openFields();
  const proves = fields === null ? byStats(rows) : byFields(rows, fields);
  return (ids) => loop({ prefix, rows, seen, proves }, ids);
}

function loop({ prefix, rows, seen, proves }: Sweep & { readonly proves: Proves }, ids: Ids): void {
  const { kind, flags } = rows.columns;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (seen[id] !== 0) continue;
    const what = kind[id]!;
    let mark = 2;
    if ((flags[id]! & RACY) === 0 && what !== KIND.link && what !== KIND.unknown && what !== KIND.special) {
      const path = rows.pathOf(id);
      const full = path.charCodeAt(0) === 47 ? path : path === "" ? prefix + "." : prefix + path;
      try {
        if (proves(id, what, full, what !== KIND.file && path.charCodeAt(path.length - 1) === 47)) mark = 1;
      } catch {
        // Whoever looks closely will be told the same.
      }
    }
    seen[id] = mark;
  }
}

/** Does one stat of `path` prove that row `id`, of kind `what`, still holds? Throws where the stat fails. */
type Proves = (id: number, what: number, path: string, follow: boolean) => boolean;

function byStats({ shared, columns: { mode, size, mtimeMs, ctimeMs, ino, dev } }: Rows): Proves {
  const { lstatSync, statSync } = fs;
  return (id, what, path, follow) => {
    const stat = follow ? statSync(path, QUIET) : lstatSync(path, QUIET);
    if (stat === undefined) return what === KIND.absent;
    const type = stat.mode & S_IFMT;
    if (stat.nlink > 1 && type === S_IFREG) shared.add(id);
    if (what === KIND.dir) return type === S_IFDIR;
    return type === typeOf(what) && mtimeMs[id] === stat.mtimeMs && ctimeMs[id] === stat.ctimeMs && size[id] === stat.size && ino[id] === stat.ino && dev[id] === stat.dev && mode[id] === (stat.mode & 0o7777);
  };
}

function byFields({ shared, columns: { mode, size, mtimeMs, ctimeMs, ino, dev } }: Rows, calls: FieldCalls): Proves {
  return (id, what, path, follow) => {
    const fields = follow ? calls.stat(path, false, undefined, false) : calls.lstat(path, false, undefined, false);
    if (fields === undefined) return what === KIND.absent;
    const bits = fields[FIELD.mode]!;
    if (fields[FIELD.nlink]! > 1 && (bits & S_IFMT) === S_IFREG) shared.add(id);
    if (what === KIND.dir) return (bits & S_IFMT) === S_IFDIR;
    return (bits & S_IFMT) === typeOf(what) && mtimeMs[id] === msOf(fields, FIELD.mtime) && ctimeMs[id] === msOf(fields, FIELD.ctime) && size[id] === fields[FIELD.size] && ino[id] === fields[FIELD.ino] && dev[id] === fields[FIELD.dev] && mode[id] === (bits & 0o7777);
  };
}

/** The type bits that a row with a stat must have; -1: none proves it. */
function typeOf(what: number): number {
  return what === KIND.file ? S_IFREG : what === KIND.listing ? S_IFDIR : -1;
}
