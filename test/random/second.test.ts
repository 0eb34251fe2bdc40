// The other half of the default seeds, in a process of its own so that both cores have something to do.
import { test } from "node:test";
import { holds } from "./told.ts";

test("70 more random projects over 20 steps each", () => holds("inprocess", 71, 140));
