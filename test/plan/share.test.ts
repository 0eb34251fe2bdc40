// What tasks share: pools, resources, rates, priorities, and pauses, as the plan deals them out. Time is a number.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Settings } from "../../src/model/limits.ts";
import { NO_SETTINGS } from "../../src/model/limits.ts";
import { demandsOf } from "../../src/schedule/plan/demand.ts";
import { Build, type Extra } from "../support/plan.ts";
import type { Short } from "../unit/graph/project.ts";

function many(count: number, short: Short): Record<string, Short> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, short]));
}

function settings(part: Partial<Settings>): Pick<Extra, "settings"> {
  return { settings: { ...NO_SETTINGS, ...part } };
}

test("a pool lets so many of its tasks run at once, others beside them", () => {
  const build = new Build({ l1: { pool: "link" }, l2: { pool: "link" }, l3: { pool: "link" }, a: {}, b: {} }, { jobs: 4, ...settings({ pools: { link: { size: 2, rate: null } } }) });
  assert.deepEqual(build.startAll(), ["l1", "l2", "a", "b"]);
  build.end("a");
  assert.equal(build.start(), null);
  build.end("l2");
  assert.deepEqual(build.startAll(), ["l3"]);
});

test("a pool of one with 200 tasks: never two at once, and every end gives the slot back", () => {
  const build = new Build(many(200, { pool: "one" }), { jobs: 8, keepGoing: true, ...settings({ pools: { one: { size: 1, rate: null } } }) });
  const endings = ["done", "failed", "failed-allowed"] as const;
  let ended = 0;
  for (let name = build.start(); name !== null; name = build.start(), ended++) {
    assert.equal(build.start(), null);
    assert.equal(build.plan.counts().running, 1);
    build.end(name, endings[ended % 3]!);
  }
  assert.equal(ended, 200);
  assert.equal(build.plan.isOver(), true);
});

test("resources add up to the total; what does not fit is overtaken by what does", () => {
  const build = new Build(
    { big: { resources: { memory: 700 } }, mid: { resources: { memory: 400 } }, small: { resources: { memory: 300, gpu: 0.5 } }, tiny: { resources: { gpu: 0.5 } }, last: { resources: { gpu: 0.1 } } },
    { jobs: 9, ...settings({ resources: { gpu: 1 } }) },
  );
  assert.deepEqual(build.startAll(), ["big", "small", "tiny"]);
  build.end("small");
  assert.deepEqual(build.startAll(), ["last"]);
  build.end("big");
  assert.deepEqual(build.startAll(), ["mid"]);
});

test("fractions come back whole, however often", () => {
  const build = new Build(many(300, { resources: { gpu: 0.1 } }), { jobs: 99, ...settings({ resources: { gpu: 0.3 } }) });
  for (let round = 0; round < 100; round++) {
    const names = build.startAll();
    assert.equal(names.length, 3);
    for (const name of names) build.end(name);
  }
  assert.equal(build.plan.isOver(), true);
});

test("a demand over the total runs with nothing beside it, and never waits for ever", () => {
  const build = new Build({ a: {}, huge: { resources: { cpu: 99 } }, b: {} }, { jobs: 2 });
  assert.deepEqual(build.demands.limited.flatMap((task) => build.demands.over(task)).map(({ task, ...rest }) => ({ ...rest, task: build.graph.name(task) })), [{ task: "huge", resource: "cpu", asked: 99, total: 4 }]);
  assert.deepEqual(build.startAll(), ["a", "b"]);
  build.end("a");
  assert.equal(build.start(), null);
  build.end("b");
  assert.deepEqual(build.startAll(), ["huge"]);
  build.end("huge");
  assert.equal(build.plan.isOver(), true);
});

test("what a task takes is looked up once it is asked about", () => {
  const { graph } = new Build(many(3, { pool: "p" }), settings({ pools: { p: { size: 1, rate: null } } }));
  const asked: number[] = [];
  const demands = demandsOf({ ...graph, task: (index) => (asked.push(index), graph.task(index)) }, { cpu: 4, memory: 1000 });
  assert.deepEqual(asked, []);
  assert.deepEqual([demands.kindOf(2), demands.kindOf(2), demands.kindOf(0)], [1, 1, 1]);
  assert.deepEqual([asked, demands.totals], [[2, 0], [1]]);
});

test("while a task runs alone nothing starts", () => {
  const build = new Build({ huge: { resources: { cpu: 99 }, priority: 1 }, a: {} }, { jobs: 2 });
  assert.deepEqual(build.startAll(), ["huge"]);
  build.end("huge", "failed-allowed");
  assert.deepEqual(build.startAll(), ["a"]);
});

test("a rate counts starts in any stretch of its time, and says when the next may be", () => {
  const build = new Build({ ...many(5, { rate: { count: 2, perMs: 1000 }, pool: "" }) }, { jobs: 9 });
  // Each its own: a rate belongs to a task, or to the instances of one family.
  assert.equal(build.startAll().length, 5);
  const family = new Build(Object.fromEntries(["a", "b", "c", "d", "e"].map((key) => [`f[${key}]`, { family: "f", rate: { count: 2, perMs: 1000 } }])), { jobs: 9 });
  assert.deepEqual([family.launch(), family.launch(), family.launch()], ["f[a]", "f[b]", null]);
  assert.equal(family.plan.opensAt(), 1000);
  family.now = 999;
  assert.equal(family.launch(), null);
  family.now = 1000;
  assert.deepEqual([family.launch(), family.launch(), family.launch()], ["f[c]", "f[d]", null]);
  family.now = 2500;
  assert.deepEqual([family.launch(), family.launch()], ["f[e]", null]);
  assert.equal(family.plan.opensAt(), Infinity);
});

test("a task that turns out to be fresh does not count", () => {
  const build = new Build({ "f[a]": { family: "f", rate: { count: 1, perMs: 1000 } }, "f[b]": { family: "f", rate: { count: 1, perMs: 1000 } } }, { jobs: 1 });
  assert.equal(build.start(), "f[a]");
  build.end("f[a]");
  assert.equal(build.launch(), "f[b]");
});

test("a pool's rate is shared by all its tasks; others go on", () => {
  const build = new Build({ a: { pool: "api" }, b: { pool: "api" }, c: {} }, { jobs: 9, ...settings({ pools: { api: { size: null, rate: { count: 1, perMs: 60_000 } } } }) });
  assert.deepEqual([build.launch(), build.launch(), build.launch()], ["a", "c", null]);
  build.end("a");
  build.end("c");
  assert.equal(build.launch(), null);
  assert.equal(build.plan.isOver(), false);
  assert.equal(build.plan.opensAt(), 60_000);
  build.now = 60_000;
  assert.equal(build.launch(), "b");
});

test("one by one in the order of the config nobody overtakes: not at a rate, not by priority, not in a pause", () => {
  const build = new Build({ "f[a]": { family: "f", rate: { count: 1, perMs: 1000 } }, "f[b]": { family: "f", rate: { count: 1, perMs: 1000 } }, c: { priority: 9 }, d: {} }, { jobs: 1, inConfigOrder: true });
  assert.equal(build.launch(), "f[a]");
  build.end("f[a]");
  assert.equal(build.launch(), null);
  assert.equal(build.plan.opensAt(), 1000);
  build.now = 1000;
  assert.equal(build.launch(), "f[b]");
  build.plan.pause(build.graph.indexOf("f[b]"));
  assert.equal(build.launch(), null);
  build.plan.resume(build.graph.indexOf("f[b]"));
  build.now = 2000;
  assert.equal(build.launch(), "f[b]");
  build.end("f[b]");
  assert.equal(build.launch(), "c");
});

test("priority goes before the critical path, and holds for what the task needs", () => {
  const build = new Build({ slow: {}, low: { priority: -1 }, base: { outputs: ["x"] }, urgent: { inputs: ["x"], priority: 5 } }, { jobs: 1, durationMs: (task) => (task === 0 ? 1000 : 1) });
  assert.deepEqual(build.run(), ["base", "urgent", "slow", "low"]);
});

test("a paused task holds nothing, comes back before others, and also when no more starts", () => {
  const build = new Build({ a: { pool: "one" }, b: { pool: "one" }, c: {}, d: {} }, { jobs: 1, ...settings({ pools: { one: { size: 1, rate: null } } }) });
  const a = build.graph.indexOf("a");
  assert.equal(build.start(), "a");
  build.plan.pause(a);
  assert.equal(build.place("a"), "paused");
  assert.equal(build.start(), "b");
  build.plan.resume(a);
  assert.equal(build.start(), null);
  build.end("b", "failed");
  assert.equal(build.plan.isStopping(), true);
  assert.equal(build.plan.isOver(), false);
  assert.equal(build.start(), "a");
  build.end("a");
  assert.equal(build.plan.isOver(), true);
  assert.deepEqual(build.counts(), { done: 1, failed: 1, cancelled: 2 });
});

test("a paused task may end without running again", () => {
  const build = new Build({ a: { outputs: ["x"] }, b: { inputs: ["x"] } });
  build.start();
  build.plan.pause(build.graph.indexOf("a"));
  build.plan.stop();
  assert.equal(build.plan.isOver(), false);
  assert.deepEqual(build.end("a", "failed"), ["b"]);
  assert.equal(build.plan.isOver(), true);
});

test("when a task became ready is kept for those who ask", () => {
  const build = new Build({ a: { outputs: ["x"] }, b: { inputs: ["x"] } }, { jobs: 1, asksWhenReady: (task) => task === 1 });
  build.now = 5;
  build.start();
  build.now = 20;
  build.end("a");
  build.start();
  assert.equal(build.plan.readyAt(1), 20);
  assert.equal(build.plan.readyAt(0), 0);
});

test("10,000 tasks of 1,000 kinds are dealt out in no time to speak of", () => {
  const build = new Build(Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`t${i}`, { resources: { memory: 1 + (i % 1000) / 10 } }])), { jobs: 8 });
  assert.equal(build.run().length, 10_000);
});
