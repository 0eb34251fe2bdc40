// Each problem of a command line, word for word with its exit code.
import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { onDeno, packageDir, workspace } from "../support/rig.ts";
import { config, tell, transcript } from "../support/story.ts";

const tasks = '    build: { run: "true", outputs: { path: "out", optional: true } },\n    test: { params: { n: { type: "number" }, mode: { type: ["fast", "slow"], default: "fast" } }, run: "true" },';

tell([
  { title: "unknown-command", tasks, when: "biuld", then: `
      2| tg: no command "biuld" (did you mean "build"?)
      2|     try: tg build biuld if it is a target; tg --help lists the commands
      exit 2` },
  { title: "unknown-flag", tasks, when: "build --frce", then: `
      2| tg: tg build has no flag "--frce" (did you mean "--force"?)
      2|     try: tg build --help
      exit 2` },
  { title: "unknown-flag: with what looks like its value", tasks, when: "--josb 3 -k", then: `
      2| tg: tg build has no flag "--josb" (did you mean "--jobs"?)
      2|     try: tg build --help
      exit 2` },
  { title: "unknown-command: behind a flag with its value", tasks, when: "-j 16 test", then: `
      2| tg: no command "test"
      2|     try: tg build test if it is a target; tg --help lists the commands
      exit 2` },
  { title: "unknown-command: behind a flag with a value of one character", tasks, when: "-k -C . -j 4 biuld", then: `
      2| tg: no command "biuld" (did you mean "build"?)
      2|     try: tg build biuld if it is a target; tg --help lists the commands
      exit 2` },
  { title: "unknown-flag: a short one", tasks, when: "list -z", then: `
      2| tg: tg list has no flag "-z"
      2|     try: tg list --help
      exit 2` },
  { title: "unknown-flag: a long one with one dash", tasks, when: "-keep-going -color=never build", then: `
      2| tg: tg build has no flag "-keep-going" (did you mean "--keep-going"?)
      2|     try: tg build --help
      2| tg: tg build has no flag "-color" (did you mean "--color"?)
      2|     try: tg build --help
      exit 2` },
  { title: "unknown-flag: make's", tasks, when: "-kB test", then: `
      2| tg: tg build has no flag "-B"
      2|     try: -f (--force) runs the named targets whatever their state; all without a name
      exit 2` },
  { title: "unknown-command: a variable, as for make", tasks, when: "CC=gcc test", then: `
      2| tg: no command "CC=gcc"
      2|     try: --param CC=gcc sets a parameter; in front of tg, CC=gcc sets a variable, which counts for tasks that name it in "env"
      exit 2` },
  { title: "unknown-target: a variable, as for make", tasks, when: "build test CC:=gcc", then: `
      2| tg: no task or output "CC:=gcc"
      2|     try: --param CC=gcc sets a parameter; in front of tg, CC=gcc sets a variable, which counts for tasks that name it in "env"
      exit 2` },
  { title: "missing-input: a pattern rule, as for make", tasks: '    o: { inputs: ["%.c"], outputs: ["%.o"], run: "cp a.c a.o" },', when: "build", then: `
      2| tg: task "o": input %.c does not exist and no task makes it
      2|     at tasks.config.ts:3
      2|     try: % is a character like others; foreach("*.c", …) makes a task for each file
      exit 2` },
  { title: "empty-glob: a function of make", tasks: '    o: { inputs: ["$(wildcard src/*.c)"], run: "x" },\n    p: { outputs: ["$(patsubst %.c,%.o,a.c)"], run: "true" },', files: { "src/a.c": "" }, when: "build", then: `
      2| tg: task "o": input "$(wildcard src/*.c)" matches no file
      2|     at tasks.config.ts:3
      2|     try: a pattern stands for itself: "src/*.c"
      exit 2` },
  { title: "exit: of a command with a function of make", tasks: '    o: { outputs: ["o"], run: "set -e; x=$(shell date 2>&-); echo $x > o" },', when: "build", then: `
      2| ✗ o (N s) — exit 127
      2| tg: task "o" failed: exit 127 after N s: set -e; x=$(shell date 2>&-); echo $x > o
      2|     try: a shell runs shell for "$(shell date 2>&-)"; write $(date 2>&-)
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "exit: of a command in the words of make", tasks: `    o: { outputs: ["o"], run: 'false "$@"' },`, when: "build", then: `
      2| ✗ o (N s) — exit 1
      2| tg: task "o" failed: exit 1 after N s: false "$@"
      2|     try: tg puts nothing in the place of "$@": write the path, or \`\${file}\` in the callback of foreach
      2| tg: 1 failed (N s)
      exit 1` },
  { title: "bad-flag-value", tasks, when: "build -j many --max-failures 0", then: `
      2| tg: flag "--jobs" is "many", expected a whole number of at least 1
      2| tg: flag "--max-failures" is "0", expected a whole number of at least 1
      exit 2` },
  { title: "not-together: of two flags one would be ignored", tasks, when: "clean --dead build --downstream", then: `
      2| tg: "--dead" and "--downstream" do not go together
      2|     try: leave one of them out
      2| tg: "--dead" and "build" do not go together
      2|     try: leave one of them out
      exit 2` },
  { title: "not-together: a summary of what is not done", tasks, files: { "s.json": "kept" }, when: "build -n --summary s.json", then: `
      2| tg: "--dry-run" and "--summary" do not go together
      2|     try: leave one of them out
      exit 2` },
  { title: "--explain in a dry run", tasks: '    a: { inputs: ["x", "y"], outputs: ["o"], run: "cat x y > o" },', files: { x: "1", y: "1" }, given: ["build", (w) => (w.write("x", "2"), w.write("y", "2"))], when: "build -n --explain", then: `
      1| * a  input changed: x
      1|      input changed: y
      1|
      1| tg: 1 would run, 0 fresh (dry run)
      exit 0` },
  { title: "not-together: targets, and everything", tasks, when: "status --all build", then: `
      2| tg: "--all" and "build" do not go together
      2|     try: leave one of them out
      exit 2` },
  { title: "not-together: a first config of another name", files: { x: "" }, when: "init -c my.config.ts", then: `
      2| tg: "--config" and "init" do not go together
      2|     try: leave one of them out
      exit 2` },
  { title: "no-folder: init", tasks, when: "-C nope init", then: `
      2| tg: there is no folder <w>/nope
      2|     try: check the path given to -C
      exit 2` },
  { title: "no-folder: init in a file", tasks, files: { x: "" }, when: "-C x init", then: `
      2| tg: <w>/x is no folder
      2|     try: -C takes a folder; a config file is named by -c
      exit 2` },
  { title: "bad-flag-value: a switch", tasks, when: "status --check=yes", then: `
      2| tg: flag "--check" is "yes", expected no value
      exit 2` },
  { title: "missing-param: one that is called like what every object has", tasks: '    test: { params: { constructor: { type: "string" } }, run: "true" },', when: "build", then: `
      2| tg: task "test" needs parameter "constructor"
      2|     try: --param constructor=VALUE, or a default in the config
      exit 2` },
  { title: "missing-flag-value", tasks, when: "build --jobs", then: `
      2| tg: flag "--jobs" needs a value
      2|     try: --jobs N
      exit 2` },
  { title: "missing-flag-value: another flag is none", tasks: '    a: { outputs: ["o"], run: "echo > o" },', when: "build --trace -n a", then: `
      2| tg: flag "--trace" needs a value
      2|     try: --trace FILE
      exit 2` },
  { title: "missing-flag-value: an empty one", tasks, when: ["clean", "-C", "", "--dry-run"], then: `
      2| tg: flag "-C" needs a value
      2|     try: -C DIR
      exit 2` },
  { title: "missing-flag-value: of a few", tasks, when: "export --to", then: `
      2| tg: flag "--to" needs a value
      2|     try: --to sh, make, ninja, npm, github or dot
      exit 2` },
  { title: "bad-flag-value: a short switch", tasks, when: "build -k=1", then: `
      2| tg: flag "-k" is "1", expected no value
      exit 2` },
  { title: "unknown-flag: a letter of two halves", tasks, when: ["list", "-😀"], then: `
      2| tg: tg list has no flag "-😀"
      2|     try: tg list --help
      exit 2` },
  { title: "unknown-command: a value that is to stand behind =", tasks, when: "--color never build", then: `
      2| tg: no command "never" (did you mean "--color=never"?)
      2|     try: tg build never if it is a target; tg --help lists the commands
      exit 2` },
  { title: "unknown-target: a value that is to stand behind =", tasks, when: "build --shuffle 42", then: `
      2| tg: no task or output "42" (did you mean "--shuffle=42"?)
      2|     try: tg list shows the tasks
      exit 2` },
  { title: "missing-argument", tasks, when: "why", then: `
      2| tg: tg why needs a target
      2|     try: tg status -v tells the reasons of all
      exit 2` },
  { title: "extra-argument", tasks, when: "list build", then: `
      2| tg: tg list takes no argument "build"
      2|     try: tg list --help
      exit 2` },
  { title: "unknown-target", tasks, when: "build buidl", then: `
      2| tg: no task or output "buidl" (did you mean "build"?)
      2|     try: tg list shows the tasks
      exit 2` },
  { title: "unknown-target: what tasks read", tasks: '    gen: { inputs: ["schema/v"], run: "true" },\n    lint: { inputs: ["src/**/*.ts", "!src/old/**", "bin"], stdin: "schema/v", run: "true" },', when: ["why", "schema/v", "src/a.ts", "src/old/a.ts", "bin/x", "src"], files: { "schema/v": "", "src/a.ts": "", "src/old/a.ts": "", "bin/x": "" }, then: `
      2| tg: no task or output "schema/v"; "gen", "lint" take it as an input
      2|     try: name a task that reads it: tg build gen
      2| tg: no task or output "src/a.ts"; "lint" takes it as an input
      2|     try: name the task that reads it: tg build lint
      2| tg: no task or output "src/old/a.ts"
      2|     try: tg list shows the tasks
      2| tg: no task or output "bin/x"; "lint" takes it as an input
      2|     try: name the task that reads it: tg build lint
      2| tg: no task or output "src"
      2|     try: tg list shows the tasks
      exit 2` },
  { title: "unknown-target: a folder in which outputs lie", tasks: '    a: { outputs: ["o/a", "o/sub/b"], run: "x" },\n    c: { outputs: ["o/c/"], run: "x" },\n    d: { outputs: ["o/d", "ox"], run: "x" },', when: ["build", "o", "o/", "o/sub"], then: `
      2| tg: no task or output "o"; o/a, o/sub/b, o/c and 1 more lie below it
      2|     try: name what is to be made: tg build o/a o/sub/b o/c
      2| tg: no task or output "o/"; o/a, o/sub/b, o/c and 1 more lie below it
      2|     try: name what is to be made: tg build o/a o/sub/b o/c
      2| tg: no task or output "o/sub"; o/sub/b lies below it
      2|     try: name what is to be made: tg build o/sub/b
      exit 2` },
  { title: "unknown-target: the same, in a folder below the root", tasks: '    a: { outputs: ["sub/o/a", "o/b"], run: "x" },', files: { "sub/x": "" }, when: ["build", "o", "../o"], options: { cwd: "sub" }, then: `
      2| tg: no task or output "o"; o/a lies below it
      2|     try: name what is to be made: tg build o/a
      2| tg: no task or output "../o"; ../o/b lies below it
      2|     try: name what is to be made: tg build ../o/b
      exit 2` },
  { title: "unknown-target: from a folder beside the root", files: { "p/tasks.config.ts": config('    a: { outputs: ["o/a", "o/b"], run: "x" },'), "q/x": "" }, when: "-c ../p/tasks.config.ts build ../p/o/aa o/a ../p/o", options: { cwd: "q" }, then: `
      2| tg: no task or output "../p/o/aa" (did you mean "../p/o/a"?)
      2|     try: tg list shows the tasks
      2| tg: no task or output "o/a" (did you mean "../p/o/a"?)
      2|     try: tg list shows the tasks
      2| tg: no task or output "../p/o"; ../p/o/a, ../p/o/b lie below it
      2|     try: name what is to be made: tg build ../p/o/a ../p/o/b
      exit 2` },
  { title: "unknown-target: a tag", tasks, when: "build tag:nix", then: `
      2| tg: no task has the tag "nix"
      2|     try: tg list shows the tasks
      exit 2` },
  { title: "unknown-target: a pattern", tasks, when: ["build", "zz*"], then: `
      2| tg: no task or output "zz*", and no task's name matches it
      2|     try: tg list shows the tasks
      exit 2` },
  { title: "unknown-target: in the config", files: { "tasks.config.ts": config(tasks, '\n  default: ["tset"],') }, when: "build", then: `
      2| tg: config: "default" has "tset": no task or output "tset" (did you mean "test"?)
      2|     at tasks.config.ts:6
      2|     try: tg list shows the tasks
      exit 2` },
  { title: "unknown-target: of logs", tasks, when: "logs tset", then: `
      2| tg: no task or output "tset" (did you mean "test"?)
      2|     try: tg list shows the tasks
      exit 2` },
  { title: "unknown-target: a path from the root, in a folder below it", tasks: '    a: { outputs: ["out/lib.js"], run: "x" },\n    b: { outputs: ["sub/app.js"], run: "x" },', files: { "sub/deep/x": "" }, when: "build out/lib.js", options: { cwd: "sub/deep" }, then: `
      2| tg: no task or output "out/lib.js" (did you mean "../../out/lib.js"?)
      2|     try: tg list shows the tasks
      exit 2` },
  { title: "unknown-target: the same, mistyped", tasks: '    a: { outputs: ["out/lib.js"], run: "x" },\n    b: { outputs: ["sub/app.js"], run: "x" },', files: { "sub/deep/x": "" }, when: "build out/lob.js", options: { cwd: "sub/deep" }, then: `
      2| tg: no task or output "out/lob.js" (did you mean "../../out/lib.js"?)
      2|     try: tg list shows the tasks
      exit 2` },
  { title: "unknown-target: a path from there, mistyped", tasks: '    a: { outputs: ["out/lib.js"], run: "x" },\n    b: { outputs: ["sub/app.js"], run: "x" },', files: { "sub/deep/x": "" }, when: "build ../ap.js", options: { cwd: "sub/deep" }, then: `
      2| tg: no task or output "../ap.js" (did you mean "../app.js"?)
      2|     try: tg list shows the tasks
      exit 2` },
  { title: "unknown-target: a pattern and names with slashes", tasks: '    "@m/a:test": { run: "true" },', when: ["build", "*:test"], then: `
      2| tg: no task or output "*:test", and no task's name matches it (did you mean "**:test"?)
      2|     try: tg list shows the tasks
      exit 2` },
  { title: "unknown-target: half of a name", tasks: '    "web#build": { run: "true" },\n    "web#test": { run: "true" },\n    "@m/db#dump": { run: "true" },', when: ["build", "web", "dump", "test"], then: `
      2| tg: no task or output "web" (did you mean "web#*"?)
      2|     try: tg list shows the tasks
      2| tg: no task or output "dump" (did you mean "@m/db#dump"?)
      2|     try: tg list shows the tasks
      2| tg: no task or output "test" (did you mean "web#test"?)
      2|     try: tg list shows the tasks
      exit 2` },
  { title: "unknown-target: what belongs to the folder the user stands in goes first", tasks: '    "api#build": { cwd: "p/api", run: "true" },\n    "app#build": { cwd: "p/app", run: "true" },\n    "tool#test": { outputs: ["p/tool/a.log"], run: "x" },\n    "toot#test": { outputs: ["p/app/log/a.log"], run: "x" },', files: { "p/app/x": "" }, when: ["build", "ap#build", "tooo#test", "build", "test"], options: { cwd: "p/app" }, then: `
      2| tg: no task or output "ap#build" (did you mean "app#build"?)
      2|     try: tg list shows the tasks
      2| tg: no task or output "tooo#test" (did you mean "toot#test"?)
      2|     try: tg list shows the tasks
      2| tg: no task or output "build" (did you mean "app#build"?)
      2|     try: tg list shows the tasks
      2| tg: no task or output "test" (did you mean "toot#test"?)
      2|     try: tg list shows the tasks
      exit 2` },
  { title: "unknown-target: a list that is not made", files: { "tasks.config.ts": `import { foreach } from "tg-build";\nexport default { tasks: { plan: { run: () => ["a"] }, up: foreach({ from: "plan" }, ({ key }) => ({ outputs: [key], run: "x" })) } };\n` }, when: ["why", "up[a]"], then: `
      2| tg: no task or output "up[a]": "up" has no tasks yet, "plan" makes its list
      2|     try: tg build plan makes the list, tg build 'up[a]' both
      exit 2` },
  ...([["status off", "off  skipped      never ran\n1|\n1| tg: 1 task: 1 skipped"], ["why off", 'off is skipped: its "when" leaves it out'], ["build -n off", "tg: nothing would run, 1 skipped"], ["build off", "tg: nothing to do, 1 skipped (N s)"], ["build o*", "tg: nothing to do, 1 skipped (N s)"], ["graph off", "off (skipped)"]] as const).map(([when, then]) => (
    { title: `a target that the config leaves out: ${when}`, tasks: '    off: { when: false, inputs: ["in"], outputs: ["out"], run: "cp in out" },', files: { in: "" }, when, then: `1| ${then}\nexit 0` })),
  { title: "skip-unneeded", tasks, when: "build build --skip test", then: `
      2| tg: --skip "test": "build" needs no such task
      2|     try: leave it out; tg graph build shows what is needed
      exit 2` },
  { title: "skip-unneeded: a bare build with a default", files: { "tasks.config.ts": config(tasks, '\n  default: ["build"],') }, when: ["-n", "--skip", "t*", "--skip", "build"], then: `
      2| tg: --skip "t*": a build without targets needs no such task
      2|     try: leave it out; tg graph shows what is needed
      exit 2` },
  { title: "args-need-one-task: none", tasks, when: "build -- x", then: `
      2| tg: words after -- go to one task, and none is named
      2|     try: tg build TASK -- WORDS
      exit 2` },
  { title: "args-need-one-task: two", tasks, when: "build build test -- x", then: `
      2| tg: words after -- go to one task, not to "build", "test"
      2|     try: tg build TASK -- WORDS
      exit 2` },
  { title: "args-no-command: a function", tasks: '    f: { run: () => {} },', when: "build f -- x", then: `
      2| tg: words after -- go to a command, and "f" calls a function
      2|     try: declare what it takes under "params", and give it with --param NAME=VALUE
      exit 2` },
  { title: "args-no-command: a barrier", tasks: '    a: { run: "true" },\n    all: { deps: ["a"] },', when: "build all -- x", then: `
      2| tg: words after -- go to a command, and "all" only joins others
      2|     try: tg list --tree shows what it joins; name one of these
      exit 2` },
  { title: "args-no-command: a file", tasks: '    v: { run: { write: "1", to: "v" } },', when: "build v -- x", then: `
      2| tg: words after -- go to a command, and "v" is a file that tg makes itself
      2|     try: leave them out
      exit 2` },
  { title: "unknown-param", tasks, when: "build --param mod=fast", then: `
      2| tg: no parameter "mod" (did you mean "mode"?)
      2|     try: declare it under "params" in the config
      exit 2` },
  { title: "help of a task", tasks, when: "build test --help", then: `
      1| test
      1|   takes
      1|     mode  "fast" | "slow", default "fast"
      1|     n     number, must be set
      1|
      1| Set them with --param NAME=VALUE or --params-file FILE (JSON; - is standard input).
      1| tg build --help tells about the command.
      exit 0` },
  { title: "help of a task, without tg build", tasks, when: "help test", then: `
      2| tg: no command "test"
      2|     try: tg build test --help if it is a target; tg --help lists the commands
      exit 2` },
  { title: "help of a task that is not there", tasks, when: "build tset --help", then: `
      2| tg: no task or output "tset" (did you mean "test"?)
      2|     try: tg list shows the tasks
      exit 2` },
  { title: "bad-param", tasks, when: "build --param n=few --param mode=quick", then: `
      2| tg: parameter "n" is "few", expected a number
      2|     try: --param n=VALUE
      2| tg: parameter "mode" is "quick", expected one of fast, slow
      2|     try: --param mode=VALUE
      exit 2` },
  { title: "bad-param: in a file", tasks, files: { "p.json": '{"n":1,"mode":null}' }, when: "build --params-file p.json --param n=few", then: `
      2| tg: parameter "n" is "few", expected a number
      2|     try: --param n=VALUE
      2| tg: parameter "mode" is null, expected one of fast, slow
      2|     try: correct it in p.json
      exit 2` },
  { title: "bad-flag-value: --param", tasks, when: "build --param n --param =1", then: `
      2| tg: flag "--param" is "n", expected NAME=VALUE
      2|     try: --param n=VALUE; tg build TASK --help names the parameters of a task
      2| tg: flag "--param" is "=1", expected NAME=VALUE
      2|     try: --param NAME=VALUE; tg build TASK --help names the parameters of a task
      exit 2` },
  { title: "missing-param", tasks, when: "build test", then: `
      2| tg: task "test" needs parameter "n"
      2|     try: --param n=VALUE, or a default in the config
      exit 2` },
  { title: "params-file: none", tasks, when: "build --params-file gone.json", then: `
      2| tg: cannot read parameters from gone.json: no such file or folder
      2|     try: correct the path; it begins where tg is called, or in the folder of -C
      exit 2` },
  { title: "params-file: a folder", tasks, files: { "p/x": "" }, when: "build --params-file p", then: `
      2| tg: cannot read parameters from p: is a folder
      2|     try: look at what stands at p
      exit 2` },
  { title: "params-file: a list on standard input", tasks, when: "build --params-file -", options: { input: "[1]" }, then: `
      2| tg: cannot read parameters from standard input: it holds a list
      2|     try: give a JSON object of names and values
      exit 2` },
  { title: "params-file: bad JSON", tasks, files: { "p.json": "{" }, when: "build --params-file p.json", then: `
      2| tg: cannot read parameters from p.json: Expected property name or '}' in JSON at position 1
      2|     try: give a JSON object of names and values
      exit 2` },
  { title: "no-log", tasks, when: "logs test", then: `
      2| tg: task "test" has no log: it never ran
      2|     try: tg build test
      exit 2` },
  { title: "runs-nothing: a log", tasks: tasks + '\n    all: { deps: ["test"] },', when: "logs all", then: `
      2| tg: "all" runs nothing itself and has no log
      2|     try: tg logs test
      exit 2` },
  { title: "runs-nothing: a value, and nothing is joined", tasks: tasks + '\n    none: {},', given: ["build none"], when: "results none", then: `
      2| tg: "none" runs nothing itself and has no value
      2|     try: tg list --tree shows what it joins
      exit 2` },
  { title: "init-unwritable", files: { ".vscode": "a file" }, when: "init --vscode", then: `
      2| tg: cannot write .vscode: not a folder
      2|     try: look at what stands at .vscode
      exit 2` },
  { title: "file-exists", files: { "tasks.config.mjs": config("") }, when: "init", then: `
      2| tg: tasks.config.mjs exists already and is left as it is
      2|     try: remove or rename it first
      exit 2` },
  { title: "an npm script that is no task", tasks, when: "", options: { env: { npm_lifecycle_event: "tests", npm_lifecycle_script: "tg" } }, then: `
      2| tg: no task or output "tests" (did you mean "test"?)
      2|     try: the name is the npm script's; let the script say "tg build TARGET" if it is not the task's
      exit 2` },
  { title: "every wrong word at once", tasks, when: "list --treee x y", then: `
      2| tg: tg list has no flag "--treee" (did you mean "--tree"?)
      2|     try: tg list --help
      2| tg: tg list takes no argument "x"
      2|     try: tg list --help
      2| tg: tg list takes no argument "y"
      2|     try: tg list --help
      exit 2` },
]);

test("an answer that cannot be written is told, and is exit 3; a build goes on", { skip: process.platform !== "linux" }, async () => {
  const w = await workspace({ "tasks.config.ts": config('    build: { outputs: ["o"], run: "echo > o" },') });
  const full = "tg: cannot write to standard output: disk full; what stands there is not whole\n    try: free some space\n";
  for (const words of ["status --json", "list", "why build", "export --to sh", "completion bash", "--help", "-Vv", "build -n"]) {
    const end = await w.sh(`tg ${words} > /dev/full`);
    assert.deepEqual([end.code, end.stderr], [3, full], words);
  }
  assert.deepEqual(await w.sh("tg build --json > /dev/full").then(({ code, stderr }) => [code, stderr]), [3, full]);
  assert.equal(w.exists("o"), true);
  assert.deepEqual(await w.sh("tg build > /dev/full").then(({ code, stderr }) => [code, stderr]), [3, full], "the first door");
  assert.equal((await w.sh("tg --version > /dev/full")).code, 3);
  assert.equal((await w.tg("build")).stdout.includes("up to date"), true);
});

test("a file has many names: absolute, and from outside the root", async () => {
  const w = await workspace({ "p/tasks.config.ts": config('    a: { inputs: ["in"], outputs: ["o/a"], run: "cp in o/a" },\n    b: { inputs: ["o/a"], outputs: ["o/b"], run: "cp o/a o/b" },'), "p/in": "", "p/o/x": "", "q/x": "" });
  const root = w.dir + "/p";
  for (const [cwd, words] of [["p", `${root}/o/a`], ["p", "../p/o/./a"], ["p/o", `${root}/o/a`], ["q", "-c ../p/tasks.config.ts ../p/o/a"], ["q", `-c ../p/tasks.config.ts ${root}/o/a`], ["q", "-C ../p ../p/o/a"]] as const) {
    const { stdout, code } = await w.tg("status --json " + words, { cwd });
    assert.deepEqual([code, Object.keys((JSON.parse(stdout) as { tasks: object }).tasks)], [0, ["a"]], words);
  }
  assert.match((await w.tg(`build -n --skip ${root}/o/a b`, { cwd: "p" })).stdout, /1 skipped/);
  assert.equal((await w.tg(`why ${root}/in`, { cwd: "p" })).stderr, `tg: no task or output "${root}/in"; "a" takes it as an input\n    try: name the task that reads it: tg build a\n`);
  assert.match((await w.tg(`build ${root}/o/aa`, { cwd: "p" })).stderr, /did you mean "o\/a"/);
});

test("a path through a link to the root, or to a folder above or below it, is one in the root", async () => {
  const w = await workspace({ "p/tasks.config.ts": config('    a: { inputs: ["in"], outputs: ["o/a"], run: "cp in o/a" },\n    b: { inputs: ["o/a"], outputs: ["lnk/b"], run: "cp o/a lnk/b" },'), "p/in": "", "p/o/x": "", "elsewhere/x": "" });
  for (const [target, at] of [["p", "front"], [".", "all"], ["p/o", "inner"], ["../elsewhere", "p/lnk"]] as const) symlinkSync(target, `${w.dir}/${at}`);
  for (const [word, task] of [["front/o/a", "a"], ["all/p/o/./a", "a"], ["inner/a", "a"], ["front/lnk/b", "b"]] as const) {
    for (const path of [`${w.dir}/${word}`, `../${word}`]) {
      const { stdout, code } = await w.tg("status --json " + path, { cwd: "p" });
      assert.deepEqual([code, Object.keys((JSON.parse(stdout) as { tasks: object }).tasks).at(-1)], [0, task], path);
    }
  }
  assert.equal((await w.tg(`build ${w.dir}/front/lnk/b`, { cwd: "p" })).code, 0);
  assert.match((await w.tg(`build -n --skip ${w.dir}/front/o/a b`, { cwd: "p" })).stdout, /1 skipped/);
  assert.equal((await w.tg(`logs ${w.dir}/front/o/a`, { cwd: "p" })).code, 0);
  assert.match((await w.tg(`build ${w.dir}/front/o/aa`, { cwd: "p" })).stderr, /did you mean "o\/a"/);
});

test("who stands in a folder that a build makes anew stands in the new one; in one that is gone it is said", { skip: onDeno && "Deno itself does not start there" }, async () => {
  const w = await workspace({ "tasks.config.ts": config('    a: { inputs: ["in"], outputs: ["dist/"], run: "mkdir dist/sub; cp in dist/sub/x" },'), in: "1\n" });
  const inside = async (words: string): Promise<string> => transcript(await w.sh(`(${words}) 2>&1 | grep -v getcwd`), w);
  await w.tg("build");
  assert.equal(await inside("cd dist/sub; echo 2 >../../in; tg build; tg build x; tg status"), `1| ✓ a (N s) — input changed: in\n1| tg: 1 ran (N s)\n1| tg: 1 task up to date (N s)\n1| a  fresh\n1|\n1| tg: 1 task, fresh\nexit 0`);
  assert.equal(await inside("mkdir gone; cd gone; rmdir ../gone; tg build; echo $?"), `1| tg: the folder this was called in is gone: <w>/gone\n1|     try: cd to one that is there\n1| 2\nexit 0`);
});

test("where PATH is not set commands and tools are found where a shell looks", { skip: onDeno && "Deno sets it" }, async () => {
  const w = await workspace({ "tasks.config.ts": config('    a: { inputs: ["in"], outputs: ["o"], tools: ["cp"], run: "cp in o" },\n    b: { inputs: ["in"], outputs: ["p"], before: "cp in q", run: "cat in q > p; test \\\"${PATH%:}\\\" = \\\"$PATH\\\"" },'), in: "1\n" });
  const { code, stderr } = await w.tg("build", { env: { PATH: undefined } });
  assert.deepEqual([code, w.exists("o"), w.exists("p")], [0, true, true], stderr);
});

test("--params-file begins where targets do: behind -C, and where npm was called", async () => {
  const w = await workspace({ "tasks.config.ts": config('    a: { params: { n: { type: "number" } }, outputs: ["o"], run: "echo $n > o" },'), "sub/p.json": '{"n":7}', "package.json": "{}" });
  assert.equal((await w.tg("-C sub build --params-file p.json")).code, 0);
  assert.equal(w.read("o"), "7\n");
  w.write("sub/p.json", '{"n":8}');
  assert.equal((await w.tg("build --params-file p.json", { env: { npm_lifecycle_event: "a", npm_package_json: w.dir + "/package.json", INIT_CWD: w.dir + "/sub" } })).code, 0);
  assert.equal(w.read("o"), "8\n");
  assert.match((await w.tg("-C sub build --params-file sub/p.json")).stderr, /^tg: cannot read parameters from sub\/p\.json: no such file or folder\n {4}try: correct the path; it begins where tg is called, or in the folder of -C\n/);
});

test("under -q only what went wrong is said", async () => {
  const w = await workspace({ "tasks.config.ts": config('    a: { outputs: ["o"], cache: { store: true }, run: "echo > o" },\n    b: { outputs: ["p"], run: "date +%N > p" },') });
  assert.equal((await w.tg("build")).code, 0);
  for (const words of ["report", "verify a", "cache gc", "cache clear", "touch a", "clean a", "-C sub init"]) {
    if (words.endsWith("init")) w.write("sub/package.json", "{}");
    assert.equal(transcript(await w.tg(words + " -q"), w), "exit 0", words);
  }
  assert.match(transcript(await w.tg("verify b -q"), w), /^1\| ✗ b — p differs each time[^\n]*\nexit 1$/);
  // Advice about the machine is no concern of this test.
  assert.doesNotMatch((await w.tg("doctor -q")).stdout, /✓|all is well/);
});

test("a parameter that must be given must be given again after a build of something else, and when it is new", async () => {
  const tasks = (params: string): string => config(`    par: { outputs: ["o"], ${params}run: "echo n=$n > o" },\n    other: { outputs: ["p"], run: "echo > p" },`);
  const w = await workspace({ "tasks.config.ts": tasks('params: { n: { type: "number" } }, ') });
  assert.equal((await w.tg("build --param n=3")).code, 0);
  assert.equal((await w.tg("build other")).code, 0);
  for (const words of ["build", "status", "build -n"]) assert.match(transcript(await w.tg(words), w), /^2\| tg: task "par" needs parameter "n"\n[^]*exit 2$/, words);
  assert.equal(w.read("o"), "n=3\n");
  w.write("tasks.config.ts", tasks(""));
  assert.equal((await w.tg("build")).code, 0);
  w.write("tasks.config.ts", tasks('params: { n: { type: "number" } }, '));
  assert.match(transcript(await w.tg("build"), w), /needs parameter "n"[^]*exit 2$/);
});

test("Deno without the permissions that tg needs", { skip: !onDeno && "of Deno alone" }, async () => {
  const w = await workspace({ "tasks.config.ts": config("    a: { run: \"true\" },\n    f: { run: () => 1 },") });
  const deno = `${process.env["TG_RUNTIME"]!.replace(/ -A$/, "")} --allow-read --allow-write --allow-env`;
  // Whichever is asked for first.
  assert.match(transcript(await w.sh(`${deno} ${packageDir}/bin/tg.cjs build a`), w), /^2\| tg: Deno permits too little: Requires (?:sys|run) access to "[^"]+"\n2\| {5}try: deno run -A {3}\(tg and its tasks need all permissions\)\nexit 3$/);
  assert.match(transcript(await w.sh(`${deno} --allow-sys ${packageDir}/bin/tg.cjs build f`), w), /2\| tg: Deno permits too little: Requires run access to "[^"]+"\n2\| {5}try: deno run -A/);
});
