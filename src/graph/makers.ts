// Who makes what: literal files by path, owned trees by folder, output patterns by static prefix. Knows no edges and no
// disk.
import { parentOf, type FilePath } from "../model/path.ts";
import { matcherOf, staticPrefix } from "../model/pattern.ts";
import type { Task } from "../model/task.ts";

/** One thing a task writes: a file, everything below a folder, or what a pattern matches after the run. */
export interface Made {
  readonly kind: "file" | "tree" | "glob";
  /** Path of the file or folder, or text of the pattern. */
  readonly path: FilePath;
  readonly task: number;
}

/** Everything that a task writes, including files rewritten in place. */
export function madeBy(task: Task, index: number): Made[] {
  const made: Made[] = [];
  for (const spec of task.outputs) {
    made.push({ kind: spec.kind, path: (spec.kind === "glob" ? spec.pattern : spec.path) as FilePath, task: index });
  }
  for (const path of task.inout) made.push({ kind: "file", path, task: index });
  return made;
}

/** Lookup tables for `producerOf`. The first writer of a path keeps it. */
export interface Makers {
  readonly files: Map<string, number>;
  /** Owned trees by folder. */
  readonly trees: Map<string, number>;
  /** Output patterns by static prefix. */
  readonly patterns: Map<string, Made[]>;
}

export function emptyMakers(): Makers {
  return { files: new Map(), trees: new Map(), patterns: new Map() };
}

/** Enters one thing; returns the other task that already has the same file or tree, or -1. */
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

/** The task that makes `path`; -1 for a source. */
export function producerIn(makers: Makers, path: FilePath): number {
  return makers.files.get(path) ?? treeAround(makers, path)?.task ?? patternsOver(makers, path)[0]?.task ?? -1;
}
