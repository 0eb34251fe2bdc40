import assert from "node:assert/strict";
import { test } from "node:test";
import { EDGE_KINDS, type Graph } from "../../../src/model/graph.ts";
import { edgePaths, linkGraph } from "../../../src/graph/link.ts";
import type { Problem } from "../../../src/model/problem.ts";
import type { Project } from "../../../src/model/task.ts";
import { project, task, type Short } from "./project.ts";

function linked(shorts: Readonly<Record<string, Short>>, extra?: Partial<Project>): Graph {
  const result = linkGraph(project(shorts, extra));
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}

/** Edges as `user <- needed kind`. */
function edges(graph: Graph): string[] {
  const found: string[] = [];
  for (let i = 0; i < graph.count; i++) {
    for (let e = graph.needStart[i]!; e < graph.needStart[i + 1]!; e++) {
      found.push(`${graph.name(i)} <- ${graph.name(graph.needs[e]!)} ${EDGE_KINDS[graph.needKinds[e]!]}`);
    }
  }
  return found;
}

function problems(shorts: Readonly<Record<string, Short>>, extra?: Partial<Project>): Problem[] {
  const result = linkGraph(project(shorts, extra));
  assert.equal(result.ok, false, "links without a problem");
  return result.ok ? [] : result.problems.map((problem) => JSON.parse(JSON.stringify({ ...problem, at: undefined })) as Problem);
}

function order(graph: Graph): string[] {
  return [...graph.order].map((i) => graph.name(i));
}

test("a literal input and stdin make edges to their writers, a rewritten file to its readers", () => {
  const graph = linked({
    a: { outputs: ["x"], intermediates: ["y"] },
    b: { inputs: ["x", "src"] },
    c: { stdin: "y" },
    f: { inout: ["m.ts"] },
    g: { inputs: ["*.ts"] },
  });
  assert.deepEqual(edges(graph), ["b <- a content", "c <- a content", "g <- f content"]);
});

const READS: readonly (readonly [entries: readonly string[], outputs: readonly string[], edge: boolean])[] = [
  [["src/*.ts"], ["src/gen.ts"], true],
  [["src/*.ts"], ["src/gen.js"], false],
  [["src/*.ts"], ["src/deep/gen.ts"], false],
  [["src/**/*.ts"], ["src/deep/gen.ts"], true],
  [["**/*.ts"], ["gen.ts"], true],
  [["**/*.ts"], ["node_modules/x/gen.ts"], false],
  [["**/*.ts"], [".hidden/gen.ts"], false],
  [["src-x/**"], ["src/gen.ts"], false],
  [["src/**"], ["src-x/gen.ts"], false],
  [["src/**/*.ts", "!src/gen.ts"], ["src/gen.ts"], false],
  [["!src/gen.ts", "src/**/*.ts"], ["src/gen.ts"], true],
  [["src/gen.ts", "!src/*"], ["src/gen.ts"], false],
  [["src/**/*.ts", "!src/gen"], ["src/gen/a.ts"], false],
  [["dist/main.js"], ["dist/"], true],
  [["dist"], ["dist/"], true],
  [["dist-x/main.js"], ["dist/"], false],
  [["dist/*.js"], ["dist/"], true],
  [["dist/sub/*.js"], ["dist/"], true],
  [["**/*.js"], ["a/dist/"], true],
  [["*.js"], ["dist/"], false],
  [["*/*.js"], ["a/dist/"], false],
  [["*/*/*.js"], ["a/dist/"], true],
  [["**/*.js"], ["node_modules/x/"], false],
  [["**/*.js"], [".cache/"], false],
  [["**/*.js", "!dist/**"], ["dist/"], false],
  [["**/*.js", "!**/dist/**"], ["a/dist/"], false],
  [["**/*.js", "!dist"], ["dist/"], false],
  [["**/*.js", "!dist/*.js"], ["dist/"], true],
  [["**/*.ts", "!**/*.d.ts"], ["dist/"], true],
  [["packages/{a,b}/dist/**"], ["packages/c/dist/"], false],
  [["packages/{a,b}/dist/**"], ["packages/b/dist/"], true],
  [["packages/{a,b/c}/*"], ["packages/b/c/"], true],
  [["gen/a.ts"], ["gen/*.ts"], true],
  [["gen/a.js"], ["gen/*.ts"], false],
  [["gen/*.js"], ["gen/*.ts"], false],
  [["gen/a*.ts"], ["gen/b*.ts"], false],
  [["gen/a*.ts"], ["gen/*.ts"], true],
  [["gen/*/x.ts"], ["gen/*.ts"], false],
  [["**/*.ts"], ["gen/*.ts"], true],
  [["**/*.ts", "!gen/**"], ["gen/*.ts"], false],
  [["**/*"], ["gen/**/*.d.ts"], true],
  [["gen/.*"], ["gen/*"], false],
  [["gen"], ["gen/a.ts"], true],
  [["gen"], ["gen/deep/tree/"], true],
  [["gen"], ["gen/*.ts"], true],
  [["gen"], ["general"], false],
  [["a(b"], ["a(b/x"], true],
];

for (const [inputs, outputs, edge] of READS) {
  test(`inputs ${JSON.stringify(inputs)} ${edge ? "read" : "do not read"} ${JSON.stringify(outputs)}`, () => {
    const graph = linked({ user: { inputs }, maker: { outputs } });
    assert.deepEqual(edges(graph), edge ? ["user <- maker content"] : []);
    assert.equal(edgePaths(graph, 1, 0).length > 0, edge);
    assert.deepEqual(order(graph), edge ? ["maker", "user"] : ["user", "maker"]);
  });
}

test("deps, after and validate take names and output paths, a name wins, all kinds stay apart", () => {
  const graph = linked({
    x: { barrier: true },
    a: { outputs: ["x", "tree/", "pat/*.o"] },
    b: { deps: ["x", "tree/file", "tree/", "./pat/a.o"], after: ["a"], validate: ["a", "b"], inputs: ["tree/q"] },
  });
  assert.deepEqual(edges(graph), ["b <- x deps", "b <- a content", "b <- a deps", "b <- a after", "b <- a validate"]);
});

test("the order is the config's where edges leave a choice, and validate does not order", () => {
  const graph = linked({ c: { deps: ["a"] }, z: { validate: ["y"] }, a: {}, y: { after: ["c"] } });
  assert.deepEqual(order(graph), ["z", "a", "c", "y"]);
});

test("producerOf answers for files, trees, patterns and sources", () => {
  const graph = linked({ a: { outputs: ["x/y"], inout: ["fmt.ts"] }, b: { outputs: ["dist/"] }, c: { outputs: ["gen/**/*.ts"] } });
  const paths = ["x/y", "fmt.ts", "dist", "dist/a/b", "distant", "gen/a.ts", "gen/q/a.ts", "gen/a.js", "src"];
  assert.deepEqual(paths.map((path) => graph.producerOf(path)), [0, 0, 1, 1, -1, 2, 2, -1, -1]);
  assert.deepEqual(["a", "c", "d"].map((name) => graph.indexOf(name)), [0, 2, -1]);
});

test("makersFor names who may make what a pattern matches: files, trees and patterns that meet it", () => {
  const graph = linked({ a: { outputs: ["x/y.ts"], inout: ["fmt.ts"] }, b: { outputs: ["dist/"] }, c: { outputs: ["gen/**/*.ts"] }, d: { outputs: ["x/z.js"], intermediates: ["x/.hidden"] } });
  const asked = ["x/*.ts", "x/*", "x/.h*", "**/*.ts", "dist/a/*.js", "d*/x", "gen/a/*.js", "gen/a/b*", "*.ts", "src/**"];
  assert.deepEqual(asked.map((pattern) => graph.makersFor(pattern)), [[0], [0, 3], [3], [0, 1, 2], [1], [1], [], [2], [0], []]);
});

test("isMadeFolder knows the folders that tasks write into or begin a pattern in", () => {
  const graph = linked({ a: { outputs: ["x/y/z"] }, b: { outputs: ["dist/"] }, c: { outputs: ["gen/**/*.ts"] } });
  const paths = ["x", "x/y", "x/y/z", "dist", "dist/a", "gen", "gen/a", "src", "xy"];
  assert.deepEqual(paths.filter((path) => graph.isMadeFolder(path)), ["x", "x/y", "dist", "gen"]);
});

test("unknown names are reported together, with the nearest name or output", () => {
  assert.deepEqual(problems({ build: { outputs: ["out/app.js"], deps: ["tset"] }, test: { after: ["out/apq.js"], validate: ["nothing-like-it"] }, own: { outputs: ["out/own"], deps: ["owm"], after: ["out/owm"] } }), [
    { code: "unknown-dep", task: "build", field: "deps", target: "tset", suggestion: "test" },
    { code: "unknown-dep", task: "test", field: "after", target: "out/apq.js", suggestion: "out/app.js" },
    { code: "unknown-dep", task: "test", field: "validate", target: "nothing-like-it", suggestion: null },
    { code: "unknown-dep", task: "own", field: "deps", target: "owm", suggestion: null },
    { code: "unknown-dep", task: "own", field: "after", target: "out/owm", suggestion: null },
  ]);
});

test("a cycle is shown whole, with the file or field of each edge, the shortest of each knot", () => {
  assert.deepEqual(
    problems({
      a: { inputs: ["c.out"], outputs: ["a.out"] },
      b: { deps: ["a"], outputs: ["b.out"] },
      c: { after: ["b"], outputs: ["c.out"] },
      d: { inputs: ["c.out", "e.out"], deps: ["b"], outputs: ["d.out"] },
      e: { inputs: ["d.*"], outputs: ["e.out"] },
      lonely: { deps: ["lonely"] },
    }),
    [
      { code: "cycle", path: ["lonely", "lonely"], via: ["deps"] },
      { code: "cycle", path: ["a", "c", "b", "a"], via: ["c.out", "after", "deps"] },
      { code: "cycle", path: ["d", "e", "d"], via: ["e.out", "d.out"] },
    ],
  );
});

test("of two ways round, the shorter is shown", () => {
  const found = problems({ a: { deps: ["b"] }, b: { deps: ["c"] }, c: { deps: ["a", "d"] }, d: { deps: ["c"] } });
  assert.deepEqual(found, [{ code: "cycle", path: ["c", "d", "c"], via: ["deps", "deps"] }]);
});

test("validate alone makes no cycle", () => {
  assert.deepEqual(edges(linked({ a: { validate: ["b"] }, b: { deps: ["a"] } })), ["a <- b validate", "b <- a deps"]);
});

test("two writers of one path", () => {
  assert.deepEqual(problems({ a: { outputs: ["x", "x", "t/"] }, b: { outputs: ["x"] }, c: { outputs: ["t/"], inout: ["x"] }, d: { outputs: ["t", "p.o"] }, e: { outputs: ["*.o"] } }), [
    { code: "duplicate-output", path: "x", tasks: ["a", "b"] },
    { code: "duplicate-output", path: "t", tasks: ["a", "c"] },
    { code: "duplicate-output", path: "x", tasks: ["a", "c"] },
    { code: "duplicate-output", path: "t", tasks: ["a", "d"] },
    { code: "duplicate-output", path: "p.o", tasks: ["e", "d"] },
  ]);
});

test("outputs inside the tree of another task", () => {
  const inTree = (path: string, name: string): unknown => ({ code: "output-in-tree", path, task: name, tree: "dist", owner: "owner" });
  assert.deepEqual(
    problems({ file: { outputs: ["dist/a"] }, owner: { outputs: ["dist/", "dist/own/", "dist/own/x"] }, tree: { outputs: ["dist/own/sub/", "distant/"] }, glob: { outputs: ["dist/*.js", "*.js"] } }),
    [inTree("dist/a", "file"), { code: "output-in-tree", path: "dist/own/sub", task: "tree", tree: "dist/own", owner: "owner" }, inTree("dist/*.js", "glob")],
  );
});

test("outputs below what another task makes as a file, unless that one goes first", () => {
  const below = (path: string, task: string, above: string, owner: string): unknown => ({ code: "output-below-file", path, task, above, owner });
  assert.deepEqual(
    problems({
      file: { outputs: ["p/q/r"] }, tree: { outputs: ["p/t/"] }, glob: { outputs: ["p/*.js"] }, owner: { outputs: ["p", "p/own", "x/y"] },
      other: { outputs: ["x/y.z", "x/yy/z"] }, last: { outputs: ["x/yy/z/w"], validate: ["other"] },
      next: { outputs: ["p/n"], deps: ["owner"] }, later: { outputs: ["p/l"], after: ["join"] }, join: { deps: ["owner"], barrier: true },
    }),
    [below("p/q/r", "file", "p", "owner"), below("x/yy/z/w", "last", "x/yy/z", "other"), below("p/t", "tree", "p", "owner"), below("p/*.js", "glob", "p", "owner")],
  );
});

test("outputs in the state folder or in .git, and trees around them", () => {
  const found = problems({ a: { outputs: [".tg/x", "b/.git", ".git/hooks/pre-push"] }, b: { outputs: ["build/"] } }, { stateDir: "build/.tg" as never });
  assert.deepEqual(found, [
    { code: "output-in-state", path: ".git/hooks/pre-push", task: "a", folder: ".git" },
    { code: "output-in-state", path: "build", task: "b", folder: "build/.tg" },
  ]);
});

test("own outputs among own inputs", () => {
  const own = (name: string, path: string, pattern: string): unknown => ({ code: "own-output-as-input", task: name, path, pattern });
  assert.deepEqual(
    problems({
      a: { inputs: ["a/**/*.ts"], outputs: ["a/gen.ts"] },
      b: { inputs: ["b.txt"], outputs: ["b.txt"] },
      c: { inputs: ["c/**"], outputs: ["c/dist/"] },
      d: { inputs: ["d/*.*"], outputs: ["d/*.o"] },
      e: { stdin: "e", outputs: ["e"] },
      good: { inputs: ["g/**", "!g/gen.ts", "!g/dist/**"], outputs: ["g/gen.ts", "g/dist/"], inout: ["g/a.ts"] },
      unsure: { inputs: ["u/a*"], outputs: ["u/*b"] },
    }),
    [own("a", "a/gen.ts", "a/**/*.ts"), own("b", "b.txt", "b.txt"), own("c", "c/dist", "c/**"), own("d", "d/*.o", "d/*.*"), own("e", "e", "e")],
  );
});

test("edge paths name what is read", () => {
  const graph = linked({
    maker: { outputs: ["dist/", "gen/a.ts", "gen/b.ts", "pat/*.o"] },
    user: { inputs: ["gen/*.ts", "!gen/b.ts", "dist/index.js", "pat/**"] },
    whole: { inputs: ["dist/**"], deps: ["maker"] },
  });
  assert.deepEqual(edgePaths(graph, 0, 1), ["dist/index.js", "gen/a.ts", "pat/*.o"]);
  assert.deepEqual(edgePaths(graph, 0, 2), ["dist"]);
});

test("a chain of 50,000 tasks links, and closed to a ring it is one cycle", () => {
  const count = 50_000;
  const tasks = Array.from({ length: count }, (_, i) => task(`t${i}`, { inputs: i + 1 < count ? [`f${i + 1}`] : [], outputs: [`f${i}`] }));
  const open = linkGraph({ ...project({}), tasks });
  assert.ok(open.ok);
  assert.equal(open.value.order[0], count - 1);
  assert.equal(open.value.order[count - 1], 0);
  tasks[count - 1] = task("last", { inputs: ["f0"], outputs: [`f${count - 1}`] });
  const ring = linkGraph({ ...project({}), tasks });
  const problem = ring.ok ? undefined : ring.problems[0];
  assert.equal(problem?.code === "cycle" && problem.path.length, count + 1);
});

test("100,000 tasks with globs over everything link", () => {
  const count = 100_000;
  const tasks = Array.from({ length: count }, (_, i) => {
    const near = [1, 2].filter((step) => i >= step).map((step) => `t${i - step}`);
    return task(`t${i}`, { inputs: [`src/p${i % 1000}/s${i}.c`, "include/config.h"], outputs: [`build/p${i % 1000}/s${i}.o`], deps: near });
  });
  tasks.push(task("all", { inputs: ["build/**/*.o"] }), task("none", { inputs: ["**/*.c", "src/**/*.h"] }), task("one", { inputs: ["build/p7/*.o"] }));
  const result = linkGraph({ ...project({}), tasks });
  assert.ok(result.ok);
  const { needStart } = result.value;
  assert.deepEqual([0, 1, 2].map((i) => needStart[count + i + 1]! - needStart[count + i]!), [count, 0, 100]);
});
