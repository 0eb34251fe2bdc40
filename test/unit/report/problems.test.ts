// Every problem and notice code with its exact words. The tables are typed by code: a new code without a case does not compile.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Notice, Problem } from "../../../src/model/problem.ts";
import { PLAIN } from "../../../src/report/color.ts";
import { noticeLines, problemLines } from "../../../src/report/problems.ts";
import { briefProblem, isTaskProblem } from "../../../src/report/task-texts.ts";

type Case<P extends { readonly code: string }, C extends P["code"]> = readonly [Omit<Extract<P, { readonly code: C }>, "code">, ...string[]];

const at = { file: "tasks.config.ts", line: 12 } as never;
const t = "build" as never;
const f = (path: string): never => path as never;

const PROBLEMS: { readonly [C in Problem["code"]]: Case<Problem, C> } = {
  "config-no-file": [{ file: "tasks.config.ts", is: "link", link: "../old.ts" }, "tg: tasks.config.ts cannot be a config: it is a link that leads nowhere (../old.ts)", "    try: correct the link, or remove it"],
  "config-ending": [{ file: "x.cts", ending: ".cts", at: { file: f("tasks.config.ts"), line: 1 } }, "tg: x.cts: a module that ends in .cts cannot be loaded here", "    at tasks.config.ts:1", "    try: write it as an ES module: .ts or .mts"],
  "no-config": [{ from: "/p" }, "tg: no tasks.config.ts in /p or its parents", "    try: tg init writes a first one"],
  "no-folder": [{ path: "/gone" }, "tg: there is no folder /gone", "    try: check the path given to -C"],
  "config-conflict": [{ file: "tasks.config.ts", line: 3, end: 9 }, "tg: tasks.config.ts:3: an unresolved merge conflict, to line 9", "    try: choose what is to stand, and take the marks out; nothing was run"],
  "config-syntax": [{ file: "tasks.config.ts", line: 3, column: 7, message: "Unexpected token" }, "tg: tasks.config.ts:3:7: Unexpected token", "    try: correct the syntax; nothing was run"],
  "config-throws": [{ file: "tasks.config.ts", line: 12, column: 5, message: "ReferenceError: foo is not defined", frames: ["at tasks.config.ts:12:5"] }, "tg: tasks.config.ts:12:5: ReferenceError: foo is not defined", "    at tasks.config.ts:12:5", "    try: correct the config; nothing was run"],
  "config-import-missing": [{ file: "tasks.config.ts", line: 1, specifier: "@scope/pkg/sub" }, 'tg: tasks.config.ts:1: cannot find "@scope/pkg/sub"', "    try: npm install @scope/pkg"],
  "config-export-missing": [{ file: "tasks.config.ts", line: 1, column: 10, specifier: "tg-build", name: "defineTsk", suggestion: "defineTask" }, 'tg: tasks.config.ts:1:10: "tg-build" has no export "defineTsk" (did you mean "defineTask"?)', "    try: correct the name; nothing was run"],
  "config-not-kept": [{ dir: "/nowhere", errno: "ENOENT" }, "tg: cannot keep the compiled config: /nowhere: no such file or folder", "    try: set TMPDIR to a folder that can be written, with some room"],
  "config-unreadable": [{ file: "a.ts", errno: "EACCES" }, "tg: cannot read a.ts: permission denied", "    try: check the rights of a.ts"],
  "config-no-default": [{ file: "tasks.config.ts", found: "nothing" }, "tg: tasks.config.ts: the default export must be a config, found nothing", "    try: export default defineConfig({ tasks: { … } })"],
  "config-killed": [{ file: "tasks.config.ts", signal: "SIGABRT" }, "tg: tasks.config.ts was not loaded: the process that evaluated it was ended by SIGABRT", "    try: look for what takes all memory, and save the config again"],
  "config-timeout": [{ file: "tasks.config.ts", seconds: 10 }, "tg: tasks.config.ts did not finish loading in 10 s", "    try: look for an await that never settles"],
  "config-namespace": [{ file: "tasks.config.ts", line: 4 }, "tg: tasks.config.ts:4: a TypeScript namespace cannot be loaded without a compiler", "    try: use a plain object instead"],
  "include-empty": [{ pattern: "tasks/*.task.ts", at }, 'tg: include "tasks/*.task.ts" matches no file', "    at tasks.config.ts:12", "    try: correct the pattern or take it out of include"],
  "include-no-task": [{ file: "tasks/a.task.ts", found: "a string" }, "tg: tasks/a.task.ts: the default export must be a task, found a string", "    try: export default defineTask(import.meta, { … })"],
  "unknown-field": [{ task: t, field: "inptus", suggestion: "inputs", at }, 'tg: task "build": unknown field "inptus" (did you mean "inputs"?)', "    at tasks.config.ts:12"],
  "field-not-built": [{ task: t, field: "watch", at }, 'tg: task "build": field "watch" is not built yet', "    at tasks.config.ts:12", "    try: take it out; this version of tg refuses it rather than ignore it"],
  "bad-field": [{ task: null, field: "jobs", found: "-1", expected: "a whole number above 0", at }, 'tg: config: "jobs" is -1, expected a whole number above 0', "    at tasks.config.ts:12"],
  "bad-name": [{ task: f("a\u0007b"), why: "control-character", at }, 'tg: task name "a\\u0007b" contains a control character', "    at tasks.config.ts:12", "    try: rename the task"],
  "duplicate-name": [{ task: t, other: { file: f("b.ts"), line: 2 }, at }, 'tg: two tasks are named "build"', "    at tasks.config.ts:12", "    the other at b.ts:2", "    try: rename one of them"],
  "bad-pattern": [{ task: t, field: "inputs", pattern: "[a", why: "unclosed [", at }, 'tg: task "build": bad pattern "[a" in "inputs": unclosed [', "    at tasks.config.ts:12", "    try: close it, or put a backslash before the character to mean itself"],
  "foreach-empty": [{ task: t, pattern: "img/*.png", at }, 'tg: task "build": foreach over "img/*.png" finds no file', "    at tasks.config.ts:12", "    try: correct the pattern, or { files, allowEmpty: true } if that is intended"],
  "foreach-list": [{ task: t, from: f("plan"), found: "an object", at }, 'tg: task "build": foreach goes over what "plan" made, which is an object, expected a list', "    at tasks.config.ts:12", '    try: let "plan" return an array, or { from, lines: "FILE" } for the lines of a file'],
  "foreach-order": [{ task: t, family: f("up"), instance: f("up[x]"), at }, 'tg: task "build" reads what "up[x]" makes, but does not wait for the list of "up"', "    at tasks.config.ts:12", '    try: add deps: ["up"]; in a clean build there is no instance yet'],
  "expand-failed": [{ task: t, families: [f("up")], count: 2 }, 'tg: task "build": its list could not be made into tasks of "up": 2 problems', "    try: correct what is said above"],
  "foreach-key": [{ task: t, item: "element 3", found: "no text of its own", expected: "the option `key`", remedy: "give", at }, 'tg: task "build": element 3 has no text of its own, expected the option `key`', "    at tasks.config.ts:12", "    try: give a third argument: { key: ({ value }) => … }"],
  "foreach-collision": [{ task: t, key: "a", items: ["img/a.jpg", "img/a.png"], remedy: "mend", at }, 'tg: task "build": img/a.jpg and img/a.png have the same key "a"', "    at tasks.config.ts:12", "    try: let the function `key` in the third argument give another text"],
  "foreach-generated": [{ task: t, path: f("gen/a.txt"), producer: f("gen"), at }, 'tg: task "build": foreach goes over gen/a.txt, which "gen" makes', "    at tasks.config.ts:12", "    try: go over the files it is made from; in a clean build these would not be there"],
  "output-outside-root": [{ task: t, path: "../y", at }, 'tg: task "build": output ../y is outside the project root', "    at tasks.config.ts:12", "    try: write below the folder of the config"],
  "cache-ignore-off": [{ task: t, at }, 'tg: task "build": "cache.ignore" has no meaning in a task that runs in every build', "    at tasks.config.ts:12", '    try: take "ignore" out, or let the task be judged'],
  "ignore-unknown": [{ task: t, entry: "param:M", suggestion: "param:N", at }, 'tg: task "build": "cache.ignore" names "param:M", which the task does not declare (did you mean "param:N"?)', "    at tasks.config.ts:12", '    try: name a declared "param:NAME", "env:NAME" or "input:GLOB"'],
  "unknown-dep": [{ task: t, field: "deps", target: "lib:js", suggestion: "lib:ts", at }, 'tg: task "build": "deps" names "lib:js", which is neither a task nor an output (did you mean "lib:ts"?)', "    at tasks.config.ts:12", "    try: correct the name, or declare the task"],
  cycle: [{ path: [f("x"), f("y"), f("x")], via: ["y.txt", "deps"], at: null }, "tg: dependency cycle: x -> y -> x", '    "x" needs "y" by y.txt', '    "y" needs "x" by deps', "    try: take one of these edges away"],
  "duplicate-output": [{ path: f("dist/app.js"), tasks: [t, f("bundle")], at }, 'tg: dist/app.js is an output of both "build" and "bundle"', "    at tasks.config.ts:12", "    try: let one task make it, or give each its own file"],
  "output-below-file": [{ path: f("p/q"), task: t, above: f("p"), owner: f("bundle"), at }, 'tg: task "build": output p/q lies below p, which "bundle" makes as a file', "    at tasks.config.ts:12", '    try: give one of them another name; if p is a link to a folder, add deps: ["bundle"]'],
  "output-in-tree": [{ path: f("dist/x.js"), task: t, tree: f("dist"), owner: f("bundle"), at }, 'tg: task "build": output dist/x.js lies inside dist/, which "bundle" owns and empties', "    at tasks.config.ts:12", '    try: write elsewhere, or list the files of "bundle" instead of the folder'],
  "output-is-config": [{ path: f("tasks.config.ts"), task: t, at }, 'tg: task "build": output tasks.config.ts is the file in which the task is declared', "    at tasks.config.ts:12", '    try: write another file, or list it as "inout" if it is rewritten in place'],
  "output-in-state": [{ path: f(".tg/x"), task: t, folder: f(".tg"), at }, 'tg: task "build": output .tg/x lies inside tg\'s state folder', "    at tasks.config.ts:12", "    try: write elsewhere"],
  "own-output-as-input": [{ task: t, path: f("src/gen.ts"), pattern: "src/**", at }, 'tg: task "build": output src/gen.ts is matched by its own input "src/**"', "    at tasks.config.ts:12", '    try: add "!src/gen.ts" to inputs, or list the file as "inout" if it is rewritten in place'],
  "missing-input": [{ task: t, path: f("src/mian.ts"), suggestion: "src/main.ts", at }, 'tg: task "build": input src/mian.ts does not exist and no task makes it (did you mean "src/main.ts"?)', "    at tasks.config.ts:12", "    try: correct the path, or { path, optional: true } if it may be absent"],
  "empty-glob": [{ task: t, pattern: "src/**/*.tss", at }, 'tg: task "build": input "src/**/*.tss" matches no file', "    at tasks.config.ts:12", "    try: correct the pattern, or { glob, allowEmpty: true } if that is intended"],
  "special-input": [{ task: t, path: f("pipe"), kind: "FIFO", at }, 'tg: task "build": input pipe is a FIFO; only files, folders and links can be inputs', "    at tasks.config.ts:12", '    try: take it out of inputs, "!pipe" does so for a pattern'],
  "unreadable-input": [{ task: t, path: f("src/key.pem"), errno: "EACCES", at }, 'tg: task "build": cannot read input src/key.pem: permission denied', "    at tasks.config.ts:12", "    try: check the rights of src/key.pem"],
  "name-not-utf8": [{ task: t, dir: f("src"), name: "caf\u00e9.txt", at }, 'tg: task "build": the name of input "caf\\xe9.txt" in src is not valid UTF-8', "    at tasks.config.ts:12", "    try: rename it, or narrow the pattern"],
  "unknown-command": [{ command: "biuld", suggestion: "build" }, 'tg: no command "biuld" (did you mean "build"?)', "    try: tg build biuld if it is a target; tg --help lists the commands"],
  "unknown-flag": [{ command: "build", flag: "--job", suggestion: "--jobs" }, 'tg: tg build has no flag "--job" (did you mean "--jobs"?)', "    try: tg build --help"],
  "not-in-run": [{ run: "R", task: t, suggestion: null }, 'tg: task "build" did nothing in run R', "    try: tg runs R lists what did"],
  "run-too-old": [{ run: "R" }, 'tg: run "R" does not say what its tasks were made from: an earlier version of tg kept it', "    try: tg runs lists others"],
  "replay-alone": [{ given: "--param" }, 'tg: --replay takes everything from the run, and "--param" is given as well', "    try: leave one of them out"],
  "replay-differs": [{ run: "R", task: t, how: "changed", reasons: [{ code: "param-changed", subject: "N", old: "1", new: "2" }] }, 'tg: task "build" is not what it was in run R: param changed: N (1 → 2)', "    try: tg runs R tells of that run, its commit among it"],
  "since-not-here": [{ target: "@since:main" }, 'tg: "@since:main" may be many tasks, and one is meant here', "    try: tg status @since:main names them"],
  "git-missing": [{ target: "@since:main" }, 'tg: "@since:main" asks git, and there is no program "git" on PATH', "    try: install it, or name tasks"],
  "git-no-repository": [{ target: "@since:main", root: "/p" }, 'tg: "@since:main" asks git, and /p is in no repository', "    try: git init, or name tasks"],
  "git-no-commit": [{ target: "@since:main" }, 'tg: "@since:main" asks what has changed since a commit, and the repository has none yet', "    try: tg build, which runs nothing that is fresh"],
  "git-unknown-ref": [{ target: "@since:origin/x", ref: "origin/x", shallow: true }, 'tg: git knows no commit "origin/x" here, and this clone lacks history', '    try: git fetch --unshallow origin x; on GitHub Actions "fetch-depth: 0" for actions/checkout'],
  "git-no-base": [{ target: "@since:x", ref: "x", shallow: false }, 'tg: "x" and HEAD have no commit in common, so nobody can tell what has changed since', "    try: name a commit that HEAD comes from: git log --oneline lists them"],
  "git-failed": [{ target: "@since:x", message: "no" }, 'tg: git cannot say what "@since:x" is: no', "    try: git status in the config's folder says the same"],
  "not-together": [{ words: ["--tree", "--names"] }, 'tg: "--tree" and "--names" do not go together', "    try: leave one of them out"],
  "bad-flag-value": [{ flag: "--jobs", found: "0", expected: "a whole number of at least 1" }, 'tg: flag "--jobs" is "0", expected a whole number of at least 1'],
  "missing-flag-value": [{ flag: "-j", expected: "N" }, 'tg: flag "-j" needs a value', "    try: -j N"],
  "missing-argument": [{ command: "why", argument: "target" }, "tg: tg why needs a target", "    try: tg status -v tells the reasons of all"],
  "extra-argument": [{ command: "info", argument: "x" }, 'tg: tg info takes no argument "x"', "    try: tg info --help"],
  "export-cycle": [{ groups: ["a", "b", "a"] }, 'tg: the groups need each other: "a" → "b" → "a"', "    try: --breakdown task, or other first tags"],
  "export-path": [{ path: "a\nb", to: "make" }, "tg: make cannot say the name of the file \"a\\nb\"", "    try: rename it, or --to sh"],
  "export-service": [{ service: "server", to: "make" }, 'tg: the service "server" cannot be said in the words of make, which waits for the end of whatever it runs', "    try: name targets that need no service; --to dot draws all"],
  "no-strace": [{}, "tg: --audit needs strace, which is not on PATH", "    try: install it, or verify without --audit"],
  "scratch-unwritable": [{ path: "/x/tg-verify-", errno: "ENOENT" }, "tg: cannot make a scratch copy: /x/tg-verify-: no such file or folder", "    try: TMPDIR names the folder for it, which may be written to and has room"],
  "unknown-run": [{ run: "x", suggestion: null }, 'tg: there is no run "x"', "    try: tg runs lists them"],
  "answer-unwritable": [{ errno: "ENOSPC" }, "tg: cannot write to standard output: disk full; what stands there is not whole", "    try: free some space"],
  "summary-unwritable": [{ file: "x/s.json", errno: "ENOENT" }, "tg: cannot write the summary x/s.json: no such file or folder", "    try: give --summary a file in a folder that exists and may be written to"],
  "trace-unwritable": [{ file: "x/t.json", errno: "ENOENT" }, "tg: cannot write the trace x/t.json: no such file or folder", "    try: give --trace a file in a folder that exists and may be written to"],
  "init-unwritable": [{ file: ".vscode", errno: "ENOTDIR" }, "tg: cannot write .vscode: not a folder", "    try: look at what stands at .vscode"],
  "page-unwritable": [{ file: "x/r.html", errno: "ENOENT" }, "tg: cannot write x/r.html: no such file or folder", "    try: -o names another file"],
  "unknown-action": [{ command: "cache", found: "empty", expected: "size, gc or clear" }, 'tg: tg cache takes no "empty", expected size, gc or clear', "    try: tg cache --help"],
  "unknown-target": [{ target: "biuld", suggestion: "build" }, 'tg: no task or output "biuld" (did you mean "build"?)', "    try: tg list shows the tasks"],
  "skip-unneeded": [{ target: "doc s", targets: ["a b", "c"] }, 'tg: --skip "doc s": "a b", "c" need no such task', "    try: leave it out; tg graph 'a b' c shows what is needed"],
  "args-no-command": [{ task: t, runs: "function" }, 'tg: words after -- go to a command, and "build" calls a function', '    try: declare what it takes under "params", and give it with --param NAME=VALUE'],
  "args-need-one-task": [{ targets: ["a", "b"] }, 'tg: words after -- go to one task, not to "a", "b"', "    try: tg build TASK -- WORDS"],
  "unknown-param": [{ param: "M", suggestion: null }, 'tg: no parameter "M"', '    try: declare it under "params" in the config'],
  "bad-param": [{ param: "N", found: "abc", expected: "a number" }, 'tg: parameter "N" is "abc", expected a number', "    try: --param N=VALUE"],
  "missing-param": [{ param: "N", task: t }, 'tg: task "build" needs parameter "N"', "    try: --param N=VALUE, or a default in the config"],
  "params-file": [{ file: "-", message: "not JSON" }, "tg: cannot read parameters from standard input: not JSON", "    try: give a JSON object of names and values"],
  "no-log": [{ task: f("a b") }, 'tg: task "a b" has no log: it never ran', "    try: tg build 'a b'"],
  "runs-nothing": [{ task: t, what: "log", joined: f("a[1]") }, 'tg: "build" runs nothing itself and has no log', "    try: tg logs 'a[1]'"],
  "no-value": [{ task: t, ran: false }, 'tg: task "build" has no value: it has not ended well', "    try: tg build build"],
  "unknown-key": [{ key: "a/x", suggestion: "a/y" }, 'tg: no family has an instance "a/x" (did you mean "a/y"?)', "    try: tg list -v shows the instances"],
  "file-exists": [{ file: "tasks.config.ts" }, "tg: tasks.config.ts exists already and is left as it is", "    try: remove or rename it first"],
  exit: [{ task: t, exit: 3, ms: 1234, command: "vitest run\nnext" }, 'tg: task "build" failed: exit 3 after 1.2 s: vitest run …'],
  signal: [{ task: t, signal: "SIGKILL" }, 'tg: task "build" was killed by SIGKILL (out of memory?)'],
  timeout: [{ task: t, ms: 90_000 }, 'tg: task "build" timed out after 90 s', '    try: raise its "timeout", or find out what it waits for'],
  deadline: [{ task: t, ms: 1500, started: true }, 'tg: task "build" was ended at its deadline of 1.5 s', '    try: raise its "deadline": it counts from when all it needs is made'],
  "command-not-found": [{ task: t, command: "tsc" }, 'tg: task "build": tsc: command not found', "    try: install it or correct its name; PATH begins with node_modules/.bin"],
  "copy-clash": [{ task: t, path: f("dist/a.txt"), from: [f("x/a.txt"), f("y/a.txt")] }, 'tg: task "build": x/a.txt and y/a.txt would both be copied to dist/a.txt', "    try: copy from a folder they have in common, or to folders of their own"],
  "bad-tool": [{ task: t, tool: "cc --verzion", why: "exit 1: cc: unrecognized option" }, 'tg: task "build": tool "cc --verzion" does not tell its version: exit 1: cc: unrecognized option', "    try: correct its arguments; it must exit 0 and print something"],
  "bad-cwd": [{ task: t, cwd: f("pkg"), errno: "ENOENT" }, 'tg: task "build": cannot start in pkg: no such file or folder', '    try: correct "cwd", or make the folder an output of another task'],
  "spawn-failed": [{ task: t, errno: "EACCES", command: "./run" }, 'tg: task "build": cannot start: permission denied: ./run', "    try: chmod +x the program"],
  "command-too-long": [{ task: t, bytes: 140312, limit: 131071 }, 'tg: task "build": command is 140,312 bytes, the limit is 131,071', '    try: write the long part to a response file with "files"'],
  "missing-output": [{ task: t, path: "dist/app.js" }, 'tg: task "build" exited 0 but did not make dist/app.js', "    try: correct the path, or { path, optional: true } if it may be absent"],
  "output-not-utf8": [{ task: t, dir: f("gen") }, 'tg: task "build": made a file in gen whose name is not valid UTF-8', "    try: give it another name"],
  "output-kind": [{ task: t, path: f("dist"), kind: "folder", expected: "file" }, 'tg: task "build": output dist is a folder, expected a file', '    try: write "dist/" in outputs to mean the folder'],
  "output-owned-by": [{ task: t, path: f("gen/a"), owner: f("gen") }, 'tg: task "build": its output pattern takes gen/a, which is an output of "gen"', "    try: narrow the output pattern of one of them"],
  "input-kept-changing": [{ task: t, path: f("src/a.ts") }, 'tg: task "build": src/a.ts changed while it ran, twice; the result is not recorded', '    try: find out what writes it during the build; if the task itself does: inout: ["src/a.ts"]'],
  "service-not-ready": [{ task: t, ready: { kind: "port", port: 3000 }, ms: 60_000, last: "no answer" }, 'tg: task "build": not ready after 60 s: nothing takes connections on port 3000', '    try: look at its log, or raise "service.ready.timeout"'],
  "service-ended": [{ task: t, exit: 0, signal: null, ready: false }, 'tg: task "build": ended before it was ready: exit 0', "    try: a service stays in the foreground until it is stopped; correct its command"],
  "service-crashes": [{ task: t, exit: null, signal: "SIGSEGV", times: 5 }, 'tg: task "build": ended 5 times in a row, at last killed by SIGSEGV; it is not started again', "    try: correct it; r in tg watch tries again as it is"],
  "port-taken": [{ task: t, port: 3000 }, 'tg: task "build": port 3000 is in use already by another program', "    try: end that program, or choose another port"],
  "service-lost": [{ task: t, service: f("server") }, 'tg: task "build": stopped, because its service "server" ended'],
  "input-gone": [{ task: t, path: f("src/a.ts") }, 'tg: task "build": input src/a.ts is gone', "    try: find out what removes it during the build"],
  "input-unreadable": [{ task: t, path: f("k"), errno: "EIO" }, 'tg: task "build": cannot read input k: input/output error', "    try: look at what stands at k"],
  "glob-empty-now": [{ task: t, pattern: "gen/*.ts" }, 'tg: task "build": input "gen/*.ts" matches no file, although the tasks that could make one are done', "    try: correct the pattern, or { glob, allowEmpty: true } if that is intended"],
  "depfile-missing": [{ task: t, path: f("a.d") }, 'tg: task "build": did not write its depfile a.d', "    try: let the command write it (gcc -MD -MF FILE), or { path, format, optional: true }"],
  "depfile-bad": [{ task: t, path: f("a.d"), line: 2, message: "missing-colon" }, 'tg: task "build": depfile a.d:2: a rule without ":"', '    try: check "format" of the depfile: make, lines, json or esbuild'],
  "undeclared-order": [{ task: t, path: f("gen/v.h"), producer: f("gen") }, 'tg: task "build": read gen/v.h, which "gen" makes, but nothing orders the two', '    try: add deps: ["gen"] or inputs: ["gen/v.h"]; in a clean build the order would be luck'],
  "output-drifted": [{ task: t, path: f("dist/x") }, 'tg: task "build": output dist/x was edited by hand', "    try: tg touch build to keep the edit, or remove the file to have it made again"],
  "cannot-write": [{ task: t, path: "out/x", errno: "ENOSPC" }, 'tg: task "build": cannot write out/x: disk full', "    try: free some space; tg cache clear empties the store of results"],
  threw: [{ task: t, name: "TypeError", message: "no\nway", stack: ["at run (a.ts:1:1)"] }, 'tg: task "build": TypeError: no', "    way", "    at run (a.ts:1:1)"],
  "hook-failed": [{ task: t, hook: "before", exit: 3, signal: null, cause: null }, 'tg: task "build": its "before" hook failed: exit 3'],
  "bad-when": [{ task: t, found: '"maybe"' }, 'tg: task "build": "when" said "maybe"', "    try: return true or false"],
  "hash-function": [{ task: t, path: f("a"), message: "boom" }, 'tg: task "build": the hash function of a failed: boom', "    try: it must return a text for every content"],
  "value-too-large": [{ task: t, bytes: 9 * 1024 * 1024, limit: 8 * 1024 * 1024 }, 'tg: task "build": returned 9.0 MiB of JSON, the limit is 8.0 MiB', "    try: write it to a file, declare that as an output, and return its path"],
  "bad-value": [{ task: t, message: "a cycle" }, 'tg: task "build": returned what JSON cannot hold: a cycle', "    try: return plain data, or nothing"],
  "build-hook-failed": [{ hook: "setup", exit: 3, signal: null, cause: null }, 'tg: the "setup" hook failed: exit 3'],
  "state-unwritable": [{ path: "/w/.tg/state", errno: "EROFS" }, "tg: cannot write /w/.tg/state: read-only file system", '    try: work in a copy where it can be written, or set "stateDir" in the config to a folder that can'],
  "state-dir-bad": [{ path: "/w/.tg", why: "ENOTDIR" }, "tg: cannot use the state folder /w/.tg: not a folder", '    try: remove what stands there, or set "stateDir" in the config'],
  "locked-above": [{ pid: 4711, command: "tg build test" }, "tg: tg build test (pid 4711) waits for the command that calls tg here: neither would ever end", '    try: name what it needs in "deps" instead of calling tg in a command'],
  locked: [{ pid: 4711, command: "tg build", seconds: 12 }, "tg: tg build (pid 4711, started 12 s ago) is working here", "    try: wait for it, or leave out --no-wait"],
  "no-webassembly": [{}, "tg: WebAssembly, which tg hashes with, is switched off here", "    try: leave --jitless out of NODE_OPTIONS and of what starts tg"],
  "no-address-space": [{ bytes: 4e9 }, "tg: cannot start WebAssembly: 3.7 GiB of address space is too little", "    try: ulimit -v unlimited: Node reserves much more address space than it uses; to limit memory itself, limit the container or cgroup"],
  "too-many-files": [{ path: "src" }, "tg: too many open files, at src", "    try: raise the limit with ulimit -n, or lower --jobs"],
};

const NOTICES: { readonly [C in Notice["code"]]: Case<Notice, C> } = {
  "state-damaged": [{ what: "state", at: 1234 }, "tg: warning: the state was damaged at byte 1,234; what is lost of it will run again"],
  "output-in-cwd": [{ task: t, path: f("dist"), below: f("packages/a/dist") }, 'tg: warning: task "build" left dist/ empty, and there is packages/a/dist/', '    try: paths begin at the root, not in "cwd": packages/a/dist/'],
  "state-foreign": [{ version: "3" }, "tg: warning: the state was written by another version (3); starting over"],
  "state-not-saved": [{ errno: "ENOSPC" }, "tg: warning: could not save the state: disk full; the next build will repeat work", "    try: free some space; tg cache clear empties the store of results"],
  "others-at-work": [{ pid: 4711, command: "tg build", seconds: 12 }, "tg: tg build (pid 4711, started 12 s ago) is working here; what it runs just now is told as interrupted"],
  "waiting-for-lock": [{ pid: 4711, command: "tg build", seconds: 12 }, "tg: waiting for tg build (pid 4711, started 12 s ago)"],
  "took-over-lock": [{ pid: 4711 }, "tg: took over from a tg that ended without cleaning up (pid 4711)"],
  "drift-saved": [{ task: t, path: f("a"), saved: ".tg/saved/a" }, 'tg: a was edited by hand and is made again by "build"; the edit is kept in .tg/saved/a'],
  "param-unused": [{ name: "n" }, 'tg: warning: no task has the parameter "n"; setting it changes nothing', '    try: params: ["n"] in the tasks that use it'],
  "foreign-saved": [{ task: t, path: f("dist/a"), saved: ".tg/saved/a", files: 1 }, 'tg: dist/a is not of "build", which begins without it; it is kept in .tg/saved/a'],
  "foreign-matched": [{ task: t, path: f("g/a"), saved: ".tg/saved/1/g/a", files: 1 }, 'tg: g/a was there before the first run of "build" and matches its outputs: it counts as one of them, and goes before the next run; a copy is kept in .tg/saved/1/g/a'],
  "leftover-removed": [{ paths: [f("a"), f("b c")] }, 'tg: removed 2 leftovers that no task makes any more: a, "b c"'],
  "leftover-kept": [{ path: f("a"), why: "edited" }, "tg: warning: a is made by no task any more, but was edited; it is kept", "    try: tg clean --dead removes it"],
  nondeterministic: [{ task: t, path: f("a") }, 'tg: warning: task "build" made another a from the same inputs'],
  renamed: [{ from: f("a"), to: f("b") }, 'tg: task "a" is now "b"; its record is kept'],
  "env-not-declared": [{ task: t, name: "HOST" }, 'tg: warning: task "build" uses $HOST without declaring it: a change of it is not seen', '    try: env: ["HOST"], or \\$HOST if the shell sets it'],
  deprecated: [{ task: t, message: "use dist" }, 'tg: warning: task "build" is deprecated: use dist'],
  "processes-left": [{ task: t, pids: [4711] }, 'tg: warning: task "build" left a process running: 4711'],
  "skipped-upstream": [{ task: t, skipped: f("gen") }, 'tg: warning: task "build" is judged by files of "gen", which is not fresh but skipped'],
  "skipped-intermediate": [{ task: t, skipped: f("gen"), path: f("mid") }, 'tg: warning: task "build" runs without mid: "gen", which makes it, is skipped'],
  "resource-over-total": [{ task: t, resource: "memory", asked: 99_000, total: 8000 }, 'tg: warning: task "build" asks for 99000 of "memory", and there is 8000; it runs with nothing beside it', '    try: correct one of them: "resources" of the task, or "resources" at the top of the config'],
  "jobserver-unreachable": [{ jobs: 4 }, "tg: warning: make shares its jobs, but its pipe did not get here; going on with 4 of its own", "    try: begin the line in the makefile with +"],
  "future-mtime": [{ path: f("a") }, "tg: warning: a is dated in the future; its content is read every time"],
  "result-not-kept": [{ task: t, store: f(".tg/cache"), errno: "ENOSPC" }, 'tg: warning: could not keep the result of "build" in the store: disk full', "    try: tg cache shows its size, tg cache clear empties it"],
  "result-too-large": [{ task: t, bytes: 208_896, limit: 100_000 }, 'tg: warning: the result of "build" is not kept: it takes 204 KiB, more than the whole store may (98 KiB)', '    try: a larger "cache.maxSize" at the top of the config, or cache: { store: false } in the task'],
  "replay-elsewhere": [{ run: "R", what: "tg", then: "tg 1", now: "tg 2" }, "tg: warning: run R was made with another tg: tg 1 then, tg 2 now"],
  "replay-unknown": [{ run: "R", count: 2 }, "tg: warning: 2 tasks cannot be compared with run R: what they were made from is not kept any more"],
  "replay-other": [{ run: "R", task: t, what: "made" }, 'tg: warning: task "build" made other bytes than in run R, from the same'],
  "temp-not-removed": [{ task: t, path: "work/a", errno: "EACCES" }, 'tg: warning: could not remove work/a, which "build" made for a time: permission denied', "    try: the next build tries again"],
  "config-unsettled": [{ paths: ["packages/", "versions.json"], open: [t] }, 'tg: warning: this build changed packages/, versions.json, which the config had read; by what it says now a task is to run: "build"', "    try: tg build again; a list that a task makes is taken up in the same build by foreach({ from })"],
  "config-beside": [{ file: "tasks.config.ts", others: ["tasks.config.js", "tasks.config.mjs"] }, "tg: warning: tasks.config.ts is the config; tasks.config.js and tasks.config.mjs beside it are not read", "    try: remove what is not meant, or name what is: -c FILE"],
  "nothing-affected": [{ refs: ["main", "v1"] }, 'tg: nothing to do: no task is affected by what has changed since "main", "v1"'],
  "untracked-import": [{ file: "a.ts", line: 3 }, "tg: warning: a.ts:3 imports by a computed name; tg cannot see when that file changes", "    try: import it by a literal name"],
};

for (const [code, [problem, ...lines]] of Object.entries(PROBLEMS)) {
  test(`problem ${code}`, () => assert.deepEqual(problemLines({ code, ...problem } as never, PLAIN), lines));
}

for (const [code, [notice, ...lines]] of Object.entries(NOTICES)) {
  test(`notice ${code}`, () => assert.deepEqual(noticeLines({ code, ...notice } as never, PLAIN), lines));
}

test("other faces of a code", () => {
  const lines = (problem: Problem): string[] => problemLines(problem, PLAIN);
  assert.deepEqual(lines({ code: "spawn-failed", task: t, errno: "EAGAIN", command: "sh" }), ['tg: task "build": cannot start: too many processes: sh', "    try: raise the limit with ulimit -u, or lower --jobs"]);
  assert.deepEqual(lines({ code: "state-unwritable", path: "/w/.tg", errno: "ENOSPC" }), ["tg: cannot write /w/.tg: disk full", "    try: free some space; tg cache clear empties the store of results"]);
  assert.deepEqual(lines({ code: "config-export-missing", file: "a.ts", line: 1, column: 10, specifier: "cj", name: "x", suggestion: null, commonjs: true }), ['tg: a.ts:1:10: "cj" has no export "x"', '    try: it is a CommonJS module: import whole from "cj", then whole.x']);
  assert.deepEqual(lines({ code: "config-ending", file: "x.yaml", ending: ".yaml" }), ["tg: x.yaml: a module that ends in .yaml cannot be loaded here", '    try: write it as .ts, .mts, .js, .mjs, .cjs or .json; with { type: "text" } its text can be imported']);
  assert.deepEqual(lines({ code: "no-config", from: "/p", near: "tg.config.cjs" }), ["tg: no tasks.config.ts in /p or its parents, but tg.config.cjs", "    try: name it tasks.config.ts (or .mts, .js, .mjs), or tg -c tg.config.cjs"]);
  assert.deepEqual(lines({ code: "no-config", from: "/p", near: "tasks.config.cts" }), ["tg: no tasks.config.ts in /p or its parents, but tasks.config.cts", "    try: write it as an ES module: tasks.config.ts or .mts"]);
  assert.deepEqual(lines({ code: "no-folder", path: "/p/in.csv", taken: true }), ["tg: /p/in.csv is no folder", "    try: -C takes a folder; a config file is named by -c"]);
  assert.equal(lines({ code: "unknown-field", task: t, field: "strictEnv", suggestion: null, home: "config", at })[2], '    try: put it at the top of the config, beside "tasks"');
  assert.equal(lines({ code: "unknown-field", task: null, field: "b-c", suggestion: null, isTask: true, at })[2], '    try: tasks stand in "tasks": tasks: { "b-c": { … } }');
  assert.deepEqual(lines({ code: "no-config", from: "/p", file: "x.ts" }), ["tg: config file x.ts does not exist", "    try: check the path given to --config"]);
  assert.equal(lines({ code: "args-need-one-task", targets: [] })[0], "tg: words after -- go to one task, and none is named");
  assert.equal(lines({ code: "bad-name", task: f(""), why: "empty", at: null })[0], "tg: a task has an empty name");
  assert.deepEqual(lines({ code: "missing-output", task: t, path: "a.txt", touched: true }), ['tg: task "build": there is no a.txt to accept', "    try: tg build build"]);
  assert.deepEqual(lines({ code: "output-drifted", task: t, path: f("a"), odd: "undeclared" }), ['tg: task "build": a, which it no longer makes, was edited by hand', "    try: move the file away, or remove it: tg clean --dead"]);
  assert.deepEqual(lines({ code: "output-drifted", task: t, path: f("a"), odd: "foreign" }), ['tg: task "build": a among its outputs was made by hand', "    try: tg touch build to keep the file, or move it away"]);
  assert.equal(lines({ code: "signal", task: t, signal: "SIGSEGV" })[0], 'tg: task "build" was killed by SIGSEGV');
  const ring = Array.from({ length: 101 }, (_, i) => f(`t${i % 100}`));
  assert.equal(lines({ code: "cycle", path: ring, via: ring.slice(1) as never })[0], "tg: dependency cycle: t0 -> t1 -> t2 -> t3 -> t4 -> t5 -> … 89 more … -> t95 -> t96 -> t97 -> t98 -> t99 -> t0");
});

test("a brief problem stands without its task", () => {
  const brief = (code: string): string => {
    const problem = { code, ...PROBLEMS[code as "exit"][0] } as never;
    assert.ok(isTaskProblem(problem));
    return briefProblem(problem);
  };
  assert.deepEqual(["exit", "signal", "missing-output", "threw"].map(brief), ["exit 3", "killed by SIGKILL (out of memory?)", "missing output: dist/app.js", "TypeError: no"]);
  assert.equal(isTaskProblem({ code: "locked" }), false);
});

test("no text from outside moves the cursor or forges a line", () => {
  const lines = problemLines({ code: "config-throws", file: "a.ts", line: 1, column: 1, message: "x\u001b[2J\nforged", frames: ["y\rz"] }, PLAIN);
  assert.deepEqual(lines, ["tg: a.ts:1:1: x\\u001b[2J\\nforged", "    y\\rz", "    try: correct the config; nothing was run"]);
});
