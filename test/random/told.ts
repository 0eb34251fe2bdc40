// The default run of the random tester as a test: these seeds, no mismatch. Says how to play a bad seed again.
import assert from "node:assert/strict";
import process from "node:process";
import { playAll } from "./play.ts";
import type { Mode } from "./play.ts";

const STOP_AFTER = 3;

export async function holds(mode: Mode, seeds: readonly number[]): Promise<void> {
  const lines: string[] = [];
  const repository = process.env["TG_REPO"] ?? process.cwd();
  const sum = { failed: 0, steps: 0, tasksRun: 0 };
  for (const seed of seeds) {
    if (sum.failed === STOP_AFTER) break;
    const total = await playAll({ mode, first: seed, last: seed, steps: 20, minutes: 0, skip: [], repository, replayDir: `${repository}/out/random`, shrink: true, stopAfter: 1, say: (line) => lines.push(line) });
    sum.failed += total.failed.length;
    sum.steps += total.steps;
    sum.tasksRun += total.tasksRun;
  }
  assert.equal(sum.failed, 0, `\n${lines.join("\n")}\n`);
  assert.ok(sum.tasksRun > sum.steps, "the stories hardly ran anything");
}
