// How a build is told by the command: many tasks, GitHub's summary of a step, a build that broke off.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isRunning, workspace } from "../support/rig.ts";
import { config, staged, tell, transcript } from "../support/story.ts";

tell([
  { title: "no task at all", tasks: "", when: "build", then: `
      1| tg: nothing to do (N s)
      exit 0` },
  { title: "nothing but a task that joins others", tasks: "    all: {},", when: "build", then: `
      1| tg: nothing to do (N s)
      exit 0` },
  { title: "nothing but a task that joins others: status", tasks: "    all: {},", when: "status", then: `
      1| all  ok
      1|
      1| tg: nothing here runs by itself
      exit 0` },
  { title: "nothing but a task that joins others: why", tasks: "    all: {},", when: "why all", then: `
      1| all is fresh: it runs nothing itself, and what it joins is fresh
      exit 0` },
  { title: "no task at all: the picture", tasks: "", when: "graph", then: `
      1| tg: no tasks
      exit 0` },
  { title: "what a failure kept from starting", tasks: '    a: { run: "exit 1" },\n    b: { run: "true" },\n    c: { run: "true" },', when: "build -j1", then: `
      2| ✗ a (N s) — exit 1
      2| tg: task "a" failed: exit 1 after N s: exit 1
      2| tg: 1 failed, 2 not started (N s)
      exit 1` },
]);

tell([
  { title: "clean puts aside what is not as the task left it", tasks: '    a: { outputs: ["d/", "f", "g"], run: "touch d/x f g" },', given: ["build", (w) => w.write("d/mine", "1"), (w) => w.write("f", "by hand")], when: "clean", then: `
      1| removed d/
      1| removed f
      1| removed g
      1| put aside d/mine, which is not as its task left it: .tg/saved/<time>/d/mine
      1| put aside f, which is not as its task left it: .tg/saved/<time>/f
      1| tg: removed 3 paths
      exit 0` },
  { title: "clean puts aside what came after a failed run", tasks: '    a: { inputs: ["in"], outputs: ["d/", "f", "p/*.x"], run: "grep -q ok in && touch d/x f && mkdir -p p && touch p/1.x" },', files: { in: "ok" }, given: ["build", (w) => w.write("in", "no"), "build", (w) => (w.write("d/mine", "1"), w.write("f", "by hand"), w.write("p/1.x", "by hand"))], when: "clean", then: `
      1| removed d/
      1| removed f
      1| removed p/1.x
      1| put aside d/mine, which is not as its task left it: .tg/saved/<time>/d/mine
      1| put aside f, which is not as its task left it: .tg/saved/<time>/f
      1| put aside p/1.x, which is not as its task left it: .tg/saved/<time>/p/1.x
      1| tg: removed 3 paths
      exit 0` },
  { title: "clean puts aside what came after a first run that failed", tasks: '    a: { outputs: ["d/"], run: "touch d/x; exit 1" },', given: ["build", (w) => w.write("d/mine", "1")], when: "clean", then: `
      1| removed d/
      1| put aside d/mine, which is not as its task left it: .tg/saved/<time>/d/mine
      1| tg: removed 1 path
      exit 0` },
  { title: "clean removes what a failed run left", tasks: '    a: { outputs: ["d/", "f"], onFail: "keep", run: "touch d/x f; exit 1" },', given: ["build"], when: "clean", then: `
      1| removed d/
      1| removed f
      1| tg: removed 2 paths
      exit 0` },
  { title: "clean --quiet", tasks: '    a: { outputs: ["f"], run: "touch f" },', given: ["build"], when: "clean -q", then: "exit 0" },
  { title: "clean --quiet: a dry run is asked for its list", tasks: '    a: { outputs: ["f"], run: "touch f" },', given: ["build"], when: "clean -qn", then: `
      1| would remove f
      1| tg: would remove 1 path
      exit 0` },
  { title: "status --check --quiet: all is fresh", tasks: '    a: { outputs: ["f"], run: "touch f" },', given: ["build"], when: "status --check -q", then: "exit 0" },
  { title: "status --check --quiet: something is not", tasks: '    a: { outputs: ["f"], run: "touch f" },', when: "status --check -q", then: "exit 1" },
  { title: "status --check --quiet: what is wrong is said", tasks: '    a: { inputs: ["gone"], run: "touch f" },', when: "status --check -q", then: `
      2| tg: task "a": input gone does not exist and no task makes it
      2|     at tasks.config.ts:3
      2|     try: correct the path, or { path, optional: true } if it may be absent
      exit 2` },
  { title: "touch --quiet", tasks: '    a: { outputs: ["f"], run: "touch f" },', given: ["build"], when: "touch -q a", then: "exit 0" },
  { title: "clean puts aside: a dry run", tasks: '    a: { outputs: ["f"], run: "touch f" },', given: ["build", (w) => w.write("f", "by hand")], when: "clean -n", then: `
      1| would remove f
      1| would put aside f, which is not as its task left it
      1| tg: would remove 1 path
      exit 0` },
  { title: "clean --state before anything was built", tasks: '    a: { outputs: ["out"], run: "touch out" },', when: "clean --state -n", then: `
      1| tg: would forget all that .tg records
      exit 0` },
  { title: "the picture without targets has the state of every task", files: { "tasks.config.ts": 'export default { tasks: { a: { outputs: ["a"], run: "touch a" }, b: { outputs: ["b"], run: "touch b" } }, default: ["a"] };\n' }, when: "graph", then: `
      1| a (stale)
      1| b (stale)
      exit 0` },
  { title: "list: tasks that need no other", tasks: '    a: { outputs: ["a"], run: "touch a" },\n    b: { inputs: ["a"], run: "true" },\n    c: { run: "true" },', when: "list --sources", then: `
      1| a
      1| c
      exit 0` },
  { title: "list: tasks that no other needs", tasks: '    a: { outputs: ["a"], run: "touch a" },\n    b: { inputs: ["a"], run: "true" },\n    c: { run: "true" },', when: "list --sinks", then: `
      1| b
      1| c
      exit 0` },
  { title: "clean --state keeps edits that were put aside", tasks: '    a: { outputs: ["out"], run: "touch out" },', given: ["build", (w) => w.write("out", "by hand"), "build"], when: "clean --state", then: `
      1| removed out
      1| kept .tg/saved/ (edits that were put aside)
      1| tg: removed 1 path, forgot all that .tg records
      exit 0` },
]);

test("clean --state leaves nothing but edits that were put aside", async () => {
  const w = await staged({ tasks: '    a: { outputs: ["out"], run: "touch out" },', given: ["build", "clean --state"] });
  assert.equal(w.exists(".tg"), false);
  for (const step of ["build", "", "build", "clean --state"]) await (step === "" ? w.write("out", "by hand") : w.tg(step));
  assert.equal((await w.sh("find .tg -type f | sort; cat .tg/saved/*/out")).stdout.replace(/saved\/[^/]*\//, "saved/<time>/"), ".tg/.gitignore\n.tg/saved/<time>/out\nby hand");
  assert.match((await w.tg("build")).stderr, /✓ a .* never ran/);
});

test("clean --state empties a state folder that is a link, which stays", async () => {
  const w = await workspace({ "elsewhere/x": "", "tasks.config.ts": config('    a: { outputs: ["out"], run: "touch out" },') });
  await w.sh("rm elsewhere/x; ln -s elsewhere .tg; tg build; tg clean --state");
  assert.equal((await w.sh("readlink .tg; ls -A elsewhere")).stdout, "elsewhere\n.gitignore\n");
});

test("clean --state removes what no task makes any more, which nobody would know of afterwards", async () => {
  const tasks = (names: readonly string[]): string => config(`${names.map((name) => `    ${name}: { inputs: ["in"], outputs: ["o/${name}"], run: "cp in o/${name}" },\n`).join("")}    all: { inputs: ["o/*"], outputs: ["all"], run: "cat o/* > all" },`);
  const w = await workspace({ in: "1", "tasks.config.ts": tasks(["a", "b", "c"]) });
  assert.equal((await w.tg("build")).code, 0);
  w.write("tasks.config.ts", tasks(["a"]));
  w.write("o/c", "mine");
  const said = ["o/b", "o/a", "all"].sort();
  assert.equal(transcript(await w.tg("clean --state -n"), w), [...said.map((path) => `1| would remove ${path}`), "1| kept o/c (it was edited)", "1| tg: would remove 3 paths, would forget all that .tg records", "exit 0"].join("\n"));
  assert.equal(transcript(await w.tg("clean --state"), w), [...said.map((path) => `1| removed ${path}`), "1| kept o/c (it was edited)", "1| tg: removed 3 paths, forgot all that .tg records", "exit 0"].join("\n"));
  assert.deepEqual(w.list(), ["in", "o/c", "tasks.config.ts"]);
});

test("a large build counts what has nothing to say", async () => {
  const w = await staged({ files: { "tasks.config.ts": 'export default { tasks: Object.fromEntries(Array.from({ length: 250 }, (_, i) => ["t" + i, { outputs: ["out/" + i], run: i === 7 ? "echo seven; touch out/7" : i === 8 ? "exit 8" : `: > out/${i}` }])) };\n' } });
  const lines = transcript(await w.tg("build -k -j1"), w).split("\n");
  assert.deepEqual(lines.filter((line) => !/tasks done, N s/.test(line)), [
    "2| ✓ t7 (N s) — never ran",
    "2| seven",
    "2| ✗ t8 (N s) — exit 8",
    '2| tg: task "t8" failed: exit 8 after N s: exit 8',
    "2| tg: 249 ran, 1 failed (N s)",
    "exit 1",
  ]);
});

test("GITHUB_STEP_SUMMARY takes a table of the build", async () => {
  const w = await staged({ tasks: '    a: { outputs: ["x"], run: "touch x" },\n    b: { inputs: ["x"], run: "echo boom; exit 3" },\n    c: { deps: ["b"], run: "true" },' });
  await w.tg("build", { env: { GITHUB_STEP_SUMMARY: `${w.dir}/summary.md` } });
  assert.equal(w.read("summary.md").replace(/\b\d+(\.\d+)? s\b/g, "N s"), '### tg: 1 task failed\n\n1 ran, 1 failed, 1 blocked in N s\n\n**task "b" failed: exit 3 after N s: echo boom; exit 3** (blocks 1)\n\n```text\nboom\n```\n\n');
});

test("what a timer of the config throws ends the build and its processes, with exit code 2", async () => {
  const w = await staged({ files: { "tasks.config.ts": "" } });
  const gate = w.gate("g");
  w.write("tasks.config.ts", `import fs from "node:fs";\nsetInterval(() => { if (fs.existsSync("now")) throw new Error("stray"); }, 10).unref();\nexport default { tasks: { a: { outputs: ["out"], run: ${JSON.stringify(gate.command)} } } };\n`);
  const build = w.start("build");
  const pid = await gate.reached();
  w.write("now", "");
  const end = await build.done;
  w.remove("now");
  assert.deepEqual([end.code, end.signal], [2, null]);
  // Once, though it throws every 10 ms.
  assert.deepEqual(end.stderr.match(/^tg: .*: Error: stray$/gm), ["tg: tasks.config.ts:2:53: Error: stray"]);
  assert.equal(isRunning(pid), false);
  assert.match((await w.tg("status")).stdout, /^a {2}stale {8}was interrupted/);
});

test("a config that starts a process is evaluated every time, however it came by the means", async () => {
  const task = 'tasks: { a: { outputs: ["a"], run: "touch a" } }';
  const ways: [string, RegExp][] = [
    [`export default { ${task} };`, /not evaluated/],
    [`import { execSync } from "node:child_process";\nexecSync("true");\nexport default { ${task} };`, /\(evaluated\)/],
    [`import "node:child_process";\nexport default { ${task} };`, /not evaluated/],
    [`process.getBuiltinModule("child_process").execSync("true");\nexport default { ${task} };`, /\(evaluated\)/],
  ];
  for (const [text, told] of ways) {
    const w = await staged({ files: { "tasks.config.ts": text } });
    await w.sh("sleep 0.1; tg build; tg build");
    assert.match((await w.tg("info")).stdout, told, text);
  }
});

test("what turns the direction of text in a name is spelled out, whatever is told", async () => {
  const [turn, isolate] = ["\u202e", "\u2066"];
  const w = await workspace({
    "tasks.config.mjs": `import { foreach } from "tg-build";
export default { tasks: {
  "a${turn}b": { inputs: ["i${isolate}n"], outputs: ["o${isolate}p"], tags: ["t${turn}"], description: "d${turn}", env: ["A${turn}"], run: "echo hi; echo > 'o${isolate}p'" },
  "f${turn}": { deps: ["a${turn}b"], inputs: ["i${isolate}n"], run: "exit 3" },
  each: foreach(["k${turn}"], () => ({ outputs: ["e${turn}"], run: "touch 'e${turn}'" })),
} };`,
    [`i${isolate}n`]: "",
  });
  const said: string[] = [];
  const tell = async (...words: string[]): Promise<void> => {
    const { stdout, stderr } = await w.tg(words);
    for (const line of (stdout + stderr).split("\n")) if (/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(line)) said.push(`${words.join(" ")}: ${JSON.stringify(line)}`);
  };
  await tell("build", "-k");
  w.write(`i${isolate}n`, "2");
  w.write(`o${isolate}p`, "3");
  for (const words of [["status", "-v"], ["why", `a${turn}b`], ["list"], ["list", "-v"], ["list", "--tree"], ["graph"], ["build", "-n"], ["build", `a${turn}b`, "--help"], ["build", `x${turn}b`], ["runs"], ["logs", `f${turn}`], ["doctor"], ["clean", "-n"], ["trace", `k${turn}`], ["build", "-k", "-v"], ["verify"], ["results"], ["clean"]]) await tell(...words);
  assert.deepEqual(said, []);
});
