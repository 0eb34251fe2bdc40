import assert from "node:assert/strict";
import { test } from "node:test";
import { linkGraph } from "../../../src/graph/link.ts";
import { selectTargets, type SelectOptions } from "../../../src/graph/select.ts";
import type { Graph } from "../../../src/model/graph.ts";
import type { FilePath } from "../../../src/model/path.ts";
import { project, type Short } from "./project.ts";

const SHORTS: Readonly<Record<string, Short>> = {
  gen: { outputs: ["gen/types.ts"] },
  dist: { inputs: ["gen/types.ts"], outputs: ["dist/", "lib/*.js"], tags: ["ship"], validate: ["lint"] },
  lint: { deps: ["rules"] },
  rules: {},
  test: { deps: ["dist"], tags: ["check"] },
  "thumbs[a]": { outputs: ["thumbs/a"] },
  "thumbs[b/c]": { outputs: ["thumbs/b"] },
  all: { barrier: true, deps: ["dist", "thumbs[a]"] },
  "pkg/one": {},
  "pkg/sub/two": { tags: ["check"] },
  "tag:x": {},
  "plus+": {},
  plus: { deps: ["rules"] },
};

function graphOf(extra: { readonly default?: readonly string[] } = {}): Graph {
  const result = linkGraph(project(SHORTS, extra));
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}

function select(words: readonly string[], options: Partial<SelectOptions> = {}, graph: Graph = graphOf()) {
  const result = selectTargets(graph, words, { skip: [], from: "" as FilePath, ...options });
  if (!result.ok) return { problems: result.problems };
  const list = (flags: Uint8Array): string[] => [...flags].flatMap((flag, i) => (flag === 1 ? [graph.name(i) as string] : []));
  return { named: list(result.value.named), wanted: list(result.value.wanted), skipped: list(result.value.skipped) };
}

const NAMED: readonly (readonly [words: readonly string[], named: readonly string[], from?: string])[] = [
  [["gen"], ["gen"]],
  [["+gen"], ["gen"]],
  [["gen/types.ts"], ["gen"]],
  [["./gen//types.ts"], ["gen"]],
  [["types.ts"], ["gen"], "gen"],
  [["../gen/types.ts"], ["gen"], "src"],
  [["dist"], ["dist"]],
  [["dist/"], ["dist"]],
  [["sub/file.js"], ["dist"], "dist"],
  [["."], ["dist"], "dist"],
  [["lib/x.js"], ["dist"]],
  [["thumbs[a]"], ["thumbs[a]"]],
  [["thumbs[*]"], ["thumbs[a]"]],
  [["thumbs[**]"], ["thumbs[a]", "thumbs[b/c]"]],
  [["pkg/*"], ["pkg/one"]],
  [["pkg/**"], ["pkg/one", "pkg/sub/two"]],
  [["{gen,lint}"], ["gen", "lint"]],
  [["?en"], ["gen"]],
  [["tag:check"], ["test", "pkg/sub/two"]],
  [["tag:x"], ["tag:x"]],
  [["gen+"], ["gen", "dist", "test", "all"]],
  [["gen/types.ts+"], ["gen", "dist", "test", "all"]],
  [["+dist+"], ["dist", "test", "all"]],
  [["plus+"], ["plus+"]],
  [["{gen,rules}+"], ["gen", "dist", "lint", "rules", "test", "all", "plus"]],
  [["lint", "gen", "lint"], ["gen", "lint"]],
];

for (const [words, named, from = ""] of NAMED) {
  test(`${words.join(" ")}${from === "" ? "" : ` in ${from}/`} names ${named.join(", ")}`, () => {
    assert.deepEqual(select(words, { from: from as FilePath }).named, named);
  });
}

test("wanted is what is named, what that needs and what validates it", () => {
  assert.deepEqual(select(["test"]).wanted, ["gen", "dist", "lint", "rules", "test"]);
  assert.deepEqual(select(["rules"]).wanted, ["rules"]);
  assert.deepEqual(select(["all"]).wanted, ["gen", "dist", "lint", "rules", "thumbs[a]", "all"]);
});

test("what only a skipped task needs is not wanted, and a skipped name is not named", () => {
  assert.deepEqual(select(["test", "dist"], { skip: ["dist"] }), { named: ["test"], wanted: ["dist", "test"], skipped: ["dist"] });
  assert.deepEqual(select(["test", "lint"], { skip: ["gen/types.ts"] }).wanted, ["gen", "dist", "lint", "rules", "test"]);
});

test("a word of --skip that names nothing the build needs is refused", () => {
  const refused = (target: string, ...targets: string[]) => ({ code: "skip-unneeded", target, targets });
  assert.deepEqual(select(["gen"], { skip: ["dist"] }).problems, [refused("dist", "gen")]);
  assert.deepEqual(select(["test", "gen"], { skip: ["thumbs[*]", "plus", "gen"] }).problems, [refused("thumbs[*]", "test", "gen"), refused("plus", "test", "gen")]);
  assert.deepEqual(select([], { skip: ["test"] }, graphOf({ default: ["dist"] })).problems, [refused("test")]);
  // What only another skipped task needs would have been made without that one.
  assert.deepEqual(select(["test"], { skip: ["dist", "gen"] }).wanted, ["dist", "test"]);
  // One of many is enough, and so is a task that is skipped by its validator's name.
  assert.deepEqual(select(["lint"], { skip: ["{gen,rules}"] }).wanted, ["lint", "rules"]);
  assert.deepEqual(select(["dist"], { skip: ["lint"] }).skipped, ["lint"]);
});

test("without words: the default of the config, all of it when there is none or when asked", () => {
  const count = Object.keys(SHORTS).length;
  assert.equal(select([]).named?.length, count);
  const graph = graphOf({ default: ["lint", "gen/types.ts"] });
  assert.deepEqual(select([], { from: "gen" as FilePath }, graph).named, ["gen", "lint"]);
  assert.equal(select([], { all: true }, graph).named?.length, count);
  assert.deepEqual(select(["test"], { all: true }, graph).named, ["test"]);
});

test("what the config leaves out is skipped without words too, and what only it needs is not judged", () => {
  const graph = graphOf();
  const off = { ...graph, settings: { ...graph.settings, off: ["all", "gone"] } };
  const { named, wanted, skipped } = select([], {}, off);
  assert.deepEqual(skipped, ["all"]);
  assert.ok(!named!.includes("all") && named!.includes("gen"));
  assert.equal(wanted!.length, graph.count);
});

test("unknown words are reported together, with the nearest name, output or tag", () => {
  assert.deepEqual(select(["tset", "gen/typos.ts", "tag:chekc", "lnit+", "none*", "zzzzzz"], { skip: ["ruels"] }).problems, [
    { code: "unknown-target", target: "tset", suggestion: "test" },
    { code: "unknown-target", target: "gen/typos.ts", suggestion: "gen/types.ts" },
    { code: "unknown-target", target: "tag:chekc", suggestion: "tag:check" },
    { code: "unknown-target", target: "lnit+", suggestion: "lint" },
    { code: "unknown-target", target: "none*", suggestion: null },
    { code: "unknown-target", target: "zzzzzz", suggestion: null },
    { code: "unknown-target", target: "ruels", suggestion: "rules" },
  ]);
  assert.deepEqual(select([], {}, graphOf({ default: ["gone"] })).problems, [{ code: "unknown-target", target: "gone", suggestion: null, inConfig: true }]);
});

test("an instance that no list has yet is looked for by its family's name", () => {
  const graph = graphOf();
  const family = graph.indexOf("all");
  const waiting = { ...graph, indexOf: graph.indexOf, task: (task: number) => (task === family ? { ...graph.task(task), family: { from: { task: "gen" } } } : graph.task(task)) } as unknown as Graph;
  assert.deepEqual(select(["alll[x]"], { awaits: true }, waiting).problems, [{ code: "unknown-target", target: "alll[x]", suggestion: "all[x]" }]);
  assert.deepEqual(select(["alll[x]"]).problems, [{ code: "unknown-target", target: "alll[x]", suggestion: null }]);
});

test("an instance of a list that a task makes is refused with who makes the list", () => {
  const graph = graphOf();
  const family = graph.indexOf("all");
  const waiting = { ...graph, indexOf: graph.indexOf, task: (task: number) => (task === family ? { ...graph.task(task), family: { from: { task: "gen" } } } : graph.task(task)) } as unknown as Graph;
  assert.deepEqual(select(["all[x]"], {}, waiting).problems, [{ code: "unknown-target", target: "all[x]", suggestion: null, list: { family: "all", from: "gen", empty: true } }]);
});

test("since is refused, not ignored", () => {
  assert.deepEqual(select(["@since:main"]).problems, [{ code: "since-not-here", target: "@since:main" }]);
});
