import assert from "node:assert/strict";
import { test } from "node:test";
import { slug, table } from "../src/index.ts";

test("slug", () => assert.equal(slug("Crème Brûlée, twice!"), "creme-brulee-twice"));

test("numbers stand to the right", () => assert.equal(table([["a", 1], ["bcd", 100]]), "a      1\nbcd  100"));
