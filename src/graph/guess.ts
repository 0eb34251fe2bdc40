// Guesses which word was meant instead of an unknown one. Writes no sentence and knows no graph.
import { suggest } from "../model/suggest.ts";

/** A guess looks at every existing word: the first few wrong words get one, a flood of them does not. */
const MOST_GUESSES = 20;
const MOST_CANDIDATES = 20_000;

export class Guesses {
  #left = MOST_GUESSES;

  /** Whether one more guess may be made; counts it if so. */
  take(): boolean {
    return this.#left-- > 0;
  }
}

/** The candidate nearest to `word`, or a name of which it is one half. Among equals the first wins, and one of `own` over all others. */
export function nearest(word: string, own: readonly string[], ...others: readonly Iterable<string>[]): string | null {
  const candidates: string[] = [];
  for (const source of [own, ...others]) {
    for (const text of source) {
      if (candidates.length >= MOST_CANDIDATES) break;
      candidates.push(text);
    }
  }
  return suggest(word, candidates) ?? halfOf(word, candidates, new Set(own));
}

/** `web` of `web#build`, `build` of `web#build` and `web:build`: the name, or a pattern for several. */
function halfOf(word: string, candidates: readonly string[], own: ReadonlySet<string>): string | null {
  if (word === "" || /[*?{}]/.test(word)) return null;
  for (const mark of ["#", ":"]) {
    const before = candidates.filter((name) => name.startsWith(word + mark));
    if (before.length > 0) return before.length === 1 ? before[0]! : `${word}${mark}${wild(before)}`;
    const behind = candidates.filter((name) => name.endsWith(mark + word));
    const nearer = behind.filter((name) => own.has(name));
    if (nearer.length === 1) return nearer[0]!;
    if (behind.length > 0) return behind.length === 1 ? behind[0]! : `${wild(behind)}${mark}${word}`;
  }
  return null;
}

/** `*` stops at a slash, and names of packages are full of slashes. */
function wild(names: readonly string[]): string {
  return names.some((name) => name.includes("/")) ? "**" : "*";
}
