// What tasks may take, as written: durations, retries, pools, resources, rates; and everything that can be wrong.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readTotals, readUnit } from "../../../src/config/limits.ts";
import { sizeBytes, type Bag, type Scope } from "../../../src/config/fields.ts";
import { backoffMs, NO_RETRIES, NO_SETTINGS, type Settings } from "../../../src/model/limits.ts";
import type { FilePath } from "../../../src/model/path.ts";
import type { Problem } from "../../../src/model/problem.ts";

function scopeWith(problems: Problem[]): Scope {
  return { task: null, prefix: "", problems, place: () => ({ file: "c" as FilePath, line: 1 }) };
}

function unit(value: Bag, settings: Settings = NO_SETTINGS): ReturnType<typeof readUnit> {
  const problems: Problem[] = [];
  const read = readUnit(scopeWith(problems), value, settings);
  assert.deepEqual(problems, []);
  return read;
}

/** `field: found`, and the suggestion if there is one. */
function wrong(read: (scope: Scope) => unknown): string[] {
  const problems: Problem[] = [];
  read(scopeWith(problems));
  return problems.map((problem) => (problem.code === "bad-field" ? `${problem.field}: ${problem.found}${problem.suggestion === undefined ? "" : ` (${problem.suggestion})`}` : `${problem.code} ${"field" in problem ? problem.field : ""}`));
}

test("durations", () => {
  const cases: readonly (readonly [unknown, number])[] = [["90s", 90_000], ["5m", 300_000], ["1.5h", 5_400_000], ["250ms", 250], ["2 s", 2000], [1500, 1500]];
  for (const [text, ms] of cases) assert.equal(unit({ timeout: text }).timeoutMs, ms, String(text));
  assert.equal(unit({ deadline: "1h" }).deadlineMs, 3_600_000);
  assert.deepEqual([unit({}).timeoutMs, unit({}).deadlineMs], [0, 0]);
  for (const bad of ["5", "5 min", "", "-1s", "s", 0, -5, Number.NaN, Infinity, true, null, ["5s"]]) assert.equal(wrong((scope) => readUnit(scope, { timeout: bad }, NO_SETTINGS)).length, 1, String(bad));
});

test("sizes are written as people write them, in capitals or not", () => {
  const cases: readonly (readonly [unknown, number | null])[] = [
    ["50kB", 50_000], ["50k", 50_000], ["50 KB", 50_000], ["500mb", 5e8], ["1.5GiB", 1.5 * 2 ** 30], ["2gi", 2 ** 31], ["1TB", 1e12],
    ["5", null], ["5B", null], ["big", null], ["-1k", null], ["k", null], ["5 k b", null], [5, null],
  ];
  for (const [text, bytes] of cases) assert.equal(sizeBytes(text), bytes, String(text));
  assert.deepEqual(unit({ resources: { memory: "4gib", cpu: 1 } }).resources, { memory: 4096, cpu: 1 });
  assert.deepEqual(wrong((scope) => readUnit(scope, { resources: { memory: "0k", cpu: "1k" } }, NO_SETTINGS)), ['resources.memory: "0k"', 'resources.cpu: "1k"']);
});

test("retries: a count, or with backoff", () => {
  assert.deepEqual(unit({ retries: 3 }).retries, { ...NO_RETRIES, count: 3 });
  assert.deepEqual(unit({ retries: { count: 1, backoff: "2s" } }).retries, { ...NO_RETRIES, count: 1, baseMs: 2000 });
  assert.deepEqual(unit({ retries: { count: 1, backoff: { base: 10, factor: 3, cap: "1s" } } }).retries, { count: 1, baseMs: 10, factor: 3, capMs: 1000 });
  assert.deepEqual(wrong((scope) => readUnit(scope, { retries: -1 }, NO_SETTINGS)), ["retries: -1"]);
  assert.deepEqual(wrong((scope) => readUnit(scope, { retries: "2" }, NO_SETTINGS)), ['retries: "2"']);
  assert.deepEqual(wrong((scope) => readUnit(scope, { retries: { backof: 1 } }, NO_SETTINGS)), ["unknown-field retries.backof", "retries.count: undefined"]);
  assert.deepEqual(wrong((scope) => readUnit(scope, { retries: { count: 1.5, backoff: { base: "x", factor: 0.5, cap: {} } } }, NO_SETTINGS)), [
    "retries.count: 1.5", "retries.backoff.factor: 0.5", 'retries.backoff.base: "x"', "retries.backoff.cap: an object",
  ]);
});

test("waits grow by the factor up to the cap", () => {
  const retries = { count: 9, baseMs: 100, factor: 2, capMs: 500 };
  assert.deepEqual([2, 3, 4, 5, 6].map((attempt) => backoffMs(retries, attempt)), [100, 200, 400, 500, 500]);
  assert.equal(backoffMs(NO_RETRIES, 2), 0);
});

test("pools, resources and rates name what the top of the config has", () => {
  const problems: Problem[] = [];
  const totals = readTotals(scopeWith(problems), { pools: { link: 2, api: { size: 3, rate: "10/s" }, slow: { rate: "100/m" } }, resources: { gpu: 1.5 } });
  assert.deepEqual(problems, []);
  assert.deepEqual(totals, { pools: { link: { size: 2, rate: null }, api: { size: 3, rate: { count: 10, perMs: 1000 } }, slow: { size: null, rate: { count: 100, perMs: 60_000 } } }, resources: { gpu: 1.5 } });
  const settings = { ...NO_SETTINGS, ...totals };
  const read = unit({ pool: "link", resources: { gpu: 1, cpu: 2, memory: 512 }, rate: "5/h", priority: -2 }, settings);
  assert.deepEqual([read.pool, read.resources, read.rate, read.priority], ["link", { gpu: 1, cpu: 2, memory: 512 }, { count: 5, perMs: 3_600_000 }, -2]);
  assert.deepEqual(wrong((scope) => readUnit(scope, { pool: "lnk", resources: { gup: 1, cpu: 0, memory: "1" }, rate: "10", priority: "high" }, settings)), [
    'pool: "lnk" (link)', "resources.cpu: 0", 'resources.memory: "1"', "resources.gup: 1 (gpu)", 'rate: "10"', 'priority: "high"',
  ]);
  assert.deepEqual(wrong((scope) => readTotals(scope, { pools: { a: 0, b: { sise: 1 }, c: "2", d: { size: 1.5, rate: "0/s" } }, resources: [1] })), [
    "pools.a: 0", "unknown-field pools.b.sise", 'pools.c: "2"', "pools.d.size: 1.5", 'pools.d.rate: "0/s"', "resources: an array",
  ]);
});
