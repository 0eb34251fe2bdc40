// A list cut into ranges, as columns of edges and rows are: `starts` holds the start of each range. Numbers only.

/** The range that contains an entry: the last one that starts at or before it. */
export function rangeOf(starts: Uint32Array, entry: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= entry) low = middle;
    else high = middle;
  }
  return low;
}
