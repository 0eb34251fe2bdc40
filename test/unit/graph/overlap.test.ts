// In doubt there is an edge: random inputs against every path of a small world.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linkGraph } from "../../../src/graph/link.ts";
import { contentPaths } from "../../../src/graph/reads.ts";
import { isBelow } from "../../../src/model/path.ts";
import { isGlob, matcherOf, staticPrefix } from "../../../src/model/pattern.ts";
import { project, task, type Short } from "./project.ts";

const NAMES = ["a", "b", "ab", "a.c", "b.c", ".h", "a.b.c"];
const PIECES = ["a", "b", "ab", "*", "**", "**", "a*", "*.c", "?", "{a,b}", "[ab]", ".h", ".*", "*b*", "@(a|b)*", "{a/b,b}", "a.c", "!(a)"];

/** Every path of up to three names. */
const PATHS: readonly string[] = NAMES.flatMap((one) => [one, ...NAMES.flatMap((two) => [`${one}/${two}`, ...NAMES.map((three) => `${one}/${two}/${three}`)])]);

function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function pattern(random: (below: number) => number): string {
  return Array.from({ length: 1 + random(3) }, () => PIECES[random(PIECES.length)]!).join("/");
}

/** As a walk sees it: only what lies below the fixed part of the pattern. */
function globMatcher(pattern: string, dot: boolean): (path: string) => boolean {
  const matches = matcherOf(pattern, { dot });
  const start = staticPrefix(pattern);
  return (path) => isBelow(path, start) && matches(path);
}

/**
 * What an input list reads of the small world, straight from the definition. A literal is a folder only where something
 * fixed is made at or below it: else every literal would read every output pattern that begins with a wildcard.
 */
function readsOf(inputs: readonly string[], output: string): string[] {
  const chosen = new Set<string>();
  const fixed = isGlob(output) ? staticPrefix(output) : output.replace(/\/$/, "");
  for (const input of inputs) {
    const text = input.replace(/^!(?!\()/, "");
    const negative = text !== input;
    const folder = negative || fixed === text || isBelow(fixed, text);
    const matches = isGlob(text) ? (negative ? matcherOf(text, { dot: true }) : globMatcher(text, false)) : (path: string): boolean => path === text || (folder && isBelow(path, text));
    for (const path of PATHS.filter(matches)) {
      if (negative) chosen.delete(path);
      else chosen.add(path);
    }
  }
  return [...chosen];
}

function makesOf(output: string): (path: string) => boolean {
  if (output.endsWith("/")) return (path) => isBelow(path, output.slice(0, -1));
  return isGlob(output) ? globMatcher(output, false) : (path) => path === output;
}

test("5,000 random pairs: what can be read has an edge, and the picture names its paths", () => {
  const random = randomFrom(42);
  let without = 0;
  for (let round = 0; round < 5_000; round++) {
    const inputs = [pattern(random), ...(random(3) === 0 ? [pattern(random)] : []), ...(random(2) === 0 ? ["!" + pattern(random)] : [])].filter((text) => !text.startsWith("!!("));
    const some = pattern(random);
    const output = isGlob(some) || random(2) === 0 ? some : some + "/";
    const shorts: Record<string, Short> = { user: { inputs }, maker: { outputs: [output] } };
    const result = linkGraph(project(shorts));
    assert.ok(result.ok, JSON.stringify(shorts));
    const hasEdge = result.value.needs.length > 0;
    const reads = readsOf(inputs, output);
    const meets = reads.find(makesOf(output));
    if (meets !== undefined) assert.ok(hasEdge, `no edge though ${meets} is read: ${JSON.stringify(shorts)}`);
    if (!hasEdge) without++;
    assert.equal(contentPaths(task("user", shorts["user"]!), task("maker", shorts["maker"]!)).length > 0, hasEdge, JSON.stringify(shorts));
  }
  // An edge for every pair would pass the rest.
  assert.ok(without > 1_500, `only ${without} pairs without an edge`);
});
