import assert from "node:assert/strict";
import { test } from "node:test";
import { linkGraph } from "../../../src/graph/link.ts";
import { demandsOf } from "../../../src/schedule/plan/demand.ts";
import { createPlan } from "../../../src/schedule/plan/plan.ts";
import { Build } from "../../support/plan.ts";
import { project, task, type Short } from "../graph/project.ts";

const DIAMOND: Readonly<Record<string, Short>> = { top: { outputs: ["t"] }, left: { inputs: ["t"], outputs: ["l"] }, right: { deps: ["top"] }, bottom: { inputs: ["l"], after: ["right"] } };

test("what is needed starts first, no more at once than jobs", () => {
  const build = new Build(DIAMOND);
  assert.deepEqual(build.startAll(), ["top"]);
  assert.equal(build.plan.isOver(), false);
  build.end("top");
  assert.deepEqual(build.startAll(), ["left", "right"]);
  build.end("right");
  assert.equal(build.start(), null);
  build.end("left");
  assert.deepEqual(build.startAll(), ["bottom"]);
  build.end("bottom");
  assert.equal(build.plan.isOver(), true);
  assert.deepEqual(build.counts(), { done: 4 });

  const wide = new Build({ a: {}, b: {}, c: {} });
  assert.deepEqual(wide.startAll(), ["a", "b"]);
  wide.end("a");
  assert.deepEqual(wide.startAll(), ["c"]);
});

test("validate does not gate, and what is not wanted counts as made", () => {
  const build = new Build({ a: { validate: ["v"] }, v: {}, b: { deps: ["far"] }, far: {} }, { only: ["a", "v", "b"], jobs: 9 });
  assert.deepEqual(build.startAll(), ["a", "v", "b"]);
  assert.deepEqual(build.end("v", "failed"), []);
  build.end("a");
  build.end("b");
  assert.deepEqual(build.places(), { a: "done", v: "failed", b: "done", far: "out" });
});

test("a barrier holds no slot, passes when its needs are made and is not counted", () => {
  const build = new Build({ first: { barrier: true }, a: { deps: ["first"] }, b: {}, mid: { barrier: true, deps: ["a", "b"] }, outer: { barrier: true, deps: ["mid"] }, c: { deps: ["outer"] } });
  assert.equal(build.place("first"), "done");
  assert.deepEqual(build.startAll(), ["a", "b"]);
  build.end("b");
  assert.equal(build.place("mid"), "waiting");
  build.end("a");
  assert.deepEqual([build.place("mid"), build.place("outer")], ["done", "done"]);
  assert.deepEqual(build.startAll(), ["c"]);
  build.end("c");
  assert.deepEqual(build.counts(), { done: 3 });
  assert.equal(build.plan.isOver(), true);
});

const FORK: Readonly<Record<string, Short>> = { bad: { outputs: ["x"] }, below: { inputs: ["x"], outputs: ["y"] }, join: { barrier: true, deps: ["below"] }, deep: { after: ["join"] }, other: {}, more: { deps: ["other"] } };

test("the first failure stops starts: what hangs below is blocked, the rest cancelled once all running ones ended", () => {
  const build = new Build(FORK);
  assert.deepEqual(build.startAll(), ["bad", "other"]);
  assert.deepEqual(build.end("bad", "failed"), ["below", "deep"]);
  assert.equal(build.start(), null);
  assert.equal(build.plan.isOver(), false);
  assert.equal(build.place("more"), "waiting");
  build.end("other");
  assert.equal(build.plan.isOver(), true);
  assert.deepEqual(build.places(), { bad: "failed", below: "blocked", join: "blocked", deep: "blocked", other: "done", more: "cancelled" });
  assert.deepEqual(build.counts(), { done: 1, failed: 1, blocked: 2, cancelled: 1 });
  assert.equal(build.graph.name(build.plan.blockedBy(build.graph.indexOf("deep"))), "bad");
  assert.equal(build.plan.blockedBy(build.graph.indexOf("more")), -1);
  assert.equal(build.start(), null);
});

test("with keepGoing all that does not hang below a failure goes on", () => {
  const build = new Build(FORK, { keepGoing: true });
  build.startAll();
  build.end("bad", "failed");
  build.end("other");
  assert.deepEqual(build.startAll(), ["more"]);
  build.end("more");
  assert.equal(build.plan.isOver(), true);
  assert.deepEqual(build.counts(), { done: 2, failed: 1, blocked: 2 });
});

test("maxFailures stops after so many, allowed failures apart", () => {
  const build = new Build({ a: {}, b: {}, c: {}, d: {}, e: { deps: ["a"] } }, { keepGoing: true, maxFailures: 2, jobs: 1 });
  assert.equal(build.start(), "a");
  assert.deepEqual(build.end("a", "failed-allowed"), []);
  assert.equal(build.plan.isAllowed(0), true);
  assert.equal(build.start(), "b");
  build.end("b", "failed");
  assert.equal(build.start(), "c");
  build.end("c", "failed");
  assert.equal(build.start(), null);
  assert.equal(build.plan.isAllowed(1), false);
  assert.deepEqual(build.places(), { a: "failed", b: "failed", c: "failed", d: "cancelled", e: "cancelled" });
});

test("below an allowed failure and a skipped task the build goes on", () => {
  const build = new Build({ a: {}, b: { deps: ["a"] }, s: {}, t: { deps: ["s"] }, u: { deps: ["t"] } }, { skip: ["s"], jobs: 9 });
  assert.deepEqual(build.startAll(), ["a", "t"]);
  build.end("a", "failed-allowed");
  build.end("t", "skipped");
  assert.deepEqual(build.startAll(), ["b", "u"]);
  assert.equal(build.plan.isStopping(), false);
  build.end("b");
  build.end("u");
  assert.deepEqual(build.counts(), { done: 2, failed: 1, skipped: 2 });
});

test("stop lets running tasks end and cancels the rest", () => {
  const build = new Build(DIAMOND);
  build.startAll();
  build.plan.stop();
  assert.equal(build.plan.isOver(), false);
  build.end("top");
  assert.equal(build.start(), null);
  assert.equal(build.plan.isOver(), true);
  assert.deepEqual(build.counts(), { done: 1, cancelled: 3 });
});

test("what has nothing to do once its needs are made takes no turn, nor does what waits for it alone", () => {
  const build = new Build({ ...DIAMOND, end: { deps: ["bottom"] }, other: {} });
  assert.deepEqual(build.startAll(), ["top", "other"]);
  build.end("top", "done", ["left", "bottom"]);
  assert.deepEqual([build.place("left"), build.place("right"), build.place("bottom")], ["done", "ready", "waiting"]);
  assert.deepEqual(build.startAll(), ["right"]);
  build.end("right", "done", ["bottom", "end"]);
  assert.deepEqual([build.place("bottom"), build.place("end")], ["done", "done"]);
  build.end("other");
  assert.deepEqual([build.counts(), build.plan.isOver()], [{ done: 6 }, true]);

  const stopped = new Build(DIAMOND);
  stopped.startAll();
  stopped.plan.stop();
  stopped.end("top", "done", ["left", "right", "bottom"]);
  assert.deepEqual(stopped.counts(), { done: 1, cancelled: 3 });
});

test("stop before anything ran is over at once", () => {
  const build = new Build(DIAMOND);
  build.plan.stop();
  assert.equal(build.plan.isOver(), true);
  assert.deepEqual(build.counts(), { cancelled: 4 });
});

test("an empty build is over", () => {
  const build = new Build({ a: {} }, { only: [] });
  assert.equal(build.start(), null);
  assert.equal(build.plan.isOver(), true);
});

test("failed last time first, then the longest chain, then the config", () => {
  const shorts = { short: {}, long: {}, middle: {}, tail: { deps: ["middle"] }, again: {} };
  const ms: Record<string, number> = { short: 10, long: 50, middle: 20, tail: 100, again: 1 };
  const build: Build = new Build(shorts, { jobs: 1, durationMs: (i) => ms[Object.keys(shorts)[i]!]!, failedLast: (i) => i === 4 });
  assert.deepEqual(build.run(), ["again", "middle", "tail", "long", "short"]);
});

test("the longest chain goes through what joins many, few of which are of this build", () => {
  const many = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`t${i}`, {}]));
  const ms: Record<string, number> = { t7: 10, t500: 20, lone: 50, tail: 100 };
  const shorts = { ...many, lone: {}, all: { barrier: true, deps: Object.keys(many) }, tail: { deps: ["all"] } };
  const order = (only: readonly string[]): string[] => new Build(shorts, { jobs: 1, only, durationMs: (i) => ms[Object.keys(shorts)[i]!] ?? 1 }).run();
  assert.deepEqual(order(["t7", "t500", "lone", "all", "tail"]).slice(0, 3), ["t500", "t7", "tail"]);
  assert.deepEqual(order(["t7", "t500", "lone"]), ["lone", "t500", "t7"]);
  assert.deepEqual(order(Object.keys(shorts)).slice(-2), ["tail", "lone"]);
});

test("an unknown duration is taken for the median of the known ones", () => {
  const shorts = { one: {}, unknown: {}, three: {}, nine: {} };
  assert.deepEqual(new Build(shorts, { jobs: 1, durationMs: (i) => [1, 0, 3, 9][i]! }).run(), ["nine", "unknown", "three", "one"]);
});

test("in config order the graph's order decides alone", () => {
  const build = new Build({ z: { deps: ["y"] }, a: {}, y: {}, m: {} }, { jobs: 1, inConfigOrder: true, durationMs: (i) => [1, 1, 1, 900][i]!, failedLast: (i) => i === 3 });
  assert.deepEqual(build.run(), ["a", "y", "z", "m"]);
});

test("a shuffle is the same for the same seed, another for another, and never breaks an edge", () => {
  const shorts = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`t${i}`, i % 3 === 0 && i > 0 ? { deps: [`t${i - 1}`] } : {}]));
  const run = (shuffle: number): string[] => new Build(shorts, { jobs: 1, shuffle }).run();
  assert.deepEqual(run(7), run(7));
  assert.notDeepEqual(run(7), run(8));
  for (let seed = 0; seed < 50; seed++) {
    const order = run(seed);
    assert.equal(new Set(order).size, 30);
    for (let i = 3; i < 30; i += 3) assert.ok(order.indexOf(`t${i - 1}`) < order.indexOf(`t${i}`), `seed ${seed}`);
  }
});

test("console tasks run one at a time, beside others", () => {
  const build = new Build({ c1: { console: true }, c2: { console: true }, a: {}, b: {} }, { jobs: 3 });
  assert.deepEqual(build.startAll(), ["c1", "a", "b"]);
  build.end("a");
  assert.equal(build.start(), null);
  build.end("c1");
  assert.deepEqual(build.startAll(), ["c2"]);
});

const PIPE: Readonly<Record<string, Short>> = { gen: { intermediates: ["i"] }, use: { inputs: ["i"], outputs: ["o"] }, also: { inputs: ["i", "p"] }, pre: { outputs: ["p"] } };

test("a held task goes on when the intermediate it lacks was made again", () => {
  const build = new Build(PIPE, { only: ["use"] });
  assert.deepEqual(build.startAll(), ["use"]);
  assert.equal(build.want("gen"), true);
  assert.deepEqual(build.hold("use", ["gen"]), []);
  assert.equal(build.place("use"), "waiting");
  assert.deepEqual(build.startAll(), ["gen"]);
  build.end("gen");
  assert.deepEqual(build.startAll(), ["use"]);
  build.end("use");
  assert.deepEqual(build.counts(), { out: 2, done: 2 });
  assert.equal(build.plan.isOver(), true);
});

test("while a task is made again its other users wait for it, ready ones included", () => {
  const build = new Build(PIPE, { jobs: 1, durationMs: (i) => [1, 9, 5, 7][i]! });
  for (const name of ["pre", "gen"]) {
    assert.equal(build.start(), name);
    build.end(name);
  }
  assert.deepEqual([build.place("use"), build.place("also")], ["ready", "ready"]);
  assert.equal(build.start(), "use");
  build.want("gen");
  assert.equal(build.place("also"), "waiting");
  build.hold("use", ["gen"]);
  assert.equal(build.start(), "gen");
  build.end("gen");
  assert.deepEqual(build.run(), ["use", "also"]);
  assert.equal(build.plan.isOver(), true);
});

test("while a task is made again those behind a barrier that joins it wait for it, and are blocked should it fail", () => {
  const joined: Readonly<Record<string, Short>> = { gen: { intermediates: ["i"] }, all: { barrier: true, deps: ["gen"] }, outer: { barrier: true, after: ["all", "gen"] }, user: { after: ["outer"] }, use: { inputs: ["i"], outputs: ["o"] } };
  const begin = (): Build => {
    const build = new Build(joined, { jobs: 1, keepGoing: true, durationMs: (i) => [1, 0, 0, 5, 9][i]! });
    assert.equal(build.start(), "gen");
    build.end("gen");
    assert.equal(build.start(), "use");
    build.want("gen");
    build.hold("use", ["gen"]);
    assert.deepEqual(build.places(), { gen: "ready", all: "waiting", outer: "waiting", user: "waiting", use: "waiting" });
    assert.equal(build.start(), "gen");
    return build;
  };
  const good = begin();
  good.end("gen");
  assert.deepEqual([good.place("outer"), good.run()], ["done", ["use", "user"]]);
  assert.equal(good.plan.isOver(), true);
  const bad = begin();
  assert.deepEqual(bad.end("gen", "failed"), ["user", "use"]);
  assert.equal(bad.plan.isOver(), true);
});

test("a held task is blocked when what it waits for fails", () => {
  const build = new Build(PIPE, { only: ["use", "also", "pre"], keepGoing: true, jobs: 9 });
  build.startAll();
  build.want("gen");
  build.hold("use", ["gen"]);
  assert.equal(build.start(), "gen");
  build.end("pre");
  assert.equal(build.place("also"), "waiting");
  assert.deepEqual(build.end("gen", "failed"), ["use", "also"]);
  assert.equal(build.want("gen"), false);
  assert.deepEqual(build.counts(), { done: 1, failed: 1, blocked: 2 });
  assert.equal(build.plan.isOver(), true);
});

test("holding for a task that has already failed blocks at once", () => {
  const build = new Build({ gen: { intermediates: ["i"] }, use: { inputs: ["i"] }, last: { deps: ["use"] } }, { only: ["use", "last"], keepGoing: true });
  build.startAll();
  build.want("gen");
  build.start();
  build.end("gen", "failed");
  assert.deepEqual(build.hold("use", ["gen"]), ["use", "last"]);
  assert.equal(build.plan.isOver(), true);
});

test("a task whose own need failed cannot be wanted again", () => {
  const build = new Build({ src: {}, gen: { deps: ["src"], intermediates: ["i"] }, use: { inputs: ["i"] } }, { only: ["src", "use"], keepGoing: true });
  assert.deepEqual(build.startAll(), ["src", "use"]);
  build.end("src", "failed");
  assert.equal(build.want("gen"), false);
  assert.deepEqual(build.hold("use", ["gen"]), ["use"]);
  assert.equal(build.graph.name(build.plan.blockedBy(2)), "src");
});

test("a requeued task starts once more, after all that it needs", () => {
  const build = new Build(DIAMOND, { jobs: 1 });
  build.start();
  build.plan.requeue(0);
  assert.equal(build.place("top"), "ready");
  assert.deepEqual(build.run(), ["top", "left", "right", "bottom"]);
});

test("a task requeued after stop is cancelled", () => {
  const build = new Build({ a: {} });
  build.start();
  build.plan.stop();
  build.plan.requeue(0);
  assert.equal(build.plan.isOver(), true);
  assert.deepEqual(build.counts(), { cancelled: 1 });
});

test("ending a task that does not run is a bug", () => {
  const build = new Build({ a: {} });
  assert.throws(() => build.end("a"), /not running/);
});

test("a chain of 50,000 ends, and falls as one when its head fails", () => {
  const count = 50_000;
  const tasks = Array.from({ length: count }, (_, i) => task(`t${i}`, { deps: i === 0 ? [] : [`t${i - 1}`], barrier: i % 2 === 1 }));
  const result = linkGraph({ ...project({}), tasks });
  assert.ok(result.ok);
  const wanted = new Uint8Array(count).fill(1);
  const options = { graph: result.value, wanted, skipped: new Uint8Array(count), demands: demandsOf(result.value, { cpu: 1, memory: 1 }), jobs: 4, keepGoing: true, maxFailures: Infinity, durationMs: () => 1, failedLast: () => false, inConfigOrder: false };
  const plan = createPlan(options);
  for (let next = plan.next(0); next >= 0; next = plan.next(0)) plan.finish(next, "done");
  assert.equal(plan.counts().done, count / 2);
  const falls = createPlan(options);
  assert.equal(falls.finish(falls.next(0), "failed").length, count / 2 - 1);
  assert.equal(falls.isOver(), true);
});

/** Whatever is started, ended, failed and wanted again, drawn from a seed. */
function transcript(seed: number, turned: boolean): string[] {
  let state = seed;
  const draw = (below: number): number => ((state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 8) % below;
  const names = Array.from({ length: 12 }, (_, i) => `t${i}`);
  const shorts = Object.fromEntries(names.map((name, i) => [name, { ...(draw(4) === 0 ? { barrier: true } : {}), deps: names.slice(0, i).filter(() => draw(4) === 0), validate: names.slice(0, i).filter(() => draw(9) === 0) } satisfies Short]));
  const only = names.filter(() => draw(3) > 0);
  const build = new Build(shorts, { turned, only, skip: only.filter(() => draw(8) === 0), keepGoing: true, jobs: 3 });
  const said: string[] = [];
  const running: string[] = [];
  for (let turn = 0; turn < 60 && !build.plan.isOver(); turn++) {
    running.push(...build.startAll());
    const name = running.splice(draw(running.length), 1)[0]!;
    said.push(`${name}: ${build.end(name, draw(6) === 0 ? "failed" : "done").join(" ")}; ${JSON.stringify(build.places())}`);
    const again = names[draw(12)]!;
    if (draw(3) === 0) said.push(`want ${again}: ${build.want(again)}`);
  }
  return said;
}

test("a graph that has been turned round before, as in a watch, is built in the same way", () => {
  for (let seed = 1; seed <= 100; seed++) assert.deepEqual(transcript(seed, true), transcript(seed, false), `seed ${seed}`);
});
