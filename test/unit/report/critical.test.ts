// The critical path: who ran when and who needs whom in, a chain out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { criticalPath } from "../../../src/report/critical.ts";

const NEEDS: Record<string, string[]> = { all: ["long-2", "late"], "long-2": ["joined"], joined: ["fresh", "short"], fresh: ["long-1"] };
const needsOf = (task: string): string[] => NEEDS[task] ?? [];

test("the critical path takes longest all told; that something else ended last does not count", () => {
  const ran = [
    { task: "long-1", start: 0, end: 40 },
    { task: "short", start: 0, end: 10 },
    { task: "long-2", start: 40, end: 70 },
    { task: "late", start: 70, end: 120 },
    { task: "all", start: 120, end: 125 },
  ];
  // A barrier ("joined") and a fresh task lie between.
  assert.deepEqual(criticalPath(ran, needsOf).map(({ task }) => task), ["long-1", "long-2", "all"]);
  assert.deepEqual(criticalPath(ran.slice(0, 0), needsOf), []);
});

test("of several attempts the last counts, and nobody is asked twice", () => {
  const asked: string[] = [];
  const path = criticalPath([{ task: "short", start: 0, end: 90 }, { task: "short", start: 90, end: 91 }, { task: "late", start: 0, end: 5 }, { task: "all", start: 91, end: 92 }], (task) => (asked.push(task), needsOf(task)));
  assert.deepEqual(path.map(({ task }) => task), ["late", "all"]);
  assert.equal(new Set(asked).size, asked.length);
});
