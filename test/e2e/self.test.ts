// tg builds itself with its own tasks.config.ts: types, lint, docs, bundle, declarations, licences.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { repo, workspace } from "../support/rig.ts";

test("tg builds itself, and a comment stops at the bundle", async () => {
  const w = await workspace();
  for (const entry of [".ci", "src", "scripts", "test", "bench", "bin", "docs", "examples", "package.json", "tsconfig.json", "tasks.config.ts", "README.md", "CHANGELOG.md", "LICENSES.txt", ".oxlintrc.json"]) {
    fs.cpSync(path.join(repo, entry), path.join(w.dir, entry), { recursive: true, filter: (file) => !/\/(\.tg|node_modules|dist|out|obj|gen|build)$/.test(file) });
  }
  fs.rmSync(path.join(w.dir, "node_modules"), { recursive: true });
  fs.symlinkSync(path.join(repo, "node_modules"), path.join(w.dir, "node_modules"));
  const first = await w.tg("build check declarations");
  assert.equal(first.code, 0, first.stdout + first.stderr);
  assert.ok(w.exists("dist/main.cjs") && w.exists("dist/types/index.d.ts"));
  const again = await w.tg("build check declarations");
  assert.equal((again.stdout + again.stderr).trim().split("\n").length, 1, again.stdout + again.stderr);

  fs.appendFileSync(path.join(w.dir, "src/model/path.ts"), "// A comment.\n");
  assert.match((await w.tg("why bundle")).stdout, /src\/model\/path\.ts/);
  const comment = await w.tg("build bundle licenses --json");
  assert.equal(comment.code, 0, comment.stdout + comment.stderr);
  assert.deepEqual(comment.stdout.split("\n").filter((line) => line.includes('"ran"') && line.includes("task-ended")).map((line) => (JSON.parse(line) as { task: string }).task), ["bundle"]);
});
