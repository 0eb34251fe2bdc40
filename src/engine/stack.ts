// Translates stack lines of a child runtime to places in the person's sources: `label file:line:column`. Pure text.
import { fileURLToPath } from "node:url";
import type { FunctionRef } from "../model/task.ts";

/** `at label (place)`, `at async label (place)`, `at place`. */
const FRAME = /^\s*at (?:async )?(?:(.+?) \()?((?:file:\/\/)?\/[^()]*?):(\d+):(\d+)\)?$/;

/** Besides modules, the code of a function includes the files these read. */
const MODULE = /\.(?:m?[jt]s|tsx)$/;

/** What kept copies import in place of built-ins; the names of the copies themselves begin with their index. */
const STAND_IN = /^node-[a-z_-]+\.mjs$/;

export interface StackScope {
  readonly fn: FunctionRef;
  readonly root: string;
  /** Folder of tg's own bundles: its frames mean nothing to a person. */
  readonly own: string;
}

export function readStack(lines: readonly string[], scope: StackScope): readonly string[] {
  const frames: string[] = [];
  for (const line of lines) {
    const found = FRAME.exec(line);
    if (found === null) continue;
    const [, label, place, row, column] = found;
    const file = place!.startsWith("file:") ? fileURLToPath(place!) : place!;
    if (!isOwn(file, scope)) frames.push(`${label === undefined ? "" : label + " "}${shown(file, scope)}:${row}:${column}`);
  }
  return frames;
}

function isOwn(file: string, { fn, root, own }: StackScope): boolean {
  const folder = folderOf(file);
  const isKept = folder === folderOf(fn.module) && fn.module !== `${root}/${fn.source}`;
  return folder === own || (isKept && STAND_IN.test(file.slice(folder.length + 1)));
}

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf("/"));
}

/** A kept copy is named `<index>-<stem>.mjs` and has the lines of its source. */
function shown(file: string, { fn, root }: StackScope): string {
  if (file === fn.module) return fn.source;
  if (folderOf(file) === folderOf(fn.module)) {
    const stem = /^\d+-(.*)\.mjs$/.exec(file.slice(file.lastIndexOf("/") + 1))?.[1];
    const sources = fn.code.filter(({ path }) => MODULE.test(path) && stemOf(path) === stem);
    if (sources.length === 1) return sources[0]!.path;
  }
  return file.startsWith(root + "/") ? file.slice(root.length + 1) : file;
}

function stemOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.[^.]*$/, "").replace(/[^\w.-]/g, "_").slice(0, 60);
}
