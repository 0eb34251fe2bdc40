// The hot loop of a no-op build: one stat a row, compared with the stored columns, no object of ours per file. Flat on
// purpose (docs/performance.md); paths are relative to the root because an absolute one costs 12 % more. Proves sameness
// only: whatever is not plainly the same is left to the caller.
import * as fs from "node:fs";
import process from "node:process";
import { KIND, RACY, type FileTable } from "../model/table.ts";
import { FIELD, msOf, openFields, type FieldCalls } from "./fields.ts";

const QUIET: { throwIfNoEntry: false } = { throwIfNoEntry: false };
const { S_IFMT, S_IFREG, S_IFDIR } = fs.constants;

/** Of `ids` that are 0 in `seen`, sets those that one stat proves to be what their row says to 1, the others to 2. */
export function sweepRows(root: string, table: FileTable, ids: Uint32Array | readonly number[], seen: Uint8Array): void {
  const back = enter(root);
  const fields = openFields();
  try {
    loop({ prefix: back === null ? (root === "/" ? "/" : root + "/") : "", table, ids, seen, proves: fields === null ? byStats(table) : byFields(table, fields) });
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

/** Does one stat of `path` prove that row `id`, of kind `what`, still holds? Throws where the stat fails. */
type Proves = (id: number, what: number, path: string, follow: boolean) => boolean;

interface Sweep {
  readonly prefix: string;
  readonly table: FileTable;
  readonly ids: Uint32Array | readonly number[];
  readonly seen: Uint8Array;
  readonly proves: Proves;
}

function loop({ prefix, table, ids, seen, proves }: Sweep): void {
  const { kind, flags } = table.columns;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (seen[id] !== 0) continue;
    seen[id] = 2;
    const what = kind[id]!;
    if ((flags[id]! & RACY) !== 0 || what === KIND.link || what === KIND.unknown || what === KIND.special) continue;
    const path = table.pathOf(id);
    const full = path.charCodeAt(0) === 47 ? path : path === "" ? prefix + "." : prefix + path;
    try {
      if (proves(id, what, full, what !== KIND.file && path.charCodeAt(path.length - 1) === 47)) seen[id] = 1;
    } catch {
      continue;
    }
  }
}

function byStats({ shared, columns: { mode, size, mtimeMs, ctimeMs, ino, dev } }: FileTable): Proves {
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

function byFields({ shared, columns: { mode, size, mtimeMs, ctimeMs, ino, dev } }: FileTable, calls: FieldCalls): Proves {
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
