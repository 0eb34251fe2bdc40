// Which file is the config, and which folder is the root. Knows no content.
import { constants, existsSync, lstatSync, readdirSync, readlinkSync, realpathSync, statSync, type Stats } from "node:fs";
import { homedir } from "node:os";
import type { AbsolutePath } from "../model/path.ts";
import { baseName, CONFIG_NAMES, isTaskFile, normalizeText } from "../model/path.ts";
import { bad, good, type ConfigProblem, type Result } from "../model/problem.ts";

export interface FoundConfig {
  readonly file: AbsolutePath;
  readonly root: AbsolutePath;
}

function above(dir: string): string {
  const cut = dir.lastIndexOf("/");
  return cut <= 0 ? "/" : dir.slice(0, cut);
}

function isFile(path: string): boolean {
  return ((targetOf(path)?.mode ?? 0) & constants.S_IFMT) === constants.S_IFREG;
}

function isFolder(path: string): boolean {
  return ((targetOf(path)?.mode ?? 0) & constants.S_IFMT) === constants.S_IFDIR;
}

/** What is in the config's place and cannot be one; null: nothing at all. `file`: displayed name. */
function oddProblem(path: string, file: string): ConfigProblem | null {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return null;
    const link = stat.isSymbolicLink() ? { link: readlinkSync(path) } : {};
    const target = targetOf(path);
    return { code: "config-no-file", file, is: target === undefined ? "link" : target.isDirectory() ? "folder" : "special", ...link };
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? "EIO";
    return errno === "EACCES" || errno === "EPERM" ? { code: "config-unreadable", file, errno } : null;
  }
}

/** Undefined: nothing is there, or the system cannot look at it (a link to itself, a name that is too long). */
function targetOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Variants of the name by other tools, with other extensions, or mistyped. */
const NEAR = /^(tasks?|tg)[.-]?config\.\w+$/i;

function nearIn(dir: string): { near?: string } {
  try {
    const near = readdirSync(dir).find((name) => NEAR.test(name) && isFile(`${dir}/${name}`));
    return near === undefined ? {} : { near };
  } catch {
    return {};
  }
}

/** `named` is the argument of `-c`, relative to `start`; null: search from `start` upward, to the repository's root at most. */
export function findConfig(start: AbsolutePath, named: string | null): Result<FoundConfig> {
  if (!isFolder(start)) return bad([{ code: "no-folder", path: start, ...(existsSync(start) ? { taken: true as const } : {}) }]);
  if (named !== null) return namedConfig(start, named);
  for (let dir: string = start; ; dir = above(dir)) {
    for (const name of CONFIG_NAMES) {
      const file = dir === "/" ? "/" + name : `${dir}/${name}`;
      if (isFile(file)) return good({ file: file as AbsolutePath, root: dir as AbsolutePath });
    }
    for (const name of CONFIG_NAMES) {
      const odd = oddProblem(dir === "/" ? "/" + name : `${dir}/${name}`, dir === start ? name : `${dir}/${name}`);
      if (odd !== null) return bad([odd]);
    }
    if (dir === "/" || dir === homedir() || existsSync(`${dir}/.git`)) return bad([{ code: "no-config", from: start, ...nearIn(start) }]);
  }
}

/** Names of configs that the search passes over for `file`, and whether they are there. */
export function configsBeside(file: AbsolutePath): readonly { readonly name: string; readonly there: boolean }[] {
  const at = CONFIG_NAMES.indexOf(baseName(file));
  return at < 0 ? [] : CONFIG_NAMES.slice(at + 1).map((name) => ({ name, there: isFile(normalizeText(`${above(file)}/${name}`)) }));
}

function namedConfig(start: AbsolutePath, named: string): Result<FoundConfig> {
  const told = named.startsWith("/") ? named : `${start}/${named}`;
  if (!isFile(told)) return bad([oddProblem(told, named) ?? { code: "no-config", from: start, file: named }]);
  // For commands, the parent of the folder is the parent of the link's target.
  const file = normalizeText(`${realpathSync.native(above(told))}/${baseName(told)}`) as AbsolutePath;
  const dir = above(file);
  return good({ file, root: (isTaskFile(baseName(file)) ? projectFolder(dir) : dir) as AbsolutePath });
}

/** The folder of the nearest config, package.json or repository; the file's own folder if there is none. */
function projectFolder(from: string): string {
  for (let dir = from; ; dir = above(dir)) {
    if (CONFIG_NAMES.some((name) => isFile(`${dir}/${name}`))) return dir;
    if (existsSync(`${dir}/package.json`) || existsSync(`${dir}/.git`)) return dir;
    if (dir === "/") return from;
  }
}
