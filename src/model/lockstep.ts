// Finds the paths of one list in another. Both are nearly always sorted, so walking them side by side is enough: building a map
// of a hundred thousand paths takes as long as everything else done with them. Knows no tasks.

/** Shorter lists are put into a map at once. */
const FEW = 32;

/** Returns the index of a path in a list of `count` distinct ones, or -1. Correct in any order, fast if both the list and the queries are sorted. */
export function openPlaces(count: number, pathAt: (index: number) => string): (path: string) => number {
  let at = 0;
  let isSorted: boolean | null = count < FEW ? false : null;
  let map: Map<string, number> | null = null;

  function findInMap(path: string): number {
    if (map === null) {
      map = new Map();
      for (let i = 0; i < count; i++) map.set(pathAt(i), i);
    }
    return map.get(path) ?? -1;
  }

  return (path) => {
    if (map !== null) return map.get(path) ?? -1;
    if (at < count && pathAt(at) === path) return at++;
    isSorted ??= isInOrder(count, pathAt);
    if (!isSorted || (at > 0 && path <= pathAt(at - 1))) return findInMap(path);
    while (at < count && pathAt(at) < path) at++;
    return at < count && pathAt(at) === path ? at++ : -1;
  };
}

function isInOrder(count: number, pathAt: (index: number) => string): boolean {
  for (let i = 1; i < count; i++) if (!(pathAt(i - 1) < pathAt(i))) return false;
  return true;
}
