// Patterns follow the shell: what brackets mean, and that no character of a name is special.
import assert from "node:assert/strict";
import { test } from "node:test";
import { matcherOf } from "../../../src/model/pattern.ts";

test("a line break in a name is a character like any other", () => {
  for (const pattern of ["a/**", "a/*", "a/b?c", "a/!(x)"]) assert.ok(matcherOf(pattern)("a/b\nc"), pattern);
  assert.ok(matcherOf("*.js")("\n.js"));
});

test("brackets mean what they mean in a shell", () => {
  assert.ok(matcherOf("[!x]*")("abc"));
  assert.ok(!matcherOf("[!x]*")("xbc"));
  assert.ok(!matcherOf("a[!x]b")("a/b"));
  assert.ok(matcherOf("v[[:digit:]].js")("v1.js"));
  assert.ok(!matcherOf("v[[:digit:]].js")("v:.js"));
});
