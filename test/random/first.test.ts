// Random projects and edits against a clean build and an independent judge: tg's core in this process.
import { test } from "node:test";
import { holds } from "./told.ts";

test("the evaluator alone keeps a tree right over 10 seeds of 20 steps", () => holds("reference", 1, 10));

test("70 random projects over 20 steps each: what must run ran, and the tree is that of a clean build", () => holds("inprocess", 1, 70));
