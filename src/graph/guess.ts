// Which word was meant where one means nothing. Knows no sentence around it and no graph.
import { suggest } from "../model/suggest.ts";

/** A guess looks at every word there is: the first wrong ones get one, a flood of them does not. */
const MOST_GUESSES = 20;
const MOST_CANDIDATES = 20_000;

export class Guesses {
  #left = MOST_GUESSES;

  /** May one more be made? Then it is counted. */
  take(): boolean {
    return this.#left-- > 0;
  }
}

/** The candidate nearest to `word`, or a name that it is one half of. */
export function nearest(word: string, ...sources: readonly Iterable<string>[]): string | null {
  const candidates: string[] = [];
  for (const source of sources) {
    for (const text of source) {
      if (candidates.length >= MOST_CANDIDATES) break;
      candidates.push(text);
    }
  }
  return suggest(word, candidates) ?? halfOf(word, candidates);
}

/** `web` of `web#build`, `build` of `web#build` and `web:build`: the name, or a pattern for several. */
function halfOf(word: string, candidates: readonly string[]): string | null {
  if (word === "" || /[*?{}]/.test(word)) return null;
  for (const mark of ["#", ":"]) {
    const before = candidates.filter((name) => name.startsWith(word + mark));
    if (before.length > 0) return before.length === 1 ? before[0]! : `${word}${mark}${wild(before)}`;
    const behind = candidates.filter((name) => name.endsWith(mark + word));
    if (behind.length > 0) return behind.length === 1 ? behind[0]! : `${wild(behind)}${mark}${word}`;
  }
  return null;
}

/** `*` ends at a slash, of which the names of packages are full. */
function wild(names: readonly string[]): string {
  return names.some((name) => name.includes("/")) ? "**" : "*";
}
