// What one task made another makes from now on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { workspace, type Workspace } from "../support/rig.ts";
import { transcript } from "../support/story.ts";

/** Two tasks, each with a file and a pattern of its own. */
function declare(w: Workspace, one: string, two: string): void {
  const task = (name: string, dir: string): string => `${name}: { inputs: ["in"], outputs: ["${name}", "${dir}/*.x"], run: "echo ${name} >> ran.log; cp in ${name}; echo ${name} > ${dir}/$(cat in).x" },`;
  w.write("tasks.config.ts", `export default { tasks: {\n  ${task("one", one)}\n  ${task("two", two)}\n} };\n`);
}

test("two tasks that exchange their output patterns", async () => {
  const w = await workspace({ in: "a" });
  declare(w, "gen/p", "gen/q");
  assert.equal((await w.tg("build")).code, 0);
  declare(w, "gen/q", "gen/p");
  const run = await w.tg("build");
  assert.equal(transcript(run, w).split("\n").at(-1), "exit 0", run.stderr);
  assert.deepEqual([w.read("gen/p/a.x"), w.read("gen/q/a.x")], ["two\n", "one\n"]);
  assert.equal(w.ran(), "one,one,two,two");
  assert.match((await w.tg("build")).stdout, /up to date/);
});

test("a pattern that goes over to another task, whose maker keeps one of its own and is not built", async () => {
  const w = await workspace({ in: "a" });
  const one = (outputs: string): string => `one: { inputs: ["in"], outputs: ${outputs}, run: "echo 1 > p/a.x; test ! -d q || echo 1 > q/a.x" },`;
  const two = (outputs: string): string => `two: { inputs: ["in"], outputs: ${outputs}, run: "cp in two; test ! -d q || echo 2 > q/a.x" },`;
  const config = (tasks: string): void => w.write("tasks.config.ts", `export default { tasks: { ${tasks} } };\n`);
  config(one('["p/*.x", "q/*.x"]') + two('["two"]'));
  assert.equal((await w.tg("build one")).code, 0);
  config(one('["p/*.x"]') + two('["two", "q/*.x"]'));
  const run = await w.tg("build two");
  assert.equal(run.code, 0, run.stderr);
  assert.equal(w.read("q/a.x"), "2\n");
});

test("status knows as the build does that what a skipped task declares no more, and another names, is a source by now", async () => {
  const config = (gen: string): string => `export default { tasks: {
  gen: { ${gen} },
  use: { deps: ["gen"], outputs: ["use"], run: "echo use >use" },
  reads: { inputs: ["b"], outputs: ["read"], run: "cat b >read" },
} };\n`;
  const w = await workspace({ "tasks.config.ts": config('outputs: ["a", "b"], run: "echo 1 >a; echo 1 >b"') });
  assert.equal((await w.tg("build")).code, 0);
  w.write("tasks.config.ts", config('when: false, outputs: ["a"], run: "echo 1 >a; echo 1 >b"'));
  w.write("b", "mine");
  assert.match((await w.tg("status use --all")).stdout, /^use +fresh$/m);
  const run = await w.tg("build");
  assert.match(run.stderr, /warning: b is made by no task any more and is a source now[^]*✓ reads[^]*tg: 1 ran, 1 fresh, 1 skipped/);
  assert.equal(run.code, 0);
});
