// A small seeded generator (splitmix32). Knows nothing of projects; the same seed gives the same choices everywhere.

export interface Prng {
  /** An integer in 0 .. below-1. */
  int(below: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** Up to `count` different elements, in their order. */
  some<T>(from: readonly T[], count: number): T[];
  /** A choice by weight. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T;
  shuffle<T>(from: readonly T[]): T[];
}

export function prngOf(...seeds: readonly number[]): Prng {
  let state = 0x9e3779b9;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let t = state ^ (state >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return (t ^ (t >>> 15)) >>> 0;
  };
  for (const seed of seeds) {
    state = (next() ^ Math.imul(seed + 1, 0x85ebca6b)) | 0;
    next();
  }
  const int = (below: number): number => Math.floor((next() / 4294967296) * below);
  const shuffle = <T>(from: readonly T[]): T[] => {
    const list = from.slice();
    for (let i = list.length - 1; i > 0; i--) {
      const j = int(i + 1);
      [list[i], list[j]] = [list[j]!, list[i]!];
    }
    return list;
  };
  return {
    int,
    chance: (probability) => next() / 4294967296 < probability,
    pick: (from) => from[int(from.length)]!,
    some: (from, count) => {
      const chosen = new Set(shuffle(from.map((_, i) => i)).slice(0, count));
      return from.filter((_, i) => chosen.has(i));
    },
    weighted: (weights) => {
      const entries = Object.entries(weights) as [never, number][];
      let at = (next() / 4294967296) * entries.reduce((sum, [, w]) => sum + w, 0);
      for (const [name, weight] of entries) if ((at -= weight) < 0) return name;
      return entries[entries.length - 1]![0];
    },
    shuffle,
  };
}
