// Tasks below one that runs: where it comes out as it was they are fresh without being judged (schedule/survey/suspense.ts); in every
// other case they are judged as they always were.
import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { staged } from "../support/story.ts";
import type { Workspace } from "../support/rig.ts";

const TASKS = `    top: { inputs: ["in", "aux"], outputs: ["gen/top"], run: "cp in gen/top; sh -c \\"$(cat aux)\\"" },
    mid: { inputs: ["gen/*"], outputs: ["mid"], run: "cat gen/* > mid" },
    low: { inputs: ["mid", "own"], outputs: ["low"], run: "cat mid own > low" },
    far: { deps: ["low"], outputs: ["far"], run: "echo far > far" },`;
const FILES = { in: "1\n", aux: "true\n", own: "own\n" };

interface Told {
  readonly event: string;
  readonly task: string;
  readonly state?: string;
  readonly outcome?: string;
  readonly reasons?: readonly object[];
}

async function built(): Promise<Workspace> {
  const w = await staged({ tasks: TASKS, files: FILES });
  assert.equal((await w.tg("build")).code, 0);
  return w;
}

/** How each task ended, and why it was thought to be open. */
async function told(w: Workspace, words = "build --json", code = 0): Promise<{ ended: Record<string, string>; judged: Record<string, readonly object[]> }> {
  const run = await w.tg(words);
  assert.equal(run.code, code, run.stderr);
  const events = run.stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as Told);
  const of = <T>(name: string, value: (event: Told) => T): Record<string, T> => Object.fromEntries(events.filter(({ event }) => event === name).map((event) => [event.task, value(event)]));
  return { ended: of("task-ended", ({ outcome }) => outcome!), judged: of("task-judged", ({ reasons }) => reasons!) };
}

const pending = (task: string, subject: string): object => ({ code: "upstream-changed", task, subject, pending: true });

test("what comes out as it was leaves fresh what hangs below, and says why it was in doubt", async () => {
  const w = await built();
  for (const aux of ["true ; true\n", ":\n"]) {
    w.write("aux", aux);
    const { ended, judged } = await told(w, "build --json -v");
    assert.deepEqual(ended, { top: "ran", mid: "fresh", low: "fresh", far: "fresh" });
    assert.deepEqual([judged["mid"], judged["low"], judged["far"]], [[pending("top", "gen/top")], [pending("mid", "mid")], [pending("low", "low")]]);
    assert.match((await w.tg("build")).stdout, /4 tasks up to date/);
  }
});

test("what comes out as another is judged below, as far as it goes", async () => {
  const w = await built();
  w.write("in", "2\n");
  assert.deepEqual((await told(w)).ended, { top: "ran", mid: "ran", low: "ran", far: "ran" });
  assert.equal(w.read("low"), "2\nown\n");
  w.write("aux", ":\n");
  w.write("own", "mine\n");
  assert.deepEqual((await told(w)).ended, { top: "ran", mid: "fresh", low: "ran", far: "ran" });
  assert.equal(w.read("low"), "2\nmine\n");
});

test("a file that nobody declared is seen by the pattern below", async () => {
  const w = await built();
  w.write("aux", "echo extra > gen/zz\n");
  const { ended } = await told(w);
  assert.deepEqual(ended, { top: "ran", mid: "ran", low: "ran", far: "ran" });
  assert.equal(w.read("low"), "1\nextra\nown\n");
});

test("what was made in a build of its own is compared by the next build of those below", async () => {
  const w = await built();
  w.write("in", "2\n");
  assert.deepEqual((await told(w, "build --json top")).ended, { top: "ran" });
  w.write("aux", ":\n");
  assert.deepEqual((await told(w)).ended, { top: "ran", mid: "ran", low: "ran", far: "ran" });
  assert.equal(w.read("low"), "2\nown\n");
  w.write("in", "3\n");
  w.write("aux", "exit 1\n");
  const { ended, judged } = await told(w, "build --json -v", 1);
  assert.deepEqual(ended, { top: "failed", mid: "blocked", low: "blocked", far: "blocked" });
  assert.deepEqual(judged["far"], [pending("low", "low")]);
  w.write("in", "2\n");
  w.write("aux", ":\n");
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.read("low"), "2\nown\n");
});

test("what comes out as it was leaves those below as settled as they were: the journal says no word of them", async () => {
  const many = Array.from({ length: 300 }, (_, i) => `    low${i}: { inputs: ["gen/top", "own"], outputs: ["low/${i}"], run: ["cp", "gen/top", "low/${i}"] },`).join("\n");
  const w = await staged({ tasks: `${TASKS.split("\n")[0]!}\n${many}\n    last: { inputs: ["low/7", "more"], outputs: ["last"], run: "cat low/7 more > last" },`, files: { ...FILES, more: "1\n" } });
  assert.equal((await w.tg("build")).code, 0);
  // What was too young to be trusted by its stat is read once more, and written down.
  assert.match((await w.tg("build")).stdout, /302 tasks up to date/);
  const bytes = (): number => fs.statSync(`${w.dir}/.tg/journal`, { throwIfNoEntry: false })?.size ?? 0;
  const ran = async (): Promise<string[]> => Object.entries((await told(w)).ended).filter(([, outcome]) => outcome === "ran").map(([task]) => task).sort();
  const edits = [[{ aux: "true ; true\n" }, ["top"]], [{ aux: ":\n" }, ["top"]], [{ aux: "true\n", more: "2\n" }, ["last", "top"]], [{ aux: ":\n" }, ["top"]]] as const;
  for (const [files, tasks] of edits) {
    const before = bytes();
    for (const [file, text] of Object.entries(files)) w.write(file, text);
    assert.deepEqual(await ran(), tasks);
    assert.ok(bytes() - before < 1400, `${bytes() - before} bytes`);
    assert.match((await w.tg("status")).stdout, /all 302 tasks fresh/);
    assert.match((await w.tg("build")).stdout, /302 tasks up to date/);
  }
  // Made in a build of its own, it has given something else since those below were settled, whatever it gives after that.
  w.write("in", "2\n");
  assert.equal((await w.tg("build top")).code, 0);
  w.write("aux", "true\n");
  assert.equal((await w.tg("build top")).code, 0);
  assert.equal((await ran()).length, 301);
  assert.equal(w.read("last"), "2\n2\n");
  assert.match((await w.tg("build")).stdout, /302 tasks up to date/);
});
