// A short soak of tg watch: edits in the manner of editors, git and careless people, the tree compared with a direct
// computation after each. The long one is scripts/soak.mjs (docs/reliability.md).
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { test } from "node:test";
import { LIMIT_MS, repo } from "../support/rig.ts";

/** Each edit of a soak has limits of its own. */
const GIVEN_UP_MS = 4 * LIMIT_MS;

test("25 edits: nothing lost, nothing needless", () => {
  const run = spawnSync(process.execPath, [path.join(repo, "scripts/soak.mjs"), "--edits", "25", "--seed", "7"], { encoding: "utf8", timeout: GIVEN_UP_MS });
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /^25 edits \(native\): 0 lost, 0 found by the sweep only, 0 needless/);
});

test("6 edits: what the watch answers is what a scan finds, at once and when all is still", () => {
  const run = spawnSync(process.execPath, [path.join(repo, "scripts/soak.mjs"), "--resident", "--edits", "6", "--seed", "5"], { encoding: "utf8", timeout: GIVEN_UP_MS });
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /^[1-9]\d* answers compared with scans: 0 differ; the watch could be asked after 6 of 6 edits$/m);
});
