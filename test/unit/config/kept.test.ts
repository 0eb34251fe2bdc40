// The folder of compiled modules when two tg make it at once.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { writeFolder } from "../../../src/config/kept.ts";
import { tempFolder } from "../../support/folder.ts";

const TEXTS = new Map([["a.mjs", "export default 1;\n"], ["b.mjs", "export default 2;\n"]]);

const top = tempFolder("tg-kept");

test("a whole folder that another tg made meanwhile stays: that tg may be importing from it", () => {
  const base = join(top, "whole");
  mkdirSync(base);
  const dir = join(base, "k-1");
  writeFolder(dir, TEXTS, null);
  const { ino } = statSync(dir);
  writeFolder(dir, TEXTS, null);
  assert.equal(statSync(dir).ino, ino);
  assert.deepEqual(readdirSync(base), ["k-1"]);
});

test("a damaged folder is made anew", () => {
  const base = join(top, "damaged");
  mkdirSync(base);
  const dir = join(base, "k-1");
  mkdirSync(dir);
  writeFileSync(join(dir, "a.mjs"), "export def");
  writeFolder(dir, TEXTS, null);
  assert.deepEqual([...TEXTS.keys()].map((name) => readFileSync(join(dir, name), "utf8")), [...TEXTS.values()]);
  assert.deepEqual(readdirSync(base), ["k-1"]);
});

test("nothing is made above it: the project may have been moved away", () => {
  const base = join(top, "away");
  assert.throws(() => writeFolder(join(base, "k-1"), TEXTS, null), { code: "ENOENT" });
  assert.equal(existsSync(base), false);
});
