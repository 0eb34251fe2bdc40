// A small run of scripts/c-compare.mjs: the same C project by tg and by ninja, byte-identical after each edit.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { test } from "node:test";
import { repo } from "../support/rig.ts";

const missing = ["gcc", "ar", "ninja"].filter((program) => spawnSync(program, ["--version"]).status !== 0);

test("a C project: same bytes as ninja after each edit, with no more steps", { skip: missing.length > 0 && `${missing.join(", ")} not installed` }, () => {
  const run = spawnSync(process.execPath, [path.join(repo, "scripts/c-compare.mjs"), "--modules", "3"], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /12 passed, 0 failed/);
});
