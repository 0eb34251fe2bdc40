// What programs read (design section 3): `status`, `list`, `graph` and `why` as JSON, `build` as NDJSON. Shapes and values.
import assert from "node:assert/strict";
import { test } from "node:test";
import { staged } from "../support/story.ts";
import { isForeign, onDeno, workspace, type Workspace } from "../support/rig.ts";

const TASKS = `    gen: { description: "copies", tags: ["x"], inputs: ["in", "!none"], outputs: ["mid"], run: "echo hello; cp in mid" },
    use: { inputs: ["mid"], outputs: ["dist/"], after: ["lint"], run: "cp mid dist/x" },
    lint: { inputs: ["*.txt"], run: "exit $(cat code.txt)" },
    all: { deps: ["gen", "use"], validate: ["lint"] },`;

function project(): Promise<Workspace> {
  return staged({ tasks: TASKS, files: { in: "1\n", "code.txt": "0\n" } });
}

type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any

function isTime(value: unknown): boolean {
  return typeof value === "number" && Math.abs(Date.now() - value) < 600_000;
}

/** Times become "time", keys "key", so that the rest can be compared whole. */
function plain(value: unknown, name = ""): unknown {
  if (["start", "end", "time"].includes(name) && isTime(value)) return "time";
  if (name === "key" && /^[0-9a-f]{16}$/.test(String(value))) return "key";
  if (name === "estimateMs" || name === "expectedMs") return typeof value === "number" && value >= 0 ? "ms" : value;
  if (Array.isArray(value)) return value.map((one) => plain(one));
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one, key)]));
  return value;
}

async function asked(w: Workspace, words: string, code = 0): Promise<Json> {
  const run = await w.tg(words);
  assert.deepEqual([run.code, run.stderr], [code, ""]);
  assert.equal(run.stdout.indexOf("\n"), words.startsWith("graph") ? 1 : run.stdout.length - 1);
  return plain(JSON.parse(run.stdout)) as Json;
}

async function events(w: Workspace, words: string, code = 0): Promise<Json[]> {
  const run = await w.tg(words);
  assert.equal(run.code, code, run.stderr);
  assert.ok(run.stdout.endsWith("\n"));
  return run.stdout.trimEnd().split("\n").map((line) => plain(JSON.parse(line)) as Json);
}

const inChanged = { code: "input-changed", subject: "in", old: "f0d3148243051664f.2", new: "fb943671e512f5e44.3" };
const codeChanged = { code: "input-changed", subject: "code.txt", old: "f36f84de7a41d17ac.2", new: "fe335171f0cac4a71.2" };
const midPending = { code: "upstream-changed", task: "gen", subject: "mid", pending: true };
const never = [{ code: "never-ran" }];

test("status --json: before, after a build, after an edit, after a failure", async () => {
  const w = await project();
  const before = await asked(w, "status --json");
  assert.deepEqual(before, {
    version: 1,
    tasks: {
      gen: { state: "stale", reasons: never, key: "key", last: null },
      use: { state: "stale", reasons: never, key: "", last: null },
      lint: { state: "stale", reasons: never, key: "key", last: null },
      all: { state: "maybe", reasons: [{ code: "upstream-changed", task: "gen", pending: true }], key: "", last: null },
    },
  });
  assert.equal((await w.tg("build")).code, 0);
  const last = { status: "ok", start: "time", end: "time", exit: 0 };
  const after = await asked(w, "status --json --check");
  assert.deepEqual(after["tasks"]["gen"], { state: "fresh", reasons: [], key: "key", last });
  assert.deepEqual(Object.values(after["tasks"] as Json).map((task: Json) => task["state"]), ["fresh", "fresh", "fresh", "fresh"]);
  w.write("in", "22\n");
  w.write("code.txt", "7\n");
  const edited = await asked(w, "status --json --check", 1);
  assert.deepEqual(edited["tasks"]["gen"], { state: "stale", reasons: [inChanged], key: "key", last });
  assert.deepEqual(edited["tasks"]["use"], { state: "maybe", reasons: [midPending], key: "", last });
  assert.equal((await w.tg("build")).code, 1);
  const failed = await asked(w, "status --json");
  assert.deepEqual(failed["tasks"]["lint"], { state: "failed", reasons: [{ code: "failed-last-time" }], key: "key", last: { ...last, status: "failed", exit: 7 } });
  assert.equal(failed["tasks"]["use"]["state"], "blocked");
});

const none = { ran: 0, fresh: 0, restored: 0, failed: 0, blocked: 0, skipped: 0, cancelled: 0 };

test("build --json: every event of a build", async () => {
  const w = await project();
  const started = { event: "task-started", start: "time", attempt: 1, console: false, reasons: never, expectedMs: "ms" };
  const ended = { event: "task-ended", outcome: "ran", reasons: never, start: "time", end: "time", exit: 0, attempts: 1 };
  assert.deepEqual(await events(w, "build --json -j1"), [
    { event: "build-started", total: 3, toRun: 3, maybe: 0, jobs: 1, time: "time", estimateMs: "ms" },
    ...["gen", "use", "lint"].map((task) => ({ event: "task-judged", task, state: "stale", reasons: never })),
    { ...started, task: "gen", command: "echo hello; cp in mid" },
    { event: "task-output", task: "gen", text: "hello\n" },
    { ...ended, task: "gen", log: ".tg/logs/gen.log" },
    { ...started, task: "lint", command: "exit $(cat code.txt)" },
    { ...ended, task: "lint" },
    { ...started, task: "use", command: "cp mid dist/x" },
    { ...ended, task: "use" },
    { event: "build-ended", counts: { ...none, ran: 3 }, start: "time", end: "time", exitCode: 0, failed: [], blocked: [] },
  ]);
});

test("build --json: fresh, failed and blocked", async () => {
  const w = await project();
  await w.tg("build");
  const fresh = await events(w, "build --json");
  assert.deepEqual(fresh.slice(1), [
    ...["gen", "use", "lint"].map((task) => ({ event: "task-ended", task, outcome: "fresh", reasons: [], start: "time", end: "time", exit: null, attempts: 0 })),
    { event: "build-ended", counts: { ...none, fresh: 3 }, start: "time", end: "time", exitCode: 0, failed: [], blocked: [] },
  ]);
  w.write("code.txt", "7\n");
  w.write("in", "22\n");
  const failed = await events(w, "build --json -k -j1", 1);
  assert.deepEqual(failed.filter(({ event }) => event === "task-ended" || event === "build-ended").map((one) => (one["problem"] === undefined ? one : { ...one, problem: { ...one["problem"], ms: 0 } })), [
    { event: "task-ended", task: "gen", outcome: "ran", reasons: [inChanged], start: "time", end: "time", exit: 0, attempts: 1, log: ".tg/logs/gen.log" },
    { event: "task-ended", task: "lint", outcome: "failed", reasons: [codeChanged], start: "time", end: "time", exit: 7, attempts: 1, problem: { code: "exit", task: "lint", exit: 7, ms: 0, command: "exit $(cat code.txt)" } },
    { event: "task-ended", task: "use", outcome: "blocked", reasons: [midPending], start: "time", end: "time", exit: null, attempts: 0, blockedBy: "lint" },
    { event: "build-ended", counts: { ...none, ran: 1, failed: 1, blocked: 1 }, start: "time", end: "time", exitCode: 1, failed: ["lint"], blocked: ["use"] },
  ]);
});

test("build --json: a problem is an event, and said on stderr", async () => {
  const w = await project();
  w.remove("in");
  const run = await w.tg("build --json");
  assert.equal(run.code, 2);
  assert.deepEqual(JSON.parse(run.stdout), { event: "problem", problem: { code: "missing-input", task: "gen", path: "in", suggestion: null, at: { file: "tasks.config.ts", line: 3 } } });
  assert.match(run.stderr, /^tg: task "gen": input in does not exist/);
});

test("build -n --json: what would run, and nothing runs", async () => {
  const w = await project();
  assert.deepEqual(await events(w, "build -n --json"), ["gen", "use", "lint"].map((task) => ({ event: "task-judged", task, state: "stale", reasons: never })));
  assert.equal(w.exists("mid"), false);
  assert.equal(w.exists(".tg"), false);
});

test("graph --format json", async () => {
  const w = await project();
  const graph = await asked(w, "graph --format json");
  assert.deepEqual(graph, {
    version: 1,
    nodes: [{ name: "gen", state: "stale" }, { name: "use", state: "stale" }, { name: "lint", state: "stale" }, { name: "all", state: "maybe" }],
    edges: [
      { from: "gen", to: "use", kind: "content", paths: ["mid"] },
      { from: "lint", to: "use", kind: "after", paths: [] },
      { from: "gen", to: "all", kind: "deps", paths: [] },
      { from: "use", to: "all", kind: "deps", paths: [] },
      { from: "lint", to: "all", kind: "validate", paths: [] },
    ],
  });
});

test("list --json", async () => {
  const w = await project();
  assert.deepEqual(await asked(w, "list --json"), {
    version: 1,
    tasks: [
      { name: "gen", description: "copies", tags: ["x"], inputs: ["in", "!none"], outputs: ["mid"], deps: [] },
      { name: "use", description: "", tags: [], inputs: ["mid"], outputs: ["dist/"], deps: [] },
      { name: "lint", description: "", tags: [], inputs: ["*.txt"], outputs: [], deps: [] },
      { name: "all", description: "", tags: [], inputs: [], outputs: [], deps: ["gen", "use"] },
    ],
  });
});

test("why --json", async () => {
  const w = await project();
  await w.tg("build");
  w.write("in", "22\n");
  const why = await asked(w, "why use --json");
  assert.equal(why["version"], 1);
  assert.deepEqual((why["tasks"] as Json[]).map(({ name, state }) => [name, state]), [["use", "maybe"], ["gen", "stale"]]);
});

test("tasks are called as what every object has: they come, go and are told of as all others", async () => {
  const w = await workspace({ "tasks.config.ts": "export default { tasks: { a: { outputs: ['a'], run: 'echo >a' } } };\n" });
  await w.tg("build");
  const names = ["constructor", "__proto__", "toString"];
  w.write("tasks.config.ts", `export default { tasks: Object.fromEntries(${JSON.stringify(names)}.map((name) => [name, { outputs: ["o-" + name], run: \`echo >o-\${name}\` }])) };\n`);
  const built = await w.tg("build");
  assert.equal(built.code, 0, built.stderr);
  assert.deepEqual(Object.keys((JSON.parse((await w.tg("status --json")).stdout) as { tasks: object }).tasks).sort(), names.toSorted());
  assert.deepEqual(Object.keys((JSON.parse((await w.tg("export --to npm")).stdout) as { scripts: object }).scripts).sort(), names.toSorted());
  // What somebody has edited is kept, and its record with it.
  w.write("o-__proto__", "edited\n");
  w.write("tasks.config.ts", "export default { tasks: { b: { outputs: ['b'], run: 'echo >b' } } };\n");
  await w.tg("build");
  assert.match((await w.tg("status")).stdout, /left over, edited, kept: o-__proto__/);
});

test("variables, parameters, files, pools and resources are called as what every object has", async () => {
  const w = await workspace({ "tasks.config.ts": `const named = (value) => ({ ["__proto__"]: value });
import { writeFileSync } from "node:fs";
export default { pools: named(1), resources: named(1), tasks: {
  says: { env: named("x"), files: named("text\\n"), pool: "__proto__", resources: named(1), outputs: ["said"], run: "env | grep ^__proto__ >said; cat __proto__ >>said" },
  takes: { params: named({ type: "number", default: 1 }), env: ["__proto__", "constructor", "toString"], outputs: ["took"],
    run: async (ctx) => writeFileSync("took", JSON.stringify([ctx.params, Object.entries(ctx.env), (await ctx.env("valueOf")) ?? "unset"])) },
} };
` });
  const built = await w.tg("build");
  assert.equal(built.code, 0, built.stderr);
  // What Bun starts is handed no variable of that name.
  assert.equal(w.read("said"), `${isForeign && !onDeno ? "" : "__proto__=x\n"}text\n`);
  assert.equal(w.read("took"), '[{"__proto__":1},[["__proto__","1"]],"unset"]');
  assert.equal((await w.tg("build --param __proto__=2", { env: { toString: "3" } })).code, 0);
  assert.equal(w.read("took"), '[{"__proto__":2},[["__proto__","2"],["toString","3"]],"unset"]');
  assert.match((await w.tg("build --param __proto__=2", { env: { toString: "3" } })).stdout, /2 tasks up to date/);
});
