import assert from "node:assert/strict";
import { test } from "node:test";
import { createHeap } from "../../../src/graph/heap.ts";

test("items leave in order, however pushes and pops are mixed", () => {
  const rank = (item: number): number => Math.imul(item + 1, 2654435761) >>> 0;
  const heap = createHeap((a, b) => rank(a) < rank(b));
  const inside = new Set<number>();
  for (let item = 0; item < 3000; item++) {
    heap.push(item);
    inside.add(item);
    if (item % 3 !== 2) continue;
    const first = heap.peek();
    assert.equal(heap.pop(), first);
    assert.ok([...inside].every((other) => rank(first) <= rank(other)));
    inside.delete(first);
  }
  const rest = Array.from({ length: heap.size }, () => heap.pop());
  assert.deepEqual(rest, [...inside].sort((a, b) => rank(a) - rank(b)));
  assert.equal(heap.pop(), -1);
  assert.equal(heap.peek(), -1);
});
