// What every engine promises for commands, whatever starts the processes. Run with `engineContract(name, open)`.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import type { Engine, Job, JobResult, RunningJob } from "../../src/model/ports.ts";
import type { TaskName } from "../../src/model/task.ts";
import { tempFolder } from "../support/folder.ts";

export interface Bench {
  readonly dir: string;
  /** A job in `dir` with the test's environment. */
  job(over: Partial<Job>): Job;
  shell(text: string, over?: Partial<Job>): Job;
  argv(...argv: string[]): Job;
  run(job: Job): Promise<Told>;
  log(job: Job): string;
}

export interface Told {
  readonly result: JobResult;
  readonly output: string;
}

export function openBench(engine: Engine): Bench {
  const dir = tempFolder("tg-engine");
  let count = 0;
  const job = (over: Partial<Job>): Job => ({
    task: "t" as TaskName,
    action: { kind: "argv", argv: ["true"] },
    cwd: dir,
    env: { PATH: process.env["PATH"] ?? "" },
    stdin: null,
    stdout: null,
    stderr: null,
    log: join(dir, `log-${count++}`),
    console: false,
    ...over,
  });
  return {
    dir,
    job,
    shell: (text, over = {}) => job({ action: { kind: "shell", shell: "sh", text }, ...over }),
    argv: (...argv) => job({ action: { kind: "argv", argv } }),
    run: (one) => gather(engine, one),
    log: (one) => (fs.existsSync(one.log) ? fs.readFileSync(one.log, "utf8") : ""),
  };
}

async function gather(engine: Engine, job: Job): Promise<Told> {
  const parts: Buffer[] = [];
  const result = await engine.start(job, (bytes) => void parts.push(Buffer.from(bytes))).done;
  return { result, output: Buffer.concat(parts).toString() };
}

/** Starts `job` and resolves when it has said `word`. */
export function startAndHear(engine: Engine, job: Job, word: string): Promise<{ readonly running: RunningJob; readonly heard: string }> {
  return new Promise((resolve, reject) => {
    let heard = "";
    const running = engine.start(job, (bytes) => {
      heard += Buffer.from(bytes).toString();
      if (heard.includes(word)) resolve({ running, heard });
    });
    void running.done.then((result) => reject(new Error(`ended before it said "${word}": ${JSON.stringify(result)}`)));
  });
}

export function isRunning(pid: number): boolean {
  try {
    // A zombie whose new parent has not looked yet is as dead as can be.
    return !/\) [ZX] /.test(fs.readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

/** Resolves when the process has ended. The bound only turns a hang into a failure. */
export async function gone(pid: number): Promise<void> {
  const end = performance.now() + 60_000;
  while (isRunning(pid)) {
    assert.ok(performance.now() < end, `process ${pid} is still alive`);
    await new Promise((done) => setImmediate(done));
  }
}

export function engineContract(name: string, open: () => Engine): void {
  describe(`${name}: commands`, () => {
    const engine = open();
    const bench = openBench(engine);
    after(() => engine.close());
    endings(bench);
    streams(engine, bench);
    refusals(bench);
    groups(engine, bench);
    strays(open);
  });
}

function endings(bench: Bench): void {
  const { run, shell, argv } = bench;

  test("an exit code is an exit code and a signal is a signal", async () => {
    for (const exit of [0, 1, 7, 130, 255]) {
      const { result } = await run(shell(`exit ${exit}`));
      assert.deepEqual([result.exit, result.signal, result.problem, result.value], [exit, null, null, null]);
    }
    for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"]) {
      const { result } = await run(shell(`kill -${signal.slice(3)} $$`));
      assert.deepEqual([result.exit, result.signal, result.problem], [null, signal, null]);
    }
  });

  test("start and end are times around the run", async () => {
    const before = Date.now();
    const { result } = await run(argv("true"));
    assert.ok(before <= result.start && result.start <= result.end && result.end <= Date.now());
    assert.deepEqual(result.left, []);
  });

  test("argv goes to the program as it is", async () => {
    const { output } = await run(argv("printf", "<%s>", "a b", "$HOME", "*", "", "\"'", "ä\n"));
    assert.equal(output, "<a b><$HOME><*><><\"'><ä\n>");
  });

  test("text goes to the shell the job names", async () => {
    assert.equal((await run(shell("echo $(( 6 * 7 )) | cat"))).output, "42\n");
    const { output } = await run(bench.job({ action: { kind: "shell", shell: "bash", text: "echo ${BASH_VERSION:+bash}" } }));
    assert.equal(output, "bash\n");
  });

  test("the environment is the job's and nothing else; so is the folder", async () => {
    const { output } = await run(bench.job({ action: { kind: "argv", argv: ["env"] }, env: { PATH: process.env["PATH"]!, B: "x=y", A: "" } }));
    assert.deepEqual(output.trimEnd().split("\n").sort(), ["A=", "B=x=y", `PATH=${process.env["PATH"]}`]);
    assert.equal((await run(argv("pwd"))).output, bench.dir + "\n");
  });

  test("a program path is relative to the job's folder, a name is looked up in the job's PATH", async () => {
    const bin = join(bench.dir, "bin");
    fs.mkdirSync(bin);
    fs.writeFileSync(join(bin, "hello-tg"), "#!/bin/sh\necho hello\n", { mode: 0o755 });
    assert.equal((await run(argv("bin/hello-tg"))).output, "hello\n");
    const found = await run(bench.job({ action: { kind: "argv", argv: ["hello-tg"] }, env: { PATH: bin } }));
    assert.equal(found.output, "hello\n");
  });

  test("a process that lives long enough to be looked at has a peak memory", { skip: process.platform !== "linux" }, async () => {
    // On a busy machine the look may come late.
    let peak = 0;
    for (const seconds of ["0.25", "1", "4"]) if (peak === 0) peak = (await run(argv("sleep", seconds))).result.peakKb;
    assert.ok(peak > 100, `${peak} KiB`);
  });
}

function streams(engine: Engine, bench: Bench): void {
  const { run, shell, argv } = bench;

  test("stdout and stderr reach sink and log in the order in which they were written", async () => {
    const jobs = Array.from({ length: 5 }, () => shell("echo one >&2; echo two; echo three >&2; printf f; printf o >&2; echo ur"));
    for (const told of await Promise.all(jobs.map(run))) assert.equal(told.output, "one\ntwo\nthree\nfour\n");
    for (const job of jobs) assert.equal(bench.log(job), "one\ntwo\nthree\nfour\n");
    const long = await run(shell("i=0; while [ $i -lt 3000 ]; do echo out$i; echo err$i >&2; i=$((i + 1)); done"));
    assert.equal(long.output, Array.from({ length: 3000 }, (_, i) => `out${i}\nerr${i}\n`).join(""));
  });

  test("a log's folder that somebody has removed is made again", async () => {
    const plain = shell("echo said");
    const job = { ...plain, log: join(dirname(plain.log), `gone-${basename(plain.log)}`, "log") };
    await run(job);
    assert.equal(bench.log(job), "said\n");
  });

  test("the log is appended to, and not made by a command that says nothing", async () => {
    const job = shell("echo more");
    fs.writeFileSync(job.log, "head\n");
    await run(job);
    assert.equal(bench.log(job), "head\nmore\n");
    const silent = argv("true");
    await run(silent);
    assert.equal(fs.existsSync(silent.log), false);
  });

  test("what is written just before the exit arrives, every time", async () => {
    const jobs = Array.from({ length: 20 }, () => shell("head -c 300000 /dev/zero; echo end >&2"));
    for (const told of await Promise.all(jobs.map(run))) assert.deepEqual([told.output.length, told.output.slice(-4)], [300004, "end\n"]);
    for (const job of jobs) assert.equal(bench.log(job).length, 300004);
  });

  test("output of any size passes through without staying in memory", async () => {
    const size = 600_000_000;
    const before = process.memoryUsage.rss();
    let [bytes, most] = [0, 0];
    await engine.start({ ...argv("head", "-c", String(size), "/dev/zero"), log: "/dev/null" }, (piece) => {
      bytes += piece.length;
      most = Math.max(most, process.memoryUsage.rss());
    }).done;
    assert.equal(bytes, size);
    assert.ok(most - before < (size * 2) / 3, `grew by ${most - before} bytes`);
  });

  test("without stdin a command reads nothing; with a file it reads the file", async () => {
    assert.equal((await run(argv("cat"))).output, "");
    const file = join(bench.dir, "in.txt");
    fs.writeFileSync(file, "from the file");
    assert.equal((await run(shell("cat", { stdin: file }))).output, "from the file");
  });

  test("stdout and stderr files are emptied, take the bytes, and leave log and sink without them", async () => {
    const [out, err] = [join(bench.dir, "out.txt"), join(bench.dir, "err.txt")];
    fs.writeFileSync(out, "old and much longer");
    const job = shell("echo one; echo two >&2", { stdout: out });
    const told = await run(job);
    assert.deepEqual([told.output, fs.readFileSync(out, "utf8"), bench.log(job)], ["two\n", "one\n", "two\n"]);
    const other = await run(shell("echo one; echo two >&2", { stderr: err }));
    assert.deepEqual([other.output, fs.readFileSync(err, "utf8")], ["one\n", "two\n"]);
    const silent = await run(shell("echo three; echo four >&2", { stdout: out, stderr: err }));
    assert.deepEqual([silent.output, fs.readFileSync(out, "utf8"), fs.readFileSync(err, "utf8")], ["", "three\n", "four\n"]);
  });

  test("a command can open its own streams by name", { skip: process.platform !== "linux" }, async () => {
    const told = await run(shell("echo one > /dev/stdout; echo two > /dev/stderr; echo three | tee /dev/stderr"));
    assert.equal(told.output, "one\ntwo\nthree\nthree\n");
  });

  test("one file for both streams keeps their order", async () => {
    const both = join(bench.dir, "both.txt");
    await run(shell("echo 1; echo 2 >&2; echo 3; echo 4 >&2", { stdout: both, stderr: both }));
    assert.equal(fs.readFileSync(both, "utf8"), "1\n2\n3\n4\n");
  });

  test("a log that cannot be written does not fail the command", async () => {
    fs.writeFileSync(join(bench.dir, "in-the-way"), "");
    const told = await run(shell("echo one", { log: join(bench.dir, "in-the-way/log") }));
    assert.deepEqual([told.result.exit, told.result.problem, told.output], [0, null, "one\n"]);
  });
}

function refusals(bench: Bench): void {
  const { run, shell, argv } = bench;
  const problemOf = async (job: Job): Promise<unknown> => {
    const { result } = await run(job);
    assert.deepEqual([result.exit, result.signal], [null, null]);
    return result.problem;
  };

  test("a program that does not exist", async () => {
    assert.deepEqual(await problemOf(argv("no-such-program-tg")), { code: "command-not-found", task: "t", command: "no-such-program-tg" });
    assert.deepEqual(await problemOf(argv("./no/such")), { code: "command-not-found", task: "t", command: "./no/such" });
    const shellGone = bench.job({ action: { kind: "shell", shell: "no-such-shell", text: "true" } });
    assert.deepEqual(await problemOf(shellGone), { code: "command-not-found", task: "t", command: "no-such-shell" });
  });

  test("a program that cannot be executed", async () => {
    fs.writeFileSync(join(bench.dir, "plain.txt"), "text");
    assert.deepEqual(await problemOf(argv("./plain.txt")), { code: "spawn-failed", task: "t", errno: "EACCES", command: "./plain.txt" });
    fs.writeFileSync(join(bench.dir, "orphan.sh"), "#!/no/such/interpreter\n", { mode: 0o755 });
    assert.deepEqual(await problemOf(argv("./orphan.sh")), { code: "spawn-failed", task: "t", errno: "ENOENT", command: "./orphan.sh" });
  });

  test("a folder that is missing or is none", async () => {
    const missing = join(bench.dir, "missing");
    assert.deepEqual(await problemOf(shell("true", { cwd: missing })), { code: "bad-cwd", task: "t", cwd: missing, errno: "ENOENT" });
    const file = join(bench.dir, "a-file");
    fs.writeFileSync(file, "");
    assert.deepEqual(await problemOf(shell("true", { cwd: file })), { code: "bad-cwd", task: "t", cwd: file, errno: "ENOTDIR" });
  });

  test("a stdin that cannot be read, a stdout that cannot be written", async () => {
    const path = join(bench.dir, "nothing/here");
    assert.deepEqual(await problemOf(shell("true", { stdin: path })), { code: "input-unreadable", task: "t", path, errno: "ENOENT" });
    assert.deepEqual(await problemOf(shell("true", { stdout: path })), { code: "cannot-write", task: "t", path, errno: "ENOENT" });
  });

  test("shell text of any length runs", async () => {
    const job = shell(`: ${"x".repeat(3_000_000)}\necho "$((40 + 2))"; exit 3`);
    const told = await run(job);
    assert.deepEqual([told.output, told.result.exit], ["42\n", 3]);
    assert.deepEqual(fs.readdirSync(bench.dir).filter((name) => name.endsWith(".script")), []);
    const limit = 128 * 1024 - 1;
    const edge = ["#".repeat(limit - 7) + "\necho a", "#".repeat(limit - 6) + "\necho a"];
    for (const text of edge) assert.equal((await run(shell(text))).output, "a\n");
  });

  test("an argument that is too long is named with its length and the limit", { skip: process.platform !== "linux" }, async () => {
    assert.deepEqual(await problemOf(argv("true", "x".repeat(131_072))), { code: "command-too-long", task: "t", bytes: 131_072, limit: 131_071 });
    const many = Array.from({ length: 3000 }, () => "y".repeat(4000));
    const problem = (await problemOf(argv("true", ...many))) as { code: string; bytes: number; limit: number };
    assert.equal(problem.code, "command-too-long");
    assert.ok(problem.bytes > 12_000_000 && problem.bytes > problem.limit);
  });

  test("neither refusals nor runs keep descriptors", { skip: process.platform !== "linux" }, async () => {
    const round = async (): Promise<number> => {
      await Promise.all([argv("no-such-program-tg"), argv("a\0b"), shell("exit 1"), shell("echo x", { cwd: join(bench.dir, "missing") })].map(run));
      await new Promise((done) => setImmediate(done));
      return fs.readdirSync("/proc/self/fd").length;
    };
    await round();
    const before = await round();
    for (let i = 0; i < 10; i++) await round();
    const after = await round();
    assert.ok(after <= before + 8, `${before} descriptors became ${after}`);
  });

  test("a NUL in an argument", async () => {
    assert.deepEqual(await problemOf(argv("echo", "a\0b")), { code: "spawn-failed", task: "t", errno: "EINVAL", command: "echo" });
  });
}

function groups(engine: Engine, bench: Bench): void {
  const { shell } = bench;

  test("a signal reaches the grandchildren", async () => {
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const { running, heard } = await startAndHear(engine, shell("sh -c 'sleep 100 & echo pid $!; wait' & wait"), "\n");
      const pid = Number(/pid (\d+)/.exec(heard)![1]);
      running.signal(signal);
      const result = await running.done;
      assert.deepEqual([result.exit, result.signal, result.left], [null, signal, []]);
      assert.equal(isRunning(pid), false);
    }
  });

  test("a command that handles the signal has its own exit code", async () => {
    const { running } = await startAndHear(engine, shell("trap 'echo bye; exit 9' TERM; echo ready; while :; do sleep 0.01; done"), "ready");
    running.signal("SIGTERM");
    assert.deepEqual([(await running.done).exit, (await running.done).signal], [9, null]);
  });

  test("nothing of an interrupted job is left, though a shell's background children ignore SIGINT", async () => {
    const { running, heard } = await startAndHear(engine, shell("sleep 100 & echo pid $!; exec sleep 100"), "\n");
    running.signal("SIGINT");
    assert.deepEqual((await running.done).left, []);
    assert.equal(isRunning(Number(/pid (\d+)/.exec(heard)![1])), false);
  });

  test("a signal after the end does nothing", async () => {
    const running = engine.start(shell("exit 4"), () => {});
    const result = await running.done;
    running.signal("SIGKILL");
    assert.equal(result.exit, 4);
  });

  test("a process left behind is named, not killed, and its hold on the pipe does not hang the job", async () => {
    const told = await bench.run(shell("sleep 100 & echo $!"));
    const pid = Number(told.output);
    assert.deepEqual([told.result.exit, told.result.left], [0, [pid]]);
    assert.equal(isRunning(pid), true);
    process.kill(pid, "SIGKILL");
  });

  test("members that end right after their leader are not left behind, and are heard", async () => {
    const told = await bench.run(shell("{ sleep 0.05; echo late; } & echo early"));
    assert.deepEqual([told.output, told.result.left], ["early\nlate\n", []]);
  });

  test("nor are those that are heard to their end, however long after it", async () => {
    const told = await bench.run(shell("{ sleep 0.4; echo late; } & echo early"));
    assert.deepEqual([told.output, told.result.left], ["early\nlate\n", []]);
  });

  test("a closed engine has ended everything it started", async () => {
    const { running, heard } = await startAndHear(engine, shell("sleep 100 & echo pid $!; wait"), "\n");
    await engine.close();
    assert.equal((await running.done).signal, "SIGTERM");
    await gone(Number(/pid (\d+)/.exec(heard)![1]));
  });
}

function strays(open: () => Engine): void {
  test("what a process left behind prints goes to nobody, whatever runs then", async () => {
    // An engine of its own, so that its few pipes are all used again.
    const engine = open();
    const { run, shell } = openBench(engine);
    const told = await run(shell("setsid sh -c 'while sleep 0.005; do echo stray; done' & echo $!; echo group >&2"));
    const pid = Number(told.output.split("\n")[0]);
    for (let i = 0; i < 3; i++) {
      const next = await Promise.all(Array.from({ length: 10 }, () => run(shell("echo out; sleep 0.02; echo err >&2"))));
      for (const one of next) assert.equal(one.output, "out\nerr\n");
    }
    if (isRunning(pid)) process.kill(pid, "SIGKILL");
    await engine.close();
  });
}
