// What engine and child say to each other survives any cut into pieces.
import assert from "node:assert/strict";
import { test } from "node:test";
import { lineReader, markFilter, newMark } from "../../../src/engine/calls.ts";

/** Every way to cut `bytes` into at most three pieces. */
function* cuts(bytes: Buffer): Generator<Buffer[]> {
  for (let a = 0; a <= bytes.length; a++) for (let b = a; b <= bytes.length; b++) yield [bytes.subarray(0, a), bytes.subarray(a, b), bytes.subarray(b)].filter((piece) => piece.length > 0);
}

test("the end mark is found and taken out, whatever the pieces and the lookalikes before it", () => {
  const mark = newMark("0f");
  for (const before of ["", "text", "\x1e", "\x1etg-end-", "\x1e\x1etg-end-0", "\x1etg-end-0e\n", "x\x1etg-en"]) {
    for (const pieces of cuts(Buffer.from(before + mark))) {
      let seen = "";
      const push = markFilter(mark, (bytes) => (seen += Buffer.from(bytes).toString()));
      const ends = pieces.map((piece) => push(piece));
      assert.equal(seen, before);
      assert.deepEqual(ends, pieces.map((_, i) => i === pieces.length - 1));
    }
  }
});

test("nothing but the possible start of a mark is held back", () => {
  const mark = newMark("0f");
  let seen = "";
  const push = markFilter(mark, (bytes) => (seen += Buffer.from(bytes).toString()));
  push(Buffer.from("line\n"));
  assert.equal(seen, "line\n");
  push(Buffer.from("\x1etg-"));
  assert.equal(seen, "line\n");
  push(Buffer.from("off\n"));
  assert.equal(seen, "line\n\x1etg-off\n");
});

test("lines come whole, characters too, from memory that is used again", () => {
  const bytes = Buffer.from('{"a":"ä"}\n\n{"b":"😀"}\nrest');
  for (const pieces of cuts(bytes)) {
    const lines: string[] = [];
    const push = lineReader((line) => lines.push(line));
    const memory = Buffer.alloc(64);
    for (const piece of pieces) {
      piece.copy(memory);
      push(memory.subarray(0, piece.length));
    }
    assert.deepEqual(lines, ['{"a":"ä"}', "", '{"b":"😀"}']);
  }
});
