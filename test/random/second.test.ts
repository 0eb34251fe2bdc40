// The other half of the default seeds, in a process of its own so that both cores have something to do.
import { test } from "node:test";
import { holds } from "./told.ts";

const SEEDS = [
  2, 5, 9, 11, 12, 19, 28, 38, 54, 69, 72, 77, 84, 86, 98, 158, 161, 166, 180, 190,
  192, 194, 195, 250, 256, 306, 313, 322, 355, 358, 359, 374, 375, 402, 415,
];

test("35 more random projects over 20 steps each", () => holds("inprocess", SEEDS));
