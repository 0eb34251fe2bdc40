// What tg watch keeps in memory against a look from scratch, over random projects and edits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { holds } from "./told.ts";
import { taken } from "./watched.ts";

test("40 random projects over 20 steps each: the watch knows of every task what a look from scratch says", async () => {
  await holds("watched", 1, 40);
  assert.ok(taken.followed > 1000, `followed ${taken.followed} times only`);
  assert.ok(taken.judged > 0 && taken.judged < taken.tasks / 4, `${taken.judged} of ${taken.tasks} tasks were judged again`);
});
