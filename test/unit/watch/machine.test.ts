// The machine of tg watch: every state by a story, then 2,000 random schedules in which events are dropped, late, doubled or
// out of order. Time is a number here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { next, START, wakeAt, type RoundKind, type Rules, type WatchInput, type WatchOrder, type WatchState } from "../../../src/watch/machine.ts";

const RULES: Rules = { debounceMs: 15, sweepMs: 30_000 };
const NONE = { due: false, circular: [] };

/** Sends inputs one after the other; collects orders. */
function play(state: WatchState, ...inputs: readonly WatchInput[]): { state: WatchState; orders: WatchOrder[] } {
  const orders: WatchOrder[] = [];
  for (const input of inputs) {
    const step = next(state, input, RULES);
    state = step.state;
    orders.push(...step.orders);
  }
  return { state, orders };
}

const idle = play(START, { event: "round-ended", time: 0, ...NONE }).state;
const hint = (time: number): WatchInput => ({ event: "hint", time });
const tick = (time: number, held = false): WatchInput => ({ event: "tick", time, held });

test("a hint waits for quiet, then a round looks where it points", () => {
  const { state } = play(idle, hint(100), hint(110));
  assert.equal(wakeAt(state, RULES), 125);
  assert.deepEqual(play(state, tick(120)).orders, []);
  assert.deepEqual(play(state, tick(125)).orders, [{ order: "round", kind: "hints" }]);
});

test("a burst waits longer, but not for ever", () => {
  let state = idle;
  for (let i = 0; i < 20; i++) state = play(state, hint(100 + i)).state;
  assert.equal(wakeAt(state, RULES), 169);
  for (let i = 0; i < 300; i++) state = play(state, hint(120 + i * 10)).state;
  assert.equal(wakeAt(state, RULES), 2100);
});

test("who asks for a longer quiet gets it, but not who presses a key", () => {
  const slow = { ...RULES, debounceMs: 60_000 };
  const { state } = play(idle, hint(100), hint(110));
  assert.equal(wakeAt(state, slow), 60_100);
  const running = play(idle, hint(100), tick(2_200)).state;
  const asked = play(running, hint(2_300), { event: "key", time: 2_400, key: "run" }, { event: "round-ended", time: 2_500, ...NONE }).state;
  assert.equal(wakeAt(asked, slow), 2_500);
});

test("a checkout under way puts the round off, but not for ever", () => {
  let { state } = play(idle, hint(100));
  assert.deepEqual(play(state, tick(115, true)).orders, []);
  for (let time = 115; time < 10_000; time = wakeAt(state, RULES)) state = play(state, tick(time, true)).state;
  assert.deepEqual(play(state, tick(10_200, true)).orders, [{ order: "round", kind: "hints" }]);
});

test("what happens during a round is looked at after it", () => {
  const running = play(idle, hint(100), tick(115)).state;
  const { state, orders } = play(running, hint(120), { event: "lost", time: 130 }, { event: "round-ended", time: 500, ...NONE });
  assert.deepEqual(orders, []);
  assert.deepEqual(play(state, tick(wakeAt(state, RULES))).orders, [{ order: "round", kind: "sweep" }]);
});

test("without events everything is looked at once in a while", () => {
  assert.equal(wakeAt(idle, RULES), 30_000);
  assert.deepEqual(play(idle, tick(30_000)).orders, [{ order: "round", kind: "sweep" }]);
});

test("keys begin a round at once, or the next one", () => {
  assert.deepEqual(play(idle, { event: "key", time: 1, key: "force" }).orders, [{ order: "round", kind: "force" }]);
  const { state } = play(START, { event: "key", time: 1, key: "run" }, hint(2), { event: "round-ended", time: 3, ...NONE });
  assert.deepEqual(play(state, tick(wakeAt(state, RULES))).orders, [{ order: "round", kind: "run" }]);
});

test("a burst waits for more quiet than an edit, a flood for more than a burst, and no longer than half a minute", () => {
  const afterHints = (count: number, end: number): number => {
    let state = play(START, { event: "round-ended", time: 0, ...NONE }).state;
    for (let i = 0; i < count; i++) state = play(state, hint(end * (i / count))).state;
    return Math.round(wakeAt(play(state, hint(end)).state, RULES) - end);
  };
  assert.deepEqual([1, 20, 2000].map((count) => afterHints(count, 10)), [15, 50, 250]);
  assert.equal(afterHints(20, 1_990), 10);
  assert.equal(afterHints(2000, 29_900), 100);
});

test("a file that changes in every round is told however many others changed once", () => {
  let state = START;
  let time = 0;
  const round = (number: number): WatchInput => ({ event: "round-ended", time, due: true, circular: [...Array.from({ length: 1_000 }, (_, i) => `t\0${number}-${i}`), "t\0x"] });
  for (let i = 0; i < 3; i++) {
    state = play(state, round(i)).state;
    time = wakeAt(state, RULES);
    state = play(state, tick(time)).state;
  }
  assert.deepEqual(play(state, round(3)).orders, [{ order: "tell-loop", circular: ["t\0x"] }]);
});

test("a file that changes in every round: two more at once, one after a pause, then it is told", () => {
  let state = START;
  let time = 0;
  const pauses: number[] = [];
  for (let i = 0; i < 3; i++) {
    state = play(state, { event: "round-ended", time, due: true, circular: ["t\0x"] }).state;
    pauses.push(wakeAt(state, RULES) - time);
    time = wakeAt(state, RULES);
    state = play(state, tick(time)).state;
  }
  assert.deepEqual(pauses, [15, 15, 2000]);
  const last = play(state, { event: "round-ended", time, due: true, circular: ["t\0x"] });
  assert.deepEqual(last.orders, [{ order: "tell-loop", circular: ["t\0x"] }]);
  assert.equal(last.state.at, "idle");
  assert.deepEqual(play(last.state, hint(time + 10), tick(time + 25)).orders, [{ order: "round", kind: "hints" }]);
});

test("who changes something in the pause before a file is told is not the task: the count begins anew", () => {
  const ended = (time: number): WatchInput => ({ event: "round-ended", time, due: true, circular: ["t\0x"] });
  const { state } = play(START, ended(0), tick(15), ended(20), tick(35), ended(40), hint(60), hint(1_040), tick(2_040));
  assert.equal(state.at, "running");
  assert.deepEqual(play(state, ended(2_050)).orders, []);
  const own = play(START, ended(0), tick(15), ended(20), tick(35), ended(40), hint(1_039), tick(2_040), ended(2_050));
  assert.deepEqual(own.orders.at(-1), { order: "tell-loop", circular: ["t\0x"] });
});

test("leaving waits for the round that runs; a second signal is passed on", () => {
  assert.deepEqual(play(idle, { event: "quit", again: false }).orders, [{ order: "leave" }]);
  const { state, orders } = play(START, { event: "quit", again: false }, hint(1), { event: "quit", again: true });
  assert.deepEqual(orders, [{ order: "stop-round" }, { order: "stop-round" }]);
  assert.deepEqual(play(state, { event: "round-ended", time: 9, ...NONE }).orders, [{ order: "leave" }]);
});

// --- random schedules ------------------------------------------------------------------------------------------------

function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A tree of numbered files, what was last looked at of it, and what was last built of it. */
interface Sim {
  readonly disk: number[];
  readonly seen: number[];
  readonly built: number[];
  readonly hints: Set<number>;
  wide: boolean;
  state: WatchState;
  now: number;
  builds: number;
  /** End of the round that runs; what it will have built. */
  ends: { time: number; content: readonly number[] | null } | null;
}

const FILES = 6;

function send(sim: Sim, input: WatchInput): void {
  const step = next(sim.state, input, RULES);
  sim.state = step.state;
  for (const order of step.orders) if (order.order === "round") beginRound(sim, order.kind);
}

/** As the lookout does: only hinted files are looked at, and a build begins if one of them differs from what was built. */
function beginRound(sim: Sim, kind: RoundKind): void {
  const files = kind !== "hints" || sim.wide ? sim.disk.keys() : [...sim.hints];
  for (const file of files) sim.seen[file] = sim.disk[file]!;
  sim.hints.clear();
  sim.wide = false;
  const due = sim.seen.some((content, file) => content !== sim.built[file]);
  if (due) sim.builds++;
  sim.ends = { time: sim.now + (due ? 5 + (sim.builds * 37) % 90 : 0), content: due ? [...sim.seen] : null };
}

function endRound(sim: Sim): void {
  const { content } = sim.ends!;
  sim.ends = null;
  let due = false;
  if (content !== null) {
    content.forEach((value, file) => (sim.built[file] = value));
    sim.hints.clear();
    sim.disk.forEach((value, file) => (sim.seen[file] = value));
    due = sim.disk.some((value, file) => value !== sim.built[file]);
  }
  send(sim, { event: "round-ended", time: sim.now, due, circular: [] });
}

/** Runs until `until`, delivering what is due in order of time. */
function run(sim: Sim, until: number, late: { time: number; file: number }[]): void {
  for (;;) {
    late.sort((a, b) => a.time - b.time);
    const at = Math.min(wakeAt(sim.state, RULES), sim.ends?.time ?? Infinity, late[0]?.time ?? Infinity);
    if (at > until) break;
    sim.now = Math.max(sim.now, at);
    if (late[0] !== undefined && late[0].time <= sim.now) {
      const { file } = late.shift()!;
      if (file < 0) sim.wide = true;
      else sim.hints.add(file);
      send(sim, file < 0 ? { event: "lost", time: sim.now } : hint(sim.now));
    } else if (sim.ends !== null && sim.ends.time <= sim.now) endRound(sim);
    else send(sim, tick(sim.now, sim.now % 7 === 0));
  }
  sim.now = until;
}

test("2,000 random schedules: dropped, late, doubled and reordered events are made good within one sweep", () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const rnd = random(seed);
    const zeros = (): number[] => new Array<number>(FILES).fill(0);
    const sim: Sim = { disk: zeros(), seen: zeros(), built: zeros(), hints: new Set(), wide: false, state: START, now: 0, builds: 0, ends: { time: 20, content: zeros() } };
    const late: { time: number; file: number }[] = [];
    // Of each kind of trouble: never, sometimes, always.
    const drop = [0, 0.2, 1][seed % 3]!, delay = [0, 0.3, 1][(seed >> 2) % 3]!, double = [0, 0.3][(seed >> 4) % 2]!;
    let edits = 0;
    for (let time = 0; time < 4000; time += rnd() < 0.3 ? 1 : Math.floor(rnd() * 200)) {
      run(sim, time, late);
      const file = Math.floor(rnd() * FILES);
      sim.disk[file] = Math.floor(rnd() * 3);
      edits++;
      if (rnd() >= drop) late.push({ time: time + (rnd() < delay ? Math.floor(rnd() * 2000) : 0), file });
      if (rnd() < double) late.push({ time: time + 3, file });
      if (rnd() < 0.01) late.push({ time: time + 1000, file: -1 });
    }
    const quiet = sim.now;
    run(sim, quiet + (drop === 0 ? 4500 : 40_000), late);
    assert.deepEqual(sim.built, sim.disk, `seed ${seed}: not built in the end`);
    assert.ok(sim.builds <= edits + 1, `seed ${seed}: ${sim.builds} builds for ${edits} edits`);
    const builds = sim.builds;
    run(sim, sim.now + 100_000, late);
    assert.equal(sim.builds, builds, `seed ${seed}: builds without an edit`);
  }
});
