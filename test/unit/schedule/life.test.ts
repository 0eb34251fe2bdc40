// The life of a service on its own: every path of the chart in life.ts, in time that is made up.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DOWN, lifeWakesAt, live, MOST_FALLS, type Life, type LifeInput, type LifeOrder, type LifeRules } from "../../../src/schedule/services/life.ts";

const RULES: LifeRules = { checks: false, probes: true, timeoutMs: 1000, graceMs: 3000, restarts: false };

class Story {
  life: Life = DOWN;
  readonly rules: LifeRules;

  constructor(rules: Partial<LifeRules> = {}) {
    this.rules = { ...RULES, ...rules };
  }

  /** The orders, in words. */
  say(input: LifeInput): string {
    const { life, orders } = live(this.life, input, this.rules);
    this.life = life;
    return orders.map(orderText).join(" ");
  }

  up(time = 0): this {
    this.say({ input: "start", time });
    this.say({ input: "probed", ready: true, time });
    assert.equal(this.life.at, "up");
    return this;
  }

  wakesAt(): number {
    return lifeWakesAt(this.life, this.rules);
  }
}

function orderText(order: LifeOrder): string {
  switch (order.order) {
    case "signal": return order.name;
    case "tell-ready": return `ready:${order.ms}`;
    case "tell-crash": return `crash:${order.againMs}`;
    case "tell-failed": return `failed:${order.trouble.kind}`;
    default: return order.order;
  }
}

test("started, asked more and more seldom, ready", () => {
  const one = new Story();
  assert.equal(one.say({ input: "start", time: 100 }), "spawn");
  const pauses: number[] = [];
  for (let time = 100; time < 900; ) {
    const at = one.wakesAt();
    pauses.push(at - time);
    assert.equal(one.say({ input: "tick", time: at - 1 }), "");
    assert.equal(one.say({ input: "tick", time: at }), "probe");
    // While a question is out nothing but the end of the time is waited for.
    assert.equal(one.wakesAt(), 1100);
    one.say({ input: "probed", ready: false, time: at });
    time = at;
  }
  assert.deepEqual(pauses.map(Math.round), [20, 20, 30, 45, 68, 101, 152, 228, 250]);
  assert.equal(one.say({ input: "probed", ready: true, time: 1050 }), "ready:950");
  assert.equal(one.wakesAt(), Infinity);
});

test("a place that must be free is looked at first", () => {
  const one = new Story({ checks: true });
  assert.equal(one.say({ input: "start", time: 0 }), "check");
  assert.equal(one.say({ input: "checked", free: true, time: 1 }), "spawn");
  const other = new Story({ checks: true });
  other.say({ input: "start", time: 0 });
  assert.equal(other.say({ input: "checked", free: false, time: 1 }), "failed:taken");
  assert.equal(other.life.at, "failed");
});

test("a place that is taken by one that will do: it is up, and let go of at the end", () => {
  const one = new Story({ checks: true });
  one.say({ input: "start", time: 0 });
  assert.equal(one.say({ input: "lent", time: 5 }), "ready:0");
  assert.equal(one.life.at, "up");
  assert.equal(one.say({ input: "lent", time: 6 }), "");
  assert.equal(one.say({ input: "stop", time: 7 }), "SIGTERM");
  assert.equal(one.say({ input: "gone", time: 8 }), "tell-stopped");
});

test("told by its output, once", () => {
  const one = new Story({ probes: false });
  assert.equal(one.say({ input: "start", time: 0 }), "spawn");
  assert.equal(one.wakesAt(), 1000);
  assert.equal(one.say({ input: "told", time: 40 }), "ready:40");
  assert.equal(one.say({ input: "told", time: 50 }), "");
});

test("late: ended, and failed when it has gone", () => {
  const one = new Story();
  one.say({ input: "start", time: 0 });
  one.say({ input: "tick", time: 20 });
  assert.equal(one.say({ input: "tick", time: 1000 }), "SIGTERM");
  assert.equal(one.say({ input: "probed", ready: true, time: 1001 }), "", "too late");
  assert.equal(one.wakesAt(), 4000);
  assert.equal(one.say({ input: "tick", time: 4000 }), "SIGKILL");
  assert.equal(one.say({ input: "gone", time: 4001 }), "failed:late");
});

test("ended before it was ready, and after", () => {
  const one = new Story();
  one.say({ input: "start", time: 0 });
  assert.equal(one.say({ input: "gone", time: 5 }), "failed:ended");
  assert.deepEqual(one.life, { at: "failed", trouble: { kind: "ended", ready: false } });
  const other = new Story().up();
  other.say({ input: "gone", time: 5 });
  assert.deepEqual(other.life, { at: "failed", trouble: { kind: "ended", ready: true } });
});

test("started anew only when the old one has gone, also while that takes its time", () => {
  const one = new Story({ checks: true });
  one.say({ input: "start", time: 0 });
  one.say({ input: "checked", free: true, time: 0 });
  one.say({ input: "probed", ready: true, time: 0 });
  assert.equal(one.say({ input: "start", time: 10 }), "SIGTERM");
  assert.equal(one.say({ input: "start", time: 20 }), "");
  assert.equal(one.say({ input: "gone", time: 30 }), "check");
  assert.equal(one.say({ input: "checked", free: true, time: 31 }), "spawn");
});

test("in a watch it comes back, later each time, and is given up", () => {
  const one = new Story({ restarts: true }).up();
  let time = 1;
  const said: string[] = [];
  for (let i = 1; i <= MOST_FALLS; i++) {
    said.push(one.say({ input: "gone", time }));
    if (i === MOST_FALLS) break;
    time = one.wakesAt();
    assert.equal(one.say({ input: "tick", time: time - 1 }), "");
    assert.equal(one.say({ input: "tick", time }), "spawn");
    // The third never gets ready: that is no better than an end afterwards.
    if (i !== 3) one.say({ input: "probed", ready: true, time: time + 1 });
    time += 2;
  }
  assert.deepEqual(said, ["crash:500", "crash:1000", "crash:2000", "crash:4000", "failed:crashes"]);
  assert.equal(one.say({ input: "start", time }), "spawn", "a person, or a change, tries again");
});

test("who was up for long has recovered", () => {
  const one = new Story({ restarts: true }).up();
  assert.equal(one.say({ input: "gone", time: 1 }), "crash:500");
  one.say({ input: "tick", time: 501 });
  one.say({ input: "probed", ready: true, time: 502 });
  assert.equal(one.say({ input: "gone", time: 60_000 }), "crash:500");
});

test("stopped in every place", () => {
  const up = new Story().up();
  assert.equal(up.say({ input: "stop", time: 5 }), "SIGTERM");
  assert.equal(up.say({ input: "gone", time: 6 }), "tell-stopped");
  assert.equal(up.life.at, "down");
  const waiting = new Story({ restarts: true }).up();
  waiting.say({ input: "gone", time: 1 });
  assert.equal(waiting.say({ input: "stop", time: 2 }), "tell-stopped");
  assert.equal(waiting.wakesAt(), Infinity);
  const checking = new Story({ checks: true });
  checking.say({ input: "start", time: 0 });
  assert.equal(checking.say({ input: "stop", time: 1 }), "tell-stopped");
  assert.equal(checking.say({ input: "checked", free: true, time: 2 }), "", "the answer comes too late");
  const again = new Story().up();
  again.say({ input: "start", time: 1 });
  assert.equal(again.say({ input: "stop", time: 2 }), "", "it ends already, and is not started anew");
  assert.equal(again.say({ input: "gone", time: 3 }), "tell-stopped");
});

test("killed at once", () => {
  const one = new Story().up();
  one.say({ input: "stop", time: 1 });
  assert.equal(one.say({ input: "kill", time: 2 }), "SIGKILL");
  assert.equal(one.wakesAt(), Infinity);
  assert.equal(one.say({ input: "gone", time: 3 }), "tell-stopped");
  assert.equal(new Story().up().say({ input: "kill", time: 1 }), "SIGKILL");
  assert.equal(new Story().say({ input: "kill", time: 1 }), "");
});

test("whatever comes in whatever order: one process at a time, and none after a stop", () => {
  for (let seed = 1; seed <= 2000; seed++) {
    let state = seed;
    const dice = (sides: number): number => ((state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 8) % sides;
    const one = new Story({ checks: dice(2) === 0, restarts: dice(2) === 0, probes: dice(3) > 0 });
    let processes = 0;
    let time = 0;
    const feed = (input: LifeInput): void => {
      if (input.input === "gone") processes--;
      for (const order of one.say(input).split(" ")) {
        if (order === "spawn") processes++;
        if (order.startsWith("SIG")) assert.ok(processes === 1, `seed ${seed}: a signal to nobody`);
      }
      assert.ok(processes === 0 || processes === 1, `seed ${seed}: ${processes} processes`);
    };
    for (let i = 0; i < 40; i++) {
      time += dice(700);
      const inputs: LifeInput[] = [{ input: "start", time }, { input: "stop", time }, { input: "kill", time }, { input: "checked", free: dice(4) > 0, time }, { input: "probed", ready: dice(3) === 0, time }, { input: "told", time }, { input: "tick", time: Math.min(time + 500, one.wakesAt()) }];
      if (processes > 0) inputs.push({ input: "gone", time }, { input: "gone", time });
      feed(inputs[dice(inputs.length)]!);
    }
    feed({ input: "stop", time });
    if (processes > 0) feed({ input: "gone", time: time + 1 });
    assert.equal(one.life.at, "down", `seed ${seed}`);
    assert.equal(processes, 0);
  }
});
