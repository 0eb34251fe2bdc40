// The default run of the random tester as a test: so many seeds, no mismatch. Says how to play a bad seed again.
import assert from "node:assert/strict";
import process from "node:process";
import { playAll } from "./play.ts";
import type { Mode } from "./play.ts";

export async function holds(mode: Mode, first: number, last: number): Promise<void> {
  const lines: string[] = [];
  const repository = process.env["TG_REPO"] ?? process.cwd();
  const total = await playAll({ mode, first, last, steps: 20, minutes: 0, skip: [], repository, replayDir: `${repository}/out/random`, shrink: true, stopAfter: 3, say: (line) => lines.push(line) });
  assert.equal(total.failed.length, 0, `\n${lines.join("\n")}\n`);
  assert.equal(total.seeds, last - first + 1);
  assert.ok(total.tasksRun > total.steps, "the stories hardly ran anything");
}
