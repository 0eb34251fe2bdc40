import assert from "node:assert/strict";
import { test } from "node:test";
import { problemsOfRest } from "../../../src/graph/sound.ts";
import type { Problem } from "../../../src/model/problem.ts";
import type { TaskName } from "../../../src/model/task.ts";
import { project, type Short } from "./project.ts";

const wrong = (name: string): Problem => ({ code: "unknown-field", task: name as TaskName, field: "x", suggestion: null, at: null });

function told(shorts: Readonly<Record<string, Short>>, faulty: readonly string[]): unknown[] {
  return problemsOfRest(project(shorts), faulty.map(wrong)).map((problem) => ("target" in problem ? `${problem.code} ${problem.target}` : problem.code));
}

test("what a faulty task may have a part in is not told", () => {
  const shorts = { bad: { outputs: ["x"], inputs: ["y"] }, a: { outputs: ["x"] }, b: { inputs: ["x"], outputs: ["y"] }, c: { deps: ["bad", "gone", "out/file", "file.txt", "bad[x]"] } };
  assert.deepEqual(told(shorts, ["bad"]), ["unknown-dep gone"]);
  assert.deepEqual(told({ ...shorts, d: { deps: ["d2"] }, d2: { after: ["d"] } }, ["bad", "e"]), ["unknown-dep gone", "cycle"]);
  assert.deepEqual(told({ a: { outputs: ["x"] }, b: { outputs: ["x"] } }, []), ["duplicate-output"]);
});

test("one faulty instance makes its family doubtful, and who takes its list from it", () => {
  const shorts = { "f[a]": { outputs: ["x"], family: "f" }, "f[b]": { outputs: ["x"], family: "f" }, c: { deps: ["f", "f[a]", "f[b]"] } };
  assert.deepEqual(told(shorts, ["f[a]"]), []);
  assert.deepEqual(told(shorts, ["c"]), ["duplicate-output"]);
});

test("where the rest is sound nothing is added", () => {
  assert.deepEqual(told({ bad: {}, a: { outputs: ["x"] }, b: { inputs: ["x"], deps: ["bad"] } }, ["bad"]), []);
});
