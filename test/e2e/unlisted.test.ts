// A config that cannot take the list that a task made last (foreach({ from })): what makes the list may make another one now.
import assert from "node:assert/strict";
import { test } from "node:test";
import { workspace, type Workspace } from "../support/rig.ts";
import { transcript } from "../support/story.ts";

const HEAD = `import { appendFileSync, readFileSync } from "node:fs";
import { foreach } from "tg-build";
const words = () => { appendFileSync("ran.log", "plan\\n"); return readFileSync("plan.txt", "utf8").trim().split(" "); };
`;
const JOIN = '  join: { inputs: ["out/*"], deps: ["up"], outputs: ["all"], run: "echo join >> ran.log; cat out/* > all" },';
const TEXTS = `  plan: { inputs: ["plan.txt"], params: ["form"], run: () => words() },
  up: foreach({ from: "plan" }, ({ key, value }) => ({ outputs: ["out/" + key], run: "echo " + value.toUpperCase() + " > out/" + key + "; echo 'up[" + key + "]' >> ran.log" })),`;
const OBJECTS = `  plan: { inputs: ["plan.txt"], params: ["form"], run: () => words().map((name) => ({ name })) },
  up: foreach({ from: "plan" }, ({ key, value }) => ({ outputs: ["out/" + key], run: "echo " + value.name.toUpperCase() + " > out/" + key + "; echo 'up[" + key + "]' >> ran.log" }), { key: ({ value }) => value.name }),`;

const config = (tasks: string): string => `${HEAD}export default { params: { form: { type: "string", default: "1" } }, tasks: {\n${tasks}\n${JOIN}\n} };\n`;

async function built(): Promise<Workspace> {
  const w = await workspace({ "tasks.config.ts": config(TEXTS), "plan.txt": "a b c" });
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.ran(), "join,plan,up[a],up[b],up[c]");
  return w;
}

test("elements of another shape, with the callback that takes them: the list is made first", async () => {
  const w = await built();
  w.write("tasks.config.ts", config(OBJECTS));
  w.write("plan.txt", "a b");
  assert.match(transcript(await w.tg("status"), w), /plan +stale[^]*up +maybe stale[^]*exit 0$/);
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.ran(), "join,plan", "what came out equal does not run");
  assert.deepEqual([w.read("all"), w.exists("out/c")], ["A\nB\n", false]);
  assert.match((await w.tg("build")).stdout, /up to date/);
});

test("a task that takes over what an instance of the last list made", async () => {
  const w = await built();
  w.write("plan.txt", "a b");
  w.write("tasks.config.ts", config(`${TEXTS}\n  own: { outputs: ["out/c"], run: "echo own > out/c" },`));
  const run = await w.tg("build");
  assert.equal(run.code, 0, run.stderr);
  assert.equal(w.read("all"), "A\nB\nown\n");
  w.write("plan.txt", "a b c");
  assert.match(transcript(await w.tg("build"), w), /out\/c is an output of both[^]*exit 1$/);
  w.write("plan.txt", "a b");
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.read("all"), "A\nB\nown\n");
});

test("a callback that is wrong for the new list as well fails the task, and what was made stays", async () => {
  const w = await built();
  w.write("tasks.config.ts", config(TEXTS.replace("value.toUpperCase", "value.name.toUpperCase")));
  for (let i = 0; i < 2; i++) {
    assert.match(transcript(await w.tg("build"), w), /tasks\.config\.ts:6:\d+: TypeError[^]*"plan": its list could not be made into tasks of "up"[^]*exit 1$/);
    assert.equal(w.ran(), "plan");
    assert.ok(w.exists("out/a"));
  }
  w.write("tasks.config.ts", config(TEXTS));
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.ran(), "plan");
});

test("where nobody makes the list anew the config is wrong, and nothing runs", async () => {
  const task = 'import { defineTask } from "tg-build";\nimport { readFileSync } from "node:fs";\nexport default defineTask(import.meta, { inputs: ["plan.txt"], run: () => readFileSync("plan.txt", "utf8").trim().split(" ") });\n';
  const text = (callback: string): string => `import { foreach } from "tg-build";\nexport default { include: ["tasks/*.task.ts"], tasks: { up: foreach({ from: "plan" }, ({ key, value }) => ({ outputs: ["out/" + key], run: "echo " + ${callback} + " > out/" + key })), other: { outputs: ["o"], run: "echo > o" } } };\n`;
  const w = await workspace({ "tasks.config.ts": text("value"), "tasks/plan.task.ts": task, "plan.txt": "a b" });
  assert.equal((await w.tg("build")).code, 0);
  w.write("tasks.config.ts", text("value.name.toUpperCase()"));
  for (const words of ["build", "status", "build other", "why plan"]) assert.match(transcript(await w.tg(words), w), /^2\| tg: tasks\.config\.ts:2:\d+: TypeError[^]*exit 2$/, words);
  assert.ok(w.exists("out/a"));
  w.write("plan.txt", "a c");
  assert.match(transcript(await w.tg("build other"), w), /exit 2$/);
  assert.match(transcript(await w.tg("build"), w), /its list could not be made[^]*exit 1$/);
});
