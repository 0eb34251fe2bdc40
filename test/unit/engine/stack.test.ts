// Stack lines of the runtimes become places in the person's own files.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readStack } from "../../../src/engine/stack.ts";
import type { FilePath } from "../../../src/model/path.ts";
import type { FunctionRef } from "../../../src/model/task.ts";

const kept = "/p/.tg/config/ab";
const code = ["tasks.config.ts", "lib/a b.ts", "lib/a b.txt", "a_b", "one/same.ts", "two/same.ts"].map((path) => ({ path: path as FilePath, digest: "" }));
const fn: FunctionRef = { source: "tasks.config.ts" as FilePath, module: `${kept}/0-tasks.config.mjs`, path: [], code };
const read = (...lines: string[]): readonly string[] => readStack(lines, { fn, root: "/p", own: "/p/node_modules/tg-build/dist" });

test("kept copies are shown as their sources, other files relative to the root", () => {
  assert.deepEqual(read(`    at run (file://${kept}/0-tasks.config.mjs:12:7)`), ["run tasks.config.ts:12:7"]);
  assert.deepEqual(read(`    at async Object.run (${kept}/1-a_b.mjs:3:1)`), ["Object.run lib/a b.ts:3:1"]);
  assert.deepEqual(read(`    at ${kept}/0-tasks.config.mjs:1:2`, "    at async /p/src/x.mjs:1:2"), ["tasks.config.ts:1:2", "src/x.mjs:1:2"]);
  assert.deepEqual(read("    at f (file:///p/a%20b.mjs:1:2)", "    at g (/elsewhere/x.js:3:4)"), ["f a b.mjs:1:2", "g /elsewhere/x.js:3:4"]);
});

test("a copy whose source is not certain is shown as it is", () => {
  assert.deepEqual(read(`    at f (${kept}/2-same.mjs:1:2)`), ["f .tg/config/ab/2-same.mjs:1:2"]);
});

test("frames of the runtime and of tg are left out", () => {
  assert.deepEqual(read("    at node:internal/process/task_queues:95:5", "    at perform (file:///p/node_modules/tg-build/dist/child.mjs:9:9)", "    at processTicksAndRejections (native:7:39)", "    at new Promise (<anonymous>)", "    at ext:core/01_core.js:1:2"), []);
  assert.deepEqual(read(`    at Object.apply (file://${kept}/node-fs-promises.mjs:4:85)`, `    at Object.apply (${kept}/node-child_process.mjs:4:85)`, "    at f (/p/node-fs.mjs:1:2)"), ["f node-fs.mjs:1:2"]);
});
