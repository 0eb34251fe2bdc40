import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDuration, parseDuration } from "../src/index.ts";

test("durations go both ways", () => {
  for (const text of ["1h30m", "2d", "250ms", "1m1s"]) assert.equal(formatDuration(parseDuration(text)), text);
});

test("nonsense is refused", () => {
  for (const text of ["", "5", "h", "1h 30m", "1x"]) assert.throws(() => parseDuration(text), RangeError);
});
