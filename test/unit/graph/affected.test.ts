import assert from "node:assert/strict";
import { test } from "node:test";
import { affectedBy, overOf, type Clues } from "../../../src/graph/affected.ts";
import { linkGraph } from "../../../src/graph/link.ts";
import type { Change } from "../../../src/model/change.ts";
import type { Graph } from "../../../src/model/graph.ts";
import type { AbsolutePath, FilePath } from "../../../src/model/path.ts";
import type { Task, TaskName } from "../../../src/model/task.ts";
import { project, type Short } from "./project.ts";

function graphOf(shorts: Readonly<Record<string, Short>>, more: Readonly<Record<string, Partial<Task>>> = {}): Graph {
  const short = project(shorts);
  const linked = linkGraph({ ...short, tasks: short.tasks.map((task) => ({ ...task, ...more[task.name] })) });
  if (!linked.ok) throw new Error(JSON.stringify(linked.problems));
  return linked.value;
}

const change = (path: string, more: Partial<Change> = {}): Change => ({ path: path as FilePath, kind: "edited", tracked: true, whole: false, ...more });

function affected(graph: Graph, changes: readonly Change[], clues: Partial<Clues> = {}): string {
  const flags = affectedBy(graph, changes, { redefined: false, root: "/r" as AbsolutePath, traces: [], madeBy: () => [], eachReader: () => {}, ...clues });
  return [...flags].flatMap((bit, task) => (bit === 1 ? [graph.name(task)] : [])).join(" ");
}

const CHAIN = graphOf({
  gen: { inputs: ["in"], outputs: ["gen/"] },
  lib: { inputs: ["gen/x", "src/**"], outputs: ["lib.o"] },
  joined: { barrier: true, deps: ["lib"] },
  test: { deps: ["joined"] },
  after: { inputs: ["own"], after: ["gen"], outputs: ["after.o"] },
  checked: { inputs: ["more"], validate: ["gen"] },
});

test("what reads a changed file, and what takes content from that, through barriers", () => {
  assert.equal(affected(CHAIN, [change("in")]), "gen lib test");
  assert.equal(affected(CHAIN, [change("src/a/b")]), "lib test");
  assert.equal(affected(CHAIN, [change("nobody's"), change("own")]), "after");
  assert.equal(affected(CHAIN, []), "");
});

test("what a task makes is no source: its maker counts where it is tracked", () => {
  assert.equal(affected(CHAIN, [change("gen/x", { tracked: false })]), "");
  assert.equal(affected(CHAIN, [change("gen/x")]), "gen lib test");
});

test("what stands for a whole folder affects what reads below it", () => {
  assert.equal(affected(CHAIN, [change("src")]), "");
  assert.equal(affected(CHAIN, [change("src", { whole: true })]), "lib test");
});

test("another definition may be any: all but barriers", () => {
  assert.equal(affected(CHAIN, [], { redefined: true }), "gen lib test after checked");
});

test("what is known from earlier runs: files that were reported, also of a task that was only ordered before, and questions", () => {
  const reads = (task: string, path: string): Pick<Clues, "eachReader"> => ({ eachReader: (paths, take) => void (paths.includes(path as FilePath) && take(CHAIN.indexOf(task))) });
  assert.equal(affected(CHAIN, [change("x.h")], reads("checked", "x.h")), "checked");
  assert.equal(affected(CHAIN, [change("in")], { ...reads("after", "gen/y"), madeBy: (task) => (CHAIN.name(task) === "gen" ? ["gen/y" as FilePath] : []) }), "gen lib test after");
  const asked = (text: string): Pick<Clues, "traces"> => ({ traces: [[CHAIN.indexOf("checked"), [[text, ""]]]] });
  assert.equal(affected(CHAIN, [change("x.txt")], asked("glob *.txt")), "checked");
  assert.equal(affected(CHAIN, [change("x.md")], asked("glob *.txt")), "");
  assert.equal(affected(CHAIN, [change("x.txt")], asked("need ./x.txt")), "checked");
  assert.equal(affected(CHAIN, [change("x.txt")], asked("absent /r/x.txt")), "checked");
  assert.equal(affected(CHAIN, [change("in")], asked("need gen")), "gen lib test checked");
  assert.equal(affected(CHAIN, [change("in")], asked("glob gen/*")), "gen lib test checked");
  assert.equal(affected(CHAIN, [change("in")], asked("env HOME")), "gen lib test");
});

const file = (path: string) => ({ kind: "file", path: path as FilePath, optional: false }) as const;
const family = { over: [{ kind: "glob", pattern: "p/**/*.md", allowEmpty: true, dot: false }, { kind: "not", pattern: "p/no*" }, file("q/z.md")], minSuccess: null } as const;
const each = (key: string): Partial<Task> => ({ each: { family: "f" as TaskName, key } });
const FAMILY = graphOf({
  "f[a]": { inputs: ["p/a.md"] }, "f[x/b]": {}, "f[z]": {}, f: { barrier: true, deps: ["f[a]", "f[x/b]", "f[z]"] }, user: { deps: ["f"] },
}, { "f[a]": each("a"), "f[x/b]": each("x/b"), "f[z]": each("z"), f: { family } });

test("families: the instance of a file that has come, by its key; all where none has it", () => {
  const added = (path: string): Change => change(path, { kind: "added" });
  assert.equal(affected(FAMILY, [change("p/a.md")]), "f[a] user");
  assert.equal(affected(FAMILY, [added("p/x/b.md")]), "f[x/b] user");
  assert.equal(affected(FAMILY, [added("q/z.md")]), "f[z] user");
  assert.equal(affected(FAMILY, [added("p/other.md")]), "f[a] f[x/b] f[z] user");
  assert.equal(affected(FAMILY, [added("p/no.md"), added("p/x.txt")]), "");
  assert.deepEqual([...overOf([change("p/a.md"), change("p/no.md"), change("q/z.md")])(family)], ["p/a.md", "q/z.md"]);
});

test("a list that an affected task makes: its instances and the family, which may get more", () => {
  const from = "plan" as TaskName;
  const graph = graphOf(
    { plan: { inputs: ["in"] }, "f[a]": { after: ["plan"] }, f: { barrier: true, deps: ["f[a]"], after: ["plan"] }, user: { deps: ["f"] } },
    { "f[a]": { each: { family: "f" as TaskName, key: "a", from } }, f: { family: { over: [], minSuccess: null, from: { task: from, lines: null } } } },
  );
  assert.equal(affected(graph, [change("in")]), "plan f[a] f user");
  const later = graphOf(
    { seed: { inputs: ["in"], outputs: ["seed"] }, "f[a]": { inputs: ["seed"], after: ["plan"] }, plan: { inputs: ["plan.in"], deps: ["seed"] }, f: { barrier: true, deps: ["f[a]"], after: ["plan"] }, all: { barrier: true, deps: ["f"] }, finds: { after: ["all"] }, follows: { after: ["all"] } },
    { "f[a]": { each: { family: "f" as TaskName, key: "a", from } }, f: { family: { over: [], minSuccess: null, from: { task: from, lines: null } } }, finds: { depfile: { path: "d" as FilePath, format: "lines", optional: false } } },
  );
  assert.equal(affected(later, [change("in")]), "seed f[a] plan f finds");
});

test("a long chain, and many files and patterns, by lookups", () => {
  const shorts: Record<string, Short> = {};
  for (let i = 0; i < 20_000; i++) shorts[`t${i}`] = { inputs: [i === 0 ? "in" : `o${i - 1}`, `src/d${i}/*.c`], outputs: [`o${i}`] };
  const graph = graphOf(shorts);
  const many = Array.from({ length: 100_000 }, (_, i) => change(`src/d${i % 20_000}/x${i}.h`));
  assert.equal(affected(graph, many), "");
  assert.equal(affected(graph, [...many, change("in")]).split(" ").length, 20_000);
});
