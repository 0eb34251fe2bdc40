// The same stories through the built command: real processes, kill -9, two at once.
import { test } from "node:test";
import { hasShell } from "./command.ts";
import { holds } from "./told.ts";

/** Of 1001 to 1024: scripts/seeds.mjs chose them. */
const SEEDS = [1003, 1007, 1009, 1014, 1015, 1017, 1019, 1021];

test("8 random projects over 20 steps each through the command", { skip: hasShell() ? false : "no sh with cksum here" }, () => holds("command", SEEDS));
