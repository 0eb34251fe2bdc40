// Each reason code, as `status` names it, with old and new (`-v`), and as the build that follows gives it.
import fs from "node:fs";
import path from "node:path";
import assert from "node:assert/strict";
import { test } from "node:test";
import { config, staged, tell, transcript } from "../support/story.ts";
import { workspace, type Workspace } from "../support/rig.ts";

const built = "build";
const edit = (file: string, content: string) => (w: Workspace) => w.write(file, content);
const redefine = (tasks: string) => (w: Workspace) => w.write("tasks.config.ts", config(tasks));
const A = '    a: { inputs: ["in"], outputs: ["out"], run: "cp in out" },';

const V = '    a: { tools: ["./cc --version"], inputs: ["in"], run: "true" },';

/** Reads by its depfile what another task makes, after that one by way of a barrier. */
const FOUND = '    gen: { inputs: ["in"], outputs: ["g.h"], run: "cp in g.h" },\n    all: { deps: ["gen"] },\n    use: { depfile: "d", outputs: ["o"], after: ["all"], run: "f=g.h; cp $f o; echo o: $f >d" },';

/** Rules and records. */
tell([
  { title: "never-ran", tasks: A, files: { in: "1\n" }, when: "status -v", then: `
      1| a  stale        never ran
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "forced", tasks: A, files: { in: "1\n" }, given: [built], when: "build -f", then: `
      2| ✓ a (N s) — forced
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "always", tasks: '    a: { always: true, outputs: ["out"], run: "echo 1 > out" },', given: [built], when: "status -v", then: `
      1| a  stale        runs in every build
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "always: nothing to judge by", tasks: '    a: { run: "true" },', given: [built], when: "build", then: `
      2| ✓ a (N s) — runs in every build
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "interrupted: killed while it ran", tasks: '    a: { outputs: ["out"], run: "echo half > out; kill -9 $PPID" },', given: [built], when: "status -v", then: `
      1| a  stale        was interrupted
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "failed-last-time", tasks: '    a: { inputs: ["in"], run: "exit 3" },', files: { in: "1\n" }, given: [built], when: "status -v", then: `
      1| a  failed       exit 3
      1|                 failed last time
      1|
      1| tg: 1 task: 1 failed
      exit 0` },
]);

/** Of a failure that moved no file only the record knows, also where the state is written anew. */
const FORCED = '    x: { inputs: ["in"], outputs: ["x"], run: "cp in x" },\n    test: { inputs: ["in"], run: "test -e good" },';
const SPARE = '    x: { inputs: ["in"], outputs: ["x"], run: "cp in x" },\n    mid: { inputs: ["in"], intermediates: ["m"], temp: true, run: "test -e good && cp in m" },\n    use: { inputs: ["m"], outputs: ["o"], run: "cp m o" },';
tell([
  { title: "failed-last-time: forced", tasks: FORCED, files: { in: "1\n", good: "" }, given: [built, redefine(FORCED.replace("cp in x", "cp ./in x")), (w) => w.remove("good"), "build -f test"], when: "build test", then: `
      2| ✗ test (N s) — exit 1
      2| tg: task "test" failed: exit 1 after N s: test -e good
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "several reasons: the certain ones before what may change", tasks: '    a: { inputs: ["in"], outputs: ["mid"], run: "cp in mid" },\n    b: { inputs: ["mid"], outputs: ["out"], run: "cp mid out" },', files: { in: "1\n" }, given: [built, (w) => w.write("in", "2\n"), (w) => w.remove("out")], when: "status -v b", then: `
      1| a  stale        input changed: in
      1|                   file, 2 B, 0d314824 → file, 2 B, cd7a79f2
      1| b  stale        output missing: out
      1|                   file, 2 B, 0d314824 → nothing
      1|                 may change: mid (from "a")
      1|
      1| tg: 2 tasks: 2 stale
      exit 0` },
  { title: "failed-last-time: what was made again for another", tasks: SPARE, files: { in: "1\n", good: "" }, given: [built, redefine(SPARE.replace("cp in x", "cp ./in x")), (w) => w.remove("good"), "build -f use"], when: "status -v use", then: `
      1| mid  failed       exit 1
      1|                   failed last time
      1| use  blocked      by "mid", which failed
      1|                   may change: m (from "mid")
      1|
      1| tg: 2 tasks: 1 failed, 1 blocked
      exit 0` },
]);

/** The definition. */
tell([
  { title: "command-changed", tasks: A, files: { in: "1\n" }, given: [built, redefine(A.replace("cp in out", "cat in > out"))], when: "status -v", then: `
      1| a  stale        command changed (cp in out → cat in > out)
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "command-changed: words after --", tasks: '    a: { inputs: ["in"], run: ["echo"] },', files: { in: "1\n" }, given: ["build a -- x"], when: "build a -- y", then: `
      2| ✓ a (N s) — command changed (["x"] → ["y"])
      2| y
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "command-changed: words after -- and a target named twice", tasks: '    a: { inputs: ["in"], run: ["echo"] },', files: { in: "1\n" }, given: ["build a a -- x"], when: "build a a -- y", then: `
      2| ✓ a (N s) — command changed (["x"] → ["y"])
      2| y
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "command-changed: no words after -- any more", tasks: '    a: { inputs: ["in"], run: ["echo", "1"] },', files: { in: "1\n" }, given: ["build a -- x"], when: "build", then: `
      2| ✓ a (N s) — command changed (["x"] → nothing)
      2| 1
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "cwd-changed", tasks: '    a: { inputs: ["in"], run: "true" },', files: { in: "1\n", "sub/x": "" }, given: [built, redefine('    a: { inputs: ["in"], cwd: "sub", run: "true" },')], when: "status -v", then: `
      1| a  stale        working folder changed (. → sub)
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "env-changed: the value is not shown", tasks: '    a: { env: ["TOKEN"], run: "true" },', given: [(w) => w.tg("build", { env: { TOKEN: "one" } })], when: "status -vv", options: { env: { TOKEN: "two" } }, then: `
      1| a  stale        env changed: TOKEN (another value)
      1|                 last run: ok, <time>, N s, exit 0
      1|                 key: <key>
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "env-changed: unset is not empty", tasks: '    a: { env: ["TOKEN"], run: "true" },', given: [built], when: "status -v", options: { env: { TOKEN: "" } }, then: `
      1| a  stale        env changed: TOKEN (unset → set)
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "param-changed", tasks: '    a: { params: { n: { type: "number", default: 1 } }, run: "true" },', given: [built], when: "status -v --param n=5", then: `
      1| a  stale        param changed: n (1 → 5)
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  {
    title: "code-changed: a file of its own", files: {
      "tasks.config.ts": config("", '\n  include: ["*.task.ts"],'),
      "a.task.ts": 'import { defineTask } from "tg-build";\nimport { text } from "./text.ts";\nexport default defineTask(import.meta, { inputs: ["in"], run() { return text; } });\n',
      "text.ts": 'export const text = "1";\n', in: "1\n",
    },
    given: [built, edit("text.ts", 'export const text = "2";\n')], when: "status", then: `
      1| a  stale        code changed: text.ts
      1|
      1| tg: 1 task: 1 stale
      exit 0`,
  },
  { title: "code-changed: a function of the config", tasks: '    a: { inputs: ["in"], run() { return 1; } },', files: { in: "1\n" }, given: [built, redefine('    a: { inputs: ["in"], run() { return 2; } },')], when: "why a", then: `
      1| a is stale:
      1|   code changed: tasks.config.ts
      1|     4cdd29d7 → bd3a02f7
      1|     its function is written in the config and goes by the config's code; in a file of its own it would go by that file alone
      exit 0` },
  { title: "tool-changed", tasks: '    a: { tools: ["./tool"], inputs: ["in"], run: "./tool" },', files: { in: "1\n" }, given: [(w) => tool(w, "1"), built, (w) => tool(w, "22")], when: "status", then: `
      1| a  stale        tool changed: ./tool
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "tool-changed: a version", tasks: V, files: { in: "1\n" }, given: [(w) => compiler(w, "1.0"), built, (w) => compiler(w, "2.0")], when: "why a", then: `
      1| a is stale:
      1|   tool changed: "./cc --version"
      1|     cc (test) 1.0 → cc (test) 2.0
      exit 0` },
  { title: "tool-changed: a version that cannot be told", tasks: V, files: { in: "1\n" }, given: [(w) => compiler(w, "1.0"), built, (w) => w.remove("cc")], when: "status -v", then: `
      1| a  stale        tool changed: "./cc --version"
      1|                   cc (test) 1.0 → not found
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "tool-changed: by hash", tasks: '    a: { tools: ["./tool"], inputs: ["in"], run: "./tool" },', files: { in: "1\n" }, given: [(w) => tool(w, "1"), built, (w) => tool(w, "22")], when: "why a", then: `
      1| a is stale:
      1|   tool changed: ./tool
      1|     tool: executable file, 14 B, f875169a → tool: executable file, 15 B, 82144be0
      exit 0` },
  { title: "declaration-changed: outputs", tasks: A, files: { in: "1\n" }, given: [built, redefine(A.replace('outputs: ["out"]', 'outputs: ["out", { path: "more", optional: true }]'))], when: "status -v", then: `
      1| a  stale        declaration changed: outputs
      1|                   nothing → more?
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "declaration-changed: inputs", tasks: A, files: { in: "1\n", more: "" }, given: [built, redefine(A.replace('"in"]', '"in", "more"]'))], when: "status -v", then: `
      1| a  stale        declaration changed: inputs
      1|                   nothing → more
      1|                 input added: more
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "declaration-changed: version", tasks: A, files: { in: "1\n" }, given: [built, redefine(A.replace("run", 'cache: { version: "2" }, run'))], when: "status -v", then: `
      1| a  stale        declaration changed: version
      1|                   nothing → 2
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
]);

function tool(w: Workspace, text: string): void {
  w.write("tool", `#!/bin/sh\n# ${text}\n`);
  fs.chmodSync(path.join(w.dir, "tool"), 0o755);
}

function compiler(w: Workspace, version: string, comment = ""): void {
  w.write("cc", `#!/bin/sh\n# ${comment}\necho asked >> asked.log\necho "cc (test) ${version}"\necho "Free of charge"\n`);
  fs.chmodSync(path.join(w.dir, "cc"), 0o755);
}

test("a value that the config gives to a member of a chain is something to judge by, as it is for a command", async () => {
  const declared = (value: string): string => `import { chain } from "tg-build";\nexport default { tasks: {
  a: { env: { V: "${value}" }, run: "echo a $V >> ran.log" },
  b: chain([{ run: "true" }, { env: { V: "${value}" }, run: "echo b $V >> ran.log" }]),
} };\n`;
  const w = await workspace({ "tasks.config.ts": declared("1") });
  assert.deepEqual([(await w.tg("build")).code, w.ran()], [0, "a 1,b 1"]);
  assert.deepEqual([(await w.tg("build")).code, w.ran()], [0, ""]);
  w.write("tasks.config.ts", declared("2"));
  assert.deepEqual([(await w.tg("build")).code, w.ran()], [0, "a 2,b 2"]);
});

test("a version command is asked again only when its program's file is another, and only its text counts", async () => {
  const w = await staged({ tasks: V, files: { in: "1\n" } });
  const asked = (): number => (w.exists("asked.log") ? w.read("asked.log").split("\n").length - 1 : 0);
  compiler(w, "1.0");
  await w.tg("build");
  assert.equal(asked(), 1);
  assert.match((await w.tg("build")).stdout, /1 task up to date/);
  w.write("in", "2\n");
  assert.match((await w.tg("build")).stderr, /✓ a .* input changed: in/);
  assert.equal(asked(), 1, "not for another input");
  compiler(w, "1.0", "built anew");
  assert.match((await w.tg("build")).stdout, /1 task up to date/);
  assert.match((await w.tg("build")).stdout, /1 task up to date/);
  assert.equal(asked(), 2, "once for another file");
  compiler(w, "1.1");
  assert.match((await w.tg("build")).stderr, /✓ a .* tool changed: ".\/cc --version"/);
  assert.match((await w.tg("build")).stdout, /1 task up to date/);
  assert.equal(asked(), 3);
});

test("a program that comes to node_modules/.bin and is found before the one that was used", async () => {
  const w = await staged({ tasks: '    a: { cwd: "packages/a", tools: ["sleep"], inputs: ["in"], outputs: ["out"], run: "sleep 0 >../../out" },', files: { in: "1\n", "packages/a/x": "" } });
  assert.equal((await w.tg("build")).code, 0);
  for (const [folder, text] of [["node_modules", "one"], ["packages/a/node_modules", "two"]] as const) {
    assert.match((await w.tg("build")).stdout, /1 task up to date/);
    w.write(folder + "/.bin/sleep", `#!/bin/sh\necho ${text}\n`);
    fs.chmodSync(path.join(w.dir, folder, ".bin/sleep"), 0o755);
    assert.equal((await w.tg("status --check")).code, 1);
    assert.match((await w.tg("build")).stderr, /✓ a .* tool changed: sleep\n/);
    assert.equal(w.read("out"), text + "\n");
  }
});

test("programs are looked for from the task's folder, as its command finds them", async () => {
  const w = await staged({ tasks: `    a: { cwd: "packages/a", tools: ["tool --version"], inputs: ["in"], outputs: ["a.out"], run: "tool >../../a.out" },
    b: { cwd: "packages/b", tools: ["tool --version"], inputs: ["in"], outputs: ["b.out"], run: "tool >../../b.out" },
    c: { cwd: "packages/a", tools: ["tool"], inputs: ["in"], outputs: ["c.out"], run: "tool >../../c.out" },
    d: { cwd: "packages/a", tools: ["own", "own --version"], inputs: ["in"], run: "own" },`, files: { in: "1\n", "packages/b/x": "" } });
  const program = (file: string, text: string): void => {
    w.write(file, `#!/bin/sh\necho ${text}; echo "$0 $1" >>asked.log\n`);
    fs.chmodSync(path.join(w.dir, file), 0o755);
  };
  program("node_modules/.bin/tool", "one");
  program("packages/a/node_modules/.bin/own", "1.0");
  assert.equal((await w.tg("build")).code, 0);
  assert.equal((await w.tg("status --check")).code, 0);
  assert.equal(w.read("asked.log").split("\n").filter((line) => line.endsWith("/tool --version")).length, 1, "once for both");
  program("packages/a/node_modules/.bin/tool", "two");
  assert.match((await w.tg("status -v")).stdout, /^a +stale +tool changed: "tool --version"\n +one → two\nb +fresh\nc +stale +tool changed: tool\n +node_modules.*→ packages\/a\/node_modules\/\.bin\/tool.*\nd +fresh\n/);
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.read("a.out") + w.read("b.out") + w.read("c.out"), "two\none\ntwo\n");
  program("packages/a/node_modules/.bin/tool", "three");
  assert.match((await w.tg("build -j1")).stderr, /^✓ a .* tool changed: "tool --version"\n✓ c .* tool changed: tool\n/);
  w.remove("packages/a/node_modules/.bin/tool");
  assert.match((await w.tg("build")).stderr, /tg: 2 ran, 2 fresh/);
  assert.equal(w.read("a.out") + w.read("b.out") + w.read("c.out"), "one\none\none\n");
});

test("a tool that another task makes is looked at when it is there", async () => {
  const w = await staged({
    tasks: '    gen: { inputs: ["in"], outputs: ["bin/gen"], run: "cp in bin/gen; chmod +x bin/gen" },\n    use: { inputs: ["bin/gen"], tools: ["bin/gen", "bin/gen --version"], run: "true" },',
    files: { in: "#!/bin/sh\necho 1\n" },
  });
  assert.match((await w.tg("build")).stderr, /2 ran/);
  assert.match((await w.tg("build")).stdout, /2 tasks up to date/);
  w.write("in", "#!/bin/sh\necho 2\n");
  assert.match((await w.tg("build")).stderr, /2 ran/);
  assert.match((await w.tg("build")).stdout, /2 tasks up to date/);
});

test("touch watches the tools and folders of what it accepts", async () => {
  const w = await staged({ tasks: '    a: { tools: ["./tool"], inputs: ["in"], outputs: ["dist/"], run: "./tool; mkdir -p dist/sub; touch dist/sub/x" },', files: { in: "1\n" } });
  tool(w, "1");
  await w.tg("build");
  w.write("in", "2\n");
  await w.tg("touch a");
  assert.match((await w.tg("build")).stdout, /1 task up to date/);
  w.write("dist/sub/foreign", "");
  assert.match((await w.tg("status")).stdout, /output changed outside tg: dist\/sub\/foreign/);
  w.remove("dist/sub/foreign");
  assert.match((await w.tg("build")).stdout, /1 task up to date/);
  tool(w, "22");
  assert.match((await w.tg("status")).stdout, /tool changed: .\/tool/);
});

test("touch records what own hash functions say", async () => {
  const w = await staged({ tasks: '    a: { inputs: [{ path: "in", hash: (bytes) => Buffer.from(bytes).toString().split("\\n")[0]! }], outputs: ["out"], run: "cp in out" },', files: { in: "1\nx\n" } });
  await w.tg("build");
  w.write("in", "2\nx\n");
  await w.tg("touch a");
  w.write("in", "2\ny\n");
  assert.match((await w.tg("build")).stdout, /1 task up to date/);
  w.write("in", "3\ny\n");
  assert.match((await w.tg("status")).stdout, /input changed: in/);
});

test("touch records nothing of an own hash function that failed", async () => {
  const w = await staged({ tasks: '    a: { inputs: [{ path: "in", hash: (bytes) => { if (bytes.length > 2) throw new Error("long"); return "short"; } }], outputs: ["out"], run: "cp in out" },', files: { in: "1\n" } });
  await w.tg("build");
  w.write("in", "22\n");
  await w.tg("touch a");
  w.write("in", "33\n");
  assert.match((await w.tg("status")).stdout, /input changed: in/);
});

const G = '    a: { inputs: ["src/*"], run: "true" },';
const D = '    a: { inputs: ["in"], depfile: { path: "a.d", format: "lines" }, outputs: ["a.o"], run: "touch a.o; echo extra > a.d" },';

/** Inputs. */
tell([
  { title: "input-changed", tasks: A, files: { in: "1\n" }, given: [built, edit("in", "22\n")], when: "status -v", then: `
      1| a  stale        input changed: in
      1|                   file, 2 B, 0d314824 → file, 3 B, b943671e
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "input-changed: a file becomes a link", tasks: A, files: { in: "1\n", other: "1\n" }, given: [built, (w) => (w.remove("in"), fs.symlinkSync("other", path.join(w.dir, "in")))], when: "status", then: `
      1| a  stale        input changed: in
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "mode-changed", tasks: A, files: { in: "1\n" }, given: [built, (w) => fs.chmodSync(path.join(w.dir, "in"), 0o755)], when: "status -v", then: `
      1| a  stale        input made executable: in
      1|                   file, 2 B, 0d314824 → executable file, 2 B, 0d314824
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "input-added: below a named input that was a file until a task of the build made a folder of it", tasks: `
    a: { inputs: ["seed"], run: "rm -f thing; mkdir -p thing; cp seed thing/f" },
    b: { deps: ["a"], inputs: ["thing"], outputs: ["out"], run: "cat thing/* > out" },`, files: { seed: "1\n", thing: "f\n" }, given: [built, edit("thing/g", "2\n")], when: "build", then: `
      2| ✓ b (N s) — input added: thing/g
      2| tg: 1 ran, 1 fresh (N s)
      exit 0` },
  { title: "input-added", tasks: G, files: { "src/a": "1\n" }, given: [built, edit("src/b", "2\n")], when: "status -v", then: `
      1| a  stale        input added: src/b
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "input-added: in a folder that was new, and without a match, in the build before", tasks: '    a: { inputs: ["src/**/*.c"], run: "true" },', files: { "src/a.c": "1\n" }, given: [built, edit("src/new/note", "\n"), built, edit("src/new/b.c", "2\n")], when: "status -v", then: `
      1| a  stale        input added: src/new/b.c
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "input-removed", tasks: G, files: { "src/a": "1\n", "src/b": "2\n" }, given: [built, (w) => w.remove("src/b")], when: "status -v", then: `
      1| a  stale        input removed: src/b
      1|                   file, 2 B, cd7a79f2 → nothing
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "input-appeared", tasks: '    a: { inputs: [{ path: "in", optional: true }], run: "true" },', given: [built, edit("in", "1\n")], when: "status -v", then: `
      1| a  stale        input appeared: in
      1|                   absent → file, 2 B, 0d314824
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "input-deleted: an optional one", tasks: '    a: { inputs: [{ path: "in", optional: true }], run: "true" },', files: { in: "1\n" }, given: [built, (w) => w.remove("in")], when: "status -v", then: `
      1| a  stale        input deleted: in
      1|                   file, 2 B, 0d314824 → absent
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "input-changed: a discovered one", tasks: D, files: { in: "1\n", extra: "1\n" }, given: [built, edit("extra", "22\n")], when: "status", then: `
      1| a  stale        input changed: extra
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "input-deleted: a discovered one", tasks: D, files: { in: "1\n", extra: "1\n" }, given: [built, (w) => w.remove("extra")], when: "status", then: `
      1| a  stale        input deleted: extra
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "touched, moved in time: no reason", tasks: A, files: { in: "1\n" }, given: [built, edit("in", "1\n"), (w) => fs.utimesSync(path.join(w.dir, "out"), 1, 1)], when: "status", then: `
      1| a  fresh
      1|
      1| tg: 1 task, fresh
      exit 0` },
]);

const CHAIN = '    gen: { inputs: ["in"], outputs: ["mid"], run: "head -c 1 in > mid" },\n    use: { inputs: ["mid"], outputs: ["out"], run: "cp mid out" },';
const MANY = `    ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => ["a" + i, { inputs: ["h"], outputs: ["a/" + i], run: "cp h a/" + i }])),
    ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => ["b" + i, { inputs: ["a/" + i], outputs: ["b/" + i], run: "cp a/" + i + " b/" + i }])),
    sum: { inputs: ["b/*"], outputs: ["sum"], run: "cat b/* > sum" },`;
const VIRTUAL = '    gen: { inputs: ["in"], intermediates: ["mid"], run: "cp in mid" },\n    use: { inputs: ["mid", "opt"], outputs: ["out"], run: "cat mid opt > out; rm mid" },';
const STAMP = '    lint: { inputs: ["in"], run: "true" },\n    app: { deps: ["lint"], outputs: ["app"], run: "touch app" },';

/** Upstream and outputs. */
tell([
  { title: "upstream-changed: not known yet", tasks: CHAIN, files: { in: "1\n" }, given: [built, edit("in", "2\n")], when: "status -v", then: `
      1| gen  stale        input changed: in
      1|                     file, 2 B, 0d314824 → file, 2 B, cd7a79f2
      1| use  maybe stale  may change: mid (from "gen")
      1|
      1| tg: 2 tasks: 1 stale, 1 maybe stale
      exit 0` },
  { title: "upstream-changed: it did", tasks: CHAIN, files: { in: "1\n" }, given: [built, edit("in", "2\n")], when: "build", then: `
      2| ✓ gen (N s) — input changed: in
      2| ✓ use (N s) — upstream changed: mid (from "gen")
      2| tg: 2 ran (N s)
      exit 0` },
  { title: "upstream-changed: it did not (early cut-off)", tasks: CHAIN, files: { in: "1\n" }, given: [built, edit("in", "1x\n")], when: "build", then: `
      2| ✓ gen (N s) — input changed: in
      2| tg: 1 ran, 1 fresh (N s)
      exit 0` },
  { title: "upstream-changed: built without its consumer", tasks: CHAIN, files: { in: "1\n" }, given: [built, edit("in", "2\n"), "build gen"], when: "status -v", then: `
      1| gen  fresh
      1| use  stale        upstream changed: mid (from "gen")
      1|                     file, 1 B, b7b41276 → file, 1 B, 6021b562
      1|
      1| tg: 2 tasks: 1 stale, 1 fresh
      exit 0` },
  { title: "upstream-changed: a dep without outputs", tasks: STAMP, files: { in: "1\n" }, given: [built, edit("in", "2\n")], when: "status -v", then: `
      1| lint  stale        input changed: in
      1|                      file, 2 B, 0d314824 → file, 2 B, cd7a79f2
      1| app   stale        upstream changed: "lint"
      1|
      1| tg: 2 tasks: 2 stale
      exit 0` },
  { title: "upstream-changed: why leads to the root cause", tasks: CHAIN, files: { in: "1\n" }, given: [built, edit("in", "22\n")], when: "why use", then: `
      1| use is maybe stale:
      1|   input changed: in
      1|     file, 2 B, 0d314824 → file, 3 B, b943671e
      1|     gen → use
      1|   may change: mid (from "gen")
      exit 0` },
  { title: "upstream-changed: why tells the cause of many tasks once, and how many lie between", tasks: MANY, files: { h: "1\n" }, given: [built, edit("h", "22\n")], when: "why sum", then: `
      1| sum is maybe stale:
      1|   input changed: h
      1|     file, 2 B, 0d314824 → file, 3 B, b943671e
      1|     a0 (and 39 more tasks) → b0 → sum
      1|   may change: b/0 (from "b0")
      1|   may change: b/1 (from "b1")
      1|   may change: b/10 (from "b10")
      1|   and 37 more may change; 78 tasks between: 39 stale, 39 maybe stale (-v lists all)
      exit 0` },
  { title: "upstream-changed: why -v lists the tasks between", tasks: MANY.replaceAll("40", "2"), files: { h: "1\n" }, given: [built, edit("h", "22\n")], when: "why sum -v", then: `
      1| sum is maybe stale:
      1|   input changed: h
      1|     file, 2 B, 0d314824 → file, 3 B, b943671e
      1|     a0 (and 1 more task) → b0 → sum
      1|   may change: b/0 (from "b0")
      1|   may change: b/1 (from "b1")
      1|   b0 is maybe stale:
      1|     may change: a/0 (from "a0")
      1|   b1 is maybe stale:
      1|     may change: a/1 (from "a1")
      1|   a0 is stale:
      1|     input changed: h
      1|       file, 2 B, 0d314824 → file, 3 B, b943671e
      1|   a1 is stale:
      1|     input changed: h
      1|       file, 2 B, 0d314824 → file, 3 B, b943671e
      exit 0` },
  { title: "upstream-changed: why tells all causes below a task that only joins others", tasks: `${CHAIN}\n    one: { inputs: ["x"], run: "true" },\n    all: { deps: ["one", "use"] },`, files: { in: "1\n", x: "1\n" }, given: [built, edit("in", "22\n"), edit("x", "22\n")], when: "why all", then: `
      1| all is maybe stale:
      1|   input changed: x
      1|     file, 2 B, 0d314824 → file, 3 B, b943671e
      1|     one → all
      1|   input changed: in
      1|     file, 2 B, 0d314824 → file, 3 B, b943671e
      1|     gen → use → all
      1|   may change: what "use" makes
      1|   may change: what "one" makes
      exit 0` },
  { title: "undeclared-order: what orders the two was taken away", tasks: FOUND, files: { in: "1\n" }, given: [built, redefine(FOUND.replace('after: ["all"], ', "")), edit("in", "22\n")], when: "status -v", then: `
      1| gen  stale        input changed: in
      1|                     file, 2 B, 0d314824 → file, 3 B, b943671e
      1| all  maybe stale  may change: what "gen" makes
      1| use  stale        nothing orders it after "gen", which makes g.h
      1|
      1| tg: 2 tasks: 2 stale
      exit 0` },
  { title: "undeclared-order: a source that a task makes by now", tasks: FOUND.split("\n")[2]!.replace('after: ["all"], ', ""), files: { in: "1\n", "g.h": "1\n" }, given: [built, redefine(FOUND.replace('after: ["all"], ', ""))], when: "build -j1", then: `
      2| ✓ gen (N s) — never ran
      2| ✗ use (N s) — read g.h, which "gen" makes, but nothing orders the two
      2| tg: task "use": read g.h, which "gen" makes, but nothing orders the two
      2|     try: add deps: ["gen"] or inputs: ["g.h"]; in a clean build the order would be luck
      2| tg: 1 ran, 1 failed (N s)
      exit 1` },
  { title: "undeclared-order: no more of what it reads by now", tasks: FOUND, files: { in: "1\n" }, given: [built, redefine(FOUND.replace("f=g.h", "f=h").replace('after: ["all"], ', "")), edit("h", "22\n"), built], when: "status", then: `
      1| gen  fresh
      1| all  ok
      1| use  fresh
      1|
      1| tg: all 2 tasks fresh
      exit 0` },
  { title: "output-missing", tasks: A, files: { in: "1\n" }, given: [built, (w) => w.remove("out")], when: "status -v", then: `
      1| a  stale        output missing: out
      1|                   file, 2 B, 0d314824 → nothing
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "output-missing: not what is declared no more", tasks: A, files: { in: "1\n" }, given: [built, redefine(A.replace('["out"]', '["new"]'))], when: "status -v", then: `
      1| a  stale        declaration changed: outputs
      1|                   out → new
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "output-missing: in an owned folder", tasks: '    a: { inputs: ["in"], outputs: ["d/"], run: "cp in d/x; cp in d/y" },', files: { in: "1\n" }, given: [built, (w) => w.remove("d/y")], when: "status -v", then: `
      1| a  stale        output missing: d/y
      1|                   file, 2 B, 0d314824 → nothing
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "output-changed", tasks: A, files: { in: "1\n" }, given: [built, edit("out", "by hand\n")], when: "status -v", then: `
      1| a  stale        output changed outside tg: out
      1|                   file, 2 B, 0d314824 → file, 8 B, 4746dfe5
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "output-changed: a foreign file in an owned folder", tasks: '    a: { inputs: ["in"], outputs: ["d/"], run: "cp in d/x" },', files: { in: "1\n" }, given: [built, edit("d/mine", "1\n")], when: "status -v", then: `
      1| a  stale        output changed outside tg: d/mine
      1|                   absent → file, 2 B, 0d314824
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
  { title: "needed-by", tasks: VIRTUAL, files: { in: "1\n", opt: "1\n" }, given: [built, edit("opt", "22\n")], when: "status -v", then: `
      1| gen  stale        needed by "use"
      1| use  stale        input changed: opt
      1|                     file, 2 B, 0d314824 → file, 3 B, b943671e
      1|
      1| tg: 2 tasks: 2 stale
      exit 0` },
  { title: "needed-by: fresh, not on disk", tasks: VIRTUAL, files: { in: "1\n", opt: "1\n" }, given: [built], when: "status", then: `
      1| gen  fresh        not on disk
      1| use  fresh
      1|
      1| tg: all 2 tasks fresh
      exit 0` },
  { title: "needed-by: perhaps", tasks: '    first: { inputs: ["src"], outputs: ["opt"], run: "head -c 1 src > opt" },\n' + VIRTUAL, files: { in: "1\n", src: "1\n" }, given: [built, edit("src", "2\n")], when: "status -v", then: `
      1| first  stale        input changed: src
      1|                       file, 2 B, 0d314824 → file, 2 B, cd7a79f2
      1| gen    maybe stale  may be needed by "use"
      1| use    maybe stale  may change: opt (from "first")
      1|
      1| tg: 3 tasks: 1 stale, 2 maybe stale
      exit 0` },
  { title: "blocked", tasks: '    gen: { inputs: ["in"], outputs: ["mid"], run: "cp in mid; exit $(cat in)" },\n    use: { inputs: ["mid"], run: "true" },', files: { in: "1\n" }, given: [built], when: "status -v", then: `
      1| gen  failed       exit 1
      1|                   failed last time
      1|                   output missing: mid
      1| use  blocked      by "gen", which failed
      1|                   never ran
      1|
      1| tg: 2 tasks: 1 failed, 1 blocked
      exit 0` },
  { title: "every reason of a task at once", tasks: A, files: { in: "1\n" }, given: [built, edit("in", "22\n"), edit("out", "hand\n"), redefine(A.replace("cp in", "cp -p in"))], when: "status -v", then: `
      1| a  stale        command changed (cp in out → cp -p in out)
      1|                 input changed: in
      1|                   file, 2 B, 0d314824 → file, 3 B, b943671e
      1|                 output changed outside tg: out
      1|                   file, 2 B, 0d314824 → file, 5 B, d823405c
      1|
      1| tg: 1 task: 1 stale
      exit 0` },
]);

test("input-changed-during-run", async () => {
  const w = await staged({ files: { in: "1\n" } });
  const gate = w.gate("g");
  w.write("tasks.config.mjs", `export default { tasks: { a: { inputs: ["in"], run: ${JSON.stringify("trap '' INT; " + gate.command + "; cat in")} } } };`);
  const build = w.start("build");
  await gate.reached();
  w.write("in", "22\n");
  build.signal("SIGINT");
  gate.release();
  await build.done;
  const told = ["1| a  failed       in changed while it ran", "1|                 input changed while it ran: in", "1|                 input changed: in", "1|                   file, 2 B, 0d314824 → file, 3 B, b943671e", "1|", "1| tg: 1 task: 1 failed", "exit 0"];
  assert.equal(transcript(await w.tg("status -v"), w), told.join("\n"));
});

/** A task reads `in` between two gates. */
const READS = {
  "": (command: string) => `inputs: ["in"], outputs: ["out"], run: ${JSON.stringify(command)}`,
  ", matched": (command: string) => `inputs: ["{in,more/*}"], outputs: ["out"], run: ${JSON.stringify(command)}`,
  ", behind a link": (command: string) => `inputs: ["link"], outputs: ["out"], run: ${JSON.stringify(command)}`,
  ", asked for": (command: string) => `outputs: ["out"], run: async (ctx) => { await ctx.need("in"); (await import("node:child_process")).execSync(${JSON.stringify(command)}); }`,
};

/** From 100 inputs on those that are matched are looked at in one loop. */
for (const [how, more] of [["", 0], [", matched", 120], [", behind a link", 0], [", asked for", 0]] as const) {
  test(`input-changed-during-run: one that has its content again at the end${how}, beside ${more} others`, async () => {
    const many = Object.fromEntries(Array.from({ length: more }, (_, i) => [`more/${i}`, `${i}\n`]));
    const w = await staged({ files: { in: "1\n", ...many } });
    fs.symlinkSync("in", path.join(w.dir, "link"));
    const [before, after] = [w.gate("before"), w.gate("after")];
    w.write("tasks.config.mjs", `export default { tasks: { a: { ${READS[how](`${before.command}; cat in > out; ${after.command}`)} } } };`);
    const build = w.start("build");
    await before.reached();
    await w.sh("echo 2 > other; mv in kept; mv other in");
    before.release(2);
    await after.reached();
    await w.sh("cp kept other; mv other in");
    after.release(2);
    const name = how === ", behind a link" ? "link" : "in";
    assert.equal(transcript(await build.done, w), [`2| ~ a (N s) — ${name} changed while it ran; it runs again`, `2| ✓ a (N s) — input changed while it ran: ${name}`, "2| tg: 1 ran (N s)", "exit 0"].join("\n"));
    assert.equal(w.read("out"), "1\n");
    assert.equal((await w.tg("status --check")).code, 0);
  });
}

test("input-changed-during-run: beside one that the task itself writes as it was", async () => {
  const w = await staged({ files: { edited: "1\n", own: "1\n" } });
  const gate = w.gate("g");
  w.write("tasks.config.mjs", `export default { tasks: { a: { inputs: ["edited", "own"], run: ${JSON.stringify(`${gate.command}; cp own t; mv t own`)} } } };`);
  const build = w.start("build");
  await gate.reached();
  w.write("edited", "2\n");
  gate.release(2);
  assert.equal(transcript(await build.done, w), ["2| ~ a (N s) — edited changed while it ran; it runs again", "2| ✓ a (N s) — input changed while it ran: edited (+1 more)", "2| tg: 1 ran (N s)", "exit 0"].join("\n"));
});

test("of very many reasons of a task status -v and -nv list ten, the certain ones first; -vv has all", async () => {
  const w = await staged({ tasks: MANY, files: { h: "1\n" } });
  await w.tg("build -q");
  w.write("h", "22\n");
  w.remove("sum");
  const lines = ["output missing: sum", ...[0, 1, 10, 11, 12, 13, 14, 15, 16].map((i) => `may change: b/${i} (from "b${i}")`), "and 31 more may change (-vv lists all)"];
  const ofSum = (text: string): string[] => text.slice(text.indexOf("sum  ")).trim().split("\n").map((line) => line.replace(/^sum  (stale)? */, "").trim());
  assert.deepEqual(ofSum((await w.tg("status -v")).stdout), [lines[0], "file, 80 B, 0602a434 → nothing", ...lines.slice(1), "", "tg: 81 tasks: 41 stale, 40 maybe stale"]);
  assert.deepEqual(ofSum((await w.tg("build -nv")).stdout), [...lines, "", "tg: 41 would run, 40 may run, 0 fresh (dry run)"]);
  assert.match((await w.tg("status")).stdout, /^sum  stale        output missing: sum \(\+40 more\)$/m);
  for (const all of ["status -vv", "build -nvv"]) assert.equal((await w.tg(all)).stdout.match(/may change: b\/\d+ /g)?.length, 40);
});
