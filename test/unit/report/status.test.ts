// What status, why, -n, list, logs, info, clean and touch say: rows in, exact lines out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PLAIN } from "../../../src/report/color.ts";
import { cleanLines, infoLines, listJson, listLines, logHead, touchLines, treeLines, type ListRow } from "../../../src/report/list.ts";
import { dryRunJson, dryRunLines, statusJson, statusLines, type StatusRow } from "../../../src/report/status.ts";
import { storedBrief } from "../../../src/report/task-texts.ts";

const row = (name: string, state: StatusRow["state"], more: Partial<StatusRow> = {}): StatusRow => ({ name, state, barrier: false, reasons: [], virtual: false, temp: false, key: "", last: null, error: null, blockedBy: null, ...more });
const n = (name: string): never => name as never;

const ROWS: readonly StatusRow[] = [
  row("gen", "stale", { reasons: [{ code: "input-changed", subject: "in.txt", old: "f0123456789abcdef.a", new: "ffedcba9876543210.b" }, { code: "env-changed", subject: "MODE", old: "unset", new: "set" }], key: "00ff", last: { status: "ok", start: 0, end: 1200, exit: 0 } }),
  row("lib", "maybe", { reasons: [{ code: "upstream-changed", subject: "gen.ts", task: n("gen"), pending: true }] }),
  row("liar", "failed", { error: "missing output: never.txt", reasons: [{ code: "failed-last-time" }] }),
  row("child", "blocked", { blockedBy: "liar", reasons: [{ code: "never-ran" }] }),
  row("mid", "fresh", { virtual: true }),
  row("left", "skipped"),
  row("ok", "fresh"),
  row("all", "fresh", { barrier: true }),
];

const status = (rows: readonly StatusRow[], verbose = 0, all = false): string[] => statusLines(rows, { paint: PLAIN, verbose, all, edited: [] });

test("status: a line for each task, name, state, first reason; then the counts", () => {
  assert.deepEqual(status(ROWS), [
    "gen    stale        input changed: in.txt (+1 more)",
    'lib    maybe stale  may change: gen.ts (from "gen")',
    "liar   failed       missing output: never.txt",
    'child  blocked      by "liar", which failed',
    "mid    fresh        not on disk",
    "left   skipped",
    "ok     fresh",
    "all    ok",
    "",
    "tg: 7 tasks: 1 failed, 1 blocked, 1 stale, 1 maybe stale, 1 skipped, 2 fresh",
  ]);
});

test("status -v: every reason with its change; -vv: the record too", () => {
  assert.deepEqual(status(ROWS.slice(0, 1), 1).slice(0, -2), [
    "gen  stale        input changed: in.txt",
    "                    file, 10 B, 01234567 → file, 11 B, fedcba98",
    "                  env changed: MODE (unset → set)",
  ]);
  const more = status(ROWS.slice(0, 1), 2);
  assert.match(more[3]!, /^ {18}last run: ok, 19\d\d-\d\d-\d\d \d\d:\d\d:\d\d, 1\.2 s, exit 0$/);
  assert.equal(more[4], "                  key: 00ff");
  assert.deepEqual(status([row("a", "stale", { error: "exit 3", reasons: [{ code: "forced" }] })], 1).slice(0, 2), ["a  stale        forced", "                last error: exit 3"]);
});

test("what is certain stands for what may change; of very many reasons -v lists some, -vv all", () => {
  const may = Array.from({ length: 12 }, (_, i) => ({ code: "upstream-changed" as const, subject: `o${i}`, task: n(`t${i}`), pending: true as const }));
  const sum = row("sum", "stale", { reasons: [...may, { code: "input-changed", subject: "in" }] });
  assert.equal(status([sum])[0], "sum  stale        input changed: in (+12 more)");
  const lines = status([sum], 1).slice(0, -2);
  assert.equal(lines[0], "sum  stale        input changed: in");
  assert.deepEqual(lines.slice(-2), ['                  may change: o8 (from "t8")', "                  and 3 more may change (-vv lists all)"]);
  assert.equal(lines.length, 11);
  assert.equal(status([sum], 2).slice(0, -2).length, 13);
  assert.equal(status([row("sum", "maybe", { reasons: may.slice(0, 11) })], 1).slice(0, -2).length, 11, "no longer than to say how many");
  assert.deepEqual(dryRunLines([sum], PLAIN, { verbose: 1 }).slice(0, -2), lines.map((line) => (line.startsWith("sum") ? "* sum  input changed: in" : line.replace(/^ {18}/, " ".repeat(7)))));
  assert.equal(dryRunLines([sum], PLAIN, { verbose: 2 }).length, 15);
});

test("status: fresh ones of many are counted, not listed, unless asked for", () => {
  const many = [...Array.from({ length: 60 }, (_, i) => row(`t${i}`, "fresh")), row("x", "stale", { reasons: [{ code: "never-ran" }] })];
  assert.deepEqual(status(many), ["x  stale        never ran", "", "tg: 61 tasks: 1 stale, 60 fresh (-v lists the fresh ones)"]);
  assert.equal(status(many, 0, true).length, 63);
  assert.deepEqual(status(many.slice(0, 60)), ["tg: all 60 tasks fresh"]);
});

test("status of nothing, of one, of leftovers", () => {
  assert.deepEqual(status([]), ["tg: no tasks"]);
  const none = { paint: PLAIN, verbose: 0, edited: ["old.txt"], hasTasks: true };
  assert.deepEqual(statusLines([], { ...none, all: false }), ["left over, edited, kept: old.txt (tg clean --dead removes it)", "tg: a bare build makes nothing (tg status --all shows every task)"]);
  assert.equal(statusLines([], { ...none, all: true })[1], "tg: no tasks");
  assert.equal(status([row("a", "fresh")]).at(-1), "tg: 1 task, fresh");
  assert.deepEqual(statusLines([row("a", "fresh")], { paint: PLAIN, verbose: 0, all: false, edited: ["old.txt"] })[1], "left over, edited, kept: old.txt (tg clean --dead removes it)");
});

test("names that are wide, long or hostile", () => {
  const long = "n".repeat(60);
  assert.deepEqual(status([row("日本", "fresh"), row("abcde", "fresh")]).slice(0, 2), ["日本   fresh", "abcde  fresh"]);
  assert.deepEqual(status([row(long, "fresh"), row("a", "fresh")]).slice(0, 2), [`${long}  fresh`, `a${" ".repeat(49)}fresh`]);
  assert.equal(status([row("a\u001b[2J", "fresh")])[0], "a\\u001b[2J  fresh");
});

test("-n marks what would run and what may", () => {
  assert.deepEqual(dryRunLines(ROWS, PLAIN), [
    "* gen    input changed: in.txt (+1 more)",
    '? lib    may change: gen.ts (from "gen")',
    "* liar   failed last time",
    "* child  never ran",
    "",
    "tg: 3 would run, 1 may run, 2 fresh, 1 skipped (dry run)",
  ]);
  assert.deepEqual(dryRunLines(ROWS.slice(0, 1), PLAIN, { verbose: 1 }), ["* gen  input changed: in.txt", "       env changed: MODE (unset → set)", "", "tg: 1 would run, 0 fresh (dry run)"]);
  const many = Array.from({ length: 13 }, (_, i): StatusRow => ({ ...ROWS[0]!, name: `up[${i}]`, family: "up", state: i < 11 ? "stale" : "maybe" }));
  const [told] = dryRunLines(many.slice(0, 1), PLAIN);
  assert.deepEqual(dryRunLines(many, PLAIN), [told!.replace("up[0]  ", "up  11 would run, 2 may run: "), "", "tg: 11 would run, 2 may run, 0 fresh (dry run; -v lists every instance)"]);
  assert.deepEqual(dryRunLines([...many.slice(0, 12), { ...many[12]!, reasons: ROWS[1]!.reasons }], PLAIN)[0], "* up  11 would run, 2 may run");
  assert.equal(dryRunLines(many.slice(1), PLAIN).length, 14);
  assert.ok(dryRunLines(many, PLAIN, { verbose: 1 }).length > 13);
  assert.deepEqual(dryRunLines([row("a", "fresh"), row("b", "fresh")], PLAIN), ["tg: nothing would run, 2 tasks are fresh"]);
  assert.deepEqual(dryRunLines([row("a", "fresh")], PLAIN, { doomed: ["x", "y z"] }), ['tg: would remove 2 leftovers that no task makes any more: x, "y z"', "tg: nothing would run, 1 task is fresh"]);
});

test("JSON of status and -n", () => {
  const one = ROWS.slice(1, 2);
  const reasons = [{ code: "upstream-changed", subject: "gen.ts", task: "gen", pending: true }];
  assert.deepEqual(JSON.parse(statusJson(one)), { version: 1, tasks: { lib: { state: "maybe", reasons, key: "", last: null } } });
  assert.deepEqual(JSON.parse(dryRunJson(one)), { event: "task-judged", task: "lib", state: "maybe", reasons });
});

test("the error a record keeps, whichever kind", () => {
  assert.equal(storedBrief('{"code":"exit","task":"a","exit":3,"ms":5,"command":"x"}'), "exit 3");
  assert.equal(storedBrief('{"code":"of-a-later-version","task":"a"}'), "of-a-later-version");
});

const listed = (name: string, more: Partial<ListRow> = {}): ListRow => ({ name, description: "", tags: [], inputs: [], outputs: [], deps: [], deprecated: "", needs: [], ...more });

test("list, as table, tree and JSON", () => {
  const rows = [listed("gen", { description: "Makes gen", tags: ["base", "x"] }), listed("old", { deprecated: "use gen", needs: ["gen"] }), listed("all", { needs: ["old", "gen"] })];
  assert.deepEqual(listLines(rows, PLAIN), ["gen  Makes gen  #base #x", "old  deprecated: use gen", "all"]);
  assert.deepEqual(treeLines(rows, PLAIN), ["all", "  old", "    gen", "  gen"]);
  assert.deepEqual(listLines([], PLAIN), ["tg: no tasks"]);
  assert.deepEqual(JSON.parse(listJson(rows.slice(0, 1))), { version: 1, tasks: [{ name: "gen", description: "Makes gen", tags: ["base", "x"], inputs: [], outputs: [], deps: [] }] });
});

test("the head of a log", () => {
  const log = { task: "bad", service: false, status: "failed", start: 0, end: 1200, exit: 3, signal: null, attempts: 2, peakKb: 2048 };
  assert.deepEqual(logHead(log, PLAIN), ["bad: failed, exit 3, 1.2 s, the last of 2 attempts, peak memory 2.0 MiB", "started 1970-01-01 00:00:00.000 UTC, ended 1970-01-01 00:00:01.200 UTC"]);
  assert.equal(logHead({ ...log, exit: null, signal: "SIGKILL", attempts: 1, peakKb: 0 }, PLAIN)[0], "bad: failed, ended by SIGKILL, 1.2 s");
});

test("clean, touch and info", () => {
  assert.deepEqual(cleanLines({ paths: ["a", "dist/"], kept: [{ path: "b", why: "edited" }], saved: [], forgot: null, dryRun: true }), ["would remove a", "would remove dist/", "kept b (it was edited)", "tg: would remove 2 paths"]);
  assert.deepEqual(cleanLines({ paths: [], kept: [], saved: [], forgot: null, dryRun: false }), ["tg: nothing to remove"]);
  assert.deepEqual(touchLines(["a", "b"]), ["tg: accepted the outputs of 2 tasks: a, b"]);
  assert.equal(infoLines({ tool: "tg 1 node 20", root: "/p", config: "/p/tasks.config.ts", stateDir: "/p/.tg", tasks: 5, records: 4, stored: true, parallelism: 2, platform: "linux" })[3], "config    /p/tasks.config.ts (unchanged, not evaluated)");
});
