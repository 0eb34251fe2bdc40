// Random projects and edits against a clean build and an independent judge: tg's core in this process.
import { test } from "node:test";
import { holds } from "./told.ts";

/** These, and as many in second.test.ts, are those of 1 to 420 that reach most of tg in their time: scripts/seeds.mjs chose them. */
const SEEDS = [
  27, 29, 34, 42, 59, 62, 113, 139, 143, 151, 153, 159, 165, 167, 169, 173, 186, 191, 198, 215,
  218, 227, 241, 242, 257, 311, 316, 324, 325, 351, 370, 391, 397, 404, 417,
];

test("the evaluator alone keeps a tree right over 10 seeds of 20 steps", () => holds("reference", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));

test("35 random projects over 20 steps each: what must run ran, and the tree is that of a clean build", () => holds("inprocess", SEEDS));
