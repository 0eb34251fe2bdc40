// Families over a list that a task makes, on the built command: expanded when that task is done, and the graph, the counts,
// the leftovers and the state follow.
import assert from "node:assert/strict";
import { test } from "node:test";
import { workspace, type Workspace } from "../support/rig.ts";
import { tell, transcript } from "../support/story.ts";

const HEAD = `import { appendFileSync, readFileSync } from "node:fs";
import { defineConfig, foreach } from "tg-build";
const ran = (name) => appendFileSync("ran.log", name + "\\n");
`;

const PLAN = `  plan: { inputs: ["plan.txt"], run: () => { ran("plan"); return readFileSync("plan.txt", "utf8").trim().split(" ").filter(Boolean); } },
  up: foreach({ from: "plan" }, ({ key }) => ({ inputs: ["in.txt"], outputs: ["out/" + key], run: "echo 'up[" + key + "]' >>ran.log; echo " + key + " >out/" + key })),
  join: { inputs: [{ glob: "out/*", allowEmpty: true }], deps: ["up"], outputs: ["all"], run: "echo join >>ran.log; cat out/* >all 2>/dev/null; true" },
  other: { inputs: ["in.txt"], outputs: ["other"], run: "echo other >>ran.log; cp in.txt other" },`;

async function project(list: string, tasks = PLAN): Promise<Workspace> {
  return workspace({ "tasks.config.ts": `${HEAD}export default defineConfig({ tasks: {\n${tasks}\n} });\n`, "plan.txt": list, "in.txt": "1" });
}

async function built(w: Workspace, args = "build"): Promise<string> {
  const run = await w.tg(args);
  assert.equal(run.code, 0, run.stdout + run.stderr);
  return w.ran();
}

test("a clean build makes the list, then its instances, then who waits for them", async () => {
  const w = await project("a b");
  assert.equal(transcript(await w.tg("status"), w), "1| plan   stale        never ran\n1| up     maybe stale  may change: what \"plan\" makes\n1| join   stale        never ran\n1| other  stale        never ran\n1|\n1| tg: 3 tasks: 3 stale\nexit 0");
  const run = await w.tg("build -j4");
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /tg: 5 ran /);
  assert.equal(w.ran(), "join,other,plan,up[a],up[b]");
  assert.equal(w.read("all"), "a\nb\n");
  assert.equal(await built(w), "");
  assert.equal(transcript(await w.tg(["status", "up[x]"]), w), `2| tg: no task or output "up[x]": it is not in the list that "plan" made last (did you mean "up[a]"?)\n2|     try: tg build 'up[x]' has the list made first where it is stale\nexit 2`);
  assert.match((await w.tg("info")).stdout, /unchanged, not evaluated/);
  assert.equal((await w.tg("list --names")).stdout, "plan\nup[a]\nup[b]\nup\njoin\nother\n");
});

test("only what changes in the list runs, and what it has no more goes", async () => {
  const w = await project("a b");
  await built(w);
  w.write("plan.txt", "b c");
  const status = await w.tg("status --json");
  const { tasks } = JSON.parse(status.stdout) as { tasks: Record<string, { state: string }> };
  assert.deepEqual(Object.entries(tasks).map(([name, { state }]) => `${name} ${state}`), ["plan stale", "up[a] maybe", "up[b] maybe", "up maybe", "join maybe", "other fresh"]);
  const run = await w.tg("build");
  assert.equal(run.code, 0, run.stderr);
  assert.equal(w.ran(), "join,plan,up[c]");
  assert.match(run.stderr, /removed 1 leftover that no task makes any more: out\/a/);
  assert.match(run.stderr, /3 ran, 2 fresh/);
  assert.equal(w.read("all"), "b\nc\n");
  assert.equal(await built(w), "");
  w.write("plan.txt", "b  c ");
  assert.equal(await built(w), "plan");
  w.write("plan.txt", "");
  assert.equal(await built(w), "join,plan");
  assert.deepEqual([w.exists("out/b"), w.read("all")], [false, ""]);
  w.write("plan.txt", "c");
  assert.equal(await built(w), "join,plan,up[c]");
  assert.equal(await built(w), "");
});

test("a task that makes a list and has another name now hands on the list it made under the old one", async () => {
  const lines = `  names: { inputs: ["names.txt"], outputs: ["list.txt"], run: "echo names >>ran.log; cp names.txt list.txt" },
  low: foreach({ from: "names", lines: "list.txt" }, ({ key }) => ({ inputs: ["in.txt"], outputs: ["low/" + key], run: "echo 'low[" + key + "]' >>ran.log; cp in.txt low/" + key })),\n`;
  const w = await project("a b", lines + PLAN);
  w.write("names.txt", "x\ny\n");
  await built(w);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace("  names:", "  naming:").replace('"names"', '"naming"'));
  assert.match((await w.tg("status")).stdout, /low\[x\] +fresh\nlow\[y\] +fresh\n/);
  const run = await w.tg("build");
  assert.match(run.stderr, /task "names" is now "naming"; its record is kept/);
  assert.doesNotMatch(run.stderr, /removed/);
  assert.doesNotMatch(w.ran(), /names|low/);
  assert.deepEqual([run.code, w.read("low/x"), w.read("low/y")], [0, "1", "1"], run.stderr);
  assert.equal(await built(w, "build low"), "");
});

test("the lines of a list as Windows writes them, with a byte order mark and CRLF", async () => {
  const w = await project("a", `  names: { inputs: ["names.txt"], outputs: ["list.txt"], run: "cp names.txt list.txt" },
  low: foreach({ from: "names", lines: "list.txt" }, ({ key }) => ({ outputs: ["low/" + key], run: "touch low/" + key })),\n`);
  w.write("names.txt", "\uFEFFx\r\n\r\ny\r\n");
  await built(w, "build low");
  assert.deepEqual(w.list().filter((path) => path.startsWith("low/")), ["low/x", "low/y"]);
  w.write("p.json", '\uFEFF{ "nobody": 1 }\r\n');
  assert.match((await w.tg("build --params-file p.json")).stderr, /nobody/);
});

test("the events tell of the growth, and the counts are those of the grown graph", async () => {
  const w = await project("a");
  await built(w);
  w.write("plan.txt", "b c");
  const events = (await w.tg("build --json")).stdout.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
  const grown = events.find(({ event }) => event === "graph-grown");
  assert.deepEqual(grown, { event: "graph-grown", task: "plan", added: ["up[b]", "up[c]"], removed: ["up[a]"], total: 5 });
  const ended = events.filter(({ event }) => event === "task-ended").map(({ task, outcome }) => `${String(task)} ${String(outcome)}`).sort();
  assert.deepEqual(ended, ["join ran", "other fresh", "plan ran", "up[b] ran", "up[c] ran"]);
  assert.deepEqual((events.at(-1) as { counts: object }).counts, { ran: 4, fresh: 1, restored: 0, failed: 0, blocked: 0, skipped: 0, cancelled: 0 });
});

test("a parameter that no task names may still be set after a list has grown", async () => {
  const w = await project("a b");
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace("defineConfig({", 'defineConfig({ params: { spare: { type: "string" } },'));
  await built(w);
  w.write("plan.txt", "a b c");
  await built(w);
  const run = await w.tg("build --param spare=1");
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /no task has the parameter "spare"; setting it changes nothing/);
});

test("a parameter that instances alone declare may be set before there is a list", async () => {
  const declared = `${PLAN.split("\n")[0]}
  up: foreach({ from: "plan" }, ({ key }) => ({ params: { level: { type: "number", default: 3 }, word: { type: "string", list: true, default: [] } }, outputs: ["out/" + key], run: "echo 'up[" + key + "]' >>ran.log; echo $level $word >out/" + key })),`;
  const w = await project("a", declared);
  assert.match((await w.tg("build up --help")).stdout, /^up\n {2}takes what its tasks declare, known once "plan" has made their list$/m);
  assert.equal((await w.tg("status --param level=4")).code, 0);
  assert.equal(await built(w, "build --param level=4 --param level=5 --param word=x --param word=y"), "plan,up[a]");
  assert.match(w.read("out/a"), /^5 .*x.*y/);
  assert.equal(await built(w, "build --param level=5 --param word=x --param word=y"), "");
  w.remove(".tg");
  w.write("p.json", '{ "level": 6 }');
  assert.equal(await built(w, "build --params-file p.json 'up[a]'".replaceAll("'", '"')), "plan,up[a]");
  assert.match(w.read("out/a"), /^6/);
  w.remove(".tg");
  const slip = await w.tg("build --param lvel=4");
  assert.equal(slip.code, 1);
  assert.match(slip.stderr, /no parameter "lvel" \(did you mean "level"\?\)/);
  assert.match((await w.tg("build --param level=x")).stderr, /parameter "level" is "x", expected a number/);
});

test("a parameter that only instances name counts in the build that makes the list, and must be given there", async () => {
  const w = await project("a b", `  plan: { inputs: ["plan.txt"], run: () => readFileSync("plan.txt", "utf8").trim().split(" ") },
  up: foreach({ from: "plan" }, ({ key }) => ({ params: ["level", "must"], outputs: ["out/" + key], run: "echo 'up[" + key + "]' >>ran.log; echo $level $must >out/" + key })),`);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace("defineConfig({", 'defineConfig({ params: { level: { type: "number", default: 3 }, must: { type: "string" } },'));
  const without = await w.tg("build --param level=4");
  assert.equal(without.code, 1);
  assert.match(without.stderr, /^tg: task "up\[a\]" needs parameter "must"\n {4}try: --param must=VALUE/m);
  assert.equal(w.ran(), "");
  assert.match((await w.tg("build --param level=x --param must=m")).stderr, /parameter "level" is "x", expected a number/);
  const first = await w.tg("build --param level=4 --param must=m");
  assert.equal(first.code, 0, first.stderr);
  assert.doesNotMatch(first.stderr, /warning/);
  assert.equal(w.ran(), "up[a],up[b]");
  assert.equal(w.read("out/a"), "4 m\n");
  assert.equal(await built(w, "build --param level=4 --param must=m"), "");
  assert.equal(await built(w, "build --param must=m"), "up[a],up[b]");
  assert.equal(w.read("out/a"), "3 m\n");
});

test("below two families of one list, the list is told once", async () => {
  const w = await project("a", `  plan: { inputs: ["plan.txt"], run: () => readFileSync("plan.txt", "utf8").trim().split(" ") },
  one: foreach({ from: "plan" }, ({ key }) => ({ outputs: ["one/" + key], run: "echo >one/" + key })),
  two: foreach({ from: "plan" }, ({ key }) => ({ outputs: ["two/" + key], run: "echo >two/" + key })),
  join: { deps: ["one", "two"], outputs: ["all"], run: "echo >all" },`);
  assert.equal((await w.tg("build")).code, 0);
  w.write("plan.txt", "a b");
  const status = JSON.parse((await w.tg("status --json")).stdout) as { tasks: Record<string, { reasons: readonly { task?: string; subject?: string }[] }> };
  const told = status.tasks["join"]!.reasons.filter(({ task, subject }) => task === "plan" && subject === undefined);
  assert.equal(told.length, 1, JSON.stringify(status.tasks["join"]));
});

test("nobody waits for the list but those below it", async () => {
  const w = await project("a");
  const gate = w.gate("slow");
  w.write("tasks.config.ts", `${HEAD}export default { tasks: {
  slow: { outputs: ["slow"], run: ${JSON.stringify(`${gate.command}; echo >slow`)} },
  plan: { inputs: ["plan.txt"], run: () => ["a", "b"] },
  up: foreach({ from: "plan" }, ({ key }) => ({ outputs: ["out/" + key], run: "echo >out/" + key })),
} };`);
  const build = w.start("build -j3");
  await gate.reached();
  await build.until(/up\[a\][^]*up\[b\]|up\[b\][^]*up\[a\]/);
  gate.release();
  assert.equal((await build.done).code, 0);
  assert.equal(await built(w), "");
});

test("lines of a file, and a changed element under the same key", async () => {
  const w = await project("", `  list: { inputs: ["plan.txt"], outputs: ["list.txt"], run: "echo list >>ran.log; tr ' ' '\\\\n' <plan.txt >list.txt" },
  up: foreach({ from: "list", lines: "list.txt" }, ({ key, value }) => ({ outputs: ["out/" + key], run: "echo '" + key + "' >>ran.log; echo " + value + " >out/" + key }), { key: ({ value }) => value.split(":")[0] }),`);
  w.write("plan.txt", "a:1 b:1\n");
  assert.equal(await built(w), "a,b,list");
  w.write("plan.txt", "b:1 a:2\n");
  assert.equal(await built(w), "a,list");
  assert.equal(w.read("out/a"), "a:2\n");
  w.remove("list.txt");
  assert.match((await w.tg("status")).stdout, /^list +stale +output missing: list\.txt$/m);
  assert.equal(await built(w), "list");
  w.write("list.txt", "somebody:else\n");
  assert.equal(await built(w), "list");
  assert.equal(await built(w), "");
});

test("two lists in a row: what the first makes is read to make the second", async () => {
  const w = await project("a b", `  plan: { inputs: ["plan.txt"], run: () => { ran("plan"); return readFileSync("plan.txt", "utf8").trim().split(" "); } },
  one: foreach({ from: "plan" }, ({ key }) => ({ inputs: ["in.txt"], run: () => { ran("one[" + key + "]"); return [key + "1", key + "2"]; } })),
  all: { deps: ["one"], run: ({ deps }) => { ran("all"); return Object.values(deps.one.value).flat(); } },
  two: foreach({ from: "all" }, ({ key }) => ({ outputs: ["two/" + key], run: "echo 'two[" + key + "]' >>ran.log; echo >two/" + key })),
  end: { deps: ["two"], outputs: ["end"], run: "echo end >>ran.log; ls two >end" },`);
  assert.equal(await built(w, "build -j4"), "all,end,one[a],one[b],plan,two[a1],two[a2],two[b1],two[b2]");
  w.write("plan.txt", "b c");
  assert.equal(await built(w, "build -j4"), "all,end,one[c],plan,two[c1],two[c2]");
  assert.equal(w.read("end"), "b1\nb2\nc1\nc2\n");
  assert.equal(await built(w), "");
});

test("two families over one list, one reading what the other makes", async () => {
  const w = await project("a b", `  plan: { inputs: ["plan.txt"], run: () => readFileSync("plan.txt", "utf8").trim().split(" ") },
  one: foreach({ from: "plan" }, ({ key }) => ({ outputs: ["one/" + key], run: "echo 'one[" + key + "]' >>ran.log; echo >one/" + key })),
  two: foreach({ from: "plan" }, ({ key }) => ({ inputs: ["one/" + key], outputs: ["two/" + key], run: "echo 'two[" + key + "]' >>ran.log; echo >two/" + key })),`);
  assert.equal(await built(w), "one[a],one[b],two[a],two[b]");
  assert.equal(await built(w, "build two"), "");
  w.write("plan.txt", "a b c");
  assert.equal(await built(w, "build two"), "one[c],two[c]");
});

test("a part of the build: instances nobody asked for are not made, and are there in the next", async () => {
  const w = await project("a b");
  assert.equal(await built(w, "build plan"), "plan");
  assert.equal((await w.tg("list --names")).stdout, "plan\nup[a]\nup[b]\nup\njoin\nother\n");
  assert.equal(await built(w, "build up[b]"), "up[b]");
  w.write("plan.txt", "b c");
  assert.equal(await built(w, "build up"), "plan,up[c]");
  assert.equal(await built(w), "join,other");
  w.write("plan.txt", "c");
  const gone = await w.tg("build up[b]");
  assert.equal(gone.code, 1);
  assert.match(gone.stderr, /no task or output "up\[b\]"/);
  assert.equal(w.exists("out/b"), false);
});

test("what goes after use stays while a list is open: instances may read it", async () => {
  const w = await project("a", `  cut: { inputs: ["in.txt"], intermediates: ["mid"], temp: true, run: "echo cut >>ran.log; cp in.txt mid" },
  one: { inputs: ["mid"], outputs: ["one"], run: "echo one >>ran.log; cp mid one" },
  plan: { inputs: ["plan.txt"], after: ["one"], run: () => { ran("plan"); return readFileSync("plan.txt", "utf8").trim().split(" "); } },
  up: foreach({ from: "plan" }, ({ key }) => ({ inputs: ["mid"], outputs: ["out/" + key], run: "echo 'up[" + key + "]' >>ran.log; cp mid out/" + key })),`);
  assert.equal(await built(w), "cut,one,plan,up[a]");
  assert.equal(w.exists("mid"), false);
  w.write("plan.txt", "a ");
  assert.equal(await built(w), "plan");
  assert.equal(w.exists("mid"), false);
});

test("an instance that is left out needs nothing, in the build that learns of it, too", async () => {
  const w = await project("a b", PLAN.replace('outputs: ["out/" + key], run', 'outputs: ["out/" + key], when: key !== "b", deps: key === "b" ? ["bad"] : [], run').replace("  other:", '  bad: { run: "exit 1" },\n  other:'));
  const run = await w.tg("build up -v");
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /- up\[b\] — skipped/);
  assert.equal(w.ran(), "plan,up[a]");
  assert.equal((await w.tg("build -k")).code, 1);
  assert.equal(w.ran(), "join,other");
  w.write("plan.txt", "b c");
  assert.equal(await built(w, "build join"), "join,plan,up[c]");
});

test("what an instance of the last list made is not said to be gone while the list is open", async () => {
  const w = await project("a b");
  await built(w);
  w.write("plan.txt", "a");
  assert.equal(await built(w, "build up"), "plan");
  assert.match((await w.tg("status")).stdout, /join +stale +input removed: out\/b/);
  w.write("plan.txt", "a b");
  assert.match((await w.tg("status")).stdout, /join +maybe stale/);
  assert.equal(await built(w), "plan,up[b]");
});

test("a failed or killed source keeps the family as it was", async () => {
  const w = await project("a b");
  await built(w);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace('ran("plan");', 'ran("plan"); if (readFileSync("plan.txt", "utf8").includes("bad")) throw new Error("no plan");'));
  w.write("plan.txt", "bad");
  assert.equal((await w.tg("build")).code, 1);
  assert.deepEqual([w.exists("out/a"), w.exists("out/b")], [true, true]);
  assert.match((await w.tg("list --names")).stdout, /^up\[a\]\nup\[b\]$/m);
  assert.match((await w.tg("status")).stdout, /^up\[a\] +blocked +by "plan", which failed$/m);
  w.write("plan.txt", "a b");
  w.ran();
  assert.equal(await built(w), "plan");
});

test("a skipped task stays as it is when a list grows, and so does who stands on it", async () => {
  const w = await project("a", `${PLAN}
  off: { deps: ["other"], outputs: ["off"], when: false, run: "echo off >>ran.log; touch off" },
  use: { deps: ["off"], outputs: ["use"], run: "echo use >>ran.log; touch use" },`);
  assert.equal(await built(w, "build -j1"), "join,other,plan,up[a],use");
  w.write("plan.txt", "a b");
  w.write("in.txt", "2");
  assert.equal(await built(w, "build -j1"), "join,other,plan,up[a],up[b]");
});

test("an instance that fails, blocked ones, and keep-going", async () => {
  const w = await project("a bad c", PLAN.replace('"echo \'up[', '(key === "bad" ? "exit 3; " : "") + "echo \'up['));
  const run = await w.tg("build -k -j1");
  assert.equal(run.code, 1);
  assert.equal(w.ran(), "other,plan,up[a],up[c]");
  assert.match(run.stderr, /blocked by "up\[bad\]": join/);
  w.write("plan.txt", "a c");
  assert.equal(await built(w), "join,plan");
});

test("what was blocked below an instance alone runs in the same build once its list does not have that instance", async () => {
  const tasks = `  gate: { inputs: ["gate.txt"], outputs: ["open"], run: "echo gate >>ran.log; grep -q open gate.txt && cp gate.txt open" },
${PLAN.replace('inputs: ["in.txt"], outputs: ["out/', 'deps: key === "b" ? ["gate"] : [], inputs: ["in.txt"], outputs: ["out/')}`;
  const w = await workspace({ "tasks.config.ts": `${HEAD}export default defineConfig({ tasks: {\n${tasks}\n} });\n`, "plan.txt": "a b", "in.txt": "1", "gate.txt": "open" });
  await built(w);
  w.write("gate.txt", "shut");
  w.write("plan.txt", "a c");
  const run = await w.tg("build -k -j1 --json");
  const events = run.stdout.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
  const ended = events.filter(({ event }) => event === "task-ended").map(({ task, outcome }) => `${String(task)} ${String(outcome)}`);
  assert.deepEqual(ended, ["other fresh", "gate failed", "plan ran", "up[a] fresh", "up[c] ran", "join ran"]);
  assert.equal(run.code, 1);
  assert.equal(w.read("all"), "a\nc\n");
  w.write("plan.txt", "b c");
  const second = await w.tg("build -k -j1");
  assert.match(second.stderr, /blocked by "gate": up\[b\], join$/m);
  assert.match(second.stderr, /^tg: 1 ran, 2 fresh, 1 failed, 2 blocked/m);
  assert.equal(w.ran(), "gate,gate,join,plan,plan,up[c]");
  w.write("gate.txt", "open");
  assert.equal(await built(w), "gate,join,up[b]");
});

test("what was blocked below an instance that has left, and stays so below another failure, is said to be below that one", async () => {
  const w = await project("a b", `  gate: { priority: 2, inputs: ["gate.txt"], outputs: ["open"], run: "cp gate.txt open; exit $(cat gate.txt)" },
  late: { priority: 1, inputs: ["gate.txt"], outputs: ["late"], run: "cp gate.txt late; exit $(cat gate.txt)" },
${PLAN.replace('inputs: ["in.txt"], outputs: ["out/', 'deps: key === "b" ? ["gate"] : [], inputs: ["in.txt"], outputs: ["out/').replace('deps: ["up"]', 'deps: ["up", "late"]')}
  end: { inputs: ["all"], outputs: ["end"], run: "cp all end" },`);
  w.write("gate.txt", "0");
  await built(w);
  w.write("gate.txt", "1");
  w.write("plan.txt", "a c");
  assert.match((await w.tg("build -k -j1")).stderr, /^tg: blocked by "late": join, end$/m);
  assert.match((await w.tg("status")).stdout, /^join +blocked +by "late", which failed$/m);
});

/** `gate` goes first, `asks` before the list is made, one at a time. */
const ASKS = `  gate: { priority: 3, inputs: ["gate.txt"], outputs: ["open"], run: "grep -q open gate.txt && cp gate.txt open" },
  asks: { priority: 2, inputs: ["own.txt"], outputs: ["asked"], run: async (ctx) => { ran("asks"); const own = readFileSync("own.txt", "utf8"); if (own !== "") await ctx.need(own); writeFileSync("asked", own === "" ? "" : readFileSync(own)); } },
${PLAN.replace("ran(\"plan\");", "ran(\"plan\"); if (existsSync(\"circle\")) await ctx.need(\"asks\"); if (existsSync(\"bad\")) throw new Error(\"bad\");").replace("run: () =>", "run: async (ctx) =>").replace('inputs: ["in.txt"], outputs: ["out/', 'deps: key === "b" ? ["gate"] : [], inputs: ["in.txt"], outputs: ["out/')}
  rest: foreach({ from: "plan" }, ({ key }) => (key === "c" ? { outputs: ["out/b"], run: "echo rest >out/b" } : { outputs: ["rest/" + key], run: "echo " + key + " >rest/" + key })),`;

async function shutAfter(list: string, asked: string): Promise<Workspace> {
  const w = await project("a b", ASKS);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace("appendFileSync,", "appendFileSync, existsSync, writeFileSync,"));
  w.write("gate.txt", "open");
  w.write("own.txt", "");
  await built(w);
  await w.sh("rm ran.log");
  w.write("gate.txt", "shut");
  w.write("own.txt", asked);
  w.write("plan.txt", list);
  return w;
}

test("who asks for what is blocked below an instance alone is told once the list is made", async () => {
  const w = await shutAfter("a d", "all");
  const run = await w.tg("build -k -j1");
  assert.match(run.stderr, /^tg: 5 ran, \d+ fresh, 1 failed \(/m);
  assert.equal(w.ran(), "asks,join,plan,up[d]");
  assert.equal(w.read("asked"), "a\nd\n");
  // By then another one may make it.
  const other = await shutAfter("a c", "out/b");
  assert.match((await other.tg("build -k -j1")).stderr, /^tg: 5 ran, \d+ fresh, 1 failed \(/m);
  assert.equal(other.read("asked"), "rest\n");
});

test("who asks for what is blocked below an instance that stays, whose list waits for it or is not to be made, is told so", async () => {
  const stays = await shutAfter("b d", "all");
  assert.match((await stays.tg("build -k -j1")).stderr, /asks\b[^]*Error: "join" is blocked/);
  assert.equal(stays.ran(), "asks,plan,up[d]");
  const circle = await shutAfter("a d", "all");
  circle.write("circle", "");
  const run = await circle.tg("build -k -j1");
  assert.match(run.stderr, /dependency cycle: plan -> asks -> join -> up\[a\] -> plan/);
  assert.match(run.stderr, /Error: "join" is blocked/);
  const bad = await shutAfter("a d", "all");
  bad.write("bad", "");
  assert.match((await bad.tg("build --max-failures 2 -j1")).stderr, /Error: "join" is blocked/);
});

test("who asked in vain is blocked below a list that fails no longer than until another list brings what it asked for", async () => {
  const list = (name: string): string => `  ${name}: { inputs: ["${name}.txt"], run: () => { const text = readFileSync("${name}.txt", "utf8"); if (text === "bad") throw new Error(text); return text.split(" "); } },
  ${name}s: foreach({ from: "${name}" }, ({ key }) => ({ outputs: ["out/" + key], run: "echo " + key + " >out/" + key })),`;
  const w = await workspace({ "tasks.config.ts": `import { readFileSync, writeFileSync } from "node:fs";
import { defineConfig, foreach } from "tg-build";
export default defineConfig({ tasks: {
${list("first")}
${list("second")}
  use: { outputs: ["use"], run: async (ctx) => { await ctx.need("out/b"); writeFileSync("use", readFileSync("out/b")); } },
} });
`, "first.txt": "x", "second.txt": "y" });
  assert.match((await w.tg("build -k")).stderr, /"out\/b" is neither a task nor a file/);
  w.write("first.txt", "bad");
  w.write("second.txt", "y b");
  const run = await w.tg("build -k -j1");
  assert.match(run.stderr, /^tg: 3 ran, 1 fresh, 1 failed, 1 blocked/m);
  assert.equal(w.read("use"), "b\n");
  // Nor is the list that fails in its way where it asks for the first time.
  await w.sh("rm -r .tg out use");
  assert.match((await w.tg("build -k use")).stderr, /^tg: 3 ran, 1 failed/m);
  assert.equal(w.read("use"), "b\n");
});

test("a list that only who asked in vain waited for is known to what another list brings into the build", async () => {
  const list = (name: string, instance: string): string => `  ${name}: { inputs: ["${name}.txt"], after: [${name === "second" ? '"first"' : ""}], run: () => readFileSync("${name}.txt", "utf8").split(" ") },
  ${name}s: foreach({ from: "${name}" }, ({ key }) => (${instance})),`;
  const w = await workspace({ "tasks.config.ts": `import { readFileSync } from "node:fs";
import { defineConfig, foreach } from "tg-build";
export default defineConfig({ tasks: {
${list("first", '{ outputs: ["out/" + key], run: "touch out/" + key }')}
  all: { inputs: ["out/**"], deps: ["firsts"], outputs: ["all"], run: "ls out >all" },
${list("second", '{ inputs: key === "b" ? ["all"] : [], outputs: [key], run: "cat all >" + key + " || :" }')}
  asks: { inputs: ["x"], run: async (ctx) => { await ctx.need("nothing").catch(() => {}); } },
} });
`, "first.txt": "1", "second.txt": "a", x: "" });
  await w.tg("build all second seconds asks -j1");
  w.write("first.txt", "2");
  w.write("second.txt", "b");
  const run = await w.tg("build seconds asks");
  assert.equal(run.code, 0, run.stderr);
  assert.equal(w.read("b"), "2\n");
});

test("-j1 builds in order, --force runs them all, skip leaves the family alone", async () => {
  const w = await project("a b");
  await w.tg("build -j1");
  assert.equal(w.ranInOrder(), "plan,other,up[a],up[b],join");
  assert.equal(await built(w, "build -f"), "join,other,plan,up[a],up[b]");
  w.write("plan.txt", "a b c");
  assert.equal(await built(w, "build --skip up"), "join,plan");
  assert.equal(await built(w), "join,up[c]");
});

const head = (tasks: string): Record<string, string> => ({ "in.txt": "1", "tasks.config.ts": `import { foreach } from "tg-build";\nexport default {\n  tasks: {\n${tasks}\n  },\n};\n` });

tell([
  { title: "a source that is none", when: "build", files: head(`    plan: { run: () => 1 }, gen: { outputs: ["l"], run: "x" },
    a: foreach({ from: "plam" }, () => ({ run: "x" })),
    b: foreach({ from: "gen" }, () => ({ run: "x" })),
    c: foreach({ from: "gen", lines: "m" }, () => ({ run: "x" })),
    d: foreach({ from: "plan", files: "x" }, () => ({ run: "x" })),`),
    then: `
      2| tg: task "d": "foreach" is an object, expected a pattern of files, a list, { files }, { matrix } or { from }
      2|     at tasks.config.ts:8
      2| tg: task "a": "from" is "plam", expected the name of a task (did you mean "plan"?)
      2|     at tasks.config.ts:5
      2| tg: task "b": "from" is "gen", expected a task whose function returns a list; for the lines of a file: { from, lines }
      2|     at tasks.config.ts:6
      2| tg: task "c": "lines" is "m", expected a file among the outputs of "gen"
      2|     at tasks.config.ts:7
      exit 2` },
  { title: "what is no list", when: "build -q", files: head(`    plan: { inputs: ["in.txt"], run: () => ({ a: 1 }) },\n    a: foreach({ from: "plan" }, () => ({ run: "x" })),`),
    then: `
      2| tg: task "a": foreach goes over what "plan" made, which is an object, expected a list
      2|     at tasks.config.ts:5
      2|     try: let "plan" return an array, or { from, lines: "FILE" } for the lines of a file
      2| tg: task "plan": its list could not be made into tasks of "a": 1 problem
      2|     try: correct what is said above
      exit 1` },
  { title: "instances that do not fit", when: "build -q", files: head(`    plan: { inputs: ["in.txt"], run: () => ["x", "y"] },\n    a: foreach({ from: "plan" }, () => ({ outputs: ["same"], run: "x" })),`),
    then: `
      2| tg: same is an output of both "a[x]" and "a[y]"
      2|     at tasks.config.ts:5
      2|     try: let one task make it, or give each its own file
      2| tg: task "plan": its list could not be made into tasks of "a": 1 problem
      2|     try: correct what is said above
      exit 1` },
  { title: "a reader that does not wait for the list", when: "build -q", files: head(`    plan: { inputs: ["in.txt"], run: () => ["x"] },\n    a: foreach({ from: "plan" }, ({ key }) => ({ outputs: ["o/" + key], run: "echo >o/" + key })),\n    join: { inputs: [{ glob: "o/*", allowEmpty: true }], outputs: ["all"], run: "echo >all" },`),
    then: `
      2| tg: task "join" reads what "a[x]" makes, but does not wait for the list of "a"
      2|     at tasks.config.ts:6
      2|     try: add deps: ["a"]; in a clean build there is no instance yet
      2| tg: task "plan": its list could not be made into tasks of "a": 1 problem
      2|     try: correct what is said above
      exit 1` },
]);

test("a dry run names the families whose list is still to be made", async () => {
  const w = await project("a b");
  assert.equal(transcript(await w.tg("build -n"), w), `1| * plan   never ran\n1| ? up     may change: what "plan" makes\n1| * join   never ran\n1| * other  never ran\n1|\n1| tg: 3 would run, 0 fresh (dry run)\nexit 0`);
  await w.tg("build");
  assert.equal(transcript(await w.tg("build -n"), w), "1| tg: nothing would run, 5 tasks are fresh\nexit 0");
});

test("an instance can be asked for before its list is made", async () => {
  const w = await project("a b");
  assert.equal(transcript(await w.tg("build -n up[b]"), w), "1| * plan  never ran\n1|\n1| tg: 1 would run, 0 fresh (dry run)\nexit 0");
  assert.equal(await built(w, "build up[b]"), "plan,up[b]");
  assert.deepEqual([w.exists("out/a"), w.read("out/b")], [false, "b\n"]);
  assert.equal(await built(w, "build up[b]"), "");
  w.write("plan.txt", "a b c");
  assert.equal(await built(w, "build up[b] up[c]"), "plan,up[c]");
  assert.equal(await built(w), "join,other,up[a]");
});

test("one that the list does not have is an error, whether the list is made first or not", async () => {
  const w = await project("ab b");
  assert.equal(transcript(await w.tg("build up[aa]"), w), "2| ✓ plan (N s) — never ran\n2| tg: no task or output \"up[aa]\" (did you mean \"up[ab]\"?)\n2|     try: tg list shows the tasks\n2| tg: 1 ran (N s)\nexit 1");
  assert.equal(w.ran(), "plan");
  assert.match(transcript(await w.tg("build up[aa]"), w), /^2\| tg: no task or output "up\[aa\]".*did you mean "up\[ab\]"\?\)\n.*\nexit 2$/);
  assert.match(transcript(await w.tg("build down[x]"), w), /exit 2$/);
  assert.match(transcript(await w.tg("status up[aa]"), w), /exit 2$/);
  const bad = await project("a", PLAN.replace('ran("plan"); return', 'ran("plan"); if (true) throw new Error("no"); return'));
  const { code, stderr } = await bad.tg("build up[a]");
  assert.equal(code, 1);
  assert.doesNotMatch(stderr, /no task or output/);
});

test("a folder that the last leftover leaves empty stays for a task that is about to write there", async () => {
  const w = await project("a", `  plan: { inputs: ["plan.txt"], run: async () => { while (!fs.existsSync("ready")) await new Promise((next) => setTimeout(next, 5)); return readFileSync("plan.txt", "utf8").trim().split(" ").filter(Boolean); } },
  up: foreach({ from: "plan" }, ({ key }) => ({ outputs: ["out/" + key], run: "echo " + key + " >out/" + key })),
  slow: { inputs: ["in.txt"], outputs: ["out/slow"], run: "touch ready; while test -e out/a && ! test -e first; do sleep 0.05; done; cp in.txt out/slow" },`);
  w.write("tasks.config.ts", `import fs from "node:fs";\n${w.read("tasks.config.ts")}`);
  w.write("first", "");
  assert.equal((await w.tg("build -j2")).code, 0);
  for (const file of ["first", "ready", "out/slow"]) w.remove(file);
  w.write("plan.txt", "");
  const { code, stdout, stderr } = await w.tg("build -j2");
  assert.equal(code, 0, stdout + stderr);
  assert.deepEqual([w.read("out/slow"), w.exists("out/a")], ["1", false]);
});

test("a source that goes with its element is no error: the list is made first, and its instance leaves", async () => {
  const tasks = `  plan: { inputs: ["img/*"], run: (ctx) => { ran("plan"); return ctx.inputs; } },
  up: foreach({ from: "plan" }, ({ key, value }) => ({ inputs: [value], outputs: ["out/" + key], run: "echo 'up[" + key + "]' >>ran.log; cp " + value + " out/" + key })),
  near: foreach({ from: "plan" }, ({ key, value }) => ({ inputs: [{ glob: value + "*" }], outputs: ["near/" + key], run: "cp " + value + " near/" + key })),
  join: { inputs: [{ glob: "out/**", allowEmpty: true }], deps: ["up"], outputs: ["all"], run: "find out -type f | sort > all" },`;
  const w = await project("", tasks);
  for (const name of ["a", "b", "c"]) w.write(`img/${name}`, name);
  await built(w);
  w.remove("img/b");
  assert.match(transcript(await w.tg("build -n"), w), /\? up\[img\/b\] +input deleted: img\/b[^]*tg: 1 would run, 7 may run, 0 fresh \(dry run\)\nexit 0$/);
  const { tasks: states } = JSON.parse((await w.tg("status --json")).stdout) as { tasks: Record<string, { state: string }> };
  assert.equal(states["up[img/b]"]!.state, "maybe");
  assert.equal(await built(w), "plan");
  assert.equal(w.read("all"), "out/img/a\nout/img/c\n");
  w.write("img/c", "c2");
  w.remove("img/a");
  assert.equal(await built(w), "plan,up[img/c]");
  assert.equal(await built(w), "");
});

test("a source that goes and whose element stays in the list fails its instance, then is an error", async () => {
  const w = await project("a b", `  plan: { inputs: ["plan.txt"], run: () => readFileSync("plan.txt", "utf8").trim().split(" ") },
  up: foreach({ from: "plan" }, ({ key }) => ({ inputs: ["img/" + key], outputs: ["out/" + key], run: "cp img/" + key + " out/" + key })),`);
  for (const name of ["a", "b", "c"]) w.write(`img/${name}`, name);
  await built(w);
  w.remove("img/b");
  w.write("plan.txt", "a b c");
  assert.match(transcript(await w.tg("build -k"), w), /up\[b\][^]*img\/b[^]*exit 1$/);
  assert.match(transcript(await w.tg("build"), w), /^2\| tg: task "up\[b\]": input img\/b does not exist and no task makes it\n[^]*exit 2$/);
  w.write("plan.txt", "a c");
  await built(w);
  assert.deepEqual([w.exists("out/b"), w.exists("out/c")], [false, true]);
});

test("a callback that throws at a list that the build has made: what ran is not denied", async () => {
  const w = await project("a bad", PLAN.replace("({ key }) => ({ inputs", '({ key }) => { if (key === "bad") throw new Error("no " + key); return { inputs').replace('>out/" + key })),', '>out/" + key }; }),'));
  const said = transcript(await w.tg("build plan up"), w);
  assert.match(said, /^2\| tg: tasks\.config\.ts:\d+:\d+: Error: no bad\n[^]*2\| {5}try: correct the config\n2\| ✗ plan [^]*exit 1$/);
  assert.deepEqual(w.ran(), "plan");
});

test("what a new element may want is not called fresh while it is not on disk", async () => {
  const w = await project("", `  plan: { inputs: ["plan.txt"], run: () => { ran("plan"); return readFileSync("plan.txt", "utf8").trim().split(" ").filter(Boolean); } },
  mid: { inputs: ["in.txt"], intermediates: ["mid.txt"], run: "echo mid >>ran.log; cp in.txt mid.txt" },
  up: foreach({ from: "plan" }, ({ key }) => ({ inputs: ["mid.txt"], outputs: ["out/" + key], run: "echo 'up[" + key + "]' >>ran.log; cp mid.txt out/" + key })),`);
  await built(w);
  w.remove("mid.txt");
  assert.match((await w.tg("status -v")).stdout, /^mid +fresh +not on disk$/m);
  w.write("plan.txt", "b");
  assert.match(transcript(await w.tg("status -v"), w), /^1\| mid +maybe stale +may be needed by "up"$/m);
  assert.equal(await built(w), "mid,plan,up[b]");
  w.remove("mid.txt");
  w.write("plan.txt", " b ");
  assert.equal(await built(w), "plan");
  assert.equal(await built(w), "");
});

const PICKED = `  each: foreach("src/*", ({ file, key }) => ({ inputs: [file], outputs: ["work/" + key], run: "echo 'each[" + key + "]' >>ran.log; cp " + file + " work/" + key })),
  plan: { inputs: ["src/*"], run: (ctx) => { ran("plan"); return ctx.inputs.map((file) => file.slice(4)); } },
  picked: foreach({ from: "plan" }, ({ key }) => ({ inputs: ["work/" + key], outputs: ["out/" + key], run: "echo 'picked[" + key + "]' >>ran.log; cp work/" + key + " out/" + key })),
  all: { inputs: ["work/*"], deps: ["each"], outputs: ["all"], run: "echo all >>ran.log; cat work/* >all" },`;

test("what only an instance that leaves its list reads is no source: it goes once the list is made, and who reads by a pattern waits for that", async () => {
  const w = await project("", PICKED);
  w.write("src/a", "a\n");
  w.write("src/b", "b\n");
  await built(w);
  w.remove("src/b");
  const status = await w.tg("status");
  assert.match(status.stdout, /^plan +stale +input removed: src\/b$/m);
  assert.match(status.stdout, /^all +stale +upstream changed: "each" \(2 instances → 1 instance\) \(\+1 more\)$/m);
  assert.equal(w.exists("work/b"), true);
  const run = await w.tg("build");
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /removed 2 leftovers that no task makes any more: work\/b, out\/b\n/);
  assert.doesNotMatch(run.stderr, /source now/);
  assert.equal(w.ran(), "all,plan");
  assert.deepEqual([w.exists("work/b"), w.exists("out/b"), w.read("all")], [false, false, "a\n"]);
  assert.equal(await built(w), "");
});

test("who reads by a pattern brings the list into the build that decides what there is to read", async () => {
  const w = await project("", PICKED);
  w.write("src/a", "a\n");
  w.write("src/b", "b\n");
  await built(w);
  w.remove("src/b");
  const run = await w.tg("build all");
  assert.equal(run.code, 0, run.stderr);
  assert.equal(w.ran(), "all,plan");
  assert.deepEqual([w.exists("work/b"), w.read("all")], [false, "a\n"]);
  assert.equal(await built(w), "");
});

test("a file of a task that is gone is a source where an instance of a list that stands reads it", async () => {
  const w = await project("a b", `  gen: { inputs: ["in.txt"], outputs: ["work/a", "work/b"], run: "cp in.txt work/a; cp in.txt work/b" },
  plan: { inputs: ["plan.txt"], outputs: ["list"], run: "tr ' ' '\\\\n' <plan.txt >list" },
  picked: foreach({ from: "plan", lines: "list" }, ({ key }) => ({ inputs: ["work/" + key], outputs: ["out/" + key], run: "cp work/" + key + " out/" + key })),`);
  await built(w);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace(/ {2}gen: .*\n/, ""));
  const run = await w.tg("build");
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /work\/a is made by no task any more and is a source now/);
  assert.deepEqual([w.read("work/a"), w.read("out/b")], ["1", "1"]);
  const again = await w.tg("build");
  assert.doesNotMatch(again.stderr, /source now/);
});

test("a file of a task that is gone is a source where the new list still has who reads it, and others read it after that", async () => {
  const w = await project("a b", `  gen: { inputs: ["in.txt"], outputs: ["work/a", "work/b"], run: "cp in.txt work/a; cp in.txt work/b" },
  plan: { inputs: ["plan.txt"], outputs: ["list"], run: "echo plan >>ran.log; tr ' ' '\\\\n' <plan.txt >list" },
  all: { inputs: ["work/*"], outputs: ["all"], run: "echo all >>ran.log; ls work >all" },
  picked: foreach({ from: "plan", lines: "list" }, ({ key }) => ({ inputs: ["work/" + key], outputs: ["out/" + key], run: "echo 'picked[" + key + "]' >>ran.log; cp work/" + key + " out/" + key })),`);
  await built(w);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace(/ {2}gen: .*\n/, ""));
  w.write("plan.txt", "b");
  assert.match((await w.tg("status")).stdout, /^all +maybe stale +may change: work\/a \(from "plan"\)$/m);
  const run = await w.tg("build");
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /work\/b is made by no task any more and is a source now/);
  assert.equal(w.ran(), "all,plan");
  assert.deepEqual([w.exists("work/a"), w.read("work/b"), w.read("out/b"), w.read("all")], [false, "1", "1", "b\n"]);
  assert.equal(await built(w), "");
});

test("who reads what a list decides about waits for the list, though it stands before the task that makes it", async () => {
  const w = await project("a b", `  gen: { inputs: ["in.txt"], outputs: ["work/a"], run: "cp in.txt work/a" },
  last: { inputs: ["all"], outputs: ["last"], run: "cp all last" },
  all: { inputs: [{ glob: "work/*", allowEmpty: true }], outputs: ["all"], run: "ls work >all" },
  plan: { inputs: ["plan.txt"], outputs: ["list"], run: "test -s plan.txt && tr ' ' '\\\\n' <plan.txt >list" },
  picked: foreach({ from: "plan", lines: "list" }, ({ key }) => ({ inputs: ["work/" + key], outputs: ["out/" + key], run: "cp work/" + key + " out/" + key })),`);
  w.write("work/b", "1");
  await built(w);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace(/ {2}gen: .*\n/, ""));
  w.write("plan.txt", "");
  assert.match((await w.tg("build -k")).stderr, /blocked by "plan": .*\ball\b/);
  assert.match((await w.tg("status")).stdout, /^all +blocked +by "plan", which failed$/m);
  w.write("plan.txt", "b");
  await built(w);
  assert.deepEqual([w.exists("work/a"), w.read("all"), w.read("last")], [false, "b\n", "b\n"]);
  assert.equal((await w.tg("status --check")).code, 0);
});

test("what an instance of a list reads that is left out stays, and is decided about once it is made", async () => {
  const w = await project("", PICKED);
  w.write("src/a", "a\n");
  w.write("src/b", "b\n");
  await built(w);
  w.remove("src/b");
  const run = await w.tg("build --skip plan");
  assert.equal(run.code, 0, run.stderr);
  assert.doesNotMatch(run.stderr, /source now/);
  assert.equal(w.read("work/b"), "b\n");
  w.ran();
  assert.equal(await built(w), "all,plan");
  assert.deepEqual([w.exists("work/b"), w.read("all")], [false, "a\n"]);
});

test("what a task makes no more, and an instance may still read, is decided about though the task has run since", async () => {
  const w = await project("a b", `  gen: { inputs: ["in.txt"], outputs: ["work/a", "work/b"], run: "echo gen >>ran.log; cp in.txt work/a; cp in.txt work/b" },
  plan: { inputs: ["plan.txt"], outputs: ["list"], run: "echo plan >>ran.log; tr ' ' '\\\\n' <plan.txt >list" },
  all: { inputs: ["work/*"], outputs: ["all"], run: "echo all >>ran.log; ls work >all" },
  picked: foreach({ from: "plan", lines: "list" }, ({ key }) => ({ inputs: ["work/" + key], outputs: ["out/" + key], run: "echo 'picked[" + key + "]' >>ran.log; cp work/" + key + " out/" + key })),`);
  await built(w);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace(/"work\/a", "work\/b"\], run: "echo gen >>ran.log; cp in.txt work\/a; cp in.txt work\/b"/, `"work/a"], run: "echo gen >>ran.log; cp in.txt work/a"`));
  w.write("plan.txt", "a");
  const run = await w.tg("build gen");
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual([w.ran(), w.exists("work/b")], ["gen", true]);
  assert.equal(await built(w), "all,plan");
  assert.deepEqual([w.exists("work/b"), w.read("all")], [false, "a\n"]);
  assert.equal(await built(w), "");
});

test("while the task that makes the list fails, the file stays, and who reads by a pattern is blocked", async () => {
  const w = await project("a b", `  gen: { inputs: ["in.txt"], outputs: ["work/a", "work/b"], run: "cp in.txt work/a; cp in.txt work/b" },
  plan: { inputs: ["plan.txt"], outputs: ["list"], run: "test -s plan.txt && tr ' ' '\\\\n' <plan.txt >list" },
  all: { inputs: ["work/*"], outputs: ["all"], run: "echo all >>ran.log; ls work >all" },
  picked: foreach({ from: "plan", lines: "list" }, ({ key }) => ({ inputs: ["work/" + key], outputs: ["out/" + key], run: "cp work/" + key + " out/" + key })),`);
  await built(w);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace(/ {2}gen: .*\n/, ""));
  w.write("plan.txt", "");
  // One at a time, the list has failed before the turn of who reads.
  for (const jobs of [1, 2]) {
    const run = await w.tg(`build -k -j${jobs} all`);
    assert.equal(run.code, 1, run.stderr);
    assert.match(run.stderr, /1 failed, 1 blocked/);
    assert.deepEqual([w.ran(), w.read("work/a"), w.read("work/b")], ["", "1", "1"]);
  }
  assert.match((await w.tg("status")).stdout, /^all +blocked +by "plan", which failed$/m);
  const clean = await w.tg("clean --dead");
  assert.match(clean.stdout, /^kept work\/a \(an instance of a list that is to be made reads it\)$/m);
  w.write("plan.txt", "a");
  assert.equal(await built(w), "all");
  assert.deepEqual([w.exists("work/b"), w.read("all"), w.read("out/a")], [false, "a\n", "1"]);
  assert.equal(await built(w), "");
});

const CIRCLE = `  gen: { inputs: ["in.txt"], outputs: ["work/a", "work/b"], run: "cp in.txt work/a; cp in.txt work/b" },
  plan: { inputs: ["plan.txt", "all"], outputs: ["list"], run: "echo plan >>ran.log; tr ' ' '\\\\n' <plan.txt >list" },
  all: { inputs: ["work/*"], outputs: ["all"], run: "echo all >>ran.log; ls work >all" },
  picked: foreach({ from: "plan", lines: "list" }, ({ key }) => ({ inputs: ["work/" + key], outputs: ["out/" + key], run: "cp work/" + key + " out/" + key })),`;

test("a list that is made of what reads by the pattern is not waited for: the build after it is right", async () => {
  const w = await project("a b", CIRCLE);
  await built(w);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace(/ {2}gen: .*\n/, ""));
  w.write("plan.txt", "a");
  assert.equal(await built(w), "plan");
  assert.equal(w.exists("work/b"), false);
  assert.match((await w.tg("status")).stdout, /^all +stale +input removed: work\/b$/m);
  assert.equal(await built(w), "all,plan");
  assert.equal(w.read("all"), "a\n");
  assert.equal(await built(w), "");
});

test("where the element left that list before the task that made its file is gone, the build is right at once", async () => {
  const w = await project("a b", CIRCLE);
  await built(w);
  w.write("plan.txt", "a");
  assert.equal(await built(w), "plan");
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace(/ {2}gen: .*\n/, ""));
  assert.equal(await built(w), "all,plan");
  assert.deepEqual([w.exists("work/b"), w.read("all")], [false, "a\n"]);
  assert.equal(await built(w), "");
});

const STAGES = `  norm: foreach({ files: ["raw/*.csv"], allowEmpty: true }, ({ file, stem }) => ({ inputs: [file], outputs: ["norm/" + stem], run: "echo 'norm[" + stem + "]' >>ran.log; cp " + file + " norm/" + stem })),
  index: { inputs: ["norm/*"], deps: ["norm"], outputs: ["index"], run: "echo index >>ran.log; ls norm >index" },
  size: foreach({ from: "index", lines: "index" }, ({ key }) => ({ inputs: ["norm/" + key], outputs: ["size/" + key], run: "echo 'size[" + key + "]' >>ran.log; wc -c <norm/" + key + " >size/" + key })),
  total: { inputs: ["size/*"], deps: ["size"], outputs: ["total"], run: "echo total >>ran.log; cat size/* >total" },`;

test("a list of what stands in a folder does not keep there what has lost its source", async () => {
  const w = await project("", STAGES);
  for (const name of ["a", "b", "c"]) w.write(`raw/${name}.csv`, name);
  assert.equal(await built(w), "index,norm[a],norm[b],norm[c],size[a],size[b],size[c],total");
  w.remove("raw/b.csv");
  assert.match((await w.tg("status")).stdout, /^index +stale +input deleted: norm\/b/m);
  const run = await w.tg("build");
  assert.equal(run.code, 0, run.stderr);
  assert.doesNotMatch(run.stderr, /source now/);
  assert.deepEqual([w.ran(), w.exists("norm/b"), w.exists("size/b"), w.read("index")], ["index,total", false, false, "a\nc\n"]);
  assert.equal(await built(w), "");
});

test("nor what a task of another name, and with another command, makes no more by the same pattern", async () => {
  const w = await project("", `  gen: { inputs: ["in.txt"], outputs: ["norm/*"], run: "for f in a b; do cp in.txt norm/$f; done" },
  index: { inputs: ["norm/*"], outputs: ["index"], run: "echo index >>ran.log; ls norm >index" },
  size: foreach({ from: "index", lines: "index" }, ({ key }) => ({ inputs: ["norm/" + key], outputs: ["size/" + key], run: "wc -c <norm/" + key + " >size/" + key })),`);
  await built(w);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace("  gen:", "  norm:").replace("for f in a b", "for f in a"));
  const run = await w.tg("build");
  assert.equal(run.code, 0, run.stderr);
  assert.doesNotMatch(run.stderr, /source now/);
  assert.deepEqual([w.ran(), w.exists("norm/b"), w.exists("size/b"), w.read("index")], ["index", false, false, "a\n"]);
  assert.equal(await built(w), "");
});

test("nor does it in a build in which the list of the sources is made first", async () => {
  const w = await project("a b c", STAGES.replace('foreach({ files: ["raw/*.csv"], allowEmpty: true }, ({ file, stem }) => ({ inputs: [file]', 'foreach({ from: "plan" }, ({ key: stem }) => ({ inputs: ["raw/" + stem + ".csv"]').replace('cp " + file + "', 'cp raw/" + stem + ".csv').replace("  norm:", `${PLAN.split("\n")[0]!}\n  norm:`));
  for (const name of ["a", "b", "c"]) w.write(`raw/${name}.csv`, name);
  await built(w);
  w.write("plan.txt", "a c");
  assert.equal(await built(w), "index,plan,total");
  assert.deepEqual([w.exists("norm/b"), w.exists("size/b"), w.read("index")], [false, false, "a\nc\n"]);
  assert.equal(await built(w), "");
  w.write("plan.txt", "a b");
  assert.equal(await built(w), "index,norm[b],plan,size[b],total");
  assert.equal(w.read("index"), "a\nb\n");
});

test("a function that asked for files by a pattern waits for the list that decides about one", async () => {
  const w = await project("a b", `  gen: { inputs: ["in.txt"], outputs: ["work/a", "work/b"], run: "cp in.txt work/a; cp in.txt work/b" },
  plan: { inputs: ["plan.txt"], outputs: ["list"], run: "echo plan >>ran.log; tr ' ' '\\\\n' <plan.txt >list" },
  all: { inputs: ["in.txt"], outputs: ["all"], run: async (ctx) => { const files = await ctx.glob("work/*"); ran("all"); writeFileSync("all", files.join(" ")); } },
  picked: foreach({ from: "plan", lines: "list" }, ({ key }) => ({ inputs: ["work/" + key], outputs: ["out/" + key], run: "cp work/" + key + " out/" + key })),`);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace("import { appendFileSync,", "import { writeFileSync, appendFileSync,"));
  await built(w);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace(/ {2}gen: .*\n/, ""));
  w.write("plan.txt", "a");
  assert.equal(await built(w), "all,plan");
  assert.deepEqual([w.exists("work/b"), w.read("all")], [false, "work/a"]);
  assert.equal(await built(w), "");
});

test("who asked for an instance that left the list may be stale while the list is open, as it may come back; so may who found its file", async () => {
  const w = await project("a b", `${PLAN}
  finds: { inputs: ["in.txt"], deps: ["up"], outputs: ["found"], depfile: { path: "d", format: "lines" }, run: "echo finds >>ran.log; echo out/b >d; cp in.txt found" },
  asks: { outputs: ["asked"], run: async (ctx) => { ran("asks"); await ctx.need("up[b]"); writeFileSync("asked", ""); } },`);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace("readFileSync }", "readFileSync, writeFileSync }"));
  await built(w);
  w.write("plan.txt", "a");
  await built(w, "build up");
  w.write("plan.txt", "a b");
  assert.match((await w.tg("status asks")).stdout, /^asks +maybe stale +may change: what "plan" makes$/m);
  assert.match((await w.tg("status finds")).stdout, /^finds +maybe stale/m);
  assert.equal(await built(w, "build up asks finds"), "plan,up[b]");
});

test("who asked for a file that stayed behind waits for the list, which may bring who makes it anew", async () => {
  const w = await project("a b", `  asks: { outputs: ["asked"], run: async (ctx) => { await ctx.need("out/b"); ran("asks"); writeFileSync("asked", readFileSync("out/b", "utf8")); } },
  late: { inputs: ["late.txt"], outputs: ["late"], run: async (ctx) => { if (readFileSync("late.txt", "utf8") === "ask") await ctx.need("out/b"); ran("late"); writeFileSync("late", fs.existsSync("out/b") ? readFileSync("out/b", "utf8") : ""); } },
  plan: { inputs: ["plan.txt"], run: () => { ran("plan"); return readFileSync("plan.txt", "utf8").trim().split(" "); } },
  up: foreach({ from: "plan" }, ({ key }) => ({ inputs: ["in.txt"], outputs: ["out/" + key], drift: "error", run: "echo 'up[" + key + "]' >>ran.log; cp in.txt out/" + key })),
  names: { inputs: [{ path: "out/b", optional: true }], deps: ["up"], outputs: ["names"], run: "echo names >>ran.log; cat out/* >names" },`);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace("readFileSync }", "readFileSync, writeFileSync }").replace(/^/, 'import fs from "node:fs";\n'));
  w.write("late.txt", "");
  await built(w);
  w.write("plan.txt", "a");
  w.write("in.txt", "2");
  await built(w);
  assert.deepEqual([w.read("out/b"), w.read("asked")], ["1", "1"]);
  w.write("plan.txt", "a b");
  w.write("late.txt", "ask");
  assert.match((await w.tg("status asks")).stdout, /^asks +maybe stale +may change: what "plan" makes$/m);
  assert.equal(await built(w, "build asks late -j1"), "asks,late,plan,up[b]");
  assert.deepEqual([w.read("asked"), w.read("late")], ["2", "2"]);
  assert.equal(await built(w), "names");
  assert.equal(await built(w), "");
});

for (const first of ["low", "plan"]) {
  test(`who asks for a file that nobody makes does not wait for a list that needs it, whoever begins: ${first}`, async () => {
    const pair = [`  low: { outputs: ["low"], run: async (ctx) => { ran("low"); await ctx.need("none").catch(() => {}); appendFileSync("low", ""); } },`,
      `  plan: { inputs: ["plan.txt"], run: async (ctx) => { ran("plan"); await ctx.need("mid"); return readFileSync("plan.txt", "utf8").trim().split(" "); } },`];
    const w = await project("a", `${(first === "low" ? pair : pair.reverse()).join("\n")}
  mid: { inputs: ["low"], outputs: ["mid"], run: "echo mid >>ran.log; cp low mid" },
  up: foreach({ from: "plan" }, ({ key }) => ({ inputs: ["in.txt"], outputs: ["out/" + key], run: "echo 'up[" + key + "]' >>ran.log; cp in.txt out/" + key })),`);
    const run = await w.tg("build -j1");
    assert.equal(run.code, 0, run.stderr);
    assert.equal(w.ranInOrder(), first === "low" ? "low,plan,mid,up[a]" : "plan,low,mid,up[a]");
    assert.equal(await built(w), "");
  });
}

test("so does who asked for one that somebody has edited since", async () => {
  const w = await project("a b", `  asks: { outputs: ["asked"], run: async (ctx) => { await ctx.need("out/b"); ran("asks"); writeFileSync("asked", readFileSync("out/b", "utf8")); } },
${PLAN.replace("echo \" + key + \" >out/", "cp in.txt out/")}`);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace("readFileSync }", "readFileSync, writeFileSync }"));
  await built(w);
  w.write("out/b", "mine");
  w.write("plan.txt", "a");
  await built(w);
  assert.deepEqual([w.read("out/b"), w.read("asked")], ["mine", "mine"]);
  w.write("plan.txt", "a b");
  await built(w, "build -j1");
  assert.deepEqual([w.read("out/b"), w.read("asked")], ["1", "1"]);
  assert.equal(await built(w), "");
});

test("a source that is gone is an error, though its reader once asked for what stands on a list that is open", async () => {
  const w = await project("a", `${PLAN}
  asks: { inputs: ["in.txt", "own.txt"], outputs: ["asked"], run: async (ctx) => { await ctx.need("up"); writeFileSync("asked", ""); } },`);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace("readFileSync }", "readFileSync, writeFileSync }"));
  w.write("own.txt", "");
  await built(w);
  w.remove("own.txt");
  w.write("plan.txt", "a b");
  assert.match(transcript(await w.tg("build"), w), /^2\| tg: task "asks": input own\.txt does not exist and no task makes it\n[^]*exit 2$/);
  assert.equal(w.ran(), "");
});

test("an instance that is skipped may leave its list: who asked for it, or found its file, waits for the list", async () => {
  const tasks = `${PLAN.split("\n")[0]}
  up: foreach({ from: "plan" }, ({ key }) => ({ when: key !== readFileSync("off.txt", "utf8"), inputs: ["in.txt"], outputs: ["out/" + key], run: "echo 'up[" + key + "]' >>ran.log; echo " + key + " >out/" + key })),
  named: { outputs: ["named"], run: async (ctx) => { ran("named"); writeFileSync("named", await ctx.need("up[b]").then(() => "yes", () => "no")); } },
  file: { outputs: ["file"], run: async (ctx) => { ran("file"); writeFileSync("file", await ctx.need("out/b").then(() => "yes", () => "no")); } },
  glob: { outputs: ["glob"], run: async (ctx) => { ran("glob"); await ctx.need("plan"); writeFileSync("glob", (await ctx.glob("out/*")).join(" ")); } },
  found: { inputs: ["in.txt"], outputs: ["found"], after: ["up"], depfile: { path: "found.d", format: "lines" }, run: "echo found >>ran.log; echo out/* | tee found | tr ' ' '\\\\n' | grep -v '[*]' >found.d; true" },`;
  const w = await project("a b", tasks);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace("readFileSync }", "readFileSync, writeFileSync }"));
  w.write("off.txt", "");
  await built(w);
  w.write("off.txt", "b");
  await built(w);
  w.write("plan.txt", "a");
  assert.match((await w.tg("status named found")).stdout, /^named +maybe stale +may change: what "plan" makes\nfound +maybe stale +may change: out\/a \(from "up\[a\]"\)/m);
  assert.equal(await built(w, "build named"), "named,plan");
  assert.equal(await built(w), "file,found,glob");
  assert.deepEqual(["named", "file", "glob", "found"].map((name) => w.read(name).trim()), ["no", "no", "out/a", "out/a"]);
  assert.equal(await built(w), "");
});

test("who found nothing by a depfile where a new instance makes something runs after that", async () => {
  const w = await project("a", `${PLAN.split("\n").slice(0, 2).join("\n")}
  found: { outputs: ["found"], after: ["up"], depfile: { path: "found.d", format: "lines" }, run: "echo found >>ran.log; ls out >found; printf 'out/b\\n/none\\n' >found.d" },
  named: { inputs: [{ path: "out/b", optional: true }], outputs: ["named"], after: ["up"], run: "echo named >>ran.log; cat out/b >named 2>&1; true" },`);
  await built(w);
  w.write("plan.txt", "a b");
  assert.match((await w.tg("status")).stdout, /^found +maybe stale  may change: out\/b \(from "plan"\)\nnamed +maybe stale  may change: out\/b \(from "plan"\)$/m);
  assert.equal(await built(w), "found,named,plan,up[b]");
  assert.equal(w.read("found"), "a\nb\n");
  w.write("plan.txt", "a b c");
  assert.equal(await built(w), "plan,up[c]");
});

test("who found by a depfile what stayed behind may be stale while the list is open, which may bring who makes it anew", async () => {
  const w = await project("a b", `${PLAN.replace("echo \" + key + \" >out/", "cp in.txt out/")}
  names: { inputs: [{ path: "out/b", optional: true }], deps: ["up"], outputs: ["names"], run: "cat out/* >names" },
  finds: { after: ["up"], outputs: ["found"], depfile: { path: "found.d", format: "lines" }, run: "echo finds >>ran.log; cat out/b >found; echo out/b >found.d" },`);
  await built(w);
  w.write("plan.txt", "a");
  await built(w);
  await built(w);
  w.write("plan.txt", "a b");
  w.write("in.txt", "2");
  assert.match((await w.tg("status finds")).stdout, /^finds +maybe stale +may change: out\/b \(from "plan"\)$/m);
  assert.match(await built(w), /finds/);
  assert.equal(w.read("found").trim(), "2");
  w.write("plan.txt", "a");
  await built(w);
  w.write("plan.txt", "a  ");
  assert.match((await w.tg("status finds")).stdout, /^finds +maybe stale/m);
  assert.doesNotMatch(await built(w), /finds/);
});

test("who asks for an instance that is skipped, for the first time, is told once the list it may leave is made", async () => {
  const w = await project("a b", `${PLAN.split("\n")[0]}
  up: foreach({ from: "plan" }, ({ key }) => ({ when: key !== "b", inputs: ["in.txt"], outputs: ["out/" + key], run: "cp in.txt out/" + key })),
  asks: { outputs: ["asked"], run: async (ctx) => { ran("asks"); writeFileSync("asked", await ctx.need("up[b]").then(() => "yes", () => "no")); } },`);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace("readFileSync }", "readFileSync, writeFileSync }"));
  await built(w, "build up");
  w.write("plan.txt", "a");
  assert.equal(await built(w, "build asks"), "asks,plan");
  assert.equal(w.read("asked"), "no");
});

test("who asks for a family is told of the list that was made before, and who asked in vain waits for the list", async () => {
  const w = await project("a", `${PLAN.split("\n").slice(0, 2).join("\n")}
  late: { deps: ["plan"], inputs: ["late.txt"], outputs: ["late"], run: async (ctx) => { if (readFileSync("late.txt", "utf8") === "ask") await ctx.need("up"); writeFileSync("late", fs.existsSync("out/b") ? "b" : ""); } },
  vain: { outputs: ["vain"], depfile: { path: "vain.d", format: "lines" }, run: async (ctx) => { ran("vain"); const word = await ctx.need("out/c").then(() => "yes", () => "no"); writeFileSync("vain.d", word === "yes" ? "out/c" : ""); writeFileSync("vain", word); } },`);
  w.write("tasks.config.ts", `import fs, { writeFileSync } from "node:fs";\n${w.read("tasks.config.ts")}`);
  w.write("late.txt", "");
  await built(w);
  w.write("plan.txt", "a ");
  assert.equal(await built(w, "build vain"), "plan", "the list is made anew, and is what it was");
  w.write("plan.txt", "a b");
  w.write("late.txt", "ask");
  assert.equal(await built(w, "build late"), "plan,up[b]");
  assert.equal(w.read("late"), "b");
  w.write("plan.txt", "a b c");
  assert.equal(await built(w, "build vain"), "plan,up[c],vain");
  assert.equal(w.read("vain"), "yes");
  // What went with an instance that nobody looked at meanwhile, the next list may bring back as it was.
  w.write("plan.txt", "a b");
  assert.equal(await built(w, "build up"), "plan");
  w.write("plan.txt", "a b c");
  assert.match((await w.tg("status vain")).stdout, /^vain +maybe stale/m);
  assert.equal(await built(w), "plan,up[c]");
});

test("who waits for a list to decide what there is to read does not, once the function that makes the list asks for it", async () => {
  const GEN = `  gen: { inputs: ["in.txt"], outputs: ["work/a", "work/b"], run: "cp in.txt work/a; cp in.txt work/b" },\n`;
  const w = await project("a b", `${GEN}  plan: { inputs: ["plan.txt"], run: async (ctx) => { ran("plan"); return readFileSync("plan.txt", "utf8").trim().split(" "); } },
  all: { inputs: ["work/*"], outputs: ["all"], run: "echo all >>ran.log; ls work >all" },
  users: { inputs: ["all"], outputs: ["users"], run: "echo users >>ran.log; cp all users" },
  picked: foreach({ from: "plan" }, ({ key }) => ({ inputs: ["work/" + key], outputs: ["out/" + key], run: "cp work/" + key + " out/" + key })),`);
  await built(w);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace(GEN, "").replace('ran("plan");', 'ran("plan"); await ctx.need("users");'));
  w.write("plan.txt", "a");
  assert.equal(await built(w), "plan", "for who reads by the pattern nothing has changed so far");
  assert.equal(w.exists("work/b"), false);
  assert.equal(await built(w), "all,plan,users");
  assert.equal(w.read("users"), "a\n");
  assert.equal(await built(w), "");
});

test("what only an instance of the open list needs on disk is made again if the new list has that instance, and not before", async () => {
  const w = await project("a", `  plan: { inputs: ["plan.txt"], run: () => { ran("plan"); return readFileSync("plan.txt", "utf8").trim().split(" "); } },
  base: { inputs: ["in.txt"], intermediates: ["base.i"], run: "echo base >>ran.log; cp in.txt base.i" },
  up: foreach({ from: "plan" }, ({ key }) => ({ inputs: key === "a" ? ["base.i"] : [], intermediates: ["out/" + key], run: "echo 'up[" + key + "]' >>ran.log; echo " + key + " >out/" + key })),
  join: { inputs: [{ glob: "out/*", allowEmpty: true }, "word.txt"], deps: ["up"], outputs: ["all"], run: "echo join >>ran.log; cat word.txt out/* >all" },`);
  w.write("word.txt", "1");
  await built(w);
  for (const path of ["base.i", "out/a"]) w.remove(path);
  for (const [text, also] of [["b", ""], ["a", ",base,up[a]"]] as const) {
    w.write("plan.txt", text);
    w.write("word.txt", text);
    assert.match((await w.tg("status -v")).stdout, /base +maybe stale/);
    assert.equal(await built(w), `join,plan${also === "" ? ",up[b]" : also}`.split(",").sort().join(","));
  }
});

test("who reads by a pattern what only instances of an unmade list make is told which family to wait for", async () => {
  const w = await project("a", `${PLAN.split("\n").slice(0, 2).join("\n")}
  all: { inputs: ["out/*"], outputs: ["all"], run: "cat out/* > all" },
  one: { inputs: ["out/a"], outputs: ["one"], run: "cp out/a one" },`);
  assert.equal(transcript(await w.tg("build"), w), `2| tg: task "all": input "out/*" matches no file
2|     at tasks.config.ts:7
2|     try: add deps: ["up"] if instances make it; otherwise correct the pattern, or { glob, allowEmpty: true } if that is intended
2| tg: task "one": input out/a does not exist and no task makes it
2|     at tasks.config.ts:8
2|     try: add deps: ["up"] if instances make it; otherwise correct the path, or { path, optional: true } if it may be absent
exit 2`);
});

test("an instance that failed and may leave its list may only run", async () => {
  const w = await workspace({ "src/a": "1", "src/b": "2", "tasks.config.ts": `import { readdirSync } from "node:fs";
import { defineConfig, foreach } from "tg-build";
export default defineConfig({ tasks: {
  list: { inputs: ["src/*"], run: () => readdirSync("src") },
  up: foreach({ from: "list" }, ({ value }) => ({ inputs: ["src/" + value], outputs: ["o/" + value], run: \`test \${value} = a && cp src/\${value} o/\${value}\` })),
} });
` });
  await w.tg("build -k");
  assert.match((await w.tg("status")).stdout, /^up\[b\] +failed +exit 1$/m);
  w.remove("src/b");
  assert.match((await w.tg("status -v")).stdout, /^up\[b\] +maybe stale +failed last time\n +last error: exit 1\n +input deleted: src\/b$/m);
  assert.match((await w.tg("build -n")).stdout, /^\? up\[b\] +failed last time/m);
  assert.match((await w.tg("build")).stderr, /1 ran, 1 fresh/);
});
