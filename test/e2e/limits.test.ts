// Limits of time and attempts: both sides of a timeout, all processes of it, retries from cleared outputs, deadlines, the
// folder that attempts share, and that an interruption uses no attempt.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isForeign, isRunning, workspace, type Workspace } from "../support/rig.ts";
import { config, tell } from "../support/story.ts";

interface Line {
  readonly event: string;
  readonly task?: string;
  readonly outcome?: string;
  readonly attempts?: number;
  readonly attempt?: number;
  readonly problem?: { readonly code: string };
}

async function eventsOf(w: Workspace, args: string): Promise<Line[]> {
  return (await w.tg(`build --json ${args}`)).stdout.trim().split("\n").map((line) => JSON.parse(line) as Line);
}

/** A signal takes a moment to arrive. */
async function gone(pid: number): Promise<boolean> {
  for (let i = 0; i < 3000 && isRunning(pid); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  return !isRunning(pid);
}

tell([
  { title: "timeout: over the limit, under it, and a failure of its own under it", tasks: `
    over: { timeout: "3s", run: "echo begun; sleep 30" },
    under: { timeout: "30s", run: "true" },
    own: { timeout: "30s", run: "exit 4" },`, when: "build -k -j 1", then: `
      2| ✗ over (N s) — timed out after N s
      2| begun
      2| ✓ under (N s) — never ran (+1 more)
      2| ✗ own (N s) — exit 4
      2| tg: task "over" timed out after N s
      2|     try: raise its "timeout", or find out what it waits for
      2|     last lines of its output:
      2|       begun
      2|     log: .tg/logs/over.log
      2| tg: task "own" failed: exit 4 after N s: exit 4
      2| tg: 1 ran, 2 failed (N s)
      exit 1` },
  { title: "status tells of a timeout", tasks: '    over: { timeout: 100, run: "sleep 30" },', given: ["build"], when: "status", then: `
      1| over  failed       timed out after N s
      1|
      1| tg: 1 task: 1 failed
      exit 0` },
  { title: "retries: told as they come, output of each attempt below its line", tasks: `    f: { retries: { count: 2, backoff: "10ms" }, run: "echo try $TG_ATTEMPT; [ $TG_ATTEMPT = 3 ]" },`, when: "build", then: `
      2| ↻ f (N s) — exit 1; attempt 2 of 3 in N s
      2| try 1
      2| ↻ f (N s) — exit 1; attempt 3 of 3 in N s
      2| try 2
      2| ✓ f (N s) — never ran (+1 more)
      2| try 3
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "retries used up", tasks: `    f: { retries: 1, run: "exit 7" },`, when: "build", then: `
      2| ↻ f (N s) — exit 7; attempt 2 of 2
      2| ✗ f (N s) — exit 7
      2| tg: task "f" failed: exit 7 after N s: exit 7
      2|     log: .tg/logs/f.log
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "ctx.noRetry ends it; what cannot change is not tried again", tasks: `
    fn: { retries: 5, run: (ctx) => ctx.noRetry(new TypeError("bad input")) },
    gone: { retries: 5, run: ["no-such-program"] },`, when: "build -k -j 1", then: `
      2| ✗ fn (N s) — TypeError: bad input
      2| ✗ gone (N s) — no-such-program: command not found
      2| tg: task "fn": TypeError: bad input
      2|     Object.run tasks.config.ts:4:49
      2| tg: task "gone": no-such-program: command not found
      2|     try: install it or correct its name; PATH begins with node_modules/.bin
      2| tg: 2 failed (N s)
      exit 1` },
  { title: "deadline: ends an attempt, and the pauses count", tasks: `    d: { deadline: "2s", retries: { count: 9, backoff: "100ms" }, run: "[ $TG_ATTEMPT = 1 ] || sleep 30; exit 1" },`, when: "build", then: `
      2| ↻ d (N s) — exit 1; attempt 2 of 10 in N s
      2| ✗ d (N s) — ended at its deadline of N s
      2| tg: task "d" was ended at its deadline of N s
      2|     try: raise its "deadline": it counts from when all it needs is made
      2|     log: .tg/logs/d.log
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "deadline: gone by before the next attempt", tasks: `    d: { deadline: "2s", retries: { count: 1, backoff: "2500ms" }, run: "exit 1" },`, when: "build", then: `
      2| ↻ d (N s) — exit 1; attempt 2 of 2 in N s
      2| ✗ d (N s) — not started again within its deadline of N s
      2| tg: task "d" was not started again within its deadline of N s
      2|     try: raise its "deadline": it counts from when all it needs is made
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "wrong values of all the fields at once", tasks: '    a: { run: "true", timeout: "soon", deadline: 0, retries: -1, pool: "x", resources: { cpu: "2" }, rate: "fast", priority: "1" },', when: "build", then: `
      2| tg: task "a": "timeout" is "soon", expected a duration above 0: "90s", "5m", "500ms", "2h" or milliseconds
      2|     at tasks.config.ts:3
      2| tg: task "a": "deadline" is 0, expected a duration above 0: "90s", "5m", "500ms", "2h" or milliseconds
      2|     at tasks.config.ts:3
      2| tg: task "a": "retries" is -1, expected a whole number from 0, or { count, backoff }
      2|     at tasks.config.ts:3
      2| tg: task "a": "pool" is "x", expected the name of a pool in "pools" at the top of the config
      2|     at tasks.config.ts:3
      2| tg: task "a": "resources.cpu" is "2", expected a number above 0
      2|     at tasks.config.ts:3
      2| tg: task "a": "rate" is "fast", expected so many starts in a time: "10/s", "100/m" or "5/h"
      2|     at tasks.config.ts:3
      2| tg: task "a": "priority" is "1", expected a number; higher goes first, 0 is usual
      2|     at tasks.config.ts:3
      exit 2` },
  { title: "a chain has limits as a whole, its members have none", files: { "tasks.config.ts": `import { chain } from "tg-build";\nexport default { tasks: {\n  c: chain([{ run: "true", timeout: "5s" }], { retris: 1 }),\n} };\n` }, when: "build", then: `
      2| tg: task "c": "chain[0].timeout" is "5s", expected nothing: it is for the whole chain, chain([…], { timeout })
      2|     at tasks.config.ts:3
      2| tg: task "c": unknown field "retris" (did you mean "retries"?)
      2|     at tasks.config.ts:3
      exit 2` },
]);

test("a timeout ends the whole tree, also what ignores SIGTERM", async () => {
  const w = await workspace({ "tasks.config.ts": config(`    t: { timeout: "3s", run: "trap '' TERM; sh -c 'trap \\"\\" TERM; echo $$ >inner; while :; do sleep 1; done' & echo $! >outer; wait; while :; do sleep 1; done" },`) });
  const run = await w.tg("build");
  assert.equal(run.code, 1, run.stderr);
  assert.match(run.stderr, /timed out after 3 s/);
  for (const file of ["inner", "outer"]) assert.ok(await gone(Number(w.read(file))), file);
});

test("a function that never settles is ended, also one that never yields", async () => {
  const w = await workspace({ "tasks.config.ts": config(`
    idle: { timeout: "3s", run: () => new Promise(() => void setInterval(() => {}, 1000)) },
    busy: { timeout: "3s", run: (ctx) => { ctx.signal; for (;;); } },
    listens: { timeout: "3s", outputs: ["told"], run: (ctx) => new Promise((_, fail) => ctx.signal.addEventListener("abort", () => { process.getBuiltinModule("node:fs").writeFileSync("reason", ctx.signal.reason.message); fail(ctx.signal.reason); })) },
    after: { run: () => {} },`) });
  const run = await w.tg("build -k -j 4");
  assert.equal(run.code, 1);
  for (const task of ["idle", "busy", "listens"]) assert.match(run.stderr, new RegExp(`✗ ${task} \\(.* s\\) — timed out after 3 s`));
  assert.match(run.stderr, /✓ after/);
  assert.equal(w.read("reason"), "interrupted by SIGTERM");
});

test("each attempt begins from cleared outputs; the failed ones leave nothing", async () => {
  const w = await workspace({ "tasks.config.ts": config(`
    f: { outputs: ["f.txt", "d/", "g/*.x"], retries: 2, run: 'ls f.txt d/* g/*.x >>found 2>/dev/null; mkdir -p d g; echo $TG_ATTEMPT | tee f.txt d/$TG_ATTEMPT >g/$TG_ATTEMPT.x; [ $TG_ATTEMPT = 3 ]' },`) });
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.read("found"), "");
  assert.deepEqual(w.list(), ["d/3", "f.txt", "found", "g/3.x", "tasks.config.ts"]);
  assert.match((await w.tg("build")).stderr, /^$/);
});

test("attempts are in the events, the log and the record", async () => {
  const w = await workspace({ "tasks.config.ts": config(`    f: { retries: 2, inputs: [], run: "echo $TG_ATTEMPT; [ $TG_ATTEMPT = 3 ]" },\n    plain: { run: "true" },`) });
  const events = (await eventsOf(w, "")).filter((event) => event.task === "f");
  assert.deepEqual(events.filter((event) => event.event !== "task-output" && event.event !== "task-judged" && event.event !== "notice").map(({ event, attempt, attempts, outcome, problem }) => [event, attempt, attempts, outcome, problem?.code]), [
    ["task-started", 1, undefined, undefined, undefined], ["task-retry", 1, 3, undefined, "exit"],
    ["task-started", 2, undefined, undefined, undefined], ["task-retry", 2, 3, undefined, "exit"],
    ["task-started", 3, undefined, undefined, undefined], ["task-ended", undefined, 3, "ran", undefined],
  ]);
  const log = (await w.tg("logs f")).stdout;
  assert.match(log, /ok, exit 0, .* 3 attempts/);
  assert.match(log, /1\n--- attempt 2\n2\n--- attempt 3\n3\n$/);
  assert.equal((JSON.parse((await w.tg("logs f --json")).stdout) as { last: { attempts: number } }).last.attempts, 3);
});

test("a function sees its attempt, the same changed inputs in each, and a folder that is gone after success", async () => {
  const w = await workspace({
    "a.txt": "1", "b.txt": "1",
    "tasks.config.ts": `import fs from "node:fs";\n${config(`
    f: { inputs: ["a.txt", "b.txt"], outputs: ["seen"], retries: 2, run: (ctx) => {
      fs.appendFileSync(ctx.scratch + "/n", ctx.attempt + ":" + ctx.changed + " ");
      if (ctx.attempt < 3) throw new Error("not yet");
      fs.writeFileSync("seen", fs.readFileSync(ctx.scratch + "/n"));
    } },`)}`,
  });
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.read("seen"), "1:a.txt,b.txt 2:a.txt,b.txt 3:a.txt,b.txt ");
  assert.equal(w.exists(".tg/scratch/f"), false);
  w.write("b.txt", "2");
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.read("seen"), "1:b.txt 2:b.txt 3:b.txt ");
});

test("the shared folder outlives a failed build of the same key, and not another key", async () => {
  const w = await workspace({ "in": "1", "tasks.config.ts": config(`    f: { inputs: ["in", { path: "go", optional: true }], cache: { ignore: ["input:go"] }, outputs: ["out"], retries: 1, run: 'echo x >>$TG_SCRATCH/n; cp $TG_SCRATCH/n out; [ -e go ]' },`) });
  assert.equal((await w.tg("build")).code, 1);
  assert.equal(w.read(".tg/scratch/f/n"), "x\nx\n");
  w.write("in", "2");
  assert.equal((await w.tg("build")).code, 1);
  assert.equal(w.read(".tg/scratch/f/n"), "x\nx\n");
  w.write("go", "");
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.read("out"), "x\nx\nx\n");
  assert.equal(w.exists(".tg/scratch/f"), false);
});

test("a hook that is a function, and when, have the folder as a function has it: gone after success, and with another key", async () => {
  const w = await workspace({
    "in": "1",
    "tasks.config.ts": `import fs from "node:fs";
const note = (ctx) => { fs.appendFileSync(ctx.scratch + "/n", "x"); fs.appendFileSync("had", fs.readFileSync(ctx.scratch + "/n", "utf8") + " "); };
${config(["before: note", "afterRun: note", "when: (ctx) => { note(ctx); return true; }"].map((hook, at) => `    t${at}: { inputs: ["in"], outputs: ["out${at}"], ${hook}, run: "grep -v 0 in >out${at}" },`).join("\n"))}`,
  });
  assert.equal((await w.tg("build -j1")).code, 0);
  assert.equal(w.read("had"), "x x x ");
  for (const name of ["t0", "t1", "t2"]) assert.equal(w.exists(`.tg/scratch/${name}`), false, name);
  w.write("in", "0");
  assert.equal((await w.tg("build -k -j1")).code, 1);
  for (const name of ["t0", "t1"]) assert.equal(w.read(`.tg/scratch/${name}/n`), "x", name);
  w.remove("had");
  w.write("in", "2");
  assert.equal((await w.tg("build -j1")).code, 0);
  assert.equal(w.read("had"), "x x x ");
  for (const name of ["t0", "t1", "t2"]) assert.equal(w.exists(`.tg/scratch/${name}`), false, name);
});

test("an interruption uses no attempt and is not a failure", async () => {
  const w = await workspace();
  const gate = w.gate("g");
  w.write("tasks.config.ts", config(`    f: { outputs: ["x"], retries: 3, run: ${JSON.stringify(gate.command)} },`));
  const run = w.start("build --json");
  await gate.reached();
  run.signal("SIGINT");
  const end = await run.done;
  assert.equal(end.signal ?? end.code, "SIGINT");
  assert.doesNotMatch(end.stdout, /task-retry/);
  assert.match((await w.tg("status -v")).stdout, /f +stale +was interrupted/);
});

test("Ctrl-C in the wait between two attempts ends the build at once; it is an interruption", async () => {
  const w = await workspace({ "tasks.config.ts": config(`    f: { outputs: ["x"], retries: { count: 3, backoff: "10m" }, run: "exit 1" },\n    below: { inputs: ["x"], run: "true" },`) });
  const run = w.start("build");
  await run.until(/attempt 2 of 4 in 10 m/);
  run.signal("SIGTERM");
  const end = await run.done;
  assert.equal(end.signal ?? end.code, "SIGTERM");
  assert.match(end.stderr, /interrupted by SIGTERM: 1 not finished, 1 not started/);
  assert.match((await w.tg("status")).stdout, /f +stale +was interrupted/);
});

test("between two attempts others use the slot; with -j 1 nobody does", async () => {
  const w = await workspace({ "tasks.config.ts": config(`
    f: { retries: { count: 1, backoff: "200ms" }, run: "echo f >>ran.log; [ $TG_ATTEMPT = 2 ]" },
    g: { run: "echo g >>ran.log" },`, "\n  jobs: 2,\n  pools: { one: 1 },").replaceAll("{ run", "{ pool: \"one\", run").replaceAll("{ retries", "{ pool: \"one\", retries") });
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.ranInOrder(), "f,g,f");
  assert.equal((await w.tg("build -j 1")).code, 0);
  assert.equal(w.ranInOrder(), "f,f,g");
});

test("after the first failure elsewhere a task that has begun makes its further attempts", async () => {
  const w = await workspace();
  const gate = w.gate("second");
  w.write("tasks.config.ts", config(`
    f: { retries: { count: 1, backoff: "200ms" }, run: ${JSON.stringify(`[ $TG_ATTEMPT = 2 ] && { ${gate.command}; }`)} },
    bad: { run: "exit 1" },
    later: { deps: ["f"], run: "true" },`));
  const build = w.start("build -j 2");
  await build.until(/✗ bad/);
  await gate.reached();
  gate.release();
  const run = await build.done;
  assert.equal(run.code, 1);
  assert.match(run.stderr, /✓ f/);
  assert.match(run.stderr, /1 ran, 1 failed, 1 not started/);
});

test("the time of a function begins when its process takes calls", { skip: isForeign }, async () => {
  const slow = 'timeout: "3s", env: { NODE_OPTIONS: "--require=./slow.cjs" }';
  const w = await workspace({
    "slow.cjs": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3200);",
    "tasks.config.ts": config(`    quick: { ${slow}, run: () => 7 },\n    never: { ${slow}, run: () => new Promise(() => void setInterval(() => {}, 1000)) },\n    whole: { ${slow}, deadline: "1s", run: () => 7 },`),
  });
  const ends = (await eventsOf(w, "-k -j3")).filter(({ event }) => event === "task-ended");
  assert.deepEqual(ends.map(({ task, problem }) => `${task} ${problem?.code ?? "ok"}`).sort(), ["never timeout", "quick ok", "whole deadline"]);
});
