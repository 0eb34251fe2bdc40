// Whether a folder above was moved, by times alone: those of Node and Bun, and those of Deno, whose ctime is of whole seconds.
import assert from "node:assert/strict";
import fs from "node:fs";
import { mock, test } from "node:test";
import { openAbove } from "../../../src/watch/above.ts";

type Times = readonly [mtimeMs: number, ctimeMs: number];

/** What is said of a move when those of /t/o, /t and / become others. */
function movedAfter(before: readonly Times[], after: readonly Times[]): boolean {
  let now = before;
  const stat = mock.method(fs, "statSync", (folder: string) => {
    const [mtimeMs, ctimeMs] = now[["/t/o", "/t", "/"].indexOf(folder)]!;
    return { mtimeMs, ctimeMs };
  });
  try {
    const above = openAbove("/t/o/p");
    now = after;
    return above.hasMoved();
  } finally {
    stat.mock.restore();
  }
}

const QUIET: Times = [1_000, 1_000];
const BEFORE: readonly Times[] = [[5_250.25, 5_250.25], [5_250.5, 5_250.5], QUIET];
const ON_DENO: readonly Times[] = [[5_250, 5_000], [5_250, 5_000], QUIET];

test("a folder above that was moved is changed later than what is in it, and the one above that has another listing", () => {
  assert.equal(movedAfter(BEFORE, [[5_250.25, 9_100.5], [9_100.5, 9_100.5], QUIET]), true);
  assert.equal(movedAfter(ON_DENO, [[5_250, 9_000], [9_100, 9_000], QUIET]), true);
});

test("what comes into a folder above is no move, whatever else comes into the one above that", () => {
  assert.equal(movedAfter(BEFORE, [[9_100.25, 9_100.25], [9_100.5, 9_100.5], QUIET]), false);
  assert.equal(movedAfter(ON_DENO, [[9_100, 9_000], [9_101, 9_000], QUIET]), false);
  assert.equal(movedAfter(ON_DENO, [[5_999, 5_000], [6_001, 6_000], QUIET]), false);
});

test("a change of mode alone is no move", () => {
  assert.equal(movedAfter(BEFORE, [[5_250.25, 9_100.5], [5_250.5, 5_250.5], QUIET]), false);
});
