// Numbers, widths and writes: what the lines of a report are made of.
import assert from "node:assert/strict";
import { test } from "node:test";
import { durationText, listText, pathText, plural, quote, secondsText, sizeText, visible } from "../../../src/report/format.ts";
import { openOutput } from "../../../src/report/output.ts";
import { fit, padTo, tameLine, textWidth } from "../../../src/report/width.ts";

test("durations", () => {
  const cases: [number, string][] = [[0, "0.00 s"], [31, "0.03 s"], [994, "0.99 s"], [996, "1.0 s"], [1234, "1.2 s"], [9949, "9.9 s"], [9960, "10 s"], [59400, "59 s"], [59600, "1 m 00 s"], [125000, "2 m 05 s"], [3720000, "1 h 02 m"], [-5, "0.00 s"]];
  for (const [ms, text] of cases) assert.equal(durationText(ms), text);
  assert.deepEqual([secondsText(0), secondsText(59999), secondsText(61000)], ["0 s", "59 s", "1 m 01 s"]);
});

test("sizes and counts", () => {
  assert.deepEqual([0, 812, 1023, 1024, 1434, 10240, 23 * 2 ** 20, 2 ** 40].map(sizeText), ["0 B", "812 B", "1023 B", "1.0 KiB", "1.4 KiB", "10 KiB", "23 MiB", "1.0 TiB"]);
  assert.deepEqual([plural(1, "task"), plural(0, "task"), plural(1234567, "task")], ["1 task", "0 tasks", "1,234,567 tasks"]);
  assert.equal(listText(["a", "b", "c"], 2), "a, b and 1 more");
});

test("control characters are made visible, odd paths are quoted", () => {
  assert.equal(visible("a\u001b[2J\tb\u2028\n"), "a\\u001b[2J\\tb\\u2028\\n");
  assert.equal(visible("🚀\ud83d"), "🚀\\ud83d");
  assert.equal(quote("a b"), '"a b"');
  assert.deepEqual(["a/b.ts", "a b", "", "it's", "x\u0007"].map(pathText), ["a/b.ts", '"a b"', ".", '"it\'s"', '"x\\u0007"']);
});

test("width on a terminal", () => {
  const cases: [string, number][] = [["abc", 3], ["日本語", 6], ["e\u0301", 1], ["\u001b[31mred\u001b[39m", 3], ["🚀x", 3], ["→✓", 2], ["\u001b]8;;http://x\u0007link\u001b]8;;\u0007", 4], ["a\u200bb", 2], ["한글", 4], ["", 0]];
  for (const [text, width] of cases) assert.equal(textWidth(text), width, JSON.stringify(text));
});

test("cutting to fit never splits a wide character or an escape sequence", () => {
  assert.equal(fit("abcdef", 6), "abcdef");
  assert.equal(fit("abcdef", 5), "abcd…");
  assert.equal(fit("日本語", 6), "日本語");
  assert.equal(fit("日本語", 5), "日本…");
  assert.equal(fit("日本語", 4), "日…");
  assert.equal(fit("\u001b[31mabcdef\u001b[39m", 4), "\u001b[31mabc…\u001b[39m");
  for (let room = 0; room < 12; room++) assert.ok(textWidth(fit("x日\u001b[1m本🚀e\u0301y\u001b[22mlonger", room)) <= room, String(room));
  assert.equal(padTo("日", 4) + "|", "日  |");
});

test("a command's line keeps its colours and nothing that moves", () => {
  assert.equal(tameLine("plain\r"), "plain");
  assert.equal(tameLine("10%\r50%\r100%"), "100%");
  assert.equal(tameLine("\u001b[31mred\u001b[0m"), "\u001b[31mred\u001b[0m");
  assert.equal(tameLine("\u001b[31mopen"), "\u001b[31mopen\u001b[0m");
  assert.equal(tameLine("a\u001b[2K\u001b[1Ab\u0007c\td"), "abc\td");
  assert.equal(tameLine("e\u0301 日本"), "e\u0301 日本");
});

function failing(code: string): Error {
  return Object.assign(new Error(code), { code });
}

test("partial writes and a reader that is not ready lose nothing", () => {
  const got: number[] = [];
  let calls = 0;
  const output = openOutput(9, {
    writeSync: (_fd, bytes, offset) => {
      if (++calls % 3 === 0) throw failing("EAGAIN");
      const piece = bytes.subarray(offset, offset + 7);
      got.push(...piece);
      return piece.length;
    },
  });
  const text = "grüße, 日本 🚀\n".repeat(5);
  output.write(text);
  assert.equal(Buffer.from(got).toString("utf8"), text);
  assert.equal(output.closed, false);
});

test("a reader that is gone is told once, and writing goes nowhere", () => {
  let told = 0;
  let calls = 0;
  const output = openOutput(9, {
    onPipeClosed: () => void told++,
    writeSync: () => {
      calls++;
      throw failing("EPIPE");
    },
  });
  output.write("a");
  output.write("b");
  assert.deepEqual([told, calls, output.closed], [1, 1, true]);
});
