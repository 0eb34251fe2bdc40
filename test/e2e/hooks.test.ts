// What runs beside tasks and around builds: hooks, `when`, `wrap`, `isolate`, outputs left alone; who hears of what, and
// what their failures do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { workspace } from "../support/rig.ts";
import { config, tell } from "../support/story.ts";

tell([
  { title: "before fails: the attempt has failed, the command does not run", tasks: `    a: { before: "echo no; exit 3", run: "echo never" },`, when: "build", then: `
      2| ✗ a (N s) — its "before" hook failed: exit 3
      2| no
      2| tg: task "a": its "before" hook failed: exit 3
      2|     log: .tg/logs/a.log
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "afterRun fails after success; after a failure the task's own stands", tasks: `
    a: { run: "true", afterRun: ["no-such-program"] },
    b: { run: "exit 5", afterRun: "exit 6" },`, when: "build -k -j 1", then: `
      2| ✗ a (N s) — its "afterRun" hook failed: no-such-program: command not found
      2| ✗ b (N s) — exit 5
      2| tg: task "a": its "afterRun" hook failed: no-such-program: command not found
      2| tg: task "b" failed: exit 5 after N s: exit 5
      2| tg: 2 failed (N s)
      exit 1` },
  { title: "when: a wrong answer, and one that throws", tasks: `
    a: { when: () => 1, run: "true" },
    b: { when: () => { throw new Error("what?"); }, run: "true" },`, when: "build -k -j 1", then: `
      2| ✗ a (N s) — "when" said 1
      2| ✗ b (N s) — its "when" hook failed: Error: what?
      2| tg: task "a": "when" said 1
      2|     try: return true or false
      2| tg: task "b": its "when" hook failed: Error: what?
      2|     Object.when tasks.config.ts:5:30
      2| tg: 2 failed (N s)
      exit 1` },
  { title: "setup fails: nothing runs, teardown does", files: { "tasks.config.ts": config('    a: { run: "echo a >>log" },', '\n  setup: "echo sorry; exit 2",\n  teardown: "echo bye",') }, when: "build", then: `
      2| ✗ setup (N s)
      2| sorry
      2| tg: the "setup" hook failed: exit 2
      2| ✓ teardown (N s)
      2| bye
      2| tg: 1 not started (N s)
      exit 1` },
  { title: "bad hooks, all at once", files: { "tasks.config.ts": config('    a: { before: 1, afterRun: [], when: "yes", wrap: "nice", isolate: "thread", run: () => {} },\n    b: { wrap: ["nice"], run: () => {} },', '\n  setup: "",\n  onFailure: {},') }, when: "build", then: `
      2| tg: config: "setup" is "", expected shell text, a program with its arguments, or a function of the config's own modules
      2|     at tasks.config.ts:6
      2| tg: config: "onFailure" is an object, expected shell text, a program with its arguments, or a function of the config's own modules
      2|     at tasks.config.ts:7
      2| tg: task "a": "before" is 1, expected shell text, a program with its arguments, or a function of the config's own modules
      2|     at tasks.config.ts:3
      2| tg: task "a": "afterRun" is an empty array, expected shell text, a program with its arguments, or a function of the config's own modules
      2|     at tasks.config.ts:3
      2| tg: task "a": "when" is "yes", expected true, false, or a function that says which
      2|     at tasks.config.ts:3
      2| tg: task "a": "wrap" is "nice", expected a command in \`run\`: a function cannot be wrapped
      2|     at tasks.config.ts:3
      2| tg: task "a": "wrap" is "nice", expected the words that stand before the command: ["nice", "-n", "19"]
      2|     at tasks.config.ts:3
      2| tg: task "a": "isolate" is "thread", expected "worker" or "process"
      2|     at tasks.config.ts:3
      2| tg: task "b": "wrap" is an array, expected a command in \`run\`: a function cannot be wrapped
      2|     at tasks.config.ts:4
      exit 2` },
]);

test("before and afterRun run for each attempt, in the task's folder, and only when the task runs", async () => {
  const w = await workspace({ in: "1", "sub/x": "", "tasks.config.ts": config(`    a: { inputs: ["in"], cwd: "sub", retries: 1, before: "echo before $(basename $PWD) $TG_TASK >>../log", run: "[ $TG_ATTEMPT = 2 ]", afterRun: "echo after $TG_OUTCOME $TG_EXIT >>../log" },`) });
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.read("log"), "before sub a\nafter failed 1\nbefore sub a\nafter ok 0\n");
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.read("log").split("\n").length, 5);
});

/** Two seconds after a command has ended its pipes are waited for no longer. */
test("a limit that comes while something left behind holds the pipes: what has not begun by then did not run, what has ended did", async () => {
  const w = await workspace({ in: "1", before: "old", chain: "old", "tasks.config.ts": `import { chain } from "tg-build";
export default { tasks: {
  before: { timeout: "1800ms", inputs: ["in"], outputs: ["before"], before: "sleep 9 &", run: "cp in before" },
  chain: chain([{ run: "sleep 9 &" }, { inputs: ["in"], outputs: ["chain"], run: "cp in chain" }], { timeout: "1800ms" }),
  after: { timeout: "1800ms", inputs: ["in"], outputs: ["after"], run: "cp in after; sleep 9 &", afterRun: "echo $TG_OUTCOME >log; exit 3" },
} };
` });
  const run = await w.tg("build -k -j 3");
  assert.equal(run.code, 1);
  for (const name of ["before", "chain"]) assert.match(run.stderr, new RegExp(`task "${name}" timed out after 1.8 s`));
  assert.equal(w.read("log"), "ok\n");
  const { tasks } = JSON.parse((await w.tg("status --json --all")).stdout);
  assert.deepEqual(["before", "chain", "after"].map((name) => tasks[name].state), ["failed", "failed", "failed"]);
});

test("afterRun sees a timeout and may tidy up; it is in the key, before is not", async () => {
  const w = await workspace({ in: "1", "tasks.config.ts": config(`    t: { timeout: "200ms", run: "sleep 9", afterRun: "sleep 0.3; echo $TG_OUTCOME >>log" },`) });
  assert.equal((await w.tg("build")).code, 1);
  assert.equal(w.read("log"), "timed-out\n");
  const task = (before: string, after: string): string => config(`    k: { inputs: ["in"], outputs: ["k"], before: "${before}", run: "cp in k", afterRun: "${after}" },`);
  w.write("tasks.config.ts", task("true", "true"));
  await w.tg("build");
  w.write("tasks.config.ts", task("true 2", "true"));
  assert.match((await w.tg("status")).stdout, /k +fresh/);
  w.write("tasks.config.ts", task("true 2", "echo >>k"));
  assert.match((await w.tg("status")).stdout, /k +stale +declaration changed: afterRun/);
  await w.tg("build");
  assert.equal(w.read("k"), "1\n");
  assert.match((await w.tg("status")).stdout, /k +fresh/);
});

test("when: skipped tasks record nothing, keep what is there, and let others go on", async () => {
  const w = await workspace({ in: "1", "tasks.config.ts": config(`
    a: { inputs: ["in"], outputs: ["a"], params: { on: { type: "boolean", default: false } }, cache: { ignore: ["param:on"] }, when: (ctx) => ctx.params.on, run: "cp in a" },
    b: { inputs: [{ path: "a", optional: true }], outputs: ["b"], run: "cat a >b 2>/dev/null || echo none >b" },`) });
  const first = await w.tg("build -v");
  assert.equal(first.code, 0);
  assert.match(first.stderr, /- a — skipped/);
  assert.equal(w.read("b"), "none\n");
  await w.tg("build --param on=true");
  assert.equal(w.read("b"), "1");
  w.write("in", "2");
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.read("a"), "1");
  assert.match((await w.tg("status")).stdout, /a +stale +input changed: in/);
  await w.tg("build --param on=true");
  assert.equal(w.read("b"), "2");
  assert.equal((await w.tg("status --check")).code, 0);
});

test("a function after a command is given values by name, and may return one, as a function that runs", async () => {
  const alone = (more: string): string => `import { writeFileSync } from "node:fs";\nimport { defineTask } from "tg-build";\nexport default defineTask(import.meta, { ${more} });\n`;
  const pair = alone('deps: ["a", "b"], outputs: ["pair"], run: "true", afterRun: ({ deps }) => writeFileSync("pair", deps.a.value + " " + deps.b.value)');
  const named = (one: string): string => `import a from "./a.task.ts";\nimport b from "./b.task.ts";\nimport pair from "./pair.task.ts";\n${config(`    a, b, pair,
    ${one}: { inputs: ["in"], run: "true", afterRun: () => 3 },
    last: { deps: ["${one}"], outputs: ["last"], run: "echo >last" },`)}`;
  const w = await workspace({ in: "1", "a.task.ts": alone("run: () => 1"), "b.task.ts": alone("run: () => 2"), "pair.task.ts": pair, "tasks.config.ts": named("one") });
  await w.tg("build -q");
  w.write("a.task.ts", alone("run: () => 2"));
  w.write("b.task.ts", alone("run: () => 1"));
  await w.tg("build -q");
  assert.equal(w.read("pair"), "2 1");
  w.write("tasks.config.ts", named("uno"));
  assert.match((await w.tg("status last")).stdout, /^last +maybe stale +may change: what "uno" makes$/m);
});

test("when: whether a task without outputs runs is not known before it is asked, nor is what stands below it", async () => {
  const w = await workspace({ in: "1", "tasks.config.ts": `import fs from "node:fs";\n${config(`    lint: { inputs: ["in"], when: () => fs.existsSync("on"), run: "true" },\n    b: { deps: ["lint"], outputs: ["b"], run: "echo >b" },`)}` });
  assert.equal((await w.tg("build")).code, 0);
  assert.match((await w.tg("status")).stdout, /lint +stale +never ran\nb +maybe stale/);
  assert.match((await w.tg("build -v")).stderr, /- lint — skipped\n- b — fresh/);
  w.write("on", "");
  assert.match((await w.tg("status")).stdout, /b +maybe stale +may change: what "lint" makes/);
  assert.match((await w.tg("build -v")).stderr, /✓ lint .*\n[^]*✓ b /);
  assert.equal((await w.tg("status --check")).code, 0);
  w.remove("on");
  w.write("in", "2");
  assert.match((await w.tg("build -v")).stderr, /- lint — skipped\n- b — fresh/);
});

test("when: who ran without an intermediate may have to run, until its task has been asked again", async () => {
  const w = await workspace({ in: "1", "tasks.config.ts": `import fs from "node:fs";\n${config(`    mid: { when: () => !fs.existsSync("off"), intermediates: ["m"], run: "echo mid >>ran.log; echo >m" },\n    use: { deps: ["mid"], inputs: ["in"], outputs: ["use"], run: "echo use >>ran.log; echo >use" },`)}` });
  await w.tg("build");
  assert.equal(w.ran(), "mid,use");
  w.remove("m");
  w.write("off", "");
  w.write("in", "2");
  await w.tg("build");
  assert.equal(w.ran(), "use");
  assert.match((await w.tg("status")).stdout, /mid +maybe stale +.*\nuse +maybe stale +may change: m \(from "mid"\)/);
  await w.tg("build");
  assert.equal(w.ran(), "");
  w.remove("off");
  await w.tg("build");
  assert.equal(w.ran(), "mid,use");
  assert.equal((await w.tg("status --check")).code, 0);
});

test("when: a function that was told of nothing is asked no more than that, until its task says yes", async () => {
  const asks = (name: string, ask: string): string => `    ${name}: { inputs: ["in"], outputs: ["${name}"], run: async (ctx) => { ${ask}; fs.appendFileSync("ran.log", "${name}\\n"); fs.writeFileSync("${name}", ""); } },\n`;
  const w = await workspace({ in: "1", "tasks.config.ts": `import fs from "node:fs";\n${config(`    mid: { when: () => !fs.existsSync("off"), intermediates: ["m"], run: "echo mid >>ran.log; echo >m" },\n${asks("task", 'await ctx.need("mid")')}${asks("file", 'await ctx.need("m").catch(() => {})')}${asks("glob", 'await ctx.glob("m*")')}`)}` });
  for (const target of ["task", "file", "glob"]) {
    w.write("in", target);
    w.remove("off");
    await w.tg(`build ${target}`);
    w.remove("m");
    w.write("off", "");
    w.write("in", "2");
    w.ran();
    await w.tg(`build ${target}`);
    assert.equal(w.ran(), target);
    assert.match((await w.tg(`status ${target}`)).stdout, /mid +maybe stale +.*\n(task|file|glob) +maybe stale +need may change: "(need mid|need m|glob m\*)"/);
    assert.match((await w.tg(`build ${target}`)).stdout, /1 task up to date, 1 skipped/);
    assert.equal(w.ran(), "");
    w.remove("off");
    await w.tg(`build ${target}`);
    assert.equal(w.ran(), ["mid", target].sort().join());
    assert.equal((await w.tg(`status --check ${target}`)).code, 0);
  }
});

test("ctx.ignoreOutputs leaves the record as it was", async () => {
  const w = await workspace({ in: "1", "tasks.config.ts": `import fs from "node:fs";\n${config(`    a: { inputs: ["in"], outputs: ["a"], run: (ctx) => { if (fs.readFileSync("in", "utf8") === "2") ctx.ignoreOutputs(); else fs.copyFileSync("in", "a"); } },\n    b: { inputs: ["a"], outputs: ["b"], run: "cp a b" },`)}` });
  await w.tg("build");
  w.write("in", "2");
  const run = await w.tg("build");
  assert.equal(run.code, 0, run.stderr);
  assert.equal(w.read("b"), "1");
  assert.match((await w.tg("status")).stdout, /a +stale +input changed: in/);
  w.write("in", "1");
  assert.equal((await w.tg("status --check")).code, 0);
});

test("wrap stands before argv and shell text, also of a chain's members, and is in the key", async () => {
  const task = (value: string): string => `import { chain } from "tg-build";\n${config(`    a: { outputs: ["a"], wrap: ["env", "W=${value}"], run: ["sh", "-c", "echo $W >a"] },\n    b: { outputs: ["b"], wrap: ["env", "W=${value}"], run: "echo $\{W} 'x y' >b" },\n    c: chain([{ outputs: ["c1"], run: "echo $\{W:-none} >c1" }, { outputs: ["c2"], wrap: ["env", "W=${value}"], run: "echo $W >c2" }]),`)}`;
  const w = await workspace({ "tasks.config.ts": task("1") });
  assert.equal((await w.tg("build")).code, 0);
  assert.deepEqual([w.read("a"), w.read("b"), w.read("c1"), w.read("c2")], ["1\n", "1 x y\n", "none\n", "1\n"]);
  w.write("tasks.config.ts", task("2"));
  const status = (await w.tg("status")).stdout;
  assert.match(status, /a +stale +declaration changed: wrap/);
  assert.match(status, /c +stale +command changed/);
});

test("isolate: a process of its own; a function with a folder finds its module", async () => {
  const w = await workspace({ "sub/x": "", "tasks.config.ts": config(["a", "b", "c"].map((name) => `    ${name}: { cwd: "sub", ${name === "b" ? 'isolate: "process", ' : ""}run: () => process.pid },`).join("\n")) });
  assert.equal((await w.tg("build -j 1")).code, 0);
  const pid = async (name: string): Promise<string> => (await w.tg(`results ${name}`)).stdout.trim();
  const [a, b, c] = [await pid("a"), await pid("b"), await pid("c")];
  assert.equal(a, c);
  assert.notEqual(a, b);
});

test("teardown comes once after Ctrl-C, and a build without work has no hooks", async () => {
  const w = await workspace();
  const gate = w.gate("g");
  w.write("tasks.config.ts", config(`    a: { run: ${JSON.stringify(gate.command)} },`, `\n  setup: "echo setup >>log",\n  teardown: () => { process.getBuiltinModule("node:fs").appendFileSync("log", "teardown\\n"); },\n  onFailure: "echo failed >>log",`));
  const run = w.start("build");
  await gate.reached();
  run.signal("SIGINT");
  assert.equal((await run.done).signal, "SIGINT");
  assert.equal(w.read("log"), "setup\nteardown\n");
  w.write("tasks.config.ts", config(`    a: { outputs: ["x"], run: "echo >x" },`, `\n  setup: "echo setup >>log",`));
  await w.tg("build");
  w.write("log", "");
  await w.tg("build");
  assert.equal(w.read("log"), "");
});

test("onFailure hears of each failure without leave, in turn, as a command and as a function", async () => {
  const tasks = `    a: { run: "exit 3" },\n    b: { run: "kill -9 $$" },\n    d: { outputs: ["d"], run: "true" },\n    e: { timeout: 20, run: "trap 'exit 0' TERM; sleep 9 & wait" },\n    f: { run: () => { throw new Error("no"); } },\n    c: { allowFailure: true, run: "exit 1" },`;
  const w = await workspace({ "tasks.config.ts": config(tasks, `\n  onFailure: 'echo "$TG_FAILED_TASK $TG_EXIT $TG_ERROR" >>log; exit 9',`) });
  assert.equal((await w.tg("build -k -j 1")).code, 1);
  assert.equal(w.read("log"), "a 3 exit 3\nb  killed by SIGKILL (out of memory?)\nd  missing output: d\ne  timed out after 0.02 s\nf 1 Error: no\n");
  w.write("tasks.config.ts", `import fs from "node:fs";\n${config(tasks, "\n  onFailure: (ctx) => { fs.appendFileSync('log2', JSON.stringify(ctx.failed) + '\\n'); },")}`);
  assert.equal((await w.tg("build -k -j 1")).code, 1);
  assert.equal(w.read("log2"), '{"task":"a","error":"exit 3","exit":3}\n{"task":"b","error":"killed by SIGKILL (out of memory?)","exit":null}\n{"task":"d","error":"missing output: d","exit":null}\n{"task":"e","error":"timed out after 0.02 s","exit":null}\n{"task":"f","error":"Error: no","exit":1}\n');
});

test("Ctrl-C while `when` is asked is no failure of the task", async () => {
  const w = await workspace({ "tasks.config.ts": `import fs from "node:fs";
export default { tasks: { a: { run: "true", when: () => { fs.writeFileSync("asked", ""); return new Promise(() => { setInterval(() => {}, 1000); }); } } } };
` });
  const run = w.start("build");
  while (!w.exists("asked")) await delay(10);
  run.signal("SIGINT");
  const end = await run.done;
  assert.equal(end.signal, "SIGINT");
  assert.match(end.stderr, /tg: interrupted by SIGINT: 1 not finished/);
});
