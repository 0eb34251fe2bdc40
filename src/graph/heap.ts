// A binary heap of small integers in an order that the caller defines. Knows no tasks.

export interface Heap {
  readonly size: number;
  push(item: number): void;
  /** The first item without removing it; -1 if empty. */
  peek(): number;
  /** Removes and returns the first item; -1 if empty. */
  pop(): number;
}

/** `before(a, b)` must be a strict total order that does not change while both are inside. */
export function createHeap(before: (a: number, b: number) => boolean): Heap {
  const items: number[] = [];

  function sink(item: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && before(items[child + 1]!, items[child]!)) child++;
      if (!before(items[child]!, item)) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = item;
  }

  return {
    get size() {
      return items.length;
    },
    peek: () => (items.length === 0 ? -1 : items[0]!),
    push(item) {
      let at = items.length;
      items.push(item);
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!before(item, items[parent]!)) break;
        items[at] = items[parent]!;
        at = parent;
      }
      items[at] = item;
    },
    pop() {
      if (items.length === 0) return -1;
      const first = items[0]!;
      const last = items.pop()!;
      if (items.length > 0) sink(last);
      return first;
    },
  };
}
