// File paths in their internal form: root-relative with forward slashes, or absolute if outside the root. Pure text;
// knows no disk and no working directory.

/** Root-relative path with `/` and no `.`/`..`/trailing slash (the root itself is `""`); absolute when outside the root. */
export type FilePath = string & { readonly __path: "file" };

/** An absolute path of this machine with forward slashes. Used in adapters and config loading only. */
export type AbsolutePath = string & { readonly __path: "absolute" };

/** File names searched for as a config, best first. */
export const CONFIG_NAMES: readonly string[] = ["tasks.config.ts", "tasks.config.mts", "tasks.config.js", "tasks.config.mjs"];

/** Removes `.`, `..` and doubled slashes. An absolute path stays absolute; leading `..` of a relative path are kept. */
export function normalizeText(path: string): string {
  const absolute = path.startsWith("/");
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && kept.length > 0 && kept[kept.length - 1] !== "..") kept.pop();
    else if (part === ".." && absolute) continue;
    else kept.push(part);
  }
  return (absolute ? "/" : "") + kept.join("/");
}

/** Whether the path is already normalised (`a/b.c`): the common case, without allocations. */
function isPlain(path: string): boolean {
  if (path === "" || path.charCodeAt(0) === 47 || path.charCodeAt(path.length - 1) === 47) return false;
  // Compiling a regular expression takes 40 µs, which a build without work can avoid (docs/performance.md).
  return (!path.includes("//") && !path.includes("./") && !path.endsWith(".")) || !/(^|\/)\.{0,2}(\/|$)/.test(path);
}

/** One spelling per file: `./x`, `a/../x` and an absolute path inside `root` all become `x`. `base` is root-relative. */
export function toFilePath(raw: string, root: AbsolutePath, base: FilePath = "" as FilePath): FilePath {
  if (base === "" && isPlain(raw)) return raw as FilePath;
  const joined = raw.startsWith("/") ? raw : absoluteOf(base, root) + "/" + raw;
  const full = normalizeText(joined);
  if (full === root) return "" as FilePath;
  const prefix = root === "/" ? "/" : root + "/";
  return (full.startsWith(prefix) ? full.slice(prefix.length) : full) as FilePath;
}

/** The absolute form of a path. */
export function absoluteOf(path: FilePath, root: AbsolutePath): AbsolutePath {
  if (path.startsWith("/")) return path as string as AbsolutePath;
  return (path === "" ? root : root === "/" ? "/" + path : root + "/" + path) as AbsolutePath;
}

export function isOutside(path: FilePath): boolean {
  return path.startsWith("/");
}

/** The folder that contains `path`; `""` for the root. */
export function parentOf(path: FilePath): FilePath {
  const cut = path.lastIndexOf("/");
  return (cut < 0 ? "" : cut === 0 ? "/" : path.slice(0, cut)) as FilePath;
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function joinPath(dir: FilePath, name: string): FilePath {
  return (dir === "" ? name : dir === "/" ? "/" + name : dir + "/" + name) as FilePath;
}

/** `path` as written from `from`, a folder below the root. */
export function seenFrom(path: FilePath, from: FilePath): string {
  if (from === "" || path.startsWith("/")) return path;
  const [there, here] = [path.split("/"), from.split("/")];
  let same = 0;
  while (same < here.length && same < there.length - 1 && here[same] === there[same]) same++;
  return [...here.slice(same).map(() => ".."), ...there.slice(same)].join("/");
}

/** Whether `path` lies below `dir` (and is not `dir` itself). */
export function isBelow(path: string, dir: string): boolean {
  return dir === "" ? path !== "" && !path.startsWith("/") : path.length > dir.length && path.startsWith(dir) && (dir === "/" || path.charCodeAt(dir.length) === 47);
}

/** Whether `file` is a single task file, which may be built without a config. */
export function isTaskFile(file: string): boolean {
  return /\.task\.[mc]?[jt]s$/.test(file);
}

/** Orders by code unit: the same on every machine and in every locale. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Where npm packages install programs: node_modules/.bin of `dir` and of every folder above it, nearest first, as npm does. */
export function programDirs(dir: AbsolutePath): string[] {
  const dirs: string[] = [];
  for (let at: string = dir; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) dirs.push(`${at}/node_modules/.bin`);
  return dirs;
}

/** What shells search where PATH is not set; an empty entry would be the working directory. */
const USUAL_PATH = "/usr/local/bin:/usr/bin:/bin";

/** The PATH of a command: `dirs`, then those of `path`. */
export function searchPath(dirs: Iterable<string>, path: string | undefined): string {
  return [...dirs, path ?? USUAL_PATH].join(":");
}
