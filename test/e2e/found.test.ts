// Bugs that the random tester found, each told again as a small story. Knows no seed: those change with the generator.
import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { config, tell } from "../support/story.ts";
import { workspace, type Workspace } from "../support/rig.ts";

const redefine = (tasks: string) => (w: Workspace): void => w.write("tasks.config.ts", config(tasks));
const edit = (file: string, text: string) => (w: Workspace): void => w.write(file, text);
const keepState = (w: Workspace): void => fs.cpSync(`${w.dir}/.tg`, `${w.dir}/kept`, { recursive: true });
const bringStateBack = (w: Workspace): void => {
  for (const name of ["state", "journal"]) {
    fs.rmSync(`${w.dir}/.tg/${name}`, { force: true });
    if (fs.existsSync(`${w.dir}/kept/${name}`)) fs.cpSync(`${w.dir}/kept/${name}`, `${w.dir}/.tg/${name}`, { recursive: true });
  }
};
/** `name` returns a value, and a chain depends on it. */
const VALUED = (name: string): string => `import { chain } from "tg-build";
export default { tasks: {
  ${name}: { run: () => 1 },
  plain: chain([{ run: "true" }, { deps: ["${name}"], outputs: ["p"], run: "echo 1 >p" }]),
} };\n`;

tell([
  {
    title: "stdout of a path that is an optional output: what the command takes away need not be there",
    tasks: '    a: { inputs: ["in"], outputs: [{ path: "so", optional: true }], stdout: "so", run: "cat in; test -s in || rm so" },',
    files: { in: "" },
    given: ["build"],
    when: "build",
    then: `
      1| tg: 1 task up to date (N s)
      exit 0`,
  },
  {
    title: "stdout of a path that is an optional output: what is there is the task's, as any",
    tasks: '    a: { inputs: ["in"], outputs: [{ path: "so", optional: true }], stdout: "so", run: "cat in; test -s in || rm so" },',
    files: { in: "" },
    given: ["build", edit("in", "1\n"), "build", (w) => w.remove("so")],
    when: "build",
    then: `
      2| ✓ a (N s) — output missing: so
      2| tg: 1 ran (N s)
      exit 0`,
  },
  {
    title: "a task renamed and redefined at once leaves no members of its old pattern behind",
    tasks: '    a: { inputs: ["n"], outputs: ["gen/*.g"], run: "touch gen/$(cat n).g" },',
    files: { n: "one" },
    given: ["build", edit("n", "two"), redefine('    b: { inputs: ["n"], outputs: ["gen/*.g"], run: "touch gen/$(cat n).g; ls gen" },')],
    when: "build",
    then: `
      2| tg: removed 1 leftover that no task makes any more: gen/one.g
      2| ✓ b (N s) — never ran
      2| two.g
      2| tg: 1 ran (N s)
      exit 0`,
  },
  {
    title: "a new task that writes into what a pattern reads makes the reader run in the same build",
    tasks: '    c: { inputs: ["gen/*.x"], outputs: ["out"], run: "cat gen/*.x > out" },',
    files: { "gen/a.x": "1\n" },
    given: ["build", redefine('    c: { inputs: ["gen/*.x"], outputs: ["out"], run: "cat gen/*.x > out" },\n    p: { outputs: ["gen/b.x"], run: "echo 2 > gen/b.x" },')],
    when: "build",
    then: `
      2| ✓ p (N s) — never ran
      2| ✓ c (N s) — input added: gen/b.x
      2| tg: 2 ran (N s)
      exit 0`,
  },
  {
    title: "until then the reader is maybe stale",
    tasks: '    c: { inputs: ["gen/*.x"], outputs: ["out"], run: "cat gen/*.x > out" },',
    files: { "gen/a.x": "1\n" },
    given: ["build", redefine('    c: { inputs: ["gen/*.x"], outputs: ["out"], run: "cat gen/*.x > out" },\n    p: { outputs: ["gen/d/"], run: "true" },\n    q: { outputs: ["gen/b.x"], run: "true" },')],
    when: "status c -v",
    then: `
      1| c  maybe stale  may change: gen/b.x (from "q")
      1| q  stale        never ran
      1|
      1| tg: 2 tasks: 1 stale, 1 maybe stale
      exit 0`,
  },
  {
    title: "a task that is made twice for a reader who deletes its intermediate counts once",
    tasks: `    a: { inputs: ["in"], outputs: ["x"], intermediates: ["m"], run: "cp in m; cp in x" },
    b: { inputs: ["m"], outputs: ["n"], run: "mv m n" },
    c: { inputs: ["in"], deps: ["a", "b"], outputs: ["o"], run: "cat m n > o" },`,
    files: { in: "1\n" },
    when: "build -j1",
    then: `
      2| ✓ a (N s) — never ran
      2| ✓ b (N s) — never ran
      2| ✓ a (N s) — needed by "c"
      2| ✓ c (N s) — never ran
      2| tg: 3 ran (N s)
      exit 0`,
  },
  {
    title: "members of a pattern that are put back count, also those that stood there already",
    tasks: '    a: { inputs: ["n"], outputs: ["gen/*.g"], run: "touch gen/$(cat n).g; ls gen", cache: { store: true } },',
    files: { n: "one" },
    // The state is lost up to the first build; the store of results is not.
    given: ["build", keepState, edit("n", "two"), "build", bringStateBack, "build", edit("n", "three")],
    when: "build",
    then: `
      2| ✓ a (N s) — input changed: n
      2| three.g
      2| tg: 1 ran (N s)
      exit 0`,
  },
  {
    title: "the executable bit of what a depfile told decides about a result that was kept",
    tasks: '    o: { inputs: ["a.c"], outputs: ["a.o"], depfile: "a.d", run: "ls -l a.h | cut -c4 > a.o; echo a.o: a.c a.h > a.d", cache: { store: true } },',
    files: { "a.c": "c\n", "a.h": "h\n" },
    given: ["build", (w) => fs.chmodSync(`${w.dir}/a.h`, 0o755)],
    when: "build",
    then: `
      2| ✓ o (N s) — input made executable: a.h
      2| tg: 1 ran (N s)
      exit 0`,
  },
  {
    title: "who goes on without a task that may fail does not read what it made last time",
    tasks: '    gen: { inputs: ["n"], outputs: ["gen.txt"], allowFailure: true, run: "grep 1 n && cp n gen.txt" },\n    use: { inputs: ["gen.txt"], outputs: ["use.txt"], run: "cat gen.txt > use.txt || echo none > use.txt" },',
    files: { n: "1\n" },
    given: ["build -q", edit("n", "2\n"), "build -q", (w: Workspace) => assert.equal(w.read("use.txt"), "none\n")],
    when: "status",
    then: `
      1| gen  failed       exit 1
      1| use  maybe stale  may change: gen.txt (from "gen")
      1|
      1| tg: 2 tasks: 1 failed, 1 maybe stale
      exit 0`,
  },
  {
    title: "who names a task that may fail in deps does not keep what it took from it, files, folders and patterns alike",
    tasks: '    gen: { inputs: ["n"], outputs: ["gen.txt", "tree/", "pat/*.x"], allowFailure: true, run: "grep 1 n && cp n gen.txt && cp n tree/a && cp n pat/a.x" },\n' + ["gen.txt", "tree/a", "pat/a.x"].map((path, i) => `    use${i}: { deps: ["gen"], outputs: ["use${i}.txt"], run: "cat ${path} > use${i}.txt || echo none > use${i}.txt" },\n`).join(""),
    files: { n: "1\n" },
    given: ["build -q", edit("n", "2\n"), "build -q", (w: Workspace) => assert.deepEqual([0, 1, 2].map((i) => w.read(`use${i}.txt`)), ["none\n", "none\n", "none\n"]), edit("n", "1\n"), "build -q", (w: Workspace) => assert.deepEqual([0, 1, 2].map((i) => w.read(`use${i}.txt`)), ["1\n", "1\n", "1\n"]), edit("n", "2\n"), "build -q"],
    when: "build",
    then: `
      2| ! gen (N s) — exit 1; allowed to fail
      2| tg: 3 fresh, 1 failed (allowed) (N s)
      exit 0`,
  },
  {
    title: "what depends on a task that may fail and was refused before it started is stale, as tg status says, when what that is made from has changed",
    tasks: '    lint: { inputs: ["n"], outputs: ["o"], drift: "error", allowFailure: true, run: "touch o" },\n    use: { deps: ["lint"], outputs: ["u"], run: "touch u" },',
    files: { n: "1\n" },
    given: ["build -q", edit("o", "by hand\n"), edit("tasks.config.ts", `export default { tasks: { lint: { inputs: ["n"], drift: "error", allowFailure: true, run: "true" }, use: { deps: ["lint"], outputs: ["u"], run: "touch u" } } };\n`), "build -q", edit("n", "2\n")],
    when: "build",
    then: `
      2| ! lint (N s) — o, which it no longer makes, was edited by hand; allowed to fail
      2| ✓ use (N s) — upstream changed: "lint"
      2| tg: 1 ran, 1 failed (allowed) (N s)
      exit 0`,
  },
  {
    title: "who goes on without a task that may fail does not read what it had half made, in a folder that is not emptied either",
    tasks: '    gen: { inputs: ["n"], outputs: ["gen/"], incremental: true, allowFailure: true, run: "cp n gen/half; grep 1 n" },\n    use: { inputs: [{ glob: "gen/**", allowEmpty: true }], outputs: ["use.txt"], run: "cat gen/* > use.txt || echo none > use.txt" },',
    files: { n: "1\n" },
    given: ["build -q", edit("n", "2\n"), "build -q", (w: Workspace) => assert.equal(w.read("use.txt"), "none\n")],
    when: "status",
    then: `
      1| gen  failed       exit 1
      1| use  maybe stale  may change: gen
      1|
      1| tg: 2 tasks: 1 failed, 1 maybe stale
      exit 0`,
  },
  {
    title: "what a task no longer declares is not its edited output, if another reads it now",
    tasks: '    gen: { outputs: ["o", "tree/"], drift: "error", run: "echo 1 >o; mkdir tree; echo f >tree/f; echo m >tree/m" },\n    use: { inputs: ["tree/f"], outputs: ["u"], run: "cat tree/f >u" },',
    given: ["build -q", (w: Workspace) => w.sh("rm tree/m"), edit("tasks.config.ts", `export default { tasks: { gen: { outputs: ["o"], drift: "error", run: "echo 2 >o" }, use: { inputs: ["tree/f"], outputs: ["u"], run: "cat tree/f >u" } } };\n`)],
    when: "build -j1",
    then: `
      2| tg: warning: tree/f is made by no task any more and is a source now
      2| ✓ gen (N s) — command changed (+2 more)
      2| tg: 1 ran, 1 fresh (N s)
      exit 0`,
  },
  {
    title: "what another task makes by now is no edited output of the one that made it",
    tasks: '    one: { outputs: ["o", "p"], drift: "error", run: "echo 1 >o; echo 1 >p" },\n    two: { outputs: ["q"], run: "echo 2 >q" },',
    given: ["build -q", edit("tasks.config.ts", `export default { tasks: { one: { outputs: ["o"], drift: "error", run: "echo 1 >o" }, two: { outputs: ["q", "p"], run: "echo 2 >q; echo 2 >p" } } };\n`), "build -q two"],
    when: "build -j1",
    then: `
      2| ✓ one (N s) — command changed (echo 1 >o; echo 1 >p → echo 1 >o) (+2 more)
      2| tg: 1 ran, 1 fresh (N s)
      exit 0`,
  },
  {
    title: "what a task makes by a pattern in a folder that is new is seen at once by who reads the folder above",
    tasks: '    a: { outputs: ["o"], run: "echo 1 >o" },\n    use: { inputs: ["w/**"], outputs: ["u"], run: "ls -R w >u" },',
    files: { "w/s": "" },
    given: ["build -q", edit("tasks.config.ts", `export default { tasks: { a: { outputs: ["o", "w/p/*.gen"], run: "echo 1 >o; echo 2 >w/p/x.gen" }, use: { inputs: ["w/**"], outputs: ["u"], run: "ls -R w >u" } } };\n`)],
    when: "build -j1",
    then: `
      2| ✓ a (N s) — command changed (+1 more)
      2| ✓ use (N s) — input added: w/p/x.gen
      2| tg: 2 ran (N s)
      exit 0`,
  },
  {
    title: "an edit of the only file in a folder that is an input is seen while its reader runs",
    tasks: '    a: { inputs: ["v"], outputs: ["o"], run: "cat v/f >o; [ -e once ] || { : >once; echo 22 >v/f; }" },',
    files: { "v/f": "1\n" },
    when: "build",
    then: `
      2| ~ a (N s) — v/f changed while it ran; it runs again
      2| ✓ a (N s) — input changed while it ran: v/f (+1 more)
      2| tg: 1 ran (N s)
      exit 0`,
  },
  {
    title: "a chain of commands does not run because who gives it a value has another name",
    files: { "tasks.config.ts": VALUED("gen") },
    given: ["build -q", edit("tasks.config.ts", VALUED("make"))],
    when: "build -j1",
    then: `
      2| ✓ make (N s) — never ran
      2| tg: 1 ran, 1 fresh (N s)
      exit 0`,
  },
  {
    title: "a folder is not empty for want of an intermediate that is an input by its name as well",
    tasks: '    mid: { intermediates: ["w/m"], run: "echo 1 >w/m" },\n    use: { inputs: ["w/", "w/m"], outputs: ["u"], run: "cat w/m >u" },',
    given: ["build -q", (w: Workspace) => w.sh("rm w/m")],
    when: "build",
    then: `
      1| tg: 2 tasks up to date (N s)
      exit 0`,
  },
  {
    title: "a folder named as an input that has nothing in it is a pattern that matches nothing",
    tasks: '    use: { inputs: ["w"], outputs: ["u"], run: "ls w >u" },',
    given: [(w: Workspace) => w.sh("mkdir w")],
    when: "build",
    then: `
      2| tg: task "use": input "w/" matches no file
      2|     at tasks.config.ts:3
      2|     try: correct the pattern, or { glob, allowEmpty: true } if that is intended
      exit 2`,
  },
  {
    title: "a folder is told as it is written: as an input",
    tasks: '    a: { inputs: ["s(1)/"], outputs: ["u"], run: "x" },',
    files: { "s(1)/y": "" },
    when: "build a --help",
    then: `
      1| a
      1|   reads  s(1)/
      1|   makes  u
      1|   takes no parameters
      1|
      1| tg build --help tells about the command.
      exit 0`,
  },
  {
    title: "a folder is told as it is written: with an output below it",
    tasks: '    a: { inputs: ["src/"], outputs: ["src/u"], run: "x" },',
    files: { "src/y": "" },
    when: "build",
    then: `
      2| tg: task "a": output src/u is matched by its own input "src/"
      2|     at tasks.config.ts:3
      2|     try: add "!src/u" to inputs, or list the file as "inout" if it is rewritten in place
      exit 2`,
  },
  {
    title: "an output below a link that leads nowhere",
    tasks: '    a: { outputs: ["out/u"], run: "x" },',
    given: [(w: Workspace) => w.sh("ln -s nowhere out")],
    when: "build",
    then: `
      2| ✗ a (N s) — cannot write out: no such file or folder
      2| tg: task "a": cannot write out: no such file or folder
      2|     try: look for a link at out, or above it, that leads nowhere
      2| tg: 1 failed (N s)
      exit 1`,
  },
  {
    title: "an intermediate that is not on disk stands by its record although its task keeps edits",
    tasks: '    mid: { inputs: ["n"], intermediates: ["mid.txt"], drift: "keep", run: "cp n mid.txt" },\n    use: { deps: ["mid"], outputs: ["use.txt"], run: "echo > use.txt" },',
    files: { n: "1\n" },
    given: ["build -q", (w) => fs.rmSync(`${w.dir}/mid.txt`)],
    when: "build",
    then: `
      1| tg: 2 tasks up to date (N s)
      exit 0`,
  },
  {
    title: "below a skipped task, an intermediate that is gone makes nobody stale",
    tasks: '    mid: { inputs: ["n"], intermediates: ["mid.txt"], run: "cp n mid.txt" },\n    use: { inputs: ["mid.txt"], outputs: ["use.txt"], run: "cat mid.txt > use.txt || echo none > use.txt" },',
    files: { n: "1\n" },
    given: ["build -q", (w) => fs.rmSync(`${w.dir}/mid.txt`), redefine('    mid: { inputs: ["n"], intermediates: ["mid.txt"], when: false, run: "cp n mid.txt" },\n    use: { inputs: ["mid.txt"], outputs: ["use.txt"], run: "cat mid.txt > use.txt || echo none > use.txt" },'), "build -q", (w: Workspace) => assert.equal(w.read("use.txt"), "1\n")],
    when: "status",
    then: `
      1| mid  skipped      not on disk
      1| use  fresh
      1|
      1| tg: 2 tasks: 1 skipped, 1 fresh
      exit 0`,
  },
]);

test("a skipped task that makes nothing stands by its last run, whatever it would read now", async () => {
  const tasks = (when: boolean): string => config(`
    gen: { inputs: ["n"], outputs: ["gen/*.g"], run: "cp n gen/$(cat n).g" },
    lint: { inputs: ["gen/*.g"], when: ${when}, run: "true" },
    use: { deps: ["gen", "lint"], outputs: ["use"], run: "echo use >> ran.log; touch use" },
    late: { deps: ["lint"], outputs: ["late"], run: "echo late >> ran.log; touch late" },`);
  const w = await workspace({ n: "1\n", "tasks.config.ts": tasks(false) });
  const ran = async (): Promise<string> => (await w.tg("build -j1"), w.ran());
  assert.deepEqual([await ran(), await ran()], ["late,use", ""]);
  w.write("n", "2\n");
  assert.deepEqual([await ran(), await ran()], ["use", ""]);
  w.write("tasks.config.ts", tasks(true));
  assert.deepEqual([await ran(), await ran()], ["late,use", ""]);
  w.write("tasks.config.ts", tasks(false));
  assert.equal(await ran(), "");
});

test("an edit of what a skipped task would make is seen by who names it in deps, though it never ran", async () => {
  const w = await workspace({ n: "1\n", text: "a\n", "tasks.config.ts": config(`
    format: { inputs: ["n"], inout: ["text"], outputs: ["dist/", "made"], when: false, run: "true" },
    use: { deps: ["format"], outputs: ["use"], run: "echo use >> ran.log; touch use" },`) });
  await w.tg("build");
  for (const path of ["text", "made", "dist/x"]) {
    w.ran();
    await w.tg("build");
    assert.equal(w.ran(), "");
    w.write(path, "b\n");
    await w.tg("build");
    assert.equal(w.ran(), "use", path);
  }
});

test("a function that needed a task whose edited outputs stand runs again for such an edit", async () => {
  const w = await workspace({ n: "1\n", "tasks.config.ts": `import fs from "node:fs";
export default { tasks: {
  made: { inputs: ["n"], outputs: ["made"], drift: "keep", run: "cp n made" },
  use: { outputs: ["use"], run: async (ctx) => { await ctx.need("made"); fs.copyFileSync("made", "use"); } },
} };
` });
  await w.tg("build");
  w.write("made", "mine\n");
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.read("use"), "mine\n");
});

test("a producer is not made again while another task reads what that would clear", async () => {
  const w = await workspace({ in: "1\n" });
  const gate = w.gate("g");
  w.write("tasks.config.ts", config(`
    a: { inputs: ["in"], outputs: ["dist/"], intermediates: ["m"], run: "echo a >> ran.log; cp in m; cp in dist/x" },
    b: { inputs: ["m"], outputs: ["n"], run: "mv m n" },
    slow: { inputs: ["dist/x"], outputs: ["s"], run: ${JSON.stringify(`${gate.command}; cat dist/x > s; echo slow >> ran.log`)} },
    c: { inputs: ["m"], after: ["b"], outputs: ["o"], run: "cp m o" },
    d: { after: ["b"], outputs: ["d"], run: "touch d" },`));
  const build = w.start("build -j4");
  await gate.reached();
  await build.until(/✓ d/);
  gate.release();
  const { code, stderr } = await build.done;
  assert.equal(code, 0, stderr);
  assert.equal(w.ranInOrder(), "a,slow,a");
  assert.equal(w.read("s"), "1\n");
});

test("a function that needed a formatter does not run for a setting that changes nothing of what that rewrites", async () => {
  const w = await workspace({ text: "a\n", "tasks.config.ts": `import fs from "node:fs";
export default { tasks: {
  format: { env: ["WIDTH"], inout: ["text"], run: "echo format >> ran.log" },
  ask: { outputs: ["ask"], run: async (ctx) => { await ctx.need("format"); fs.appendFileSync("ran.log", "ask\\n"); fs.writeFileSync("ask", ""); } },
} };
` });
  await w.tg("build");
  assert.equal(w.ran(), "ask,format");
  await w.tg("build", { env: { WIDTH: "80" } });
  assert.equal(w.ran(), "format");
  w.write("text", "b\n");
  await w.tg("build", { env: { WIDTH: "80" } });
  assert.equal(w.ran(), "ask,format");
});

test("a renamed function waits for what it asked for under its old name", async () => {
  const named = (name: string): string => `import ask from "./ask.task.mjs";
export default { tasks: { ${name}: ask, make: { always: true, outputs: ["made"], run: "echo make >> ran.log; sleep 0.1; echo 1 > made" } } };
`;
  const w = await workspace({ "tasks.config.mjs": named("ask"), "ask.task.mjs": `import fs from "node:fs";
import { defineTask } from "tg-build";
export default defineTask(import.meta, { outputs: ["ask"], depfile: { path: "ask.d", format: "lines" }, run: async (ctx) => { await ctx.need("made"); fs.appendFileSync("ran.log", "ask\\n"); fs.writeFileSync("ask.d", "made\\n"); fs.writeFileSync("ask", ""); } });
` });
  await w.tg("build -j2");
  assert.equal(w.ran(), "ask,make");
  w.write("tasks.config.mjs", named("asks"));
  assert.equal((await w.tg("status")).stdout, "asks  maybe stale  may change: made (from \"make\") (+1 more)\nmake  stale        runs in every build\n\ntg: 2 tasks: 1 stale, 1 maybe stale\n");
  // Its needs are part of what is asked about.
  assert.match((await w.tg("status asks")).stdout, /^make +stale/m);
  const { stderr } = await w.tg("build -j2");
  assert.match(stderr, /task "ask" is now "asks"; its record is kept/);
  assert.equal(w.ran(), "make");
});

test("of a tree whose task is gone, empty folders go too where somebody's file keeps the rest", async () => {
  const w = await workspace({ "tasks.config.ts": config(`
    a: { outputs: ["dist/"], run: "mkdir -p dist/empty/deeper dist/full; touch dist/full/x" },
    b: { run: "true" },`) });
  await w.tg("build");
  w.write("dist/mine", "");
  w.write("tasks.config.ts", config(`
    b: { run: "true" },`));
  assert.equal((await w.tg("build")).code, 0);
  assert.deepEqual(fs.readdirSync(`${w.dir}/dist`), ["mine"]);
});

test("folders that hold nothing since a pattern's task makes no more what it had in them go, but for what others use", async () => {
  const w = await workspace({ in: "all", "tasks.config.ts": config(`
    a: { inputs: ["in"], outputs: ["o/**/*.x"], run: "touch o/1.x; test $(cat in) = one || { mkdir -p o/sub/deep o/mine o/far/y; touch o/sub/deep/2.x o/mine/3.x o/far/y/4.x; }" },
    other: { after: ["a"], outputs: ["o/far/y/*.y"], run: "touch o/far/y/5.y" },
    list: { inputs: ["o/"], outputs: ["l"], run: "find o | sort >l" },`) });
  await w.tg("build");
  w.write("o/mine/by-hand", "");
  await w.sh("rm o/far/y/5.y");
  w.write("in", "one");
  assert.equal((await w.tg("build")).code, 0);
  assert.deepEqual(w.read("l").trim().split("\n"), ["o", "o/1.x", "o/far", "o/far/y", "o/far/y/5.y", "o/mine", "o/mine/by-hand"]);
});

test("folders that a failed attempt made for what its pattern takes go with it", async () => {
  const w = await workspace({ in: "bad", "tasks.config.ts": config(`
    a: { inputs: ["in"], outputs: ["o/**/*.x"], retries: 1, run: "to=o/$(cat in)/$TG_ATTEMPT; mkdir -p $to o/not-ours; touch $to/1.x; test $TG_ATTEMPT$(cat in) = 2good" },`) });
  assert.equal((await w.tg("build")).code, 1);
  assert.deepEqual(fs.readdirSync(`${w.dir}/o`), ["not-ours"]);
  w.write("in", "good");
  assert.equal((await w.tg("build")).code, 0);
  assert.deepEqual((fs.readdirSync(`${w.dir}/o`, { recursive: true }) as string[]).sort(), ["good", "good/2", "good/2/1.x", "not-ours"]);
});

test("a task whose name joins others by now is gone: its record goes to who has its definition, or with it", async () => {
  const made = '{ intermediates: ["w/*.x"], temp: true, run: "echo a >> ran.log; echo 1 >w/1.x; echo 2 >w/2.x" }';
  const all = `all: { inputs: [{ glob: "w/*.x", allowEmpty: true }], outputs: ["all"], run: "cat w/*.x /dev/null >all" },`;
  const w = await workspace({ "tasks.config.ts": config(`${all}\na: ${made},`) });
  const build = async (tasks: string): Promise<string> => {
    w.write("tasks.config.ts", config(`${all}\n${tasks}`));
    const run = await w.tg("build");
    assert.equal(run.code, 0, run.stderr);
    return `ran ${w.ran()}: ${w.read("all").replaceAll("\n", " ")}`;
  };
  assert.equal(await build(`a: ${made},`), "ran a: 1 2 ");
  assert.equal(await build(`a: { deps: ["b"] },\nb: ${made},`), "ran : 1 2 ");
  assert.equal(await build(`a: ${made},`), "ran : 1 2 ");
  const other = '{ outputs: ["w/1.x"], run: "echo b >> ran.log; echo 1 >w/1.x" }';
  assert.equal(await build(`a: { deps: ["b"] },\nb: ${other},`), "ran b: 1 ");
  assert.equal(await build(`a: ${made},`), "ran a: 1 2 ");
});

test("a function that comes back may return what it returned before", async () => {
  const both = `    f: { inputs: ["in"], run: () => 1 },\n    t: { inputs: ["in"], deps: ["f"], run: "echo t >> ran.log" },`;
  const w = await workspace({ in: "", "tasks.config.ts": config(both) });
  await w.tg("build");
  w.write("tasks.config.ts", config(`    t: { inputs: ["in"], run: "echo t >> ran.log" },`));
  await w.tg("build");
  assert.equal(w.ran(), "t");
  w.write("tasks.config.ts", config(both));
  assert.match((await w.tg("status")).stdout, /^f {2}stale {8}never ran\nt {2}maybe stale {2}may change: what "f" makes\n/);
  assert.match((await w.tg("build")).stderr, /tg: 1 ran, 1 fresh/);
  assert.equal(w.ran(), "");
});

test("a task that is skipped makes nothing again, whoever lacks its intermediate", async () => {
  const tasks = (mark: string): string => config(`
    m: { inputs: ["in"], outputs: ["g"], intermediates: ["mid"], run: "cp in g; cp in mid; echo m >> ran.log" },
    u: { inputs: ["mid"], outputs: ["o"], run: "cat mid > o; rm -f mid; echo u >> ran.log ${mark}" },`);
  const w = await workspace({ in: "1\n", "tasks.config.ts": tasks("") });
  await w.tg("build");
  assert.equal(w.ran(), "m,u");
  w.write("tasks.config.ts", tasks("; true"));
  assert.match((await w.tg("build --skip m -n")).stdout, /\ntg: 1 would run, 0 fresh, 1 skipped \(dry run\)\n$/);
  const { stderr } = await w.tg("build --skip m");
  assert.equal(w.ran(), "u", stderr);
  assert.match((await w.tg("build --skip m -n")).stdout, /^tg: nothing would run, 1 task is fresh, 1 skipped\n$/);
});

test("what was consumed and deleted below a skipped task settles, in whatever order its takers come", async () => {
  const w = await workspace({ in: "1\n", more: "a\n", "tasks.config.ts": `import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { defineConfig } from "tg-build";
export default defineConfig({ tasks: {
    m: { inputs: ["in"], intermediates: ["mid"], run: "cp in mid; echo m >> ran.log" },
    u: { inputs: ["mid", "more"], outputs: ["o"], run: "cat mid more > o; rm -f mid; echo u >> ran.log" },
    d: { deps: ["m"], outputs: ["p"], run: "cat mid > p; echo d >> ran.log" },
    f: { after: ["d"], outputs: ["q"], inputs: [{ path: "once", optional: true }], run: async (ctx) => { await ctx.need("m"); if (!existsSync("q")) await ctx.need("mid"); writeFileSync("q", ""); appendFileSync("ran.log", "f\\n"); } },
} });` });
  await w.tg("build m d f");
  w.ran();
  await w.tg("build --skip m -j1");
  assert.equal(w.ran(), "u");
  for (const command of ["build --skip m", "build --skip m --shuffle", "build"]) {
    const { stderr } = await w.tg(command);
    assert.equal(w.ran(), "", stderr);
  }
  w.write("more", "b\n");
  w.write("once", "");
  const { stderr } = await w.tg("build --skip m");
  assert.match(stderr, /task "u" runs without mid: "m", which makes it, is skipped/);
  assert.equal(w.ran(), "f,u");
  await w.tg("build");
  assert.match(w.ran(), /^f,m(,m)?,u$/);
  assert.equal(w.read("o"), "1\nb\n");
});

test("a task that has run does not run once more because what it takes is being made again when a list grows", async () => {
  const w = await workspace({ in: "1\n", list: "x", base: "b\n", "tasks.config.ts": `import { existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { defineConfig, foreach } from "tg-build";
const until = async (path) => { for (let i = 0; i < 3000 && !existsSync(path); i++) await delay(10); };
export default defineConfig({ tasks: {
  a: { inputs: ["made"], always: true, run: "echo a >>ran.log" },
  f: { inputs: ["in"], after: ["a"], run: async (ctx) => { if (existsSync("held")) await ctx.need("mid"); } },
  p: { inputs: ["list"], run: async () => { if (existsSync("held")) await until("asked"); return readFileSync("list", "utf8").trim().split(" "); } },
  each: foreach({ from: "p" }, ({ key }) => ({ outputs: ["out/" + key], run: "echo " + key + " >>ran.log; touch out/" + key })),
  m: { inputs: ["base"], outputs: ["made"], intermediates: ["mid"], run: async () => { const fs = await import("node:fs"); fs.writeFileSync("asked", ""); if (existsSync("held")) await until("out/y"); fs.writeFileSync("made", "b"); fs.writeFileSync("mid", "b"); fs.appendFileSync("ran.log", "m\\n"); } },
} });
` });
  await w.tg("build -j4");
  w.ran();
  for (const path of ["mid", "asked"]) fs.rmSync(`${w.dir}/${path}`);
  w.write("held", "");
  w.write("in", "2\n");
  w.write("list", "x y");
  const { stderr } = await w.tg("build -j4");
  assert.equal(w.ran(), "a,m,y", stderr);
});

test("a task that comes back to its edited output does not run where edits are kept and nothing else is missing", async () => {
  const both = config(`
    a: { outputs: ["x", { path: "no", optional: true }], drift: "keep", run: "echo made > x; echo a >> ran.log" },
    b: { run: "true" },`);
  const w = await workspace({ "tasks.config.ts": both });
  await w.tg("build");
  w.ran();
  w.write("x", "mine\n");
  w.write("tasks.config.ts", config(`
    b: { run: "true" },`));
  assert.match((await w.tg("build")).stderr, /x/);
  w.write("tasks.config.ts", both);
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.ran() + w.read("x"), "mine\n");
});

test("a task that comes back runs where a member of its pattern was removed meanwhile, another being kept as edited", async () => {
  const both = config(`
    a: { outputs: ["gen/*.x"], drift: "keep", run: "echo 1 > gen/1.x; echo 2 > gen/2.x" },
    b: { run: "true" },`);
  const w = await workspace({ "tasks.config.ts": both });
  await w.tg("build");
  w.write("gen/2.x", "mine\n");
  w.write("tasks.config.ts", config(`
    b: { run: "true" },`));
  await w.tg("build");
  assert.equal(w.exists("gen/1.x"), false);
  w.write("tasks.config.ts", both);
  assert.match((await w.tg("why a")).stdout, /output missing: gen\/1\.x$/m);
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.read("gen/1.x") + w.read("gen/2.x"), "1\n2\n");
});

test("what somebody puts where an output of a vanished task was removed stays", async () => {
  const w = await workspace({ "tasks.config.ts": config(`
    a: { outputs: ["x", "y"], run: "echo x > x; echo y > y" },
    b: { run: "true" },`) });
  await w.tg("build");
  w.write("x", "mine\n");
  w.write("tasks.config.ts", config(`
    b: { run: "true" },`));
  await w.tg("build");
  w.write("y", "y\n");
  await w.tg("build");
  assert.equal(w.read("y"), "y\n");
});

test("an edited member of a pattern that its task declares no more is kept when the task runs", async () => {
  const w = await workspace({ "tasks.config.ts": config(`
    a: { outputs: ["x", "gen/*.x"], run: "touch x; echo 1 > gen/1.x; echo 2 > gen/2.x" },`) });
  await w.tg("build");
  w.write("gen/2.x", "mine\n");
  w.write("tasks.config.ts", config(`
    a: { outputs: ["x"], run: "touch x; true" },`));
  assert.equal((await w.tg("build")).code, 0);
  assert.deepEqual([w.exists("gen/1.x"), w.read("gen/2.x")], [false, "mine\n"]);
});

test("a folder that only tasks write into may be named as an input before it is there, and without what goes after use", async () => {
  const w = await workspace({ "tasks.config.ts": config(`
    make: { inputs: ["s"], outputs: ["w/a"], intermediates: ["v/.b"], temp: true, run: "cp s w/a; cp s v/.b; echo make >> ran.log" },
    bare: { inputs: ["w", "v"], outputs: ["x"], run: "cat w/a v/.b > x; echo bare >> ran.log" },
    slash: { inputs: ["v/"], outputs: ["y"], run: "cat v/.b > y; echo slash >> ran.log" },`), s: "1\n" });
  const first = await w.tg("build");
  assert.equal(first.code, 0, first.stderr);
  assert.deepEqual([w.ran(), w.read("x"), w.exists("v/.b")], ["bare,make,slash", "1\n1\n", false]);
  fs.rmSync(`${w.dir}/v`, { recursive: true });
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.ran(), "", "what went after use is no change of the folder");
  w.write("s", "2\n");
  assert.equal((await w.tg("build")).code, 0);
  assert.deepEqual([w.read("x"), w.read("y")], ["2\n2\n", "2\n"]);
});

test("a pattern over what tasks make that is empty fails its task, also once these are fresh", async () => {
  const w = await workspace({ "tasks.config.ts": config(`
    gen: { outputs: ["w/", { path: "v/opt", optional: true }], run: "touch w/x.js" },
    over: { inputs: ["w/*.ts"], outputs: ["a"], run: "touch a" },
    maybe: { inputs: ["v/*"], outputs: ["b"], run: "touch b" },
    other: { inputs: ["s"], outputs: ["o"], run: "cp s o; echo other >> ran.log" },`), s: "1\n" });
  assert.equal((await w.tg("build -k")).code, 1);
  assert.equal(w.ran(), "other");
  w.write("s", "2\n");
  const again = await w.tg("build -k");
  assert.equal(again.code, 1, again.stderr);
  assert.match(again.stderr, /"w\/\*\.ts" matches no file, although the tasks that could make one are done/);
  assert.deepEqual([w.ran(), w.read("o")], ["other", "2\n"]);
  const status = await w.tg("status");
  assert.deepEqual([status.code, status.stderr], [0, ""]);
});

test("what a skipped task never made is no news to who names it in deps", async () => {
  const tasks = (outputs: string): string => config(`
    a: { when: false, outputs: [${outputs}], run: "touch x" },
    b: { deps: ["a"], outputs: ["y"], run: "touch y; echo b >> ran.log" },`);
  const w = await workspace({ "tasks.config.ts": tasks('"x"') });
  await w.tg("build");
  assert.equal(w.ran(), "b");
  w.write("tasks.config.ts", tasks('"x", "dist/"'));
  assert.doesNotMatch((await w.tg("status -v b")).stdout, /stale/);
  await w.tg("build");
  assert.equal(w.ran(), "");
});

test("a folder that somebody put where a file is to be made is put aside, whoever names that file as an input", async () => {
  const tasks = '    gen: { inputs: ["n"], outputs: ["o/gen"], run: "cp n o/gen" },\n    use: { inputs: ["o/gen"], outputs: ["use"], run: "cp o/gen use" },';
  const w = await workspace({ "tasks.config.ts": config(tasks), n: "1\n" });
  assert.equal((await w.tg("build -q")).code, 0);
  await w.sh("rm o/gen; mkdir o/gen");
  const run = await w.tg("build");
  assert.equal(run.code, 0, run.stderr);
  assert.equal(w.read("o/gen"), "1\n");
  await w.sh("rm o/gen; mkdir o/gen; echo mine >o/gen/x");
  assert.match((await w.tg("status")).stdout, /^gen +stale +output changed outside tg: o\/gen\nuse +maybe stale/);
  assert.equal((await w.tg("build")).code, 0);
  assert.equal((await w.tg("status --check")).code, 0);
});

test("a dep that tells in two ways that it changed is one reason", async () => {
  const w = await workspace({ "tasks.config.ts": `import { readFileSync } from "node:fs";
export default { tasks: {
    v: { inputs: ["in"], run: () => readFileSync("in", "utf8") },
    use: { deps: [{ task: "v", propagate: "run" }], outputs: ["use"], run: "touch use" },
} };
`, in: "1" });
  await w.tg("build");
  w.write("in", "2");
  const events = (await w.tg("build --json")).stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as { event: string; task?: string; reasons?: unknown }]));
  assert.deepEqual(events.find(({ event, task }) => event === "task-ended" && task === "use")?.reasons, [{ code: "upstream-changed", task: "v" }]);
});

// Copies what it has not seen before, whatever stands in dist: as tsc --incremental does, whose memory stands beside it.
const REMEMBERING = '    dist: { inputs: ["src/*"], outputs: ["dist/"], intermediates: ["mem"], incremental: true, run: "for f in src/*; do grep -qxF \\"$(cksum $f)\\" mem 2>/dev/null || cp $f dist/; done; cksum src/* >mem; echo ran >>ran.log" },';

test("who remembers what it made starts from nothing where a file of its pattern is not as it left it", async () => {
  const w = await workspace({ "tasks.config.ts": config('    gen: { inputs: ["in"], outputs: ["dist/", "h/*.h"], incremental: true, run: "touch dist/$(cat in); mkdir -p h; cp in h/a.h" },'), in: "1\n" });
  const dist = async (): Promise<string> => {
    const run = await w.tg("build");
    assert.equal(run.code, 0, run.stderr);
    return fs.readdirSync(`${w.dir}/dist`).sort().join(" ");
  };
  assert.equal(await dist(), "1");
  w.write("in", "2\n");
  assert.equal(await dist(), "1 2");
  w.remove("h/a.h");
  assert.equal(await dist(), "2");
  w.write("in", "3\n");
  assert.equal(await dist(), "2 3");
  w.write("h/a.h", "edited\n");
  assert.equal(await dist(), "3");
});

test("what a pattern names of who remembers what it made stays until that starts from nothing", async () => {
  const w = await workspace({ "src/a": "a\n", "src/b": "b\n", "src/c": "c\n", "dist/mine": "mine\n" });
  const declare = (more: string): void => w.write("tasks.config.ts", config(REMEMBERING.replace('"dist/"', '"dist/[a-c]"').replace("incremental: true", `incremental: true${more}`)));
  const dist = async (code = 0): Promise<string> => {
    const run = await w.tg("build");
    assert.equal(run.code, code, run.stderr);
    return fs.readdirSync(`${w.dir}/dist`).sort().map((name) => `${name}=${w.read(`dist/${name}`).trim()}`).join(" ");
  };
  declare("");
  assert.equal(await dist(), "a=a b=b c=c mine=mine");
  w.write("src/a", "A\n");
  fs.utimesSync(`${w.dir}/dist/b`, 1, 1);
  assert.equal(await dist(), "a=A b=b c=c mine=mine");
  assert.equal(fs.statSync(`${w.dir}/dist/b`).mtimeMs, 1000, "what needs no run is not made again");
  w.remove("src/b");
  assert.equal(await dist(), "a=A c=c mine=mine");
  w.remove("dist/c");
  assert.equal(await dist(), "a=A c=c mine=mine");
  declare(', allowFailure: true, afterRun: "! grep X src/a"');
  assert.equal(await dist(), "a=A c=c mine=mine");
  w.write("src/a", "X\n");
  assert.equal(await dist(), "mine=mine", "others go on without what a failed run did not make");
  w.write("src/a", "A\n");
  assert.equal(await dist(), "a=A c=c mine=mine");
});

test("who remembers what it made starts from nothing where its folder is not as it left it", async () => {
  const w = await workspace({ "tasks.config.ts": config(REMEMBERING), "src/a": "a\n", "src/b": "b\n", "src/c": "c\n" });
  const dist = async (): Promise<string> => {
    const run = await w.tg("build");
    assert.equal(run.code, 0, run.stderr);
    const runs = w.ran();
    assert.equal((await w.tg("build -q")).code, 0);
    assert.equal(w.ran(), "");
    return `${fs.readdirSync(`${w.dir}/dist`).sort().map((name) => `${name}=${w.read(`dist/${name}`).trim()}`).join(" ")} ${runs}`;
  };
  assert.equal(await dist(), "a=a b=b c=c ran");
  w.write("src/a", "A\n");
  fs.utimesSync(`${w.dir}/dist/b`, 1, 1);
  assert.equal(await dist(), "a=A b=b c=c ran");
  assert.equal(fs.statSync(`${w.dir}/dist/b`).mtimeMs, 1000, "what needs no run is not made again");
  w.remove("src/b");
  assert.equal(await dist(), "a=A c=c ran");
  w.remove("dist/c");
  assert.equal(await dist(), "a=A c=c ran");
  w.write("dist/c", "edited\n");
  assert.equal(await dist(), "a=A c=c ran");
  w.write("dist/stray", "mine\n");
  assert.equal(await dist(), "a=A c=c ran");
  await w.sh("mkdir dist/empty");
  assert.equal(await dist(), "a=A c=c ran");
  await w.sh("rm -r dist");
  assert.equal(await dist(), "a=A c=c ran");
  w.write("mem", "what somebody wrote\n");
  assert.equal(await dist(), "a=A c=c ran");
  await w.sh("rm -r .tg dist");
  assert.equal(await dist(), "a=A c=c ran");
  w.remove("mem");
  assert.equal(await dist(), "a=A c=c ");
});

test("what another task makes by now is no output of a skipped one, though that was never recorded without it", async () => {
  const tasks = (a: string, b: string): string => `import fs from "node:fs";
export default { tasks: {
  a: { when: () => fs.existsSync("on"), outputs: ["y", ${a}], run: "echo a | tee x y" },
  r: { deps: ["a"], outputs: ["r"], run: "echo r >>ran.log; touch r" },
  b: { outputs: [${b}], run: "echo b | tee x z" },
} };\n`;
  const w = await workspace({ "tasks.config.ts": tasks('"x"', '"z"'), on: "" });
  assert.equal((await w.tg("build a r")).code, 0);
  assert.equal(w.ran(), "r");
  w.remove("on");
  w.write("tasks.config.ts", tasks("", '"z", "x"'));
  for (const args of ["build -j1", "build"]) assert.equal((await w.tg(args)).code, 0);
  assert.equal(w.ran(), "");
});

test("the depfile of a chain tells paths from where the member that writes it runs", async () => {
  const reader = '{ cwd: "sub", outputs: ["sub/out"], depfile: { path: "sub/d", format: "lines" }, run: "cat h >out; echo h >d" }';
  const other = '{ inputs: ["in"], outputs: ["other"], run: "cp in other" }';
  for (const members of [[reader, other], [other, reader]]) {
    const w = await workspace({ "tasks.config.ts": `import { chain } from "tg-build";\nexport default { tasks: { c: chain([${members.join(", ")}]) } };\n`, in: "1", "sub/h": "1" });
    assert.equal((await w.tg("build")).code, 0);
    w.write("sub/h", "2");
    assert.equal((await w.tg("build")).code, 0);
    assert.equal(w.read("sub/out"), "2");
  }
});

test("what a function asked for last time declares no order for what it finds by a depfile now", async () => {
  const w = await workspace({
    "tasks.config.ts": `import { readFileSync, writeFileSync } from "node:fs";
import { defineConfig } from "tg-build";
export default defineConfig({ tasks: {
    gen: { inputs: ["in"], outputs: ["gen.h"], run: "cp in gen.h" },
    use: { inputs: ["mode"], outputs: ["use"], depfile: { path: "use.d", format: "lines" }, run: async (ctx) => {
      if (readFileSync("mode", "utf8") === "ask") await ctx.need("gen.h");
      writeFileSync("use.d", "gen.h\\n");
      writeFileSync("use", readFileSync("gen.h"));
    } },
} });
`, in: "1", mode: "ask",
  });
  assert.equal((await w.tg("build")).code, 0);
  w.write("mode", "read");
  const run = await w.tg("build");
  assert.match(run.stderr, /task "use": read gen\.h, which "gen" makes, but nothing orders the two/);
  assert.equal(run.code, 1);
});

test("what a function asked for last time stands among its other needs, before and behind them", async () => {
  const w = await workspace({
    "tasks.config.ts": `import { readFileSync, writeFileSync } from "node:fs";
import { defineConfig } from "tg-build";
export default defineConfig({ tasks: {
    gen: { inputs: ["in"], outputs: ["gen.h"], run: "cp in gen.h" },
    low: { inputs: ["in.txt"], outputs: ["low"], run: "echo low >low" },
    use: { inputs: ["low"], outputs: ["use"], depfile: { path: "use.d", format: "lines" }, run: async (ctx) => {
      await ctx.need("gen.h");
      writeFileSync("use.d", "gen.h\\n");
      writeFileSync("use", readFileSync("gen.h"));
    } },
} });
`, in: "1", "in.txt": "1",
  });
  assert.equal((await w.tg("build")).code, 0);
  w.write("in.txt", "22");
  assert.match((await w.tg("build")).stderr, /^tg: 1 ran, 2 fresh/m);
});

test("what others asked for last time orders nobody, and what is read through a link is no discovery without order", async () => {
  const tasks = (after: string): string => `import { writeFileSync } from "node:fs";
export default { tasks: {
    gen: { inputs: ["in"], outputs: ["gen.h"], run: "cp in gen.h" },
    use: { outputs: ["use"], after: [${after}"mid"], depfile: { path: "use.d", format: "lines" }, run: "cp gen.h use; echo gen.h >use.d" },
    link: { inputs: ["link.h", "mode"], outputs: ["out"], after: ["mid"], depfile: { path: "d", format: "lines" }, run: "cp link.h out; echo mode >d" },
    mid: { inputs: ["in"], outputs: ["mid"], run: async (ctx) => { await ctx.need("gen.h"); writeFileSync("mid", ""); } },
} };
`;
  const w = await workspace({ "tasks.config.ts": tasks('"gen", '), in: "1", mode: "1" });
  await w.sh("ln -s gen.h link.h");
  assert.equal((await w.tg("build")).code, 0);
  w.write("mode", "22");
  assert.match((await w.tg("build")).stderr, /^tg: 1 ran, 3 fresh/m);
  assert.match((await w.tg("build")).stdout, /^tg: 4 tasks up to date/m);
  w.write("tasks.config.ts", tasks(""));
  const run = await w.tg("build use");
  assert.match(run.stderr, /task "use": read gen\.h, which "gen" makes, but nothing orders the two/);
  assert.equal(run.code, 1);
});

test("who asked for what joins others may find what these make by a depfile, in a clean build too", async () => {
  const w = await workspace({ "tasks.config.ts": `import { readFileSync, writeFileSync } from "node:fs";
import { defineConfig } from "tg-build";
export default defineConfig({ tasks: {
    gen: { inputs: ["in"], outputs: ["gen.h"], run: "cp in gen.h" },
    all: { deps: ["gen"] },
    use: { outputs: ["use"], depfile: { path: "use.d", format: "lines" }, run: async (ctx) => {
      await ctx.need("all");
      writeFileSync("use.d", "gen.h\\n");
      writeFileSync("use", readFileSync("gen.h"));
    } },
} });
`, in: "1" });
  for (const text of ["1", "2"]) {
    w.write("in", text);
    const run = await w.tg("build use");
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /tg: 2 ran \(/);
    assert.equal(w.read("use"), text);
  }
});

test("a link that leads nowhere has no content for an own hash function: it counts as it is", async () => {
  const w = await workspace({ "tasks.config.ts": config('    a: { inputs: [{ path: "ln", hash: (bytes) => String(bytes.length) }], outputs: ["out"], run: "readlink ln > out" },') });
  await w.sh("ln -s nowhere ln");
  const run = await w.tg("build");
  assert.equal(run.code, 0, run.stderr);
  assert.match((await w.tg("build")).stdout, /1 task up to date/);
  await w.sh("ln -sfn elsewhere ln");
  assert.match((await w.tg("build")).stderr, /✓ a \([^)]*\) — input changed: ln\n/);
});

test("who names a task in deps runs again when a member of its pattern is made no more, though all others are as they were", async () => {
  const maker = (use: string) => `export default { tasks: {
  make: { inputs: ["names"], outputs: ["o/*.x"], run: "mkdir -p o; for name in $(cat names); do echo $name >o/$name.x; done" },
  all: { deps: ["make"] },
  use: { deps: ["${use}"], outputs: ["used"], run: "cat o/* >used" },
} };\n`;
  const w = await workspace({ "tasks.config.mjs": maker("make"), names: "1 2 3" });
  await w.tg("build");
  for (const through of ["make", "all"]) {
    w.write("tasks.config.mjs", maker(through));
    w.write("names", "1 2 3");
    await w.tg("build");
    assert.match((await w.tg("build")).stdout, /2 tasks up to date/);
    w.write("names", "1 3");
    // In two builds: the second knows it from what was recorded alone.
    await w.tg("build make");
    assert.match((await w.tg("status use")).stdout, /upstream changed: o\/2\.x \(from "make"\)/);
    assert.match((await w.tg("build")).stderr, /✓ use \([^)]*\) — upstream changed: o\/2\.x \(from "make"\)\n/);
    assert.equal(w.read("used"), "1\n3\n");
    assert.match((await w.tg("build")).stdout, /2 tasks up to date/);
  }
  // An entry that leaves the list is no reason.
  w.write("tasks.config.mjs", maker("make").replace('deps: ["make"], outputs: ["used"]', 'deps: [], outputs: ["used"]'));
  w.write("names", "3");
  assert.match((await w.tg("build")).stderr, /1 ran, 1 fresh/);
});

test("what went with a failure is gone for who goes on at once, and not only for the next build", async () => {
  const w = await workspace({ "tasks.config.mjs": `export default { tasks: {
  a: { inputs: ["in"], outputs: ["o/*.x"], incremental: true, allowFailure: true, run: "sh ./in" },
  b: { deps: ["a"], outputs: ["out"], run: "ls o >out; true" },
} };\n`, in: "mkdir -p o; echo 1 >o/1.x\n" });
  await w.tg("build");
  w.write("in", "exit 1\n");
  assert.match((await w.tg("build")).stderr, /✓ b \([^)]*\) — upstream changed: o\/1\.x \(from "a"\)\n/);
  assert.equal(w.read("out"), "");
  assert.doesNotMatch((await w.tg("build")).stderr, /b \(/);
});

test("who names a task in deps runs again when its declaration drops an output, under another name too; not when the entry leaves the list", async () => {
  const project = (make: string, outputs: string[], use: string): string => `export default { tasks: {
  ${make}: { outputs: ${JSON.stringify(outputs)}, run: ${JSON.stringify(outputs.map((path) => `echo ${path[2]} >${path}`).join("; "))} },
  other: { outputs: ["o/9.x"], run: "echo 9 >o/9.x" },
  all: { deps: ["${make}"] },
  use: { ${use}, outputs: ["used"], run: "cat o/[1-8].x >used" },
} };\n`;
  const w = await workspace({ "tasks.config.mjs": "" });
  const build = async (config: string, ...commands: string[]) => {
    w.write("tasks.config.mjs", config);
    let last = await w.tg(commands[0] ?? "build");
    for (const command of commands.slice(1)) last = await w.tg(command);
    return last;
  };
  for (const through of ["make", "all"]) {
    const use = `deps: ["${through}"]`;
    await build(project("make", ["o/1.x", "o/2.x", "o/3.x"], use));
    assert.match((await build(project("make", ["o/1.x", "o/2.x"], use), "status use")).stdout, /use +stale +upstream changed: o\/3\.x \(from "make"\)/);
    assert.match((await w.tg("build")).stderr, /✓ use \([^)]*\) — upstream changed: o\/3\.x \(from "make"\)\n/);
    assert.equal(w.read("used"), "1\n2\n");
    // In two builds: the second knows it from what was recorded alone.
    assert.match((await build(project("make", ["o/1.x"], use), "build make", "build")).stderr, /✓ use \([^)]*\) — upstream changed: o\/2\.x \(from "make"\)\n/);
    assert.equal(w.read("used"), "1\n");
    assert.match((await w.tg("build")).stdout, /3 tasks up to date/);
  }
  await build(project("make", ["o/1.x"], 'deps: ["make"]'));
  // What became a barrier gives nothing by itself, be it a task or a family before.
  for (const before of ['{ outputs: ["o/1.x"], run: "echo 1 >o/1.x" }', 'foreach(["1", "2"], ({ key }) => ({ outputs: ["o/" + key + ".x"], run: "echo 1 >o/" + key + ".x" }))']) {
    const used = (make: string): string => `import { foreach } from "tg-build";\nexport default { tasks: { make: ${make}, use: { deps: ["make"], outputs: ["used"], run: "ls -d o >used 2>&1 || true" } } };\n`;
    await build(used(before));
    assert.match((await build(used("{}"))).stderr, /✓ use \([^)]*\) — upstream changed: o\/1\.x \(from "make"\)/, before);
  }
  // Another name alone is no reason; another name and an output less is.
  await build(project("make", ["o/1.x", "o/2.x"], 'deps: ["make"]'));
  assert.match((await build(project("made", ["o/1.x", "o/2.x"], 'deps: ["made"]'))).stdout, /3 tasks up to date/);
  assert.match((await build(project("making", ["o/1.x"], 'deps: ["making"]'))).stderr, /✓ use \([^)]*\) — upstream changed: o\/2\.x \(from "making"\)\n/);
  // One after the other, with nothing left that would tell under which name it goes by now.
  await build(project("make", ["o/1.x"], 'deps: ["make"]'));
  await build(project("made", ["o/1.x"], 'deps: ["made"]'));
  assert.match((await build(project("made", ["o/1.x"], 'deps: ["made"]').replace(/made: \{.*/, "made: {},"), "status use")).stdout, /use +stale +upstream changed: o\/1\.x \(from "made"\)/);
  // Nor is it what an entry that has left the list makes no more, nor what is an input beside and stays as it is.
  await build(project("make", ["o/1.x", "o/2.x"], 'deps: ["make", "other"]'));
  assert.match((await build(project("make", ["o/1.x", "o/2.x"], 'deps: ["other"]'))).stdout, /3 tasks up to date/);
  assert.match((await build(project("make", ["o/1.x"], 'deps: ["other"]'))).stderr, /1 ran, 2 fresh/);
  const both = 'deps: ["make"], inputs: ["o/2.x"]';
  await build(project("make", ["o/1.x", "o/2.x"], both));
  assert.match((await build(project("make", ["o/1.x"], both))).stderr, /1 ran, 2 fresh/);
});

test("what an entry has made that has left deps is not lost because a skipped task among them declares it now", async () => {
  const project = (make: string, skipped: string): string => `export default { tasks: { ${make}
  skipped: { when: false, outputs: [${skipped}], run: "echo s >o/s; echo 1 >o/1.x" },
  all: { deps: [${make === "" ? "" : '"make", '}"skipped"] },
  use: { deps: ["all"], outputs: ["used"], run: "cat o/1.x >used || true" },
} };\n`;
  const make = (outputs: string): string => `\n  make: { outputs: [${outputs}], run: "echo 1 >o/1.x; echo 2 >o/2" },`;
  const w = await workspace({ "tasks.config.mjs": project(make('"o/*.x", "o/2"'), '"o/s"') });
  await w.tg("build");
  w.write("tasks.config.mjs", project("", '"o/s", "o/*.x"'));
  assert.doesNotMatch((await w.tg("status use")).stdout, /stale/);
  const built = await w.tg("build");
  assert.doesNotMatch(built.stderr, /use \(/);
  assert.match(built.stderr, /removed .*o\/1\.x/);
  // The one that made it is still among them, and makes it no more.
  w.write("tasks.config.mjs", project(make('"o/*.x", "o/2"'), '"o/s"'));
  await w.tg("build");
  w.write("tasks.config.mjs", project(make('"o/2"'), '"o/s", "o/*.x"').replace("echo 1 >o/1.x; echo 2", "echo 2"));
  assert.match((await w.tg("build")).stderr, /✓ use \([^)]*\) — upstream changed: o\/1\.x \(from "make"\)\n/);
});

test("who names a file of an incremental task by its path sees in the same build that the task has removed it", async () => {
  const w = await workspace({});
  for (const made of ["outputs: ['o/']", "outputs: ['o/*.x']", "intermediates: ['o/']", "intermediates: ['o/*.x']"]) {
    w.write("tasks.config.mjs", `export default { tasks: {
  make: { inputs: ["names"], ${made}, incremental: true, run: "rm -f o/*; for name in $(cat names); do echo $name >o/$name.x; done" },
  use: { inputs: [{ path: "o/1.x", optional: true }, { path: "o/2.x", optional: true }], outputs: ["used"], run: "cat o/*.x >used" },
} };\n`);
    w.write("names", "1 2");
    await w.tg("build");
    w.write("names", "1");
    assert.match((await w.tg("build")).stderr, /✓ use \([^)]*\) — upstream changed: o\/2\.x \(from "make"\)\n/, made);
    assert.equal(w.read("used"), "1\n");
    assert.match((await w.tg("build")).stdout, /2 tasks up to date/);
  }
});

test("a link that was made before what it leads to is told as it is when it is asked for", async () => {
  const w = await workspace({ in: "1\n", "tasks.config.ts": `import fs from "node:fs";
export default { tasks: {
  link: { inputs: ["in"], outputs: ["o/l"], run: "ln -s end o/l" },
  end: { after: ["link"], inputs: ["in"], outputs: ["o/end"], run: "cp in o/end" },
  reader: { deps: ["link", "end"], outputs: ["out"], run: async (ctx) => { await ctx.need("o/l"); fs.copyFileSync("o/l", "out"); } },
} };\n` });
  const built = await w.tg("build");
  assert.equal(built.code, 0, built.stderr);
  assert.match((await w.tg("build")).stdout, /3 tasks up to date/);
});

test("a run is repeated although who is to run whenever another task does has seen that run again since", async () => {
  const w = await workspace({ in: "1", "tasks.config.mjs": `export default { tasks: {
  make: { inputs: ["in"], outputs: ["out"], run: "cp in out" },
  reader: { deps: [{ task: "make", propagate: "run" }], run: "cat out" },
} };\n` });
  await w.tg("build");
  const [first] = (JSON.parse((await w.tg("runs --json")).stdout) as { runs: { id: string }[] }).runs;
  await w.tg("build -f make");
  const again = await w.tg(`build --replay ${first!.id}`);
  assert.equal(again.code, 0, again.stderr);
  assert.doesNotMatch(again.stderr, /warning/);
  w.write("in", "2");
  assert.match((await w.tg(`build --replay ${first!.id}`)).stderr, /task "make" is not what it was .*: input changed: in/);
});

test("a run that only makes an intermediate again is none for who is to run whenever its task does", async () => {
  for (const temp of ["", "temp: true, ", "temp: true, cache: { store: true }, "]) {
    const w = await workspace({ in: "1", a: "1", b: "1", c: "1", "tasks.config.mjs": `export default { tasks: {
  make: { inputs: ["in"], intermediates: ["mid"], ${temp}run: "head -c1 in >mid" },
  first: { deps: [{ task: "make", propagate: "run" }], inputs: ["a"], run: "cat a mid; echo first >>ran.log" },
  second: { deps: [{ task: "make", propagate: "run" }], inputs: ["b"], run: "cat b mid; echo second >>ran.log" },
  reader: { inputs: ["c", "mid"], run: "cat c mid; echo reader >>ran.log" },
} };\n` });
    await w.tg("build");
    assert.equal(w.ran(), "first,reader,second");
    assert.match((await w.tg("build")).stdout, /4 tasks up to date/);
    for (const [path, reader] of [["c", "reader"], ["a", "first"], ["c", "reader"]] as const) {
      await w.sh(`rm -f mid; echo >>${path}`);
      await w.tg("build");
      assert.equal(w.ran(), reader);
      assert.match((await w.tg("build")).stdout, /4 tasks up to date/);
    }
    w.write("in", "12");
    await w.tg("build");
    assert.equal(w.ran(), "first,second");
    assert.match((await w.tg("build")).stdout, /4 tasks up to date/);
  }
});

test("an intermediate that a reader removes is made again in the same build: that is no second run of a task that is forced, or asked for by name", async () => {
  const w = await workspace({ in: "1", "tasks.config.mjs": `export default { tasks: {
  make: { inputs: ["in"], intermediates: ["mid"], run: "cp in mid" },
  reader: { deps: [{ task: "make", propagate: "run" }], run: "echo reader >>ran.log" },
  taker: { inputs: ["mid"], after: ["reader"], outputs: ["taken"], run: "mv mid taken" },
  late: { inputs: ["mid", "taken"], run: "cat mid taken; echo late >>ran.log" },
} };\n` });
  await w.tg("build");
  assert.equal(w.ran(), "late,reader");
  assert.match((await w.tg("build --force")).stderr, /✓ make \([^)]*\) — needed by "late"$/m);
  assert.equal(w.ran(), "late,reader");
  assert.match((await w.tg("build")).stdout, /4 tasks up to date/);
  w.write("in", "2");
  await w.tg("build make late");
  assert.equal(w.ran(), "late,reader");
  assert.match((await w.tg("build")).stdout, /4 tasks up to date/);
});

test("an intermediate that was made again for another task is declared as an output: for who is to run whenever its task does that is no run either", async () => {
  const w = await workspace({ in: "1", b: "1", "tasks.config.mjs": `export default { tasks: {
  make: { inputs: ["in"], intermediates: ["mid"], run: "head -c1 in >mid" },
  runs: { deps: [{ task: "make", propagate: "run" }], run: "echo runs >>ran.log" },
  reader: { inputs: ["b", "mid"], env: ["SET"], run: "cat b mid; echo reader >>ran.log" },
} };\n` });
  await w.tg("build");
  await w.sh("rm mid; echo >>b");
  await w.tg("build");
  assert.equal(w.ran(), "reader,reader,runs");
  await w.sh("sed -i 's/intermediates/outputs/' tasks.config.mjs");
  await w.tg("build");
  await w.tg("build");
  await w.tg("build", { env: { SET: "1" } });
  assert.equal(w.ran(), "reader");
});

test("a command that has become a function may return what another one did: who takes it is maybe stale", async () => {
  const project = (...names: readonly string[]): string => `export default { tasks: {
  ${names[0]}: { inputs: ["in"], run: () => 1 },
  ${names[1]}: { inputs: ["in"], outputs: [{ path: "o", optional: true }], run: "true" },
  taker: { deps: ["a", "b"], run: "true" },
} };\n`;
  const w = await workspace({ in: "1", "tasks.config.mjs": project("a", "b") });
  await w.tg("build");
  w.write("tasks.config.mjs", project("b", "a"));
  assert.match((await w.tg("status")).stdout, /^taker +maybe stale/m);
  assert.match((await w.tg("build")).stderr, /2 ran, 1 fresh/);
});

test("who is to run whenever another task does may name that by what it makes, or by what joins it", async () => {
  const w = await workspace({ in: "1", "tasks.config.mjs": `import { foreach } from "tg-build";
export default { tasks: {
  make: { inputs: ["in"], outputs: ["o"], run: "echo same >o" },
  fam: foreach(["1", "2"], ({ key }) => ({ inputs: ["in"], outputs: ["f" + key], run: "echo same >f" + key })),
  bar: { deps: ["make"] },
  runs: { deps: [{ task: "make", propagate: "run" }] },
  name: { deps: [{ task: "make", propagate: "run" }], run: "echo name >>ran.log" },
  path: { deps: [{ task: "o", propagate: "run" }], run: "echo path >>ran.log" },
  barrier: { deps: [{ task: "bar", propagate: "run" }], run: "echo barrier >>ran.log" },
  through: { deps: ["runs"], run: "echo through >>ran.log" },
  family: { deps: [{ task: "fam", propagate: "run" }], run: "echo family >>ran.log" },
  content: { deps: ["make", "bar", "fam"], run: "echo content >>ran.log" },
} };\n` });
  await w.tg("build");
  assert.equal(w.ran(), "barrier,content,family,name,path,through");
  w.write("in", "2");
  await w.tg("build make");
  assert.match((await w.tg("status path barrier through")).stdout, /path +stale.*\nbarrier +stale.*\nthrough +stale/);
  await w.tg("build");
  assert.equal(w.ran(), "barrier,family,name,path,through");
  assert.match((await w.tg("build")).stdout, /9 tasks up to date/);
});
