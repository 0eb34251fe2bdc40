// Which file or folder lacks the rights, once the system has refused a path. Only for the advice that is given then.
import * as fs from "node:fs";
import { parentOf, type FilePath } from "../model/path.ts";

const { R_OK, W_OK, X_OK } = fs.constants;

/** `full`: makes a path absolute. */
export function deniedAt(path: string, full: (path: string) => string): string {
  const above: string[] = [];
  for (let dir = parentOf(path as FilePath); ; dir = parentOf(dir)) {
    above.unshift(dir);
    if (dir === "" || dir === "/") break;
  }
  const closed = above.find((dir) => isThere(full(dir)) && !may(full(dir), X_OK));
  if (closed !== undefined) return closed;
  if (isThere(full(path))) {
    if (!may(full(path), R_OK)) return path;
    const inside = folderIn(full(path));
    if (inside !== null) return path + inside.slice(full(path).length);
    if (!may(full(path), W_OK)) return path;
  }
  const folder = above.findLast((dir) => isThere(full(dir)));
  return folder !== undefined && !may(full(folder), W_OK) ? folder : path;
}

/** A folder in a folder that can be written, whose entries cannot be changed. */
function folderIn(dir: string): string | null {
  if (!fs.lstatSync(dir).isDirectory()) return null;
  if (!may(dir, R_OK | W_OK | X_OK)) return dir;
  for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
    const found = entry.isDirectory() ? folderIn(`${dir}/${entry.name}`) : null;
    if (found !== null) return found;
  }
  return null;
}

function isThere(path: string): boolean {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function may(path: string, mode: number): boolean {
  try {
    fs.accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
