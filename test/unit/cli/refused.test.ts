// Builds that a watch tries again by itself: when, and what is told of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusals } from "../../../src/cli/watch/refused.ts";
import type { Event } from "../../../src/model/event.ts";
import type { Problem } from "../../../src/model/problem.ts";

const FULL: Problem = { code: "state-unwritable", path: "/p/.tg", errno: "ENOSPC" };
const STARTED: Event = { event: "build-started", total: 1, toRun: 1, maybe: 0, jobs: 1, time: 0, estimateMs: 0 };

test("what stands in the way is told once, and anything else at once and whole", () => {
  const refusals = new Refusals();
  const round = (again: boolean, exitCode: number, ...events: Event[]): string => {
    const said: string[] = [];
    const voice = refusals.voice(again, () => (said.push("begin"), (event) => void said.push(event.event === "problem" ? event.problem.code : event.event)));
    for (const event of events) voice.emit(event);
    assert.equal(voice.heard, said.length > 0);
    refusals.note(exitCode, () => ["t"]);
    return said.join(" ");
  };
  const problem = (one: Problem): Event => ({ event: "problem", problem: one });
  assert.equal(refusals.pauseMs, Infinity);
  assert.equal(round(false, 3, problem(FULL)), "begin state-unwritable");
  const pauses = [refusals.pauseMs];
  for (let turn = 0; turn < 3; turn++) {
    assert.equal(round(true, 3, ...(turn === 1 ? [STARTED] : []), problem(FULL)), "");
    pauses.push(refusals.pauseMs);
  }
  assert.deepEqual(pauses, [1000, 2000, 4000, 8000]);
  assert.equal(round(true, 3, problem({ code: "too-many-files", path: "/p" })), "begin too-many-files");
  assert.equal(round(true, 0, STARTED, { event: "task-ended", task: "t" as never, outcome: "ran", reasons: [], start: 0, end: 0, exit: 0, attempts: 1 }), "begin build-started task-ended");
  assert.equal(refusals.pauseMs, Infinity);
  assert.equal(round(false, 2, problem({ code: "no-config", from: "/p" })), "begin no-config");
  assert.equal(refusals.pauseMs, Infinity, "what a person has to mend waits for that");
  assert.equal(refusals.isMended(["t"]), false);
  assert.equal(refusals.isMended([]), true);
});
