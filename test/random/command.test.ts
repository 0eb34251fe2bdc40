// The same stories through the built command: real processes, kill -9, two at once.
import { test } from "node:test";
import { hasShell } from "./command.ts";
import { holds } from "./told.ts";

test("14 random projects over 20 steps each through the command", { skip: hasShell() ? false : "no sh with cksum here" }, () => holds("command", 1001, 1014));
