import assert from "node:assert/strict";
import { test } from "node:test";
import type { DepfileFormat } from "../../../src/model/task.ts";
import { parseDepfile } from "../../../src/staleness/depfile.ts";

const GOOD: readonly (readonly [DepfileFormat, text: string, paths: readonly string[]])[] = [
  ["make", "a.o: a.c a.h\n", ["a.c", "a.h"]],
  ["make", "a.o: a.c", ["a.c"]],
  ["make", "a.o : a.c\n", ["a.c"]],
  ["make", "odd:name.o: b.c", ["b.c"]],
  ["make", "a.o: \\\n  a.c \\\n  a.h\n", ["a.c", "a.h"]],
  ["make", "a.o: a.c\\\nb.c\n", ["a.c", "b.c"]],
  ["make", "a.o: \\\r\n  a.c \\\r\n  a.h\r\n", ["a.c", "a.h"]],
  ["make", "a.o a.d: a.c\n", ["a.c"]],
  ["make", "a.o \\\n a.d: a.c\n", ["a.c"]],
  ["make", "a.o: a.c a.h\n\na.h:\n", ["a.c", "a.h"]],
  ["make", "a.o: a.h\nb.o: b.h a.h\n", ["a.h", "b.h"]],
  ["make", "a.o:\n", []],
  ["make", "", []],
  ["make", "# env-dep:X=1\na.o: a.c\n# last", ["a.c"]],
  ["make", "a.o: with\\ space.h with\\\ttab.h", ["with space.h", "with\ttab.h"]],
  ["make", "a.o: a\\\\ b", ["a\\\\", "b"]],
  ["make", "a.o: a\\\\\\ b", ["a\\ b"]],
  ["make", "a.o: a\\#b c#d \\\\#e", ["a#b", "c#d", "\\#e"]],
  ["make", "a.o: c$$d e$f", ["c$d", "e$f"]],
  ["make", "a\\ b.o: x.c", ["x.c"]],
  ["make", "a.o: a\\:b c:d", ["a:b", "c:d"]],
  ["make", "a.o: back\\slash a\\\\b", ["back\\slash", "a\\\\b"]],
  ["make", "a.o: ünï/日本.h x*y.h (p).h\n", ["ünï/日本.h", "x*y.h", "(p).h"]],
  ["make", "a.o: ../x.h /usr/include/stdio.h ./y.h", ["../x.h", "/usr/include/stdio.h", "./y.h"]],
  ["make", "\uFEFFa.o: a.c", ["a.c"]],
  ["lines", "a\nb c\r\n\na\n", ["a", "b c"]],
  ["lines", "", []],
  ["json", '["a", "b", "a"]', ["a", "b"]],
  ["json", '{"inputs": ["a"]}', ["a"]],
  ["json", '{"dependencies": ["b"], "other": 1}', ["b"]],
  ["esbuild", '{"inputs": {"src/a.ts": {"bytes": 1}, "b.ts": {}, "<stdin>": {}, "(disabled):fs": {}, "ns:x": {}}, "outputs": {}}', ["src/a.ts", "b.ts"]],
  ["esbuild", '{"output": [{"fileName": "x.js", "modules": {"/r/a.js": {}, "\\u0000virtual": {}}}, {"fileName": "x.css"}]}', ["/r/a.js"]],
  ["esbuild", '[{"modules": {"/r/a.js": {}}}]', ["/r/a.js"]],
];

for (const [format, text, paths] of GOOD) {
  test(`${format} ${JSON.stringify(text)}`, () => {
    assert.deepEqual(parseDepfile(format, text), { ok: true, paths });
  });
}

const BAD: readonly (readonly [DepfileFormat, text: string, line: number, message: string])[] = [
  ["make", "a.o a.c\n", 1, "missing-colon"],
  ["make", "a.o:a.c\n", 1, "missing-colon"],
  ["make", "a.o: a.c\n\nb.o \\\n c.o", 4, "missing-colon"],
  ["make", "a.o: a.c\n\0\0", 2, "not-text"],
  ["lines", "\0", 1, "not-text"],
  ["json", '["a"', 0, "bad-json"],
  ["json", '[\n"a",\n}', 3, "bad-json"],
  ["json", '["a", 1]', 0, "bad-shape"],
  ["json", '{"files": ["a"]}', 0, "bad-shape"],
  ["json", "null", 0, "bad-shape"],
  ["esbuild", '["a"]', 0, "bad-shape"],
  ["esbuild", '{"inputs": ["a"]}', 0, "bad-shape"],
];

for (const [format, text, line, message] of BAD) {
  test(`${format} ${JSON.stringify(text)} is ${message}`, () => {
    const parsed = parseDepfile(format, text);
    assert.equal(parsed.ok, false);
    assert.equal(!parsed.ok && parsed.message, message);
    // Not every runtime says where JSON breaks off.
    if (!parsed.ok && message !== "bad-json") assert.equal(parsed.line, line);
  });
}

test("a rule with 200,000 names on one line and on many", () => {
  const names = Array.from({ length: 200_000 }, (_, i) => `dir/header${i}.h`);
  for (const gap of [" ", " \\\n "]) {
    const parsed = parseDepfile("make", "a.o: " + names.join(gap) + "\n");
    assert.equal(parsed.ok && parsed.paths.length, names.length);
  }
});
