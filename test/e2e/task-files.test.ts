// Task files on the built command: keyed each by its own code, loaded only when something changed, started by
// themselves, called in a unit test.
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { workspace, type Workspace } from "../support/rig.ts";
import { transcript } from "../support/story.ts";

const COUNT = 30;

/** Every module says when it is evaluated. */
async function many(): Promise<Workspace> {
  const files: Record<string, string> = {
    "package.json": '{ "type": "module" }',
    "tasks.config.ts": `import { defineConfig } from "tg-build";\nexport default defineConfig({ include: ["tasks/*.task.ts"] });`,
    "lib/shared.ts": `export const shared: number = 1;\n`,
    "node_modules/pkg/package.json": '{ "name": "pkg", "version": "1.0.0", "type": "module", "main": "index.js" }',
    "node_modules/pkg/index.js": "export const pkg = 1;\n",
    "in.txt": "1",
  };
  for (let i = 0; i < COUNT; i++) {
    const more = i === 3 ? 'import { shared } from "../lib/shared.ts";\n' : i === 4 ? 'import { pkg as shared } from "pkg";\n' : "const shared = 0;\n";
    files[`tasks/t${i}.task.ts`] = `import { appendFileSync, writeFileSync } from "node:fs";
import { defineTask, type TaskContext } from "tg-build";
${more}appendFileSync("loaded.log", "t${i}\\n");
export default defineTask(import.meta, {
  inputs: ["in.txt"],
  outputs: ["out/t${i}"],
  run({ task, outputs }: TaskContext) {
    appendFileSync("ran.log", task + "\\n");
    writeFileSync(outputs[0]!, String(${i} + shared));
    return ${i} + shared;
  },
});
`;
  }
  return workspace(files);
}

test("an edit of one task file, of what it imports, or of a package runs those who have it, and says so", async () => {
  const w = await many();
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.ran().split(",").length, COUNT);
  w.write("tasks/t7.task.ts", w.read("tasks/t7.task.ts") + "// a thought\n");
  assert.match((await w.tg("why t7")).stdout, /^t7 is stale:\n {2}code changed: tasks\/t7\.task\.ts\n/);
  const { tasks } = JSON.parse((await w.tg("status --json")).stdout) as { tasks: Record<string, { reasons: unknown[] }> };
  assert.deepEqual(Object.values(tasks).flatMap(({ reasons }) => reasons).length, 1);
  await w.tg("build");
  assert.equal(w.ran(), "t7");
  w.write("lib/shared.ts", "export const shared: number = 2;\n");
  assert.match((await w.tg("why t3")).stdout, /code changed: lib\/shared\.ts/);
  await w.tg("build");
  assert.equal(w.ran(), "t3");
  w.write("node_modules/pkg/package.json", w.read("node_modules/pkg/package.json").replace("1.0.0", "1.0.1"));
  assert.match((await w.tg("why t4")).stdout, /code changed: node_modules\/pkg/);
  await w.tg("build");
  assert.equal(w.ran(), "t4");
  w.remove("tasks/t9.task.ts");
  await w.tg("build");
  assert.deepEqual([w.ran(), w.exists("out/t9")], ["", false]);
});

test("a build in which nothing is to be done loads no task file", async () => {
  const w = await many();
  await w.tg("build");
  await w.tg("build");
  w.remove("loaded.log");
  assert.match((await w.tg("build")).stderr + (await w.tg("status")).stdout, /30 tasks/);
  assert.equal(w.exists("loaded.log"), false);
  w.write("in.txt", "2");
  await w.tg("build -j1 t5");
  assert.equal(w.read("loaded.log"), "t5\n");
});

test("a task file alone: with -c, and started by the runtime", async () => {
  const w = await many();
  const alone = process.env["TG_RUNTIME"] ?? `"${process.execPath}" --import tg-build/register`;
  const first = await w.sh(`${alone} tasks/t3.task.ts`);
  assert.equal(first.code, 0, first.stderr);
  assert.deepEqual([w.ran(), w.read("out/t3")], ["t3", "4"]);
  for (const flag of ["--help", "-h"]) assert.match((await w.sh(`${alone} tasks/t3.task.ts ${flag}`)).stdout, /^t3\n {2}reads +in\.txt\n {2}makes +out\/t3\n/);
  assert.match((await w.sh(`${alone} tasks/t3.task.ts status -v`)).stderr, /no task or output "status"/);
  assert.equal((await w.tg("build -c tasks/t3.task.ts")).code, 0);
  assert.equal(w.ran(), "");
  w.write("in.txt", "2");
  assert.match((await w.tg("status -c tasks/t3.task.ts")).stdout, /^t3 {2}stale +input changed: in\.txt/);
  w.write("tasks/bad.task.ts", `import { defineTask } from "tg-build";\nexport default defineTask(import.meta, { run: "exit 3", inputs: ["in.txt"] });\n`);
  const failed = await w.sh(`${alone} ../tasks/bad.task.ts -k`, { cwd: "lib" });
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /task "bad" failed: exit 3/);
});

test("a task file without a package around it takes the folder of the config for its root", async () => {
  const w = await many();
  w.remove("package.json");
  assert.equal((await w.tg("build -c ../tasks/t0.task.ts", { cwd: "lib" })).code, 0);
  assert.equal(w.read("out/t0"), "0");
});

test("a task file's function is called in a unit test without tg", async () => {
  const w = await workspace({
    "package.json": '{ "type": "module" }',
    "sum.task.mjs": `import { defineTask } from "tg-build";\nexport default defineTask(import.meta, { deps: ["list"], run: ({ deps, log }) => { log("summing"); return deps.list.value.reduce((a, b) => a + b); } });\n`,
    "sum.test.mjs": `import assert from "node:assert/strict";
import sum from "./sum.task.mjs";
const said = [];
assert.equal(sum({ deps: { list: { value: [1, 2, 3] } }, log: (text) => said.push(text) }), 6);
assert.deepEqual(said, ["summing"]);
assert.deepEqual(sum.deps, ["list"]);
console.log("tested");
`,
  });
  const run = await w.sh(`${process.env["TG_RUNTIME"] ?? `"${process.execPath}"`} sum.test.mjs`);
  assert.deepEqual([run.code, run.stdout, w.exists(".tg")], [0, "tested\n", false], run.stderr);
});

test("what a task file made alone is nobody's edit to the project, nor the other way round; what a person edited is kept", async () => {
  const w = await workspace({
    "package.json": '{ "type": "module" }',
    "tasks.config.ts": `import { defineConfig } from "tg-build";\nexport default defineConfig({ include: ["tasks/*.task.ts"] });`,
    "in.txt": "1",
    "tasks/sum.task.ts": `import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { defineTask, type TaskContext } from "tg-build";
export default defineTask(import.meta, {
  inputs: ["in.txt"],
  outputs: ["out/sum", "tree/"],
  drift: "error",
  run({ task, outputs }: TaskContext) {
    appendFileSync("ran.log", task + "\\n");
    writeFileSync(outputs[0]!, readFileSync("in.txt"));
    writeFileSync("tree/" + readFileSync("in.txt", "utf8"), readFileSync("in.txt"));
  },
});
`,
  });
  const alone = process.env["TG_RUNTIME"] ?? `"${process.execPath}" --import tg-build/register`;
  assert.equal((await w.tg("build sum")).code, 0);
  w.write("in.txt", "2");
  const first = await w.sh(`${alone} tasks/sum.task.ts`);
  assert.equal(first.code, 0, first.stderr);
  assert.doesNotMatch(first.stderr, /kept in/);
  w.remove("ran.log");
  const second = await w.tg("build sum");
  assert.deepEqual([second.code, w.ran(), w.read("out/sum"), w.read("tree/2"), w.exists("tree/1")], [0, "sum", "2", "2", false], second.stderr);
  assert.equal(transcript(second, w), "2| ✓ sum (N s) — input changed: in.txt (+3 more)\n2| tg: 1 ran (N s)\nexit 0");
  w.write("in.txt", "3");
  assert.equal((await w.tg("build")).code, 0);
  assert.equal((await w.tg("build -c tasks/sum.task.ts")).code, 0);
  assert.deepEqual([w.ran(), w.exists(".tg/saved")], ["sum,sum", false]);
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.ran(), "");

  w.write("out/sum", "mine");
  w.write("in.txt", "4");
  assert.match((await w.tg("build")).stderr, /output out\/sum was edited by hand/);
  assert.equal((await w.tg("touch sum -c tasks/sum.task.ts")).code, 0);
  assert.match((await w.tg("build")).stderr, /output out\/sum was edited by hand/);
  assert.equal(w.read("out/sum"), "mine");
});

test("tasks of files are members of a chain and stand in a sequence, keyed each by its own code", async () => {
  const file = (name: string, more: string): string => `import { appendFileSync, writeFileSync } from "node:fs";
import { defineTask } from "tg-build";
export default defineTask(import.meta, { ${more}, run: () => { appendFileSync("ran.log", "${name}\\n"); writeFileSync("${name}.out", ""); return "${name}"; } });
`;
  const w = await workspace({
    "package.json": '{ "type": "module" }', "in.txt": "1",
    "tasks/one.task.ts": file("one", 'inputs: ["in.txt"], outputs: ["one.out"]'),
    "tasks/two.task.ts": file("two", 'inputs: ["one.out"], outputs: ["two.out"]'),
    "tasks/end.task.ts": file("end", 'inputs: ["in.txt"], outputs: ["end.out"]'),
    "tasks.config.ts": `import { chain, defineConfig, sequence } from "tg-build";
import end from "./tasks/end.task.ts";
import one from "./tasks/one.task.ts";
import two from "./tasks/two.task.ts";
export default defineConfig({ tasks: sequence({ both: chain([one, two]), end }) });`,
  });
  assert.match((await w.tg("build")).stderr, /^tg: 2 ran/m);
  assert.equal(w.ran(), "end,one,two");
  assert.equal((await w.tg("results both")).stdout.trim(), "\"two\"");
  w.write("tasks/two.task.ts", w.read("tasks/two.task.ts") + "// a thought\n");
  assert.match((await w.tg("why both")).stdout, /^both is stale:\n {2}code changed: tasks\/two\.task\.ts\n/);
  assert.match((await w.tg("status")).stdout, /^end +fresh/m);
  w.write("tasks/end.task.ts", w.read("tasks/end.task.ts") + "// a thought\n");
  assert.match((await w.tg("why end")).stdout, /^end is stale:\n {2}code changed: tasks\/end\.task\.ts\n/);
  w.write("tasks/two.task.ts", file("two", 'shell: "/bin/bash", when: true'));
  w.write("tasks/one.task.ts", file("one", 'shell: "/bin/sh"'));
  const run = await w.tg("build");
  assert.equal(run.code, 2);
  assert.match(run.stderr, /"chain\[1\]\.when" is true, expected nothing: it is for the whole chain/);
  assert.match(run.stderr, /"chain\[1\]\.shell" is "\/bin\/bash", expected the same in all members of a chain/);
});
