// `temp`: intermediates that go once everything that reads them is fresh, and when they stay.
import assert from "node:assert/strict";
import { test } from "node:test";
import { config, staged, tell } from "../support/story.ts";
import { leave, rounds } from "../support/watching.ts";
import { workspace, type Workspace } from "../support/rig.ts";

const CUT = '    cut: { inputs: ["in"], intermediates: ["work/cut"], temp: true, run: "echo cut >> ran.log; head -c 3 in > work/cut" },';
const use = (name: string, more = ""): string => `    ${name}: { inputs: ["work/cut"${more}], outputs: ["${name}"], run: "echo ${name} >> ran.log; cat work/cut${more === "" ? "" : " more"} > ${name}" },`;
const TASKS = [CUT, use("a"), use("b", ', "more"')].join("\n");
const FILES = { in: "abcdef\n", more: "1\n" };

/** What one command made run, and whether the intermediate is on disk after it. */
async function after(w: Workspace, words: string): Promise<string> {
  const { code } = await w.tg(words);
  return `${words}: ${code} ran ${w.ran()}${w.exists("work/cut") ? ", cut is there" : ""}`;
}

async function story(w: Workspace, ...steps: (string | (() => void))[]): Promise<string[]> {
  const told: string[] = [];
  for (const step of steps) {
    if (typeof step === "string") told.push(await after(w, step));
    else step();
  }
  return told;
}

test("it goes after the last reader, is missed by nobody, and comes back for who needs it", async () => {
  const w = await staged({ tasks: TASKS, files: FILES });
  assert.deepEqual(await story(w, "build", "build", "status --check", () => w.write("more", "2\n"), "build", "build", () => w.write("in", "abcxyz\n"), "build", () => w.write("in", "xyz\n"), "build", "build -f b"), [
    "build: 0 ran a,b,cut", "build: 0 ran ", "status --check: 0 ran ", "build: 0 ran b,cut", "build: 0 ran ", "build: 0 ran cut", "build: 0 ran a,b,cut", "build -f b: 0 ran b,cut",
  ]);
  assert.equal(w.read("b"), "xyz2\n");
});

test("one that the key of its reader leaves out is made again where the reader runs", async () => {
  const w = await staged({ tasks: '    gen: { inputs: ["src"], intermediates: ["mid"], run: "cp src mid; echo gen >> ran.log" },\n    use: { inputs: ["in", "mid"], cache: { ignore: ["input:mid"] }, outputs: ["out"], run: "cat in mid > out; echo use >> ran.log" },', files: { in: "1\n", src: "2\n" } });
  assert.deepEqual(await story(w, "build", () => w.remove("mid"), "build", () => w.write("in", "3\n"), "build"), ["build: 0 ran gen,use", "build: 0 ran ", "build: 0 ran gen,use"]);
  assert.equal(w.read("out"), "3\n2\n");
});

test("it stays with --keep-temp, and the next build without it takes it away", async () => {
  const w = await staged({ tasks: TASKS, files: FILES });
  assert.deepEqual(await story(w, "build --keep-temp", "build --keep-temp", "status", "build -n", "build", "build"), [
    "build --keep-temp: 0 ran a,b,cut, cut is there", "build --keep-temp: 0 ran , cut is there", "status: 0 ran , cut is there", "build -n: 0 ran , cut is there", "build: 0 ran ", "build: 0 ran ",
  ]);
});

test("it stays when it was asked for, when a reader was not made, and while a reader fails", async () => {
  const w = await staged({ tasks: TASKS, files: FILES });
  assert.deepEqual(await story(w, "build a", "build cut", "build work/cut", "build", "build cut", "build"), [
    "build a: 0 ran a,cut, cut is there", "build cut: 0 ran , cut is there", "build work/cut: 0 ran , cut is there", "build: 0 ran b", "build cut: 0 ran cut, cut is there", "build: 0 ran ",
  ]);
  assert.deepEqual(await story(w, () => w.remove("more"), () => w.write("in", "new\n"), "build -k", () => w.write("more", "3\n"), "build --skip b", "build"), [
    "build -k: 2 ran ", "build --skip b: 0 ran a,cut, cut is there", "build: 0 ran b",
  ]);
  w.write("tasks.config.ts", config([CUT, use("a"), '    b: { inputs: ["work/cut"], outputs: ["b"], run: "echo b >> ran.log; test -e go && cat work/cut > b" },'].join("\n")));
  assert.deepEqual(await story(w, "build -k", "build", () => w.write("go", ""), "build"), [
    "build -k: 1 ran b,cut, cut is there", "build: 1 ran b, cut is there", "build: 0 ran b",
  ]);
});

test("an edit of it by hand is no less kept than that of any output", async () => {
  const w = await staged({ tasks: TASKS, files: FILES, given: ["build --keep-temp"] });
  w.ran();
  w.write("work/cut", "mine");
  assert.deepEqual(await story(w, "build"), ["build: 0 ran cut"]);
  assert.match((await w.sh("cat .tg/saved/*/work/cut")).stdout, /^mine$/);
  w.write("tasks.config.ts", config(TASKS.replace("temp: true", 'temp: true, drift: "keep"')));
  await w.tg("build cut");
  w.write("work/cut", "mine");
  await w.tg("build");
  assert.equal(w.read("work/cut"), "mine");
});

test("folders and patterns, through a barrier and by deps", async () => {
  const w = await staged({
    tasks: `
    split: { inputs: ["in"], intermediates: ["parts/"], temp: true, run: "echo split >> ran.log; mkdir -p parts/x; cp in parts/x/1; cp in parts/2" },
    upper: { inputs: ["parts/**"], intermediates: ["up-*"], temp: true, run: "echo upper >> ran.log; cat parts/x/1 parts/2 > up-1; cp up-1 up-2" },
    both: { deps: ["upper", "split"] },
    sum: { deps: ["both"], outputs: ["sum"], run: "echo sum >> ran.log; cat up-1 up-2 parts/2 > sum" },`,
    files: { in: "x\n" },
  });
  await w.tg("build");
  assert.deepEqual(w.list(), ["in", "ran.log", "sum", "tasks.config.ts"]);
  assert.equal(w.ran(), "split,sum,upper");
  await w.tg("build");
  assert.equal((await w.tg("status --check")).code, 0);
  assert.equal(w.ran(), "");
  w.remove("sum");
  await w.tg("build");
  assert.equal(w.ran(), "split,sum,upper");
  assert.deepEqual(w.list(), ["in", "ran.log", "sum", "tasks.config.ts"]);
});

test("families: each instance goes after its own reader, however the others end", async () => {
  const w = await staged({ files: { "tasks.config.ts": `import { defineConfig, foreach } from "tg-build";
export default defineConfig({ tasks: {
  cut: foreach(["x", "y", "z"], ({ key }) => ({ inputs: ["in"], intermediates: [\`work/\${key}\`], temp: true, run: \`cp in work/\${key}\` })),
  use: foreach(["x", "y", "z"], ({ key }) => ({ inputs: [\`work/\${key}\`], outputs: [key], run: \`test \${key} != y && cp work/\${key} \${key}\` })),
} });
`, in: "1\n" } });
  const { code } = await w.tg("build -k");
  assert.equal(code, 1);
  assert.deepEqual(w.list(), ["in", "tasks.config.ts", "work/y", "x", "z"]);
});

test("files that somebody may find by a depfile alone stay", async () => {
  const w = await staged({
    tasks: `
    gen: { inputs: ["in"], intermediates: ["gen.h"], temp: true, run: "cp in gen.h" },
    first: { inputs: ["gen.h"], outputs: ["first"], run: "cp gen.h first" },
    obj: { after: ["gen"], inputs: ["src"], outputs: ["obj"], depfile: { path: "obj.d", format: "lines" }, run: "cat src gen.h > obj; echo gen.h > obj.d" },`,
    files: { in: "x\n", src: "s\n" }, given: ["build"],
  });
  assert.equal(w.exists("gen.h"), true);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace('after: ["gen"]', 'deps: ["gen"]'));
  await w.tg("build");
  assert.equal(w.exists("gen.h"), false);
  w.write("src", "t\n");
  await w.tg("build");
  assert.equal(w.read("obj"), "t\nx\n");
  assert.equal(w.exists("gen.h"), false);
});

test("so they do where only what functions ask for leads there, in the first build as in the next", async () => {
  const w = await staged({
    files: {
      in: "abc\n", "tasks.config.ts": `import { foreach } from "tg-build";
export default { tasks: {
  cut: { inputs: ["in"], intermediates: ["work/cut"], temp: true, run: "echo cut >> ran.log; cp in work/cut" },
  plan: { inputs: ["in"], run: async (ctx) => { await ctx.need("cut"); return ["a"]; } },
  each: foreach({ from: "plan" }, ({ key }) => ({ inputs: ["in"], outputs: [key], run: "cp in " + key })),
  obj: { inputs: ["in"], outputs: ["obj"], depfile: { path: "obj.d", format: "lines", optional: true }, run: async (ctx) => { await ctx.need("each"); await ctx.need("a"); (await import("node:fs")).writeFileSync("obj", ""); } },
} };
` },
  });
  assert.deepEqual(await story(w, "build", () => w.write("in", "x\n"), "build"), ["build: 0 ran cut, cut is there", "build: 0 ran cut, cut is there"]);
});

for (const made of ["work/cut", "work/*"]) {
  test(`a function that asks for what is made as ${made} gets it, by name and by pattern, and it goes afterwards`, async () => {
    const w = await staged({
      files: {
        in: "abc\n", out: "", "tasks.config.ts": `import fs from "node:fs";
export default { tasks: {
  cut: { inputs: ["in"], intermediates: ["${made}"], temp: true, run: "echo cut >> ran.log; cp in work/cut" },
  plain: { inputs: ["work/cut"], outputs: ["plain"], run: "cp work/cut plain" },
  ask: { outputs: ["asked"], run: async (ctx) => {
    fs.appendFileSync("ran.log", "ask\\n");
    await ctx.need("work/cut");
    const files = await ctx.glob("work/*");
    fs.writeFileSync("asked", files.map((file) => fs.readFileSync(file, "utf8")).join(""));
  } },
} };
` },
    });
    await w.tg("build -j 2");
    assert.equal(w.read("asked"), "abc\n");
    assert.equal(w.exists("work/cut"), false);
    w.ran();
    assert.deepEqual(await story(w, "build", () => w.remove("asked"), "build"), ["build: 0 ran ", "build: 0 ran ask,cut"]);
    assert.equal(w.read("asked"), "abc\n");
  });
}

test("so they do where who may find them comes by a list that nobody but who asks for it waits for", async () => {
  const config = (keys: string): string => `import { foreach } from "tg-build";
export default { tasks: {
  cut: { inputs: ["in"], intermediates: ["work/cut"], temp: true, run: "echo cut >> ran.log; cp in work/cut" },
  plan: { run: async (ctx) => { await ctx.need("cut"); return ${keys}; } },
  each: foreach({ from: "plan" }, ({ key }) => ({ outputs: [key], ...(key === "b" ? { depfile: { path: key + ".d", format: "lines", optional: true } } : {}), run: "echo > " + key })),
  ask: { outputs: ["asked"], run: async (ctx) => { await ctx.need("each[b]").catch(() => {}); (await import("node:fs")).writeFileSync("asked", ""); } },
} };
`;
  const w = await staged({ files: { in: "abc\n", "tasks.config.ts": config('["a"]') } });
  assert.deepEqual(await story(w, "build ask", () => w.write("tasks.config.ts", config('["a", "b"]')), "build ask", "build"), ["build ask: 0 ran cut", "build ask: 0 ran cut, cut is there", "build: 0 ran , cut is there"]);
});

test("what only functions ask for goes in the same build", async () => {
  const w = await staged({
    files: {
      in: "abc\n", "tasks.config.ts": `import fs from "node:fs";
export default { tasks: {
  cut: { inputs: ["in"], intermediates: ["work/cut"], temp: true, run: "cp in work/cut" },
  ask: { outputs: ["asked"], run: async (ctx) => { await ctx.need("cut"); fs.copyFileSync("work/cut", "asked"); } },
} };
` },
  });
  await w.tg("build");
  assert.deepEqual([w.read("asked"), w.exists("work/cut")], ["abc\n", false]);
});

test("who asked for it last time may ask again: it is not called fresh, and made only if it is asked for", async () => {
  const w = await staged({
    files: {
      in: "abc\n", more: "1\n", up: "1\n", "tasks.config.ts": `import fs from "node:fs";
const ask = (name, input, question) => ({ inputs: [input], outputs: [name], run: async (ctx) => {
  fs.appendFileSync("ran.log", name + "\\n");
  if (fs.readFileSync(input, "utf8") !== "none\\n") await question(ctx);
  fs.writeFileSync(name, "");
} });
export default { tasks: {
  base: { inputs: ["in"], intermediates: ["work/base"], temp: true, run: "echo base >> ran.log; cp in work/base" },
  cut: { inputs: ["work/base"], intermediates: ["work/cut"], temp: true, run: "echo cut >> ran.log; cp work/base work/cut" },
  up: { inputs: ["up"], outputs: ["made"], run: "echo up >> ran.log; : > made" },
  byName: ask("byName", "more", (ctx) => ctx.need("cut")),
  byPattern: ask("byPattern", "made", (ctx) => ctx.glob("work/c*")),
} };
` },
  });
  const open = async (): Promise<string[]> => (await w.tg("status -v")).stdout.split("\n").filter((line) => /^(base|cut|by)/.test(line) && !/ fresh\b/.test(line)).map((line) => line.replace(/ {2,}/g, " ").trim());
  assert.equal(await after(w, "build"), "build: 0 ran base,byName,byPattern,cut,up");
  assert.deepEqual(await open(), []);
  w.write("more", "2\n");
  assert.deepEqual(await open(), ['base maybe stale may be needed by "cut"', 'cut maybe stale may be needed by "byName"', "byName stale input changed: more"]);
  assert.equal(await after(w, "build"), "build: 0 ran base,byName,cut");
  assert.deepEqual(await open(), []);
  w.write("up", "2\n");
  assert.deepEqual(await open(), ['base maybe stale may be needed by "cut"', 'cut maybe stale may be needed by "byPattern"', 'byPattern maybe stale may change: made (from "up")']);
  assert.equal(await after(w, "build"), "build: 0 ran up");
  w.write("more", "none\n");
  assert.deepEqual((await open()).slice(0, 2), ['base maybe stale may be needed by "cut"', 'cut maybe stale may be needed by "byName"']);
  assert.equal(await after(w, "build"), "build: 0 ran byName");
  assert.deepEqual(await open(), []);
  w.write("more", "3\n");
  assert.deepEqual(await open(), ["byName stale input changed: more"]);
  assert.deepEqual([await after(w, "build"), await after(w, "build")], ["build: 0 ran base,byName,cut", "build: 0 ran "]);
});

test("killed between use and removal: the next build removes it, and runs nothing", async () => {
  const w = await staged({ tasks: [CUT, use("a"), '    last: { deps: ["a"], inputs: ["work/cut"], outputs: ["last"], run: "cp work/cut last" },'].join("\n"), files: FILES, given: ["build --keep-temp"] });
  w.ran();
  assert.deepEqual(await story(w, "build", "build"), ["build: 0 ran ", "build: 0 ran "]);
});

test("a stored result comes back in its place", async () => {
  const w = await staged({ tasks: TASKS.replace("temp: true", "temp: true, cache: { store: true }"), files: FILES, given: ["build"] });
  w.ran();
  w.write("more", "2\n");
  const { stdout } = await w.tg("build --json");
  assert.equal(w.ran(), "b");
  assert.match(stdout, /"task":"cut","outcome":"restored"/);
  assert.match(stdout, /{"event":"temp-removed","task":"cut","paths":\["work\/cut"\]}/);
});

test("tg watch leaves it", async () => {
  const w = await staged({ tasks: TASKS, files: FILES });
  const watching = w.start("watch");
  await rounds(watching, 1);
  assert.equal(w.exists("work/cut"), true);
  assert.match(await leave(watching), /3 ran/);
});

test("what is exported reads it all the same", async () => {
  const w = await staged({ tasks: TASKS.replace('inputs: ["work/cut"]', 'inputs: ["work/*"]'), files: FILES });
  const before = (await w.tg("export --to make")).stdout;
  await w.tg("build");
  w.remove(".tg/export");
  assert.equal((await w.tg("export --to make")).stdout, before);
  assert.match(before, /^a: .*work\/cut/m);
});

test("tg touch takes an absent one for what it was", async () => {
  const w = await staged({ tasks: TASKS, files: FILES, given: ["build"] });
  w.write("tasks.config.ts", config(TASKS.replace("head -c 3 in", "head -c3 in")));
  w.ran();
  await w.tg("touch cut");
  assert.deepEqual(await story(w, "build"), ["build: 0 ran "]);
});

tell([
  { title: "what -v tells", tasks: TASKS, files: FILES, given: ["build", (w) => w.remove("a")], when: "build -v -j 1", then: `
      2| - b — fresh
      2| → cut: echo cut >> ran.log; head -c 3 in > work/cut
      2|     needed by "a"
      2| ✓ cut (N s)
      2| → a: echo a >> ran.log; cat work/cut > a
      2|     output missing: a
      2| ✓ a (N s)
      2| - cut — removed after use: work/cut
      2| tg: 2 ran, 1 fresh (N s)
      exit 0` },
  { title: "status", tasks: TASKS, files: FILES, given: ["build"], when: "status --all", then: `
      1| cut  fresh        temp, removed after use
      1| a    fresh
      1| b    fresh
      1|
      1| tg: all 3 tasks fresh
      exit 0` },
  { title: "why", tasks: TASKS, files: FILES, given: ["build"], when: "why cut", then: `
      1| cut is fresh (temp, removed after use): nothing it is judged by has changed since it ran
      exit 0` },
  { title: "temp without intermediates", tasks: '    a: { inputs: ["in"], outputs: ["a"], temp: true, run: "cp in a" },', files: FILES, when: "build", then: `
      2| tg: task "a": "temp" is true, expected a task with \`intermediates\`: these are what is removed after use
      2|     at tasks.config.ts:3
      exit 2` },
  { title: "temp of some members of a chain", files: { ...FILES, "tasks.config.ts": `import { chain } from "tg-build";
export default { tasks: { c: chain([{ inputs: ["in"], intermediates: ["x"], temp: true, run: "cp in x" }, { intermediates: ["y"], run: "cp in y" }]) } };
` }, when: "build", then: `
      2| tg: task "c": "chain[1].temp" is false, expected the same for all members of a chain that have intermediates
      2|     at tasks.config.ts:2
      exit 2` },
]);

test("an attempt that took it away gets it again", async () => {
  const w = await staged({
    tasks: `${CUT}
    use: { inputs: ["work/cut"], outputs: ["use"], retries: 1, run: "echo use >> ran.log; cat work/cut > use && rm work/cut && test -e again || { touch again; exit 1; }" },`,
    files: FILES,
  });
  const { code, stderr } = await w.tg("build");
  assert.equal(code, 0, stderr);
  assert.deepEqual([w.ranInOrder(), w.read("use")], ["cut,use,cut,use", "abc"]);
});

test("no attempt begins while what it reads is made again for another", async () => {
  const w = await staged({ files: FILES });
  const gate = w.gate("g");
  w.write("tasks.config.ts", `import fs from "node:fs";
export default { tasks: {
  both: { inputs: ["in"], outputs: ["tree/"], intermediates: ["y"], run: ["sh", "-c", ${JSON.stringify(`cp in y; test ! -e held || { ${gate.command}; }; cp in tree/x; echo both >> ran.log`)}] },
  flaky: { inputs: ["tree/x", "more"], outputs: ["flaky"], retries: { count: 1, backoff: 3000 }, run: "echo flaky >> ran.log; cat tree/x > flaky; test ! -e held || test -e again || { touch again; exit 1; }" },
  other: { inputs: ["more"], outputs: ["other"], after: ["both"], run: async (ctx) => {
    while (fs.existsSync("held") && !fs.existsSync("again")) await new Promise((resolve) => setTimeout(resolve, 5));
    if (fs.existsSync("held")) await ctx.need("y");
    fs.writeFileSync("other", "");
  } },
} };
`);
  assert.equal((await w.tg("build")).code, 0);
  w.ran();
  w.remove("y");
  w.write("held", "");
  w.write("more", "2\n");
  const build = w.start("build -j4");
  await gate.reached();
  // Longer than the wait between the attempts: there is nothing that could tell.
  await new Promise((resolve) => setTimeout(resolve, 3200));
  gate.release();
  const { code, stderr } = await build.done;
  assert.equal(code, 0, stderr);
  assert.equal(w.ranInOrder(), "flaky,both,flaky");
});

test("who reads by a pattern for the first time has intermediates that are gone made again", async () => {
  const config = (tasks: string): string => `import { readFileSync } from "node:fs";
import { foreach } from "tg-build";
export default { tasks: {
  cut: { inputs: ["a.txt"], intermediates: ["w/one", "tree/"], temp: true, run: "cp a.txt w/one; cp a.txt tree/x" },
  plan: { inputs: ["list.json"], run: () => JSON.parse(readFileSync("list.json", "utf8")) },
  each: foreach({ from: "plan" }, ({ key }) => ({ inputs: ["tree/*"], outputs: ["out/" + key], run: ["cp", "tree/x", "out/" + key] })),
  ${tasks}
} };\n`;
  const w = await workspace({ "a.txt": "a\n", "w/real": "real\n", "list.json": '["x"]', "tasks.config.ts": config("") });
  const build = async (): Promise<void> => {
    const run = await w.tg("build");
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.deepEqual([w.exists("w/one"), w.exists("tree")], [false, false]);
  };
  await build();
  w.write("list.json", '["x","y"]');
  await build();
  assert.equal(w.read("out/y"), "a\n");
  for (const [pattern, told] of [["w/*", "a\nreal\n"], ["w/r*", "real\n"], ["w/[or]*", "a\nreal\n"]]) {
    w.write("tasks.config.ts", config(`all: { inputs: ["${pattern}"], outputs: ["all"], run: "cat ${pattern} > all" },`));
    await build();
    assert.equal(w.read("all"), told);
    assert.match((await w.tg("build")).stdout, /up to date/);
  }
});

test("what a maker has made since, and somebody removed, is made again for who reads by the pattern as before", async () => {
  const w = await staged({
    tasks: `
    gen: { inputs: ["list"], intermediates: ["gen/*"], run: "for i in $(cat list); do echo $i > gen/$i; done" },
    all: { inputs: ["gen/*"], outputs: ["all"], run: "cat gen/* > all" },`,
    files: { list: "a\n" }, given: ["build"],
  });
  w.write("list", "a b\n");
  await w.tg("build gen");
  w.remove("gen");
  assert.match((await w.tg("status -v")).stdout, /all {2}stale +input added: gen\/b/);
  await w.tg("build");
  assert.equal(w.read("all"), "a\nb\n");
  assert.match((await w.tg("build")).stdout, /up to date/);
});

const LINKS: readonly (readonly [what: string, text: string, more: string])[] = [
  ["another intermediate", "1.x", ""],
  ["a link among them", "3.x", "ln -sf 1.x o/3.x; "],
  ["what the task has read", "../in", ""],
];

for (const [what, text, more] of LINKS) {
  test(`a link to ${what} goes after use or by hand, and stands by what it led to`, async () => {
    const link = (temp: boolean): string => config(`
    a: { inputs: ["in"], intermediates: ["o/1.x", "o/2.x"${more === "" ? "" : ', "o/3.x"'}], temp: ${temp}, run: "echo a >> ran.log; cp in o/1.x; ${more}ln -sf ${text} o/2.x" },
    b: { inputs: ["o/1.x", "o/2.x"], outputs: ["out"], run: "echo b >> ran.log; cat o/1.x o/2.x > out" },`);
    const w = await workspace({ "tasks.config.ts": link(true), in: "1\n" });
    const after = async (words: string): Promise<string> => `${(await w.tg(words)).code} ${w.ran()}`;
    assert.deepEqual([await after("build"), w.exists("o/1.x"), await after("build"), await after("status --check"), await after("touch a"), await after("touch b"), await after("build")], ["0 a,b", false, "0 ", "0 ", "0 ", "0 ", "0 "]);
    w.write("in", "2\n");
    assert.deepEqual([await after("build"), w.read("out"), await after("build")], ["0 a,b", "2\n2\n", "0 "]);
    w.write("tasks.config.ts", link(false));
    await w.tg("build -f a");
    w.remove("o");
    w.ran();
    assert.deepEqual([await after("build"), w.exists("o")], ["0 ", false]);
  });
}

test("a link to what its task neither makes nor names stays for who reads it, since nothing else tells what it leads to", async () => {
  const w = await workspace({ other: "1\n", in: "1\n", "tasks.config.ts": config(`
    a: { inputs: ["in"], intermediates: ["o/1.x", "o/2.x"], temp: true, run: "echo a >> ran.log; cp in o/1.x; ln -sf ../other o/2.x" },
    t: { inputs: ["in"], intermediates: ["t/"], temp: true, run: "echo t >> ran.log; ln -s ../other t/1.x" },
    e: { inputs: ["in"], intermediates: ["e"], temp: true, run: "echo e >> ran.log; ln -sf other e" },
    b: { inputs: ["o/*.x", "t/*.x"], deps: ["e"], outputs: ["out"], run: "echo b >> ran.log; cat o/1.x o/2.x t/1.x e > out" },`) });
  const after = async (): Promise<string> => `${(await w.tg("build")).code} ${w.ran()} ${["o/1.x", "o/2.x", "t/1.x", "e"].filter((path) => w.exists(path)).join(" ")}`;
  assert.deepEqual([await after(), await after()], ["0 a,b,e,t o/2.x t/1.x", "0  o/2.x t/1.x"]);
  w.write("other", "2\n");
  assert.match(await after(), /^0 a,b.* o\/2\.x t\/1\.x$/);
  assert.equal(w.read("out"), "1\n2\n2\n2\n");
  assert.equal(await after(), "0  o/2.x t/1.x");
});

test("who reads such a link that was removed by hand may be stale: what it led to is known when it has been made again", async () => {
  const w = await workspace({ other: "1\n", in: "1\n", "tasks.config.ts": config(`
    a: { inputs: ["in"], intermediates: ["o/1.x", "o/2.x"], run: "echo a >> ran.log; cp in o/1.x; ln -sf ../other o/2.x" },
    b: { inputs: ["o/1.x", "o/2.x"], outputs: ["out"], run: "echo b >> ran.log; cat o/1.x o/2.x > out" },
    c: { inputs: ["o/2.x"], run: "echo c >> ran.log" },
    d: { deps: ["c"], outputs: ["d"], run: "echo d >> ran.log; echo > d" },`) });
  await w.tg("build");
  w.ran();
  const states = async (): Promise<string[]> => (await w.tg("status")).stdout.split("\n").filter((line) => /^[abcd] /.test(line)).map((line) => line.replace(/ {2,}/g, " "));
  const told = ['a stale needed by "c"', 'b maybe stale may change: o/2.x (from "a")', 'c maybe stale may change: o/2.x (from "a")', 'd maybe stale may change: what "c" makes'];
  w.remove("o");
  assert.deepEqual([await states(), (await w.tg("build")).code, w.ran(), (await w.tg("status --check")).code], [told, 0, "a", 0]);
  w.remove("o");
  w.write("other", "2\n");
  assert.deepEqual([await states(), (await w.tg("build")).code, w.ran(), w.read("out")], [told, 0, "a,b,c,d", "1\n2\n"]);
});

test("who asked for such a link that was removed by hand may be stale, and runs only if it leads to something else", async () => {
  const w = await workspace({ other: "1\n", in: "1\n", "tasks.config.ts": config(`
    a: { inputs: ["in"], intermediates: ["l"], run: "echo a >> ran.log; ln -sf other l" },
    b: { inputs: ["in"], outputs: ["out"], run: async (ctx) => { await ctx.need("l"); const fs = await import("node:fs"); fs.appendFileSync("ran.log", "b\\n"); fs.writeFileSync("out", fs.readFileSync("l")); } },
    c: { inputs: ["out"], run: "echo c >> ran.log" },`) });
  await w.tg("build");
  w.ran();
  const states = async (): Promise<string[]> => (await w.tg("status")).stdout.split("\n").filter((line) => /^[abc] /.test(line)).map((line) => line.replace(/ {2,}/g, " "));
  const told = ['a stale needed by "b"', 'b maybe stale need may change: "need l"', 'c maybe stale may change: out (from "b")'];
  w.remove("l");
  assert.deepEqual([await states(), (await w.tg("build")).code, w.ran(), (await w.tg("status --check")).code], [told, 0, "a", 0]);
  w.remove("l");
  w.write("other", "2\n");
  assert.deepEqual([await states(), (await w.tg("build")).code, w.ran(), w.read("out")], [told, 0, "a,b,c", "2\n"]);
});

test("such a link stays for who found it by a depfile or asked for it, and so does what a link leads to that another task made", async () => {
  const w = await workspace({ other: "1\n", in: "1\n", "tasks.config.ts": config(`
    a: { inputs: ["in"], intermediates: ["o/1.x"], temp: true, run: "echo a >> ran.log; cp in o/1.x" },
    l: { inputs: ["in"], intermediates: ["o/2.x"], temp: true, run: "echo l >> ran.log; ln -sf 1.x o/2.x" },
    d: { inputs: ["in"], intermediates: ["o/3.x"], temp: true, run: "echo d >> ran.log; ln -sf ../other o/3.x" },
    e: { inputs: ["in"], intermediates: ["o/4.x"], temp: true, run: "echo e >> ran.log; ln -sf ../other o/4.x" },
    b: { inputs: ["o/1.x", "o/2.x"], outputs: ["b"], run: "echo b >> ran.log; cat o/1.x o/2.x > b" },
    c: { deps: ["d"], outputs: ["c"], depfile: { path: "c.d", format: "lines" }, run: "echo c >> ran.log; cat o/3.x > c; echo o/3.x > c.d" },
    f: { outputs: ["f"], run: async (ctx) => { await ctx.need("o/4.x"); appendFileSync("ran.log", "f\\n"); writeFileSync("f", ""); } },`).replace("export", 'import { appendFileSync, writeFileSync } from "node:fs";\nexport') });
  const after = async (): Promise<string> => `${(await w.tg("build")).code} ${w.ran()} ${["o/1.x", "o/2.x", "o/3.x", "o/4.x"].filter((path) => w.exists(path)).join(" ")}`;
  assert.deepEqual([await after(), await after()], ["0 a,b,c,d,e,f,l o/1.x o/2.x o/3.x o/4.x", "0  o/1.x o/2.x o/3.x o/4.x"]);
  w.write("other", "2\n");
  assert.match(await after(), /^0 c,f o/);
  assert.equal(w.read("c"), "2\n");
});

test("such a link that deps alone provide counts by its text, and is not made again to compare it", async () => {
  const w = await workspace({ other: "1\n", in: "1\n", "tasks.config.ts": config(`
    a: { inputs: ["in"], outputs: ["x"], always: true, run: "echo a >> ran.log; cp in x" },
    l: { inputs: ["x"], intermediates: ["l"], temp: true, run: "echo l >> ran.log; ln -sf other l" },
    r: { deps: ["l"], outputs: ["r"], run: "echo r >> ran.log; cp x r" },`) });
  assert.deepEqual([(await w.tg("build")).code, w.ran(), w.exists("l")], [0, "a,l,r", false]);
  assert.match((await w.tg("status")).stdout, /^l +maybe stale +may change: x \(from "a"\)$/m);
  assert.deepEqual([(await w.tg("build")).code, w.ran()], [0, "a"]);
});

const FOLDERS: readonly (readonly [string, string])[] = [
  ['"w/s/a", "w/b"', "w"],
  ['"w/s/a", "w/b"', "w/s"],
  ['"w/"', "w"],
  ['"w/"', "w/s"],
  ['"w/**/*"', "w"],
];

for (const [made, read] of FOLDERS) {
  test(`what is read by the folder ${read} and made as ${made} is known before it is made and after it went`, async () => {
    const cut = (field: string): string => `    cut: { inputs: ["in"], ${field}, run: "echo cut >> ran.log; mkdir -p w/s; cp in w/s/a; cp in w/b" },`;
    const reader = `    use: { inputs: ["${read}", "more"], outputs: ["out"], run: "echo use >> ran.log; cat w/s/a more > out" },`;
    const w = await staged({ tasks: [cut(`intermediates: [${made}], temp: true`), reader].join("\n"), files: FILES });
    const ran = async (words: string): Promise<string> => `${words}: ${(await w.tg(words)).code} ran ${w.ran()}${w.exists("w/s/a") ? ", a is there" : ""}`;
    const told: string[] = [];
    for (const step of ["build", "build", "status --check", "edit more", "build", "edit in", "status --check", "build", "build"]) {
      if (step.startsWith("edit ")) w.write(step.slice(5), `${told.length}\n`);
      else told.push(await ran(step));
    }
    assert.deepEqual(told, ["build: 0 ran cut,use", "build: 0 ran ", "status --check: 0 ran ", "build: 0 ran cut,use", "status --check: 1 ran ", "build: 0 ran cut,use", "build: 0 ran "]);
    assert.equal(w.read("out"), "4\n3\n");
    w.write("tasks.config.ts", config([cut(`outputs: [${made}]`), reader].join("\n")));
    w.remove("w");
    w.remove(".tg");
    assert.deepEqual([await ran("build"), await ran("build")], ["build: 0 ran cut,use, a is there", "build: 0 ran , a is there"]);
  });
}
