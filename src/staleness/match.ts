// From patterns to the paths they match now, through the world's listings. Knows no records.
import type { FilePath } from "../model/path.ts";
import { isBelow, joinPath } from "../model/path.ts";
import { depthOf, folderPattern, matcherOf, mayEnter, negates, staticPrefix, writtenAs, type Matcher } from "../model/pattern.ts";
import type { InputSpec, Task } from "../model/task.ts";
import { DiskError } from "../model/ports.ts";
import type { Problem } from "../model/problem.ts";
import type { FileKind } from "../model/state.ts";
import { KIND, listingKey } from "../model/table.ts";
import { Ways } from "./ways.ts";
import type { World } from "./world.ts";

/** What a walk found: files (links included) and every folder whose listing had a say. Unsorted. */
export interface Walk {
  readonly files: readonly FilePath[];
  /** FIFOs, sockets and devices that a pattern matches. */
  readonly special: readonly FilePath[];
  readonly folders: readonly FilePath[];
  /** Links to folders that it would enter, or to nothing yet: all of them, though each folder is entered once. */
  readonly links: readonly FilePath[];
  /** Folders with names that are not valid UTF-8, with one such name. */
  readonly bad: readonly (readonly [dir: FilePath, name: string])[];
  /** Folders that could not be listed, with the errno. */
  readonly shut: readonly (readonly [folder: FilePath, errno: string])[];
}

interface WalkRules {
  /** Ask the disk for every folder, seen or not. */
  readonly anew?: boolean;
  readonly matches: Matcher | null;
  /** What every name that counts begins with in the folder where the walk starts: of many patterns over one large folder, each compiles and asks for its own names alone. */
  readonly lead: string;
  readonly depth: number;
  readonly enters: (folder: FilePath, name: string, level: number) => boolean;
}

/** Everything below `folder`; hidden names too, nothing pruned. For owned trees. `anew`: every folder is asked again. */
export function walkTree(world: World, folder: FilePath, anew: boolean): Walk {
  return walk(world, folder, { matches: null, lead: "", depth: Infinity, enters: () => true, anew });
}

export class Globs {
  readonly #world: World;
  readonly #cache: Map<string, Walk> = new Map();
  /** Patterns whose next walk must ask the disk for every folder. */
  readonly #stale: Set<string> = new Set();

  constructor(world: World) {
    this.#world = world;
  }

  /** Files that match `pattern` now. */
  match(pattern: string, dot: boolean): Walk {
    const key = (dot ? "." : "-") + pattern;
    let found = this.#cache.get(key);
    if (found === undefined) {
      found = walk(this.#world, staticPrefix(pattern), { ...rulesOf(pattern, dot), anew: this.#stale.delete(key) });
      this.#cache.set(key, found);
    } else if (this.#world.journal?.asked != null) {
      for (const folder of found.folders) this.#world.note(listingKey(folder));
      for (const link of found.links) this.#world.note(link);
    }
    return found;
  }

  /** The next match of `pattern` is true of the disk at that moment. */
  refresh(pattern: string, dot: boolean): void {
    const key = (dot ? "." : "-") + pattern;
    this.#cache.delete(key);
    this.#stale.add(key);
  }

  /** Forgets the walks that went through one of these folders or links. */
  forgetThrough(paths: ReadonlySet<string>): void {
    for (const [key, walk] of this.#cache) if (walk.folders.some((folder) => paths.has(folder)) || walk.links.some((link) => paths.has(link))) this.#cache.delete(key);
  }

  /** Forgets every walk; listings stay as the world knows them. */
  forgetAll(): void {
    this.#cache.clear();
  }
}

/** Of a segment of a pattern, what stands for itself at its beginning. */
const PLAIN = /^[^\\*?[\]{}()!+@|]*/;

function rulesOf(pattern: string, dot: boolean): WalkRules {
  const prefix = staticPrefix(pattern);
  const tail = pattern.split("/").slice(prefix === "" ? 0 : prefix === "/" ? 1 : prefix.split("/").length);
  const simple = !/\{[^}]*\//.test(pattern);
  const stop = tail.findIndex((part) => part.includes("**"));
  const fixed = simple ? (stop < 0 ? tail : tail.slice(0, stop)).map((part) => matcherOf(part, { dot })) : [];
  return {
    matches: matcherOf(pattern, { dot }),
    lead: PLAIN.exec(tail[0]!)![0],
    depth: depthOf(pattern),
    enters: (_folder, name, level) => {
      if (!mayEnter(pattern, name)) return false;
      const segment = fixed[level];
      if (segment !== undefined) return segment(name);
      return dot || !name.startsWith(".") || pattern.includes("/.") || pattern.startsWith(".");
    },
  };
}

interface Pending {
  readonly folder: FilePath;
  readonly level: number;
}

function walk(world: World, start: FilePath, rules: WalkRules): Walk {
  const files: FilePath[] = [];
  const special: FilePath[] = [];
  const folders: FilePath[] = [];
  const bad: [FilePath, string][] = [];
  const shut: [FilePath, string][] = [];
  const links: FilePath[] = [];
  const behind: Pending[] = [];
  const ends = new LinkEnds(world);
  const stack: Pending[] = [{ folder: start, level: 0 }];
  const visited = new Set<string>();
  for (let next = stack.pop() ?? behind.pop(); next !== undefined; next = stack.pop() ?? behind.pop()) {
    const { folder, level } = next;
    folders.push(folder);
    if (rules.anew === true) world.forget(listingKey(folder));
    const listing = world.listing(folder);
    if (listing === null) {
      const errno = world.errors.get(listingKey(folder));
      if (errno !== undefined) shut.push([folder, errno]);
      continue;
    }
    visited.add(folder);
    const odd = listing.bad.find((name) => mayMatchBad(rules, { folder, name, level }));
    if (odd !== undefined) bad.push([folder, odd]);
    for (let i = 0; i < listing.names.length; i++) {
      const name = listing.names[i]!;
      if (level === 0 && !name.startsWith(rules.lead)) continue;
      const path = joinPath(folder, name);
      const kind = listing.kinds[i]!;
      const deeper = level + 1 < rules.depth;
      if (kind === "file") {
        if (rules.matches === null || rules.matches(path)) files.push(path);
      } else if (kind === "dir") {
        if (deeper && rules.enters(folder, name, level)) stack.push({ folder: path, level: level + 1 });
        else if (rules.matches === null) folders.push(path);
      } else if (kind === "link") {
        const end = rules.matches === null ? NOWHERE : ends.of(path);
        if (end.folder === null && (rules.matches === null || rules.matches(path))) files.push(path);
        else if (deeper && rules.enters(folder, name, level)) {
          // Of a file behind it counts alone that it is no folder.
          const watched = end.isOther ? listingKey(path) : path;
          (end.isOther ? folders : links).push(path);
          if (rules.anew === true) world.forget(watched);
          world.kindOf(watched);
          if (end.folder === null || visited.has(end.folder) || isBelow(path, end.folder)) continue;
          visited.add(end.folder);
          behind.unshift({ folder: path, level: level + 1 });
        }
      } else if (rules.matches?.(path) === true) special.push(path);
    }
  }
  return { files, special, folders, links, bad, shut };
}

/** A name that is no text cannot be an input: is it one that the pattern would take, or a folder that it would enter? */
function mayMatchBad(rules: WalkRules, { folder, name, level }: { folder: FilePath; name: string; level: number }): boolean {
  const isFolder = name.endsWith("/");
  if (rules.matches === null) return true;
  return isFolder ? level + 1 < rules.depth && rules.enters(folder, name.slice(0, -1), level) : rules.matches(joinPath(folder, name));
}

interface LinkEnd {
  /** Something stands there that is no folder. */
  readonly isOther: boolean;
  /** The folder, where it lies inside the root. */
  readonly folder: FilePath | null;
}

const NOWHERE: LinkEnd = { isOther: false, folder: null };

/** Where links lead in the end, as the system follows them. */
class LinkEnds {
  readonly #world: World;
  #ways: Ways | null = null;
  #root = "";

  constructor(world: World) {
    this.#world = world;
  }

  of(path: FilePath): LinkEnd {
    const { disk } = this.#world;
    const kind = kindBehind(this.#world, path);
    if (kind !== "dir") return kind === "absent" ? NOWHERE : { isOther: true, folder: null };
    if (this.#ways === null) this.#root = (this.#ways = new Ways(disk)).follow(disk.root).real;
    const full = this.#ways.follow(path.startsWith("/") ? path : `${disk.root}/${path}`).real as string;
    return { isOther: false, folder: full === this.#root ? ("" as FilePath) : isBelow(full, this.#root) ? (full.slice(this.#root.length + 1) as FilePath) : null };
  }
}

/** Kind of what a link leads to. A circle leads nowhere, and what may not be looked at is told when its content is asked for. */
function kindBehind(world: World, path: FilePath): FileKind {
  try {
    return world.disk.stat(path).kind;
  } catch (error) {
    if (error instanceof DiskError) return "absent";
    throw error;
  }
}

/** A task's inputs as they are declared and exist now. */
export interface Gathered {
  /** Sorted, each once; literal ones that are absent included. */
  readonly files: readonly FilePath[];
  /** Folders whose listing decided the patterns. */
  readonly folders: readonly FilePath[];
  /** Links that decided which folders these are. */
  readonly links: readonly FilePath[];
  /** Literal inputs without `optional`. */
  readonly required: { has(path: string): boolean };
  /** Patterns that match nothing although they must, and unusable names. */
  readonly problems: readonly Problem[];
}

const ALL: Gathered["required"] = { has: () => true };

/** What a task gathers whose inputs are all named one by one, as long as none of them is a folder; null: there are others. */
export function gatherLiteral(task: Task): Gathered | null {
  if (task.inputs.some((spec) => spec.kind !== "file") || task.cache.ignore.some((entry) => entry.startsWith("input:"))) return null;
  const named = task.inputs.map((spec) => (spec as InputSpec & { kind: "file" }).path);
  const others = task.stdin === null ? task.inout : [task.stdin, ...task.inout];
  const optional = task.inputs.some((spec) => spec.kind === "file" && spec.optional);
  const required = optional ? new Set<string>([...others, ...task.inputs.flatMap((spec) => (spec.kind === "file" && !spec.optional ? [spec.path] : []))]) : ALL;
  return { files: [...new Set([...named, ...others])].sort(), folders: [], links: [], required, problems: [] };
}

/** Is a folder among the inputs that a task names? */
export function someFolder(task: Task, isFolder: IsFolder): boolean {
  let some = false;
  for (const spec of task.inputs) if (spec.kind === "file" && isFolder(spec.path)) some = true;
  return some;
}

/** Is a path that is named a folder, on disk or by what is made below it? */
export type IsFolder = (path: FilePath) => boolean;

/** Entries before which a negation takes nothing away. */
function startsOf(inputs: readonly InputSpec[]): readonly number[] {
  return inputs.some((spec) => spec.kind === "not" && spec.since !== undefined) ? inputs.flatMap((spec) => (spec.kind === "not" ? [spec.since ?? 0] : [])) : NONE;
}

const NONE: readonly number[] = [];

/** Declared inputs, in declaration order so that a negation takes away only what stands before it. */
export function gatherInputs(task: Task, globs: Globs, isFolder: IsFolder): Gathered {
  // Lists, not sets: there may be hundreds of thousands, and few come twice.
  let [chosen, kept]: [FilePath[], FilePath[]] = [[], []];
  /** A negation took something away from what is chosen. */
  let isCut = false;
  const starts = startsOf(task.inputs);
  const folders = new Set<FilePath>();
  const links = new Set<FilePath>();
  const required = new Set<string>();
  const wants: { pattern: string; entry: string; files: readonly FilePath[] }[] = [];
  const problems: Problem[] = [];
  const take = (index: number, pattern: string, dot: boolean): { taken: readonly FilePath[]; odd: boolean } => {
    const found = globs.match(pattern, dot);
    // What is special is told by name later, unless a negation takes it away.
    const taken = found.special.length === 0 ? found.files : [...found.files, ...found.special];
    for (const file of taken) chosen.push(file);
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
    if (spec.kind === "glob") {
      const { taken, odd } = take(index, spec.pattern, spec.dot);
      if (!spec.allowEmpty && !odd) wants.push({ pattern: spec.pattern, entry: writtenAs(spec), files: taken });
    } else if (spec.kind === "file") {
      if (isFolder(spec.path)) {
        const pattern = folderPattern(spec.path);
        const { taken, odd } = take(index, pattern, true);
        if (!spec.optional && !odd) wants.push({ pattern, entry: spec.path + "/", files: taken });
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

/** Do a task's patterns take `path`, whether or not it is there? */
export function declares(task: Task, path: FilePath): boolean {
  let taken = false;
  const starts = startsOf(task.inputs);
  for (const [index, spec] of task.inputs.entries()) {
    if (taken && starts.includes(index)) return true;
    if (spec.kind === "glob") taken ||= matcherOf(spec.pattern, { dot: spec.dot })(path);
    else if (spec.kind === "file") taken ||= spec.path === path || isBelow(path, spec.path);
    else if (taken) taken = !negates(spec.pattern, path);
  }
  return taken;
}

/** A folder, or a link to one. */
export function isFolderOnDisk(world: World, path: FilePath): boolean {
  const kind = world.kindOf(path);
  return kind === KIND.dir || (kind === KIND.link && kindBehind(world, path) === "dir");
}

/** Sorts the list itself. */
function sortedOnce(paths: FilePath[]): FilePath[] {
  paths.sort();
  for (let i = 1; i < paths.length; i++) if (paths[i] === paths[i - 1]) return [...new Set(paths)];
  return paths;
}
