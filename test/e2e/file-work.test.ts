// `run: { copy, to }`, `{ concat, to }`, `{ write, to }`: files that tg makes itself are inputs and outputs like any others.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, linkSync, lstatSync, readlinkSync, statSync, symlinkSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { config, tell, transcript } from "../support/story.ts";
import { workspace } from "../support/rig.ts";

const FILES: Readonly<Record<string, string>> = {
  "a/1.txt": "one\n", "a/b/2.txt": "two\n", "a/.hidden": "h\n", "a/3.md": "three\n", "lone.txt": "lone\n",
  "tasks.config.ts": config(`
    file: { run: { copy: "lone.txt", to: "out/file.txt" } },
    tree: { run: { copy: "a/", to: "out/tree/" } },
    named: { run: { copy: ["a", "lone.txt"], to: "out/named/" } },
    some: { run: { copy: ["a/**/*.txt", "!a/1.txt", { path: "gone", optional: true }], to: "out/some/" } },
    joined: { run: { concat: ["lone.txt", "a/**/*.txt"], to: "out/joined.txt" } },
    text: { run: { write: "v1\\n", to: "out/version.txt" } },
    again: { run: { copy: "out/joined.txt", to: "out/again.txt" } },`),
};

const MADE: Readonly<Record<string, string>> = {
  "out/file.txt": "lone\n", "out/tree/1.txt": "one\n", "out/tree/b/2.txt": "two\n", "out/tree/.hidden": "h\n", "out/tree/3.md": "three\n",
  "out/named/a/1.txt": "one\n", "out/named/a/b/2.txt": "two\n", "out/named/a/.hidden": "h\n", "out/named/a/3.md": "three\n", "out/named/lone.txt": "lone\n",
  "out/some/b/2.txt": "two\n", "out/joined.txt": "lone\none\ntwo\n", "out/version.txt": "v1\n", "out/again.txt": "lone\none\ntwo\n",
};

test("what is copied, joined and written, and where it goes", async () => {
  const w = await workspace(FILES);
  assert.equal((await w.tg("build")).code, 0);
  assert.deepEqual(Object.fromEntries(w.list().filter((path) => path.startsWith("out/")).map((path) => [path, w.read(path)])), MADE);
  assert.equal((await w.tg("build")).stderr, "");
  w.write("a/b/4.txt", "four\n");
  w.remove("a/3.md");
  const ran = (await w.tg("build")).stderr.match(/(?<=^✓ )\w+/gm);
  assert.deepEqual(ran?.sort(), ["again", "joined", "named", "some", "tree"]);
  assert.deepEqual([w.read("out/again.txt"), w.exists("out/tree/3.md"), w.read("out/some/b/4.txt")], ["lone\none\ntwo\nfour\n", false, "four\n"]);
  w.write("tasks.config.ts", FILES["tasks.config.ts"]!.replace("v1", "v2"));
  assert.equal(transcript(await w.tg("why text"), w), "1| text is stale:\n1|   command changed\n1|     write out/version.txt: v1\\n → write out/version.txt: v2\\n\nexit 0");
  assert.deepEqual([(await w.tg("build")).code, w.read("out/version.txt")], [0, "v2\n"]);
});

test("a long text counts to its last byte, also among stored results", async () => {
  const w = await workspace({});
  for (const end of ["1", "2", "1"]) {
    const text = "a".repeat(100) + end;
    w.write("tasks.config.ts", config(`    t: { run: { write: "${text}", to: "out" }, cache: { store: true } },\n    c: { run: { write: "${text}", to: "out2" } },`));
    assert.equal((await w.tg("build")).code, 0);
    assert.deepEqual([w.read("out"), w.read("out2")], [text, text]);
  }
});

test("a mode goes with its file; other names and links of what is replaced stay as they are", async () => {
  const w = await workspace({ "in.sh": "new\n", kept: "kept\n", "tasks.config.ts": config(`    a: { run: { copy: "in.sh", to: "out.sh" } },\n    b: { run: { write: "text", to: "link" } },\n    c: { run: { concat: ["in.sh", "in.sh", "kept"], to: "shared" } },`) });
  chmodSync(join(w.dir, "in.sh"), 0o555);
  linkSync(join(w.dir, "kept"), join(w.dir, "shared"));
  symlinkSync("kept", join(w.dir, "link"));
  assert.equal((await w.tg("build")).code, 0);
  assert.deepEqual([statSync(join(w.dir, "out.sh")).mode & 0o777, lstatSync(join(w.dir, "link")).isFile(), w.read("shared"), w.read("kept")], [0o555, true, "new\nkept\n", "kept\n"]);
  chmodSync(join(w.dir, "in.sh"), 0o755);
  w.write("in.sh", "newer\n");
  assert.equal((await w.tg("build")).code, 0);
  assert.deepEqual([statSync(join(w.dir, "out.sh")).mode & 0o777, w.read("out.sh")], [0o755, "newer\n"]);
  // An edit of what was made is kept, and the file is made again.
  w.write("out.sh", "mine\n");
  const again = await w.tg("build");
  assert.match(again.stderr + again.stdout, /kept in \.tg\/saved\//);
  assert.equal(w.read("out.sh"), "newer\n");
});

test("large files, in chains, as intermediates, and in families", async () => {
  const w = await workspace({ "s/x.txt": "x", "s/y.txt": "y", "tasks.config.ts": `import { chain, foreach } from "tg-build";
export default { tasks: {
  big: { run: { copy: "big", to: "out/big" } },
  both: { run: { concat: ["big", "s/x.txt"], to: "out/both" } },
  steps: chain([{ run: { write: "w", to: "mid" } }, { inputs: ["mid"], outputs: ["mid2"], run: "cat mid mid > mid2" }, { run: { copy: "mid2", to: "out/end" } }]),
  each: foreach("s/*.txt", ({ file, stem }) => ({ run: { copy: file, to: \`out/\${stem}\` } })),
  part: { run: { copy: "s/x.txt", to: "part" }, intermediates: "part", temp: true },
  whole: { inputs: ["part"], outputs: ["whole"], run: "cat part part > whole" },
} };
` });
  w.write("big", "big");
  truncateSync(join(w.dir, "big"), 5_000_000);
  const built = await w.tg("build");
  assert.equal(built.code, 0, built.stderr);
  assert.deepEqual([statSync(join(w.dir, "out/big")).size, statSync(join(w.dir, "out/both")).size, w.read("out/end"), w.read("out/x"), w.read("out/y"), w.exists("part"), w.read("whole")], [5_000_000, 5_000_001, "ww", "x", "y", false, "xx"]);
  assert.equal((await w.tg("status --check")).code, 0);
  assert.equal((await w.tg("verify")).code, 0);
});

test("a link as a source counts by what it leads to", async () => {
  const w = await workspace({ real: "a", "tasks.config.ts": config('    a: { run: { copy: "link", to: "out" } },') });
  symlinkSync("real", join(w.dir, "link"));
  assert.deepEqual([(await w.tg("build")).code, lstatSync(join(w.dir, "out")).isFile(), w.read("out"), readlinkSync(join(w.dir, "link"))], [0, true, "a", "real"]);
  w.write("real", "b");
  assert.deepEqual([(await w.tg("build")).code, w.read("out")], [0, "b"]);
});

test("a link to the target is no source, and the target stays", async () => {
  for (const run of ['{ copy: "link", to: "real" }', '{ concat: ["other", "link"], to: "real" }']) {
    const w = await workspace({ real: "mine", other: "o", "tasks.config.ts": config(`    a: { onFail: "keep", run: ${run} },`) });
    symlinkSync("real", join(w.dir, "link"));
    const { code, stderr } = await w.tg("build");
    assert.deepEqual([code, w.read("real")], [1, "mine"], stderr);
    assert.match(stderr, /cannot write real: /);
  }
});

tell([
  { title: "work that cannot be done", files: { "x/a.txt": "x", "y/a.txt": "y", "dir/f": "f" }, tasks: `
    clash: { run: { copy: ["x/a.txt", "y/a.txt"], to: "out/" } },
    folder: { run: { copy: "dir", to: "one" } },`, when: "build -k -j 1", then: `
      2| ✗ clash (N s) — x/a.txt and y/a.txt would both be copied to out/a.txt
      2| ✗ folder (N s) — cannot read input dir: is a folder
      2| tg: task "clash": x/a.txt and y/a.txt would both be copied to out/a.txt
      2|     try: copy from a folder they have in common, or to folders of their own
      2| tg: task "folder": cannot read input dir: is a folder
      2|     try: look at what stands at dir
      2| tg: 2 failed (N s)
      exit 1` },
  { title: "what is missing is told before anything runs", tasks: '    a: { run: { copy: "nope.txt", to: "out.txt" } },', when: "build", then: `
      2| tg: task "a": input nope.txt does not exist and no task makes it
      2|     at tasks.config.ts:3
      2|     try: correct the path, or { path, optional: true } if it may be absent
      exit 2` },
  { title: "bad work, all at once", tasks: `
    a: { run: { copy: "x" } },
    b: { run: { copy: ["x", "y"], to: "z" } },
    c: { run: { concat: [], to: "z2" } },
    d: { run: { write: 3, to: "z3" } },
    e: { run: { copy: "x", write: "y", to: "z4" } },
    f: { run: { copi: "x", to: "z5" } },
    g: { run: { write: "x", to: "z6/" } },
    h: { run: { copy: "x", to: "../z7" } },
    i: { run: { copy: "x", to: "z8", mode: 3 }, cwd: "src", wrap: ["nice"] },
    j: { before: { copy: "x", to: "z9" }, run: "true" },
    k: { run: { copy: "*.txt", to: "z10" } },
    l: { run: { copy: "x", to: "z/*.txt" } },
    m: { run: { copy: "x", to: "x" }, inout: ["x"] },`, when: "build", then: `
      2| tg: task "a": "run.to" is undefined, expected the path of a file, or of a folder: "dist/"
      2|     at tasks.config.ts:4
      2| tg: task "b": "run.to" is "z", expected a folder, "z/", for more than one file
      2|     at tasks.config.ts:5
      2| tg: task "c": "run.concat" is an empty array, expected a path, a pattern, or a list of them
      2|     at tasks.config.ts:6
      2| tg: task "d": "run.write" is 3, expected a text
      2|     at tasks.config.ts:7
      2| tg: task "e": "run.write" is "y", expected nothing beside "copy"
      2|     at tasks.config.ts:8
      2| tg: task "f": unknown field "run.copi" (did you mean "copy"?)
      2|     at tasks.config.ts:9
      2| tg: task "g": "run.to" is "z6/", expected the path of a file
      2|     at tasks.config.ts:10
      2| tg: task "h": output ../z7 is outside the project root
      2|     at tasks.config.ts:11
      2|     try: write below the folder of the config
      2| tg: task "i": unknown field "run.mode"
      2|     at tasks.config.ts:12
      2| tg: task "i": "cwd" is "src", expected nothing: tg makes the file of "copy" itself, with paths from the root
      2|     at tasks.config.ts:12
      2| tg: task "i": "wrap" is an array, expected nothing: tg makes the file of "copy" itself, with paths from the root
      2|     at tasks.config.ts:12
      2| tg: task "j": "before" is an object, expected shell text, a program with its arguments, or a function of the config's own modules
      2|     at tasks.config.ts:13
      2| tg: task "k": "run.to" is "z10", expected a folder, "z10/", for more than one file
      2|     at tasks.config.ts:14
      2| tg: task "l": "run.to" is "z/*.txt", expected the path of one file, or of a folder that ends in a slash
      2|     at tasks.config.ts:15
      2| tg: task "m": "inout" is an array, expected nothing: tg makes the file of "copy" itself, with paths from the root
      2|     at tasks.config.ts:16
      exit 2` },
  { title: "patterns in a chain", files: { "tasks.config.ts": 'import { chain } from "tg-build";\nexport default { tasks: {\n  a: chain([{ run: { write: "x", to: "y" } }, { run: { copy: ["y", "s/"], to: "z/" } }]),\n} };\n' }, when: "build", then: `
      2| tg: task "a": "chain[1].run.copy[1]" is "s/", expected the path of a file: in a chain each is named
      2|     at tasks.config.ts:3
      exit 2` },
]);

test("what cache.ignore names is no reason to run, but an input of the run as any other", async () => {
  const w = await workspace({ in: "in\n", "d/a": "a\n", "d/b": "b\n", "tasks.config.ts": config(`    joined: { run: { concat: ["in", "d/*"], to: "joined" }, cache: { ignore: ["input:d/*"] } },
    tree: { run: { copy: ["in", "d/"], to: "tree/" }, cache: { ignore: ["input:d/"] } },
    fn: { inputs: ["in", "d/*", { path: "gone", optional: true }], cache: { ignore: ["input:d/*", "input:gone"] }, run: (ctx) => ctx.inputs },`) });
  assert.equal((await w.tg("build")).code, 0);
  const made = (): unknown[] => [w.read("joined"), w.list().filter((path) => path.startsWith("tree/"))];
  const whole = ["in\na\nb\n", ["tree/a", "tree/b", "tree/in"]];
  assert.deepEqual(made(), whole);
  assert.deepEqual(JSON.parse((await w.tg("results fn")).stdout), ["d/a", "d/b", "in"]);
  const script = (await w.tg("export joined tree --to sh")).stdout;
  w.write("d/a", "c\n");
  assert.equal(transcript(await w.tg("build"), w), "1| tg: 3 tasks up to date (N s)\nexit 0");
  w.write("d/a", "a\n");
  await w.tg("clean");
  w.write("build.sh", script);
  assert.equal(spawnSync("sh", ["build.sh"], { cwd: w.dir }).status, 0);
  assert.deepEqual(made(), whole);
});
