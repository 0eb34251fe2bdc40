// Which file is the config, and which folder the root. Knows no content.
import { existsSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import type { AbsolutePath } from "../model/path.ts";
import { baseName, CONFIG_NAMES, normalizeText } from "../model/path.ts";
import { bad, good, type Result } from "../model/problem.ts";

export interface FoundConfig {
  readonly file: AbsolutePath;
  readonly root: AbsolutePath;
}

/** A single task file, which may be built without a config. */
export function isTaskFile(file: string): boolean {
  return /\.task\.[mc]?[jt]s$/.test(file);
}

function above(dir: string): string {
  const cut = dir.lastIndexOf("/");
  return cut <= 0 ? "/" : dir.slice(0, cut);
}

/** What the system refuses to look at (a link to itself, a name too long) is no config. */
function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}

/** `named` is the argument of `-c`, relative to `start`; null: search from `start` upward, to the repository's root at most. */
export function findConfig(start: AbsolutePath, named: string | null): Result<FoundConfig> {
  if (!existsSync(start)) return bad([{ code: "no-folder", path: start }]);
  if (named !== null) return namedConfig(start, named);
  for (let dir: string = start; ; dir = above(dir)) {
    for (const name of CONFIG_NAMES) {
      const file = dir === "/" ? "/" + name : `${dir}/${name}`;
      if (isFile(file)) return good({ file: file as AbsolutePath, root: dir as AbsolutePath });
    }
    if (dir === "/" || dir === homedir() || existsSync(`${dir}/.git`)) return bad([{ code: "no-config", from: start }]);
  }
}

function namedConfig(start: AbsolutePath, named: string): Result<FoundConfig> {
  const told = named.startsWith("/") ? named : `${start}/${named}`;
  if (!isFile(told)) return bad([{ code: "no-config", from: start, file: named }]);
  // What commands find above the folder is above the target of a link.
  const file = normalizeText(`${realpathSync.native(above(told))}/${baseName(told)}`) as AbsolutePath;
  const dir = above(file);
  return good({ file, root: (isTaskFile(baseName(file)) ? projectFolder(dir) : dir) as AbsolutePath });
}

/** The folder of the nearest config, package.json or repository; the file's own folder when there is none. */
function projectFolder(from: string): string {
  for (let dir = from; ; dir = above(dir)) {
    if (CONFIG_NAMES.some((name) => isFile(`${dir}/${name}`))) return dir;
    if (existsSync(`${dir}/package.json`) || existsSync(`${dir}/.git`)) return dir;
    if (dir === "/") return from;
  }
}
