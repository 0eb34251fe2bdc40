// What `why` says: rows in, exact lines out.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reason } from "../../../src/model/state.ts";
import { PLAIN } from "../../../src/report/color.ts";
import type { StatusRow } from "../../../src/report/status.ts";
import { whyJson, whyLines } from "../../../src/report/why.ts";

const row = (name: string, state: StatusRow["state"], reasons: readonly Reason[], more: Partial<StatusRow> = {}): StatusRow => ({ name, state, barrier: false, reasons, virtual: false, temp: false, key: "", last: null, error: null, blockedBy: null, ...more });
const may = (task: string, subject?: string): Reason => ({ code: "upstream-changed", task: task as never, ...(subject === undefined ? {} : { subject }), pending: true });
const changed = (subject: string): Reason => ({ code: "input-changed", subject, old: "f0123456789abcdef.a", new: "ffedcba9876543210.b" });
const VALUES = "    file, 10 B, 01234567 → file, 11 B, fedcba98";
const why = (rows: readonly StatusRow[], verbose = false): string[] => whyLines(rows, { paint: PLAIN, verbose });

test("one task: its own reasons", () => {
  assert.deepEqual(why([row("a", "fresh", [])]), ["a is fresh: nothing it is judged by has changed since it ran"]);
  assert.deepEqual(why([row("a", "stale", [changed("in"), { code: "env-changed", subject: "MODE", old: "unset", new: "set" }])]), ["a is stale:", "  input changed: in", VALUES, "  env changed: MODE (unset → set)"]);
  assert.equal(why([row("b", "blocked", [{ code: "never-ran" }], { blockedBy: "a" })])[0], 'b is blocked by "a":');
  assert.deepEqual(why([row("a", "stale", [{ code: "code-changed", subject: "tasks.config.ts" }])])[2], "    its function is written in the config and goes by the config's code; in a file of its own it would go by that file alone");
});

test("the cause comes first, with the shortest way; what may change after it", () => {
  const rows = [row("app", "maybe", [may("lib", "lib.a"), may("gen", "gen.h")]), row("lib", "maybe", [may("o", "x.o")]), row("gen", "maybe", [may("src")]), row("o", "maybe", [may("src")]), row("src", "stale", [changed("in")])];
  const head = ["app is maybe stale:", "  input changed: in", VALUES, "    src → gen → app", '  may change: lib.a (from "lib")', '  may change: gen.h (from "gen")'];
  assert.deepEqual(why(rows), [...head, "  and 2 tasks between, maybe stale (-v lists all)"]);
  assert.deepEqual(why(rows, true), [
    ...head,
    "  lib is maybe stale:", '    may change: x.o (from "o")',
    "  gen is maybe stale:", '    may change: what "src" makes',
    "  o is maybe stale:", '    may change: what "src" makes',
    "  src is stale:", "    input changed: in", "  " + VALUES,
  ]);
});

test("an equal cause of several tasks is told once", () => {
  const rows = [row("app", "stale", [changed("h"), may("a"), may("b")]), row("a", "stale", [changed("h")]), row("b", "stale", [changed("h"), changed("b.c")])];
  assert.deepEqual(why(rows), ["app is stale:", "  input changed: h", VALUES, "    app (and 2 more tasks)", "  input changed: b.c", VALUES, "    b → app", '  may change: what "a" makes', '  may change: what "b" makes', "  and 1 task between, stale (-v lists all)"]);
});

test("a fresh task that made another output ends the search", () => {
  const reason: Reason = { code: "upstream-changed", task: "gen" as never, subject: "mid" };
  assert.deepEqual(why([row("use", "stale", [reason]), row("gen", "fresh", [])]), ["use is stale:", '  upstream changed: mid (from "gen")']);
});

test("failed tasks: each with its own last error", () => {
  const failed = (name: string, error: string): StatusRow => row(name, "failed", [{ code: "failed-last-time" }], { error });
  const rows = [row("app", "blocked", [may("a"), may("b")], { blockedBy: "a" }), failed("a", "exit 1"), failed("b", "exit 2")];
  assert.deepEqual(why(rows), ['app is blocked by "a":', "  failed last time", "    last error: exit 1", "    a → app", "  failed last time", "    last error: exit 2", "    b → app", '  may change: what "a" makes', '  may change: what "b" makes']);
  assert.deepEqual(why([failed("a", "exit 1")]), ["a failed:", "  failed last time", "  last error: exit 1"]);
});

test("very many causes and reasons: some, and how many more", () => {
  const files = Array.from({ length: 50 }, (_, i) => row(`t${i}`, "stale", [changed(`in${i}`)]));
  const lines = why([row("sum", "stale", [...files.map(({ name }) => may(name)), { code: "always" }]), ...files]);
  assert.deepEqual(lines.slice(0, 5), ["sum is stale:", "  runs in every build", "  input changed: in0", VALUES, "    t0 → sum"]);
  assert.deepEqual(lines.slice(-2), ['  may change: what "t2" makes', "  and 46 more causes; 47 more may change; 46 tasks between, stale (-v lists all)"]);
  assert.equal(lines.length, 1 + 1 + 4 * 3 + 3 + 1);
  assert.equal(why([row("sum", "maybe", files.slice(0, 6).map(({ name }) => may(name))), ...files.slice(0, 6)]).filter((line) => line.includes("input changed")).length, 6, "no longer than to say that there is one more");
});

test("a way of 50,000 tasks is told by its ends", () => {
  const chain = Array.from({ length: 50000 }, (_, i) => row(`t${i}`, "maybe", [may(`t${i + 1}`)]));
  assert.deepEqual(why([...chain, row("t50000", "stale", [changed("in")])]), [
    "t0 is maybe stale:", "  input changed: in", VALUES,
    "    t50000 → t49999 → t49998 → t49997 → … 49,993 more … → t3 → t2 → t1 → t0",
    '  may change: what "t1" makes',
  ]);
});

test("names cannot move the cursor", () => {
  assert.equal(why([row("a\u001b[2J", "maybe", [may("b\n")]), row("b\n", "stale", [{ code: "never-ran" }])])[2], "    b\\n → a\\u001b[2J");
});

test("JSON", () => {
  const reasons = [may("gen", "gen.ts")];
  assert.deepEqual(JSON.parse(whyJson([row("lib", "maybe", reasons)])), { version: 1, tasks: [{ name: "lib", state: "maybe", reasons, last: null }] });
});

test("a long chain of causes: each way by its ends, and nobody walks them all", () => {
  let asked = 0;
  const chain = (count: number): StatusRow[] => Array.from({ length: count }, (_, i) => {
    const one = row("", "stale", [changed(`in${i}`), ...(i + 1 < count ? [may(`t${i + 1}`)] : [])]);
    return Object.defineProperty(one, "name", { get: () => (asked++, `t${i}`) });
  });
  const ways = why(chain(14), true).filter((line) => line.includes("→ t0"));
  assert.deepEqual(ways.slice(0, 3), ["    t1 → t0", "    t2 → t1 → t0", "    t3 → t2 → t1 → t0"]);
  assert.deepEqual(ways.slice(8, 10), ["    t9 → t8 → t7 → t6 → t5 → t4 → t3 → t2 → t1 → t0", "    t10 → t9 → t8 → t7 → … 3 more … → t3 → t2 → t1 → t0"]);
  assert.equal(ways[12], "    t13 → t12 → t11 → t10 → … 6 more … → t3 → t2 → t1 → t0");
  asked = 0;
  why(chain(1000), true);
  assert.ok(asked < 40 * 1000, `${asked} names`);
});
