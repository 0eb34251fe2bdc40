// What an engine promises for functions of a config. Run with `functionContract(name, open)`.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import type { Engine, FunctionContext, Job } from "../../src/model/ports.ts";
import type { FilePath } from "../../src/model/path.ts";
import type { TaskName } from "../../src/model/task.ts";
import { gone, isRunning, openBench, startAndHear } from "./engine.ts";
import type { Bench, Told } from "./engine.ts";

/** The other runtimes neither tell what keeps them running nor let go of the channel. */
const onNode = process.versions["bun"] === undefined && process.versions["deno"] === undefined;

/** One property of `default` a story. */
const MODULE = `
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
let calls = 0, ended;
class Thing { constructor() { this.a = 1; } }
const circle = {}; circle.self = circle;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const wanted = (ctx) => new Promise((done) => ctx.signal.addEventListener("abort", () => done(ctx.signal.reason.name)));
export default {
  value: (ctx) => ({ list: [1, "two", null, true], task: ctx.task }),
  later: async () => { await wait(5); return "later"; },
  nothing: () => {},
  asks: (ctx) => ctx.need("x"),
  context: ({ report, noRetry, ignoreOutputs, need, glob, absent, ...ctx }) => ({ ...ctx, env: { ...ctx.env }, log: typeof ctx.log, noRetry: typeof noRetry, report: Object.keys(report), signal: ctx.signal.aborted }),
  owner: { word: "mine", run() { return this.word; } },
  pid: () => process.pid,
  counted: () => ++calls,
  throws: () => { throw new RangeError("too much\\nof it"); },
  rejects: async () => { await wait(1); throw new TypeError("later too"); },
  throwsText: () => { throw "just text"; },
  throwsNothing: () => { throw undefined; },
  forgotten: () => { Promise.reject(new Error("nobody waits")); },
  timer: async () => { setTimeout(() => { throw new Error("in a timer"); }, 1); await wait(100000); },
  afterwards: () => { setTimeout(() => { throw new Error("too late"); }, 5); return process.pid; },
  lingers: () => { setTimeout(() => {}, 100000); return process.pid; },
  waits: async () => { await wait(30); return process.pid; },
  stuck: () => new Promise(() => {}),
  exit: () => process.exit(5),
  exitWell: () => process.exit(0),
  killed: () => { process.kill(process.pid, "SIGKILL"); return wait(10000); },
  log: (ctx) => { ctx.log("from log"); console.log("from console"); console.error("from error"); process.stdout.write("no newline"); },
  big: () => { process.stdout.write("x".repeat(5_000_000)); process.stderr.write("y".repeat(300_000)); return 1; },
  bigThenExit: () => { process.stdout.write("x".repeat(1_000_000)); process.exit(7); },
  bytes: () => { process.stdout.write(Buffer.from([0, 0x1e, 0x74, 0x67, 0xff, 0x1e])); },
  turns: () => {
    for (let i = 0; i < 300; i++) { console.log("out" + i); console.error("err" + i); }
    process.stderr.write("1\\n");
    execFileSync("sh", ["-c", "echo 2; echo 3 >&2; echo 4"], { stdio: "inherit" });
    execFileSync("sh", ["-c", "echo 5 > /dev/stderr"], { stdio: "inherit" });
    process.stdout.write("6\\n");
    console.error("7");
  },
  commandOutput: () => { process.stdout.write("a\\n"); execFileSync("sh", ["-c", "echo b; echo c >&2"], { stdio: "inherit" }); process.stdout.write("d\\n"); },
  env: () => Object.keys(process.env).filter((name) => name.startsWith("TG_")).sort().map((name) => name + "=" + process.env[name]),
  spoilEnv: () => { process.env.TG_SPOILT = "1"; process.chdir("/"); },
  cwd: () => process.cwd(),
  write: (ctx) => fs.writeFileSync(ctx.outputs[0], "made"),
  late: (ctx) => { ended = ctx; return process.pid; },
  afterLate: () => { ended.log("late"); return process.pid; },
  background: () => spawn("sleep", ["100"], { stdio: "ignore" }).pid,
  orphan: () => Number(execFileSync("sh", ["-c", "sleep 100 > /dev/null 2>&1 & echo $!"])),
  ends: () => void execFileSync("sh", ["-c", "true & wait"]),
  leaves: (ctx) => {
    fs.writeFileSync(ctx.outputs[0], String(process.pid));
    fs.writeFileSync(ctx.outputs[1], String(spawn("sleep", ["100"], { stdio: "ignore" }).pid));
    Promise.reject(new Error("so that its process ends"));
  },
  heardLate: () => { execFileSync("sh", ["-c", "(sleep 0.4; echo late) &"], { stdio: "inherit" }); process.exit(3); },
  first: (ctx) => { ctx.log("first"); fs.writeFileSync(ctx.outputs[0], "1"); },
  second: (ctx) => {
    fs.writeFileSync(ctx.outputs[0], String(process.pid));
    while (!fs.existsSync(ctx.outputs[1])) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    console.log("a".repeat(60_000));
    console.error("b");
    Promise.reject(new Error("so that its process ends"));
  },
  busy: (ctx) => { ctx.log("ready"); for (;;) fs.statSync("/"); },
  deaf: async (ctx) => { ctx.log("ready"); await wait(100000); },
  hears: async (ctx) => { const told = wanted(ctx); ctx.log("ready"); setTimeout(() => {}, 100000); return await told; },
  command: (ctx) => { ctx.log("ready"); execFileSync("sh", ["-c", "echo pid $$; exec sleep 100"], { stdio: "inherit" }); },
  bad: {
    date: () => ({ at: new Date(0) }), map: () => [1, new Map()], nan: () => ({ a: { b: NaN } }), fn: () => () => 1, big: () => 1n,
    circle: () => circle, thing: () => new Thing(), an: () => new AbortController(), hole: () => [undefined], deep: () => { let x = []; for (let i = 0; i < 100000; i++) x = [x]; return x; },
  },
};
`;

interface Stage {
  readonly engine: Engine;
  readonly bench: Bench;
  readonly module: string;
  call(path: string, over?: Partial<Job>, context?: Partial<FunctionContext>): Job;
}

function openStage(engine: Engine): Stage {
  const bench = openBench(engine);
  const module = join(bench.dir, "0-tasks.config.mjs");
  fs.writeFileSync(module, MODULE);
  const call: Stage["call"] = (path, over = {}, context = {}) => bench.job({ action: actionOf({ bench, module }, path, context), ...over });
  return { engine, bench, module, call };
}

const napping = new Int32Array(new SharedArrayBuffer(4));

/** Keeps the event loop from turning until the file contains a number, which is returned. */
function blockForNumber(path: string): number {
  let number = 0;
  block(() => (number = fs.existsSync(path) ? Number(fs.readFileSync(path, "utf8")) : 0) > 0);
  return number;
}

/** Keeps the event loop from turning until `done`. The bound only turns a hang into a failure. */
function block(done: () => boolean): void {
  const end = performance.now() + 60_000;
  while (!done()) {
    assert.ok(performance.now() < end, "waited in vain");
    Atomics.wait(napping, 0, 0, 1);
  }
}

export function actionOf({ bench, module }: { readonly bench: Bench; readonly module: string }, path: string, context: Partial<FunctionContext> = {}): Job["action"] {
  const source = "tasks.config.ts" as FilePath;
  const full: FunctionContext = { task: "t" as TaskName, root: bench.dir, inputs: [], outputs: [], params: {}, env: {}, changed: [], attempt: 1, deps: {}, scratch: join(bench.dir, "scratch"), notes: join(bench.dir, "notes"), ...context };
  return { kind: "function", fn: { source, module, path: ["default", ...path.split(".")], code: [{ path: source, digest: "0" }] }, context: full };
}

/** In a process of its own. */
function alone(job: Job): Job {
  return { ...job, action: { ...(job.action as Extract<Job["action"], { readonly kind: "function" }>), isolated: true } };
}

export function functionContract(name: string, open: () => Engine): void {
  describe(`${name}: functions`, () => {
    const stage = openStage(open());
    after(() => stage.engine.close());
    results(stage);
    failures(stage);
    output(stage);
    reuse(stage);
    endings(stage);
  });
}

function results({ bench, call, module }: Stage): void {
  const valueOf = async (path: string, over: Partial<Job> = {}, context: Partial<FunctionContext> = {}): Promise<unknown> => {
    const { result } = await bench.run(call(path, over, context));
    assert.deepEqual([result.exit, result.signal, result.problem, result.left], [0, null, null, []]);
    return result.value === null ? null : JSON.parse(result.value);
  };

  test("what a function returns is the value; nothing is no value", async () => {
    assert.deepEqual(await valueOf("value"), { list: [1, "two", null, true], task: "t" });
    assert.equal(await valueOf("later"), "later");
    assert.equal(await valueOf("nothing"), null);
    assert.equal(await valueOf("owner.run"), "mine");
  });

  test("a function gets its context", async () => {
    const context = { inputs: ["a.txt"], outputs: ["b"], params: { n: 5, tags: ["x"] }, env: { E: "e" }, changed: ["a.txt"], attempt: 2, deps: { plan: { value: [1] } } };
    const scratch = join(bench.dir, "scratch");
    assert.deepEqual(await valueOf("context", {}, context), { task: "t", root: bench.dir, scratch, signal: false, log: "function", noRetry: "function", report: ["md", "html", "image"], ...context });
  });

  test("a function runs in the job's folder with the job's environment, whatever an earlier call did", async () => {
    const sub = join(bench.dir, "sub");
    fs.mkdirSync(sub);
    const PATH = process.env["PATH"]!;
    await valueOf("spoilEnv", { env: { PATH, TG_A: "1" } });
    assert.deepEqual(await valueOf("env", { env: { PATH, TG_B: "2", TG_C: "" } }), ["TG_B=2", "TG_C="]);
    assert.equal(await valueOf("cwd", { cwd: sub }), sub);
    assert.equal(await valueOf("cwd"), bench.dir);
    await valueOf("write", { cwd: sub }, { outputs: ["made.txt"] });
    assert.equal(fs.readFileSync(join(sub, "made.txt"), "utf8"), "made");
  });

  test("without a build there is nobody to ask", async () => {
    const { problem } = (await bench.run(call("asks"))).result;
    assert.deepEqual([problem?.code, problem?.code === "threw" && problem.message], ["threw", "there is no build to ask here"]);
  });

  test("a result has a memory and times", async () => {
    const before = Date.now();
    const { result } = await bench.run(call("value"));
    assert.ok(result.peakKb > 5000, `${result.peakKb} KiB`);
    assert.ok(before <= result.start && result.start <= result.end && result.end <= Date.now());
  });

  test("no module, no function there", async () => {
    const none = await bench.run(bench.job({ action: actionOf({ bench, module: join(bench.dir, "none.mjs") }, "value") }));
    assert.equal(none.result.problem?.code, "threw");
    const missing = (await bench.run(call("no.such"))).result.problem;
    assert.deepEqual([missing?.code, missing?.code === "threw" && missing.message], ["threw", `default.no.such is not a function in ${module}`]);
  });
}

function failures({ bench, call }: Stage): void {
  const failure = async (path: string, over: Partial<Job> = {}): Promise<unknown> => {
    const { result } = await bench.run(call(path, over));
    assert.equal(result.value, null);
    return result.problem === null ? [result.exit, result.signal] : result.problem;
  };

  test("what a function throws arrives with name, message and place in the source", async () => {
    const thrown = (await failure("throws")) as { name: string; message: string; stack: string[] };
    assert.deepEqual([thrown.name, thrown.message], ["RangeError", "too much\nof it"]);
    const line = MODULE.split("\n").findIndex((text) => text.includes("throws:")) + 1;
    assert.match(thrown.stack[0]!, new RegExp(`throws tasks\\.config\\.ts:${line}:\\d+$`));
    assert.equal(thrown.stack.some((frame) => frame.includes("child")), false);
    const rejected = (await failure("rejects")) as { name: string; message: string };
    assert.deepEqual([rejected.name, rejected.message], ["TypeError", "later too"]);
    assert.deepEqual(await failure("throwsText"), { code: "threw", task: "t", name: "", message: "just text", stack: [] });
    assert.deepEqual(await failure("throwsNothing"), { code: "threw", task: "t", name: "", message: "undefined", stack: [] });
  });

  test("a process that ends before the function returns is a failure, even with exit 0", async () => {
    assert.deepEqual(await failure("exit"), [5, null]);
    assert.deepEqual(await failure("killed"), [null, "SIGKILL"]);
    assert.equal(((await failure("exitWell")) as { name: string }).name, "ProcessExit");
  });

  test("an error that nobody caught fails the call, not a later one", async () => {
    const messageOf = async (path: string): Promise<string> => ((await failure(path)) as { message: string }).message;
    assert.equal(await messageOf("forgotten"), "nobody waits");
    assert.equal(await messageOf("timer"), "in a timer");
    assert.equal((await bench.run(call("value"))).result.problem, null);
  });

  test("what a function left running throws in nobody's call", { skip: !onNode }, async () => {
    const { value: pid } = (await bench.run(call("afterwards"))).result;
    const { problem, value } = (await bench.run(call("waits"))).result;
    assert.equal(problem, null);
    assert.notEqual(value, pid);
  });

  test("a process ends also if its first call left something running", { skip: !onNode }, async () => {
    const module = join(bench.dir, "first-0-tasks.config.mjs");
    fs.writeFileSync(module, MODULE);
    const run = (path: string): Promise<Told> => bench.run(bench.job({ action: actionOf({ bench, module }, path) }));
    const { value: pid } = (await run("lingers")).result;
    assert.notEqual((await run("pid")).result.value, pid);
  });

  test("a promise that nothing can settle any more is a failure", { skip: !onNode }, async () => {
    assert.deepEqual(await failure("stuck"), { code: "threw", task: "t", name: "Error", message: "its promise never settles: it waits, and nothing is left running that could end that", stack: [] });
    assert.equal((await bench.run(call("later"))).result.value, '"later"');
  });

  test("a value that is no JSON is refused with its place", async () => {
    const faults: Record<string, RegExp> = {
      date: /^a Date at value\.at$/, map: /^a Map at value\[1\]$/, nan: /^NaN at value\.a\.b$/, fn: /^a function at value$/, big: /BigInt/,
      circle: /circular|cyclic/i, thing: /^a Thing at value$/, an: /^an AbortController at value$/, hole: /^undefined at value\[0\]$/, deep: /^nested too deeply$/,
    };
    for (const [name, fault] of Object.entries(faults)) {
      const problem = (await failure(`bad.${name}`)) as { code: string; message: string };
      assert.equal(problem.code, "bad-value");
      assert.match(problem.message, fault);
    }
  });

  test("a folder that is missing", async () => {
    const cwd = join(bench.dir, "missing");
    assert.deepEqual(await failure("value", { cwd }), { code: "bad-cwd", task: "t", cwd, errno: "ENOENT" });
  });
}

function output({ engine, bench, call }: Stage): void {
  test("what a function prints goes to sink and log, in order, and is complete when it is done", async () => {
    const job = call("log");
    const told = await bench.run(job);
    assert.equal(told.output, "from log\nfrom console\nfrom error\nno newline");
    assert.equal(bench.log(job), told.output);
    const big = await Promise.all([0, 1, 2, 3].map(() => bench.run(call("big"))));
    for (const { output } of big) assert.equal(output === "x".repeat(5_000_000) + "y".repeat(300_000), true);
    const exited = await bench.run(call("bigThenExit"));
    assert.deepEqual([exited.output.length, exited.result.exit], [1_000_000, 7]);
  });

  test("bytes come as they are, and what its commands print comes between", async () => {
    const job = call("bytes");
    await bench.run(job);
    assert.deepEqual([...fs.readFileSync(job.log)], [0, 0x1e, 0x74, 0x67, 0xff, 0x1e]);
    const told = await bench.run(call("commandOutput"));
    assert.equal(told.output, "a\nb\nc\nd\n");
  });

  test("both streams of a function and of its commands stand in the order of writing, call after call", { skip: process.platform !== "linux" }, async () => {
    const all = Array.from({ length: 300 }, (_, i) => `out${i}\nerr${i}\n`).join("") + "1\n2\n3\n4\n5\n6\n7\n";
    for (let i = 0; i < 3; i++) {
      const jobs = [call("turns"), call("turns")];
      for (const { output } of await Promise.all(jobs.map(bench.run))) assert.equal(output, all);
      for (const job of jobs) assert.equal(bench.log(job), all);
    }
  });

  /**
   * The event loop is told at once of the first function's output and of the line by which the second one's process took its call.
   * While it is busy with the former the second function prints and returns, so it reads the answer before it is told of that output.
   */
  for (const [how, over] of [["", {}], [", also of two streams", { stdout: "second.out" }]] as const) {
    test(`what a function prints is complete when its answer is read ahead of it${how}`, async () => {
      const [said, pid, go] = [`said${how}`, `pid${how}`, `go${how}`].map((name) => join(bench.dir, name)) as [string, string, string];
      const stdout = "stdout" in over ? join(bench.dir, over.stdout) : null;
      const first = engine.start(alone(call("first", {}, { outputs: [said] })), () => {
        fs.writeFileSync(go, "");
        const process = blockForNumber(pid);
        block(() => !isRunning(process));
      });
      blockForNumber(said);
      const second = bench.run(alone(call("second", { stdout }, { outputs: [pid, go] })));
      blockForNumber(pid);
      const { output } = await second;
      assert.equal((stdout === null ? "" : fs.readFileSync(stdout, "utf8")) + output === "a".repeat(60_000) + "\nb\n", true, `${output.length} bytes`);
      assert.equal((await first.done).exit, 0);
    });
  }

  test("stdout can be a file", async () => {
    const stdout = join(bench.dir, "function.out");
    const job = call("log", { stdout });
    const told = await bench.run(job);
    assert.equal(fs.readFileSync(stdout, "utf8"), "from log\nfrom console\nno newline");
    assert.deepEqual([told.output, bench.log(job)], ["from error\n", "from error\n"]);
  });

  test("stderr can be a file, of its own or the same; the next call has its streams together again", async () => {
    const [stderr, both] = [join(bench.dir, "function.err"), join(bench.dir, "function.both")];
    const told = await bench.run(call("log", { stderr }));
    assert.deepEqual([told.output, fs.readFileSync(stderr, "utf8")], ["from log\nfrom console\nno newline", "from error\n"]);
    assert.equal((await bench.run(call("log", { stdout: both, stderr: both }))).output, "");
    assert.equal(fs.readFileSync(both, "utf8"), "from log\nfrom console\nfrom error\nno newline");
    assert.equal((await bench.run(call("log"))).output, "from log\nfrom console\nfrom error\nno newline");
  });
}

function reuse({ bench, call }: Stage): void {
  const pidOf = async (job: Job): Promise<number> => Number((await bench.run(job)).result.value);

  test("calls after one another share a process; calls at once do not", async () => {
    assert.equal(await pidOf(call("pid")), await pidOf(call("pid")));
    const pids = await Promise.all([0, 1, 2].map(() => pidOf(call("pid"))));
    assert.equal(new Set(pids).size, 3);
  });

  test("a process that ran an earlier version of the module is not used for the new one", async () => {
    const fresh = join(bench.dir, "new-0-tasks.config.mjs");
    fs.writeFileSync(fresh, MODULE);
    const before = await pidOf(call("pid"));
    const after = await pidOf(bench.job({ action: actionOf({ bench, module: fresh }, "pid") }));
    assert.notEqual(after, before);
  });

  test("a process is not used for ever", async () => {
    const pids = new Set<number>();
    for (let i = 0; i < 4010; i++) pids.add(await pidOf(call("pid")));
    assert.ok(pids.size >= 2 && pids.size <= 6, `${pids.size} processes`);
  });
}

function endings({ engine, bench, call }: Stage): void {
  test("a function that listens ends by itself; one that does not, or cannot, dies by the signal", async () => {
    const hears = (await startAndHear(engine, call("hears"), "ready")).running;
    hears.signal("SIGTERM");
    const heard = await hears.done;
    assert.deepEqual([heard.value, heard.exit, heard.left], ['"AbortError"', 0, []]);
    const deaf = (await startAndHear(engine, call("deaf"), "ready")).running;
    deaf.signal("SIGINT");
    assert.deepEqual([(await deaf.done).signal, (await deaf.done).exit], ["SIGINT", null]);
    const busy = (await startAndHear(engine, call("busy"), "ready")).running;
    busy.signal("SIGKILL");
    assert.equal((await busy.done).signal, "SIGKILL");
  });

  test("a command that a function waits for gets the signal too", async () => {
    const { running, heard } = await startAndHear(engine, call("command"), "pid ");
    running.signal("SIGTERM");
    const result = await running.done;
    assert.ok(result.problem?.code === "threw" || result.signal === "SIGTERM", JSON.stringify(result));
    assert.equal(isRunning(Number(/pid (\d+)/.exec(heard)?.[1] ?? 0)), false);
  });

  test("a process that a function leaves behind is named", { skip: process.platform !== "linux" }, async () => {
    const { result } = await bench.run(call("background"));
    assert.deepEqual(result.left, [Number(result.value)]);
    process.kill(Number(result.value), "SIGKILL");
  });

  test("a process that a command of a function leaves behind is named, whether or not it is the first", { skip: process.platform !== "linux" }, async () => {
    for (const before of [0, 2]) {
      for (let i = 0; i < before; i++) assert.deepEqual((await bench.run(call("ends"))).result.left, []);
      const { result } = await bench.run(call("orphan"));
      process.kill(Number(result.value), "SIGKILL");
      assert.deepEqual(result.left, [Number(result.value)]);
    }
  });

  /** A process that an uncaught error or something still running has spoilt ends after the answer; what it left gets another parent. */
  test("a process left behind is named also when its parent is gone by then", { skip: process.platform !== "linux" }, async () => {
    const outputs = ["parent", "left"].map((name) => join(bench.dir, name));
    const running = bench.run(call("leaves", {}, { outputs }));
    const [parent, left] = outputs.map(blockForNumber) as [number, number];
    block(() => !isRunning(parent));
    const { result } = await running;
    process.kill(left, "SIGKILL");
    assert.deepEqual([result.problem?.code, result.left], ["threw", [left]]);
  });

  test("a process heard to its end is not left behind", async () => {
    const told = await bench.run(call("heardLate"));
    assert.deepEqual([told.output, told.result.exit, told.result.left], ["late\n", 3, []]);
  });

  test("what a function prints after its end goes to nobody", async () => {
    const [first, second] = [call("late"), call("afterLate")];
    const pid = (await bench.run(first)).result.value;
    assert.deepEqual([(await bench.run(second)).result.value, bench.log(first)], [pid, ""]);
  });

  test("a closed engine has ended everything it started", async () => {
    const pid = Number((await bench.run(call("pid"))).result.value);
    const { running } = await startAndHear(engine, call("deaf"), "ready");
    await engine.close();
    assert.equal((await running.done).signal, "SIGTERM");
    await gone(pid);
  });
}
