// What a watch answers other commands against what they find themselves, over random projects and edits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asked } from "./asking.ts";
import { holds } from "./told.ts";

test("5 random projects over 20 steps each: a watch that is asked says what a look from scratch says", async () => {
  await holds("resident", [101, 102, 103, 104, 105]);
  assert.ok(asked.answered > 150 && asked.open > 10, `${asked.answered} answers, ${asked.open} of work`);
});
