import assert from "node:assert/strict";
import { test } from "node:test";
import { linkGraph } from "../../../src/graph/link.ts";
import { pictureOf, type PictureOptions } from "../../../src/graph/picture.ts";
import type { Graph } from "../../../src/model/graph.ts";
import type { TaskState } from "../../../src/model/state.ts";
import type { Task } from "../../../src/model/task.ts";
import { project, task, type Short } from "./project.ts";

const SHORTS: Readonly<Record<string, Short>> = {
  gen: { outputs: ["gen.ts"] },
  dist: { inputs: ["gen.ts", "src/*.ts"], outputs: ["dist/"], after: ["gen"] },
  test: { deps: ["dist"], after: ["end"], validate: ["lint"] },
  lint: {},
  end: {},
  'img["a/b"]': { deps: ["gen"] },
  all: { barrier: true, deps: ["test", "dist", 'img["a/b"]'] },
};

function link(tasks: readonly Task[]): Graph {
  const result = linkGraph({ ...project({}), tasks });
  if (!result.ok) throw new Error(JSON.stringify(result.problems.slice(0, 3)));
  return result.value;
}

const GRAPH = link(project(SHORTS).tasks);

function picture(options: PictureOptions, graph: Graph = GRAPH): string[] {
  const text = pictureOf(graph, options);
  assert.ok(text.endsWith("\n") && !text.endsWith("\n\n"), "ends in one newline");
  return text.slice(0, -1).split("\n");
}

function only(...names: readonly string[]): Uint8Array {
  return Uint8Array.from({ length: GRAPH.count }, (_, i) => Number(names.includes(GRAPH.name(i))));
}

const STATES: Readonly<Record<string, TaskState>> = { gen: "fresh", dist: "stale", test: "maybe" };
const states = (i: number): TaskState | null => STATES[GRAPH.name(i)] ?? null;

test("mermaid: safe ids, arrows from needed to user, one per pair", () => {
  assert.deepEqual(picture({ format: "mermaid" }), [
    "flowchart LR",
    "  gen",
    "  dist",
    "  test",
    "  lint",
    '  n4["end"]',
    '  n5["img[#34;a/b#34;]"]',
    '  all(["all"])',
    "  gen --> dist",
    "  dist --> test",
    "  lint -. validate .-> test",
    "  n4 -.-> test",
    "  gen --> n5",
    "  dist --> all",
    "  test --> all",
    "  n5 --> all",
  ]);
});

test("mermaid: states become classes, and unwanted tasks are left out with their edges", () => {
  assert.deepEqual(picture({ format: "mermaid", states, wanted: only("gen", "dist", "lint") }), [
    "flowchart LR",
    "  gen:::fresh",
    "  dist:::stale",
    "  lint",
    "  gen --> dist",
    "  classDef fresh fill:#b7e1b0,color:#000",
    "  classDef stale fill:#ffe08a,color:#000",
  ]);
});

test("mermaid: a task named like a made-up id does not take it", () => {
  const graph = link([task("n1", {}), task("a b", { deps: ["n1"] })]);
  assert.deepEqual(picture({ format: "mermaid" }, graph), ["flowchart LR", '  n0["n1"]', '  n1["a b"]', "  n0 --> n1"]);
});

test("dot: quoted names, styles by kind and state", () => {
  assert.deepEqual(picture({ format: "dot", states, wanted: only("dist", "test", "lint", "end", "all", 'img["a/b"]') }), [
    "digraph tg {",
    "  rankdir=LR;",
    '  node [shape=box, style="rounded,filled", fillcolor="#f4f4f4"];',
    '  "dist" [fillcolor="#ffe08a", tooltip="stale"];',
    '  "test" [fillcolor="#fff4c9", tooltip="maybe stale"];',
    '  "lint";',
    '  "end";',
    '  "img[\\"a/b\\"]";',
    '  "all" [shape=ellipse];',
    '  "dist" -> "test";',
    '  "lint" -> "test" [style=dotted, label="validate"];',
    '  "end" -> "test" [style=dashed];',
    '  "dist" -> "all";',
    '  "test" -> "all";',
    '  "img[\\"a/b\\"]" -> "all";',
    "}",
  ]);
});

test("ascii: a tree from what nobody needs, every task with its needs once", () => {
  assert.deepEqual(picture({ format: "ascii", states }), [
    "all",
    "├─ dist (stale)",
    "│  └─ gen (fresh)",
    "├─ test (maybe stale)",
    "│  ├─ dist (stale) (above)",
    "│  ├─ lint",
    "│  └─ end",
    '└─ img["a/b"]',
    "   └─ gen (fresh)",
  ]);
});

test("what joins others is ok where tg status says so", () => {
  const fresh = (): TaskState => "fresh";
  assert.deepEqual(picture({ format: "ascii", states: fresh, wanted: only("gen", "all") }), ["gen (fresh)", "all (ok)"]);
  assert.match(picture({ format: "dot", states: fresh, wanted: only("all") }).join(), /tooltip="ok"/);
  assert.match(picture({ format: "json", states: fresh, wanted: only("all") }).join(""), /"state": "fresh"/);
});

test("ascii: tasks that only validate one another are shown too", () => {
  const graph = link([task("a", { validate: ["b"] }), task("b", { validate: ["a"] })]);
  assert.deepEqual(picture({ format: "ascii" }, graph), ["a", "└─ b", "   └─ a (above)"]);
});

test("ascii: a chain of 50,000 shows every task and no long line", () => {
  const graph = link(Array.from({ length: 50_000 }, (_, i) => task(`t${i}`, { deps: i === 0 ? [] : [`t${i - 1}`] })));
  const lines = picture({ format: "ascii" }, graph);
  assert.equal(new Set(lines.map((line) => /t\d+/.exec(line)![0])).size, 50_000);
  assert.ok(lines.every((line) => line.length < 100));
});

test("json: the shape that programs rely on", () => {
  assert.deepEqual(JSON.parse(pictureOf(GRAPH, { format: "json", states, wanted: only("gen", "dist", "test", "lint") })), {
    version: 1,
    nodes: [{ name: "gen", state: "fresh" }, { name: "dist", state: "stale" }, { name: "test", state: "maybe" }, { name: "lint", state: null }],
    edges: [
      { from: "gen", to: "dist", kind: "content", paths: ["gen.ts"] },
      { from: "gen", to: "dist", kind: "after", paths: [] },
      { from: "dist", to: "test", kind: "deps", paths: [] },
      { from: "lint", to: "test", kind: "validate", paths: [] },
    ],
  });
});

test("an empty graph is a picture too", () => {
  assert.deepEqual(JSON.parse(pictureOf(link([]), { format: "json" })), { version: 1, nodes: [], edges: [] });
  assert.deepEqual(picture({ format: "mermaid" }, link([])), ["flowchart LR"]);
});
