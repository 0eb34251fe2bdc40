// A build told in each manner: events in, exact text out.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Event } from "../../../src/model/event.ts";
import { PLAIN, wantsColor, type Paint } from "../../../src/report/color.ts";
import { githubReporter } from "../../../src/report/github.ts";
import { jsonReporter } from "../../../src/report/json.ts";
import { summaryLine } from "../../../src/report/lines.ts";
import { mannerOf } from "../../../src/report/open.ts";
import { plainReporter } from "../../../src/report/plain.ts";
import type { Reporter, Voice } from "../../../src/report/reporter.ts";
import { withStepSummary } from "../../../src/report/step-summary.ts";
import { terminalReporter } from "../../../src/report/terminal.ts";
import { tempFolder } from "../../support/folder.ts";

interface Desk {
  readonly voice: Voice;
  out(): string;
  err(): string;
  /** Each write to stderr on its own. */
  readonly writes: string[];
}

function desk(options: Partial<Pick<Voice, "quiet" | "verbose" | "explain" | "prefix">> & { paint?: Paint } = {}): Desk {
  const outs: string[] = [];
  const writes: string[] = [];
  const into = (list: string[]): Voice["out"] => ({ write: (text) => void (text !== "" && list.push(text)), closed: false });
  const voice: Voice = { out: into(outs), err: into(writes), paint: PLAIN, quiet: false, verbose: 0, explain: false, prefix: true, ...options };
  return { voice, out: () => outs.join(""), err: () => writes.join(""), writes };
}

const n = (name: string): never => name as never;
const COUNTS = { ran: 0, fresh: 0, restored: 0, failed: 0, blocked: 0, skipped: 0, cancelled: 0 };

const begun = (more: object = {}): Event => ({ event: "build-started", total: 3, toRun: 2, maybe: 0, jobs: 2, time: 1000, estimateMs: 0, ...more });
const started = (task: string, more: object = {}): Event => ({ event: "task-started", task: n(task), start: 1000, attempt: 1, command: `make ${task}`, console: false, reasons: [{ code: "never-ran" }], expectedMs: 0, ...more });
const output = (task: string, text: string): Event => ({ event: "task-output", task: n(task), text });
const ended = (task: string, more: object = {}): Event => ({ event: "task-ended", task: n(task), outcome: "ran", reasons: [{ code: "input-changed", subject: "a.ts" }, { code: "forced" }], start: 1000, end: 2200, exit: 0, attempts: 1, ...more });
const fresh = (task: string): Event => ended(task, { outcome: "fresh", reasons: [], start: 0, end: 0, exit: null, attempts: 0 });
const failed = (task: string): Event => ended(task, { outcome: "failed", exit: 3, problem: { code: "exit", task, exit: 3, ms: 1200, command: `make ${task}` }, log: `.tg/logs/${task}.log` });
const blocked = (task: string, by: string): Event => ended(task, { outcome: "blocked", blockedBy: by, attempts: 0 });
const done = (counts: { readonly failed?: number; readonly [name: string]: unknown }, more: object = {}): Event => ({ event: "build-ended", counts: { ...COUNTS, ...counts }, start: 1000, end: 4400, exitCode: 0, failed: Array.from({ length: counts.failed ?? 0 }, (_, i) => n(`failed${i}`)), blocked: [], ...more });

function tell(reporter: Reporter, events: readonly Event[]): void {
  for (const event of events) reporter.emit(event);
  reporter.end();
}

test("a build in which nothing had to be done is one line on stdout, in every manner", () => {
  const events = [begun({ toRun: 0 }), fresh("a"), fresh("b"), done({ fresh: 2 }, { end: 1030 })];
  const screen = { columns: () => 80, now: () => 0, every: () => () => {} };
  for (const make of [plainReporter, githubReporter, (voice: Voice): Reporter => terminalReporter(voice, screen)]) {
    const d = desk();
    tell(make(d.voice), events);
    assert.deepEqual([d.out(), d.err()], ["tg: 2 tasks up to date (0.03 s)\n", ""]);
  }
  const one = desk();
  tell(plainReporter(one.voice), [begun(), done({ fresh: 1, skipped: 2 })]);
  assert.equal(one.out(), "tg: 1 task up to date, 2 skipped (3.4 s)\n");
  const quiet = desk({ quiet: true });
  tell(plainReporter(quiet.voice), events);
  assert.equal(quiet.out() + quiet.err(), "");
});

test("plain: a line for each task that ran, with its output whole below it", () => {
  const d = desk();
  tell(plainReporter(d.voice), [begun(), started("a"), started("b"), output("a", "one\n"), output("b", "two\nthr"), output("a", "more"), output("b", "ee\n"), ended("b"), ended("a"), fresh("c"), done({ ran: 2, fresh: 1 })]);
  assert.equal(d.err(), "✓ b (1.2 s) — input changed: a.ts (+1 more)\ntwo\nthree\n✓ a (1.2 s) — input changed: a.ts (+1 more)\none\nmore\ntg: 2 ran, 1 fresh (3.4 s)\n");
  assert.equal(d.out(), "");
});

const FAILING = [begun(), started("bad"), output("bad", "boom\n"), failed("bad"), blocked("child", "bad"), blocked("late", "bad"), started("ok"), output("ok", "fine\n"), ended("ok"), done({ ran: 1, failed: 1, blocked: 2 }, { exitCode: 1 })];

test("plain: failures are told again at the end, with their last lines and their log", () => {
  const d = desk();
  tell(plainReporter(d.voice), FAILING);
  assert.equal(d.err(), `✗ bad (1.2 s) — exit 3
boom
✓ ok (1.2 s) — input changed: a.ts (+1 more)
fine
tg: task "bad" failed: exit 3 after 1.2 s: make bad
    last lines of its output:
      boom
    log: .tg/logs/bad.log
tg: blocked by "bad": child, late
tg: 1 ran, 1 failed, 2 blocked (3.4 s)
`);
});

test("plain: output that stands just above is not repeated", () => {
  const d = desk();
  tell(plainReporter(d.voice), [begun(), started("bad"), output("bad", "boom\n"), failed("bad"), done({ failed: 1 }, { exitCode: 1 })]);
  assert.equal(d.err(), '✗ bad (1.2 s) — exit 3\nboom\ntg: task "bad" failed: exit 3 after 1.2 s: make bad\n    log: .tg/logs/bad.log\ntg: 1 failed (3.4 s)\n');
});

test("plain: of several failures each is told with its last lines, shorter where they are many", () => {
  const d = desk();
  const names = Array.from({ length: 8 }, (_, i) => `t${i}`);
  const said = Array.from({ length: 20 }, (_, i) => `line ${i}\n`).join("");
  tell(plainReporter(d.voice), [begun(), ...names.flatMap((name) => [started(name), output(name, said), failed(name)]), done({ failed: 8 }, { exitCode: 1 })]);
  const last = d.err().slice(d.err().indexOf("tg: task")).split("\n");
  assert.equal(last.filter((line) => line === "    last lines of its output:").length, 8);
  assert.deepEqual(last.filter((line) => line.startsWith("      line")).slice(-7), Array.from({ length: 7 }, (_, i) => `      line ${13 + i}`));
  assert.equal(last.filter((line) => line.startsWith("      line")).length, 8 * 7);
});

test("quiet: only what went wrong", () => {
  const d = desk({ quiet: true });
  tell(plainReporter(d.voice), [...FAILING.slice(0, 2), { event: "notice", notice: { code: "took-over-lock", pid: 1 } }, ...FAILING.slice(2)]);
  assert.equal(d.err(), 'tg: task "bad" failed: exit 3 after 1.2 s: make bad\n    last lines of its output:\n      boom\n    log: .tg/logs/bad.log\ntg: blocked by "bad": child, late\n');
});

test("verbose: commands and all reasons before, fresh tasks too", () => {
  const d = desk({ verbose: 1 });
  tell(plainReporter(d.voice), [begun(), fresh("gen"), started("a", { reasons: [{ code: "never-ran" }, { code: "forced" }], attempt: 2 }), ended("a"), done({ ran: 1, fresh: 1 })]);
  assert.equal(d.err(), "- gen — fresh\n→ a (attempt 2): make a\n    never ran\n    forced\n✓ a (1.2 s)\ntg: 1 ran, 1 fresh (3.4 s)\n");
});

test("plain: more output than is held back flows with names in front, and memory stays bounded", () => {
  const d = desk();
  const reporter = plainReporter(d.voice);
  reporter.emit(started("a"));
  const piece = "x".repeat(99) + "\n";
  for (let i = 0; i < 5000; i++) reporter.emit(output("a", piece));
  reporter.emit(output("a", "tail"));
  reporter.emit(ended("a"));
  const lines = d.err().trimEnd().split("\n");
  assert.equal(lines.length, 5002);
  assert.ok(lines.slice(0, 5000).every((line) => line === "a | " + piece.trimEnd()));
  assert.deepEqual(lines.slice(5000), ["a | tail", "✓ a (1.2 s) — input changed: a.ts (+1 more)"]);
});

test("other ends of a task", () => {
  const d = desk();
  tell(plainReporter(d.voice), [
    ended("t", { outcome: "tainted" }), ended("u", { outcome: "tainted", changed: "src/a b.c" }), ended("r", { outcome: "restored", attempts: 0 }), ended("s", { outcome: "skipped" }), ended("c", { outcome: "cancelled" }), ended("never", { outcome: "cancelled", attempts: 0 }),
    ended("f", { outcome: "failed", allowed: true, problem: { code: "signal", task: "f", signal: "SIGTERM" } }),
    done({ ran: 1, cancelled: 2 }, { exitCode: 130, signal: "SIGINT" }),
  ]);
  assert.equal(d.err(), `~ t (1.2 s) — an input changed while it ran; it runs again
~ u (1.2 s) — "src/a b.c" changed while it ran; it runs again
↺ r — input changed: a.ts (+1 more)
- c (1.2 s) — stopped
! f (1.2 s) — killed by SIGTERM; allowed to fail
tg: interrupted by SIGINT: 1 ran, 1 not finished, 1 not started (3.4 s)
`);
});

test("a build that was left by a key", () => {
  const d = desk();
  tell(plainReporter(d.voice), [done({ cancelled: 1 }, { exitCode: 130, signal: "SIGINT", asked: true })]);
  assert.match(d.err(), /^tg: stopped, as asked: 1 not \w+ \(3\.4 s\)\n$/);
});

test("of very many failures the first are told in full", () => {
  const d = desk();
  const events: Event[] = [];
  for (let i = 0; i < 15; i++) events.push(started(`t${i}`), failed(`t${i}`));
  tell(plainReporter(d.voice), [...events, done({ failed: 15 }, { exitCode: 1 })]);
  assert.equal(d.err().match(/^tg: task "t\d+" failed/gm)?.length, 10);
  assert.match(d.err(), /^tg: and 5 more failed; tg status names them$/m);
});

test("a summary says how many of its failures were allowed", () => {
  const last = (failed: number, names: readonly string[]): string => summaryLine(done({ ran: 1, failed }, { failed: names.map(n) }) as Event & { event: "build-ended" }, 0, PLAIN);
  assert.equal(last(1, []), "tg: 1 ran, 1 failed (allowed) (3.4 s)");
  assert.equal(last(3, ["a", "b"]), "tg: 1 ran, 3 failed (1 allowed) (3.4 s)");
  assert.equal(last(2, ["a", "b"]), "tg: 1 ran, 2 failed (3.4 s)");
});

test("GitHub: groups and annotations, at most ten of them", () => {
  const d = desk();
  tell(githubReporter(d.voice), [started("a"), output("a", "one\n"), ended("a"), started("b"), ended("b"), started("x,y:z%"), output("x,y:z%", "boom\n"), failed("x,y:z%"), done({ ran: 2, failed: 1 }, { exitCode: 1 })]);
  assert.equal(d.err(), `::group::✓ a (1.2 s) — input changed: a.ts (+1 more)
one
::endgroup::
✓ b (1.2 s) — input changed: a.ts (+1 more)
::group::✗ x,y:z% (1.2 s) — exit 3
boom
::endgroup::
::error title=tg%3A x%2Cy%3Az%25::task "x,y:z%25" failed: exit 3 after 1.2 s: make x,y:z%25
tg: task "x,y:z%" failed: exit 3 after 1.2 s: make x,y:z%
    log: .tg/logs/x,y:z%.log
tg: 2 ran, 1 failed (3.4 s)
`);
  const config = desk();
  tell(githubReporter(config.voice), [{ event: "problem", problem: { code: "bad-field", task: n("a"), field: "run", found: "5", expected: "a command", at: { file: n("tasks.config.ts"), line: 7 } } }]);
  assert.equal(config.err(), 'tg: task "a": "run" is 5, expected a command\n    at tasks.config.ts:7\n::error file=tasks.config.ts,line=7,title=tg%3A a::task "a": "run" is 5, expected a command\n');
  const many = desk({ quiet: true });
  tell(githubReporter(many.voice), [...Array.from({ length: 12 }, (_, i) => failed(`t${i}`)), done({ failed: 12 }, { exitCode: 1 })]);
  assert.equal(many.err().match(/^::error /gm)?.length, 10);
  assert.match(many.err(), /^tg: 2 more annotations left out: GitHub shows 10$/m);
});

test("JSON: every event is a line, and problems are said in words on stderr as well", () => {
  const d = desk();
  const events: Event[] = [begun(), fresh("a"), fresh("b"), started("c"), { event: "problem", problem: { code: "locked", pid: 1, command: "tg build", seconds: 1 } }, done({ fresh: 2 })];
  tell(jsonReporter(d.voice), events);
  assert.deepEqual(d.out().trimEnd().split("\n").map((line) => JSON.parse(line) as unknown), events);
  assert.equal(d.err(), "tg: tg build (pid 1, started 1.0 s ago) is working here\n    try: wait for it, or leave out --no-wait\n");
});

/** A screen whose clock and frames the test moves. */
function fakeScreen(): { screen: Parameters<typeof terminalReporter>[1]; pass(ms: number): void; resize(columns: number): void } {
  let now = 1000;
  let columns = 60;
  let tick: (() => void) | null = null;
  return {
    screen: { columns: () => columns, now: () => now, every: (_ms, take) => ((tick = take), () => void (tick = null)) },
    pass: (ms) => {
      now += ms;
      tick?.();
    },
    resize: (to) => void (columns = to),
  };
}

/** A terminal on which "a" runs. */
function building(): { d: ReturnType<typeof desk>; pass: ReturnType<typeof fakeScreen>["pass"]; reporter: ReturnType<typeof terminalReporter> } {
  const d = desk();
  const { screen, pass } = fakeScreen();
  const reporter = terminalReporter(d.voice, screen);
  reporter.emit(begun());
  reporter.emit(started("a"));
  return { d, pass, reporter };
}

test("terminal: output is told live above a status line that is drawn over", () => {
  const d = desk();
  const { screen, pass } = fakeScreen();
  const reporter = terminalReporter(d.voice, screen);
  reporter.emit(begun());
  reporter.emit(started("compile"));
  pass(100);
  reporter.emit(output("compile", "one\npart"));
  pass(2900);
  reporter.emit(output("compile", "ial\n"));
  reporter.emit(ended("compile"));
  reporter.emit(done({ ran: 1 }));
  reporter.end();
  assert.deepEqual(d.writes, [
    "[1/3] 0 s: compile 0 s",
    "\r\u001b[Jcompile | one\n[1/3] 3 s: compile 3 s",
    "\r\u001b[Jcompile | partial\n✓ compile (1.2 s) — input changed: a.ts (+1 more)\n",
    "tg: 1 ran (3.4 s)\n",
  ]);
});

test("terminal: a status line that alone changes is written over in place, and not at all when equal", () => {
  const { d, pass, reporter } = building();
  pass(100);
  pass(100);
  pass(900);
  reporter.end();
  assert.deepEqual(d.writes, ["[1/3] 0 s: a 0 s", "\r[1/3] 1 s: a 1 s\u001b[K", "\r\u001b[J"]);
});

test("terminal: room for what somebody else writes, and the status line again below it", () => {
  const { d, pass, reporter } = building();
  pass(100);
  reporter.makeRoom!();
  d.voice.err.write("tg: still building\n");
  pass(100);
  reporter.end();
  assert.deepEqual(d.writes, ["[1/3] 0 s: a 0 s", "\r\u001b[J", "tg: still building\n", "[1/3] 0 s: a 0 s", "\r\u001b[J"]);
});

test("terminal: a storm of output is written in few pieces and none of it is lost", () => {
  const d = desk();
  const { screen } = fakeScreen();
  const reporter = terminalReporter(d.voice, screen);
  reporter.emit(begun());
  reporter.emit(started("a"));
  for (let i = 0; i < 10000; i++) reporter.emit(output("a", `line ${i}\n`));
  reporter.emit(ended("a"));
  reporter.end();
  assert.equal(d.err().match(/a \| line \d+\n/g)?.length, 10000);
  assert.ok(d.writes.length < 20, String(d.writes.length));
});

test("terminal: names as many running tasks as fit, with the time left by their records", () => {
  const d = desk();
  const { screen, pass, resize } = fakeScreen();
  const reporter = terminalReporter(d.voice, screen);
  reporter.emit(begun({ estimateMs: 20000 }));
  for (const task of ["compile", "lint", "a-third-task", "another"]) reporter.emit(started(task, { expectedMs: 10000 }));
  pass(1000);
  assert.equal(d.writes.at(-1), "[1/3] 1 s, about 18 s left: compile 1 s, lint 1 s, +2");
  resize(24);
  pass(1000);
  assert.equal(d.writes.at(-1), "\r\u001b[2A\u001b[J[1/3] 2 s, about 16 …");
  reporter.end();
});

test("terminal: the time that is left goes down with what turns out fresh", () => {
  const d = desk();
  const { screen, pass } = fakeScreen();
  const reporter = terminalReporter(d.voice, screen);
  reporter.emit(begun({ total: 101, toRun: 1, maybe: 100, estimateMs: 50_500 }));
  reporter.emit(started("list", { expectedMs: 1000 }));
  pass(1000);
  assert.equal(d.writes.at(-1), "[0/101] 1 s, about 50 s left: list 1 s");
  reporter.emit(ended("list"));
  for (let i = 0; i < 80; i++) reporter.emit(fresh(`one${i}`));
  reporter.emit(started("other", { expectedMs: 1000 }));
  pass(1000);
  assert.match(d.writes.at(-1)!, /\[81\/101\] 2 s, about 10 s left: other /);
  reporter.end();
});

test("terminal: a console task has the screen to itself", () => {
  const { d, pass, reporter } = building();
  pass(100);
  reporter.emit(started("edit", { console: true }));
  assert.equal(d.writes.at(-1), "\r\u001b[J");
  const before = d.writes.length;
  reporter.emit(output("a", "meanwhile\n"));
  pass(5000);
  assert.equal(d.writes.length, before);
  reporter.emit(ended("edit"));
  assert.match(d.writes.at(-1)!, /^a \| meanwhile\n✓ edit [^\n]*\n\[2\/3\] /);
  reporter.end();
});

/** `count` tasks that say nothing but for those that `says`, and every hundredth second one ends. */
function large(count: number, says: (i: number) => string = () => ""): Event[] {
  const events = [begun({ total: count + 5, toRun: count })];
  for (let i = 0; i < 5; i++) events.push(fresh(`f${i}`));
  for (let i = 0; i < count; i++) {
    events.push(started(`t${i}`));
    if (says(i) !== "") events.push(output(`t${i}`, says(i)));
    events.push(ended(`t${i}`, { end: 1000 + i * 10 }));
  }
  return [...events, done({ ran: count, fresh: 5 })];
}

test("large builds: tasks that succeed without a word are counted, not listed", () => {
  const d = desk();
  tell(plainReporter(d.voice), large(1000, (i) => (i === 345 ? "warned\n" : "")));
  assert.equal(d.err(), `tg: 201 of 1,000 tasks done, 2 s
✓ t345 (3.5 s) — input changed: a.ts (+1 more)
warned
tg: 401 of 1,000 tasks done, 4 s
tg: 601 of 1,000 tasks done, 6 s
tg: 801 of 1,000 tasks done, 8 s
tg: 1,000 ran, 5 fresh (3.4 s)
`);
  const few = desk();
  tell(plainReporter(few.voice), large(200));
  assert.equal(few.err().match(/^✓/gm)?.length, 200);
  const verbose = desk({ verbose: 1 });
  tell(plainReporter(verbose.voice), large(300));
  assert.equal(verbose.err().match(/^✓/gm)?.length, 300);
  const slow = desk();
  const pause = large(1000).map((event): Event => (event.event === "task-ended" && event.task === n("t0") ? { ...event, end: 32_000 } : event));
  tell(plainReporter(slow.voice), pause);
  assert.match(slow.err(), /^tg: 1 of 1,000 tasks done, 31 s$/m);
  const stuck = desk();
  const first = large(1000).filter((event) => event.event !== "task-started" || event.task === n("t0"));
  tell(plainReporter(stuck.voice), first.map((event): Event => (event.event !== "task-ended" || event.outcome === "fresh" ? event : { ...event, outcome: event.task === n("t0") ? "failed" : event.task === n("t9") ? "cancelled" : "blocked" })));
  assert.doesNotMatch(stuck.err(), /tasks done/, "what is blocked is not done");
  const { screen } = fakeScreen();
  const live = desk();
  tell(terminalReporter(live.voice, screen), large(1000, (i) => (i === 345 ? "warned\n" : "")));
  assert.doesNotMatch(live.err(), /✓ t34[46]/);
  assert.match(live.err(), /t345 \| warned\n✓ t345/);
});

test("terminal: many short tasks, one after the other, do not make the status line flicker", () => {
  const d = desk();
  const { screen, pass } = fakeScreen();
  const reporter = terminalReporter(d.voice, screen);
  reporter.emit(begun({ total: 40, toRun: 40 }));
  for (let i = 0; i < 40; i++) {
    reporter.emit(started(`t${i}`));
    pass(10);
    reporter.emit(ended(`t${i}`));
  }
  assert.ok(d.writes.length <= 41, String(d.writes.length));
  assert.doesNotMatch(d.writes.join("|"), /\u001b\[J\|/, "never erased but to be written anew");
  reporter.end();
});

test("terminal: output of a failure that stands just above is not repeated", () => {
  const said = (events: readonly Event[]): string => {
    const d = desk();
    tell(terminalReporter(d.voice, fakeScreen().screen), events);
    return d.err();
  };
  const end = done({ failed: 1 }, { exitCode: 1 });
  assert.doesNotMatch(said([begun(), started("bad"), output("bad", "one\ntwo"), failed("bad"), end]), /last lines/);
  assert.match(said([begun(), started("bad"), output("bad", "one\n"), started("ok"), output("ok", "fine\n"), output("bad", "two\n"), failed("bad"), end]), /last lines of its output:\n {6}one\n {6}two\n/);
  assert.match(said([begun(), started("bad"), output("bad", "one\n"), failed("bad"), started("ok"), ended("ok"), end]), /last lines of its output:\n {6}one\n/);
});

test("names in front are lined up", () => {
  const d = desk();
  const { screen, pass } = fakeScreen();
  const reporter = terminalReporter(d.voice, screen);
  for (const event of [begun(), started("lint"), started("compile"), output("lint", "one\n"), output("compile", "two\n"), started("a-name-longer-than-most-others"), output("a-name-longer-than-most-others", "three\n"), output("lint", "four\n")]) reporter.emit(event);
  pass(100);
  assert.match(d.err(), /^lint {4}\| one\ncompile \| two\na-name-longer-than-most-others \| three\nlint {20} \| four\n/);
  reporter.end();
});

test("notices: each once, of very many of a kind the first ten and a count", () => {
  const notice = (i: number): Event => ({ event: "notice", notice: { code: "env-not-declared", task: n(`t${i}`), name: "X" } });
  const events = [notice(0), notice(0), ...Array.from({ length: 30 }, (_, i) => notice(i)), begun(), started("a"), ended("a"), done({ ran: 1 })];
  for (const manner of ["plain", "terminal"]) {
    const d = desk();
    tell(manner === "plain" ? plainReporter(d.voice) : terminalReporter(d.voice, fakeScreen().screen), events);
    assert.equal(d.err().match(/warning: task "t\d+" uses \$X/g)?.length, 10);
    assert.match(d.err(), /^tg: and 20 more like this one \(-v says them all\): task "t10" uses \$X without declaring it/m);
  }
});

test("problems: the same of many tasks is said five times and counted; of one kind twenty; how tasks failed a hundred times", () => {
  const many = (count: number, problem: (i: number) => (Event & { event: "problem" })["problem"]): Event[] => Array.from({ length: count }, (_, i) => ({ event: "problem", problem: problem(i) }));
  const equal = many(10_000, (i) => ({ code: "unknown-field", task: n(`t${i}`), field: "inptus", suggestion: "inputs", at: { file: n("tasks.config.mjs"), line: i } }));
  const alike = many(30, (i) => ({ code: "unknown-field", task: n("x"), field: `x${i}`, suggestion: "inputs" }));
  const failed = many(130, (i) => ({ code: "missing-output", task: n(`f${i}`), path: n("out") }));
  for (const quiet of [true, false]) {
    const d = desk({ quiet });
    tell(plainReporter(d.voice), [...equal, ...alike, ...failed]);
    const lines = d.err().split("\n");
    const said = (text: RegExp): number => lines.filter((line) => text.test(line)).length;
    assert.equal(said(/^tg: task "t\d+": unknown field "inptus" \(did/), 5);
    assert.equal(said(/^tg: and 9,995 more like this one \(-v says them all\): task "t5": unknown field "inptus"/), 1);
    assert.equal(said(/^tg: task "x": unknown field "x\d+"/), 15);
    assert.equal(said(/^tg: and 15 more like this one \(-v says them all\): task "x": unknown field "x15"/), 1);
    assert.equal(said(/^tg: task "f\d+" exited 0/), 100);
    assert.equal(said(/^tg: and 30 more like this one \(-v says them all\): task "f100" exited 0/), 1);
    assert.equal(said(/ more like this one /), 3);
  }
});

test("a build without tasks", () => {
  const d = desk();
  tell(plainReporter(d.voice), [begun({ total: 0, toRun: 0 }), done({}, { end: 1010 })]);
  assert.equal(d.out(), "tg: nothing to do (0.01 s)\n");
});

test("a summary in Markdown for a step of GitHub Actions", () => {
  const dir = tempFolder("tg-summary");
  const file = path.join(dir, "summary.md");
  const write = (events: readonly Event[]): string => {
    const d = desk({ quiet: true });
    fs.rmSync(file, { force: true });
    tell(withStepSummary(plainReporter(d.voice), file, assert.fail), events);
    return fs.readFileSync(file, "utf8");
  };
  assert.equal(write([begun({ toRun: 0 }), fresh("a"), fresh("b"), done({ fresh: 2 }, { end: 1030 })]), "tg: 2 tasks up to date (0.03 s)\n\n");
  const events = [begun(), started("a|b"), output("a|b", "\u001b[31mboom\u001b[0m\n```\n"), failed("a|b"), blocked("child", "a|b"), started("ok"), ended("ok", { end: 1900 }), started("slow"), ended("slow", { end: 9000 }), done({ ran: 2, failed: 1, blocked: 1 }, { exitCode: 1 })];
  assert.equal(write(events), `### tg: 1 task failed

2 ran, 1 failed, 1 blocked in 3.4 s

**task "a\\|b" failed: exit 3 after 1.2 s: make a\\|b** (blocks 1)

\`\`\`\`text
boom
\`\`\`
\`\`\`\`

| slowest | time |
| --- | --- |
| slow | 8.0 s |
| a\\|b | 1.2 s |

`);
  const said: string[] = [];
  tell(withStepSummary(plainReporter(desk({ quiet: true }).voice), path.join(dir, "no/such"), (text) => said.push(text)), events);
  assert.match(said.join(""), /^tg: warning: could not write the step summary: ENOENT/);
});

test("which manner", () => {
  const at = (isTty: boolean, env: Record<string, string> = {}, json = false): string => mannerOf({ json, env, isTty });
  assert.deepEqual([at(true), at(false), at(true, { CI: "1" }), at(true, { CI: "false" }), at(true, { TERM: "dumb" }), at(true, { GITHUB_ACTIONS: "true" }), at(true, {}, true)], ["terminal", "plain", "plain", "terminal", "plain", "github", "json"]);
});

test("colour is decided in one order of precedence", () => {
  const on = (env: Record<string, string>, isTty = true, choice: "auto" | "always" | "never" = "auto"): boolean => wantsColor({ choice, env, isTty });
  assert.deepEqual([on({}), on({}, false), on({ TERM: "dumb" })], [true, false, false]);
  assert.deepEqual([on({ NO_COLOR: "1" }), on({ NO_COLOR: "" }), on({ NO_COLOR: "1", FORCE_COLOR: "1" })], [false, true, false]);
  assert.deepEqual([on({ FORCE_COLOR: "1" }, false), on({ FORCE_COLOR: "0" }), on({ FORCE_COLOR: "false" }), on({ GITHUB_ACTIONS: "true" }, false)], [true, false, false, true]);
  assert.deepEqual([on({ NO_COLOR: "1" }, false, "always"), on({ FORCE_COLOR: "1" }, true, "never")], [true, false]);
});
