// Each problem of a config, word for word with its exit code: finding and loading it, its fields, its graph.
import fs from "node:fs";
import path from "node:path";
import assert from "node:assert/strict";
import process from "node:process";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { isForeign, LIMIT_MS, workspace, type Workspace } from "../support/rig.ts";
import { config, staged, tell, transcript } from "../support/story.ts";
import { leave, replaceFile, rounds } from "../support/watching.ts";

const CONFLICT = '<<<<<<< HEAD\n"tags": [],\n=======\n"tags": {},\n>>>>>>> other\n';

/** Loading. */
tell([
  { title: "no-config", when: "build", then: `
      2| tg: no tasks.config.ts in <w> or its parents
      2|     try: tg init writes a first one
      exit 2` },
  { title: "no-config: another name", files: { "task.config.ts": config("") }, when: "build", then: `
      2| tg: no tasks.config.ts in <w> or its parents, but task.config.ts
      2|     try: name it tasks.config.ts (or .mts, .js, .mjs), or tg -c task.config.ts
      exit 2` },
  { title: "no-config: a name that is too long", when: ["status", "-c", "x".repeat(256)], then: `
      2| tg: config file ${"x".repeat(256)} does not exist
      2|     try: check the path given to --config
      exit 2` },
  { title: "include: a pattern below a link to itself", files: { "tasks.config.ts": 'export default { include: ["loop/*.task.ts"], tasks: {} };\n' }, given: [(w) => fs.symlinkSync("loop", `${w.dir}/loop`)], when: "status", then: `
      2| tg: include "loop/*.task.ts" matches no file
      2|     at tasks.config.ts:1
      2|     try: correct the pattern or take it out of include
      exit 2` },
  { title: "no-config: a named one", when: "status -c other.config.ts", then: `
      2| tg: config file other.config.ts does not exist
      2|     try: check the path given to --config
      exit 2` },
  { title: "missing-input, empty-glob: written from the task's folder", tasks: '    a: { cwd: "p/a", inputs: ["src/x.ts", "src/*.js", "*.md", "/p/a/gone"], run: "true" },', files: { "p/a/src/x.ts": "", "p/a/r.md": "" }, when: "build", then: `
      2| tg: task "a": input "src/*.js" matches no file
      2|     at tasks.config.ts:3
      2|     try: paths begin at the root, not in "cwd": p/a/src/*.js
      2| tg: task "a": input "*.md" matches no file
      2|     at tasks.config.ts:3
      2|     try: correct the pattern, or { glob, allowEmpty: true } if that is intended
      2| tg: task "a": input /p/a/gone does not exist and no task makes it
      2|     at tasks.config.ts:3
      2|     try: correct the path, or { path, optional: true } if it may be absent
      2| tg: task "a": input src/x.ts does not exist and no task makes it
      2|     at tasks.config.ts:3
      2|     try: paths begin at the root, not in "cwd": p/a/src/x.ts
      exit 2` },
  { title: "unknown-dep: as Turborepo and Nx have it", tasks: '    build: { deps: ["^build"], run: "true" },', when: "build", then: `
      2| tg: task "build": "deps" names "^build", which is neither a task nor an output
      2|     at tasks.config.ts:3
      2|     try: tg knows no packages: name their tasks, or nothing where inputs are what they make
      exit 2` },
  { title: "no-folder: a file", tasks: '    a: { run: "true" },', when: "-C tasks.config.ts status", then: `
      2| tg: <w>/tasks.config.ts is no folder
      2|     try: -C takes a folder; a config file is named by -c
      exit 2` },
  { title: "no-config: one that cannot be loaded", files: { "tasks.config.cts": "" }, when: "build", then: `
      2| tg: no tasks.config.ts in <w> or its parents, but tasks.config.cts
      2|     try: write it as an ES module: tasks.config.ts or .mts
      exit 2` },
  { title: "no-folder", when: "-C gone build", then: `
      2| tg: there is no folder <w>/gone
      2|     try: check the path given to -C
      exit 2` },
  { title: "config-no-default: a promise", files: { "tasks.config.ts": "export default Promise.resolve({ tasks: {} });\n" }, when: "build", then: `
      2| tg: tasks.config.ts: the default export must be a config, found a promise
      2|     try: export default await …
      exit 2` },
  { title: "config-syntax", files: { "tasks.config.ts": "export default {\n  tasks: {\n    a: { run: ] },\n  },\n};\n" }, when: "build", then: `
      2| tg: tasks.config.ts:3:15: Unexpected token
      2|     try: correct the syntax; nothing was run
      exit 2` },
  { title: "config-conflict", files: { "tasks.config.ts": `export default {\n  tasks: {\n${CONFLICT}  },\n};\n` }, when: "build", then: `
      2| tg: tasks.config.ts:3: an unresolved merge conflict, to line 7
      2|     try: choose what is to stand, and take the marks out; nothing was run
      exit 2` },
  { title: "config-conflict: JavaScript", files: { "tasks.config.mjs": `export default {\n${CONFLICT}};\n` }, when: "build", then: `
      2| tg: tasks.config.mjs:2: an unresolved merge conflict, to line 6
      2|     try: choose what is to stand, and take the marks out; nothing was run
      exit 2` },
  { title: "config-conflict: JSON", files: { "tasks.config.ts": 'import data from "./data.json";\nexport default data;\n', "data.json": `{\n${CONFLICT}}\n` }, when: "build", then: `
      2| tg: data.json:2: an unresolved merge conflict, to line 6
      2|     try: choose what is to stand, and take the marks out; nothing was run
      exit 2` },
  { title: "config-throws: only frames of the config", files: { "tasks.config.ts": 'import { load } from "./load.ts";\nexport default { tasks: load() };\n', "load.ts": "export function load(): object {\n  return missing.tasks;\n}\n" }, when: "build", then: `
      2| tg: load.ts:2:3: ReferenceError: missing is not defined
      2|     load load.ts:2:3
      2|     tasks.config.ts:2:25
      2|     try: correct the config; nothing was run
      exit 2` },
  { title: "config-throws: it would end the process", files: { "tasks.config.ts": 'import { exit } from "node:process";\nif (!process.env["READY"]) exit(0);\nexport default { tasks: {} };\n' }, when: "build", then: `
      2| tg: tasks.config.ts:2:28: Error: process.exit(0) was called while the config was being loaded
      2|     try: correct the config; nothing was run
      exit 2` },
  { title: "config-throws: when a task is running", files: { "tasks.config.ts": 'import { existsSync } from "node:fs";\nimport { setTimeout as delay } from "node:timers/promises";\nasync function late() {\n  while (!existsSync("runs")) await delay(20);\n  throw new Error("too late");\n}\nvoid late();\nexport default { tasks: { a: { run: "touch runs; sleep 60" } } };\n' }, given: ["build", (w) => w.remove("runs")], when: "build", then: `
      2| tg: tasks.config.ts:5:9: Error: too late
      2|     late tasks.config.ts:5:9
      2|     try: correct the config; this was thrown after it had been evaluated, and ended the command
      exit 2` },
  { title: "config-throws: it would end the process when a task is running", files: { "tasks.config.ts": 'import { existsSync } from "node:fs";\nimport { setTimeout as delay } from "node:timers/promises";\nasync function late() {\n  while (!existsSync("runs")) await delay(20);\n  process.exit(0);\n}\nvoid late();\nexport default { tasks: { a: { run: "touch runs; sleep 60" } } };\n' }, when: "build", then: `
      2| tg: tasks.config.ts:5:11: Error: process.exit(0) was called while tg was at work
      2|     late tasks.config.ts:5:11
      2|     try: correct the config; this was thrown after it had been evaluated, and ended the command
      exit 2` },
  { title: "config-throws: its one frame is where it says", files: { "tasks.config.ts": 'throw new Error("not today");\n' }, when: "build", then: `
      2| tg: tasks.config.ts:1:7: Error: not today
      2|     try: correct the config; nothing was run
      exit 2` },
  { title: "config-import-missing: a file", files: { "tasks.config.ts": 'import "./gone.ts";\nexport default {};\n' }, when: "list", then: `
      2| tg: tasks.config.ts:1: cannot find "./gone.ts"
      2|     try: check the path, the file ending included
      exit 2` },
  { title: "config-import-missing: a package", files: { "tasks.config.ts": '\nimport "@scope/gone/x";\nexport default {};\n' }, when: "list", then: `
      2| tg: tasks.config.ts:2: cannot find "@scope/gone/x"
      2|     try: npm install @scope/gone
      exit 2` },
  { title: "config-no-file: a folder", files: { "tasks.config.ts/x": "" }, when: "build", then: `
      2| tg: tasks.config.ts cannot be a config: it is a folder
      2|     try: rename the folder
      exit 2` },
  { title: "config-no-file: a link that leads nowhere, below a good config", files: { "tasks.config.ts": "export default { tasks: {} };\n", "a/x": "" }, given: [(w) => fs.symlinkSync("gone.ts", path.join(w.dir, "a/tasks.config.ts"))], when: "build", options: { cwd: "a" }, then: `
      2| tg: tasks.config.ts cannot be a config: it is a link that leads nowhere (gone.ts)
      2|     try: correct the link, or remove it
      exit 2` },
  { title: "config-no-file: named", files: { "tasks.config.ts": "export default { tasks: {} };\n", "a/x": "" }, when: "build -c a", then: `
      2| tg: a cannot be a config: it is a folder
      2|     try: name the file in it, or tg -C a to build there
      exit 2` },
  { title: "config-export-missing: of tg-build, in a task file", files: { "tasks.config.ts": config("", '\n  include: ["*.task.ts"],'), "a.task.ts": 'import { defineTsk } from "tg-build";\nexport default defineTsk(import.meta, { run: "true" });\n' }, when: "build", then: `
      2| tg: a.task.ts:1:10: "tg-build" has no export "defineTsk" (did you mean "defineTask"?)
      2|     try: correct the name; nothing was run
      exit 2` },
  { title: "config-export-missing: of the project", files: { "tasks.config.ts": 'import * as all from "./lib.ts";\nimport lib from "./lib.ts";\nexport default { tasks: { lib, all } };\n', "lib.ts": "export const x = 1;\n" }, when: "build", then: `
      2| tg: tasks.config.ts:2:8: "./lib.ts" has no default export
      2|     try: import { … } from "./lib.ts", or an export default there
      exit 2` },
  { title: "config-no-default: nothing", files: { "tasks.config.ts": "export const tasks = {};\n" }, when: "build", then: `
      2| tg: tasks.config.ts: the default export must be a config, found undefined
      2|     try: export default defineConfig({ tasks: { … } })
      exit 2` },
  { title: "config-no-default: a list", files: { "tasks.config.ts": "export default [];\n" }, when: "build", then: `
      2| tg: tasks.config.ts: the default export must be a config, found an array
      2|     try: export default defineConfig({ tasks: { … } })
      exit 2` },
  { title: "config-no-default: CommonJS that exports nothing", files: { "c.cjs": "const tasks = {};\n" }, when: "-c c.cjs build", then: `
      2| tg: c.cjs: the default export must be a config, found an empty module.exports
      2|     try: module.exports = { tasks: { … } }
      exit 2` },
  { title: "config-no-default: CommonJS with a name of ES modules", files: { "c.cjs": 'exports.default = { tasks: { a: { run: "true" } } };\n' }, when: "-c c.cjs build", then: `
      2| tg: c.cjs: the default export must be a config, found exports.default
      2|     try: module.exports = { tasks: { … } }
      exit 2` },
  { title: "config-throws: a rejection that nobody hears", files: { "tasks.config.ts": 'void Promise.reject(new Error("kaputt"));\nexport default { tasks: { a: { run: "true" } } };\n' }, when: "build", then: `
      2| tg: tasks.config.ts:1:21: Error: kaputt
      2|     try: correct the config; nothing was run
      exit 2` },
  { title: "config-timeout", files: { "tasks.config.ts": "await new Promise(() => {});\nexport default {};\n" }, when: "build", then: `
      ${isForeign ? "2| tg: still evaluating tasks.config.ts (Ctrl-C ends it)\n2| tg: tasks.config.ts did not finish loading in N s" : "2| tg: tasks.config.ts waits for something that never comes"}
      2|     try: look for an await that never settles
      exit 2` },
  { title: "config-namespace", files: { "tasks.config.ts": "export default {};\nnamespace N {\n  export const x = 1;\n}\n" }, when: "build", then: `
      2| tg: tasks.config.ts:2: a TypeScript namespace cannot be loaded without a compiler
      2|     try: use a plain object instead
      exit 2` },
  { title: "include-empty", files: { "tasks.config.ts": config("", '\n  include: ["tasks/*.task.ts"],') }, when: "build", then: `
      2| tg: include "tasks/*.task.ts" matches no file
      2|     at tasks.config.ts:5
      2|     try: correct the pattern or take it out of include
      exit 2` },
  { title: "config-throws: a task file that does not say which it is", files: { "tasks.config.ts": config("", "\n  include: [\"*.task.ts\"],"), "x.task.ts": "import { defineTask } from \"tg-build\";\nexport default defineTask({ run: \"true\" } as never, undefined as never);\n" }, when: "build", then: `
      2| tg: x.task.ts:2:16: TypeError: defineTask takes import.meta, then the task; write export default defineTask(import.meta, { … })
      2|     try: correct the config; nothing was run
      exit 2` },
  { title: "include-no-task", files: { "tasks.config.ts": config("", '\n  include: ["tasks/*.task.ts"],'), "tasks/x.task.ts": "export default 7;\n" }, when: "build", then: `
      2| tg: tasks/x.task.ts: the default export must be a task, found a number
      2|     try: export default defineTask(import.meta, { … })
      exit 2` },
]);

/** Fields. */
tell([
  { title: "unknown-field: of a task", tasks: '    build: { inptus: ["a"], run: "true" },', when: "build", then: `
      2| tg: task "build": unknown field "inptus" (did you mean "inputs"?)
      2|     at tasks.config.ts:3
      exit 2` },
  { title: "unknown-field: of the config", files: { "tasks.config.ts": config("", '\n  taks: {},') }, when: "build", then: `
      2| tg: config: unknown field "taks" (did you mean "tasks"?)
      2|     at tasks.config.ts:5
      exit 2` },
  { title: "unknown-field: fields that belong elsewhere", files: { "tasks.config.ts": 'import { chain, foreach } from "tg-build";\nexport default {\n  timeout: "5m",\n  tasks: {\n    a: { run: "true", strictEnv: true },\n    b: { copy: "x", store: true, retries: { count: 1 }, backoff: "2s", minSuccess: 1 },\n    c: { run: "true", inputs: [{ path: "dir/", allowEmpty: true }, { glob: "*.c", optional: true }], ready: {} },\n    d: chain([{ run: "true" }], { deps: ["a"] }),\n    e: foreach(["x"], () => ({ run: "true" }), { deps: ["a"] }),\n  },\n};\n' }, when: "build", then: `
      2| tg: config: unknown field "timeout"
      2|     at tasks.config.ts:3
      2|     try: put it in a task: tasks: { NAME: { timeout: … } }
      2| tg: task "a": unknown field "strictEnv"
      2|     at tasks.config.ts:5
      2|     try: put it at the top of the config, beside "tasks"
      2| tg: task "b": unknown field "copy"
      2|     at tasks.config.ts:6
      2|     try: put it in run: { copy, to }, { concat, to } or { write, to }
      2| tg: task "b": unknown field "store"
      2|     at tasks.config.ts:6
      2|     try: write cache: { store: … }
      2| tg: task "b": unknown field "backoff"
      2|     at tasks.config.ts:6
      2|     try: write retries: { count: …, backoff: … }
      2| tg: task "b": unknown field "minSuccess"
      2|     at tasks.config.ts:6
      2|     try: put it in the third argument of foreach: foreach(over, make, { minSuccess: … })
      2| tg: task "c": unknown field "ready"
      2|     at tasks.config.ts:7
      2|     try: write service: { ready: { … } }
      2| tg: task "c": unknown field "inputs[0].allowEmpty"
      2|     at tasks.config.ts:7
      2|     try: it goes with a pattern: { glob: …, allowEmpty: true }
      2| tg: task "c": unknown field "inputs[1].optional"
      2|     at tasks.config.ts:7
      2|     try: it goes with one path: { path: …, optional: true }; for a pattern: { glob: …, allowEmpty: true }
      2| tg: task "d": unknown field "deps"
      2|     at tasks.config.ts:8
      2|     try: put it in a member of the chain
      2| tg: task "e": unknown field "deps"
      2|     at tasks.config.ts:9
      2|     try: put it in the task that the function of foreach returns
      exit 2` },
  { title: "unknown-field: tasks where none belong", files: { "tasks.config.ts": 'import { foreach, sequence } from "tg-build";\nexport default {\n  gen: { run: "true" },\n  each: foreach(["x"], () => ({ run: "true" })),\n  tasks: {\n    all: sequence({ a: { run: "true" } }),\n  },\n};\n' }, when: "build", then: `
      2| tg: config: unknown field "gen"
      2|     at tasks.config.ts:3
      2|     try: tasks stand in "tasks": tasks: { gen: { … } }
      2| tg: config: unknown field "each"
      2|     at tasks.config.ts:4
      2|     try: tasks stand in "tasks": tasks: { each: { … } }
      2| tg: task "all": unknown field "a"
      2|     at tasks.config.ts:6
      2|     try: tasks do not hold tasks: put it beside this one; of sequence, write ...sequence({ … })
      exit 2` },
  { title: "field-not-built", files: { "tasks.config.ts": config('    a: { run: "true" },', '\n  remote: "grpc://x",') }, when: "build", then: `
      2| tg: config: field "remote" is not built yet
      2|     at tasks.config.ts:5
      2|     try: take it out; this version of tg refuses it rather than ignore it
      exit 2` },
  { title: "bad-field", tasks: '    a: { run: "true", deps: [7], drift: "kep" },', when: "build", then: `
      2| tg: task "a": "deps[0]" is 7, expected a task name, an output path or { task }
      2|     at tasks.config.ts:3
      2| tg: task "a": "drift" is "kep", expected "rebuild" or "keep" or "error" (did you mean "keep"?)
      2|     at tasks.config.ts:3
      exit 2` },
  { title: "bad-field: a Map's entries are no fields", tasks: '    a: new Map([["run", "true"]]),\n    b: { run: "true", env: new Map([["A", "1"]]), files: new Set(["x"]) },', when: "build", then: `
      2| tg: task "a" is a Map, expected a task
      2|     at tasks.config.ts:3
      2| tg: task "b": "env" is a Map, expected names of variables, or values by name
      2|     at tasks.config.ts:4
      2| tg: task "b": "files" is a Set, expected texts by path
      2|     at tasks.config.ts:4
      exit 2` },
  { title: "config-no-default: a Map", files: { "tasks.config.ts": "export default new Map();\n" }, when: "build", then: `
      2| tg: tasks.config.ts: the default export must be a config, found a Map
      2|     try: export default defineConfig({ tasks: { … } })
      exit 2` },
  { title: "bad-field: a family spelled as a field", tasks: '    a: { foreach: "*.csv", run: "true" },', when: "build", then: `
      2| tg: task "a": "foreach" is "*.csv", expected a call in place of the task: foreach(over, ({ key }) => ({ … }))
      2|     at tasks.config.ts:3
      exit 2` },
  { title: "bad-field: a task", tasks: '    a: "true",', when: "build", then: `
      2| tg: task "a" is "true", expected a task: { run: … }
      2|     at tasks.config.ts:3
      exit 2` },
  { title: "bad-name: a control character", tasks: '    "a\\u0007b": { run: "true" },', when: "build", then: `
      2| tg: task name "a\\u0007b" contains a control character
      2|     at tasks.config.ts
      2|     try: rename the task
      exit 2` },
  { title: "bad-name: half a character", tasks: '    "a\\ud83d": { run: "true" },', when: "build", then: `
      2| tg: task name "a\\ud83d" contains half a character (a lone surrogate)
      2|     at tasks.config.ts
      2|     try: rename the task
      exit 2` },
  { title: "bad-name: a dash in front", tasks: '    "-x": { run: "true" },', when: "build", then: `
      2| tg: task name "-x" begins with a dash: on a command line it would be a flag
      2|     at tasks.config.ts:3
      2|     try: rename the task
      exit 2` },
  { title: "bad-name: an empty one", tasks: '    "": { run: "true" },', when: "build", then: `
      2| tg: a task has an empty name
      2|     at tasks.config.ts:3
      2|     try: rename the task
      exit 2` },
  {
    title: "duplicate-name: two task files, and what is wrong with the first",
    files: { "tasks.config.ts": config("", '\n  include: ["packages/*/*.task.ts"],'), "packages/a/x.task.ts": 'import { defineTask } from "tg-build";\n\nexport default defineTask(import.meta, { run: "true",\n  pool: 5 });\n', "packages/b/x.task.ts": 'import { defineTask } from "tg-build";\nexport default defineTask(import.meta, { run: "true" });\n' },
    when: "build", then: `
      2| tg: task "x": "pool" is 5, expected the name of a pool in "pools" at the top of the config
      2|     at packages/a/x.task.ts:4
      2| tg: two tasks are named "x"
      2|     at packages/b/x.task.ts:1
      2|     the other at packages/a/x.task.ts:1
      2|     try: rename one of them
      exit 2`,
  },
  {
    title: "duplicate-name",
    files: { "tasks.config.ts": config('    x: { run: "true" },', '\n  include: ["tasks/*.task.ts"],'), "tasks/x.task.ts": 'import { defineTask } from "tg-build";\n\nexport default defineTask(import.meta, { run: "true" });\n' },
    when: "build", then: `
      2| tg: two tasks are named "x"
      2|     at tasks/x.task.ts:1
      2|     the other at tasks.config.ts:3
      2|     try: rename one of them
      exit 2`,
  },
  { title: "bad-pattern", tasks: '    a: { inputs: ["src/[a"], run: "true" },', when: "build", then: `
      2| tg: task "a": bad pattern "src/[a" in "inputs[0]": unclosed [
      2|     at tasks.config.ts:3
      2|     try: close it, or put a backslash before the character to mean itself
      exit 2` },
  { title: "output-outside-root", tasks: '    x: { outputs: ["../y"], run: "true" },', when: "build", then: `
      2| tg: task "x": output ../y is outside the project root
      2|     at tasks.config.ts:3
      2|     try: write below the folder of the config
      exit 2` },
  { title: "cache-ignore-off", tasks: '    a: { always: true, env: ["X"], cache: { ignore: ["env:X"] }, run: "true" },', when: "build", then: `
      2| tg: task "a": "cache.ignore" has no meaning in a task that runs in every build
      2|     at tasks.config.ts:3
      2|     try: take "ignore" out, or let the task be judged
      exit 2` },
  { title: "ignore-unknown", tasks: '    a: { env: ["HOME"], cache: { ignore: ["env:HOM"] }, run: "true" },', when: "build", then: `
      2| tg: task "a": "cache.ignore" names "env:HOM", which the task does not declare (did you mean "env:HOME"?)
      2|     at tasks.config.ts:3
      2|     try: name a declared "param:NAME", "env:NAME" or "input:GLOB"
      exit 2` },
  { title: "missing-input: one that the key leaves out", tasks: '    a: { inputs: ["in", "notes"], cache: { ignore: ["input:notes"] }, outputs: ["out"], run: "cat in notes > out" },', files: { in: "1\n" }, when: "build", then: `
      2| tg: task "a": input notes does not exist and no task makes it
      2|     at tasks.config.ts:3
      2|     try: correct the path, or { path, optional: true } if it may be absent
      exit 2` },
  { title: "missing-input: one that the key leaves out is missed by nobody while its task is fresh", tasks: '    a: { inputs: ["in", "notes"], cache: { ignore: ["input:notes"] }, outputs: ["out"], run: "cat in notes > out" },\n    b: { inputs: ["in"], run: "true" },', files: { in: "1\n", notes: "2\n" }, given: ["build a", (w) => w.remove("notes")], when: "build", then: `
      2| ✓ b (N s) — never ran
      2| tg: 1 ran, 1 fresh (N s)
      exit 0` },
]);

const latin1 = (dir: string): void => {
  fs.mkdirSync(path.join(dir, "src"));
  fs.writeFileSync(Buffer.concat([Buffer.from(path.join(dir, "src/caf")), Buffer.from([0xe9]), Buffer.from(".txt")]), "");
};

/** The graph. */
tell([
  { title: "unknown-dep: of a task file that is built alone", files: { "x.task.ts": 'import { defineTask } from "tg-build";\nexport default defineTask(import.meta, { deps: ["lib"], run: "true" });\n' }, when: "-c x.task.ts status", then: `
      2| tg: task "x": "deps" names "lib", which is neither a task nor an output
      2|     at x.task.ts
      2|     try: build it with the config that includes it; a task file that is built alone knows no other task
      exit 2` },
  { title: "unknown-dep", tasks: '    lib: { run: "true" },\n    app: { deps: ["lbi"], after: ["nothing"], run: "true" },', when: "build", then: `
      2| tg: task "app": "deps" names "lbi", which is neither a task nor an output (did you mean "lib"?)
      2|     at tasks.config.ts:4
      2|     try: correct the name, or declare the task
      2| tg: task "app": "after" names "nothing", which is neither a task nor an output
      2|     at tasks.config.ts:4
      2|     try: correct the name, or declare the task
      exit 2` },
  {
    title: "cycle",
    tasks: '    a: { inputs: ["c.out"], outputs: ["a.out"], run: "x" },\n    b: { deps: ["a"], outputs: ["b.out"], run: "x" },\n    c: { after: ["b"], outputs: ["c.out"], run: "x" },',
    when: "build", then: `
      2| tg: dependency cycle: a -> c -> b -> a
      2|     at tasks.config.ts:3
      2|     "a" needs "c" by c.out
      2|     "c" needs "b" by after
      2|     "b" needs "a" by deps
      2|     try: take one of these edges away
      exit 2`,
  },
  { title: "cycle: with itself", tasks: '    a: { deps: ["a"], run: "x" },', when: "build", then: `
      2| tg: dependency cycle: a -> a
      2|     at tasks.config.ts:3
      2|     "a" needs "a" by deps
      2|     try: take one of these edges away
      exit 2` },
  { title: "duplicate-output", tasks: '    build: { outputs: ["dist/app.js"], run: "x" },\n    bundle: { outputs: ["./dist/app.js"], run: "x" },', when: "build", then: `
      2| tg: dist/app.js is an output of both "build" and "bundle"
      2|     at tasks.config.ts:4
      2|     try: let one task make it, or give each its own file
      exit 2` },
  { title: "output-in-tree", tasks: '    dist: { outputs: ["dist/"], run: "x" },\n    extra: { outputs: ["dist/extra.js"], run: "x" },', when: "build", then: `
      2| tg: task "extra": output dist/extra.js lies inside dist/, which "dist" owns and empties
      2|     at tasks.config.ts:4
      2|     try: write elsewhere, or list the files of "dist" instead of the folder
      exit 2` },
  {
    title: "what is wrong with a task and with the graph of the others is told at once, and nothing that only follows from the first",
    tasks: [
      '    odd: { outputs: ["../y", "o/y"], inptus: [], run: "x" },',
      '    a: { inputs: ["c.out"], outputs: ["a.out"], run: "x" },',
      '    c: { inputs: ["a.out"], outputs: ["c.out"], run: "x" },',
      '    dist: { outputs: ["dist/"], run: "x" },',
      '    extra: { outputs: ["dist/extra.js"], run: "x" },',
      '    one: { outputs: ["x.txt"], deps: ["odd", "o/y", "nothing"], run: "x" },',
      '    two: { outputs: ["x.txt"], run: "x" },',
    ].join("\n"),
    when: "build", then: `
      2| tg: task "odd": unknown field "inptus" (did you mean "inputs"?)
      2|     at tasks.config.ts:3
      2| tg: task "odd": output ../y is outside the project root
      2|     at tasks.config.ts:3
      2|     try: write below the folder of the config
      2| tg: x.txt is an output of both "one" and "two"
      2|     at tasks.config.ts:9
      2|     try: let one task make it, or give each its own file
      2| tg: task "extra": output dist/extra.js lies inside dist/, which "dist" owns and empties
      2|     at tasks.config.ts:7
      2|     try: write elsewhere, or list the files of "dist" instead of the folder
      2| tg: task "one": "deps" names "nothing", which is neither a task nor an output
      2|     at tasks.config.ts:8
      2|     try: correct the name, or declare the task
      2| tg: dependency cycle: a -> c -> a
      2|     at tasks.config.ts:4
      2|     "a" needs "c" by c.out
      2|     "c" needs "a" by a.out
      2|     try: take one of these edges away
      exit 2`,
  },
  {
    title: "what the function of a family would have declared that threw is not missed",
    files: { "tasks.config.ts": 'import { foreach } from "tg-build";\nexport default { tasks: {\n  part: foreach(["a", "b"], function each({ key }) { if (key === "b") throw new Error("oops"); return { outputs: [`out/${key}`], run: "x" }; }),\n  user: { deps: ["part", "part[a]", "part[b]", "out/b", "nothing"], run: "x" },\n} };\n' },
    when: "build", then: `
      2| tg: tasks.config.ts:3:77: Error: oops
      2|     each tasks.config.ts:3:77
      2|     try: correct the config; nothing was run
      2| tg: task "user": "deps" names "nothing", which is neither a task nor an output
      2|     at tasks.config.ts:4
      2|     try: correct the name, or declare the task
      exit 2`,
  },
  { title: "output-below-file", tasks: '    inner: { outputs: ["p/a/q"], run: "x" },\n    outer: { outputs: ["p"], run: "x" },', when: "build", then: `
      2| tg: task "inner": output p/a/q lies below p, which "outer" makes as a file
      2|     at tasks.config.ts:3
      2|     try: give one of them another name; if p is a link to a folder, add deps: ["outer"]
      exit 2` },
  { title: "output-below-file: instances", files: { "about.md": "", "about.html/x.md": "", "tasks.config.ts": 'import { foreach } from "tg-build";\nexport default { tasks: { page: foreach("**/*.md", ({ key, value }) => ({ inputs: [value], outputs: ["out/" + key + ".html"], run: "x" })) } };\n' }, when: "build", then: `
      2| tg: task "page[about.html/x]": output out/about.html/x.html lies below out/about.html, which "page[about]" makes as a file
      2|     at tasks.config.ts:2
      2|     try: give one of them another name; if out/about.html is a link to a folder, add deps: ["page[about]"]
      exit 2` },
  { title: "output-in-state", tasks: '    a: { outputs: [".tg/x"], run: "x" },', when: "build", then: `
      2| tg: task "a": output .tg/x lies inside tg's state folder
      2|     at tasks.config.ts:3
      2|     try: write elsewhere
      exit 2` },
  { title: "output-in-state: what tg writes for a task, and what its command reports in", tasks: '    a: { files: { ".tg/state": "x" }, run: "x" },\n    b: { inputs: ["tasks.config.ts"], depfile: ".tg/b.d", run: "x" },', when: "build", then: `
      2| tg: task "a": output .tg/state lies inside tg's state folder
      2|     at tasks.config.ts:3
      2|     try: write elsewhere
      2| tg: task "b": output .tg/b.d lies inside tg's state folder
      2|     at tasks.config.ts:4
      2|     try: write elsewhere
      exit 2` },
  { title: "output-in-state: git's, and a tree around", files: { "tasks.config.ts": 'export default {\n  stateDir: "s/t",\n  tasks: {\n    a: { outputs: [".git/x"], run: "x" },\n    b: { outputs: ["s/"], run: "x" },\n  },\n};\n' }, when: "build", then: `
      2| tg: task "a": output .git/x lies inside .git
      2|     at tasks.config.ts:4
      2|     try: write elsewhere
      2| tg: task "b": output s/ lies around tg's state folder
      2|     at tasks.config.ts:5
      2|     try: write elsewhere
      exit 2` },
  { title: "output-is-config", tasks: '    a: { outputs: ["tasks.config.ts"], run: "x" },', when: "build", then: `
      2| tg: task "a": output tasks.config.ts is the file in which the task is declared
      2|     at tasks.config.ts:3
      2|     try: write another file, or list it as "inout" if it is rewritten in place
      exit 2` },
  { title: "own-output-as-input", tasks: '    gen: { inputs: ["src/**"], outputs: ["src/gen.ts"], run: "x" },', files: { "src/a.ts": "" }, when: "build", then: `
      2| tg: task "gen": output src/gen.ts is matched by its own input "src/**"
      2|     at tasks.config.ts:3
      2|     try: add "!src/gen.ts" to inputs, or list the file as "inout" if it is rewritten in place
      exit 2` },
  { title: "own-output-as-input: files that tg makes itself", tasks: '    a: { run: { copy: "x", to: "x" } },\n    b: { run: { concat: "src/*", to: "src/all" } },\n    c: { inputs: ["lib/*"], run: { write: "1", to: "lib/one" } },', files: { x: "", "src/a.ts": "", "lib/b": "" }, when: "build", then: `
      2| tg: task "a": output x is matched by its own input "x"
      2|     at tasks.config.ts:3
      2|     try: give "run.to" another path
      2| tg: task "b": output src/all is matched by its own input "src/*"
      2|     at tasks.config.ts:4
      2|     try: give "run.to" another path, or add "!src/all" to what is read
      2| tg: task "c": output lib/one is matched by its own input "lib/*"
      2|     at tasks.config.ts:5
      2|     try: give "run.to" another path, or add "!lib/one" to inputs
      exit 2` },
  { title: "missing-input", tasks: '    build: { inputs: ["src/main.ts"], run: "x" },', when: "build", then: `
      2| tg: task "build": input src/main.ts does not exist and no task makes it
      2|     at tasks.config.ts:3
      2|     try: correct the path, or { path, optional: true } if it may be absent
      exit 2` },
  { title: "empty-glob: with characters that mean something elsewhere in a pattern", tasks: '    build: { inputs: ["p/@me/(app)/*.ts", "a\\\\[1\\\\]/*.ts"], run: "x" },', when: "status", then: `
      2| tg: task "build": input "p/@me/(app)/*.ts" matches no file
      2|     at tasks.config.ts:3
      2|     try: correct the pattern, or { glob, allowEmpty: true } if that is intended
      2| tg: task "build": input "a\\[1\\]/*.ts" matches no file
      2|     at tasks.config.ts:3
      2|     try: correct the pattern, or { glob, allowEmpty: true } if that is intended
      exit 2` },
  { title: "empty-glob", tasks: '    build: { inputs: ["src/**/*.tss"], run: "x" },', files: { "src/main.ts": "" }, when: "status", then: `
      2| tg: task "build": input "src/**/*.tss" matches no file
      2|     at tasks.config.ts:3
      2|     try: correct the pattern, or { glob, allowEmpty: true } if that is intended
      exit 2` },
  { title: "special-input", tasks: '    a: { inputs: ["pipe"], run: "x" },', given: [(w) => spawnSync("mkfifo", [path.join(w.dir, "pipe")])], when: "build", then: `
      2| tg: task "a": input pipe is a fifo; only files, folders and links can be inputs
      2|     at tasks.config.ts:3
      2|     try: take it out of inputs, "!pipe" does so for a pattern
      exit 2` },
  { title: "special-input: matched by a pattern", tasks: '    a: { inputs: ["src/*"], run: "x" },', files: { "src/x.c": "" }, given: [(w) => spawnSync("mkfifo", [path.join(w.dir, "src/pipe")])], when: "build", then: `
      2| tg: task "a": input src/pipe is a fifo; only files, folders and links can be inputs
      2|     at tasks.config.ts:3
      2|     try: take it out of inputs, "!src/pipe" does so for a pattern
      exit 2` },
  { title: "special-input: taken away again", tasks: '    a: { inputs: ["src/*", "!src/pipe"], run: "true" },', files: { "src/x.c": "" }, given: [(w) => spawnSync("mkfifo", [path.join(w.dir, "src/pipe")])], when: "build", then: `
      2| ✓ a (N s) — never ran
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "unreadable-input", tasks: '    a: { inputs: ["loop/b"], run: "x" },', given: [(w) => fs.symlinkSync("loop", path.join(w.dir, "loop"))], when: "build", then: `
      2| tg: task "a": cannot read input loop/b: too many levels of symbolic links
      2|     at tasks.config.ts:3
      2|     try: look at what stands at loop/b
      exit 2` },
  { title: "name-not-utf8", tasks: '    a: { inputs: ["src/*.txt"], run: "x" },', given: [(w) => latin1(w.dir)], when: "build", then: `
      2| tg: task "a": the name of input "caf\\xe9.txt" in src is not valid UTF-8
      2|     at tasks.config.ts:3
      2|     try: rename it, or narrow the pattern
      exit 2` },
  { title: "name-not-utf8: of a family", files: { "tasks.config.ts": `import { foreach } from "tg-build";\nexport default { tasks: { a: foreach("src/*.txt", ({ file }) => ({ inputs: [file], run: "x" })) } };\n` }, given: [(w) => latin1(w.dir), (w) => w.write("src/x.txt", "")], when: "build", then: `
      2| tg: task "a": the name of input "caf\\xe9.txt" in src is not valid UTF-8
      2|     at tasks.config.ts:2
      2|     try: rename it, or narrow the pattern
      exit 2` },
  { title: "name-not-utf8: not where the pattern does not take it", tasks: '    a: { inputs: ["src/*.c"], run: "true" },', given: [(w) => latin1(w.dir), (w) => w.write("src/x.c", "")], when: "build", then: `
      2| ✓ a (N s) — never ran
      2| tg: 1 ran (N s)
      exit 0` },
  { title: "bad-param: a null byte", files: { "tasks.config.ts": 'export default { params: { p: { type: "string", default: "" } }, tasks: { a: { params: ["p"], run: "echo $p" } } };\n', "p.json": '{ "p": "a\\u0000b" }' }, when: "build --params-file p.json", then: `
      2| tg: parameter "p" is "a\\u0000b", expected a string without a null byte
      2|     try: correct it in p.json
      exit 2` },
  { title: "state-dir-bad: a file where the logs of hooks go", files: { "tasks.config.ts": 'export default { setup: "true", tasks: { a: { inputs: ["in"], outputs: ["out"], run: "cp in out" } } };\n', in: "1\n", ".tg/hooks": "" }, when: "build", then: `
      2| tg: cannot use the state folder .tg/hooks: not a folder
      2|     try: look at what stands at .tg/hooks
      exit 3` },
  { title: "unknown-field: a field of another tool, and one that is misspelt", tasks: '    a: { comand: "x", retry: 2, dependOn: [] },', when: "build", then: `
      2| tg: task "a": unknown field "comand" (did you mean "run"?)
      2|     at tasks.config.ts:3
      2| tg: task "a": unknown field "retry" (did you mean "retries"?)
      2|     at tasks.config.ts:3
      2| tg: task "a": unknown field "dependOn" (did you mean "deps"?)
      2|     at tasks.config.ts:3
      exit 2` },
  { title: "all problems of a config at once", tasks: '    a: { runn: "x", inputs: ["[b"] },\n    b: { outputs: ["../y"], run: "x" },', when: "build", then: `
      2| tg: task "a": unknown field "runn" (did you mean "run"?)
      2|     at tasks.config.ts:3
      2| tg: task "a": bad pattern "[b" in "inputs[0]": unclosed [
      2|     at tasks.config.ts:3
      2|     try: close it, or put a backslash before the character to mean itself
      2| tg: task "b": output ../y is outside the project root
      2|     at tasks.config.ts:4
      2|     try: write below the folder of the config
      exit 2` },
]);

const NEEDS_ROOT = "needs root, setpriv and a package that others may read";

/** Root may do everything: tg as another user, whose all of the workspace is; null: there is none to be. */
async function asNobody(w: Workspace): Promise<((words: string) => Promise<string>) | null> {
  const nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/ ";
  const allowed = await w.sh(`chmod 755 ..; chown -R 65534:65534 .; ${nobody} sh -c "touch probe && command -v tg && tg --version"`);
  if (process.getuid?.() !== 0 || allowed.code !== 0) return null;
  return async (words) => transcript(await w.sh(`${nobody} tg ${words}`), w);
}

test("what may not be read is refused by name", async (t) => {
  const w = await staged({ tasks: '    a: { inputs: ["src/**"], outputs: ["out"], run: "touch out" },', files: { "src/x": "1", "src/sub/y": "2" } });
  const tg = await asNobody(w);
  if (tg === null) return t.skip(NEEDS_ROOT);
  assert.match(await tg("build"), /✓ a/);
  await w.sh("chmod 000 src/sub");
  const told = '2| tg: task "a": cannot read input src/sub: permission denied\n2|     at tasks.config.ts:3\n2|     try: check the rights of src/sub\nexit 2';
  assert.deepEqual([await tg("build"), await tg("status")], [told, told]);
  await w.sh("chmod 755 src/sub; chmod 000 src/x");
  assert.equal(await tg("build"), told.replaceAll("src/sub", "src/x"));
  await w.sh("chmod 644 src/x; chmod 000 tasks.config.ts");
  assert.equal(await tg("build"), "2| tg: cannot read tasks.config.ts: permission denied\n2|     try: check the rights of tasks.config.ts\nexit 2");
  await w.sh("chmod 644 tasks.config.ts; chmod 000 .tg/state");
  assert.equal(await tg("build"), '2| tg: cannot read or write <w>/.tg/state: permission denied\n2|     try: check the rights of the state folder, or set "stateDir" in the config\nexit 3');
});

test("what families and `include` may not look into is refused by name", async (t) => {
  const w = await staged({ files: { "src/x": "1", "src/sub/y": "2", "tasks/t.task.mjs": "export default {};\n" } });
  const tg = await asNobody(w);
  if (tg === null) return t.skip(NEEDS_ROOT);
  await w.sh("chmod 000 src/sub");
  w.write("tasks.config.mjs", 'import { foreach } from "tg-build";\nexport default { tasks: {\n  each: foreach("src/**", ({ file, key }) => ({ inputs: [file], run: "true" })),\n} };\n');
  assert.equal(await tg("build"), '2| tg: task "each": cannot read input src/sub: permission denied\n2|     at tasks.config.mjs:3\n2|     try: check the rights of src/sub\nexit 2');
  w.write("tasks.config.mjs", 'export default { include: ["src/**/*.task.mjs"] };\n');
  assert.equal(await tg("build"), "2| tg: cannot read src/sub: permission denied\n2|     try: check the rights of src/sub\nexit 2");
  w.write("tasks.config.mjs", 'export default { include: ["src/sub/a.task.mjs"] };\n');
  assert.equal(await tg("build"), "2| tg: cannot read src/sub/a.task.mjs: permission denied\n2|     try: check the rights of src/sub/a.task.mjs\nexit 2");
});

test("where nothing may be written, what is fresh is told and what is stale is not run", async (t) => {
  const w = await staged({ tasks: '    a: { inputs: ["src"], outputs: ["out"], run: "cp src out" },', files: { src: "1" } });
  const tg = await asNobody(w);
  if (tg === null) return t.skip(NEEDS_ROOT);
  assert.match(await tg("build"), /✓ a/);
  await w.sh("chown -R 0:0 . && chmod -R a+rX,go-w . && touch src out");
  assert.equal(await tg("build"), "1| tg: 1 task up to date (N s)\nexit 0");
  assert.equal(await tg("build -v"), "1| tg: 1 task up to date (N s)\n2| - a — fresh\nexit 0");
  w.write("src", "2");
  assert.equal(await tg("build"), '2| tg: cannot read or write <w>/.tg: permission denied\n2|     try: check the rights of the state folder, or set "stateDir" in the config\nexit 3');
  // Only the clock's file is another user's.
  await w.sh("chown -R 65534:65534 . && chown 0:0 .tg/clock && chmod 600 .tg/clock");
  assert.match(await tg("build"), /✓ a/);
});

test("a path that is refused for want of rights is told with the folder that lacks them", async (t) => {
  const w = await staged({ tasks: '    a: { run: { copy: "in", to: "ro/e" } },\n    b: { outputs: ["ro/new/o"], run: "touch ro/new/o" },\n    c: { inputs: ["shut/in"], run: "true" },', files: { in: "1", "ro/x": "", "shut/in": "1" } });
  const tg = await asNobody(w);
  if (tg === null) return t.skip(NEEDS_ROOT);
  await w.sh("chmod 555 ro");
  const hints = async (words: string): Promise<string[]> => (await tg(words)).split("\n").filter((line) => /cannot [^]*:|try:/.test(line) && !line.includes("✗"));
  assert.deepEqual(await hints("build -k -j1 a b"), [
    '2| tg: task "a": cannot write ro/e: permission denied', "2|     try: check the rights of ro",
    '2| tg: task "b": cannot write ro/new: permission denied', "2|     try: check the rights of ro",
  ]);
  await w.sh("chmod 755 ro; chmod 000 shut");
  assert.deepEqual(await hints("build c"), ['2| tg: task "c": cannot read input shut/in: permission denied', "2|     try: check the rights of shut"]);
  await w.sh("chmod 755 shut");
  assert.match(await tg("build"), /exit 0$/);
  await w.sh("chmod 555 ro");
  const refused = ["2| tg: cannot read or write ro/e: permission denied", "2|     try: check the rights of ro"];
  assert.deepEqual(await hints("clean a"), refused);
  w.write("tasks.config.ts", config("    b: { run: \"true\" },"));
  assert.deepEqual(await hints("build"), refused, "a leftover");
  await w.sh("chmod 755 ro");
});

test("tg clean goes on where it may not remove something, and forgets only what has gone", async (t) => {
  const w = await staged({ tasks: '    a: { outputs: ["ro/a", "free"], run: "touch ro/a free" },\n    b: { outputs: ["ro/b"], run: "touch ro/b" },\n    c: { outputs: ["c"], run: "touch c" },\n    d: { outputs: ["tree/"], run: "mkdir tree/in tree/ro; touch tree/in/x tree/ro/x tree/y" },', files: { "ro/x": "" } });
  const tg = await asNobody(w);
  if (tg === null) return t.skip(NEEDS_ROOT);
  assert.match(await tg("build -q"), /exit 0$/);
  await w.sh("echo edit > ro/b; chmod 555 ro; chown 0:0 tree/ro; chown 65534:65534 ro/b");
  const told = `
1| removed c
1| removed free
1| kept ro/a (it could not be removed)
1| kept ro/b (it could not be removed)
1| kept tree/ (it could not be removed)
1| tg: removed 2 paths
2| tg: cannot read or write ro/a: permission denied
2|     try: check the rights of ro
2| tg: cannot read or write tree: permission denied
2|     try: check the rights of tree/ro
exit 3`.trim();
  assert.equal(await tg("clean --state"), told);
  assert.deepEqual(w.list().filter((path) => /^(ro|tree|c$|free)/.test(path)), ["ro/a", "ro/b", "ro/x", "tree/ro/x"]);
  assert.match(await tg("status"), /^1\| a +stale +output missing: free\n1\| b +stale +output changed outside tg: ro\/b\n1\| c +stale +never ran\n1\| d +stale +output missing: tree\/in/);
  await w.sh("chmod 755 ro; chown 65534:65534 tree/ro");
  assert.match(await tg("clean"), /^1\| removed ro\/a\n1\| removed ro\/b\n1\| removed tree\/\n1\| put aside ro\/b[^]*exit 0$/);
});

test("what a failed task made and cannot be removed is in the way of its next run by name", async (t) => {
  const w = await staged({ tasks: '    a: { outputs: ["dist/"], onFail: "keep", run: "mkdir -p dist/d; touch dist/d/x; exit 1" },\n    b: { outputs: ["o"], run: "touch o" },' });
  const tg = await asNobody(w);
  if (tg === null) return t.skip(NEEDS_ROOT);
  const failed = "2| ✗ a (N s) — exit 1";
  const what = "2| tg: task \"a\" failed: exit 1 after N s: mkdir -p dist/d; touch dist/d/x; exit 1";
  assert.equal(await tg("build -k -j1"), [failed, "2| ✓ b (N s) — never ran", what, "2| tg: 1 ran, 1 failed (N s)", "exit 1"].join("\n"));
  await w.sh("chown 0:0 dist/d");
  const why = ["2| ✗ a (N s) — cannot write dist: permission denied", '2| tg: task "a": cannot write dist: permission denied', "2|     try: check the rights of dist/d"];
  assert.equal(await tg("build -k -j1"), [...why, "2| tg: 1 fresh, 1 failed (N s)", "exit 1"].join("\n"));
});

test("folders of an owned one that a task made read-only are in nobody's way", async (t) => {
  const w = await staged({ tasks: '    a: { inputs: ["in"], outputs: ["dist/"], run: "mkdir -p dist/d/e; cp in dist/d/e; chmod -R a-w dist; ! grep bad in" },', files: { in: "1" } });
  const tg = await asNobody(w);
  if (tg === null) return t.skip(NEEDS_ROOT);
  assert.match(await tg("build"), /✓ a[^]*exit 0$/);
  w.write("in", "2");
  assert.match(await tg("build"), /✓ a[^]*exit 0$/);
  assert.equal(w.read("dist/d/e/in"), "2");
  w.write("in", "bad");
  assert.match(await tg("build"), /✗ a[^]*exit 1$/);
  assert.equal(w.exists("dist"), false, "what failed is removed");
  w.write("in", "3");
  assert.match(await tg("build"), /✓ a[^]*exit 0$/);
  assert.match(await tg("clean"), /removed dist\/[^]*exit 0$/);
  assert.match(await tg("build"), /✓ a[^]*exit 0$/);
  w.write("tasks.config.ts", config("    b: { run: \"true\" },"));
  assert.match(await tg("build"), /✓ b[^]*exit 0$/);
  assert.equal(w.exists("dist"), false, "a leftover");
});

test("what somebody put into a read-only folder of an owned one is put aside", async (t) => {
  const w = await staged({ tasks: '    a: { inputs: ["in"], outputs: ["dist/"], run: "mkdir -p dist/d/e; cp in dist/d/e; chmod -R a-w dist" },', files: { in: "1" } });
  const tg = await asNobody(w);
  if (tg === null) return t.skip(NEEDS_ROOT);
  const put = (): Promise<unknown> => w.sh("echo mine >dist/d/e/mine; chown 65534:65534 dist/d/e/mine");
  const kept = async (): Promise<string> => (await w.sh("find .tg/saved -name mine | sed 's,.tg/saved/[^/]*/,,'")).stdout.trim();
  assert.match(await tg("build"), /✓ a[^]*exit 0$/);
  await put();
  assert.match(await tg("build"), /dist\/d\/e\/mine is not of "a", which begins without it[^]*✓ a[^]*exit 0$/);
  assert.equal(await kept(), "dist/d/e/mine");
  await w.sh("rm -r .tg/saved");
  await put();
  assert.match(await tg("clean"), /removed dist\/\n1\| put aside dist\/d\/e\/mine[^]*exit 0$/);
  assert.equal(await kept(), "dist/d/e/mine");
  assert.equal(w.exists("dist"), false);
});

test("what a config prints is no part of an answer", async () => {
  const w = await workspace({ "tasks.config.ts": 'import process from "node:process";\nconsole.log("logged");\nprocess.stdout.write("written\\n");\nexport default { tasks: { a: { outputs: ["a.txt"], run: "echo a >a.txt" } } };\n' });
  const status = await w.tg("status --json");
  assert.equal((JSON.parse(status.stdout) as { tasks: { a: { state: string } } }).tasks.a.state, "stale");
  assert.match(status.stderr, /logged[^]*written/);
  // Nor where it is loaded for its own hash function alone.
  w.write("in.txt", "1");
  w.write("tasks.config.ts", 'console.log("logged");\nexport default { tasks: { a: { inputs: [{ path: "in.txt", hash: (bytes: Uint8Array) => (console.log("hashed"), process.stdout.write("counted\\n"), String(bytes.length)) }], outputs: ["a.txt"], run: "cp in.txt a.txt" } } };\n');
  await w.tg("build");
  await w.sh("touch -d @1000000000 tasks.config.ts");
  await w.tg("build");
  w.write("in.txt", "22");
  const again = await w.tg("status --json");
  assert.equal((JSON.parse(again.stdout) as { tasks: { a: { state: string } } }).tasks.a.state, "stale");
  assert.match(again.stderr, /logged[^]*hashed\ncounted/);
});

test("what a getter of the config throws is the config's fault", async () => {
  const w = await staged({ tasks: "" });
  w.write("t/x.task.ts", 'import { defineTask } from "tg-build";\nexport default defineTask(import.meta, {\n  get run(): string { throw new Error("not yet"); } });\n');
  const bad = { "tasks.config.ts:2:": 'export default {\n  get include() { throw new Error("not yet"); } };\n', "tasks.config.ts:3:": 'export default { tasks: { a: {\n  inputs: [],\n  get run() { throw new Error("not yet"); } } } };\n', "t/x.task.ts:3:": 'export default { include: ["t/*.task.ts"] };\n' };
  for (const [place, text] of Object.entries(bad)) {
    w.write("tasks.config.ts", text);
    const said = transcript(await w.tg("build"), w);
    assert.ok(said.startsWith(`2| tg: ${place}`), said);
    assert.match(said, /: Error: not yet\n[^]*try: correct the config; nothing was run\nexit 2$/);
  }
});

test("what a proxy throws is the config's fault, whatever it is", async () => {
  const w = await workspace({});
  const trap = 'throw "not this one"';
  for (const traps of [`get(on, name) { if (name === "include") ${trap}; return on[name]; }`, `has(on, name) { ${trap}; }`, `get(on, name) { if (name === "tasks") ${trap}; return on[name]; }`]) {
    w.write("tasks.config.ts", `export default new Proxy({}, {\n  ${traps},\n});\n`);
    assert.equal(transcript(await w.tg("build"), w), "2| tg: tasks.config.ts: not this one\n2|     try: correct the config; nothing was run\nexit 2");
  }
});

test("what a getter of the config reads is seen to change", async () => {
  const w = await staged({ tasks: "" });
  w.write("k.txt", "1");
  w.write("t/x.task.ts", 'import { defineTask } from "tg-build";\nexport default defineTask(import.meta, { outputs: ["x"], get run(): string { return "echo " + process.env.XX + " > x"; } });\n');
  w.write("tasks.config.ts", 'import fs from "node:fs";\nexport default { include: ["t/*.task.ts"], tasks: { a: { outputs: ["a"], get run() { return "echo " + process.env.AA + fs.readFileSync("k.txt", "utf8") + " > a"; } } } };\n');
  const made = async (env: Readonly<Record<string, string>>): Promise<string> => {
    assert.equal((await w.tg("build", { env })).code, 0);
    return (w.read("a") + w.read("x")).replaceAll("\n", " ");
  };
  assert.equal(await made({ AA: "p", XX: "q" }), "p1 q ");
  // Nothing is so young any more that the config would be evaluated for that.
  await w.sh("touch -d @1000000000 k.txt t/x.task.ts tasks.config.ts");
  assert.equal(await made({ AA: "p", XX: "q" }), "p1 q ");
  assert.equal(await made({ AA: "r", XX: "q" }), "r1 q ");
  assert.equal(await made({ AA: "r", XX: "s" }), "r1 s ");
  w.write("k.txt", "2");
  assert.equal(await made({ AA: "r", XX: "s" }), "r2 s ");
});

test("what a config writes while it is evaluated counts in the same build", async () => {
  const w = await staged({ tasks: "" });
  w.write("p.txt", "1");
  w.write("gen.txt", "");
  w.write("tasks.config.ts", 'import fs from "node:fs";\nconst want = fs.readFileSync("p.txt", "utf8");\nif (fs.readFileSync("gen.txt", "utf8") !== want) fs.writeFileSync("gen.txt", want);\nexport default { tasks: { a: { inputs: ["gen.txt"], outputs: ["a"], run: "cp gen.txt a" } } };\n');
  assert.equal((await w.tg("build")).code, 0);
  await w.sh("touch -d @1000000000 p.txt gen.txt tasks.config.ts");
  assert.equal((await w.tg("build")).code, 0);
  w.write("p.txt", "2");
  assert.match(transcript(await w.tg("build"), w), /✓ a .*input changed: gen\.txt/);
  assert.equal(w.read("a"), "2");
});

test("a config that never comes to an end can be left by a signal", { timeout: LIMIT_MS }, async () => {
  for (const [signal, number] of [["SIGINT", 2], ["SIGTERM", 15]] as const) {
    const w = await workspace({ "tasks.config.mjs": 'console.log("round and round");\nfor (;;) {}\n' });
    const build = w.start("build");
    await build.until(/round and round/);
    build.signal(signal);
    const end = await build.done;
    assert.ok(end.signal === signal || end.code === 128 + number, `${end.signal} ${end.code}`);
  }
});

test("a task of a file that the config changes", async () => {
  const w = await workspace({
    "t.task.mjs": 'import { defineTask } from "tg-build";\nexport default defineTask(import.meta, { outputs: ["o"], run: "touch o" });\n',
    "tasks.config.mjs": 'import t from "./t.task.mjs";\nexport default { tasks: { t: Object.assign(t, { when: () => false }) } };\n',
  });
  const { code, stderr } = await w.tg("build");
  assert.deepEqual([code, w.exists("o")], [2, false]);
  assert.match(stderr, /^tg: tasks\.config\.mjs:2(:\d+)?: TypeError: "when" of a task belongs to its own file; write it in t\.task\.mjs, or make a task of this config: \{ \.\.\.task, when: … \}\n    try: correct the config; nothing was run\n$/);
  w.write("tasks.config.mjs", 'import t from "./t.task.mjs";\nexport default { tasks: { t: { ...t, when: false } } };\n');
  assert.equal(transcript(await w.tg("build"), w).includes("exit 0"), true);
  assert.equal(w.exists("o"), false);
});

test("what a config requires counts as read, and what that requires", { skip: isForeign && "said of Node alone" }, async () => {
  const w = await workspace({
    "tasks.config.mjs": `import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
export default { tasks: { a: { run: "echo " + require("./data.json").v + require("./one.cjs") + require("pack"), outputs: [{ path: "o", optional: true }] } } };\n`,
    "data.json": '{ "v": 1 }', "one.cjs": 'module.exports = require("./two.cjs");', "two.cjs": "module.exports = 1;",
    "node_modules/pack/package.json": '{ "version": "1.0.0" }', "node_modules/pack/index.js": "module.exports = 1;",
  });
  const said = async (): Promise<string> => ((await w.tg("build")).stderr.match(/^\d+$/m) ?? ["nothing"])[0];
  assert.equal(await said(), "111");
  assert.equal(await said(), "nothing");
  w.write("data.json", '{ "v": 2 }');
  assert.equal(await said(), "211");
  w.write("two.cjs", "module.exports = 2;");
  assert.equal(await said(), "221");
  w.write("node_modules/pack/index.js", "module.exports = 2;");
  assert.equal(await said(), "222");
  const watch = w.start("watch");
  await rounds(watch, 1);
  replaceFile(w, "two.cjs", "module.exports = 3;");
  await rounds(watch, 2);
  assert.match(await leave(watch), /^232$/m);
});
