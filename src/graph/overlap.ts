// May two patterns name one path? In doubt: yes. Works on segments of the texts alone; knows no disk and no tasks.
import { matcherOf, mayEnter } from "../model/pattern.ts";

type Segment =
  /** One name, spelled out. */
  | { readonly kind: "name"; readonly text: string }
  /** Any number of folders, none included. */
  | { readonly kind: "deep" }
  /** One name by pattern: begins with `head`, ends with `tail`. */
  | { readonly kind: "wild"; readonly text: string; readonly head: string; readonly tail: string };

/** A pattern cut at its slashes, ready for `mayOverlap`. */
export interface Shape {
  readonly segments: readonly Segment[];
  /** Wild segments match names with a leading dot. */
  readonly dot: boolean;
  /** The pattern whose spelling decides which pruned folders a walk enters; null: all (owned trees). */
  readonly walk: string | null;
}

const ANY: Segment = { kind: "wild", text: "*", head: "", tail: "" };
const DEEP: Segment = { kind: "deep" };

/** The shape of a glob. */
export function shapeOf(pattern: string, dot: boolean): Shape {
  const segments = splitPattern(pattern).map(segmentOf);
  // `a/**` matches what is below `a`, never `a` itself.
  if (segments[segments.length - 1]?.kind === "deep") segments.push(ANY);
  return { segments, dot, walk: pattern };
}

/** The shape of everything below a folder. */
export function treeShape(folder: string): Shape {
  const names = folder === "" ? [] : folder.split("/").map((text): Segment => ({ kind: "name", text }));
  return { segments: [...names, DEEP, ANY], dot: true, walk: null };
}

/** Cuts at slashes that stand outside brackets and braces. */
export function splitPattern(pattern: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let depth = 0;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern.charCodeAt(i);
    if (c === 92) i++;
    else if (c === 91 || c === 123 || c === 40) depth++;
    else if ((c === 93 || c === 125 || c === 41) && depth > 0) depth--;
    else if (c === 47 && depth === 0) {
      parts.push(pattern.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(pattern.slice(start));
  return parts;
}

const SPECIAL = /[*?[\]{}()|]/;

function segmentOf(text: string): Segment {
  // A brace with a slash inside may stand for several names.
  if (text === "**" || text.includes("/")) return DEEP;
  const first = text.replace(/\\./g, "__").search(SPECIAL);
  if (first < 0) return { kind: "name", text: text.replace(/\\(.)/g, "$1") };
  if (text.includes("\\")) return { kind: "wild", text, head: "", tail: "" };
  const head = text.slice(0, text[first] === "(" ? Math.max(0, first - 1) : first);
  let end = text.length;
  while (!SPECIAL.test(text[end - 1]!)) end--;
  return { kind: "wild", text, head, tail: text.slice(end) };
}

/** False only if no path can match both. */
export function mayOverlap(a: Shape, b: Shape): boolean {
  // States (i, j): the first i segments of `a` and j of `b` stand for one same prefix of a path.
  const width = b.segments.length + 1;
  const seen = new Uint8Array((a.segments.length + 1) * width);
  const stack: number[] = [0];
  const visit = (i: number, j: number): void => {
    if (seen[i * width + j] === 0) {
      seen[i * width + j] = 1;
      stack.push(i * width + j);
    }
  };
  for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
    const i = Math.floor(state / width);
    const j = state % width;
    const x = a.segments[i];
    const y = b.segments[j];
    if (x === undefined && y === undefined) return true;
    if (x?.kind === "deep") visit(i + 1, j);
    if (y?.kind === "deep") visit(i, j + 1);
    if (x === undefined || y === undefined || !mayBeOneName({ a, x, b, y })) continue;
    const last = i === a.segments.length - 1 && j === b.segments.length - 1;
    if (!last && !mayWalk({ a, x, b, y })) continue;
    visit(x.kind === "deep" ? i : i + 1, y.kind === "deep" ? j : j + 1);
  }
  return false;
}

interface Meeting {
  readonly a: Shape;
  readonly x: Segment;
  readonly b: Shape;
  readonly y: Segment;
}

/** Do folders of this name get entered by both walks? */
function mayWalk({ a, x, b, y }: Meeting): boolean {
  if (x.kind === "name" && b.walk !== null && y.kind !== "name") return mayEnter(b.walk, x.text);
  if (y.kind === "name" && a.walk !== null && x.kind !== "name") return mayEnter(a.walk, y.text);
  return true;
}

function mayBeOneName({ a, x, b, y }: Meeting): boolean {
  if (x.kind === "name") return y.kind === "name" ? x.text === y.text : nameFits(x.text, y, b.dot);
  if (y.kind === "name") return nameFits(y.text, x, a.dot);
  if (x.kind === "deep") return y.kind === "deep" || a.dot || !y.head.startsWith(".");
  if (y.kind === "deep") return b.dot || !x.head.startsWith(".");
  return fits(x.head, y.head, "head") && fits(x.tail, y.tail, "tail") && (a.dot || b.dot || (dotFits(x, y) && dotFits(y, x)));
}

function nameFits(name: string, segment: Exclude<Segment, { kind: "name" }>, dot: boolean): boolean {
  if (segment.kind === "deep") return dot || !name.startsWith(".");
  if (!name.startsWith(segment.head) || !name.endsWith(segment.tail)) return false;
  return matcherOf(segment.text, { dot })(name);
}

function fits(one: string, two: string, side: "head" | "tail"): boolean {
  return side === "head" ? one.startsWith(two) || two.startsWith(one) : one.endsWith(two) || two.endsWith(one);
}

/** A bare wildcard does not reach a name that the other side starts with a dot. */
function dotFits(one: { readonly text: string }, two: { readonly head: string }): boolean {
  return !(two.head.startsWith(".") && /^[*?]/.test(one.text));
}

/** A name nobody uses: what matches it matches by wildcard, not by spelling. */
const NOBODY = "zq~0zq";

/** Paths that `shape` matches for sure or nearly so, with odd names where it leaves a choice; last names like `like`'s. */
export function samplesOf(shape: Shape, like: Shape | null): string[] {
  const last = shape.segments[shape.segments.length - 1];
  const likeLast = like?.segments[like.segments.length - 1];
  const wanted = likeLast !== undefined && last === ANY ? likeLast : last;
  const head = shape.segments.slice(0, -1);
  const name = wanted === undefined || wanted.kind === "deep" ? NOBODY : nameLike(wanted);
  const flat = head.flatMap((s) => (s.kind === "deep" ? [] : [nameLike(s)]));
  const deep = head.flatMap((s) => (s.kind === "deep" ? [NOBODY] : [nameLike(s)]));
  const paths = [[...flat, name].join("/"), [...deep, name].join("/")];
  return paths[0] === paths[1] ? [paths[0]!] : paths;
}

function nameLike(segment: Exclude<Segment, { kind: "deep" }>): string {
  return segment.kind === "name" ? segment.text : segment.head + NOBODY + segment.tail;
}
