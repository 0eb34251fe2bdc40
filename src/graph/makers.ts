// Who makes what: literal files by path, owned trees by root, output patterns by static prefix, and the ways to find
// those that a pattern may read without asking each. Knows no edges and no disk.
import { byCodeUnit, isBelow, parentOf, type FilePath } from "../model/path.ts";
import { depthOf, matcherOf, mayEnter, staticPrefix } from "../model/pattern.ts";
import type { Task } from "../model/task.ts";
import { mayOverlap, shapesOf, treeShape, type Shape } from "./overlap.ts";

/** One thing a task writes: a file, everything below a folder, or what a pattern matches after the run. */
export interface Made {
  readonly kind: "file" | "tree" | "glob";
  /** Path of the file or folder, or text of the pattern. */
  readonly path: FilePath;
  readonly task: number;
}

/** All that a task writes, rewritten files included. */
export function madeBy(task: Task, index: number): Made[] {
  const made: Made[] = [];
  for (const spec of task.outputs) {
    made.push({ kind: spec.kind, path: (spec.kind === "glob" ? spec.pattern : spec.path) as FilePath, task: index });
  }
  for (const path of task.inout) made.push({ kind: "file", path, task: index });
  return made;
}

/** Tables to answer `producerOf`. The first writer of a path keeps it. */
export interface Makers {
  readonly files: Map<string, number>;
  /** Owned trees by their folder. */
  readonly trees: Map<string, number>;
  /** Output patterns by static prefix. */
  readonly patterns: Map<string, Made[]>;
}

export function emptyMakers(): Makers {
  return { files: new Map(), trees: new Map(), patterns: new Map() };
}

/** Enters one thing; returns the other task that already has the very same file or tree, or -1. */
export function enterMade(makers: Makers, made: Made): number {
  if (made.kind === "glob") {
    const prefix = staticPrefix(made.path);
    const group = makers.patterns.get(prefix);
    if (group === undefined) makers.patterns.set(prefix, [made]);
    else group.push(made);
    return -1;
  }
  const table = made.kind === "file" ? makers.files : makers.trees;
  const known = table.get(made.path);
  if (known === undefined) table.set(made.path, made.task);
  return known === undefined || known === made.task ? -1 : known;
}

/** The tree at or above `path` and its owner, or null. */
export function treeAround(makers: Makers, path: FilePath): Made | null {
  if (makers.trees.size === 0) return null;
  for (let at = path; at !== "" && at !== "/"; at = parentOf(at)) {
    const task = makers.trees.get(at);
    if (task !== undefined) return { kind: "tree", path: at, task };
  }
  return null;
}

/** Output patterns that match `path`. */
export function patternsOver(makers: Makers, path: FilePath): Made[] {
  const found: Made[] = [];
  if (makers.patterns.size === 0) return found;
  for (let at = parentOf(path); ; at = parentOf(at)) {
    for (const made of makers.patterns.get(at) ?? []) if (matcherOf(made.path)(path)) found.push(made);
    if (at === "" || at === "/") return found;
  }
}

/** The task that makes `path`, -1 for a source. */
export function producerIn(makers: Makers, path: FilePath): number {
  return makers.files.get(path) ?? treeAround(makers, path)?.task ?? patternsOver(makers, path)[0]?.task ?? -1;
}

/** `producerOf` for a graph whose tasks are known one by one; entered at the first question. */
export function producerFinder(count: number, taskAt: (task: number) => Task): (path: string) => number {
  let makers: Makers | null = null;
  return (path) => {
    if (makers === null) {
      makers = emptyMakers();
      for (let i = 0; i < count; i++) for (const made of madeBy(taskAt(i), i)) enterMade(makers, made);
    }
    return producerIn(makers, path as FilePath);
  };
}

/** Finds what patterns and folders may read. Built once all is entered. */
export interface Reach {
  /** All that `pattern` may read; asked once per pattern. */
  byPattern(pattern: string, dot: boolean): readonly Made[];
  /** All that stands below `folder`, when it is a folder that somebody writes into. */
  belowFolder(folder: FilePath): readonly Made[];
}

const NONE: readonly Made[] = [];

export function createReach(makers: Makers): Reach {
  const folders = foldersOf(makers);
  const sortedFolders = [...folders.keys()].sort(byCodeUnit);
  const sortedTrees = [...makers.trees.keys()].sort(byCodeUnit);
  const sortedPrefixes = [...makers.patterns.keys()].sort(byCodeUnit);
  const noRegions = sortedTrees.length === 0 && sortedPrefixes.length === 0;
  const known = new Map<string, readonly Made[]>();

  function filesFor(search: Search, found: Made[]): void {
    const { prefix, depth } = search;
    takeFiles(search, folders.get(prefix), found);
    if (depth <= 1) return;
    for (let i = firstBelow(sortedFolders, prefix); i < sortedFolders.length; i++) {
      const folder = sortedFolders[i]!;
      if (!isBelow(folder, prefix)) break;
      const files = folders.get(folder)!;
      if (files.length > 0 && mayReach(search, folder)) takeFiles(search, files, found);
    }
  }

  function takeFiles(search: Search, paths: readonly FilePath[] | undefined, found: Made[]): void {
    for (const path of paths ?? []) {
      if (path.endsWith(search.tail) && search.matches(path)) found.push({ kind: "file", path, task: makers.files.get(path)! });
    }
  }

  function regionsFor(search: Search, found: Made[]): void {
    const meet = (made: Made): void => {
      const shapes = made.kind === "tree" ? [treeShape(made.path)] : shapesOf(made.path, false);
      if (search.shapes.some((asked) => shapes.some((shape) => mayOverlap(asked, shape)))) found.push(made);
    };
    const tree = (path: string): void => {
      const task = makers.trees.get(path);
      if (task !== undefined) meet({ kind: "tree", path: path as FilePath, task });
    };
    for (let at = search.prefix; ; at = parentOf(at)) {
      tree(at);
      for (const made of makers.patterns.get(at) ?? []) meet(made);
      if (at === "" || at === "/") break;
    }
    eachBelow(sortedTrees, search.prefix, tree);
    eachBelow(sortedPrefixes, search.prefix, (prefix) => {
      for (const made of makers.patterns.get(prefix)!) meet(made);
    });
  }

  function byPattern(pattern: string, dot: boolean): readonly Made[] {
    const key = (dot ? "." : "-") + pattern;
    let found = known.get(key);
    if (found === undefined) {
      found = search(pattern, dot);
      known.set(key, found);
    }
    return found;
  }

  function search(pattern: string, dot: boolean): readonly Made[] {
    const prefix = staticPrefix(pattern);
    // Most patterns are about sources: nobody writes there, and nothing need be compiled.
    if (!folders.has(prefix) && (noRegions || !isInRegion(makers, prefix))) return NONE;
    const found: Made[] = [];
    const asked = searchFor(pattern, prefix, dot);
    filesFor(asked, found);
    if (!noRegions) regionsFor(asked, found);
    return found.length === 0 ? NONE : found;
  }

  return {
    byPattern,
    belowFolder: (folder) => (folders.has(folder) ? byPattern(folderPattern(folder), true) : NONE),
  };
}

/** The pattern that a folder given as an input stands for. */
export function folderPattern(folder: FilePath): string {
  return folder.replace(/[\\*?[\]{}()!+@]/g, "\\$&") + (folder === "" ? "**" : "/**");
}

/** Literal files by folder; folders above them, and those of trees and patterns, have entries too. */
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
  /** What every match ends with. */
  readonly tail: string;
  readonly matches: (path: string) => boolean;
}

/** Is there a tree around the folder, or an output pattern that begins at or above it? */
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

/** Would a walk for the pattern come to this folder below its prefix? */
function mayReach({ pattern, prefix, depth }: Search, folder: string): boolean {
  const names = folder.slice(prefix === "" ? 0 : prefix.length + 1).split("/");
  if (names.length > depth - 1) return false;
  return names.every((name) => mayEnter(pattern, name));
}

/** Index of the first entry below `folder` in a list sorted by code unit. Entries of other folders may follow it. */
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

function eachBelow(sorted: readonly string[], folder: string, take: (path: string) => void): void {
  for (let i = firstBelow(sorted, folder); i < sorted.length && isBelow(sorted[i]!, folder); i++) take(sorted[i]!);
}
