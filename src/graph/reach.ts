// Finds which made things a pattern or a folder may read without testing each: files by folder, trees and output patterns by
// where they begin. Knows no tasks' inputs and no disk.
import { byCodeUnit, isBelow, parentOf, type FilePath } from "../model/path.ts";
import { depthOf, folderPattern, matcherOf, mayEnter, staticPrefix } from "../model/pattern.ts";
import type { Made, Makers } from "./makers.ts";
import { mayOverlap, shapesOf, treeShape, type Shape } from "./overlap.ts";

export interface Reach {
  /** Everything that `pattern` may read; called once per pattern. */
  byPattern(pattern: string, dot: boolean): readonly Made[];
  /** Everything made below `folder`, if a task writes into it. */
  belowFolder(folder: FilePath): readonly Made[];
  /** Whether a task writes into it or below it. */
  isFolder(path: FilePath): boolean;
}

/** The makers, sorted for range searches. */
interface Index {
  readonly makers: Makers;
  /** Literal files by folder; every folder above something made has an entry. */
  readonly folders: ReadonlyMap<FilePath, readonly FilePath[]>;
  readonly sortedFolders: readonly FilePath[];
  readonly sortedTrees: readonly string[];
  readonly sortedPrefixes: readonly string[];
}

const NONE: readonly Made[] = [];

/** Call once everything has been entered in `makers`. */
export function createReach(makers: Makers): Reach {
  const folders = foldersOf(makers);
  const index: Index = {
    makers,
    folders,
    sortedFolders: [...folders.keys()].sort(byCodeUnit),
    sortedTrees: [...makers.trees.keys()].sort(byCodeUnit),
    sortedPrefixes: [...makers.patterns.keys()].sort(byCodeUnit),
  };
  const known = new Map<string, readonly Made[]>();
  const byPattern = (pattern: string, dot: boolean): readonly Made[] => {
    const key = (dot ? "." : "-") + pattern;
    let found = known.get(key);
    if (found === undefined) {
      found = findFor(index, pattern, dot);
      known.set(key, found);
    }
    return found;
  };
  return { byPattern, isFolder: (path) => folders.has(path), belowFolder: (folder) => (folders.has(folder) ? byPattern(folderPattern(folder), true) : NONE) };
}

/** The tasks that make them. Ascending, each once. */
export function tasksOf(made: readonly Made[]): readonly number[] {
  return [...new Set(made.map(({ task }) => task))].sort((a, b) => a - b);
}

function findFor(index: Index, pattern: string, dot: boolean): readonly Made[] {
  const prefix = staticPrefix(pattern);
  // Most patterns are about sources, where no task writes: nothing need be compiled.
  if (!index.folders.has(prefix) && !isInRegion(index.makers, prefix)) return NONE;
  const found: Made[] = [];
  const asked = searchFor(pattern, prefix, dot);
  addFiles(index, asked, found);
  if (index.sortedTrees.length + index.sortedPrefixes.length > 0) addRegions(index, asked, found);
  return found.length === 0 ? NONE : found;
}

function addFiles(index: Index, asked: Search, found: Made[]): void {
  const add = (paths: readonly FilePath[] = []): void => {
    for (const path of paths) {
      if (path.endsWith(asked.tail) && asked.matches(path)) found.push({ kind: "file", path, task: index.makers.files.get(path)! });
    }
  };
  add(index.folders.get(asked.prefix));
  if (asked.depth <= 1) return;
  eachBelow(index.sortedFolders, asked.prefix, (folder) => {
    const paths = index.folders.get(folder)!;
    if (paths.length > 0 && mayReach(asked, folder)) add(paths);
  });
}

/** Adds trees and output patterns that begin above, at or below the search's start. */
function addRegions({ makers, sortedTrees, sortedPrefixes }: Index, asked: Search, found: Made[]): void {
  const meet = (made: Made): void => {
    const shapes = made.kind === "tree" ? [treeShape(made.path)] : shapesOf(made.path, false);
    if (asked.shapes.some((one) => shapes.some((shape) => mayOverlap(one, shape)))) found.push(made);
  };
  const tree = (path: FilePath): void => {
    const task = makers.trees.get(path);
    if (task !== undefined) meet({ kind: "tree", path, task });
  };
  const patterns = (prefix: FilePath): void => {
    for (const made of makers.patterns.get(prefix) ?? []) meet(made);
  };
  for (let at = asked.prefix; ; at = parentOf(at)) {
    tree(at);
    patterns(at);
    if (at === "" || at === "/") break;
  }
  eachBelow(sortedTrees, asked.prefix, tree);
  eachBelow(sortedPrefixes, asked.prefix, patterns);
}

/** Every folder that contains something made, or in which an output pattern begins, with its literal files. */
function foldersOf(makers: Makers): Map<FilePath, FilePath[]> {
  const folders = new Map<FilePath, FilePath[]>();
  const open = (folder: FilePath): void => {
    for (let at = folder; !folders.has(at); at = parentOf(at)) folders.set(at, []);
  };
  for (const path of makers.files.keys() as IterableIterator<FilePath>) {
    const folder = parentOf(path);
    open(folder);
    folders.get(folder)!.push(path);
  }
  for (const path of makers.trees.keys()) open(path as FilePath);
  for (const prefix of makers.patterns.keys()) open(prefix as FilePath);
  return folders;
}

interface Search {
  readonly pattern: string;
  readonly prefix: FilePath;
  readonly depth: number;
  readonly shapes: readonly Shape[];
  /** The end of every match. */
  readonly tail: string;
  readonly matches: (path: string) => boolean;
}

/** Whether there is a tree around the folder, or an output pattern that begins at or above it. */
function isInRegion(makers: Makers, folder: FilePath): boolean {
  for (let at = folder; ; at = parentOf(at)) {
    if (makers.trees.has(at) || makers.patterns.has(at)) return true;
    if (at === "" || at === "/") return false;
  }
}

function searchFor(pattern: string, prefix: FilePath, dot: boolean): Search {
  const shapes = shapesOf(pattern, dot);
  const tail = shapes.length === 1 ? tailOf(shapes[0]!) : "";
  let compiled: ((path: string) => boolean) | null = null;
  const matches = (path: string): boolean => (compiled ??= matcherOf(pattern, { dot }))(path);
  return { pattern, prefix, depth: depthOf(pattern), shapes, tail, matches };
}

function tailOf(shape: Shape): string {
  const last = shape.segments[shape.segments.length - 1];
  return last === undefined || last.kind === "deep" ? "" : last.kind === "name" ? last.text : last.tail;
}

/** Whether a walk for the pattern would reach this folder below its prefix. */
function mayReach({ pattern, prefix, depth }: Search, folder: string): boolean {
  const names = folder.slice(prefix === "" ? 0 : prefix.length + 1).split("/");
  if (names.length > depth - 1) return false;
  return names.every((name) => mayEnter(pattern, name));
}

/** Index of the first entry below `folder` in a list sorted by code unit. Entries of other folders may follow. */
function firstBelow(sorted: readonly string[], folder: string): number {
  const bound = folder === "" ? "" : folder + "/";
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return folder === "" && sorted[low] === "" ? low + 1 : low;
}

function eachBelow(sorted: readonly string[], folder: string, take: (path: FilePath) => void): void {
  for (let i = firstBelow(sorted, folder); i < sorted.length && isBelow(sorted[i]!, folder); i++) take(sorted[i]! as FilePath);
}
