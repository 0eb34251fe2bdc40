// The same stories through the built command: real processes, kill -9, two at once.
import { test } from "node:test";
import { hasShell } from "./command.ts";
import { holds } from "./told.ts";

/** Of 1001 to 1024: scripts/seeds.mjs chose them. In 6 a function within a chain takes the value of a task after whose every run it is to run. */
const SEEDS = [6, 1003, 1007, 1009, 1014, 1015, 1017, 1019, 1021];

test("9 random projects over 20 steps each through the command", { skip: hasShell() ? false : "no sh with cksum here" }, () => holds("command", SEEDS));
