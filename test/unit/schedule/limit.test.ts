// A limit is reached when its time has passed, not when the loop's idea of it has; what ended in time is heard first.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { openLimit } from "../../../src/schedule/step/limit.ts";

const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

test("a limit is neither early nor deaf", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    let clock = 5_000;
    const signals: string[] = [];
    const open = (): ReturnType<typeof openLimit> => openLimit({ ms: 1_000, atMostMs: 1_500, graceMs: 300, now: () => clock, monotonicMs: () => clock, signal: (name) => signals.push(name) });
    const limit = open();
    clock += 900;
    mock.timers.tick(1_000);
    await turn();
    assert.deepEqual([signals, limit.passedAt()], [[], null], "the timer counted from before the start");
    clock += 100;
    mock.timers.tick(100);
    await turn();
    assert.deepEqual([signals, limit.passedAt()], [["SIGTERM"], 6_000]);
    mock.timers.tick(300);
    assert.deepEqual(signals, ["SIGTERM", "SIGKILL"]);
    const late = open();
    clock += 1_500;
    mock.timers.tick(1_500);
    late.stop();
    await turn();
    assert.deepEqual([signals.length, late.passedAt()], [2, null], "it had ended while the loop was busy");
    const pass = async (ms: number): Promise<void> => {
      for (let left = ms; left > 0; left -= 100) {
        clock += 100;
        mock.timers.tick(100);
        await turn();
      }
    };
    const held = open();
    let begin: (_?: unknown) => void = () => {};
    held.hold(new Promise((resolve) => (begin = resolve)));
    await pass(300);
    begin();
    await turn();
    await pass(900);
    assert.deepEqual([held.passedAt(), held.heldMs()], [null, 300]);
    await pass(100);
    assert.deepEqual([held.passedAt(), held.heldMs()], [clock, 300]);
    held.stop();
    const never = open();
    never.hold(new Promise(() => {}));
    await pass(1_500);
    assert.equal(never.passedAt(), clock, "not longer than at most");
    never.stop();
  } finally {
    mock.timers.reset();
  }
});
