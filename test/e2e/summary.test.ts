// tg build --summary: one JSON object about the build, whatever became of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { workspace } from "../support/rig.ts";
import { config } from "../support/story.ts";

test("every task with its outcome, reasons and times, and how it all came out", async () => {
  const w = await workspace({ in: "1", "sub/x": "", "tasks.config.ts": config(`
    a: { inputs: ["in"], outputs: ["a"], run: "cp in a" },
    bad: { retries: 1, inputs: ["in"], run: "exit 3" },
    below: { deps: ["bad"], run: "true" },`) });
  assert.equal((await w.tg("build -k --summary sub/s.json")).code, 1);
  const s = JSON.parse(w.read("sub/s.json")) as { version: number; jobs: number; exitCode: number; counts: Record<string, number>; tasks: Record<string, { outcome: string; reasons: { code: string }[]; attempts: number; exit: number | null; error?: string; blockedBy?: string; start: number; end: number }> };
  assert.deepEqual([s.version, s.exitCode, s.counts["ran"], s.counts["failed"], s.counts["blocked"]], [1, 1, 1, 1, 1]);
  assert.deepEqual(Object.keys(s.tasks).sort(), ["a", "bad", "below"]);
  assert.deepEqual([s.tasks["a"]!.outcome, s.tasks["a"]!.reasons[0]!.code, s.tasks["a"]!.exit], ["ran", "never-ran", 0]);
  assert.deepEqual([s.tasks["bad"]!.outcome, s.tasks["bad"]!.attempts, s.tasks["bad"]!.error], ["failed", 2, "exit 3"]);
  assert.deepEqual([s.tasks["below"]!.outcome, s.tasks["below"]!.blockedBy], ["blocked", "bad"]);
  assert.ok(s.tasks["a"]!.end >= s.tasks["a"]!.start);
});

test("a file that cannot be written is refused before anything runs; a wrong config leaves a summary without an end", async () => {
  const w = await workspace({ "tasks.config.ts": config('    a: { run: "echo a >>log" },') });
  const refused = await w.tg("build --summary nowhere/s.json");
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /cannot write the summary .*nowhere\/s\.json: no such file or folder/);
  assert.equal(w.exists("log"), false);
  w.write("tasks.config.ts", config('    a: { rn: "x" },'));
  assert.equal((await w.tg("build --summary s.json")).code, 2);
  assert.deepEqual(JSON.parse(w.read("s.json")), { version: 1, tasks: {} });
});
