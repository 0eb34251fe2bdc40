// "Did you mean": the nearest of some words by edit distance. Writes no sentence.

/** Words of up to two letters are too short to guess; long ones may differ in three places. */
function limitFor(length: number): number {
  return length < 3 ? 0 : Math.min(3, Math.floor((length + 1) / 3));
}

/** Optimal string alignment distance (insert, delete, replace, swap of neighbours); `limit + 1` as soon as it is exceeded. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let last: number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row: number[] = [i];
    let smallest = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a.charCodeAt(i - 1) === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === b.charCodeAt(j - 1);
      if (swapped) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
      if (cost < smallest) smallest = cost;
    }
    if (smallest > limit) return limit + 1;
    before = last;
    last = row;
  }
  return last[b.length]!;
}

/**
 * The candidate nearest to `word`, or null if none is near enough (a third of the longer word, at most three edits).
 * A match up to case wins over all others; among equals the first wins.
 */
export function suggest(word: string, candidates: Iterable<string>): string | null {
  const folded = word.toLowerCase();
  let best: string | null = null;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    if (candidate === word) continue;
    const limit = Math.min(limitFor(Math.max(word.length, candidate.length)), bestDistance - 1);
    if (Math.abs(candidate.length - word.length) > Math.max(limit, 0)) continue;
    const lower = candidate.toLowerCase();
    const found = lower === folded ? 0 : limit < 1 ? Infinity : distance(folded, lower, limit);
    if (found <= limit || found === 0) {
      if (found < bestDistance) [best, bestDistance] = [candidate, found];
      if (found === 0) return best;
    }
  }
  return best;
}
