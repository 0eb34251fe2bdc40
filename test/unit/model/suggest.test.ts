// The words people mistype, and the ones nobody should be offered.
import assert from "node:assert/strict";
import { test } from "node:test";
import { suggest } from "../../../src/model/suggest.ts";

test("a swap, a missing, a doubled and a wrong letter find the word", () => {
  assert.equal(suggest("biuld", ["test", "build"]), "build");
  assert.equal(suggest("inptus", ["outputs", "inputs", "input"]), "inputs");
  assert.equal(suggest("ouputs", ["inputs", "outputs"]), "outputs");
  assert.equal(suggest("deeps", ["deps", "env"]), "deps");
  assert.equal(suggest("cwb", ["cwd", "env"]), "cwd");
});

test("the nearest wins over an earlier, farther one", () => {
  assert.equal(suggest("compile", ["compiles-x", "compille", "compile-a"]), "compille");
});

test("only the case is wrong", () => {
  assert.equal(suggest("ALLOWFAILURE", ["allowFailure"]), "allowFailure");
  assert.equal(suggest("A", ["b", "a"]), "a");
});

test("nothing near is no suggestion", () => {
  assert.equal(suggest("zebra", ["build", "test"]), null);
  assert.equal(suggest("x", ["y"]), null);
  assert.equal(suggest("build", []), null);
  assert.equal(suggest("abc", ["abd e f g h"]), null);
});

test("a word is never its own suggestion", () => {
  assert.equal(suggest("build", ["build"]), null);
});
