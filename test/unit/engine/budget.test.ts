import assert from "node:assert/strict";
import { test } from "node:test";
import { hasBudget, setBudget, withLongBudget } from "../../../src/engine/budget.ts";

const hasFlag = hasBudget();

function flags(): { set: (flag: string) => void; said: string[] } {
  const said: string[] = [];
  return { set: (flag) => void said.push(flag), said };
}

const LONG_THEN_USUAL = hasFlag ? ["--interrupt-budget=1000000", "--interrupt-budget=67584"] : [];

test("the budget is long during the work alone", async () => {
  const { set, said } = flags();
  assert.equal(await withLongBudget(async () => said.length, set), hasFlag ? 1 : 0);
  assert.deepEqual(said, LONG_THEN_USUAL);
});

test("work that fails leaves the budget as it was", async () => {
  const { set, said } = flags();
  await assert.rejects(withLongBudget(async () => Promise.reject(new Error("no")), set), /no/);
  assert.deepEqual(said, LONG_THEN_USUAL);
});

test("work in a build whose budget is long already leaves it long", async () => {
  const { set, said } = flags();
  setBudget(true, set);
  await withLongBudget(async () => {}, set);
  assert.deepEqual(said, LONG_THEN_USUAL.slice(0, 1));
  setBudget(false, set);
});

test("a runtime without the flag is not asked to set it, and no other twice", () => {
  const { set, said } = flags();
  for (const long of [false, true, true, false]) setBudget(long, set);
  assert.deepEqual(said, LONG_THEN_USUAL);
});
