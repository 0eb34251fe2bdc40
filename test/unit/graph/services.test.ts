// Which services a command asks for itself, and which of them a task needs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linkGraph } from "../../../src/graph/link.ts";
import { selectTargets, type SelectOptions } from "../../../src/graph/select.ts";
import { serviceNeeds, servicesOf } from "../../../src/graph/services.ts";
import { NO_SETTINGS } from "../../../src/model/limits.ts";
import type { Graph } from "../../../src/model/graph.ts";
import type { FilePath } from "../../../src/model/path.ts";
import { project, type Short } from "./project.ts";

const SHORTS: Readonly<Record<string, Short>> = {
  dist: { outputs: ["dist/"] },
  db: { tags: ["live"] },
  api: { deps: ["db", "dist"], tags: ["live"] },
  web: { deps: ["api"] },
  spare: {},
  stack: { barrier: true, deps: ["api", "db"] },
  dev: { barrier: true, deps: ["web", "stack"] },
  lint: { tags: ["check"] },
  e2e: { deps: ["stack"], after: ["web"], tags: ["check"] },
};

function graphOf(first: readonly string[] | null = null): Graph {
  const result = linkGraph(project(SHORTS, { settings: { ...NO_SETTINGS, services: ["db", "api", "web", "spare"] }, default: first }));
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}

/** `wanted / kept`. */
function select(words: readonly string[], options: Partial<SelectOptions> = {}, graph: Graph = graphOf()): string {
  const result = selectTargets(graph, words, { skip: [], from: "" as FilePath, ...options });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const list = (flags: Uint8Array): string => [...flags].flatMap((flag, i) => (flag === 1 ? [graph.name(i) as string] : [])).join(" ");
  return `${list(result.value.wanted)} / ${list(result.value.kept!)}`.trim();
}

test("a bare build leaves out services that nothing needs, and keeps none up", () => {
  assert.equal(select([]), "dist db api web stack dev lint e2e /");
  assert.equal(select([], { all: true }), "dist db api web spare stack dev lint e2e /");
  assert.equal(select([], { skip: ["e2e", "dev", "stack"] }), "dist lint /");
});

test("asked for by name, by tag, by the config's default, or as what a barrier joins", () => {
  assert.equal(select(["spare"]), "spare / spare");
  assert.equal(select(["api"]), "dist db api / api");
  assert.equal(select(["stack"]), "dist db api stack / db api");
  assert.equal(select(["dev"]), "dist db api web stack dev / db api web");
  assert.equal(select(["tag:live"]), "dist db api / db api");
  assert.equal(select([], {}, graphOf(["spare"])), "spare / spare");
  assert.equal(select(["e2e"]), "dist db api web stack e2e /", "who needs them does not keep them");
});

test("patterns and operators mean what ends, where there is any", () => {
  assert.equal(select(["*"]), "dist db api web stack dev lint e2e /");
  assert.equal(select(["sp*"]), "spare / spare");
  assert.equal(select(["dist+"]), "dist db api web stack dev e2e /");
  assert.equal(select(["+spare"]), "spare / spare");
});

test("needed through barriers, not through tasks or services", () => {
  const graph = graphOf();
  const needs = serviceNeeds(graph, servicesOf(graph)!);
  const of = (name: string): string => (needs.get(graph.indexOf(name)) ?? []).map((task) => graph.name(task)).join(" ");
  assert.equal(of("e2e"), "db api web");
  assert.equal(of("web"), "api");
  assert.equal(of("api"), "db");
  assert.equal(of("lint"), "");
  assert.equal(of("dist"), "");
});

test("where there are none nothing is looked for", () => {
  const result = linkGraph(project({ a: {} }));
  assert.ok(result.ok);
  assert.equal(servicesOf(result.value), null);
});
