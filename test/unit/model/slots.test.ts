import assert from "node:assert/strict";
import { test } from "node:test";
import { findSlot, makeSlots } from "../../../src/model/slots.ts";

test("every text is found by its number, and no other", () => {
  for (const count of [0, 1, 3, 4, 5, 1000]) {
    const texts = Array.from({ length: count }, (_, i) => `src/${i % 7}/file ${i}.ü`);
    const textOf = (id: number): string => texts[id]!;
    const slots = makeSlots(count, textOf);
    texts.forEach((text, id) => assert.equal(findSlot(slots, text, textOf), id));
    for (const text of ["", "src", `src/0/file ${count}.ü`]) assert.equal(findSlot(slots, text, textOf), -1);
  }
  assert.equal(findSlot(new Uint32Array(0), "a", () => ""), -1);
});
