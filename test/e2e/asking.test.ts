// Dependencies that functions find while they run, on the built command: asked for, recorded, replayed in order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { workspace, type Workspace } from "../support/rig.ts";

const HEAD = `import { appendFileSync, readFileSync, writeFileSync, existsSync } from "node:fs";
const ran = (name) => appendFileSync("ran.log", name + "\\n");
const text = (file) => readFileSync(file, "utf8").trim();
`;

async function project(tasks: string, files: Readonly<Record<string, string>> = {}, top = ""): Promise<Workspace> {
  return workspace({ "tasks.config.ts": `${HEAD}export default { tasks: {\n${tasks}\n},${top} };\n`, ...files });
}

async function built(w: Workspace, args = "build", env: Record<string, string> = {}): Promise<string> {
  const run = await w.tg(args, { env });
  assert.equal(run.code, 0, run.stdout + run.stderr);
  return w.ran();
}

async function why(w: Workspace, task: string): Promise<string> {
  return (await w.tg(["why", task])).stdout;
}

const NEEDS = `  app: { inputs: ["main.txt"], outputs: ["app"], run: async (ctx) => {
    ran("app");
    const parts = [];
    for (const name of text("main.txt").split(" ")) { parts.push(name + "=" + JSON.stringify(await ctx.need(name)) + (name.includes(".") ? text(name) : "")); }
    writeFileSync("app", parts.join("\\n"));
  } },
  one: { inputs: ["one.src"], run: () => { ran("one"); return text("one.src").length; } },
  gen: { inputs: ["gen.src"], outputs: ["gen.txt"], run: "echo gen >>ran.log; head -c3 gen.src >gen.txt" },
  unused: { inputs: ["gen.src"], outputs: ["unused"], run: "echo unused >>ran.log; echo >unused" },`;

const FILES = { "main.txt": "one gen.txt plain.txt", "one.src": "a", "gen.src": "xyz1", "plain.txt": "plain" };

test("what a function needs is made when it asks, and is known from then on", async () => {
  for (const jobs of ["-j1", "-j4"]) {
    const w = await project(NEEDS, FILES);
    assert.equal(await built(w, `build ${jobs} app`), "app,gen,one");
    assert.equal(w.read("app"), 'one=1\ngen.txt=nullxyz\nplain.txt=nullplain');
    assert.equal(await built(w, `build ${jobs} app`), "");
    w.write("plain.txt", "other");
    assert.match(await why(w, "app"), /need changed: "need plain\.txt"/);
    assert.equal(await built(w, `build ${jobs} app`), "app");
    w.write("one.src", "b");
    assert.equal(await built(w, `build ${jobs} app`), "one");
    w.write("one.src", "bb");
    assert.match((await w.tg("status app")).stdout, /^app +maybe stale +may change: what "one" makes$/m);
    assert.equal(await built(w, `build ${jobs} app`), "app,one");
    w.write("gen.src", "xyz2");
    assert.equal(await built(w, `build ${jobs} app`), "gen");
    w.write("gen.src", "zzz");
    assert.equal(await built(w, `build ${jobs} app`), "app,gen");
    w.write("main.txt", "plain.txt");
    assert.equal(await built(w, `build ${jobs} app`), "app");
    w.write("one.src", "c");
    assert.equal(await built(w, `build ${jobs} app`), "");
    assert.equal(await built(w, `build ${jobs}`), "one,unused");
  }
});

test("while it waits its slot is free, and many may wait at once", async () => {
  const w = await project(`  deep: { inputs: ["x"], run: async (ctx) => Number(await ctx.need("mid")) + 1 },
  mid: { inputs: ["x"], run: async (ctx) => (await Promise.all([ctx.need("low"), ctx.need("low2"), ctx.need("x")])).filter(Boolean).length },
  low: { inputs: ["x"], run: () => 1 },
  low2: { inputs: ["x"], run: async (ctx) => Number(await ctx.need("low")) + 1 },`, { x: "1" });
  assert.equal((await w.tg("build -j1 deep")).code, 0);
  assert.equal((await w.tg("results")).stdout, "deep  3\nmid   2\nlow   1\nlow2  2\n");
  w.write("x", "2");
  assert.equal((await w.tg("build -j2")).code, 0);
  assert.match((await w.tg("build")).stderr + (await w.tg("build")).stdout, /4 tasks up to date/);
});

test("files by pattern, variables and absences count as they are asked for", async () => {
  const w = await project(`  all: { inputs: ["x"], outputs: ["all"], run: async (ctx) => {
    ran("all");
    const files = await ctx.glob("src/*.txt");
    const mode = await ctx.env("MODE");
    const plain = await ctx.absent("special.txt");
    writeFileSync("all", JSON.stringify([files, mode ?? null, plain, ctx.env.SET, Object.keys(ctx.env)]));
  }, env: { SET: "set" } },`, { x: "1", "src/a.txt": "a", "src/b.md": "b" });
  assert.equal(await built(w), "all");
  assert.deepEqual(JSON.parse(w.read("all")), [["src/a.txt"], null, true, "set", ["SET"]]);
  assert.equal(await built(w), "");
  w.write("src/a.txt", "content is no matter of the pattern");
  w.write("src/c.md", "c");
  assert.equal(await built(w), "");
  w.write("src/c.txt", "c");
  assert.match(await why(w, "all"), /need changed: "glob src\/\*\.txt"/);
  assert.equal(await built(w), "all");
  assert.equal(await built(w, "build", { MODE: "fast" }), "all");
  assert.equal(await built(w, "build", { MODE: "fast" }), "");
  w.write("special.txt", "");
  assert.match((await w.tg("why all", { env: { MODE: "fast" } })).stdout, /need changed: "absent special\.txt"/);
  assert.equal(await built(w, "build", { MODE: "fast" }), "all");
  assert.deepEqual(JSON.parse(w.read("all")), [["src/a.txt", "src/c.txt"], "fast", false, "set", ["SET"]]);
});

test("a pattern over what tasks make waits for them", async () => {
  const w = await project(`  list: { inputs: ["x"], outputs: ["list"], run: async (ctx) => { ran("list"); writeFileSync("list", (await ctx.glob("gen/**/*.txt")).join(" ")); } },
  flat: { inputs: ["x"], outputs: ["flat"], run: async (ctx) => { ran("flat"); writeFileSync("flat", (await ctx.glob("gen/*.txt")).join(" ")); } },
  a: { inputs: ["x"], outputs: ["gen/a.txt"], run: "echo a >>ran.log; echo >gen/a.txt" },
  more: { inputs: ["x"], outputs: ["gen/more/"], run: "echo more >>ran.log; echo >gen/more/x" },`, { x: "1" });
  assert.equal(await built(w, "build flat"), "a,flat", "no file of the folder can match");
  assert.equal(await built(w, "build list"), "list,more");
  assert.deepEqual([w.read("flat"), w.read("list")], ["gen/a.txt", "gen/a.txt"]);
  assert.equal(await built(w), "");
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace("  a: {", '  b: { outputs: ["gen/b.txt"], run: "echo b >>ran.log; echo >gen/b.txt" },\n  a: {'));
  assert.equal(await built(w, "build list"), "b,list");
  assert.equal(w.read("list"), "gen/a.txt gen/b.txt");
});

test("what asked for another task last time may be asked for by that one now", async () => {
  const tasks = (a: string, b: string, c = ""): string => `${HEAD}export default { tasks: {
  a: { inputs: ["x"], outputs: ["a.txt"], run: async (ctx) => { ${a}; ran("a"); writeFileSync("a.txt", "a"); } },
  b: { inputs: ["x"], outputs: ["b.txt"], run: async (ctx) => { ${b}; ran("b"); writeFileSync("b.txt", "b"); } },
  c: { inputs: ["x"], outputs: ["c.txt"], run: async (ctx) => { ${c}; ran("c"); writeFileSync("c.txt", "c"); } },
} };\n`;
  const w = await workspace({ "tasks.config.ts": tasks('await ctx.need("b.txt")', "", 'await ctx.need("a.txt")'), x: "1" });
  for (const jobs of ["-j1", "-j4"]) {
    w.write("tasks.config.ts", tasks('await ctx.need("b.txt")', "", 'await ctx.need("a.txt")'));
    w.ran();
    await built(w, `build ${jobs}`);
    w.write("tasks.config.ts", tasks("", 'await ctx.need("c.txt")', 'await ctx.need("a.txt")'));
    assert.equal(await built(w, `build ${jobs}`), "a,b,c");
    assert.equal(await built(w, `build ${jobs}`), "");
  }
  w.write("tasks.config.ts", tasks('await ctx.need("b.txt")', 'await ctx.need("c.txt")', 'await ctx.need("a.txt")'));
  for (let i = 0; i < 2; i++) {
    const run = await w.tg("build");
    assert.equal(run.code, 1);
    assert.match(run.stderr, /dependency cycle: (a -> b -> c -> a|b -> c -> a -> b|c -> a -> b -> c)/);
  }
  w.ran();
  w.write("tasks.config.ts", tasks('await ctx.need("b.txt")', "", 'await ctx.need("a.txt")'));
  assert.equal(await built(w), "a,b,c");
});

test("what cannot be: circles, nothing there, a failure, a bad pattern", async () => {
  const w = await project(`  a: { inputs: ["x"], run: (ctx) => ctx.need("b") },
  b: { inputs: ["x"], run: (ctx) => ctx.need("c") },
  c: { deps: ["d"], run: () => 1 },
  d: { inputs: ["x"], run: (ctx) => ctx.need("a") },
  self: { inputs: ["x"], run: (ctx) => ctx.need("self") },
  none: { inputs: ["x"], run: (ctx) => ctx.need("nothing.txt") },
  bad: { inputs: ["x"], run: "exit 3" },
  badly: { inputs: ["x"], run: (ctx) => ctx.need("bad") },
  bears: { inputs: ["x"], outputs: ["bears"], run: async (ctx) => { await ctx.need("bad").catch((error) => writeFileSync("bears", error.message)); } },
  pattern: { inputs: ["x"], run: (ctx) => ctx.glob("src/[a") },
  made: { inputs: ["x"], outputs: ["made"], run: "echo >made" },
  absent: { inputs: ["x"], run: (ctx) => ctx.absent("made") },`, { x: "1" });
  const run = await w.tg("build -k -j4");
  assert.equal(run.code, 1);
  assert.match(run.stderr, /dependency cycle: (a -> b -> c -> d -> a|d -> a -> b -> c -> d|b -> c -> d -> a -> b)/);
  assert.match(run.stderr, /task "self": Error: dependency cycle: self -> self/);
  assert.match(run.stderr, /task "none": Error: "nothing\.txt" is neither a task nor a file/);
  assert.match(run.stderr, /task "badly": Error: "bad" failed/);
  assert.equal(w.read("bears"), '"bad" failed');
  assert.match(run.stderr, /task "pattern": Error: bad pattern "src\/\[a": unclosed \[/);
  assert.match(run.stderr, /task "absent": Error: "made" is made by "made": ask for it with need/);
});

const CATCHES = `  app: { inputs: ["ask.txt"], outputs: ["app.txt"], run: async (ctx) => {
    ran("app");
    const [kind, what] = text("ask.txt").split(" ");
    writeFileSync("app.txt", await ctx[kind](what).then((value) => JSON.stringify(value), (error) => "none: " + error.message));
  } },
  low: { inputs: ["low.txt"], outputs: ["gen/low.txt"], run: "echo low >>ran.log; cp low.txt gen/low.txt; grep -q good low.txt" },
  top: { inputs: ["gen/low.txt"], outputs: ["gen/top.txt"], run: "echo top >>ran.log; cp gen/low.txt gen/top.txt" },`;

test("who went on without what could not be made runs again once it is made", async () => {
  for (const [ask, none, found] of [
    ["need low", 'none: "low" failed', "null"],
    ["need gen/top.txt", 'none: "top" is blocked', "null"],
    ["glob gen/*.txt", 'none: "low" failed', '["gen/low.txt","gen/top.txt"]'],
  ] as const) {
    const w = await project(CATCHES, { "ask.txt": ask, "low.txt": "bad" });
    assert.equal((await w.tg("build -k app")).code, 1);
    assert.equal(w.read("app.txt"), none, ask);
    assert.equal((await w.tg("build -k app")).code, 1);
    w.write("low.txt", "good");
    assert.match((await w.tg("status app")).stdout, /^app +blocked +by "low", which failed$/m, ask);
    w.ran();
    assert.match(await built(w, "build app"), /^app,low/, ask);
    assert.equal(w.read("app.txt"), found, ask);
    assert.equal(await built(w, "build app"), "", ask);
  }
});

test("who asked that there be nothing at a path asks again once another task makes it, and once that makes it no more", async () => {
  const config = (...outs: string[]): string => `import app from "./app.task.ts";\nexport default { tasks: { app, make: { outputs: ${JSON.stringify(outs)}, run: "touch gen/x gen/y" } } };\n`;
  const w = await workspace({
    "app.task.ts": `${HEAD}import { defineTask } from "tg-build";
export default defineTask(import.meta, { outputs: ["app.txt"], run: async (ctx) => {
  ran("app");
  writeFileSync("app.txt", await ctx.absent("gen/x").then(String, (error) => error.message));
} });\n`,
    "tasks.config.ts": config("gen/y"),
  });
  assert.equal(await built(w, "build app"), "app");
  for (const [outs, said] of [[["gen/y", "gen/x"], '"gen/x" is made by "make": ask for it with need'], [["gen/y"], "true"], [["gen/*"], '"gen/x" is made by "make": ask for it with need']] as const) {
    w.write("tasks.config.ts", config(...outs));
    assert.match((await w.tg("status app")).stdout, /^app +stale +need changed: "absent gen\/x"$/m);
    assert.equal(await built(w, "build app"), "app");
    assert.equal(w.read("app.txt"), said);
    assert.equal(await built(w, "build app"), "");
  }
});

test("who is told that the build is being stopped, and goes on, asks again in the next", async () => {
  const w = await project(CATCHES.replace('inputs: ["low.txt"]', 'inputs: ["low.txt"], deps: ["slow"]') + '\n  slow: { inputs: ["low.txt"], run: GATE },\n  bad: { inputs: ["ok.txt"], run: HOLD },', { "ask.txt": "need low", "low.txt": "good", "ok.txt": "1" });
  const gate = w.gate("slow");
  const hold = w.gate("hold");
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace("GATE", JSON.stringify(gate.command)).replace("HOLD", JSON.stringify(`${hold.command}; grep -q 2 ok.txt`)));
  const build = w.start("build -j3 app bad");
  await gate.reached();
  hold.release();
  await build.until(/bad .*exit 1/);
  gate.release();
  assert.equal((await build.done).code, 1);
  assert.equal(w.read("app.txt"), "none: the build is being stopped");
  assert.equal(w.ran(), "app");
  assert.equal(await built(w, "build app"), "app,low");
  assert.equal(w.read("app.txt"), "null");
});

test("the first failure and Ctrl-C end those who wait", async () => {
  const w = await project(`  waits: { inputs: ["x"], run: (ctx) => ctx.need("late") },
  late: { deps: ["slow"], run: () => 1 },
  slow: { inputs: ["x"], run: GATE },
  bad: { inputs: ["x"], run: HOLD },`, { x: "1" });
  const gate = w.gate("slow");
  const hold = w.gate("hold");
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace("GATE", JSON.stringify(gate.command)).replace("HOLD", JSON.stringify(`${hold.command}; exit 3`)));
  const build = w.start("build -j3 waits bad");
  await gate.reached();
  hold.release();
  await build.until(/bad .*exit 3/);
  gate.release();
  const failed = await build.done;
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /task "waits": Error: the build is being stopped/);
  w.write("x", "2");
  const again = w.start("build -j2 waits");
  await gate.reached();
  again.signal("SIGINT");
  assert.equal((await again.done).signal, "SIGINT");
});

test("a need that is edited while the function runs is run again", async () => {
  const w = await project(`  app: { inputs: ["x"], outputs: ["app"], run: async (ctx) => {
    ran("app");
    await ctx.need("late.txt");
    const was = text("late.txt");
    if (!existsSync("once")) { writeFileSync("once", ""); writeFileSync("late.txt", "second, and longer"); }
    writeFileSync("app", was);
  } },`, { x: "1", "late.txt": "first" });
  const run = await w.tg("build");
  assert.equal(run.code, 0, run.stderr);
  assert.equal(w.ranInOrder(), "app,app");
  assert.equal(w.read("app"), "second, and longer");
  assert.equal(await built(w), "");
});

test("needs are remembered by a killed build's successor, and by a state that was packed", async () => {
  const w = await project(NEEDS, FILES);
  await built(w, "build app");
  w.write("tasks.config.ts", w.read("tasks.config.ts") + "\n");
  assert.equal(await built(w, "build app"), "app,one");
  w.write("gen.src", "changed");
  assert.match((await w.tg("status app --json")).stdout, /"gen":\{"state":"stale"/);
  assert.equal(await built(w, "build app"), "app,gen");
});

test("who is gone from the config and comes back to what it left knows what it asked for", async () => {
  const gen = '  gen: { inputs: ["gen.src"], outputs: ["gen.txt"], run: "echo gen >>ran.log; head -c3 gen.src >gen.txt" },';
  const app = '\n  app: { outputs: ["app"], drift: "keep", run: async (ctx) => { ran("app"); await ctx.need("gen.txt"); writeFileSync("app", text("gen.txt")); } },';
  const w = await project(gen + app, { "gen.src": "xyz1" });
  assert.equal(await built(w), "app,gen");
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace(app, ""));
  w.write("app", "edited");
  assert.equal(await built(w), "");
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace(gen, gen + app));
  w.write("gen.src", "xyz2");
  assert.equal(await built(w, "build -j2"), "gen");
  assert.equal(w.read("app"), "edited");
  w.write("gen.src", "abc");
  assert.equal(await built(w, "build -j2"), "app,gen");
});

test("a depfile may name what the function asked for", async () => {
  const w = await project(`  gen: { inputs: ["gen.src"], outputs: ["gen.txt"], run: "echo gen >>ran.log; cp gen.src gen.txt" },
  app: { inputs: ["main.txt"], outputs: ["app"], depfile: { path: "app.d", format: "lines" }, run: async (ctx) => {
    ran("app");
    await ctx.need("gen.txt");
    writeFileSync("app", text("gen.txt"));
    writeFileSync("app.d", "gen.txt\\n");
  } },`, { "main.txt": "", "gen.src": "1" });
  assert.equal(await built(w, "build app"), "app,gen");
  assert.equal(await built(w), "");
  w.write("gen.src", "2");
  assert.equal(await built(w), "app,gen");
  assert.equal(w.read("app"), "2");
});

test("a family that is asked for while it is made: the next build has nothing to do", async () => {
  const w = await workspace({ "tasks.config.ts": `import { readFileSync, writeFileSync } from "node:fs";
import { foreach } from "tg-build";
export default { tasks: {
  each: foreach("src/*.txt", ({ file, key }) => ({ inputs: [file], outputs: ["out/" + key], run: "head -c 1 " + file + " > out/" + key })),
  both: { deps: ["each"] },
  one: { outputs: ["one"], run: async (ctx) => { await ctx.need("each"); writeFileSync("one", readFileSync("out/a")); } },
  two: { outputs: ["two"], run: async (ctx) => { await ctx.need("both"); writeFileSync("two", readFileSync("out/a")); } },
} };
`, "src/a.txt": "a", "src/b.txt": "b" });
  assert.match((await w.tg("build")).stderr, /4 ran/);
  assert.equal((await w.tg("status --check")).code, 0);
  assert.match((await w.tg("build")).stdout, /4 tasks up to date/);
  w.write("src/a.txt", "x");
  assert.match((await w.tg("build")).stderr, /3 ran, 1 fresh/);
  assert.equal(w.read("two"), "x");
  assert.match((await w.tg("build")).stdout, /4 tasks up to date/);
});

test("a family that is asked for gives the values of its instances by key, in whatever order they stand", async () => {
  const config = (list: string): string => `import { foreach } from "tg-build";\n${HEAD}const each = ({ value }) => ({ inputs: [value + ".txt"], outputs: ["out/" + value], run: () => { ran(value); writeFileSync("out/" + value, ""); return text(value + ".txt"); } });
export default { include: ["tasks/*.task.ts"], tasks: { each: foreach(${list}, each), none: { deps: ["each"] } } };\n`;
  const w = await workspace({
    "tasks.config.ts": config('["b", "a"]'), "a.txt": "1", "b.txt": "2",
    "tasks/all.task.ts": 'import { defineTask } from "tg-build";\nimport { appendFileSync } from "node:fs";\nexport default defineTask(import.meta, { run: async (ctx) => { appendFileSync("ran.log", "all\\n"); return [await ctx.need("each"), await ctx.need("none")]; } });\n',
  });
  assert.equal(await built(w), "a,all,b");
  assert.equal((await w.tg("results all --json")).stdout, '{"version":1,"results":{"all":[{"a":"1","b":"2"},null]}}\n');
  assert.equal(await built(w), "");
  w.write("b.txt", "3");
  assert.equal(await built(w), "all,b");
  w.write("tasks.config.ts", config('["a", "b"]'));
  assert.equal((await built(w)).includes("all"), false);
});

test("a family has a value, though no instance of it returns one: who asked is told once it is none any more, and who names it in deps", async () => {
  const one = '{ outputs: ["out/a"], run: "touch out/a" }';
  const tell = (name: string, given: string, value: string): Record<string, string> => ({ [`tasks/${name}.task.ts`]: `import { defineTask } from "tg-build";\nexport default defineTask(import.meta, { ${given}run: async (ctx) => String(JSON.stringify(${value})) });\n` });
  const config = (tasks: string): string => `import { foreach } from "tg-build";\nexport default { include: ["tasks/*.task.ts"], tasks: { ${tasks} } };\n`;
  const w = await workspace({ "tasks.config.ts": config(`each: foreach(["a"], () => (${one}))`), ...tell("asks", "", 'await ctx.need("each")'), ...tell("takes", 'deps: ["each"], ', "ctx.deps.each") });
  await w.tg("build");
  assert.match((await w.tg("build")).stdout, /3 tasks up to date/);
  assert.equal((await w.tg("results --json")).stdout, '{"version":1,"results":{"asks":"{}","takes":"{\\"value\\":{}}"}}\n');
  w.write("tasks.config.ts", config(`each: { deps: ["a"] }, a: ${one}`));
  assert.match((await w.tg("build")).stderr, /^tg: 2 ran, 1 fresh/m);
  assert.equal((await w.tg("results --json")).stdout, '{"version":1,"results":{"asks":"null","takes":"{}"}}\n');
  for (const [tasks, given] of [[`each: foreach(["a"], () => (${one}))`, "{}"], [`each: ${one}`, "null"], [`each: foreach(["a"], () => (${one}))`, "{}"]] as const) {
    w.write("tasks.config.ts", config(tasks));
    await w.tg("build");
    assert.equal((await w.tg("results asks")).stdout, `"${given}"\n`, tasks);
  }
});

test("a task that is asked for before it turns out to be fresh makes its intermediate again", async () => {
  const w = await project(`  tick: { always: true, outputs: ["tick"], run: "echo tick >>ran.log; sleep 0.3; echo 1 >tick" },
  maker: { inputs: ["tick"], outputs: ["out"], intermediates: ["mid"], run: "echo maker >>ran.log; cp tick out; cp tick mid" },
  asks: { inputs: ["x"], outputs: ["asks"], run: async (ctx) => { ran("asks"); if (text("x") === "2") await ctx.need("out"); writeFileSync("asks", existsSync("mid") + text("x")); } },`, { x: "1" });
  assert.equal(await built(w), "asks,maker,tick");
  w.remove("mid");
  assert.equal(await built(w), "tick");
  w.write("x", "2");
  assert.equal(await built(w), "asks,maker,tick");
  assert.equal(w.read("asks"), "true2");
});

test("what somebody took out of a folder whose edits stay is not made again for who asks for its task", async () => {
  const w = await project(`  gen: { outputs: ["d/"], drift: "keep", run: "echo gen >>ran.log; echo a >d/a; echo b >d/b" },
  asks: { inputs: ["x"], outputs: ["asks"], run: async (ctx) => { ran("asks"); await ctx.need("gen"); writeFileSync("asks", text("x") + existsSync("d/a")); } },`, { x: "1" });
  assert.equal(await built(w), "asks,gen");
  w.remove("d/a");
  w.write("x", "2");
  assert.equal(await built(w), "asks");
  assert.equal(w.read("asks"), "2false");
  w.remove("d");
  assert.equal(await built(w), "asks,gen");
});

const LISTED = `  plan: { inputs: ["plan.txt"], run: () => { ran("plan"); return text("plan.txt").split(" "); } },
  up: foreach({ from: "plan" }, ({ key }) => ({ inputs: ["in.txt"], outputs: ["out/" + key + ".txt"], run: () => { ran("up[" + key + "]"); writeFileSync("out/" + key + ".txt", key); return "v" + key; } })),
  over: { deps: ["up"], outputs: ["over.txt"], run: ({ deps }) => { ran("over"); writeFileSync("over.txt", Object.keys(deps.up.value).join()); return 1; } },
  app: { inputs: ["ask.txt"], APP outputs: ["app.txt"], run: async (ctx) => {
    ran("app");
    const answers = [];
    for (const name of text("ask.txt").split(" ")) answers.push(name + "=" + (await ctx.need(name).then((value) => JSON.stringify(value), (error) => "none: " + error.message)) + (existsSync(name) ? " " + text(name) : ""));
    writeFileSync("app.txt", answers.join("\\n"));
  } },`;

/** `more`: what `app` declares besides. */
function listed(list: string, ask: string, more = ""): Promise<Workspace> {
  const config = `${HEAD}import { defineConfig, foreach } from "tg-build";\nexport default defineConfig({ tasks: {\n${LISTED.replace("APP", more)}\n} });\n`;
  return workspace({ "tasks.config.ts": config, "plan.txt": list, "ask.txt": ask, "in.txt": "1" });
}

test("an instance, or its file, is found by whoever asks before the list is made, as by who knows the last one", async () => {
  for (const more of ["", 'after: ["plan"],']) {
    for (const [ask, answer, runs] of [
      ["up[b]", 'up[b]="vb"', "app,plan,up[b]"],
      ["out/b.txt", "out/b.txt=null b", "app,plan,up[b]"],
      ["up", 'up={"a":"va","b":"vb"}', "app,plan,up[a],up[b]"],
      ["over", "over=1", "app,over,plan,up[a],up[b]"],
    ] as const) {
      const w = await listed("a b", ask, more);
      assert.equal(await built(w, "build -j1 app"), runs, `${more} ${ask}`);
      assert.equal(w.read("app.txt"), answer, `${more} ${ask}`);
      assert.equal(await built(w, "build app"), "");
      const late = await listed("a", "plan", more);
      await built(late, "build app");
      late.write("plan.txt", "a b");
      late.write("ask.txt", ask);
      assert.equal(await built(late, "build -j1 app"), runs, `${more} ${ask}, with another list`);
      assert.equal(late.read("app.txt"), answer, `${more} ${ask}, with another list`);
      assert.equal(await built(late, "build app"), "");
    }
  }
});

test("what no list brings is told alike with and without the last list, and asked for again once a list may bring it", async () => {
  for (const more of ["", 'deps: ["plan"],']) {
    for (const [ask, none, found] of [
      ["up[x]", 'up[x]=none: "up[x]" is neither a task nor a file: it is not in the list that "plan" made last', 'up[x]="vx"'],
      ["out/x.txt", 'out/x.txt=none: "out/x.txt" is neither a task nor a file', "out/x.txt=null x"],
    ] as const) {
      const w = await listed("a b", ask, more);
      assert.equal(await built(w, "build app"), "app,plan", `${more} ${ask}`);
      assert.equal(w.read("app.txt"), none);
      assert.equal(await built(w, "build app"), "");
      w.write("plan.txt", "a x");
      assert.match((await w.tg("status app")).stdout, /^app +maybe stale +may change: what "plan" makes/m);
      assert.equal(await built(w, "build app"), "app,plan,up[x]", `${more} ${ask}`);
      assert.equal(w.read("app.txt"), found);
      w.write("plan.txt", "a b");
      assert.equal(await built(w, "build app"), "app,plan", `${more} ${ask}`);
      assert.equal(w.read("app.txt"), none);
      assert.equal(await built(w, "build app"), "");
    }
  }
});

test("who makes a list by what it asked for waits for that, though a list might bring what that one asked for", async () => {
  const own = (body: string): string => `import { defineTask } from "tg-build";\nimport { readFileSync } from "node:fs";\nexport default defineTask(import.meta, { run: async (ctx) => { ${body} } });\n`;
  const config = (gen: string): string => `import { defineConfig, foreach } from "tg-build";\nimport word from "./word.task.mjs";\nimport plan from "./plan.task.mjs";\nexport default defineConfig({ tasks: { ${gen} word, plan,
  up: foreach({ from: "plan" }, ({ key }) => ({ outputs: ["out/" + key], run: "echo >out/" + key })),
} });\n`;
  const w = await workspace({ "tasks.config.ts": config('gen: { outputs: ["gen.txt"], run: "echo a >gen.txt" },'), "word.task.mjs": own('await ctx.need("gen.txt"); return readFileSync("gen.txt", "utf8").trim();'), "plan.task.mjs": own('return [await ctx.need("word")];') });
  await built(w);
  w.write("gen.txt", "b");
  w.write("tasks.config.ts", config(""));
  await built(w);
  assert.deepEqual([w.exists("out/a"), w.exists("out/b")], [false, true]);
});

test("a list that cannot be made, or that waits for who asks, is an error of the question", async () => {
  const w = await listed("a", "up[a]");
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace('ran("plan");', 'if (text("plan.txt") === "bad") throw new Error("no");'));
  w.write("plan.txt", "bad");
  assert.equal((await w.tg("build -k app")).code, 1);
  assert.equal(w.read("app.txt"), 'up[a]=none: "plan" failed');
  w.write("plan.txt", "a");
  await built(w, "build app");
  assert.equal(w.read("app.txt"), 'up[a]="va"');
  const round = await listed("a", "up[a] out/a.txt");
  round.write("tasks.config.ts", round.read("tasks.config.ts").replace('plan: { inputs: ["plan.txt"],', 'plan: { inputs: ["plan.txt"], after: ["app"],'));
  await built(round, "build");
  assert.equal(round.read("app.txt"), 'up[a]=none: dependency cycle: app -> up[a] -> plan -> app\nout/a.txt=none: "out/a.txt" is neither a task nor a file');
});

test("a file that is there, and that nobody makes, waits for no list", async () => {
  const w = await listed("a", "in.txt");
  assert.equal(await built(w, "build app"), "app");
  w.write("plan.txt", "b");
  assert.equal(await built(w, "build app"), "");
});

test("order and failure reach through a fresh task in what a function brings into the build, too", async () => {
  const w = await project(`  use: { inputs: ["use.src", "mid.txt"], outputs: ["use.txt"], depfile: { path: "use.d", format: "lines" }, run: "echo use >>ran.log; cat $(cat use.src) >use.txt; cat use.src >use.d" },
  mid: { after: ["gen"], inputs: ["mid.src"], outputs: ["mid.txt"], run: "echo mid >>ran.log; cp mid.src mid.txt" },
  gen: { inputs: ["gen.src"], outputs: ["gen.txt"], run: "echo gen >>ran.log; grep -v fails gen.src >gen.txt" },
  app: { inputs: ["app.src"], run: async (ctx) => { ran("app"); if (text("app.src") === "asks") await ctx.need("use"); } },`, { "use.src": "mid.txt", "mid.src": "1", "gen.src": "1", "app.src": "" });
  await built(w);
  for (const jobs of ["-j1", "-j4"]) {
    w.write("app.src", "");
    w.write("use.src", "mid.txt");
    await built(w);
    w.write("app.src", "asks");
    w.write("use.src", "gen.txt");
    w.write("gen.src", jobs);
    assert.equal(await built(w, `build ${jobs} app`), "app,gen,use");
    assert.equal(w.read("use.txt").trim(), jobs);
    assert.equal(await built(w, `build ${jobs} app`), "");
  }
  w.write("app.src", "");
  await built(w);
  w.write("app.src", "asks");
  w.write("use.src", "mid.txt");
  w.write("gen.src", "fails");
  const run = await w.tg("build -k -j1 app");
  assert.equal(run.code, 1);
  assert.equal(w.ran(), "app,gen");
  assert.match(run.stderr, /"use" is blocked/);
});
