// Walks below a folder through the world's listings and links: what a pattern matches, and what influenced that. Knows no tasks.
import type { FilePath } from "../model/path.ts";
import { isBelow, joinPath } from "../model/path.ts";
import { depthOf, matcherOf, mayEnter, staticPrefix, type Matcher } from "../model/pattern.ts";
import { DiskError } from "../model/ports.ts";
import type { FileKind } from "../model/state.ts";
import { KIND, listingKey } from "../model/table.ts";
import { renew } from "./renew.ts";
import { Ways } from "./ways.ts";
import type { World } from "./world.ts";

/** Result of a walk: files (links included) and every folder whose listing mattered. Unsorted. */
export interface Walk {
  readonly files: readonly FilePath[];
  /** FIFOs, sockets and devices that a pattern matches. */
  readonly special: readonly FilePath[];
  readonly folders: readonly FilePath[];
  /** All links to folders that it would enter, or to nothing yet, although each folder is entered only once. */
  readonly links: readonly FilePath[];
  /** Those of them that lead to a folder and lie where a pattern takes all (`src/**`): whoever copies or lists the tree sees them. */
  readonly inner: readonly FilePath[];
  /** Folders with names that are not valid UTF-8, with one such name. */
  readonly bad: readonly (readonly [dir: FilePath, name: string])[];
  /** Folders that could not be listed, with the errno. */
  readonly shut: readonly (readonly [folder: FilePath, errno: string])[];
  /** There are no links and nothing unusual in its folders, so the walk holds as long as their listings are the same. */
  readonly isPlain: boolean;
}
/** Whether to ask the disk for every folder, seen or not ("always"), or for those not seen in this moment (World.beginMoment). */
export type Anew = "always" | "moment" | false;

interface WalkRules {
  readonly anew?: Anew;
  readonly matches: Matcher | null;
  /** Common prefix of all relevant names in the starting folder: of many patterns over one large folder, each compiles and asks for its own names only. */
  readonly lead: string;
  readonly depth: number;
  readonly enters: (folder: FilePath, name: string, level: number) => boolean;
  /** Whether the pattern takes everything below a folder. */
  readonly takesAll: boolean;
  /** Whether to enter links to folders; otherwise a link that matches counts as a file. */
  readonly follows: boolean;
}

/** Everything below `folder`, including hidden names and folders that patterns skip. For owned trees. `anew`: asks the disk for every folder. */
export function walkTree(world: World, folder: FilePath, anew: boolean): Walk {
  return walk(world, folder, { matches: null, lead: "", depth: Infinity, enters: () => true, takesAll: true, follows: false, anew: anew && "always" });
}

export function walkPattern(world: World, pattern: string, { dot, follows, anew }: { readonly dot: boolean; readonly follows: boolean; readonly anew: Anew }): Walk {
  return walk(world, staticPrefix(pattern), { ...rulesOf(pattern, dot), follows, anew });
}

/** The literal beginning of a pattern's segment. */
const PLAIN = /^[^\\*?[\]{}()!+@|]*/;

function rulesOf(pattern: string, dot: boolean): Omit<WalkRules, "follows"> {
  const prefix = staticPrefix(pattern);
  const tail = pattern.split("/").slice(prefix === "" ? 0 : prefix === "/" ? 1 : prefix.split("/").length);
  const simple = !/\{[^}]*\//.test(pattern);
  const stop = tail.findIndex((part) => part.includes("**"));
  const fixed = simple ? (stop < 0 ? tail : tail.slice(0, stop)).map((part) => matcherOf(part, { dot })) : [];
  return {
    matches: matcherOf(pattern, { dot }),
    lead: PLAIN.exec(tail[0]!)![0],
    depth: depthOf(pattern),
    takesAll: tail.at(-1) === "**",
    enters: (_folder, name, level) => {
      if (!mayEnter(pattern, name)) return false;
      const segment = fixed[level];
      if (segment !== undefined) return segment(name);
      return dot || !name.startsWith(".") || pattern.includes("/.") || pattern.startsWith(".");
    },
  };
}

export function lookAgain(world: World, path: string, anew: Anew = false): void {
  if (anew === "always") world.forget(path);
  else if (anew === "moment") renew(world, path);
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
  const inner: FilePath[] = [];
  let isPlain = true;
  const behind: Pending[] = [];
  const ends = new LinkEnds(world);
  const stack: Pending[] = [{ folder: start, level: 0 }];
  const visited = new Set<string>();
  for (let next = stack.pop() ?? behind.pop(); next !== undefined; next = stack.pop() ?? behind.pop()) {
    const { folder, level } = next;
    folders.push(folder);
    lookAgain(world, listingKey(folder), rules.anew);
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
        isPlain = false;
        const end = rules.follows ? ends.of(path) : NOWHERE;
        if (end.folder === null && (rules.matches === null || rules.matches(path))) files.push(path);
        else if (rules.follows && deeper && rules.enters(folder, name, level)) {
          // Of a file behind a link, only the fact that it is not a folder matters.
          const watched = end.isOther ? listingKey(path) : path;
          (end.isOther ? folders : links).push(path);
          lookAgain(world, watched, rules.anew);
          world.kindOf(watched);
          if (end.folder !== null && rules.takesAll && rules.matches?.(path) === true) inner.push(path);
          if (end.folder === null || visited.has(end.folder) || isBelow(path, end.folder)) continue;
          visited.add(end.folder);
          behind.unshift({ folder: path, level: level + 1 });
        }
      } else if (rules.matches?.(path) === true) special.push(path);
    }
  }
  return { files, special, folders, links, inner, bad, shut, isPlain: isPlain && bad.length + shut.length === 0 };
}

/** Whether the pattern would match, or enter, a name that is not valid UTF-8, which cannot be an input. */
function mayMatchBad(rules: WalkRules, { folder, name, level }: { folder: FilePath; name: string; level: number }): boolean {
  const isFolder = name.endsWith("/");
  if (rules.matches === null) return true;
  return isFolder ? level + 1 < rules.depth && rules.enters(folder, name.slice(0, -1), level) : rules.matches(joinPath(folder, name));
}

interface LinkEnd {
  /** It leads to something other than a folder. */
  readonly isOther: boolean;
  /** The folder it leads to, if that is inside the root. */
  readonly folder: FilePath | null;
}

const NOWHERE: LinkEnd = { isOther: false, folder: null };

/** Where links finally lead, as the system follows them. */
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

/** Kind of what a link leads to. Loops lead nowhere, and what must not be looked at is reported when its content is needed. */
function kindBehind(world: World, path: FilePath): FileKind {
  try {
    return world.disk.stat(path).kind;
  } catch (error) {
    if (error instanceof DiskError) return "absent";
    throw error;
  }
}

/** Whether the path is a folder or a link to one. */
export function isFolderOnDisk(world: World, path: FilePath): boolean {
  const kind = world.kindOf(path);
  return kind === KIND.dir || (kind === KIND.link && kindBehind(world, path) === "dir");
}
