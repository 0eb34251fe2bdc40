// Whether two patterns may match one path (if in doubt, yes), and whether one matches everything that another does (if in
// doubt, no). Works on the segments of the texts alone; knows no disk and no tasks.
import { matcherOf, mayEnter } from "../model/pattern.ts";

type Segment =
  /** One literal name. */
  | { readonly kind: "name"; readonly text: string }
  /** Any number of folders, including none. */
  | { readonly kind: "deep" }
  /** One name by pattern, which begins with `head` and ends with `tail`. */
  | { readonly kind: "wild"; readonly text: string; readonly head: string; readonly tail: string };

/** A pattern split at its slashes, ready for `mayOverlap`. */
export interface Shape {
  readonly segments: readonly Segment[];
  /** Wild segments match names with a leading dot. */
  readonly dot: boolean;
  /** The pattern whose spelling decides which of the usually skipped folders a walk enters; null: all (owned trees). */
  readonly walk: string | null;
  /** From its first part that cannot be analysed alone, it was widened to match anything. */
  readonly loose: boolean;
}

const ANY: Segment = { kind: "wild", text: "*", head: "", tail: "" };
const DEEP: Segment = { kind: "deep" };

/** The shapes of a glob: several if a brace contains a slash and so stands for paths of different depth. */
export function shapesOf(pattern: string, dot: boolean): Shape[] {
  return expandSlashes(pattern).map((text) => shapeOf(text, dot));
}

function shapeOf(pattern: string, dot: boolean): Shape {
  const parts = splitPattern(pattern);
  const loose = parts.some(isLoose);
  const segments = parts.map(segmentOf);
  if (loose) segments.splice(segments.findIndex((segment) => segment.kind !== "name"), Infinity, DEEP);
  // `a/**` matches what is below `a`, never `a` itself (but picomatch takes `a` for `a/**` + `/!(b)`).
  if (!loose && segments[segments.length - 1]?.kind === "deep") segments.push(ANY);
  return { segments, dot: dot || loose, walk: pattern, loose };
}

/** The shape of everything below a folder. */
export function treeShape(folder: string): Shape {
  const names = folder === "" ? [] : folder.split("/").map((text): Segment => ({ kind: "name", text }));
  return { segments: [...names, DEEP, ANY], dot: true, walk: null, loose: false };
}

/** Splits at slashes outside brackets and braces. */
function splitPattern(pattern: string): string[] {
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

/** In picomatch the meaning of `!(…)` depends on its neighbours; slashes remain if there were too many to expand. */
function isLoose(part: string): boolean {
  return part.includes("!(") || (part.includes("/") && part !== "/");
}

const SPECIAL = /[*?[\]{}()|]/;

function segmentOf(text: string): Segment {
  if (text === "*") return ANY;
  if (text === "**") return DEEP;
  const first = text.replace(/\\./g, "__").search(SPECIAL);
  if (first < 0) return { kind: "name", text: text.replace(/\\(.)/g, "$1") };
  if (text.includes("\\")) return { kind: "wild", text, head: "", tail: "" };
  const head = text.slice(0, text[first] === "(" ? Math.max(0, first - 1) : first);
  let end = text.length;
  while (!SPECIAL.test(text[end - 1]!)) end--;
  return { kind: "wild", text, head, tail: text.slice(end) };
}

const MOST_ALTERNATIVES = 64;

/** `{a/b,c}/d` as `a/b/d` and `c/d`. */
function expandSlashes(pattern: string): string[] {
  const done: string[] = [];
  const open = [pattern];
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    const group = splitPattern(text).some((part) => part.includes("/")) ? /\{([^{}]*\/[^{}]*)\}/.exec(text) : null;
    if (group === null || done.length + open.length >= MOST_ALTERNATIVES || !group[1]!.includes(",")) done.push(text);
    else for (const choice of group[1]!.split(",")) open.push(text.slice(0, group.index) + choice + text.slice(group.index + group[0].length));
  }
  return done;
}

type Visit = (i: number, j: number) => void;

/** Whether both shapes can reach their ends together. State (i, j): the first i segments of `a` and j of `b` stand for the same prefix of a path. */
function endTogether(a: Shape, b: Shape, from: (i: number, j: number, visit: Visit) => void): boolean {
  const width = b.segments.length + 1;
  const seen = new Uint8Array((a.segments.length + 1) * width);
  const stack: number[] = [0];
  const visit: Visit = (i, j) => {
    if (seen[i * width + j] === 0) {
      seen[i * width + j] = 1;
      stack.push(i * width + j);
    }
  };
  for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
    const i = Math.floor(state / width);
    const j = state % width;
    if (i === a.segments.length && j === b.segments.length) return true;
    from(i, j, visit);
  }
  return false;
}

/** False only if no path can match both. */
export function mayOverlap(a: Shape, b: Shape): boolean {
  return endTogether(a, b, (i, j, visit) => {
    const x = a.segments[i];
    const y = b.segments[j];
    if (x?.kind === "deep") visit(i + 1, j);
    if (y?.kind === "deep") visit(i, j + 1);
    if (x === undefined || y === undefined || !mayBeOneName({ a, x, b, y })) return;
    const last = i === a.segments.length - 1 && j === b.segments.length - 1;
    if (!last && !mayWalk({ a, x, b, y })) return;
    visit(x.kind === "deep" ? i : i + 1, y.kind === "deep" ? j : j + 1);
  });
}

interface Meeting {
  readonly a: Shape;
  readonly x: Segment;
  readonly b: Shape;
  readonly y: Segment;
}

/** Whether both walks enter folders of this name. */
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

/** A bare wildcard does not match a name that the other side starts with a dot. */
function dotFits(one: { readonly text: string }, two: { readonly head: string }): boolean {
  return !(two.head.startsWith(".") && /^[*?]/.test(one.text));
}

/** True only if `all` matches every path that `some` does. `all` matches names with a leading dot. */
export function covers(all: Shape, some: Shape): boolean {
  return !all.loose && endTogether(all, some, (i, j, visit) => {
    const x = all.segments[i];
    const y = some.segments[j];
    if (x?.kind === "deep") {
      visit(i + 1, j);
      if (y !== undefined) visit(i, j + 1);
    } else if (x !== undefined && y !== undefined && coversName(x, y)) visit(i + 1, j + 1);
  });
}

function coversName(all: Exclude<Segment, { kind: "deep" }>, some: Segment): boolean {
  if (some.kind === "deep") return false;
  if (all.kind === "name") return some.kind === "name" && some.text === all.text;
  if (some.kind === "name") return matcherOf(all.text, { dot: true })(some.text);
  if (all.text === some.text) return true;
  const isStar = all.text === `${all.head}*${all.tail}`;
  return isStar && some.head.startsWith(all.head) && some.tail.endsWith(all.tail);
}

/** The part of `shape` that can match together with `by`: if its last segment is free, that of `by` replaces it. */
export function narrowed(shape: Shape, by: Shape): Shape {
  const last = shape.segments[shape.segments.length - 1];
  const other = by.segments[by.segments.length - 1];
  if (last !== ANY || other === undefined || other.kind === "deep" || by.loose || shape.loose) return shape;
  return { ...shape, segments: [...shape.segments.slice(0, -1), other] };
}

/** A name that nobody uses: what matches it does so by wildcard, not literally. */
const NOBODY = "zq~0zq";

/** Paths that `shape` matches, a shallow and a deep one, with improbable names where it leaves a choice. */
export function samplesOf(shape: Shape): string[] {
  const flat = shape.segments.flatMap((s) => (s.kind === "deep" ? [] : [nameLike(s)]));
  const deep = shape.segments.map((s) => (s.kind === "deep" ? NOBODY : nameLike(s)));
  return [...new Set([flat.join("/"), deep.join("/")])];
}

function nameLike(segment: Exclude<Segment, { kind: "deep" }>): string {
  return segment.kind === "name" ? segment.text : segment.head + NOBODY + segment.tail;
}
