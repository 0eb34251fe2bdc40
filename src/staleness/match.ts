// From patterns to the inputs that a task has now. Knows no records.
import type { FilePath } from "../model/path.ts";
import { isBelow } from "../model/path.ts";
import { folderPattern, matcherOf, negates, writtenAs } from "../model/pattern.ts";
import type { InputSpec, Task } from "../model/task.ts";
import type { Problem } from "../model/problem.ts";
import type { Globs } from "./globs.ts";
import type { Walk } from "./walk.ts";

/** A task's inputs as declared and present now. */
export interface Gathered {
  /** Sorted, each once; includes absent literal inputs. */
  readonly files: readonly FilePath[];
  /** Folders whose listings determined the matches. */
  readonly folders: readonly FilePath[];
  /** Links that determined which folders these are. */
  readonly links: readonly FilePath[];
  /** Literal inputs without `optional`. */
  readonly required: { has(path: string): boolean };
  /** Inputs that `cache.ignore` leaves out of the key, and of `files`. */
  readonly ignored?: readonly FilePath[];
  /** Patterns that match nothing but must, and unusable names. */
  readonly problems: readonly Problem[];
}

const ALL: Gathered["required"] = { has: () => true };

/** The inputs of a task that lists them all literally, provided none of them is a folder; null: it has other inputs. */
export function gatherLiteral(task: Task): Gathered | null {
  if (task.inputs.some((spec) => spec.kind !== "file") || task.cache.ignore.some((entry) => entry.startsWith("input:"))) return null;
  const named = task.inputs.map((spec) => (spec as InputSpec & { kind: "file" }).path);
  const others = task.stdin === null ? task.inout : [task.stdin, ...task.inout];
  const optional = task.inputs.some((spec) => spec.kind === "file" && spec.optional);
  const required = optional ? new Set<string>([...others, ...task.inputs.flatMap((spec) => (spec.kind === "file" && !spec.optional ? [spec.path] : []))]) : ALL;
  return { files: [...new Set([...named, ...others])].sort(), folders: [], links: [], required, problems: [] };
}

/** Whether a literal input of the task is a folder. */
export function someFolder(task: Task, isFolder: IsFolder): boolean {
  let some = false;
  for (const spec of task.inputs) if (spec.kind === "file" && isFolder(spec.path)) some = true;
  return some;
}

/** Whether a literal path is a folder, on disk or because something is made below it. */
export type IsFolder = (path: FilePath) => boolean;

/** First entries that negations can affect: each leaves the entries before its own start alone. */
function startsOf(inputs: readonly InputSpec[]): readonly number[] {
  return inputs.some((spec) => spec.kind === "not" && spec.since !== undefined) ? inputs.flatMap((spec) => (spec.kind === "not" ? [spec.since ?? 0] : [])) : NONE;
}

const NONE: readonly number[] = [];

/** By entry: what a pattern or folder matches; null for any other entry. */
export type Walks = readonly (Walk | null)[];

export function walkInputs(task: Task, globs: Globs, isFolder: IsFolder): Walks {
  return task.inputs.map((spec) => {
    if (spec.kind === "glob") return globs.match(spec.pattern, spec.dot);
    return spec.kind === "file" && isFolder(spec.path) ? globs.match(folderPattern(spec.path), true) : null;
  });
}

/** Declared inputs, in declaration order, so that a negation removes only what precedes it. */
export function gatherInputs(task: Task, walks: Walks): Gathered {
  // Lists rather than sets: there may be hundreds of thousands, with few duplicates.
  let [chosen, kept]: [FilePath[], FilePath[]] = [[], []];
  /** A negation removed something from `chosen`. */
  let isCut = false;
  const starts = startsOf(task.inputs);
  const folders = new Set<FilePath>();
  const links = new Set<FilePath>();
  const required = new Set<string>();
  const wants: { pattern: string; entry: string; files: readonly FilePath[] }[] = [];
  const problems: Problem[] = [];
  const take = (index: number, found: Walk): { taken: readonly FilePath[]; odd: boolean } => {
    // Special files are reported by name later, unless a negation removes them.
    const taken = found.special.length === 0 ? found.files : [...found.files, ...found.special];
    for (const file of taken) chosen.push(file);
    for (const link of found.inner) chosen.push(link);
    for (const folder of found.folders) folders.add(folder);
    for (const link of found.links) links.add(link);
    for (const [dir, name] of found.bad) problems.push({ code: "name-not-utf8", task: task.name, dir, name, at: task.at });
    for (const [path, errno] of found.shut) {
      const left = task.inputs.some((spec) => spec.kind === "not" && (spec.since ?? 0) <= index && negates(spec.pattern, path + "/x"));
      if (!left) problems.push({ code: "unreadable-input", task: task.name, path, errno, at: task.at });
    }
    return { taken, odd: found.bad.length + found.shut.length > 0 };
  };
  const keep = (): void => {
    const there = wants.length > 0 && isCut ? new Set(chosen) : null;
    for (const { pattern, entry, files } of wants.splice(0)) {
      if (there === null ? files.length === 0 : !files.some((file) => there.has(file))) problems.push({ code: "empty-glob", task: task.name, pattern, entry, at: task.at });
    }
    kept = kept.length === 0 ? chosen : kept.concat(chosen);
    chosen = [];
    isCut = false;
  };
  for (const [index, spec] of task.inputs.entries()) {
    if (starts.includes(index)) keep();
    const found = walks[index]!;
    if (spec.kind === "glob") {
      const { taken, odd } = take(index, found!);
      if (!spec.allowEmpty && !odd) wants.push({ pattern: spec.pattern, entry: writtenAs(spec), files: taken });
    } else if (spec.kind === "file") {
      if (found !== null) {
        const { taken, odd } = take(index, found);
        if (!spec.optional && !odd) wants.push({ pattern: folderPattern(spec.path), entry: spec.path + "/", files: taken });
      } else {
        chosen.push(spec.path);
        if (!spec.optional) required.add(spec.path);
      }
    } else {
      chosen = chosen.filter((path) => !negates(spec.pattern, path));
      isCut = true;
    }
  }
  for (const extra of task.stdin === null ? task.inout : [task.stdin, ...task.inout]) {
    chosen.push(extra);
    required.add(extra);
  }
  keep();
  return { files: sortedOnce(kept), folders: [...folders].sort(), links: [...links].sort(), required, problems };
}

/** Whether a task's inputs include `path`, whether or not it exists. */
export function declares(task: Task, path: FilePath): boolean {
  return takes(task.inputs, path);
}

/** The same for patterns alone. */
export function takes(specs: readonly InputSpec[], path: FilePath): boolean {
  let taken = false;
  const starts = startsOf(specs);
  for (const [index, spec] of specs.entries()) {
    if (taken && starts.includes(index)) return true;
    if (spec.kind === "glob") taken ||= matcherOf(spec.pattern, { dot: spec.dot })(path);
    else if (spec.kind === "file") taken ||= spec.path === path || isBelow(path, spec.path);
    else if (taken) taken = !negates(spec.pattern, path);
  }
  return taken;
}


/** Sorts the list in place and removes duplicates. */
function sortedOnce(paths: FilePath[]): FilePath[] {
  let isSorted = true;
  for (let i = 1; i < paths.length && isSorted; i++) isSorted = paths[i - 1]! < paths[i]!;
  if (isSorted) return paths;
  paths.sort();
  for (let i = 1; i < paths.length; i++) if (paths[i] === paths[i - 1]) return [...new Set(paths)];
  return paths;
}
