// The hot loop of a no-op build: one stat a row, compared with the stored columns, no object of ours per file. Flat on
// purpose (docs/performance.md); paths are relative to the root because an absolute one costs 12 % more. Proves sameness
// only: whatever is not plainly the same is left to the caller.
import * as fs from "node:fs";
import process from "node:process";
import { KIND, RACY, type FileTable } from "../model/table.ts";

const QUIET: { throwIfNoEntry: false } = { throwIfNoEntry: false };
const { S_IFMT, S_IFREG, S_IFDIR } = fs.constants;

/** Of `ids` that are 0 in `seen`, sets those that one stat proves to be what their row says to 1, the others to 2. */
export function sweepRows(root: string, table: FileTable, ids: Uint32Array | readonly number[], seen: Uint8Array): void {
  const back = enter(root);
  try {
    loop({ prefix: back === null ? (root === "/" ? "/" : root + "/") : "", table, ids, seen });
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
  readonly prefix: string;
  readonly table: FileTable;
  readonly ids: Uint32Array | readonly number[];
  readonly seen: Uint8Array;
}

function loop({ prefix, table, ids, seen }: Sweep): void {
  const { kind, flags, mode, size, mtimeMs, ctimeMs, ino, dev } = table.columns;
  const { lstatSync, statSync } = fs;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    const what = kind[id];
    if (seen[id] !== 0) continue;
    seen[id] = 2;
    if ((flags[id]! & RACY) !== 0 || what === KIND.link || what === KIND.unknown || what === KIND.special) continue;
    const path = table.pathOf(id);
    let stat: fs.Stats | undefined;
    try {
      if (what === KIND.file) stat = lstatSync(path.charCodeAt(0) === 47 ? path : prefix + path, QUIET);
      else if (path.charCodeAt(path.length - 1) === 47) stat = statSync(path.charCodeAt(0) === 47 ? path : prefix + path, QUIET);
      else stat = lstatSync(path === "" ? prefix + "." : path.charCodeAt(0) === 47 ? path : prefix + path, QUIET);
    } catch {
      continue;
    }
    if (stat === undefined) {
      if (what === KIND.absent) seen[id] = 1;
      continue;
    }
    const type = stat.mode & S_IFMT;
    if (what === KIND.dir) {
      if (type === S_IFDIR) seen[id] = 1;
    } else if (
      type === (what === KIND.file ? S_IFREG : what === KIND.listing ? S_IFDIR : -1) && mtimeMs[id] === stat.mtimeMs && ctimeMs[id] === stat.ctimeMs &&
      size[id] === stat.size && ino[id] === stat.ino && dev[id] === stat.dev && mode[id] === (stat.mode & 0o7777)
    ) seen[id] = 1;
  }
}
