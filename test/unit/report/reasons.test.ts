// Every reason code with its exact words, and what is said about values.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reason, ReasonCode } from "../../../src/model/state.ts";
import { changeText, identityText, reasonAdvice, reasonSummary, reasonText } from "../../../src/report/reasons.ts";

const task = "compile" as never;
const old = "f0123456789abcdef.a";
const now = "xfedcba9876543210.1uo";

const REASONS: { readonly [C in ReasonCode]: readonly [Omit<Reason, "code">, string, string] } = {
  forced: [{}, "forced", ""],
  always: [{}, "runs in every build", ""],
  "never-ran": [{}, "never ran", ""],
  interrupted: [{}, "was interrupted", ""],
  "failed-last-time": [{}, "failed last time", ""],
  "input-changed-during-run": [{ subject: "src/a.ts" }, "input changed while it ran: src/a.ts", ""],
  "command-changed": [{ old: "tsc", new: "tsc -p a/very/long/path/that/does/not/fit" }, "command changed", "tsc → tsc -p a/very/long/path/that/does/not/fit"],
  "cwd-changed": [{ new: "pkg" }, "working folder changed (. → pkg)", ""],
  "env-changed": [{ subject: "MODE", old: "unset", new: "set" }, "env changed: MODE (unset → set)", ""],
  "param-changed": [{ subject: "N", old: "1", new: "2" }, "param changed: N (1 → 2)", ""],
  "code-changed": [{ subject: "tasks/two.ts", old: "0123456789abcdef", new: "fedcba9876543210" }, "code changed: tasks/two.ts", "01234567 → fedcba98"],
  "tool-changed": [{ subject: "gcc", old: "/usr/bin/gcc 12", new: "missing" }, "tool changed: gcc", "/usr/bin/gcc 12 → not found"],
  "declaration-changed": [{ subject: "outputs", old: "a\nb", new: "a" }, "declaration changed: outputs", "b → nothing"],
  "input-added": [{ subject: "src/b.ts" }, "input added: src/b.ts", ""],
  "input-removed": [{ subject: "src/b.ts", old }, "input removed: src/b.ts", "file, 10 B, 01234567 → nothing"],
  "input-changed": [{ subject: "src/a.ts", old, new: now }, "input changed: src/a.ts", "file, 10 B, 01234567 → executable file, 2.3 KiB, fedcba98"],
  "mode-changed": [{ subject: "run.sh", old: "f0123456789abcdef.a", new: "x0123456789abcdef.a" }, "input made executable: run.sh", "file, 10 B, 01234567 → executable file, 10 B, 01234567"],
  "input-deleted": [{ subject: "src/a.ts", old, new: "-" }, "input deleted: src/a.ts", "file, 10 B, 01234567 → absent"],
  "input-appeared": [{ subject: "a b.ts", old: "-", new: old }, 'input appeared: "a b.ts"', "absent → file, 10 B, 01234567"],
  "upstream-changed": [{ subject: "dist/x.js", task, old, new: now }, 'upstream changed: dist/x.js (from "compile")', "file, 10 B, 01234567 → executable file, 2.3 KiB, fedcba98"],
  "need-changed": [{ subject: "glob src/*" }, 'need changed: "glob src/*"', ""],
  "undeclared-order": [{ subject: "gen/v.h", task }, 'nothing orders it after "compile", which makes gen/v.h', ""],
  "output-missing": [{ subject: "dist/x.js", old }, "output missing: dist/x.js", "file, 10 B, 01234567 → nothing"],
  "output-changed": [{ subject: "dist/x.js", old, new: "d" }, "output changed outside tg: dist/x.js", "file, 10 B, 01234567 → folder"],
  "needed-by": [{ task }, 'needed by "compile"', ""],
};

for (const [code, [reason, text, change]] of Object.entries(REASONS)) {
  test(`reason ${code}`, () => {
    const whole = { code, ...reason } as Reason;
    assert.deepEqual([reasonText(whole), changeText(whole)], [text, change]);
  });
}

test("what is pending is said as possible", () => {
  assert.equal(reasonText({ code: "upstream-changed", subject: "dist/x.js", task, pending: true }), 'may change: dist/x.js (from "compile")');
  assert.equal(reasonText({ code: "upstream-changed", task, pending: true }), 'may change: what "compile" makes');
  assert.equal(reasonText({ code: "need-changed", subject: "need a", pending: true }), 'need may change: "need a"');
  assert.equal(reasonText({ code: "needed-by", task, pending: true }), 'may be needed by "compile"');
});

test("upstream without a file, without a task, from a task named after its file", () => {
  assert.equal(reasonText({ code: "upstream-changed", task }), 'upstream changed: "compile"');
  assert.equal(reasonText({ code: "upstream-changed", subject: "a", old, new: "-" }), "upstream changed: a (no longer consumed)");
  assert.equal(reasonText({ code: "upstream-changed", subject: "obj/a.o", task: "obj/a.o" as never, old, new: now }), "upstream changed: obj/a.o");
});

test("of lists what came and what went is said, of long ones nothing where they begin alike", () => {
  const change = (old: string, now: string): string => changeText({ code: "declaration-changed", subject: "inputs", old, new: now });
  const long = (digit: string, text: string): string => `xxh:${digit.repeat(16)} ${text}`;
  assert.equal(change("a\nb\nc", "a\nd\nc\ne"), "b → d, e");
  assert.equal(change("a\n!b", "!b\na"), "a, !b → !b, a");
  assert.equal(change(long("0", "a\nb…"), long("1", "a\nb…")), "");
  assert.equal(change("a", long("1", "a\nb…")), "a → a, b…");
});

test("a value that changed without being shown is not shown", () => {
  assert.equal(reasonText({ code: "env-changed", subject: "KEY", old: "set", new: "set" }), "env changed: KEY (another value)");
});

test("executable the other way round", () => {
  assert.equal(reasonText({ code: "mode-changed", subject: "a", old: "x0123456789abcdef.a", new: "f0123456789abcdef.a" }), "input made not executable: a");
});

test("a summary names the first reason and counts the rest", () => {
  assert.equal(reasonSummary([]), "");
  assert.equal(reasonSummary([{ code: "never-ran" }]), "never ran");
  assert.equal(reasonSummary([{ code: "forced" }, { code: "always" }, { code: "never-ran" }]), "forced (+2 more)");
});

test("identities in words", () => {
  assert.deepEqual(["-", "d", "l0123456789abcdef", "t0123456789abcdef", "?fifo", "odd\n"].map(identityText), ["absent", "folder", "link, 01234567", "folder, 01234567", "fifo", "odd\\n"]);
});

test("an inline function is advised to move out of the config", () => {
  assert.match(reasonAdvice({ code: "code-changed", subject: "tasks.config.ts" }) ?? "", /in a file of its own/);
  assert.equal(reasonAdvice({ code: "code-changed", subject: "tasks/two.task.ts" }), null);
});
