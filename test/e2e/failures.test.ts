// Each way in which a task fails, and each in which tg cannot work, word for word with its exit code.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { isForeign, isRunning, onDeno, workspace } from "../support/rig.ts";
import { config, staged, tell, transcript } from "../support/story.ts";

/** Commands and their ends. */
tell([
  { title: "exit", tasks: '    test: { run: "echo hello; echo oops >&2; exit 3" },\n    all: { deps: ["test"], run: "true" },', when: "build", then: `
      2| ✗ test (N s) — exit 3
      2| hello
      2| oops
      2| tg: task "test" failed: exit 3 after N s: echo hello; echo oops >&2; exit 3
      2|     log: .tg/logs/test.log
      2| tg: blocked by "test": all
      2| tg: 1 failed, 1 blocked (N s)
      exit 1` },
  { title: "signal", tasks: `    test: { run: "kill -9 $$" },`, when: "build", then: `
      2| ✗ test (N s) — killed by SIGKILL (out of memory?)
      2| tg: task "test" was killed by SIGKILL (out of memory?)
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "signal: a mild one", tasks: `    test: { run: "kill -TERM $$" },`, when: "build", then: `
      2| ✗ test (N s) — killed by SIGTERM
      2| tg: task "test" was killed by SIGTERM
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "command-not-found", tasks: '    build: { run: ["tsc-gone", "-p", "."] },', when: "build", then: `
      2| ✗ build (N s) — tsc-gone: command not found
      2| tg: task "build": tsc-gone: command not found
      2|     try: install it or correct its name; PATH begins with node_modules/.bin
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "bad-tool: missing", tasks: '    a: { tools: ["./gone"], outputs: ["out"], run: "touch out" },', when: "build", then: `
      2| ✗ a (N s) — tool "./gone" is not found
      2| tg: task "a": tool "./gone" is not found
      2|     try: install it or correct its name; PATH begins with node_modules/.bin
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "bad-tool: a version command that fails", tasks: '    a: { tools: ["./cc --verzion"], outputs: ["out"], run: "touch out" },', given: [(w) => w.sh(`printf '#!/bin/sh\necho "cc: unknown $1" >&2; exit 2\n' > cc; chmod +x cc`)], when: "build", then: `
      2| ✗ a (N s) — tool "./cc --verzion" does not tell its version: exit 2: cc: unknown --verzion
      2| tg: task "a": tool "./cc --verzion" does not tell its version: exit 2: cc: unknown --verzion
      2|     try: correct its arguments; it must exit 0 and print something
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "bad-tool: a version command that says nothing", tasks: '    a: { tools: ["true --version=no"], outputs: ["out"], run: "touch out" },', when: "build", then: `
      2| ✗ a (N s) — tool "true --version=no" does not tell its version: it printed nothing
      2| tg: task "a": tool "true --version=no" does not tell its version: it printed nothing
      2|     try: correct its arguments; it must exit 0 and print something
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "bad-cwd", tasks: '    build: { cwd: "gone", run: "true" },', when: "build", then: `
      2| ✗ build (N s) — cannot start in gone: no such file or folder
      2| tg: task "build": cannot start in gone: no such file or folder
      2|     try: correct "cwd", or make the folder an output of another task
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "bad-cwd: a function", tasks: '    build: { cwd: "gone", run() {} },', when: "build", then: `
      2| ✗ build (N s) — cannot start in gone: no such file or folder
      2| tg: task "build": cannot start in gone: no such file or folder
      2|     try: correct "cwd", or make the folder an output of another task
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "spawn-failed", tasks: '    build: { run: ["./tool.sh"] },', files: { "tool.sh": "echo" }, when: "build", then: `
      2| ✗ build (N s) — cannot start: permission denied: ./tool.sh
      2| tg: task "build": cannot start: permission denied: ./tool.sh
      2|     try: chmod +x the program
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "command-too-long", tasks: '    build: { run: ["echo", "x".repeat(140312)] },', when: "build", then: `
      2| ✗ build (N s) — command is 140,312 bytes, the limit is 131,071
      2| tg: task "build": command is 140,312 bytes, the limit is 131,071
      2|     try: write the long part to a response file with "files"
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "threw", tasks: '    build: {\n      run() {\n        throw new TypeError("no such thing\\nmore", { cause: new AggregateError([Object.assign(new RangeError(""), { code: "EFAR" }), "a text"], "several") });\n      },\n    },', when: "build", then: `
      2| ✗ build (N s) — TypeError: no such thing
      2| tg: task "build": TypeError: no such thing
      2|     more
      2|     caused by AggregateError: several
      2|     caused by RangeError: EFAR
      2|     caused by a text
      2|     Object.run tasks.config.ts:5:15
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "threw: no error", tasks: '    a: { run() { throw undefined; } },\n    b: { run() { throw "a text"; } },\n    c: { run() { throw new Error(); } },', when: "build -k -j1", then: `
      2| ✗ a (N s) — threw undefined
      2| ✗ b (N s) — threw a text
      2| ✗ c (N s) — Error
      2| tg: task "a": threw undefined
      2| tg: task "b": threw a text
      2| tg: task "c": Error
      2|     Object.run tasks.config.ts:5:24
      2| tg: 3 failed (N s)
      exit 1` },
  { title: "bad-value", tasks: '    build: { run: () => 7n },', when: "build", then: `
      2| ✗ build (N s) — returned what JSON cannot hold: Do not know how to serialize a BigInt
      2| tg: task "build": returned what JSON cannot hold: Do not know how to serialize a BigInt
      2|     try: return plain data, or nothing
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "an allowed failure", tasks: '    lint: { allowFailure: true, run: "exit 1" },', when: "build", then: `
      2| ! lint (N s) — exit 1; allowed to fail
      2| tg: 1 failed (allowed) (N s)
      exit 0` },
]);

/** Outputs. */
tell([
  { title: "missing-output", tasks: '    build: { outputs: ["dist/app.js"], run: "true" },', when: "build", then: `
      2| ✗ build (N s) — missing output: dist/app.js
      2| tg: task "build" exited 0 but did not make dist/app.js
      2|     try: correct the path, or { path, optional: true } if it may be absent
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "missing-output: made in the task's folder", tasks: '    build: { cwd: "p", outputs: ["app.js"], run: "touch app.js" },', files: { "p/x": "" }, when: "build", then: `
      2| ✗ build (N s) — missing output: app.js
      2| tg: task "build" exited 0 but did not make app.js
      2|     try: paths begin at the root, not in "cwd": p/app.js
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "missing-output: a pattern, made in the task's folder", tasks: '    build: { cwd: "p", outputs: ["gen/*.js"], run: "mkdir gen; touch gen/a.js" },', files: { "p/x": "" }, when: "build", then: `
      2| ✗ build (N s) — missing output: gen/*.js
      2| tg: task "build" exited 0 but did not make gen/*.js
      2|     try: paths begin at the root, not in "cwd": p/gen/*.js
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "missing-output: all of them at once", tasks: '    build: { outputs: ["a", "b", "c", { path: "d", optional: true }], run: "touch b" },', when: "build", then: `
      2| ✗ build (N s) — missing outputs: a, c
      2| tg: task "build" exited 0 but did not make a, c
      2|     try: correct the paths, or { path, optional: true } for what may be absent
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "missing-output: a folder stays empty of it", tasks: '    build: { outputs: ["dist/"], run: "rmdir dist" },', when: "build", then: `
      2| ✗ build (N s) — missing output: dist/
      2| tg: task "build" exited 0 but did not make dist/
      2|     try: let the command leave the folder there; it may be empty
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "missing-output: a pattern", tasks: '    build: { outputs: ["gen/*.ts"], run: "true" },', when: "build", then: `
      2| ✗ build (N s) — missing output: gen/*.ts
      2| tg: task "build" exited 0 but did not make gen/*.ts
      2|     try: correct the pattern; where there may be no such file, own a folder instead ("dir/"), which may stay empty
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "missing-output: nothing to accept", tasks: '    build: { outputs: ["dist/app.js"], run: "true" },', when: "touch build", then: `
      2| tg: task "build": there is no dist/app.js to accept
      2|     try: tg build build
      exit 2` },
  { title: "output-kind: a folder for a file", tasks: '    build: { outputs: ["dist"], run: "mkdir dist" },', when: "build", then: `
      2| ✗ build (N s) — output dist is a folder, expected a file
      2| tg: task "build": output dist is a folder, expected a file
      2|     try: write "dist/" in outputs to mean the folder
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "output-kind: a folder that stands there before the run", tasks: '    build: { outputs: ["out"], run: "echo 1 > out" },', files: { "out/mine": "1\n" }, when: "build", then: `
      2| ✗ build (N s) — output out is a folder, expected a file
      2| tg: task "build": output out is a folder, expected a file
      2|     try: remove it, or write "out/" in outputs to mean the folder
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "output-kind: a folder that the last run made", tasks: '    build: { outputs: ["dist"], run: "mkdir dist" },', given: ["build"], when: "build", then: `
      2| ✗ build (N s) — output dist is a folder, expected a file
      2| tg: task "build": output dist is a folder, expected a file
      2|     try: write "dist/" in outputs to mean the folder
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "output-kind: a file for a folder", tasks: '    build: { outputs: ["dist/"], run: "rmdir dist; echo > dist" },', when: "build", then: `
      2| ✗ build (N s) — output dist is a file, expected a folder
      2| tg: task "build": output dist is a file, expected a folder
      2|     try: write "dist" without the slash to mean a file
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "output-kind: a pipe", tasks: '    build: { outputs: ["p"], run: "mkfifo p" },', when: "build", then: `
      2| ✗ build (N s) — output p is a fifo, expected a file
      2| tg: task "build": output p is a fifo, expected a file
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "output-not-utf8", tasks: `    build: { outputs: ["dist/"], run: "touch \\"$(printf 'dist/caf\\\\351')\\"" },`, when: "build", then: `
      2| ✗ build (N s) — made a file in dist whose name is not valid UTF-8
      2| tg: task "build": made a file in dist whose name is not valid UTF-8
      2|     try: give it another name
      2| tg: 1 failed (N s)
      exit 1` },
  {
    title: "output-owned-by",
    tasks: '    a: { outputs: ["gen/*.ts"], run: "touch gen/a.ts" },\n    b: { deps: ["a"], outputs: ["gen/a*"], run: "touch gen/ab" },',
    when: "build", then: `
      2| ✓ a (N s) — never ran
      2| ✗ b (N s) — its output pattern takes gen/a.ts, which is an output of "a"
      2| tg: task "b": its output pattern takes gen/a.ts, which is an output of "a"
      2|     try: narrow the output pattern of one of them
      2| tg: 1 ran, 1 failed (N s)
      exit 1`,
  },
  {
    title: "output-drifted", tasks: '    a: { outputs: ["out"], drift: "error", run: "echo 1 > out" },',
    given: ["build", (w) => w.write("out", "by hand\n")], when: "build", then: `
      2| ✗ a (N s) — output out was edited by hand
      2| tg: task "a": output out was edited by hand
      2|     try: tg touch a to keep the edit, or remove the file to have it made again
      2| tg: 1 failed (N s)
      exit 1`,
  },
  {
    title: "output-drifted: no output any more", tasks: '    a: { outputs: ["out", "old"], drift: "error", run: "echo 1 | tee out > old" },',
    given: ["build", (w) => w.write("old", "by hand\n"), (w) => w.write("tasks.config.ts", 'export default { tasks: { a: { outputs: ["out"], drift: "error", run: "echo 2 > out" } } };\n')], when: "build", then: `
      2| ✗ a (N s) — old, which it no longer makes, was edited by hand
      2| tg: task "a": old, which it no longer makes, was edited by hand
      2|     try: move the file away, or remove it: tg clean --dead
      2| tg: 1 failed (N s)
      exit 1`,
  },
  {
    title: "output-drifted: not its own", tasks: '    a: { outputs: ["tree/"], drift: "error", run: "echo 1 > tree/a" },',
    given: ["build", (w) => w.write("tree/mine", "by hand\n")], when: "build", then: `
      2| ✗ a (N s) — tree/mine among its outputs was made by hand
      2| tg: task "a": tree/mine among its outputs was made by hand
      2|     try: tg touch a to keep the file, or move it away
      2| tg: 1 failed (N s)
      exit 1`,
  },
  { title: "cannot-write", tasks: '    a: { outputs: ["dir/x"], run: "true" },', files: { dir: "a file" }, when: "build", then: `
      2| ✗ a (N s) — dir is a file, and dir/x needs a folder there
      2| tg: task "a": dir is a file, and dir/x needs a folder there
      2|     try: move dir away, or remove it
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "cannot-write: stdout", tasks: '    a: { stdout: "out", run: "true" },', files: { "out/x": "" }, when: "build", then: `
      2| ✗ a (N s) — cannot write out: is a folder
      2| tg: task "a": cannot write out: is a folder
      2|     try: look at what stands at out
      2| tg: 1 failed (N s)
      exit 1` },
]);

/** Inputs. */
tell([
  { title: "input-kept-changing", tasks: '    a: { inputs: ["in"], run: "echo x >> in" },', files: { in: "1" }, when: "build", then: `
      2| ~ a (N s) — in changed while it ran; it runs again
      2| ✗ a (N s) — in changed while it ran, twice; the result is not recorded
      2| tg: task "a": in changed while it ran, twice; the result is not recorded
      2|     try: find out what writes it during the build; if the task itself does: inout: ["in"]
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "cannot-write: an output that cannot be looked at fails its task, not the build", tasks: '    a: { outputs: ["out/f"], run: "rm -r out; ln -s out out" },\n    b: { outputs: ["b"], run: "touch b" },', when: "build -k -j 1", then: `
      2| ✗ a (N s) — cannot write out/f: too many levels of symbolic links
      2| ✓ b (N s) — never ran
      2| tg: task "a": cannot write out/f: too many levels of symbolic links
      2|     try: look at what stands at out/f
      2| tg: 1 ran, 1 failed (N s)
      exit 1` },
  { title: "an input that the task itself writes as it was: a second run tells it from an edit, and later ones know", tasks: '    a: { inputs: ["in", "v"], outputs: ["out"], run: "cp in t; mv t in; cat in v > out" },', files: { in: "1\n", v: "1\n" }, when: "build", then: `
      2| ~ a (N s) — in changed while it ran; it runs again
      2| ✓ a (N s) — input changed while it ran: in
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "the same, the next time that it runs", tasks: '    a: { inputs: ["in", "v"], outputs: ["out"], run: "cp in t; mv t in; cat in v > out" },', files: { in: "1\n", v: "1\n" }, given: ["build", (w) => w.write("v", "2\n")], when: "build", then: `
      2| ✓ a (N s) — input changed: v
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "input-gone", tasks: '    a: { outputs: ["a"], run: "touch a; rm in" },\n    b: { deps: ["a"], inputs: ["in"], run: "true" },', files: { in: "1" }, when: "build", then: `
      2| ✓ a (N s) — never ran
      2| ✗ b (N s) — input in is gone
      2| tg: task "b": input in is gone
      2|     try: find out what removes it during the build
      2| tg: 1 ran, 1 failed (N s)
      exit 1` },
  { title: "input-gone: one that the key leaves out", tasks: '    a: { inputs: ["src"], outputs: ["a"], run: "cp src a; rm -f in" },\n    b: { inputs: ["a", "in"], cache: { ignore: ["input:in"] }, run: "true" },', files: { in: "1", src: "1" }, given: ["build b --no-cache", (w) => w.write("in", "2"), "build", (w) => w.remove("in"), (w) => w.write("src", "2")], when: "build", then: `
      2| ✓ a (N s) — input changed: src
      2| ✗ b (N s) — input in is gone
      2| tg: task "b": input in is gone
      2|     try: find out what removes it during the build
      2| tg: 1 ran, 1 failed (N s)
      exit 1` },
  { title: "input-gone: of an element of a list that was made in this build", files: { "tasks.config.ts": 'import { foreach } from "tg-build";\nexport default { tasks: {\n  list: { outputs: ["l"], run: "echo a >l" },\n  f: foreach({ from: "list", lines: "l" }, ({ key }) => ({ inputs: [key], run: "true" })),\n} };\n' }, when: "build", then: `
      2| ✓ list (N s) — never ran
      2| ✗ f[a] (N s) — input a does not exist
      2| tg: task "f[a]": input a does not exist
      2|     try: correct the list that "list" makes, or { path, optional: true } if it may be absent
      2| tg: 1 ran, 1 failed (N s)
      exit 1` },
  { title: "input-unreadable", tasks: '    a: { outputs: ["a"], run: "touch a; rm in; mkfifo in" },\n    b: { deps: ["a"], inputs: ["in"], run: "true" },', files: { in: "1" }, when: "build", then: `
      2| ✓ a (N s) — never ran
      2| ✗ b (N s) — cannot read input in: fifo
      2| tg: task "b": cannot read input in: fifo
      2|     try: look at what stands at in
      2| tg: 1 ran, 1 failed (N s)
      exit 1` },
  { title: "glob-empty-now", tasks: '    a: { outputs: ["gen/"], run: "touch gen/x.js" },\n    b: { inputs: ["gen/*.ts"], run: "true" },', when: "build", then: `
      2| ✓ a (N s) — never ran
      2| ✗ b (N s) — input "gen/*.ts" matches no file, although the tasks that could make one are done
      2| tg: task "b": input "gen/*.ts" matches no file, although the tasks that could make one are done
      2|     try: correct the pattern, or { glob, allowEmpty: true } if that is intended
      2| tg: 1 ran, 1 failed (N s)
      exit 1` },
  { title: "depfile-missing", tasks: '    a: { depfile: "a.d", outputs: ["a.o"], run: "touch a.o" },', when: "build", then: `
      2| ✗ a (N s) — did not write its depfile a.d
      2| tg: task "a": did not write its depfile a.d
      2|     try: let the command write it (gcc -MD -MF FILE), or { path, format, optional: true }
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "depfile-bad", tasks: '    a: { depfile: { path: "a.json", format: "json" }, outputs: ["a.o"], run: "touch a.o; echo oops > a.json" },', when: "build", then: `
      2| ✗ a (N s) — depfile a.json: not valid JSON
      2| tg: task "a": depfile a.json: not valid JSON
      2|     try: check "format" of the depfile: make, lines, json or esbuild
      2| tg: 1 failed (N s)
      exit 1` },
  {
    title: "undeclared-order",
    tasks: '    gen: { outputs: ["g.h"], run: "echo 1 > g.h" },\n    obj: { depfile: "a.d", outputs: ["a.o"], run: "touch a.o; echo a.o: g.h > a.d" },',
    when: "build -j1", then: `
      2| ✓ gen (N s) — never ran
      2| ✗ obj (N s) — read g.h, which "gen" makes, but nothing orders the two
      2| tg: task "obj": read g.h, which "gen" makes, but nothing orders the two
      2|     try: add deps: ["gen"] or inputs: ["g.h"]; in a clean build the order would be luck
      2| tg: 1 ran, 1 failed (N s)
      exit 1`,
  },
  { title: "hash-function: no text", tasks: '    a: { inputs: [{ path: "in", hash: async () => "x" }], run: "true" },', files: { in: "1" }, when: "build", then: `
      2| ✗ a (N s) — the hash function of in failed: it returned a promise
      2| tg: task "a": the hash function of in failed: it returned a promise
      2|     try: it must return a text for every content
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "hash-function", tasks: '    a: { inputs: [{ path: "in", hash: (bytes) => { throw new Error("no " + bytes.length); } }], run: "true" },', files: { in: "1" }, when: "build", then: `
      2| ✗ a (N s) — the hash function of in failed: Error: no 1
      2| tg: task "a": the hash function of in failed: Error: no 1
      2|     try: it must return a text for every content
      2| tg: 1 failed (N s)
      exit 1` },
]);

/** tg's own work. */
tell([
  { title: "state-dir-bad: building", tasks: '    a: { run: "true" },', files: { ".tg": "a file" }, when: "build", then: `
      2| tg: cannot use the state folder <w>/.tg: not a folder
      2|     try: remove what stands there, or set "stateDir" in the config
      exit 3` },
  { title: "state-dir-bad: asking where a folder stands for a file", tasks: '    a: { run: "true" },', files: { ".tg/state/x": "" }, when: "status", then: `
      2| tg: cannot read <w>/.tg/state: is a folder
      2|     try: remove what stands there, or set "stateDir" in the config
      exit 3` },
  { title: "cannot-write: where edits are put aside", tasks: '    a: { inputs: ["in"], outputs: ["out"], run: "cp in out" },', files: { in: "1\n" }, given: ["build", (w) => (w.write("out", "mine\n"), w.write(".tg/saved", "a file"))], when: "build", then: `
      2| ✗ a (N s) — cannot write .tg/saved: not a folder
      2| tg: task "a": cannot write .tg/saved: not a folder
      2|     try: look at what stands at .tg/saved
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "state-unwritable: emptying the store", tasks: '    a: { run: "true" },', files: { ".tg/lock/x": "" }, when: "cache clear", then: `
      2| tg: cannot write <w>/.tg/lock: is a folder
      2|     try: remove what stands there, or set "stateDir" in the config
      exit 3` },
  { title: "state-dir-bad: cleaning", tasks: '    a: { run: "true" },', files: { ".tg": "a file" }, when: "clean", then: `
      2| tg: cannot use the state folder <w>/.tg: not a folder
      2|     try: remove what stands there, or set "stateDir" in the config
      exit 3` },
]);

test("what stands in the way of tg's own files and is no file is replaced", async () => {
  for (const name of ["clock", "journal", "state"]) {
    for (const put of [`ln -s /nowhere/x .tg/${name}`, `mkfifo .tg/${name}`]) {
      const w = await staged({ tasks: '    a: { outputs: ["out"], run: "touch out" },' });
      await w.sh(`mkdir .tg; ${put}`);
      const run = await w.tg("build");
      assert.match(run.stderr, /✓ a .*\ntg: 1 ran/, put + run.stderr);
      assert.match((await w.tg("build")).stdout, /^tg: 1 task up to date/, put);
    }
  }
});

test("state-unwritable: a link that leads nowhere", async () => {
  const w = await staged({ tasks: '    a: { run: "true" },' });
  await w.sh("ln -s /nowhere/x .tg");
  assert.equal(transcript(await w.tg("build"), w), "2| tg: cannot write <w>/.tg/clock: no such file or folder\n2|     try: look for a link above it that leads nowhere\nexit 3");
});

test("a full disk: nothing is built, what tg made can be removed, edits are kept", { skip: spawnSync("unshare", ["-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status !== 0 && "needs user namespaces" }, async () => {
  const w = await workspace({ "tasks.config.ts": config('    a: { inputs: ["in"], outputs: ["out/a"], run: "cp in out/a" },\n    b: { inputs: ["in"], outputs: ["own/"], run: "head -c 100000 /dev/zero >own/b" },\n    c: { inputs: ["in"], run: "true" },'), in: "1\n", "small/x": "" });
  const run = await w.sh(`exec unshare -Urm sh -c 'mount -t tmpfs -o size=1m tmpfs small; cp tasks.config.ts in small; cd small
    tg build -q; echo 2 >in; echo mine >own/mine; cat /dev/zero >fill 2>/dev/null; tg build; tg clean; cat .tg/saved/*/own/mine; ls; tg status'`);
  assert.equal(transcript(run, w), `1| removed out/a
1| removed own/
1| put aside own/mine, which is not as its task left it: .tg/saved/<time>/own/mine
1| tg: removed 2 paths
1| mine
1| fill
1| in
1| tasks.config.ts
1| a  stale        never ran
1| b  stale        never ran
1| c  stale        never ran
1|
1| tg: 3 tasks: 3 stale
2| tg: cannot write <w>/small/.tg: disk full
2|     try: free some space; tg cache clear empties the store of results
exit 0`);
});

test("locked", async () => {
  const w = await staged({ tasks: "" });
  const gate = w.gate("g");
  w.write("tasks.config.mjs", `export default { tasks: { a: { run: ${JSON.stringify(gate.command)} } } };`);
  w.remove("tasks.config.ts");
  const first = w.start("build a");
  await gate.reached();
  const told = ["2| tg: tg build a (pid N, started N s ago) is working here", "2|     try: wait for it, or leave out --no-wait", "exit 3"];
  assert.equal(transcript(await w.tg("build --no-wait"), w), told.join("\n"));
  gate.release();
  assert.equal((await first.done).code, 0);
});

// With so few that Bun says so, the shell that is to start it does not work any more.
test("too-many-files", { skip: isForeign && !onDeno }, async () => {
  const w = await staged({ tasks: '    a: { run: "true" },' });
  // How many the runtime itself needs differs: the highest limit that tg cannot work with.
  for (let limit = 40; limit > 10; limit--) {
    const run = await w.sh(`ulimit -n ${limit}; exec tg build -f`);
    if (!run.stderr.startsWith("tg: too many open files, at ")) continue;
    assert.match(transcript(run, w), /^2\| tg: too many open files, at \S+\n2\|     try: raise the limit with ulimit -n, or lower --jobs\nexit 3$/);
    return;
  }
  assert.fail("no limit was told of");
});

test("what files may not grow to (ulimit -f): state and compiled config", { skip: isForeign }, async () => {
  const w = await staged({ tasks: `    a: { run: "true", description: "${"x".repeat(20_000)}" },` });
  const refused = async (blocks: number): Promise<string> => transcript(await w.sh(`ulimit -f ${blocks}; exec tg build`), w);
  assert.equal(await refused(0), "2| tg: cannot write <w>/.tg/clock: larger than files may be\n2|     try: raise the limit with ulimit -f\nexit 3");
  assert.match(await refused(16), /^2\| tg: cannot keep the compiled config: \S+: larger than files may be\n2\| {5}try: raise the limit with ulimit -f\nexit 3$/);
});

test("a journal that has no room for what one task is to record, and some for what the next ones are", { skip: isForeign }, async () => {
  // How many headers it names is what the first one has no room for. A block has 512 bytes or 1024.
  const headers = Array.from({ length: 100 }, (_, i) => `h/${String(i).padStart(3, "0")}-${"x".repeat(60)}.h`);
  for (const blocks of [9, 12, 18, 24]) {
    const w = await staged({
      tasks: `    z: { inputs: ["in"], outputs: ["z.o"], run: "cp in z.o" },
    a: { inputs: ["in"], outputs: ["a.o"], depfile: "a.d", run: "cp in a.o; echo a: h/* >a.d" },
    b: { inputs: ["in"], outputs: ["b.o"], depfile: "b.d", run: "cat in h/000* >b.o; echo b: h/000* >b.d" },
    c: { inputs: ["in"], outputs: ["c.o"], depfile: "c.d", run: "cat in last.h >c.o; echo c: last.h >c.d" },`,
      files: { in: "1\n", "last.h": "", ...Object.fromEntries(headers.map((header) => [header, ""])) },
    });
    await w.tg("build z");
    w.write("in", "2\n");
    await w.sh(`ulimit -f ${blocks}; exec tg build -k -j1`);
    w.write(headers[0]!, "new\n");
    const built = await w.tg("build");
    assert.deepEqual([built.code, w.read("b.o")], [0, "2\nnew\n"], built.stderr);
    assert.match((await w.tg("build")).stdout, /^tg: 4 tasks up to date/);
  }
});

test("config-not-kept", { skip: isForeign }, async () => {
  const w = await staged({ tasks: '    a: { run: "true" },' });
  const missing = await w.tg("status", { env: { TMPDIR: "/nowhere/tmp" } });
  assert.equal(transcript(missing, w), "2| tg: cannot keep the compiled config: /nowhere/tmp: no such file or folder\n2|     try: set TMPDIR to a folder that can be written, with some room\nexit 3");
  assert.match((await w.tg("build", { env: { TMPDIR: "/nowhere/tmp" } })).stderr, /✓ a/);
});

test("no-address-space", { skip: isForeign || process.platform !== "linux" }, async () => {
  const w = await staged({ tasks: '    a: { run: "true" },' });
  // What V8 reserves differs from version to version; with the least it does not start itself.
  for (const gib of [16, 8, 4, 2, 1]) {
    const run = await w.sh(`ulimit -v ${gib * 1024 * 1024}; exec tg build`);
    if (run.code === 0) continue;
    return assert.equal(transcript(run, w), `2| tg: cannot start WebAssembly: ${gib < 10 ? `${gib}.0` : gib} GiB of address space is too little
2|     try: ulimit -v unlimited: Node reserves much more address space than it uses; to limit memory itself, limit the container or cgroup
exit 3`);
  }
  assert.fail("no limit was told of");
});

test("no-webassembly", { skip: isForeign }, async () => {
  const w = await staged({ tasks: '    a: { outputs: ["a"], run: "touch a" },' });
  // Some versions of Node have a line of their own about it.
  const run = await w.tg("build", { env: { NODE_OPTIONS: "--jitless" } });
  assert.equal(transcript({ ...run, stdout: run.stdout.replace(/^Warning: .*\n/, ""), stderr: run.stderr.replace(/^Warning: .*\n/, "") }, w), `2| tg: WebAssembly, which tg hashes with, is switched off here
2|     try: leave --jitless out of NODE_OPTIONS and of what starts tg
exit 3`);
});

test("how long a task takes is not forgotten when it fails, is killed, or is touched", async () => {
  const w = await staged({ tasks: '    a: { inputs: ["in"], outputs: ["a"], run: "case $(cat in) in fail*) exit 1;; die*) kill -9 $$;; *) sleep 0.3; cp in a;; esac" },', files: { in: "1" }, given: ["build"] });
  const expected = async (content: string): Promise<number> => {
    w.write("in", content);
    const { stdout } = await w.tg("build --json");
    return Number(/"expectedMs":(\d+)/.exec(stdout)![1]);
  };
  for (const content of ["fail", "fail again", "die", "2", "3"]) assert.ok((await expected(content)) >= 300, content);
  w.write("in", "touched");
  await w.tg("touch a");
  assert.ok((await expected("4")) >= 300);
});

test("an edit that a failed build saw and did not come to counts in the next", async () => {
  const w = await workspace({
    "tasks.config.ts": `export default { jobs: 1, tasks: {
      first: { inputs: ["one.txt"], outputs: ["first.txt"], run: "grep -v bad one.txt > first.txt" },
      second: { inputs: ["two.txt"], outputs: ["second.txt"], run: "cp two.txt second.txt" },
    } };`,
    "one.txt": "1\n", "two.txt": "2\n",
  });
  assert.equal((await w.tg("build")).code, 0);
  w.write("one.txt", "bad\n");
  w.write("two.txt", "new\n");
  assert.match(transcript(await w.tg("build"), w), /1 failed, 1 not started[^]*exit 1$/);
  w.write("one.txt", "3\n");
  assert.match(transcript(await w.tg("status"), w), /second +stale +input changed: two.txt/);
  assert.match(transcript(await w.tg("build"), w), /2 ran[^]*exit 0$/);
  assert.equal(w.read("second.txt"), "new\n");
});

test("a limit on open files that leaves none for a command fails the command", { skip: isForeign }, async () => {
  const tasks = Array.from({ length: 12 }, (_, i) => `    t${i}: { outputs: ["o/${i}"], run: "sleep 0.2; touch o/${i}" },`).join("\n");
  const w = await staged({ tasks, files: {}, given: ["build t0"] });
  let told = 0;
  // How many Node itself needs differs.
  for (let limit = 48; limit >= 24; limit -= 6) {
    const { stderr } = await w.sh(`ulimit -n ${limit}; exec tg build -k -j12 -f`);
    assert.doesNotMatch(stderr, /uncaught|internal error/);
    if (/✗ t\d+ \(\S+ s\) — cannot start: too many open files: \/bin\/sh\n/.test(stderr)) told++;
  }
  assert.ok(told > 0);
  assert.equal((await w.tg("build")).code, 0);
});

test("what tg itself cannot write in the middle of a build ends what runs, services too", async () => {
  const w = await staged({ tasks: `
    serve: { run: "echo $$ > serve.pid; exec sleep 1000", service: {} },
    long: { deps: ["serve"], outputs: ["l"], run: "echo $$ > long.pid; exec sleep 1000" },
    a: { outputs: ["a"], run: "until test -s long.pid && test -s serve.pid; do sleep 0.02; done; mkdir -p .tg/logs/b.log/x; touch a" },
    b: { inputs: ["a"], outputs: ["b"], run: "touch b" },` });
  const run = await w.tg("build -j4");
  assert.equal(run.code, 3);
  assert.match(run.stderr, /^tg: cannot write \.tg\/logs\/b\.log: is a folder\n {4}try: look at what stands at \.tg\/logs\/b\.log\n$/m);
  assert.doesNotMatch(run.stderr, /uncaught| at .*\.cjs/);
  for (const name of ["long", "serve"]) assert.equal(isRunning(Number(w.read(`${name}.pid`))), false);
  w.remove(".tg/logs/b.log");
  assert.match((await w.tg("build b")).stderr, /1 ran, 1 fresh/);
});
