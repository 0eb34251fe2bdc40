// What tasks write to stdout and stderr, shown and logged in the order in which it was written, whatever starts them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Workspace } from "../support/rig.ts";
import { staged, transcript } from "../support/story.ts";

const SAY = "echo e >&2; echo o; printf p >&2; echo q; sh -c 'echo r >&2'; echo s";
const SAID = "e\no\npq\nr\ns\n";
/** The first two are started by the runtime itself, later ones by launchers where there are any. */
const NAMES = ["a", "b", "c", "d", "e", "f"];
const COMMANDS = NAMES.map((name) => `    ${name}: { always: true, run: ${JSON.stringify(SAY)} },`).join("\n");

/** The blocks of a transcript, whoever ended first. */
function blocks(text: string): readonly string[] {
  return text.split(/^2\| (?=✓)|^2\| tg: /m).map((block) => block.replace(/^2\| /gm, "")).sort();
}

function expected(names: readonly string[], reason: string): readonly string[] {
  return [...names.map((name) => `✓ ${name} (N s) — ${reason}\n${SAID}`), `${names.length} ran (N s)\nexit 0`, ""].sort();
}

function assertLogged(w: Workspace, names: readonly string[]): void {
  for (const name of names) assert.equal(w.read(`.tg/logs/${name}.log`), SAID, name);
}

test("of commands", async () => {
  const w = await staged({ tasks: COMMANDS });
  for (const [words, reason] of [["build -j1", "never ran (+1 more)"], ["build -j4", "runs in every build"]] as const) {
    assert.deepEqual(blocks(transcript(await w.tg(words), w)), expected(NAMES, reason));
    assertLogged(w, NAMES);
  }
  const events = (await w.tg("build a --json")).stdout.split("\n").filter((line) => line.includes('"task-output"')).map((line) => JSON.parse(line) as { text: string });
  assert.equal(events.map(({ text }) => text).join(""), SAID);
  assert.deepEqual(Object.keys(events[0]!), ["event", "task", "text"]);
});

test("of functions and what they start", async () => {
  const run = `async () => {
      const { execFileSync } = await import("node:child_process");
      console.error("e"); console.log("o"); process.stderr.write("p"); process.stdout.write("q\\n");
      execFileSync("sh", ["-c", "echo r >&2; echo s"], { stdio: "inherit" });
    }`;
  const w = await staged({ tasks: ["f", "g"].map((name) => `    ${name}: { always: true, run: ${run} },`).join("\n") });
  for (const [words, reason] of [["build -j1", "never ran (+1 more)"], ["build -j2", "runs in every build"]] as const) {
    assert.deepEqual(blocks(transcript(await w.tg(words), w)), expected(["f", "g"], reason));
    assertLogged(w, ["f", "g"]);
  }
});

test("of hooks and services", async () => {
  const service = `s: { run: ${JSON.stringify(`${SAY}; exec sleep 100`)}, service: { ready: { log: "s" } } }`;
  const w = await staged({ tasks: `    ${service},\n    t: { always: true, deps: ["s"], before: ${JSON.stringify(SAY)}, run: "true" },` });
  const run = await w.tg("build");
  assert.equal(run.code, 0, run.stderr);
  assertLogged(w, ["s", "t"]);
});

test("a stream that goes to a file is not in it", async () => {
  const w = await staged({ tasks: `    a: { always: true, stdout: "out", run: ${JSON.stringify(SAY)} },\n    b: { always: true, stdout: "both", stderr: "both", run: ${JSON.stringify(SAY)} },` });
  await w.tg("build");
  assert.deepEqual([w.read("out"), w.read(".tg/logs/a.log"), w.read("both"), w.exists(".tg/logs/b.log")], ["o\nq\ns\n", "e\npr\n", SAID, false]);
});
