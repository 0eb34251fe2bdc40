// Glob patterns: whether a text is one, where it starts, whether a path matches. The only module that imports picomatch.
import picomatch from "picomatch/posix.js";
import { isBelow, type FilePath } from "./path.ts";

/** Characters that make a text a glob. `( )` count only after one of `@!+?*`. A backslash escapes. */
const GLOB = /(^|[^\\])([*?[\]{}]|[@!+]\()/;

export function isGlob(text: string): boolean {
  return GLOB.test(text);
}

/** The folder in which a walk for `pattern` may start: its leading segments without glob characters. */
export function staticPrefix(pattern: string): FilePath {
  const parts = pattern.split("/");
  const fixed: string[] = [];
  for (const part of parts.slice(0, -1)) {
    if (isGlob(part)) break;
    fixed.push(part.replace(/\\(.)/g, "$1"));
  }
  return (pattern.startsWith("/") && fixed.length === 1 ? "/" : fixed.join("/")) as FilePath;
}

/** How many folder levels below its static prefix a pattern can reach: `Infinity` with `**`. */
export function depthOf(pattern: string): number {
  if (pattern.includes("**")) return Infinity;
  const braces = pattern.includes("{") && /\{[^}]*\//.test(pattern);
  if (braces) return Infinity;
  const prefix = staticPrefix(pattern);
  const total = pattern.split("/").length;
  return total - (prefix === "" ? 0 : prefix.split("/").length);
}

/** Escapes a path so that all its characters stand for themselves. */
export function escapedPath(path: string): string {
  return path.replace(/[\\*?[\]{}()!+@]/g, "\\$&");
}

/** The pattern for everything below a folder; with `dot`, for hidden names too. */
export function folderPattern(folder: string): string {
  return folder === "" ? "**" : escapedPath(folder) + "/**";
}

/** An input pattern as the user wrote it: `src/` for everything below the folder, including hidden names, and no backslash in its fixed part that changes nothing. */
export function writtenAs({ pattern, dot }: { readonly pattern: string; readonly dot: boolean }): string {
  const text = withoutSpareEscapes(pattern);
  if (!dot || !/(^|\/)\*\*$/.test(text)) return text;
  const folder = text.slice(0, -2);
  return folder === "" ? "./" : isGlob(folder) ? folder : unescaped(folder);
}

function withoutSpareEscapes(pattern: string): string {
  if (!pattern.includes("\\")) return pattern;
  const parts = pattern.split("/");
  const fixed = Math.max(0, parts.findIndex(isGlob));
  const spare = (part: string, index: number): boolean => index < fixed && !isGlob(unescaped(part)) && !(index === 0 && part.startsWith("\\!"));
  return parts.map((part, index) => (spare(part, index) ? unescaped(part) : part)).join("/");
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, "$1");
}

/** Whether a negation excludes `path`: by matching it, naming it, or naming a folder above it. */
export function negates(not: string, path: string): boolean {
  return isGlob(not) ? matcherOf(not, { dot: true })(path) : path === not || isBelow(path, not);
}

/** A syntax error in a pattern, or null: unclosed brackets or braces, which picomatch would take literally. */
export function patternFault(pattern: string): "unclosed [" | "unclosed {" | "unclosed (" | "empty" | null {
  if (pattern === "") return "empty";
  const open: string[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!;
    if (c === "\\") i++;
    else if (open[open.length - 1] === "[") {
      if (c === "]" && pattern[i - 1] !== "[") open.pop();
    } else if (c === "[" || c === "{" || (c === "(" && /[@!+?*]/.test(pattern[i - 1] ?? ""))) open.push(c);
    else if ((c === "}" && open[open.length - 1] === "{") || (c === ")" && open[open.length - 1] === "(")) open.pop();
  }
  return open.length === 0 ? null : (`unclosed ${open[open.length - 1]}` as "unclosed [");
}

export type Matcher = (path: string) => boolean;

const compiled = new Map<string, Matcher>();

/**
 * Compiles each pattern once. Shell rules: `*` and `**` do not match names that start with a dot unless the pattern
 * spells the dot; matching is case-sensitive. A pattern that ends in `/**` matches what is below the folder, not the folder.
 */
export function matcherOf(pattern: string, options: { dot?: boolean } = {}): Matcher {
  const key = (options.dot === true ? "." : "-") + pattern;
  let matcher = compiled.get(key);
  if (matcher === undefined) {
    // posix: `[!a]` and `[[:digit:]]` as in a shell. Flag s: a line break in a name is an ordinary character.
    const regex = picomatch.makeRe(pattern, { dot: options.dot === true, strictSlashes: true, posix: true, flags: "s" });
    matcher = regex ? (path) => regex.test(path) : () => false;
    compiled.set(key, matcher);
  }
  return matcher;
}

/** Folder names that a walk skips unless the pattern spells them. */
const PRUNED: readonly string[] = [".git", "node_modules", ".tg"];

/** Whether a walk for `pattern` may enter folders called `name`. */
export function mayEnter(pattern: string, name: string): boolean {
  return !PRUNED.includes(name) || pattern.split("/").includes(name);
}
