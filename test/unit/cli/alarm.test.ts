import assert from "node:assert/strict";
import { test } from "node:test";
import { Alarm } from "../../../src/cli/watch/alarm.ts";

test("an alarm that is put off goes off once, at the last time it was set for; an earlier time counts at once", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const rang: number[] = [];
  const alarm = new Alarm(() => Date.now(), (time) => rang.push(time));
  for (let at = 10; at <= 100; at++) alarm.set(at);
  t.mock.timers.tick(99);
  assert.deepEqual(rang, []);
  t.mock.timers.tick(1);
  assert.deepEqual(rang, [100]);
  alarm.set(1_000);
  alarm.set(200);
  t.mock.timers.tick(100);
  assert.deepEqual(rang, [100, 200]);
  alarm.set(300);
  alarm.set(Infinity);
  t.mock.timers.tick(1_000);
  assert.deepEqual(rang, [100, 200]);
});
