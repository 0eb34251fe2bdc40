// Advice for the words of other tools: given where nothing else can have been meant, and nowhere else.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assignmentAdvice, commandAdvice, flagAdvice, patternAdvice } from "../../../src/report/other-tools.ts";

test("flags of other tools are those of a build", () => {
  for (const flag of ["-B", "-s", "-i", "-t", "-d", "--cores", "--watch"]) assert.notEqual(flagAdvice("build", flag), null, flag);
  assert.deepEqual([flagAdvice("build", "-z"), flagAdvice("logs", "-B")], [null, null]);
});

test("a variable is set in one of two ways", () => {
  for (const word of ["CC=gcc", "CC:=gcc", "CC?=gcc", "_a1+=x y", "MODE="]) assert.notEqual(assignmentAdvice(word), null, word);
  for (const word of ["app", "a/b=c", "=x", "1=2", "--x=y"]) assert.equal(assignmentAdvice(word), null, word);
  assert.match(assignmentAdvice("MSG=a b")!, /^--param MSG='a b' sets/);
});

test("patterns and variables in paths", () => {
  assert.match(patternAdvice("lib/%.c", "input")!, /foreach\("lib\/\*\.c", …\)/);
  assert.match(patternAdvice("data/{name}.txt", "input")!, /foreach\("data\/\*\.txt", …\)/);
  assert.match(patternAdvice("$(SRC)/main.c", "input")!, /`\$\{SRC\}\/main\.c`/);
  assert.equal(patternAdvice("$(wildcard src/*.c)", "input"), 'a pattern stands for itself: "src/*.c"');
  assert.match(patternAdvice("$(sort b a)", "input")!, /^nothing is substituted in paths; what make's \$\(sort …\) does/);
  for (const path of ["src/main.c", "src/*.{ts,js}", "a$b", "a(b c)"]) assert.equal(patternAdvice(path, "input"), null, path);
});

test("what a command was meant to have put in its place", () => {
  for (const command of ["gcc -c $< -o x", 'gcc "$^"', "gcc -o $@ x.c", "gcc -c '$<'", "sort {input}", "sort {{input}} > x", "gcc $in", "gcc ${out}", "$(CC) -c x.c", "echo $$x", "@gcc x.c", "-rm x", "cat $(wildcard *.c)", "echo $(shell date)", "cat $(patsubst %.c,%.o,a.c)"]) {
    assert.notEqual(commandAdvice(command), null, command);
  }
  const valid = ["gcc -c main.c", 'f() { cp "$@"; }; f a', "set -- a b; cp $@", 'sh -c "echo \\$@" x', "awk '{ print $< }'", "awk '{input}'", "echo $$", "kill $$.pid", "for in in a b; do echo $in; done", "in=a; cat $in", "echo $(date)", "echo $(sort x)", "echo $(basename x)", "echo '$(wildcard x)'", "./-x", "@scope/bin x", "-", "echo \\$in", "echo $input"];
  for (const command of valid) assert.equal(commandAdvice(command), null, command);
});
