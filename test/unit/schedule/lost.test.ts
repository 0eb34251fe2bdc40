// What a record says was taken from `deps`: paths, and who gave them, which belong together.
import assert from "node:assert/strict";
import { test } from "node:test";
import { takenNow } from "../../../src/schedule/survey/lost.ts";
import { EMPTY_RECORD, type TaskRecord } from "../../../src/model/state.ts";
import type { Consumed } from "../../../src/staleness/judge.ts";

const consumed = (...outputs: readonly [path: string, task: string][]): Consumed => ({ outputs: outputs.map(([path, task]) => ({ path, task, identity: `f${path}` })), keys: [] }) as never;

test("who gave how many, in order", () => {
  assert.deepEqual(takenNow(consumed(["x", "a"], ["y", "a"], ["z", "b"])).givers, [["a", 2], ["b", 1]]);
});

test("where nothing is taken now, nobody of an earlier record has given it", () => {
  const before: TaskRecord = { ...EMPTY_RECORD, ...takenNow(consumed(["x", "a"])) };
  const { upstream, givers } = { ...before, ...takenNow(consumed()) };
  assert.deepEqual([upstream, givers], [[], []]);
});
