// Finding the paths of one list in another. Both are nearly always sorted, so that it is enough to go along them side by side:
// a map of a hundred thousand paths takes as long to make as all else that is done with them. Knows no tasks.

/** Fewer are put into a map right away. */
const FEW = 32;

/** Where a path stands in a list of `count` different ones; -1: nowhere. Right in any order, quick where list and questions are sorted. */
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
