// Sources, tests and benchmarks type-check, and the public face has the types that configs rely on.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { test } from "node:test";
import { chain, defineConfig, sequence, type Config, type Task } from "../src/index.ts";

const repo = process.env["TG_REPO"] ?? process.cwd();

test("everything type-checks", () => {
  const tsc = spawnSync(process.execPath, [path.join(repo, "node_modules/typescript/bin/tsc"), "-p", repo, "--noEmit"], { encoding: "utf8" });
  assert.equal(tsc.status, 0, tsc.stdout + tsc.stderr);
});

test("configs are typed", () => {
  const task = { inputs: ["a"], outputs: ["b"], run: "cp a b" } satisfies Task;
  const config = defineConfig({ tasks: { ...sequence({ one: task, two: { run: ["true"] } }), both: chain([task, { run: () => 1 }]) } }) satisfies Config;
  assert.deepEqual(Object.keys(config.tasks), ["one", "two", "both"]);
  // @ts-expect-error: a misspelt field of a task
  ({ input: ["x"], run: "true" }) satisfies Task;
  // @ts-expect-error: a wrong kind of value is an error in the editor already
  defineConfig({ tasks: { a: { inputs: 5, run: "true" } } });
});
