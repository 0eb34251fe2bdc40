// The check of a config's value: what it becomes, and everything that can be wrong with it. No disk.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig, CONFIG_FIELDS } from "../../../src/config/check.ts";
import { RUN } from "../../../src/config/file-work.ts";
import type { LoadedConfig, TaskFile } from "../../../src/config/loaded.ts";
import { TASK_FIELDS } from "../../../src/config/task.ts";
import { chain, defineTask, foreach, sequence, type Task as Declared } from "../../../src/index.ts";
import type { AbsolutePath, FilePath } from "../../../src/model/path.ts";
import type { Problem } from "../../../src/model/problem.ts";
import { TASK_DEFAULTS, type Project, type Task } from "../../../src/model/task.ts";

const CODE = [{ path: "tasks.config.ts" as FilePath, digest: "0123456789abcdef" }];

function loaded(value: unknown, more: { taskFiles?: TaskFile[]; exportedBy?: Map<unknown, FilePath>; unknownModules?: boolean } = {}): LoadedConfig {
  return {
    file: "tasks.config.ts" as FilePath,
    root: "/p" as AbsolutePath,
    value,
    taskFiles: more.taskFiles ?? [],
    reads: { files: [], absent: [], folders: [], listed: [], env: [], volatile: false, copies: [], evaluated: [] },
    notices: [],
    exportedBy: more.exportedBy ?? new Map(),
    readBy: () => [],
    modulesOf: (file) => (more.unknownModules === true ? null : file === "tasks.config.ts" ? CODE : [{ path: file, digest: "f" }]),
    moduleFor: (file) => `/kept/${file}`,
    filesOf: (specs) => ({ files: specs.flatMap((spec) => (spec.kind === "glob" ? ["img/a.png", "img/b/c.tar.gz"].map((path) => ({ path: path as FilePath, base: "img" as FilePath })) : [])), empty: specs.flatMap((spec) => (spec.kind === "file" && !spec.optional ? [spec.path] : [])), unreadable: [], bad: [] }),
    list: () => null,
    reading: (read) => ({ value: read() }),
    callAll: (_file, call, items) => items.map((item) => ({ value: call(item as never) })),
    placeOf: (task, field) => ({ file: "tasks.config.ts" as FilePath, line: (task ?? "").length * 100 + (field ?? "").length }),
    placesOf: () => [],
  };
}

function project(value: unknown, more: Parameters<typeof loaded>[1] = {}): Project {
  const result = checkConfig(loaded(value, more));
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function task(value: unknown, top: object = {}): Task {
  return project({ ...top, tasks: { t: value } }).tasks[0]!;
}

/** Problems without their places. */
function problems(value: unknown, more: Parameters<typeof loaded>[1] = {}): Record<string, unknown>[] {
  const result = checkConfig(loaded(value, more));
  assert.ok(!result.ok, "it passed");
  return result.problems.map((problem: Problem) => {
    const { at, ...rest } = problem as Problem & { at: unknown };
    assert.ok(at !== undefined, "a problem without a place");
    return rest;
  });
}

/** The only problem of a task `t`. */
function problem(value: unknown, top: object = {}): Record<string, unknown> {
  const found = problems({ ...top, tasks: { t: value } });
  assert.equal(found.length, 1, JSON.stringify(found));
  return found[0]!;
}

test("an empty config and an empty task are fine", () => {
  assert.deepEqual(project({}), { tasks: [], default: null, jobs: null, settings: { pools: {}, resources: {}, setup: null, teardown: null, onFailure: null, off: [], services: [] }, spareParams: {}, stateDir: ".tg" });
  assert.deepEqual(task({}), {
    ...TASK_DEFAULTS, name: "t", at: { file: "tasks.config.ts", line: 100 }, action: null,
  });
});

test("every field of a task arrives", () => {
  const made = task({
    run: ["cc", "-c", ""], inputs: "a.c", outputs: ["./o/a.o"], intermediates: "o/a.s", incremental: true, always: false, files: { "./o/args": "-O2" }, inout: ["x.txt"],
    deps: ["b", { task: "c", propagate: "run" }], after: "d", validate: ["e"], depfile: { path: "o/a.d", format: "lines", optional: true }, params: { n: { type: "number", default: 3 } },
    env: ["B", "A", "B"], cwd: "./sub/", shell: "bash", stdin: "in.txt", stdout: "out.txt", stderr: "err.txt", tools: ["cc"], cache: { version: "2", salt: "s", ignore: ["param:n", "env:A", "input:./a.c"] },
    allowFailure: true, drift: "keep", onFail: "keep", console: true, description: "d", tags: ["x", "y"], deprecated: "use u",
  } );
  const { at: _at, ...rest } = made;
  const { at: _none, ...usual } = TASK_DEFAULTS;
  assert.deepEqual(rest, {
    ...usual, name: "t", action: { kind: "argv", argv: ["cc", "-c", ""] },
    inputs: [{ kind: "file", path: "a.c", optional: false }, { kind: "file", path: "in.txt", optional: false }],
    outputs: [
      { kind: "file", path: "o/a.o", role: "output", optional: false }, { kind: "file", path: "o/a.s", role: "intermediate", optional: false },
      { kind: "file", path: "out.txt", role: "output", optional: false }, { kind: "file", path: "err.txt", role: "output", optional: false },
    ],
    inout: ["x.txt"], deps: [{ target: "b", propagate: "content" }, { target: "c", propagate: "run" }], after: ["d"], validate: ["e"], incremental: true, always: false, files: { "o/args": "-O2" },
    depfile: { path: "o/a.d", format: "lines", optional: true }, envNames: ["A", "B"], envValues: {}, strictEnv: false, cwd: "sub", shell: "bash", stdin: "in.txt", stdout: "out.txt", stderr: "err.txt",
    tools: ["cc"], cache: { enabled: true, version: "2", salt: "s", ignore: ["param:n", "env:A", "input:a.c"] }, params: { n: { type: "number", list: false, default: 3 } },
    allowFailure: true, drift: "keep", onFail: "keep", console: true, description: "d", tags: ["x", "y"], deprecated: "use u",
  });
});

test("inputs: paths, patterns, folders, negations, outside, literals", () => {
  const inputs = (...list: unknown[]): unknown => task({ run: "x", inputs: list }).inputs;
  const file = (path: string, optional = false): object => ({ kind: "file", path, optional });
  const glob = (pattern: string, dot = false, allowEmpty = false): object => ({ kind: "glob", pattern, allowEmpty, dot });
  assert.deepEqual(inputs("./a", "b/../a", "/p/a", "/p/b/c", "../out.h", "/usr/x.h"), [file("a"), file("b/c"), file("/out.h"), file("/usr/x.h")]);
  assert.deepEqual(inputs("src/**/*.ts", "./lib/*.js", "/p/x/*", "../shared/**", "/usr/include/*.h", "*.md", "./*.txt"), [
    glob("src/**/*.ts"), glob("lib/*.js"), glob("x/*"), glob("/shared/**"), glob("/usr/include/*.h"), glob("*.md"), glob("*.txt"),
  ]);
  assert.deepEqual(inputs("src/", "./", "packages/*/"), [glob("src/**", true), glob("**", true), glob("packages/*/**", true)]);
  assert.deepEqual(inputs({ glob: "o/**", allowEmpty: true }, "o/", { glob: "o/**", allowEmpty: true }, { glob: "o/" }), [glob("o/**", false, true), glob("o/**", true)]);
  // Each of two entries asks for what it asks for alone.
  assert.deepEqual(inputs({ glob: "o/**", allowEmpty: true }, "o/**", "a", { path: "a", optional: true }, { path: "b", optional: true }, "b"), [glob("o/**"), file("a"), file("b")]);
  assert.deepEqual(inputs("src/**", "!src/gen/", "!./src/a.ts", "src/gen/keep.ts", "!**/*.test.ts"), [
    glob("src/**"), { kind: "not", pattern: "src/gen/**" }, { kind: "not", pattern: "src/a.ts" }, file("src/gen/keep.ts"), { kind: "not", pattern: "**/*.test.ts" },
  ]);
  assert.deepEqual(inputs("\\!bang", "a\\[1\\].txt", { path: "b[1].txt" }, { path: "!c", optional: true }, { glob: "d/*", allowEmpty: true }), [
    file("!bang"), file("a[1].txt"), file("b[1].txt"), file("!c", true), glob("d/*", false, true),
  ]);
  assert.deepEqual(task({ run: "x", inputs: { path: "only" } }).inputs, [file("only")]);
});

test("an input after a negation is a new statement, before it a repetition", () => {
  assert.deepEqual(task({ run: "x", inputs: ["a/*", "a/*", "!a/b", "a/*"] }).inputs.map((spec) => spec.kind), ["glob", "not", "glob"]);
});

test("outputs: files, owned folders, patterns, optional; said twice is once", () => {
  assert.deepEqual(task({ run: "x", outputs: ["dist/", "gen/*.ts", { path: "maybe[1]", optional: true }, { path: "a", optional: true }, "./a", "a", "a\\*b"], intermediates: ["a", "tmp/"], stdout: "a" }).outputs, [
    { kind: "tree", path: "dist", role: "output" }, { kind: "glob", pattern: "gen/*.ts", role: "output" }, { kind: "file", path: "maybe[1]", role: "output", optional: true },
    { kind: "file", path: "a", role: "output", optional: false }, { kind: "file", path: "a*b", role: "output", optional: false }, { kind: "tree", path: "tmp", role: "intermediate" },
  ]);
});

test("functions become references into the module that exports them", () => {
  const fn = (): void => {};
  const value = { tasks: { "a b": { run: fn, inputs: ["x", { path: "y", hash: () => "" }], outputs: ["o"] } }, inputs: { glob: "*.c", hash: () => "" } };
  const made = project(value).tasks[0]!;
  const ref = (path: string[]): object => ({ source: "tasks.config.ts", module: "/kept/tasks.config.ts", path, code: CODE });
  assert.deepEqual(made.action, { kind: "function", fn: ref(["default", "tasks", "a b", "run"]) });
  assert.deepEqual(made.inputs.map((spec) => (spec.kind === "not" ? null : spec.hasher)), [undefined, ref(["default", "tasks", "a b", "inputs", "1", "hash"]), ref(["default", "inputs", "hash"])]);
});

test("task files and imported task files are referred to in their own module", () => {
  const file = defineTask({ url: "file:///p/tasks/thumbs.task.ts", main: false }, { run: () => 1, outputs: ["o1"] });
  const imported = defineTask({ url: "file:///p/other.task.ts", main: false }, { run: () => 2, outputs: ["o2"] });
  const { tasks } = project({ tasks: { other: imported } }, { taskFiles: [{ name: "thumbs", file: "tasks/thumbs.task.ts" as FilePath, value: file }], exportedBy: new Map([[imported, "other.task.ts" as FilePath]]) });
  assert.deepEqual(tasks.map((one) => one.action?.kind === "function" && [one.name, one.action.fn.source, one.action.fn.path.join(".")]), [["other", "other.task.ts", "default.run"], ["thumbs", "tasks/thumbs.task.ts", "default.run"]]);
});

test("a function of unknown modules is refused", () => {
  const wrong = problems({ tasks: { t: { run: () => {}, inputs: [{ path: "a", hash: () => "" }] } } }, { unknownModules: true });
  assert.deepEqual(wrong.map((one) => one["field"]), ["run", "inputs[0].hash"]);
});

test("global inputs, env and strictEnv reach every task that runs something", () => {
  const { tasks } = project({
    inputs: ["tsconfig.json"], env: ["CI", "MODE"], strictEnv: true, default: "a", jobs: 3, stateDir: "./.cache/tg/", params: { n: { type: ["x", "y"], list: true, default: ["x"], description: "which" } },
    tasks: { a: { run: "x", inputs: ["a"], env: { MODE: "fast" }, params: ["n"] }, all: { deps: ["a"] } },
  });
  assert.deepEqual(tasks[0]!.inputs.map((spec) => spec.kind === "file" && spec.path), ["a", "tsconfig.json"]);
  assert.deepEqual([tasks[0]!.envNames, tasks[0]!.envValues, tasks[0]!.strictEnv], [["CI"], { MODE: "fast" }, true]);
  assert.deepEqual(tasks[0]!.params, { n: { type: ["x", "y"], list: true, default: ["x"], description: "which" } });
  assert.deepEqual(tasks[1]!.inputs, []);
  const top = project({ env: { MODE: "slow" }, default: ["a", "tag:x"], jobs: 3, stateDir: "./.cache/tg/", tasks: { a: { run: "x", env: ["MODE"] } } });
  assert.deepEqual([top.default, top.jobs, top.stateDir], [["a", "tag:x"], 3, ".cache/tg"]);
  assert.deepEqual([top.tasks[0]!.envNames, top.tasks[0]!.envValues], [["MODE"], {}]);
});

test("sequence adds order and keeps what is there", () => {
  const { tasks } = project({ tasks: sequence({ a: { run: "1" }, b: { run: "2", after: "x" }, c: { run: "3" } }) });
  assert.deepEqual(tasks.map((one) => one.after), [[], ["x", "a"], ["b"]]);
  assert.throws(() => sequence([{ run: "1" }] as never), { name: "TypeError", message: "sequence takes tasks by name, and was given an array; write sequence({ first: …, second: … }), or chain([…]) for one task of several commands" });
  const { b } = sequence({ a: { run: "1" }, b: defineTask({ url: "file:///p/b.task.ts" }, { run: "2" }) });
  assert.throws(() => void ((b as { run: string }).run = "3"), /"run" of a task belongs to its own file; write it in .*b\.task\.ts/);
  const chained = project({ tasks: sequence({ a: { run: "1" }, b: chain([{ run: "2", after: "x" }, { run: "3" }]), c: chain([{ run: "4" }]) }) });
  assert.deepEqual(chained.tasks.map((one) => one.after), [[], ["x", "a"], ["b"]]);
});

test("a chain is one task; what its members hand on stays inside", () => {
  const made = task(chain([
    { run: "gen", inputs: ["in.txt"], outputs: ["mid.txt", "parts/"], env: { A: "1" }, cwd: "sub", tags: ["x"] },
    { run: () => {}, inputs: ["mid.txt", "parts/p1", "*.txt", "parts/*.o", "other/*"], outputs: ["out.txt"], deps: ["z"], env: ["B"], description: "two" },
  ]));
  assert.deepEqual(made.inputs, [
    { kind: "file", path: "in.txt", optional: false },
    { kind: "glob", pattern: "*.txt", allowEmpty: true, dot: false }, { kind: "not", pattern: "mid.txt" },
    { kind: "glob", pattern: "parts/*.o", allowEmpty: true, dot: false }, { kind: "not", pattern: "parts/**" },
    { kind: "glob", pattern: "other/*", allowEmpty: false, dot: false },
  ]);
  assert.deepEqual(made.outputs.map((spec) => spec.kind !== "glob" && spec.path), ["mid.txt", "parts", "out.txt"]);
  assert.ok(made.action?.kind === "chain");
  assert.deepEqual(made.action.members.map(({ name, cwd, env, action }) => [name, cwd, env, action.kind]), [["1", "sub", { A: "1" }, "shell"], ["2", "", {}, "function"]]);
  const second = made.action.members[1]!.action;
  assert.deepEqual(second.kind === "function" && second.fn.path, ["default", "tasks", "t", "members", "1", "run"]);
  assert.deepEqual([made.deps[0]!.target, made.envNames, made.envValues, made.description, made.tags], ["z", ["B"], {}, "two", ["x"]]);
});

test("of what is named twice both hold, in a task and in a chain", () => {
  const soft: Declared = { run: "x", inputs: [{ path: "a", optional: true }], outputs: [{ path: "o", optional: true }], deps: ["z"] };
  const hard: Declared = { run: "y", inputs: ["a"], outputs: ["o"], deps: [{ task: "z", propagate: "run" }] };
  for (const members of [[soft, hard], [hard, soft]]) {
    const { inputs, outputs, deps } = task(chain(members));
    assert.deepEqual([inputs, outputs, deps], [[{ kind: "file", path: "a", optional: false }], [{ kind: "file", path: "o", role: "output", optional: false }], [{ target: "z", propagate: "run" }]]);
  }
  assert.deepEqual(task({ run: "x", deps: [{ task: "z", propagate: "run" }, { task: "z" }, "z"] }).deps, [{ target: "z", propagate: "run" }]);
});

test("what a member of a chain leaves out, the others may read", () => {
  const made = task(chain([
    { run: "x", inputs: ["a", "src/*", "!src/b"] },
    { run: "y", inputs: ["a", "src/b", "lib/*", "!lib/c", "src/*", "!src/d"] },
  ]));
  assert.deepEqual(made.inputs.map((spec) => (spec.kind === "file" ? spec.path : spec.kind === "not" ? `!${spec.pattern} ${spec.since ?? ""}` : spec.pattern)), ["a", "src/*", "!src/b ", "a", "src/b", "lib/*", "!lib/c 3", "src/*", "!src/d 3"]);
});

test("unknown-field: at the top, in a task, inside an entry, with the nearest word", () => {
  assert.deepEqual(problems({ taks: {}, tasks: { t: { inptus: ["a"], run: "x", zebra: 1 } } }), [
    { code: "unknown-field", task: null, field: "taks", suggestion: "tasks" },
    { code: "unknown-field", task: "t", field: "inptus", suggestion: "inputs" },
    { code: "unknown-field", task: "t", field: "zebra", suggestion: null },
  ]);
  assert.deepEqual(problem({ run: "x", inputs: ["a", { path: "b", optonal: true }] }), { code: "unknown-field", task: "t", field: "inputs[1].optonal", suggestion: "optional" });
});

test("unknown-field: one that belongs elsewhere", () => {
  const homes = (config: object): unknown[] => problems(config).map((one) => [(one as { field: string }).field, (one as { home?: string }).home]);
  assert.deepEqual(homes({ deps: ["a"], cwd: "x", tasks: { t: { run: "x", strictEnv: true, jobs: 2, copy: "a", store: true, ready: {}, minSuccess: 1, backoff: 1, allowEmpty: true, optional: true } } }), [
    ["deps", "task"], ["cwd", "task"], ["strictEnv", "config"], ["jobs", "config"], ["copy", "run"], ["store", "cache"], ["ready", "service"], ["minSuccess", "foreach"], ["backoff", "retries"], ["allowEmpty", "glob"], ["optional", "path"],
  ]);
  assert.deepEqual(homes({ tasks: { t: { run: "x", inputs: [{ path: "dir/", allowEmpty: true }, { glob: "*.c", optional: true }] } } }), [["inputs[0].allowEmpty", "glob"], ["inputs[1].optional", "path"]]);
  assert.deepEqual(homes({ tasks: { t: { ...foreach(["a"], () => ({ run: "x" }), { inputs: ["b"] } as object), outputs: ["c"] } } }), [["outputs", "instance"], ["inputs", "instance"]]);
  assert.deepEqual(homes({ tasks: { t: chain([{ run: "x" }], { deps: ["b"] } as object) } }), [["deps", "member"]]);
});

test("a mistyped run is one problem, not also outputs that nothing makes", () => {
  assert.deepEqual(problem({ ...chain([{ run: "x" }]), inputs: ["a"] }), { code: "unknown-field", task: "t", field: "inputs", suggestion: null, home: "member" });
  assert.deepEqual(problem({ runn: "x", outputs: ["a"] }), { code: "unknown-field", task: "t", field: "runn", suggestion: "run" });
});

test("a service: what is ready, and in what time", () => {
  const service = (value: unknown): unknown => task({ run: "serve", service: value }).service;
  assert.deepEqual(service({}), { ready: null, timeoutMs: 60_000 });
  assert.deepEqual(service({ ready: { port: 3000, timeout: "5s" } }), { ready: { kind: "port", port: 3000 }, timeoutMs: 5000 });
  assert.deepEqual(service({ ready: { url: "http://localhost:3000" } }), { ready: { kind: "url", url: "http://localhost:3000/" }, timeoutMs: 60_000 });
  assert.deepEqual(service({ ready: { log: "a+b" } }), { ready: { kind: "log", text: "a+b", flags: null }, timeoutMs: 60_000 });
  assert.deepEqual(service({ ready: { log: /ready/giy } }), { ready: { kind: "log", text: "ready", flags: "i" }, timeoutMs: 60_000 });
  assert.deepEqual(service({ ready: { command: "pg_isready" } }), { ready: { kind: "command", text: "pg_isready" }, timeoutMs: 60_000 });
  assert.deepEqual(project({ tasks: { a: { run: "x" }, b: { run: "y", service: {} } } }).settings.services, ["b"]);
  assert.equal(task({ run: "serve", service: {} }, { cache: { store: true } }).cache.store, undefined);
});

test("a service: every mistake", () => {
  const wrong = (value: unknown, more: object = {}): unknown => {
    const { field, found, expected } = problem({ run: "serve", service: value, ...more });
    return [field, found, expected];
  };
  const one = "one of port, url, log and command, and perhaps timeout";
  assert.deepEqual(wrong(true), ["service", "true", "an object: { ready: { port: 3000 } }, or {} for one that is ready at once"]);
  assert.deepEqual(wrong({ ready: 3000 }), ["service.ready", "3000", `an object with ${one}`]);
  assert.deepEqual(wrong({ ready: {} }), ["service.ready", "an object", one]);
  assert.deepEqual(wrong({ ready: { port: 1, log: "x" } }), ["service.ready", '"port and log"', one]);
  for (const port of [0, 65_536, 1.5, "3000", -1]) assert.deepEqual(wrong({ ready: { port } }), ["service.ready.port", JSON.stringify(port), "a number from 1 to 65535"]);
  for (const url of ["localhost:3000", "ftp://x/", "", 3]) assert.deepEqual(wrong({ ready: { url } }), ["service.ready.url", JSON.stringify(url), 'an address: "http://localhost:3000/health"']);
  for (const log of ["", " ", "a\nb", 3]) assert.deepEqual(wrong({ ready: { log } }), ["service.ready.log", JSON.stringify(log), "a text that a line of its output holds, or a regular expression"]);
  assert.deepEqual(wrong({ ready: { command: "" } }), ["service.ready.command", '""', "shell text that ends with 0 once it is ready"]);
  assert.deepEqual(wrong({ ready: { port: 1, timeout: "soon" } }), ["service.ready.timeout", '"soon"', 'a duration above 0: "90s", "5m", "500ms", "2h" or milliseconds']);
  // What other tools call it; not where there is no such field.
  assert.deepEqual(problem({ command: "x" }), { code: "unknown-field", task: "t", field: "command", suggestion: "run" });
  assert.deepEqual(problem({ run: "x", dependsOn: ["a"] }), { code: "unknown-field", task: "t", field: "dependsOn", suggestion: "deps" });
  assert.deepEqual(problem({ run: "x", inputs: ["a", { path: "b", command: "" }] }), { code: "unknown-field", task: "t", field: "inputs[1].command", suggestion: null });
  assert.deepEqual(problem({ run: "serve", service: { reddy: {} } }), { code: "unknown-field", task: "t", field: "service.reddy", suggestion: "ready" });
  assert.deepEqual(problem({ run: "serve", service: { ready: { port: 1, prot: 2 } } }), { code: "unknown-field", task: "t", field: "service.ready.prot", suggestion: "port" });
  assert.deepEqual(wrong({}, { outputs: ["a"] }), ["outputs", "an array", "nothing: a service makes no files; let a task make them"]);
  assert.deepEqual(wrong({}, { retries: 2 }), ["retries", "2", "nothing: a service runs until it is stopped"]);
  assert.deepEqual(wrong({}, { timeout: "5s" }), ["timeout", '"5s"', 'nothing: a service has "service.ready.timeout"']);
  assert.deepEqual(wrong({}, { cache: false }), ["cache", "false", "{ version, salt, ignore }: a service leaves no result"]);
  assert.deepEqual(wrong({}, { cache: { store: true } }), ["cache.store", "true", "nothing: a service leaves no result"]);
  assert.deepEqual(wrong({}, { when: () => true }), ["when", "a function", "true or false in a service"]);
  assert.deepEqual(problem({ run: () => 1, service: {} }), { code: "bad-field", task: "t", field: "run", found: "a function", expected: "a command: a service runs as a process of its own" });
  assert.deepEqual(problem({ service: {} }), { code: "bad-field", task: "t", field: "run", found: "undefined", expected: "a command: a service runs as a process of its own" });
});

test("a service where something has to end", () => {
  const found = problems({ tasks: {
    s: { run: "serve", service: {} },
    a: { run: "x", validate: ["s"] },
    b: { run: "x", deps: [{ task: "s", propagate: "run" }] },
    c: chain([{ run: "x", service: {} }]),
    d: foreach(["x"], () => ({ run: "serve", service: {} })),
  } });
  assert.deepEqual(found.map(({ task, field, expected }) => `${task} ${field}: ${expected}`), [
    "c chain[0].service: nothing: a member of a chain ends before the next one begins",
    "a validate: a task that ends: a service never does",
    'b deps: a task that ends where propagate is "run": "s" is a service',
    "d[x] service: nothing: an instance of a family cannot be a service; declare each service as a task of its own",
  ]);
});

test("field-not-built: every promised field", () => {
  for (const field of TASK_FIELDS.later) assert.deepEqual(problem({ run: "x", [field]: 1 }), { code: "field-not-built", task: "t", field });
  for (const field of CONFIG_FIELDS.later) assert.deepEqual(problems({ [field]: 1 }), [{ code: "field-not-built", task: null, field }]);
  assert.deepEqual(task({ run: "x", timeout: undefined }).name, "t");
});

test("bad-field: what was found and what is expected", () => {
  const cases: [object, string, string, string][] = [
    [{ run: 5 }, "run", "5", RUN],
    [{ run: "" }, "run", '""', RUN],
    [{ run: [] }, "run", "an empty array", RUN],
    [{ run: ["a", 1] }, "run[1]", "1", "a text"],
    [{ run: "x", inputs: [7] }, "inputs[0]", "7", "a path, a pattern, { path } or { glob }"],
    [{ run: "x", inputs: [""] }, "inputs[0]", '""', 'a path, a pattern or "!" with one'],
    [{ run: "x", inputs: [{ path: "a", glob: "b" }] }, "inputs[0]", "an object", "a path, a pattern, { path } or { glob }"],
    [{ run: "x", inputs: [{ path: "a", optional: 1 }] }, "inputs[0].optional", "1", "true or false"],
    [{ run: "x", inputs: [{ path: "a", hash: "md5" }] }, "inputs[0].hash", '"md5"', "a function"],
    [{ run: "x", outputs: ["!a"] }, "outputs[0]", '"!a"', 'a path, "dir/" or a pattern'],
    [{ run: "x", outputs: ["./"] }, "outputs[0]", '"./"', "a path below the root, not the root itself"],
    [{ run: "x", outputs: ["d*/"] }, "outputs[0]", '"d*/"', "an owned folder without wildcards"],
    [{ run: "x", outputs: [{ path: "d/", optional: true }] }, "outputs[0]", '"d/"', "a file: an owned folder cannot be optional"],
    [{ outputs: ["a"] }, "outputs", "an array", "nothing, since the task has no run that makes it"],
    [{ deps: [], before: "x" }, "before", '"x"', "nothing, since the task has no run"],
    [{ afterRun: ["x"] }, "afterRun", "an array", "nothing, since the task has no run"],
    [{ run: "x", inout: ["*.ts"] }, "inout[0]", '"*.ts"', "the path of one file, not a pattern"],
    [{ run: "x", deps: [{ name: "a" }] }, "deps[0]", "an object", "a task name, an output path or { task }"],
    [{ run: "x", after: [1] }, "after[0]", "1", "a task name or an output path"],
    [{ run: "x", always: "yes" }, "always", '"yes"', "true or false"],
    [{ run: "x", files: { a: 1 } }, "files.a", "1", "a text"],
    [{ run: "x", depfile: 1 }, "depfile", "1", "a path or { path, format }"],
    [{ run: "x", depfile: {} }, "depfile.path", "null", "a path"],
    [{ run: "x", env: "A" }, "env", '"A"', "names of variables, or values by name"],
    [{ run: "x", env: ["A=1"] }, "env[0]", '"A=1"', "the name of a variable"],
    [{ run: "x", env: { A: 1 } }, "env.A", "1", "a text"],
    [{ run: "x", cwd: 1 }, "cwd", "1", "a path"],
    [{ run: "x", shell: "" }, "shell", '""', "a program"],
    [{ run: "x", tools: [null] }, "tools[0]", "null", "a program, or a program with plain arguments that prints its version"],
    [{ run: "x", tools: ["cc", "cc --version | head -1"] }, "tools[1]", '"cc --version | head -1"', "a program, or a program with plain arguments that prints its version"],
    [{ run: "x", cache: true }, "cache", "true", "false or { version, salt, ignore, store }"],
    [{ run: "x", tags: [() => 1] }, "tags[0]", "a function", "a text"],
    [{ run: "x", params: { "a-b": { type: "string" } } }, "params", '"a-b"', "a name of letters, digits and _, as environment variables have"],
    [{ run: "x", params: { LD_PRELOAD: { type: "string" } } }, "params", '"LD_PRELOAD"', "another name: commands are given it as a variable, which means something else to them; set that one by env"],
    [{ run: "x", outputs: ["so/"], stdout: "so" }, "stdout", '"so"', 'another path: the task says of it that it is a folder, "so/"'],
    [{ run: "x", outputs: ["w", "w/"] }, "outputs", '"w"', 'another path: the task says of it that it is a folder, "w/"'],
    [{ run: "x", params: { n: { type: "number", default: "3" } } }, "params.n.default", '"3"', "a number"],
    [{ run: "x", params: { n: { type: ["a", "b"], list: true, default: ["c"] } } }, "params.n.default", "an array", 'a list, each one of "a", "b"'],
  ];
  for (const [value, field, found, expected] of cases) assert.deepEqual(problem(value), { code: "bad-field", task: "t", field, found, expected });
  assert.deepEqual(problem({ run: "true", priority: 5n }), { code: "bad-field", task: "t", field: "priority", found: "5n", expected: "a number; higher goes first, 0 is usual" });
  assert.deepEqual(problem("npm test"), { code: "bad-field", task: "t", field: "tasks", found: '"npm test"', expected: "a task: { run: … }" });
});

test("bad-field with a suggestion", () => {
  assert.deepEqual(problem({ run: "x", drift: "rebiuld" }), { code: "bad-field", task: "t", field: "drift", found: '"rebiuld"', expected: '"rebuild" or "keep" or "error"', suggestion: "rebuild" });
  assert.deepEqual(problem({ run: "x", params: ["leve"] }, { params: { level: { type: "number" } } }), {
    code: "bad-field", task: "t", field: "params[0]", found: '"leve"', expected: "the name of a parameter declared at the top of the config", suggestion: "level",
  });
  assert.deepEqual(problem({ run: "x", params: { n: { type: "nubmer" } } })["suggestion"], "number");
});

test("a parameter that is declared wrong is told once, at the top", () => {
  const naming = { a: { run: "x", params: ["n"] }, b: { run: "x", params: ["n"] } };
  assert.deepEqual(problems({ params: { n: { type: "nubmer" }, PATH: { type: "string" } }, tasks: naming }).map((one) => [one["task"], one["field"]]), [[null, "params.n.type"], [null, "params"]]);
  assert.deepEqual(problems({ params: ["n"], tasks: naming }).map((one) => [one["task"], one["field"]]), [[null, "params"]]);
});

test("the top of the config", () => {
  assert.deepEqual(problems({ tasks: [], jobs: 0, strictEnv: 1, default: [1], include: 5, stateDir: "../s" }).map((one) => [one["field"], one["expected"]]), [
    ["strictEnv", "true or false"], ["include", "a path or pattern of task files"], ["tasks", "tasks by name"], ["default[0]", "a target"], ["jobs", "a whole number above 0"], ["stateDir", "a path inside the root"],
  ]);
});

test("bad-name, duplicate-name", () => {
  assert.deepEqual(problems({ tasks: { "a\u0007b": {}, "": {}, "-x": {} } }), [{ code: "bad-name", task: "a\u0007b", why: "control-character" }, { code: "bad-name", task: "", why: "empty" }, { code: "bad-name", task: "-x", why: "dash" }]);
  const file = defineTask({ url: "file:///p/x.task.ts", main: false }, { run: "x" });
  assert.deepEqual(problems({ tasks: { x: {} } }, { taskFiles: [{ name: "x", file: "x.task.ts" as FilePath, value: file }] }), [{ code: "duplicate-name", task: "x", other: { file: "tasks.config.ts", line: 100 } }]);
});

test("bad-pattern, output-outside-root", () => {
  assert.deepEqual(problem({ run: "x", inputs: ["[a"] }), { code: "bad-pattern", task: "t", field: "inputs[0]", pattern: "[a", why: "unclosed [" });
  assert.deepEqual(problem({ run: "x", outputs: "{a,b" }), { code: "bad-pattern", task: "t", field: "outputs", pattern: "{a,b", why: "unclosed {" });
  assert.deepEqual(problem({ run: "x", inputs: ["*/../a"] }), { code: "bad-pattern", task: "t", field: "inputs[0]", pattern: "*/../a", why: '".." after a wildcard' });
  for (const path of ["../y", "/etc/x", "../*.o", "../d/"]) assert.deepEqual(problem({ run: "x", outputs: [path] }), { code: "output-outside-root", task: "t", path });
  assert.deepEqual(problem({ run: "x", stdout: "../log" }), { code: "output-outside-root", task: "t", path: "../log" });
});

test("cache-ignore-off, ignore-unknown", () => {
  assert.deepEqual(problem(chain([{ run: "x", cache: false }, { run: "y", env: ["A"], cache: { ignore: ["env:A"] } }])), { code: "cache-ignore-off", task: "t" });
  assert.deepEqual(problem({ run: "x", always: true, env: ["A"], cache: { ignore: ["env:A"] } }), { code: "cache-ignore-off", task: "t" });
  assert.deepEqual(problem({ run: "x", env: ["VERBOSE"], cache: { ignore: ["env:VERBSE"] } }), { code: "ignore-unknown", task: "t", entry: "env:VERBSE", suggestion: "env:VERBOSE" });
  assert.deepEqual(task({ run: "x", inputs: ["docs/"], cache: { ignore: ["input:docs/"] } }).cache.ignore, ["input:docs/**"]);
});

test("a chain's own mistakes", () => {
  assert.deepEqual(problem(chain([])), { code: "bad-field", task: "t", field: "chain", found: "an empty array", expected: "a list of tasks" });
  assert.deepEqual(problem(chain([{ run: "x" }, { deps: ["a"] }]))["field"], "chain[1].run");
  assert.deepEqual(problem(chain([{ run: "x", stdin: "a" }]))["field"], "chain[0].stdin");
  assert.deepEqual(problem(chain([{ run: "x", shell: "bash" }, { run: "y", shell: "zsh" }]))["field"], "chain[1].shell");
  assert.deepEqual(problem(chain([{ run: "x", inptus: [] } as object]))["field"], "chain[0].inptus");
  assert.deepEqual([problem(chain([foreach(["1"], () => ({ run: "x" }))]))["field"], problem(chain([foreach(["1"], () => ({ run: "x" }))]))["found"]], ["chain[0]", "\"foreach\""]);
});

test("every problem comes in one go, each with its place", () => {
  const result = checkConfig(loaded({ taks: 1, tasks: { a: { run: 1, outputs: ["../x"] }, b: { inputs: ["[a"], drift: 1 } } }));
  assert.ok(!result.ok);
  assert.deepEqual(result.problems.map((one) => one.code), ["unknown-field", "bad-field", "output-outside-root", "bad-pattern", "bad-field"]);
});

test("50,000 generated tasks", () => {
  const tasks: Record<string, object> = {};
  for (let i = 0; i < 50_000; i++) tasks[`compile ${i}`] = { run: ["cc", "-c", `src/${i}.c`], inputs: [`src/${i}.c`, "include/*.h"], outputs: [`build/${i}.o`], deps: ["gen"], depfile: `build/${i}.d` };
  assert.equal(project({ tasks }).tasks.length, 50_000);
});

test("a family: an instance for each item, then a barrier that joins them", () => {
  const family = foreach("img/**/*.*", ({ file, stem, dir, ext, key, value }) => ({ inputs: file, outputs: `o/${key}`, run: [stem, dir, ext, value] }), { minSuccess: 0.5, description: "all" });
  const [one, two, all, ...none] = project({ tasks: { t: family } }).tasks;
  assert.deepEqual([one!.name, two!.name, all!.name, none], ["t[a]", "t[b/c.tar]", "t", []]);
  assert.deepEqual(two!.action, { kind: "argv", argv: ["c.tar", "img/b", ".gz", "img/b/c.tar.gz"] });
  assert.deepEqual([one!.each, two!.each, all!.each], [{ family: "t", key: "a" }, { family: "t", key: "b/c.tar" }, undefined]);
  assert.deepEqual([all!.action, all!.description, all!.deps], [null, "all", [{ target: "t[a]", propagate: "content" }, { target: "t[b/c.tar]", propagate: "content" }]]);
  assert.deepEqual(all!.family, { over: [{ kind: "glob", pattern: "img/**/*.*", allowEmpty: false, dot: false }], minSuccess: 0.5 });
  assert.deepEqual([one!.at, all!.at], [{ file: "tasks.config.ts", line: 100 }, { file: "tasks.config.ts", line: 100 }]);
});

test("functions of an instance are found by its item; the index is in it when the callback asks", () => {
  const [plain] = project({ tasks: { t: foreach([{ n: 1 }], ({ value }) => ({ run: () => value.n }), { key: () => "k" }) } }).tasks;
  assert.deepEqual(plain!.action, { kind: "function", fn: { source: "tasks.config.ts", module: "/kept/tasks.config.ts", path: ["default", "tasks", "t", "run"], code: CODE, instance: { at: 3, item: { key: "k", value: { n: 1 } } } } });
  const [counted] = project({ tasks: { t: foreach(["a"], ({ index }) => ({ run: () => index })) } }).tasks;
  assert.deepEqual(counted!.action?.kind === "function" && counted!.action.fn.instance, { at: 3, item: { key: "a", value: "a", index: 0 } });
});

test("the option pool goes to instances that have none; the later of two equal keys is refused", () => {
  assert.deepEqual(problems({ tasks: { t: foreach(["a"], () => ({ run: "x", tmieout: 1 })) } }), [{ code: "unknown-field", task: "t[a]", field: "tmieout", suggestion: "timeout" }]);
  assert.deepEqual(problem(foreach({ matrix: { a: ["x,y", "x"], b: ["z", "y,z"] } }, () => ({ run: "x" }))), { code: "foreach-collision", task: "t", key: "x,y,z", items: ["x,y,z", "x,y,z"], remedy: "give" });
  assert.deepEqual(problem(foreach("gone.png", () => ({ run: "x" }))), { code: "foreach-empty", task: "t", pattern: "gone.png" });
  assert.deepEqual(project({ tasks: { t: foreach({ files: "gone.png", allowEmpty: true }, () => ({ run: "x" })) } }).tasks.map((made) => made.name), ["t"]);
});
