// tg export: what is written builds the same bytes without tg, tool by tool.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "node:test";
import { config, tell } from "../support/story.ts";
import { workspace, type Workspace } from "../support/rig.ts";

const FILES: Readonly<Record<string, string>> = {
  "in.txt": "one\n", "src/a.c": "a\n", "src/b.c": "b\n", "h.h": "h\n",
  "tasks.config.ts": config(String.raw`
    gen: { outputs: ["gen/it's $x.txt"], files: { "gen/list.rsp": "x\ny 'z'\n" }, run: "cat gen/list.rsp > \"gen/it's \\$x.txt\"; printf 'a\\tb\\n' >> \"gen/it's \\$x.txt\"", tags: ["gen"] },
    objs: { inputs: ["src/*.c"], outputs: ["obj/"], run: "for f in src/*.c; do cp $f obj/$(basename $f .c).o; done\nls obj > obj/list" },
    lib: { deps: ["objs"], outputs: ["lib.txt"], stdout: "lib.txt", run: "cat obj/*.o obj/list" },
    two: { inputs: ["in.txt"], outputs: ["t/1", "t/2"], cwd: "src", env: { WHO: "it's me" }, run: ["sh", "-c", "echo $WHO > ../t/1; cat ../in.txt > ../t/2"] },
    par: { params: { N: { type: "number", default: 3 } }, outputs: ["par.txt"], run: "echo n=$N > par.txt" },
    dep: { inputs: ["in.txt"], outputs: ["dep.o"], depfile: "dep.d", run: "cat in.txt h.h > dep.o; echo 'dep.o: in.txt h.h' > dep.d" },
    sum: { inputs: ["lib.txt", "gen/it's $x.txt", "t/*", "dep.o"], after: ["par"], outputs: ["sum.txt"], run: "cat lib.txt gen/it*.txt t/1 t/2 dep.o par.txt > sum.txt", tags: ["end"] },
    check: { inputs: ["sum.txt"], run: "test -s sum.txt", tags: ["end"] },
    lone: { run: { copy: "in.txt", to: "f/in's.txt" }, tags: ["files"] },
    tree: { run: { copy: ["src/", "h.h"], to: "f/tree/" }, tags: ["files"] },
    both: { run: { concat: ["lib.txt", "src/*.c"], to: "f/both.txt" }, tags: ["files"] },
    said: { run: { write: "it's\\n $x\n", to: "f/said.txt" }, tags: ["files"] },
    all: { deps: ["sum", "check", "lone", "tree", "both", "said"], tags: ["end"] },
  `),
};

const OUTPUTS = ["gen/it's $x.txt", "obj/a.o", "obj/list", "lib.txt", "t/1", "t/2", "par.txt", "dep.o", "sum.txt", "f/in's.txt", "f/tree/a.c", "f/tree/h.h", "f/both.txt", "f/said.txt"];

function bytes(w: Workspace): string[] {
  return OUTPUTS.map((file) => `${file}: ${w.exists(file) ? w.read(file) : "missing"}`);
}

async function expected(): Promise<string[]> {
  const w = await workspace(FILES);
  const built = await w.tg("build");
  assert.equal(built.code, 0, built.stderr);
  return bytes(w);
}

function has(program: string): boolean {
  return spawnSync(program, ["--version"]).status === 0;
}

async function exported(to: string, file: string, more = ""): Promise<Workspace> {
  const w = await workspace(FILES);
  const written = await w.tg(`export --to ${to} ${more}`);
  assert.equal(written.code, 0, written.stderr);
  w.write(file, written.stdout);
  return w;
}

for (const grain of ["task", "group", "all"]) {
  test(`sh, a unit for each ${grain}`, async () => {
    const w = await exported("sh", "x.sh", `--breakdown ${grain}`);
    execFileSync("sh", ["x.sh"], { cwd: w.dir, stdio: "pipe" });
    assert.deepEqual(bytes(w), await expected());
  });
}

test("sh takes parameters and names of units, and refuses others", async () => {
  const w = await exported("sh", "x.sh");
  execFileSync("sh", ["x.sh", "--param", "N=7", "par"], { cwd: w.dir, stdio: "pipe" });
  assert.equal(w.read("par.txt"), "n=7\n");
  assert.equal(w.exists("lib.txt"), false);
  assert.equal(spawnSync("sh", ["x.sh", "--param", "M=7"], { cwd: w.dir }).status, 2);
  assert.equal(spawnSync("sh", ["x.sh", "nothing"], { cwd: w.dir }).status, 2);
});

test("make builds the same, and nothing the second time", { skip: !has("make") }, async () => {
  const w = await exported("make", "Makefile");
  const make = (): string => execFileSync("make", ["-j2"], { cwd: w.dir, stdio: "pipe", encoding: "utf8" });
  make();
  assert.deepEqual(bytes(w), await expected());
  assert.match(make(), /Nothing to be done/);
  w.write("h.h", "h2\n");
  make();
  assert.match(w.read("sum.txt"), /h2/);
});

test("ninja builds the same, and nothing the second time", { skip: !has("ninja") }, async () => {
  const w = await exported("ninja", "build.ninja");
  const ninja = (): string => execFileSync("ninja", [], { cwd: w.dir, stdio: "pipe", encoding: "utf8" });
  ninja();
  assert.deepEqual(bytes(w), await expected());
  assert.match(ninja(), /no work to do/);
  w.write("src/a.c", "a2\n");
  ninja();
  assert.match(w.read("sum.txt"), /a2/);
});

test("npm scripts build the same", async () => {
  const w = await exported("npm", "package.json");
  execFileSync("npm", ["run", "--silent", "all"], { cwd: w.dir, stdio: "pipe" });
  assert.deepEqual(bytes(w), await expected());
});

test("a workflow has a step for each unit, in order", async () => {
  const { stdout } = await (await workspace(FILES)).tg("export --to github");
  const steps = [...stdout.matchAll(/- name: "(.*)"/g)].map((match) => match[1]!);
  assert.deepEqual([...steps].sort(), ["both", "check", "dep", "gen", "lib", "lone", "objs", "par", "said", "sum", "tree", "two"]);
  assert.ok(steps.indexOf("objs") < steps.indexOf("lib") && steps.indexOf("lib") < steps.indexOf("sum"));
  assert.match(stdout, /^ {6}N: "3"$/m);
});

/** Names and texts that the tools' own syntax could take for something else. */
const ODD: Readonly<Record<string, string>> = {
  "in/a b.txt": "1\n", "in/[x].txt": "2\n", "in/it's.txt": "3\n", "in/$h.txt": "4\n", "in/-d;e|f=g.txt": "5\n", "-in": "6\n",
  "tasks.config.ts": `import { foreach } from "tg-build";
export default { tasks: {
  up: foreach("in/*.txt", ({ file, key }) => ({ inputs: [{ path: file }], outputs: [{ path: "out/" + key + ".o" }], run: ["cp", "--", file, "out/" + key + ".o"] })),
  two: { inputs: [{ path: "-in" }], outputs: [{ path: "-out" }, { path: "export" }, { path: "~a=b#c%d;e&f|g[1]*?.txt" }, { path: "$x$$ :y.txt" }], run: ["sh", "-c", 'for f in "-out" export "~a=b#c%d;e&f|g[1]*?.txt" "$1"; do cat -- -in > "./$f"; done', "-", "$x$$ :y.txt"] },
  lines: { inputs: [{ path: "-out" }, { path: "~a=b#c%d;e&f|g[1]*?.txt" }, { path: "$x$$ :y.txt" }], outputs: ["lines.txt"], run: "echo a > lines.txt\\nprintf %s 'b\\n  c\\n@d \\\\n # e\\n-f' >> lines.txt\\nif true; then\\n  echo g >> lines.txt\\nfi" },
  par: { params: { N: { type: "number", default: 3 }, S: { type: "string", default: "a #b \\"q\\" $c \`d\` }" } }, outputs: ["par.txt"], run: 'echo "$N|$S" > par.txt' },
  copies: { run: { copy: ["-in", "in/"], to: "-tree/" } },
  none: { run: { copy: { glob: "none/", allowEmpty: true }, to: "-none/" } },
  empty: { run: { concat: { glob: "none/*", allowEmpty: true }, to: "-empty" } },
  join: { run: { concat: ["-in", "in/$h.txt"], to: "-both" } },
  text: { run: { write: "-n\\r\\n\\0\\t%s\\\\n\\\\0\\n@d\\r", to: "-text" } },
  all: { deps: ["up", "two", "lines", "par", "copies", "none", "empty", "join", "text"] },
} };\n`,
};
const ODD_OUTPUTS = ["out/a b.o", "out/[x].o", "out/it's.o", "out/$h.o", "out/-d;e|f=g.o", "-out", "export", "~a=b#c%d;e&f|g[1]*?.txt", "$x$$ :y.txt", "lines.txt", "par.txt", "-tree/-in", "-tree/[x].txt", "-empty", "-both", "-text"];
const RUNS: readonly (readonly [tool: string, file: string, run: string, idle: RegExp | null])[] = [["sh", "x.sh", "sh x.sh", null], ["make", "x.mk", "make -f x.mk -j2", /Nothing to be done/], ["ninja", "x.ninja", "ninja -f x.ninja", /no work to do/], ["npm", "package.json", "npm run --silent all", null]];

test("odd names, lines and parameters reach every tool as they are", async () => {
  const w = await workspace(ODD);
  const see = (): string[] => ODD_OUTPUTS.map((file) => `${file}: ${w.exists(file) ? w.read(file) : "missing"}`);
  const build = await w.tg("build --param N=4");
  assert.equal(build.code, 0, build.stderr);
  const expected = see();
  assert.equal(w.read("par.txt"), '4|a #b "q" $c `d` }\n');
  for (const grain of ["task", "all"]) {
    for (const [tool, file, run, idle] of RUNS.filter(([name]) => name === "sh" || (name === "npm" ? grain === "task" : has(name)))) {
      for (const output of ODD_OUTPUTS) w.remove(output);
      const written = await w.tg(`export --to ${tool} --breakdown ${grain} --param N=4`);
      w.write(file, written.stdout);
      const ran = await w.sh(run);
      assert.equal(ran.code, 0, `${run}: ${written.stderr}${ran.stderr}`);
      assert.deepEqual(see(), expected, `${tool} ${grain}`);
      if (idle !== null) assert.match((await w.sh(run)).stdout, idle);
    }
  }
});

test("depfiles count in a unit of many tasks too", async () => {
  const cc = (name: string): string => `    ${name}: { inputs: ["${name}.c"], outputs: ["${name} 1.o"], depfile: "${name}.d", run: "cat ${name}.c h.h > '${name} 1.o'; echo '${name}\\\\ 1.o: ${name}.c h.h' > ${name}.d" },`;
  const w = await workspace({ "a.c": "a\n", "b.c": "b\n", "h.h": "1\n", "tasks.config.ts": config(cc("a") + "\n" + cc("b")) });
  for (const grain of ["task", "all"]) {
    for (const [tool, file, run, idle] of RUNS.filter(([name]) => (name === "make" || name === "ninja") && has(name))) {
      for (const made of ["a 1.o", "b 1.o", "a.d", "b.d"]) w.remove(made);
      w.write(file, (await w.tg(`export --to ${tool} --breakdown ${grain}`)).stdout);
      const first = await w.sh(run);
      assert.equal(first.code, 0, first.stderr + first.stdout);
      assert.match((await w.sh(run)).stdout, idle!);
      // What is written now is younger than all of it, however coarse the clock of the filesystem.
      await w.sh("find . -type f -exec touch -d @1000000000 {} +");
      const text = `${tool} ${grain}\n`;
      w.write("h.h", text);
      await w.sh(run);
      assert.deepEqual([w.read("a 1.o"), w.read("b 1.o")], [`a\n${text}`, `b\n${text}`], text);
    }
  }
});

test("functions and their values", async () => {
  const w = await workspace({
    in: "20\n",
    "tasks.config.ts": `import fs from "node:fs";
export default { tasks: {
  num: { inputs: ["in"], params: { by: { type: "number", default: 2 } }, run: (ctx) => Number(fs.readFileSync("in", "utf8")) * ctx.params.by },
  out: { deps: ["num"], outputs: ["out"], run: (ctx) => fs.writeFileSync("out", String(ctx.deps.num.value + 2)) },
} };\n`,
  });
  const written = await w.tg("export --to sh");
  assert.equal(written.code, 0, written.stderr);
  w.write("x.sh", written.stdout);
  const ran = await w.sh("sh x.sh");
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(w.read("out"), "42");
});

test("functions find their inputs, a scratch folder and the root from where they stand", async () => {
  const w = await workspace({
    in: "20\n", "sub/x/keep": "", "opt.txt": "1\n",
    "tasks.config.ts": `import fs from "node:fs";
import path from "node:path";
import { chain } from "tg-build";
export default { tasks: {
  list: { inputs: ["in", "*.txt", { path: "none", optional: true }], outputs: ["list.json"], run: (ctx) => { fs.writeFileSync(path.join(ctx.scratch, "x"), "1"); fs.writeFileSync("list.json", JSON.stringify([ctx.inputs, ctx.changed])); return 7; } },
  below: { deps: ["list"], inputs: ["in"], outputs: ["sub/x/out"], cwd: "sub/x", run: (ctx) => { fs.writeFileSync("out", ctx.inputs + " " + ctx.deps.list.value); return 1; } },
  steps: chain([{ inputs: ["in"], outputs: ["sub/two"], cwd: "sub/x", run: "cp ../../in ../two" }, { outputs: ["sub/x/four"], cwd: "sub", run: "cp two x/four" }, { outputs: ["three"], run: "cp in three" }]),
} };\n`,
  });
  const files = ["list.json", "sub/x/out", "sub/two", "sub/x/four", "three"];
  const built = await w.tg("build");
  assert.equal(built.code, 0, built.stderr);
  const expected = files.map((file) => w.read(file));
  assert.equal(expected[0], '[["in","opt.txt"],["in","opt.txt"]]');
  const written = await w.tg("export --to sh");
  w.write("x.sh", written.stdout);
  for (const file of files) w.remove(file);
  const ran = await w.sh("sh x.sh");
  assert.equal(ran.code, 0, ran.stderr);
  assert.deepEqual(files.map((file) => w.read(file)), expected);
});

test("functions that speak of tg run without it, and those that ask it are told", async () => {
  const w = await workspace({
    in: "1\n", "sub/keep": "",
    "tasks.config.ts": `import fs from "node:fs";
export default { tasks: {
  says: { inputs: ["in"], outputs: ["out"], cwd: "sub", env: ["MODE", "UNSET"], params: JSON.parse('{ "__proto__": { "type": "number", "default": 5 } }'), run: async (ctx) => {
    ctx.report.md("text", "title"); ctx.report.html("<b></b>"); ctx.report.image(Buffer.from("GIF89a")); ctx.log("logged");
    if (process.env.AGAIN === "no") ctx.noRetry("for good");
    fs.writeFileSync(ctx.root + "/out", [ctx.env.MODE, await ctx.env("MODE"), "MODE" in ctx.env, { ...ctx.env }.MODE, String(ctx.env.NONE), String(ctx.env.OTHER), await ctx.env("OTHER"), Object.keys(ctx.env), JSON.stringify(ctx.params)].join(" "));
  } },
  asks: { run: async (ctx) => { await ctx.need("in"); } },
} };\n`,
  });
  const built = await w.tg("build says", { env: { MODE: "fast", OTHER: "1" } });
  assert.equal(built.code, 0, built.stderr);
  const expected = w.read("out");
  assert.equal(expected, 'fast fast true fast undefined undefined 1 MODE {"__proto__":5}');
  w.write("x.sh", (await w.tg("export --to sh")).stdout);
  w.remove("out");
  const ran = await w.sh("MODE=fast OTHER=1 sh x.sh says");
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(w.read("out"), expected);
  assert.match((await w.sh("AGAIN=no sh x.sh says")).stderr, /for good/);
  assert.match((await w.sh("sh x.sh asks")).stderr, /ctx\.need asks tg, and this runs without it: declare what it needs in deps and inputs/);
});

test("families of functions and their values, values by path, hooks, wraps, and who is left out", async () => {
  const w = await workspace({
    "in/a.txt": "1\n", "in/b b.txt": "2\n", "opts.json": '{"by":3}', "sub/keep": "",
    "tasks.config.ts": `import fs from "node:fs";
import { foreach } from "tg-build";
const { by } = JSON.parse(fs.readFileSync("opts.json", "utf8"));
export default { tasks: {
  sizes: foreach("in/*.txt", ({ file, key }) => ({ inputs: [file], cwd: "sub", run: (ctx) => ({ key, n: Number(fs.readFileSync("../" + ctx.inputs[0], "utf8")) * by }) })),
  list: foreach([JSON.parse('{"n":"x","__proto__":{"own":1}}'), { n: "y" }], ({ value }) => ({ outputs: ["list/" + value.n], run: () => fs.writeFileSync("list/" + value.n, JSON.stringify(value)) }), { key: ({ value }) => value.n }),
  made: { outputs: ["made.txt"], run() { fs.writeFileSync("made.txt", this.outputs[0]); return by; } },
  sum: { deps: ["sizes", "made.txt"], outputs: ["sum.json"], run: ({ deps }) => fs.writeFileSync("sum.json", JSON.stringify([deps.sizes.value, deps["made.txt"].value])) },
  wrapped: { wrap: ["env", "WHO=it's me"], outputs: ["who"], run: 'echo "$WHO" > who' },
  hooked: { before: "echo $TG_TASK > before.txt", outputs: ["hooked"], run: "echo run > hooked", afterRun: ["sh", "-c", "echo $TG_OUTCOME >> hooked"] },
  valued: { run: () => 1, afterRun: ({ run }) => run.value + 1 },
  value: { deps: ["valued"], outputs: ["value"], run: ({ deps }) => fs.writeFileSync("value", String(deps.valued.value)) },
  off: { when: false, outputs: ["off"], run: "echo off > off" },
} };\n`,
  });
  const files = ["list/x", "list/y", "made.txt", "sum.json", "who", "hooked", "before.txt", "value"];
  const built = await w.tg("build");
  assert.equal(built.code, 0, built.stderr);
  const expected = files.map((file) => w.read(file));
  assert.deepEqual(expected, ['{"n":"x","__proto__":{"own":1}}', '{"n":"y"}', "made.txt", '[{"a":{"key":"a","n":3},"b b":{"key":"b b","n":6}},3]', "it's me\n", "run\nok\n", "hooked\n", "2"]);
  for (const to of has("make") ? ["sh", "make"] : ["sh"]) {
    w.write(`x.${to}`, (await w.tg(`export --to ${to}`)).stdout);
    for (const file of files) w.remove(file);
    w.remove(".tg/export");
    const ran = await w.sh(to === "sh" ? "sh x.sh" : "make -f x.make");
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(files.map((file) => w.read(file)), expected);
    assert.equal(w.exists("off"), false);
  }
});

tell([
  { title: "a name no rule can hold", tasks: String.raw`    a: { outputs: [{ path: "a\\b" }], run: "echo > 'a\\b'" },`, when: "export --to make", then: `
      2| tg: make cannot say the name of the file a\\b
      2|     try: rename it, or --to sh
      exit 2` },
  { title: "a name that make takes for a file in an archive", tasks: '    a: { inputs: [{ path: "photo (1)" }], outputs: ["b (1).png"], run: "cp photo* b*" },', files: { "photo (1)": "" }, when: "export --to make", then: `
      2| tg: make cannot say the name of the file "photo (1)"
      2|     try: rename it, or --to sh
      exit 2` },
  { title: "a name that the log of ninja cannot hold", tasks: String.raw`    a: { outputs: [{ path: "a\tb" }], run: "echo > 'a\tb'" },`, when: "export --to ninja", then: `
      2| tg: ninja cannot say the name of the file "a\\tb"
      2|     try: rename it, or --to sh
      exit 2` },
  { title: "without --to", files: FILES, when: "export", then: `
      2| tg: flag "--to" needs a value
      2|     try: --to sh, make, ninja, npm, github or dot
      exit 2` },
  { title: "to something unknown", files: FILES, when: "export --to bazel", then: `
      2| tg: flag "--to" is "bazel", expected sh, make, ninja, npm, github or dot
      exit 2` },
  { title: "groups that need each other", tasks: '    a: { outputs: ["a"], run: "touch a", tags: ["x"] },\n    b: { inputs: ["a"], outputs: ["b"], run: "cp a b", tags: ["y"] },\n    c: { inputs: ["b"], outputs: ["c"], run: "cp b c", tags: ["x"] },', when: "export --to make --breakdown group", then: `
      2| tg: the groups need each other: "x" → "y" → "x"
      2|     try: --breakdown task, or other first tags
      exit 2` },
  { title: "a picture of one target", tasks: '    a: { outputs: ["a"], run: "touch a" },\n    b: { inputs: ["a"], outputs: ["b"], run: "cp a b" },\n    c: { outputs: ["c"], run: "touch c" },', when: "export b --to dot", then: `
      1| digraph tg {
      1|   rankdir=LR;
      1|   node [shape=box];
      1|   "a";
      1|   "b";
      1|   "a" -> "b";
      1| }
      exit 0` },
]);
