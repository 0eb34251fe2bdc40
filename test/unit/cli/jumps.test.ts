import assert from "node:assert/strict";
import { test } from "node:test";
import { Ears } from "../../../src/cli/watch/ears.ts";
import type { Disk, Watcher, WatchSignal } from "../../../src/model/ports.ts";

test("a watch looks at everything once the machine has slept, the clock was set or the process stood still; not for the clock's small steps", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const clock = { now: 1_000_000, monotonicMs: 0 };
  const heard: string[] = [];
  const watcher: Watcher = { watch: () => Promise.resolve(new Set()), caughtUp: () => Promise.resolve(true), hearsAll: () => true, quietMs: 0, close: () => Promise.resolve() };
  const ears = new Ears({ poll: false, system: { now: () => clock.now, monotonicMs: () => clock.monotonicMs }, open: () => Promise.resolve(watcher), hear: ({ kind }: WatchSignal) => heard.push(kind) });
  await ears.listen({ root: "/w" } as Disk, new Set());
  /** What is heard by the next look, when the time of day has gone on by this, and the other clock by that. */
  const after = (nowMs: number, monotonicMs: number): string => {
    clock.now += nowMs;
    clock.monotonicMs += monotonicMs;
    t.mock.timers.tick(1_000);
    return heard.splice(0).join();
  };
  assert.equal(after(1_000, 1_000), "");
  assert.equal(after(1_400, 1_000), "");
  assert.equal(after(1_300, 1_000), "");
  assert.equal(after(3_600_000, 1_000), "lost");
  assert.equal(after(1_000, 1_000), "");
  assert.equal(after(-3_599_000, 1_000), "lost");
  assert.equal(after(4_000, 4_000), "");
  assert.equal(after(60_000, 60_000), "lost");
  // Who asks learns it at once.
  clock.now += 5_000;
  assert.equal(ears.hasSlept(), true);
  assert.equal(heard.splice(0).join(), "lost");
  assert.equal(ears.hasSlept(), false);
  await ears.close();
  assert.equal(after(3_600_000, 1_000), "");
});
