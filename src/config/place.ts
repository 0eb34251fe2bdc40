// Where in the source a task or a field is declared, found by its key. Best effort: generated names have no key. Only reads
// text; knows no values.
import type { FilePath } from "../model/path.ts";
import type { Place } from "../model/task.ts";
import { codeOnly } from "./scan.ts";

interface Key {
  readonly name: string;
  readonly line: number;
  /** Index of the key whose value contains this one; -1 at the top. */
  readonly owner: number;
  /** Written in shorthand (which leads elsewhere), rather than as `name:`, `name() {` or `const name =`. */
  readonly shorthand: boolean;
}

/** Keys of one module by name. */
interface Keys {
  readonly file: FilePath;
  readonly all: readonly Key[];
  readonly byName: ReadonlyMap<string, readonly number[]>;
  /** Composed names: `lib-${name}` in a template. Most specific first. */
  readonly patterns: readonly { readonly matches: RegExp; readonly line: number }[];
}

/** Larger modules are data; searching them for a line costs more than it helps. */
const LARGEST = 1_000_000;

const TOKEN = /[{}[\]();]|\bexport\s+(default)\b|(["'])( *)\2\s*(?=:)|(["'`])( *)\4\s*\]\s*=(?!=)|\b(?:const|let|var|function)\s+([\w$]+)|\.\s*([\w$]+)\s*=(?![=>])|([A-Za-z_$][\w$]*)\s*(:(?!:)|\(|(?=[,}\n]))/g;

function keysOf(file: FilePath, text: string): Keys {
  const code = codeOnly(text);
  const all: Key[] = [];
  const byName = new Map<string, number[]>();
  // One frame per open bracket: the key it belongs to, the last key inside, and whether it is a brace.
  const frames: { owner: number; last: number; brace: boolean }[] = [{ owner: -1, last: -1, brace: true }];
  let line = 1;
  let counted = 0;
  const lineAt = (offset: number): number => {
    for (; counted < offset; counted++) if (code.charCodeAt(counted) === 10) line++;
    return line;
  };
  const add = (name: string, offset: number, shorthand: boolean): void => {
    const frame = frames[frames.length - 1]!;
    const index = all.push({ name, line: lineAt(offset), owner: frame.owner, shorthand }) - 1;
    if (!shorthand) frame.last = index;
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [index]);
    else known.push(index);
  };
  TOKEN.lastIndex = 0;
  for (let found = TOKEN.exec(code); found !== null; found = TOKEN.exec(code)) {
    const at = found.index;
    const quoted = found[3] ?? found[5];
    if (found[0] === ";" || found[1] !== undefined) frames[frames.length - 1]!.last = -1;
    else if (quoted !== undefined) add(text.slice(at + 1, at + 1 + quoted.length), at, false);
    else if (found[6] !== undefined || found[7] !== undefined) add((found[6] ?? found[7])!, at, false);
    else if (found[8] !== undefined) word(found, add, { code, brace: frames[frames.length - 1]!.brace });
    const bracket = found[0].length === 1 ? found[0] : found[9] === "(" ? "(" : "";
    if (bracket !== "" && "{[(".includes(bracket)) {
      const outer = frames[frames.length - 1]!;
      const owner = outer.last < 0 ? outer.owner : outer.last;
      frames.push({ owner, last: -1, brace: bracket === "{" });
    } else if (bracket !== "" && "}])".includes(bracket) && frames.length > 1) frames.pop();
  }
  return { file, all, byName, patterns: patternsIn(text, code) };
}

/** A template, or a text with something appended. */
const TEMPLATE = /`((?:[^`\\$]|\\.|\$(?!\{)|\$\{[^{}`]*\})*)`|(["'])((?:(?!\2)[^\\\n])+)\2\s*\+/g;
const HOLE = /\$\{[^{}`]*\}/;

/** Patterns with a hole and enough fixed text to recognise. */
function patternsIn(text: string, code: string): Keys["patterns"] {
  const found: { matches: RegExp; line: number; fixed: number }[] = [];
  for (const match of text.matchAll(TEMPLATE)) {
    const parts = match[1]?.split(HOLE) ?? [match[3]!, ""];
    const fixed = parts.join("").length;
    // Skips those in comments: what is blank in `code` is no code.
    if (parts.length < 2 || fixed === 0 || !"`\"'".includes(code[match.index]!)) continue;
    const matches = new RegExp(`^${parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("[^]+")}$`);
    found.push({ matches, fixed, line: text.slice(0, match.index).split("\n").length });
  }
  return found.sort((a, b) => b.fixed - a.fixed);
}

/** A bare word is a key before `:`, a method before `(`, shorthand before `,` or `}`; the last two only right after `{` or `,`. */
function word(found: RegExpExecArray, add: (name: string, offset: number, shorthand: boolean) => void, around: { code: string; brace: boolean }): void {
  if (found[9] === ":") return add(found[8]!, found.index, false);
  if (!around.brace || !/[{,]\s*(?:async\s+|\*\s*)?$/.test(around.code.slice(Math.max(0, found.index - 200), found.index))) return;
  add(found[8]!, found.index, found[9] !== "(");
}

export interface PlaceFinder {
  /** `from`: of several with this name, the one in the config itself (its file) or in that task file. */
  placeOf(task: string | null, field?: string, from?: FilePath): Place;
  /** Like `placeOf`, for each. */
  placesOf(tasks: readonly string[], from: FilePath): readonly Place[];
}

/**
 * `modules`: the config first, then what it imports. `taskFiles`: the whole module is one task of that name. Reads nothing
 * before the first question.
 */
export function placeFinder(modules: readonly FilePath[], taskFiles: readonly { readonly name: string; readonly file: FilePath }[], read: (file: FilePath) => string): PlaceFinder {
  const known = new Map<FilePath, Keys>();
  const keysIn = (file: FilePath): Keys => {
    let keys = known.get(file);
    if (keys === undefined) {
      const text = read(file);
      keys = text.length > LARGEST ? { file, all: [], byName: new Map(), patterns: [] } : keysOf(file, text);
      known.set(file, keys);
    }
    return keys;
  };
  const filesOf = new Map<string, FilePath[]>();
  for (const { name, file } of taskFiles) {
    const known = filesOf.get(name);
    if (known === undefined) filesOf.set(name, [file]);
    else known.push(file);
  }
  const nowhere: Place = { file: modules[0] ?? ("" as FilePath), line: 0 };

  function placeOf(task: string | null, field?: string, from?: FilePath): Place {
    const name = field === undefined ? undefined : /^[^.[]*/.exec(field)![0];
    const named = task === null || from === modules[0] ? [] : filesOf.get(task) ?? [];
    const own = named.find((file) => file === from) ?? named[0];
    if (own !== undefined) return inTaskFile(keysIn(own), name);
    for (const file of modules) {
      const keys = keysIn(file);
      const found = task === null ? topPlace(keys, name) : taskPlace(keys, task, name);
      if (found > 0) return { file, line: found };
    }
    const only = name === undefined ? null : onlyPlace(modules.map(keysIn), name);
    return only ?? (task === null ? null : templatePlace(modules.map(keysIn), task)) ?? nowhere;
  }

  /** Of ten thousand tasks nearly all are generated, and their names appear nowhere. */
  function placesOf(tasks: readonly string[], from: FilePath): readonly Place[] {
    const all = modules.map(keysIn);
    const maybe = filesOf.size > 0 || all.some(({ patterns }) => patterns.length > 0);
    const isNamed = (task: string): boolean => all.some(({ byName }) => byName.has(task));
    return tasks.map((task) => (maybe || isNamed(task) ? placeOf(task, undefined, from) : nowhere));
  }
  return { placeOf, placesOf };
}

/** Where a generated name is composed. */
function templatePlace(all: readonly Keys[], task: string): Place | null {
  for (const { file, patterns } of all) {
    const found = patterns.find(({ matches }) => matches.test(task));
    if (found !== undefined) return { file, line: found.line };
  }
  return null;
}

/** Whether `inner` is inside the value of one of `outer`. */
function standsIn(keys: Keys, inner: number, outer: ReadonlySet<number>): boolean {
  for (let at = keys.all[inner]!.owner; at >= 0; at = keys.all[at]!.owner) if (outer.has(at)) return true;
  return false;
}

function taskPlace(keys: Keys, task: string, field: string | undefined): number {
  const candidates = keys.byName.get(task) ?? [];
  if (candidates.length === 0) return 0;
  if (field !== undefined) {
    const within = new Set(candidates);
    for (const index of keys.byName.get(field) ?? []) if (standsIn(keys, index, within)) return keys.all[index]!.line;
  }
  const rank = (index: number): number => {
    const key = keys.all[index]!;
    const owner = key.owner < 0 ? null : keys.all[key.owner]!;
    return owner?.name === "tasks" ? (key.shorthand ? 2 : 3) : owner === null ? 1 : 0;
  };
  let best = candidates[0]!;
  for (const index of candidates) if (rank(index) > rank(best)) best = index;
  return keys.all[best]!.line;
}

/** A field of the config itself, not one inside `tasks`. */
function topPlace(keys: Keys, field: string | undefined): number {
  if (field === undefined) return 0;
  const tasks = keys.byName.get("tasks") ?? [];
  const owners = new Set(tasks.map((index) => keys.all[index]!.owner));
  const within = new Set(tasks);
  const outside = (keys.byName.get(field) ?? []).filter((index) => !standsIn(keys, index, within));
  const best = outside.find((index) => owners.has(keys.all[index]!.owner)) ?? outside[0];
  return best === undefined ? 0 : keys.all[best]!.line;
}

function inTaskFile(keys: Keys, field: string | undefined): Place {
  const declared = keys.all.findIndex((key) => key.owner < 0);
  const found = field === undefined ? undefined : keys.byName.get(field)?.[0];
  const line = found === undefined ? keys.all[Math.max(0, declared)]?.line : keys.all[found]!.line;
  return { file: keys.file, line: line ?? 1 };
}

/** A generated task has no key of its own, but a misspelt field often occurs in only one place. */
function onlyPlace(all: readonly Keys[], field: string): Place | null {
  let only: Place | null = null;
  for (const keys of all) {
    for (const index of keys.byName.get(field) ?? []) {
      if (only !== null) return null;
      only = { file: keys.file, line: keys.all[index]!.line };
    }
  }
  return only;
}
