// Which open tasks a watch leaves alone after a build, and which of them go round in circles.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Due, Picture } from "../../../src/cli/watch/picture.ts";
import { Resting, type Built, type Settled } from "../../../src/cli/watch/resting.ts";
import type { Outcome, Reason } from "../../../src/model/state.ts";

const MISSING: Reason = { code: "output-missing", subject: "out/o.txt", old: "f1" };
const DRIFTED: Reason = { code: "output-changed", subject: "out/o.txt", old: "f1", new: "f2" };
const EDITED: Reason = { code: "input-changed", subject: "in.txt", old: "~", new: "f2" };
const FAILED: Reason = { code: "failed-last-time" };
const ENDED_MS = 1000;

function due(...reasons: Reason[]): Due {
  return { task: "t", reasons, signature: JSON.stringify(reasons), lacking: reasons.includes(FAILED) };
}

/** A picture of a disk with nothing but these entries, by the time they last changed. */
function pictureOf(ctimes: Readonly<Record<string, number>>): Picture {
  const lstat = (path: string): object => (path in ctimes ? { kind: "file", ctimeMs: ctimes[path] } : { kind: "absent" });
  return { project: { disk: { lstat } } } as unknown as Picture;
}

/** After a build that ended with the task so: the same speaks against it as before. */
function settled(outcome: Outcome | null, open: Due, ctimes: Readonly<Record<string, number>> = { "": 0 }): Settled {
  const built: Built = { before: new Map([["t", open.reasons]]), outcomes: new Map(outcome === null ? [] : [["t", outcome]]), endedMs: ENDED_MS };
  return new Resting(() => 0).settle(pictureOf(ctimes), [open], built);
}

test("what speaks against a task that has just run, or was found to be fresh, has happened since, whatever spoke against it before", () => {
  for (const outcome of ["ran", "restored", "fresh"] as const) {
    for (const reason of [MISSING, DRIFTED, EDITED]) assert.equal(settled(outcome, due(reason)).due, true, `${outcome}, ${reason.code}`);
  }
});

test("a task that has failed lacks its outputs and keeps an edited one, but an input was recorded as it was", () => {
  assert.equal(settled("failed", due(FAILED, MISSING)).due, false);
  assert.equal(settled("failed", due(FAILED, DRIFTED)).due, false);
  assert.equal(settled("failed", due(FAILED, EDITED)).due, true);
});

test("a service that was never ready left no record of that: the edit that broke it speaks against it once", () => {
  assert.equal(settled("failed", { ...due(EDITED), service: true }).due, false);
});

test("what a build did not come to, or always runs, is left alone for the reasons it had", () => {
  for (const outcome of ["blocked", "cancelled", "skipped", null] as const) assert.equal(settled(outcome, due(MISSING)).due, false, String(outcome));
  assert.equal(settled("ran", due({ code: "always" })).due, false);
});

test("what a build did not come to is left alone no more once tasks are others, be it while it was built", () => {
  const open = [due(MISSING), { ...due(FAILED), task: "f" }];
  const built: Built = { before: new Map(open.map(({ task, reasons }) => [task, reasons])), outcomes: new Map([["t", "blocked"], ["f", "failed"]]), endedMs: ENDED_MS };
  const names = (tasks: readonly Due[]): readonly string[] => tasks.map(({ task }) => task);
  const resting = new Resting(() => 0);
  assert.equal(resting.settle(pictureOf({}), open, built).due, false);
  assert.deepEqual(names(resting.due(open)), []);
  resting.wake();
  assert.deepEqual(names(resting.due(open)), ["t"]);
  assert.equal(resting.settle(pictureOf({}), open, built).due, false);
  resting.wake();
  assert.equal(resting.settle(pictureOf({}), open, built).due, true);
  assert.deepEqual(names(resting.due(open)), ["t"]);
});

test("what a build did not come to is left alone no more once one that failed is well, whoever built it", () => {
  const [t, f] = [due(MISSING), { ...due(FAILED), task: "f" }];
  const resting = new Resting(() => 0);
  resting.settle(pictureOf({}), [t, f], { before: new Map([["t", t.reasons], ["f", f.reasons]]), outcomes: new Map([["t", "blocked"], ["f", "failed"]]), endedMs: ENDED_MS });
  assert.deepEqual(resting.due([t, f]), []);
  assert.deepEqual(resting.due([t]), [t]);
});

test("a file that changed before the build was over may be the build's own doing; when one went the folder tells", () => {
  const circular = (reason: Reason, ctimes: Readonly<Record<string, number>>): readonly string[] => settled("ran", due(reason), ctimes).circular;
  assert.deepEqual(circular(EDITED, { "in.txt": ENDED_MS }), ["t\0in.txt"]);
  assert.deepEqual(circular(EDITED, { "in.txt": ENDED_MS + 1 }), []);
  assert.deepEqual(circular(MISSING, { "": 0, out: ENDED_MS }), ["t\0out/o.txt"]);
  assert.deepEqual(circular(MISSING, { "": 0, out: ENDED_MS + 1 }), []);
  assert.deepEqual(circular(MISSING, { "": ENDED_MS }), ["t\0out/o.txt"]);
});

test("what went round in circles is tried after half a minute, then after twice the time, until it comes to rest; not what somebody has changed since", () => {
  let nowMs = 0;
  const resting = new Resting(() => nowMs);
  const others = { ...due({ code: "input-changed", subject: "u.txt" }), task: "u" };
  const round = (open: readonly Due[]): readonly (readonly string[])[] => {
    const names = resting.due(open).map(({ task }) => task);
    if (names.length === 0) return [names];
    const { circular, again } = resting.settle(pictureOf({ "in.txt": ENDED_MS, "u.txt": ENDED_MS + 1 }), open, { before: new Map(), outcomes: new Map([["t", "ran"], ["u", "ran"]]), endedMs: ENDED_MS });
    return [names, circular, again];
  };
  const [t, u] = [due(EDITED), others];
  assert.deepEqual(round([t, u]), [["t", "u"], ["t\0in.txt"], []]);
  assert.equal(resting.pauseMs, Infinity);
  resting.rest([t, u]);
  assert.deepEqual([resting.due([t, u]), resting.pauseMs], [[u], 30_000]);
  for (const pauseMs of [30_000, 60_000, 120_000]) {
    nowMs += pauseMs - 6_000;
    assert.deepEqual(round([t]), [[]]);
    nowMs += 6_000;
    assert.deepEqual(round([t]), [["t"], [], ["t\0in.txt"]]);
    assert.equal(resting.pauseMs, 2 * pauseMs);
  }
  for (let turn = 0; turn < 9; turn++) {
    nowMs += resting.pauseMs;
    round([t]);
  }
  assert.equal(resting.pauseMs, 1_800_000);
  nowMs += 1_800_000;
  resting.due([t]);
  resting.settle(pictureOf({}), [], { before: new Map(), outcomes: new Map([["t", "ran"]]), endedMs: ENDED_MS });
  assert.equal(resting.pauseMs, Infinity);
});

test("files of ever other names that come or go while tasks run are counted by the folder at the top", () => {
  const added = (...paths: string[]): Due => due(...paths.map((subject): Reason => ({ code: "input-added", subject })));
  const ctimes = { "": 0, "1.txt": ENDED_MS, "src/1.txt": ENDED_MS, "src/1/x.txt": ENDED_MS, "/up/1/x.txt": ENDED_MS };
  assert.deepEqual(settled("failed", added("1.txt", "src/1.txt", "src/1/x.txt", "/up/1/x.txt"), ctimes).circular, ["t\0./", "t\0src/", "t\0/up/"]);
  assert.deepEqual(settled("failed", due({ code: "input-removed", subject: "src/2.txt" }), { "": 0, src: ENDED_MS }).circular, ["t\0src/"]);
});

test("a task is left alone while nothing else speaks against it, and has not been fresh meanwhile", () => {
  const resting = new Resting(() => 0);
  resting.add([due(MISSING)]);
  assert.deepEqual(resting.due([due(MISSING)]), []);
  assert.deepEqual(resting.due([due(MISSING)]), []);
  assert.deepEqual(resting.due([]), []);
  assert.deepEqual(resting.due([due(MISSING)]), [due(MISSING)]);
});
