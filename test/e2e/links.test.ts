// What a depfile names by way of links: `..` behind them, files that tasks make under another name, links and folders that are
// exchanged while the command runs. And links to folders below a pattern.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { config, staged, tell } from "../support/story.ts";
import { onDeno, workspace, type Workspace } from "../support/rig.ts";

const edit = (file: string, text: string) => (w: Workspace): void => w.write(file, text);
const link = (target: string, at: string) => (w: Workspace): void => {
  fs.rmSync(path.join(w.dir, at), { force: true });
  fs.symlinkSync(target, path.join(w.dir, at));
};

const BEHIND = `    a: { inputs: ["s"], outputs: ["out"], depfile: "d", run: "cat lnk/../h > out; echo 'out: s lnk/../h' > d" },`;
const behind = { tasks: BEHIND, files: { s: "s\n", h: "no\n", "one/h": "1\n", "one/deep/x": "", "two/h": "2\n", "two/deep/x": "" } };

const GEN = `    gen: { inputs: ["n"], outputs: ["gen/v"], run: "cp n gen/v" },\n`;
const reads = (name: string, more = ""): string => `${GEN}    a: { inputs: ["s"], outputs: ["out"], depfile: "d", ${more} run: "cat ${name} > out; echo 'out: s '${name} > d" },`;
const genFiles = { s: "s\n", n: "1\n", "gen/x": "" };

tell([
  { title: "what stands above the target of a link", ...behind, given: [link("one/deep", "lnk"), "build", edit("h", "other\n"), edit("one/h", "3\n")], when: "build", then: `
      2| ✓ a (N s) — input changed: one/h
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "and what stands there by the words counts no more", ...behind, given: [link("one/deep", "lnk"), "build", edit("h", "other\n")], when: "build", then: `
      1| tg: 1 task up to date (N s)
      exit 0` },
  { title: "a link that leads elsewhere", ...behind, given: [link("one/deep", "lnk"), "build", link("two/deep", "lnk")], when: "status -v", then: `
      1| a  stale        input changed: lnk
      1|                   link, b2da9082 → link, cfb4a0ff
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "a working folder behind a link", tasks: `    a: { cwd: "lnk", outputs: ["out"], depfile: "d", run: "cat ../h > ../../out; echo 'out: ../h' > ../../d" },`, files: behind.files, given: [link("one/deep", "lnk"), "build", edit("one/h", "3\n")], when: "build", then: `
      2| ✓ a (N s) — input changed: one/h
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "a generated file under another name, made anew in the same build", tasks: reads("lnk/v", 'after: ["gen"],'), files: genFiles, given: [link("gen", "lnk"), "build", edit("n", "2\n")], when: "build", then: `
      2| ✓ gen (N s) — input changed: n
      2| ✓ a (N s) — upstream changed: gen/v (from "gen")
      2| tg: 2 ran (N s)
      exit 0` },
  { title: "by a link of the file itself", tasks: reads("lnk", 'after: ["gen"],'), files: genFiles, given: [link("gen/v", "lnk"), "build", edit("n", "2\n")], when: "build", then: `
      2| ✓ gen (N s) — input changed: n
      2| ✓ a (N s) — upstream changed: gen/v (from "gen")
      2| tg: 2 ran (N s)
      exit 0` },
  { title: "nothing orders the task that makes it", tasks: reads("lnk/v"), files: genFiles, given: [link("gen", "lnk")], when: "build -j1", then: `
      2| ✓ gen (N s) — never ran
      2| ✗ a (N s) — read gen/v, which "gen" makes, but nothing orders the two
      2| tg: task "a": read gen/v, which "gen" makes, but nothing orders the two
      2|     try: add deps: ["gen"] or inputs: ["gen/v"]; in a clean build the order would be luck
      2| tg: 1 ran, 1 failed (N s)
      exit 1` },
]);

test("a project that is called by a link, whose command uses $PWD", async () => {
  const w = await staged({ tasks: reads("$PWD/gen/v", 'after: ["gen"],'), files: genFiles });
  const front = `${w.dir}-front`;
  fs.symlinkSync(w.dir, front);
  try {
    const env = { PWD: front };
    await w.tg("build", { env });
    assert.match(fs.readFileSync(path.join(w.dir, "d"), "utf8"), /-front\/gen\/v/);
    w.write("n", "2\n");
    assert.match((await w.tg("build", { env })).stderr, /2 ran/);
    assert.equal(w.read("out"), "2\n");
    assert.match((await w.tg("build")).stdout, /up to date/);
  } finally {
    fs.rmSync(front);
  }
});

const ONCE = (what: string): string => `cat lnk/h > out; [ -e done ] || { touch done; ${what}; }; echo 'out: lnk/h' > d`;
for (const [title, what, at, told, skip] of [
  ["a link", "ln -sfn two lnk", "lnk", "lnk", false],
  ["a folder", "mv one old; mv two one", "one", "one", onDeno && "to Deno its change time has whole seconds (docs/staleness.md)"],
] as const) {
  test(`${title} that is exchanged for another while the command runs`, { skip }, async () => {
    const w = await staged({ tasks: `    a: { outputs: ["out"], depfile: "d", run: "${ONCE(what)}" },`, files: { "one/h": "1\n", "two/h": "2\n" }, given: [link("one", "lnk")] });
    assert.match((await w.tg("build")).stderr, new RegExp(`^~ a \\(\\S+ s\\) — ${told} changed while it ran; it runs again$`, "m"));
    assert.equal(w.read("out"), "2\n", at);
    assert.match((await w.tg("build")).stdout, /up to date/);
  });
}

test("a folder that tasks write into may get another mode meanwhile", async () => {
  const w = await workspace({
    "tasks.config.ts": config(`${GEN}    a: { after: ["gen"], inputs: ["s"], outputs: ["out"], depfile: "d", run: "chmod 700 gen; cat gen/v > out; echo 'out: gen/v' > d" },`),
    ...genFiles,
  });
  assert.doesNotMatch((await w.tg("build")).stderr, /while it ran/);
});

test("a header that is dated in the future was not written by now", async () => {
  const w = await staged({ tasks: `    a: { outputs: ["out"], depfile: "d", run: "cat h > out; echo 'out: h' > d" },`, files: { h: "1\n" } });
  const future = new Date("2060-01-01");
  fs.utimesSync(path.join(w.dir, "h"), future, future);
  const first = await w.tg("build");
  assert.match(first.stderr, /1 ran/);
  assert.equal(first.code, 0);
  w.write("h", "2\n");
  fs.utimesSync(path.join(w.dir, "h"), future, future);
  assert.match((await w.tg("build")).stderr, /h is dated in the future; its content is read every time[^]*input changed: h/);
  assert.equal(w.read("out"), "2\n");
});

test("a project called by a link with -C or -c lies where the link leads", async () => {
  const w = await workspace({ "a/pr/tasks.config.ts": config(`    m: { inputs: ["../x"], outputs: ["o"], run: "cp ../x o" },`), "x": "wrong\n", "a/x": "1\n" });
  link("a/pr", "front")(w);
  let n = 1;
  for (const words of [["-C", "front"], ["-c", "front/tasks.config.ts"], ["-C", "front/..", "-C", "pr"], ["-C", "a/pr", "-c", "../../front/../pr/tasks.config.ts"]]) {
    w.write("a/x", `${++n}\n`);
    const run = await w.tg(["build", ...words]);
    assert.match(run.stderr, n === 2 ? /never ran/ : /input changed: (\.\.|<w>\/a|\S+\/a)\/x/, words.join(" "));
    assert.equal(w.read("a/pr/o"), `${n}\n`);
  }
  assert.equal((await w.tg(["build", "-C", "front", "o"])).code, 0);
  assert.match((await w.tg(["build", "-C", "nowhere/.."])).stderr, /no tasks\.config\.ts in/);
});

test("links and folders that the task itself makes do not taint it, and what its links lead to counts", async () => {
  const w = await staged({
    tasks: `
    link: { outputs: ["inc", "one"], depfile: "1.d", run: "ln -sfn real inc; cat inc/h > one; echo 'one: inc/h' > 1.d" },
    tree: { outputs: ["stage/", "two"], depfile: "2.d", run: "ln -sfn ../real stage/inc; cat stage/inc/h > two; echo 'two: stage/inc/h' > 2.d" },
    glob: { outputs: ["copy/**/h", "three"], depfile: "3.d", run: "mkdir -p copy/x; cp real/h copy/x; touch -t 202001010000 copy/x; cat copy/x/../../real/h > three; echo 'three: copy/x/h copy/x/../../real/h' > 3.d" },`,
    files: { "real/h": "1\n" },
  });
  for (const text of ["1\n", "2\n"]) {
    w.write("real/h", text);
    const { code, stderr } = await w.tg("build");
    assert.match(stderr, /3 ran/);
    assert.doesNotMatch(stderr, /while it ran/);
    assert.equal(code, 0);
    assert.deepEqual(["one", "two", "three"].map((file) => w.read(file)), [text, text, text]);
    assert.match((await w.tg("build")).stdout, /up to date/);
  }
});

/** After each step: does a build leave what a clean one would, and the next one run nothing? */
async function asClean(w: Workspace, steps: readonly ((w: Workspace) => void)[]): Promise<string[]> {
  const told: string[] = [];
  for (const step of steps) {
    step(w);
    const { code } = await w.tg("build");
    told.push(`${code} ${w.ran()} ${w.read("out").split("\n").join(" ").trim()}`);
    assert.match((await w.tg("build")).stdout, /up to date/);
  }
  return told;
}

test("a link below a pattern that comes to lead to another folder, to none, or to one that was not there", async () => {
  const w = await staged({ tasks: '    t: { inputs: ["a/**/*.txt"], outputs: ["out"], run: "echo t >> ran.log; cat a/*/f.txt > out" },', files: { "a/own/f.txt": "own\n", "one/f.txt": "1\n", "two/f.txt": "2\n", file: "" } });
  const told = await asClean(w, [
    (w) => (link("../one", "a/x")(w), link("../one", "a/y")(w)),
    link("../two", "a/y"), link("../none", "a/x"), edit("none/f.txt", "3\n"), (w) => w.remove("none"), (w) => w.write("none", ""), (w) => w.remove("none"),
    edit("none/f.txt", "4\n"), link("../file", "a/x"), link("../hop", "a/y"), link("none", "hop"), link("one", "hop"), link("../one", "a/x"), link("two", "hop"),
  ]);
  assert.deepEqual(told, [
    "0 t own 1 1", "0 t own 1 2", "0 t own 2", "0 t own 3 2", "0 t own 2", "0  own 2", "0  own 2", "0 t own 4 2", "0 t own 2", "0 t own", "0 t own 4", "0 t own 1", "0 t own 1 1", "0 t own 1 2",
  ]);
});

test("links that lead in a circle are no reason to stop, nor to look for long", async () => {
  const w = await staged({ tasks: '    t: { inputs: ["a/**/*.txt", "s*"], outputs: ["out"], run: "echo t >> ran.log; cat a/x/*.txt > out" },\n    u: { inputs: ["self"], outputs: ["u"], run: "echo > u" },', files: { "a/x/f.txt": "1\n" } });
  for (const [target, at] of [["l2", "a/x/l1"], ["../x", "a/x/l2"], ["self", "a/self"], ["self", "self"], ["b", "a/c"], ["c", "a/b"], ["/", "a/top"], ["..", "a/up"], ["/proc/self/root", "a/root"]] as const) link(target, at)(w);
  const told = await w.tg("build");
  assert.deepEqual([told.code, w.ran(), w.read("out")], [0, "t", "1\n"]);
  w.write("a/x/f.txt", "2\n");
  assert.deepEqual(await asClean(w, [(w) => w.write("a/x/f.txt", "3\n")]), ["0 t 3"]);
});

const MAKERS = ["gen", "two"].map((name) => `    ${name}: { inputs: ["${name}.n"], outputs: ["${name}/v"], run: "cp ${name}.n ${name}/v; echo ${name} >> ran.log" },\n`).join("");
const behindLink = (more: string, input: string, top = ""): string => `${MAKERS}${top}    a: { ${more}, inputs: [${input}], outputs: ["out"], run: "cat link* link/* link/*/* > out 2>/dev/null; echo a >> ran.log; test -s out" },`;
const linkFiles = { "gen.n": "1\n", "two.n": "1\n", "gen/x": "", "two/x": "" };
const BOTH = 'after: ["gen", "two"]';
const MIDDLE = '    mid: { after: ["gen", "two"], inputs: ["gen/x"], run: "true" },\n';

/** The link leads to one task's output, then to that of another with the same content. */
for (const [title, tasks, at, [one, two]] of [
  ["a linked folder", behindLink(BOTH, '"link/v"'), "link", ["gen", "two"]],
  ["a link to the file", behindLink(BOTH, '"link"'), "link", ["gen/v", "two/v"]],
  ["a pattern through a linked folder", behindLink(BOTH, '"link/*"'), "link", ["gen", "two"]],
  ["a link in a linked folder", behindLink(BOTH, '"link/l/v"'), "at/l", ["../gen", "../two"]],
  ["an order that another task lends", behindLink('after: ["mid"]', '"link/v"', MIDDLE), "link", ["gen", "two"]],
  ["an input that need not be there", behindLink(BOTH, '{ path: "link/v", optional: true }'), "link", ["gen", "two"]],
] as const) {
  test(`what a task makes behind a declared input: ${title}`, async () => {
    const w = await staged({ tasks, files: linkFiles });
    const round = async (step: (w: Workspace) => void): Promise<string> => {
      step(w);
      const { code, stderr } = await w.tg("build");
      assert.equal(code, 0, stderr);
      const ran = w.ran();
      assert.match((await w.tg("build")).stdout, /up to date/);
      return `${ran} ${w.read("out").split("\n")[0]}`;
    };
    const clean = tasks.includes("optional");
    if (!clean) await w.tg("build gen two");
    w.ran();
    if (at === "at/l") {
      w.write("at/x", "");
      link("at", "link")(w);
    }
    assert.equal(await round(link(one, at)), clean ? "a,gen,two 1" : "a 1");
    w.write("gen.n", "2\n");
    assert.match((await w.tg("status -v")).stdout, /^a +maybe stale +may change: gen\/v \(from "gen"\)$/m);
    assert.equal(await round(() => {}), "a,gen 2");
    assert.equal(await round(edit("two.n", "2\n")), "two 2");
    assert.equal(await round(link(two, at)), "a 2");
    assert.equal(await round(edit("gen.n", "3\n")), "gen 2");
    assert.equal(await round(edit("two.n", "4\n")), "a,two 4");
    assert.match((await w.tg("verify a")).stdout, /^! a — the same bytes\n +writes 1 file that it does not declare: ran\.log$/m);
  });
}

test("a declared input behind a link: where deps name its maker or no order is declared all stays as it was", async () => {
  const w = await staged({ tasks: behindLink('deps: ["gen"]', '"link/v"') + '\n    b: { inputs: ["link/v"], outputs: ["b"], run: "cp link/v b" },', files: linkFiles, given: ["build gen two", link("gen", "link"), "build", edit("gen.n", "2\n")] });
  assert.match((await w.tg("build")).stderr, /✓ gen [^]*✓ a [^\n]* — upstream changed: gen\/v \(from "gen"\)\n[^]*2 ran/);
  assert.match((await w.tg("build")).stderr, /✓ b [^\n]* — input changed: link\/v\n[^]*1 ran/);
  assert.match((await w.tg("build")).stdout, /up to date/);
  fs.rmSync(path.join(w.dir, "link"));
  assert.match((await w.tg("status")).stdout + (await w.tg("build")).stderr, /link\/v/);
});

test("a declared input behind a link that leads nowhere yet is made first where an order says so", async () => {
  const tasks = (order: string): string => `    gen: { inputs: ["n"], outputs: ["gen/v"], run: "cp n gen/v" },\n    b: { ${order} inputs: ["link/v"], outputs: ["b"], run: "cp link/v b" },`;
  const w = await staged({ tasks: tasks('after: ["gen"],'), files: { n: "1\n" }, given: [link("gen", "link")] });
  assert.match((await w.tg("status")).stdout, /b +stale +never ran/);
  assert.match((await w.tg("build")).stderr, /✓ gen [^]*✓ b [^]*2 ran/);
  assert.match((await w.tg("build")).stdout, /up to date/);
  fs.rmSync(path.join(w.dir, "gen"), { recursive: true });
  w.write("n", "2\n");
  assert.match((await w.tg("build")).stderr, /✓ gen [^]*✓ b [^]*2 ran/);
  assert.equal(w.read("b"), "2\n");
  assert.match((await w.tg("build")).stdout, /up to date/);
  // Nobody says that it comes first, and it is not what is made.
  for (const [order, file] of [["", "gen"], ['after: ["gen"],', "other"]] as const) {
    fs.rmSync(path.join(w.dir, "gen"), { recursive: true, force: true });
    w.write("tasks.config.ts", config(tasks(order)));
    link(file, "link")(w);
    const refused = await w.tg("build");
    assert.deepEqual([refused.code, /input link\/v does not exist and no task makes it/.test(refused.stderr)], [2, true], refused.stderr);
  }
});

test("what a function asked for last time declares no order for an input behind a link", async () => {
  const w = await workspace({ in: "1", mode: "ask", "gen/other": "", "tasks.config.ts": `import { readFileSync, writeFileSync } from "node:fs";
export default { tasks: {
  gen: { inputs: ["in"], outputs: ["gen/v"], run: "cp in gen/v" },
  use: { inputs: ["lnk/v", "mode"], outputs: ["use"], run: async (ctx) => {
    if (readFileSync("mode", "utf8") === "ask") await ctx.need("gen/v");
    writeFileSync("use", readFileSync("lnk/v"));
  } },
} };
` });
  fs.symlinkSync("gen", path.join(w.dir, "lnk"));
  const missing = async (): Promise<void> => {
    const { code, stderr } = await w.tg("build");
    assert.deepEqual([code, /task "use": input lnk\/v does not exist/.test(stderr)], [2, true], stderr);
  };
  await missing();
  assert.equal((await w.tg("build gen")).code, 0);
  assert.equal((await w.tg("build")).code, 0);
  w.remove("gen/v");
  w.write("mode", "read");
  await missing();
});

const BESIDE = (pattern: string): string => `    a: { inputs: ["n"], outputs: ["${pattern}"], run: "mkdir -p gen/d; cp n gen/d/v; ln -sfn ../src gen/l" },`;
for (const pattern of ["gen/**", "gen/**/v"]) {
  test(`what stands behind a link that a task makes among the files of ${pattern} is none of its outputs`, async () => {
    const w = await staged({ tasks: BESIDE(pattern), files: { n: "1\n", "src/v": "mine\n" } });
    for (const text of ["1\n", "2\n"]) {
      w.write("n", text);
      assert.match((await w.tg("build")).stderr, /1 ran/);
      assert.match((await w.tg("build")).stdout, /up to date/);
      assert.deepEqual([w.read("src/v"), w.read("gen/d/v"), fs.readlinkSync(path.join(w.dir, "gen/l"))], ["mine\n", text, "../src"]);
    }
    if (pattern === "gen/**") {
      fs.rmSync(path.join(w.dir, "gen/l"));
      assert.match((await w.tg("build")).stderr, /✓ a [^]*output missing: gen\/l/);
    }
    assert.equal((await w.tg("clean")).code, 0);
    assert.deepEqual([w.read("src/v"), w.exists("gen/d/v")], ["mine\n", false]);
  });
}

test("a folder among a pattern's files that was replaced by a link to sources: these are not removed", async () => {
  const w = await staged({ tasks: `    a: { inputs: ["n"], outputs: ["gen/**"], run: "mkdir -p gen; [ -e gen/d ] || mkdir gen/d; cp n gen/d/w; cp n gen/e" },`, files: { n: "1\n", "src/w": "1\n" }, given: ["build"] });
  fs.rmSync(path.join(w.dir, "gen/d"), { recursive: true });
  link("../src", "gen/d")(w);
  w.write("tasks.config.ts", config(`    a: { inputs: ["n"], outputs: ["gen/**"], run: "mkdir -p gen; cp n gen/e" },`));
  assert.match((await w.tg("build")).stderr, /1 ran/);
  assert.equal(w.read("src/w"), "1\n");
  assert.match((await w.tg("build")).stdout, /up to date/);
});

test("an output that was replaced by a link to a folder: its reader waits for it", async () => {
  const tasks = `    a: { inputs: ["n"], outputs: ["o/f"], run: "cp n o/f" },
    b: { inputs: ["n"], outputs: ["p/*"], run: "mkdir -p p; cp n p/g" },
    r: { inputs: ["o/**", "p/**"], outputs: ["r"], run: "cat o/f p/g > r" },`;
  const w = await staged({ tasks, files: { n: "1\n", "else/x": "x\n", "o/sub/s": "s\n", "p/sub/s": "s\n" }, given: ["build"] });
  for (const file of ["o/f", "p/g"]) {
    link("../else", file)(w);
    assert.match((await w.tg("status")).stdout, /r +maybe stale[^]*1 stale, 1 maybe stale, 1 fresh/);
    assert.match((await w.tg("build")).stderr, /1 ran, 2 fresh/);
  }
  // What is added elsewhere is not waited for.
  link("../else", "p/g")(w);
  w.write("p/sub/t", "t\n");
  assert.match((await w.tg("status -v")).stdout, /r +stale +input added: p\/sub\/t/);
  assert.match((await w.tg("build")).stderr, /2 ran, 1 fresh/);
});

test("a link to a folder below an input folder counts, also one that leads back", async () => {
  const w = await workspace({ "src/keep": "k\n", "src/d/x": "x\n", "tasks.config.ts": `import { readFileSync } from "node:fs";
export default { cache: { store: true }, tasks: {
  tree: { inputs: ["src/"], outputs: ["tree/"], run: "cp -rP src/. tree/" },
  all: { inputs: ["src/**"], outputs: ["all"], run: "find src | sort > all" },
  some: { inputs: ["src/**/x", "src/k*"], outputs: ["some"], run: "cat src/keep > some" },
  copy: { run: { copy: "src/", to: "copy/" } },
  join: { run: { concat: ["src/"], to: "join" } },
  call: { inputs: ["src/"], run: (ctx) => [ctx.inputs, ctx.changed].map((files) => files.map((file) => file + "=" + readFileSync(file, "utf8"))) },
} };
` });
  await w.tg("build");
  const seen = async (told: RegExp): Promise<void> => {
    assert.match((await w.tg("status")).stdout, told);
    const run = await w.tg("build");
    assert.equal(run.code, 0, run.stderr);
    assert.match((await w.tg("build")).stdout, /6 tasks up to date/);
  };
  link(".", "src/loop")(w);
  await seen(/^some +fresh$[^]*: 5 stale, 1 fresh$/m);
  assert.equal(fs.readlinkSync(path.join(w.dir, "tree/loop")), ".");
  link("d", "src/again")(w);
  await seen(/: 6 stale$/m);
  assert.equal(fs.readlinkSync(path.join(w.dir, "tree/again")), "d");
  link("../src/d", "src/again")(w);
  await seen(/^some +fresh$[^]*: 5 stale, 1 fresh$/m);
  assert.equal(fs.readlinkSync(path.join(w.dir, "tree/again")), "../src/d");
  const verified = await w.tg("verify some copy join");
  assert.deepEqual([verified.code, /3 the same/.test(verified.stderr + verified.stdout)], [0, true], verified.stderr);
  fs.rmSync(path.join(w.dir, "src/loop"));
  await seen(/^some +fresh$[^]*: 5 stale, 1 fresh$/m);
  assert.equal(w.exists("tree/loop"), false);
});
