// File operations that tg does itself: which files they read, where each goes, and their text form. Knows no disk.
import type { FileWork, InputSpec } from "./action.ts";
import { baseName, isBelow, joinPath, parentOf, type FilePath } from "./path.ts";
import { matcherOf, negates, staticPrefix, writtenAs } from "./pattern.ts";
import { quoted } from "./shell.ts";

/** Files to make; all paths are absolute. The folder `there` exists; missing folders on the way are created below `root`. */
export type FileJob =
  | { readonly op: "copy"; readonly root: string; readonly there: string; readonly pairs: readonly (readonly [from: string, to: string])[] }
  | { readonly op: "concat"; readonly from: readonly string[]; readonly to: string }
  | { readonly op: "write"; readonly text: string; readonly to: string };

/** A file, and the folder its name is relative to where names are kept. */
interface Source {
  readonly path: FilePath;
  readonly base: FilePath;
}

/**
 * Files that the entries stand for, in order. Matches of a pattern are taken from `there`, the task's inputs that exist.
 * A file given by name exists, or has been reported as missing.
 */
function sourcesOf(from: readonly InputSpec[], there: readonly FilePath[]): readonly Source[] {
  const found = new Map<FilePath, Source>();
  const files = new Set<FilePath>(there);
  for (const spec of from) {
    if (spec.kind === "not") {
      for (const path of [...found.keys()]) if (negates(spec.pattern, path)) found.delete(path);
      continue;
    }
    for (const source of spec.kind === "glob" ? matched(spec, there) : named(spec, files)) if (!found.has(source.path)) found.set(source.path, source);
  }
  return [...found.values()];
}

function matched({ pattern, dot }: InputSpec & { kind: "glob" }, there: readonly FilePath[]): Source[] {
  const base = staticPrefix(pattern);
  const matches = matcherOf(pattern, { dot });
  return there.filter((path) => matches(path)).map((path) => ({ path, base }));
}

/** A folder named without a trailing slash keeps its own name. */
function named({ path, optional }: InputSpec & { kind: "file" }, files: ReadonlySet<FilePath>): Source[] {
  const base = parentOf(path);
  // Most are files, and there may be thousands.
  if (files.has(path)) return [{ path, base }];
  const below = [...files].filter((one) => isBelow(one, path));
  return below.length === 0 && !optional ? [{ path, base }] : below.map((one) => ({ path: one, base }));
}

/** Pairs of source and destination of a copy. */
export function pairsOf(work: FileWork & { op: "copy" }, there: readonly FilePath[]): readonly (readonly [from: FilePath, to: FilePath])[] {
  // A single named file, whatever is at its path.
  if (!work.folder) {
    const pairs: (readonly [FilePath, FilePath])[] = [];
    for (const spec of work.from) if (spec.kind === "file" && (!spec.optional || there.includes(spec.path))) pairs.push([spec.path, work.to]);
    return pairs;
  }
  return sourcesOf(work.from, there).map(({ path, base }) => [path, joinPath(work.to, nameBelow(path, base))]);
}

function nameBelow(path: FilePath, base: FilePath): string {
  if (base === "") return path.startsWith("/") ? baseName(path) : path;
  return base === "/" ? path.slice(1) : path.slice(base.length + 1);
}

/** The files to concatenate, in order. */
export function partsToJoin(work: FileWork & { op: "concat" }, there: readonly FilePath[]): readonly FilePath[] {
  return sourcesOf(work.from, there).map(({ path }) => path);
}

/** The operation in full, as a command a user might have typed. It decides whether the operation has changed. */
export function fileWorkText(work: FileWork): string {
  if (work.op === "write") return `write ${quoted(work.to)}: ${work.text}`;
  const from = work.from.map((spec) => quoted(spec.kind === "file" ? spec.path : spec.kind === "not" ? "!" + spec.pattern : writtenAs(spec)));
  return `${work.op} ${from.join(" ")} to ${quoted(work.to)}${work.op === "copy" && work.folder ? "/" : ""}`;
}

/** Most texts that are written are short. */
const TEXT_SHOWN = 60;

/** The same for people to read: a long text is cut short. */
export function fileWorkShown(work: FileWork): string {
  return fileWorkText(work.op === "write" && work.text.length > TEXT_SHOWN ? { ...work, text: work.text.slice(0, TEXT_SHOWN) + "…" } : work);
}
