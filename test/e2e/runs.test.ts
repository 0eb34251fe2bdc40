// What is remembered of builds, on the built command.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { staged, tell, transcript } from "../support/story.ts";
import type { RunRecord } from "../../src/model/run.ts";
import type { Workspace } from "../support/rig.ts";

const TASKS = '    a: { inputs: ["in"], params: { N: { type: "number", default: 1 } }, outputs: ["out"], run: "cp in out" },\n    b: { inputs: ["out"], outputs: ["b"], run: "grep -q 1 out && cp out b" },';

async function runsOf(w: Workspace): Promise<RunRecord[]> {
  return (JSON.parse((await w.tg("runs --json")).stdout) as { runs: RunRecord[] }).runs;
}

test("builds that ran something are kept, newest first, with what they ran on", async () => {
  const w = await staged({ tasks: TASKS, files: { in: "1\n", "package-lock.json": "{}\n" } });
  await w.sh("git init -q . && git add in && git -c user.name=t -c user.email=t@t commit -qm one");
  await w.tg("build");
  await w.tg("build");
  w.write("in", "2\n");
  await w.tg("build b --param N=5 -j1");
  const [last, first, ...more] = await runsOf(w);
  assert.deepEqual(more, []);
  assert.equal(first!.exitCode, 0);
  assert.deepEqual(first!.tasks.map(({ task, outcome }) => `${task} ${outcome}`), ["a ran", "b ran"]);
  assert.match(first!.revision!.commit, /^[0-9a-f]{40}$/);
  assert.equal(first!.lockfile!.file, "package-lock.json");
  assert.match(first!.tool, /^tg \d/);
  assert.equal(last!.exitCode, 1);
  assert.deepEqual([last!.targets, last!.params, last!.jobs], [["b"], { N: 5 }, 1]);
  assert.deepEqual(last!.tasks.map(({ task, outcome, problem, reason }) => [task, outcome, problem, reason!.code]), [["a", "ran", undefined, "param-changed"], ["b", "failed", "exit", "upstream-changed"]]);
  assert.ok(last!.id > first!.id);
});

test("a build whose output nobody reads any more ends, and its record says so", async () => {
  const w = await staged({ tasks: '    a: { outputs: ["a"], run: "echo a > a" },\n    b: { inputs: ["a"], outputs: ["b"], run: "until test -e closed; do sleep 0.01; done; cp a b" },\n    c: { inputs: ["b"], outputs: ["c"], run: "cp b c" },' });
  await w.sh(`{ tg build --json; echo $? > code; } | { grep -q '"task-started","task":"b"'; exec <&-; : > closed; }`);
  const [run] = await runsOf(w);
  assert.deepEqual([w.read("code"), run!.exitCode, run!.signal, run!.counts.cancelled], ["141\n", 141, "SIGPIPE", 1]);
  assert.match((await w.tg("runs --last")).stdout, /^\S+: SIGPIPE, 2 ran, 1 not finished$/m);
});

test("runs in one second have ids of their own, and the oldest go when there is too much", async () => {
  const w = await staged({ tasks: '    a: { always: true, run: "true" },' });
  for (let i = 0; i < 3; i++) await w.tg("build");
  const ids = (await runsOf(w)).map(({ id }) => id);
  assert.equal(new Set(ids).size, 3);
  assert.deepEqual(ids, [...ids].sort().reverse());
  fs.writeFileSync(path.join(w.dir, ".tg/runs/20200101-000000-0.json"), Buffer.alloc(17 * 1024 * 1024));
  fs.writeFileSync(path.join(w.dir, ".tg/runs/notes.txt"), "mine");
  // What others put there is seen at the next look at all files.
  fs.rmSync(path.join(w.dir, ".tg/runs/tally"));
  await w.tg("build");
  assert.deepEqual((await runsOf(w)).map(({ id }) => id).slice(1), ids);
  assert.equal(w.exists(".tg/runs/20200101-000000-0.json"), false);
  assert.equal(w.exists(".tg/runs/notes.txt"), true);
});

test("one run whole", async () => {
  const w = await staged({ tasks: TASKS, files: { in: "1\n" }, given: ["build"] });
  assert.match((await w.tg("runs --last")).stdout, new RegExp(`^version   tg \\S+ \\w+ \\d+\\.\\d+\\.\\d+\\S*, ${process.platform} ${process.arch}$`, "m"));
  const told = transcript(await w.tg("runs --last"), w).replace(/\d{8}-\d{6}-\d/, "<id>").replace(/version .*/, "version").replace(/, \d+ at once/, "");
  assert.equal(told, `1| <id>: ok, 2 ran
1| started   <time>, N s
1| command   tg build
1| version
1|
1| ran       a (N s) — never ran
1| ran       b (N s) — never ran
exit 0`);
});

test("what failed in a run is told in words", async () => {
  const w = await staged({ tasks: '    a: { run: "exit 3" },\n    b: { outputs: ["b"], run: "true" },\n    c: { run: () => { throw new Error("no"); } },', given: ["build -k -j1"] });
  const { stdout } = await w.tg("runs --last");
  assert.deepEqual(stdout.replace(/\(\d.*? s\)/g, "(N s)").trimEnd().split("\n").slice(-3), ["failed    a (N s): exit 3", "failed    b (N s): missing output", "failed    c (N s): threw an error"]);
});

tell([
  { title: "no runs yet", tasks: TASKS, files: { in: "1\n" }, when: "runs", then: `
      1| tg: no build has run anything yet
      exit 0` },
  { title: "a run that is not there", tasks: TASKS, files: { in: "1\n" }, given: ["build"], when: "runs 20200101-000000-0", then: `
      2| tg: there is no run "20200101-000000-0"
      2|     try: tg runs lists them
      exit 2` },
]);
