// Which files match the patterns of `include` and of families, and which folders were listed to find them. Knows no modules.
import { lstatSync, readdirSync, statSync, type Stats } from "node:fs";
import type { ConfigProblem } from "../model/problem.ts";
import { absoluteOf, baseName, joinPath, parentOf, toFilePath, type AbsolutePath, type FilePath } from "../model/path.ts";
import { depthOf, isGlob, matcherOf, mayEnter, negates, staticPrefix } from "../model/pattern.ts";
import type { InputSpec } from "../model/task.ts";

export interface Included {
  /** In the order of the patterns, by code unit within each. */
  readonly files: readonly FilePath[];
  readonly folders: readonly FilePath[];
  readonly absent: readonly FilePath[];
  readonly problems: readonly ConfigProblem[];
}

/** A name that is not UTF-8. */
export interface BadName {
  readonly dir: FilePath;
  /** Its bytes as latin1 text. */
  readonly name: string;
}

export interface Unreadable {
  readonly file: FilePath;
  readonly errno: string;
}

interface Walk {
  readonly root: AbsolutePath;
  readonly folders: Set<FilePath>;
  readonly absent: Set<FilePath>;
  /** Paths without permission to look at. */
  readonly unreadable: Unreadable[];
  /** Names a pattern would have matched if they were text: one per folder is enough. */
  readonly bad: BadName[];
}

/** The texts of `include`; anything else is left to the check. */
export function includePatterns(value: unknown): string[] {
  const include = typeof value === "object" && value !== null ? (value as { include?: unknown }).include : undefined;
  const list = Array.isArray(include) ? include : [include];
  return list.filter((pattern): pattern is string => typeof pattern === "string" && pattern !== "");
}

export function findIncluded(patterns: readonly string[], root: AbsolutePath): Included {
  const walk: Walk = { root, folders: new Set(), absent: new Set(), unreadable: [], bad: [] };
  const problems: ConfigProblem[] = [];
  const files = new Set<FilePath>();
  for (const raw of patterns) {
    if (raw.startsWith("!")) {
      const matches = matcherOf(toFilePath(raw.slice(1), root));
      for (const file of files) if (matches(file)) files.delete(file);
      continue;
    }
    const pattern = toFilePath(raw, root);
    const before = troublesOf(walk);
    const found = isGlob(pattern) ? matching(pattern, walk) : present(pattern, walk);
    if (found.length === 0 && troublesOf(walk) === before) problems.push({ code: "include-empty", pattern: raw });
    for (const file of found) files.add(file);
  }
  return { files: [...files], folders: [...walk.folders], absent: [...walk.absent], problems: [...[...walk.unreadable, ...walk.bad.map(({ dir }) => ({ file: dir, errno: "EILSEQ" }))].map((one) => ({ code: "config-unreadable" as const, ...one })), ...problems] };
}

/** Files of a family: each with the folder that its key is relative to. */
export interface Matched {
  readonly files: readonly { readonly path: FilePath; readonly base: FilePath }[];
  readonly folders: readonly FilePath[];
  readonly absent: readonly FilePath[];
  /** Patterns that match nothing although they must. */
  readonly empty: readonly string[];
  readonly unreadable: readonly Unreadable[];
  readonly bad: readonly BadName[];
}

export function findMatched(specs: readonly InputSpec[], root: AbsolutePath): Matched {
  const walk: Walk = { root, folders: new Set(), absent: new Set(), unreadable: [], bad: [] };
  const files = new Map<FilePath, FilePath>();
  const empty: string[] = [];
  for (const spec of specs) {
    if (spec.kind === "not") {
      for (const file of files.keys()) if (negates(spec.pattern, file)) files.delete(file);
      continue;
    }
    const before = troublesOf(walk);
    const found = spec.kind === "file" ? present(spec.path, walk) : matching(spec.pattern as FilePath, walk, spec.dot);
    const base = spec.kind === "file" ? parentOf(spec.path) : staticPrefix(spec.pattern);
    if (found.length === 0 && troublesOf(walk) === before && !(spec.kind === "file" ? spec.optional : spec.allowEmpty)) empty.push(spec.kind === "file" ? spec.path : spec.pattern);
    for (const file of found) if (!files.has(file)) files.set(file, base);
  }
  return { files: [...files].map(([path, base]) => ({ path, base })), folders: [...walk.folders], absent: [...walk.absent], empty, unreadable: walk.unreadable, bad: walk.bad };
}

/** What was reported is not reported again as a pattern that matches nothing. */
function troublesOf(walk: Walk): number {
  return walk.unreadable.length + walk.bad.length;
}

function present(path: FilePath, walk: Walk): FilePath[] {
  if (statAt(path, walk)?.isFile() === true) return [path];
  walk.absent.add(path);
  return [];
}

/** A link to itself and a name that is too long count as absent; a path without permission is a problem. */
function statAt(path: FilePath, walk: Walk): Stats | undefined {
  try {
    return statSync(absoluteOf(path, walk.root), { throwIfNoEntry: false });
  } catch (error) {
    if (!["ELOOP", "ENAMETOOLONG"].includes(errnoOf(error))) walk.unreadable.push({ file: path, errno: errnoOf(error) });
    return undefined;
  }
}

function errnoOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  if (typeof code !== "string") throw error;
  return code;
}

function matching(pattern: FilePath, walk: Walk, dot = false): FilePath[] {
  const matches = matcherOf(pattern, { dot });
  const found: FilePath[] = [];
  const pending: { dir: FilePath; depth: number }[] = [{ dir: staticPrefix(pattern), depth: depthOf(pattern) }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const bad: FilePath[] = [];
    for (const { path, folder } of entriesOf(next.dir, walk)) {
      const enters = folder && next.depth > 1 && mayEnter(pattern, baseName(path));
      if (!enters && (folder || !matches(path))) continue;
      if (path.includes("\ufffd") && bytesOf(path, walk) !== null) bad.push(path);
      else if (enters) pending.push({ dir: path, depth: next.depth - 1 });
      else found.push(path);
    }
    const [odd] = bad.sort();
    if (odd !== undefined) walk.bad.push({ dir: next.dir, name: bytesOf(odd, walk)! });
  }
  return found.sort();
}

/** The bytes of a name that is not text, as latin1; null if it is text containing that character. Deno provides only the text. */
function bytesOf(path: FilePath, walk: Walk): string | null {
  if (lstatSync(absoluteOf(path, walk.root), { throwIfNoEntry: false }) !== undefined) return null;
  const name = baseName(path);
  const bytes = readdirSync(absoluteOf(parentOf(path), walk.root), { encoding: "buffer" }).find((one) => one.toString("utf8") === name);
  return bytes?.toString("latin1") ?? null;
}

function entriesOf(dir: FilePath, walk: Walk): { path: FilePath; folder: boolean }[] {
  const absolute = absoluteOf(dir, walk.root);
  if (statAt(dir, walk)?.isDirectory() !== true) {
    walk.absent.add(dir);
    return [];
  }
  walk.folders.add(dir);
  try {
    return readdirSync(absolute, { withFileTypes: true }).map((entry) => ({ path: joinPath(dir, entry.name), folder: entry.isDirectory() }));
  } catch (error) {
    walk.unreadable.push({ file: dir, errno: errnoOf(error) });
    return [];
  }
}
