// What tg watch keeps in memory against a look from scratch, over random projects and edits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { holds } from "./told.ts";
import { taken } from "./watched.ts";

/** Of 1 to 90: scripts/seeds.mjs chose them. */
const SEEDS = [1, 2, 4, 5, 9, 11, 13, 16, 18, 19, 22, 25, 34, 46, 47, 48, 53, 59, 62, 70, 74, 76, 77, 80, 84, 86];

test("26 random projects over 20 steps each: the watch knows of every task what a look from scratch says", async () => {
  await holds("watched", SEEDS);
  assert.ok(taken.followed > 650, `followed ${taken.followed} times only`);
  assert.ok(taken.judged > 0 && taken.judged < taken.tasks / 4, `${taken.judged} of ${taken.tasks} tasks were judged again`);
});
