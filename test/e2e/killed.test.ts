// What a killed tg leaves running must not write into later builds.
import assert from "node:assert/strict";
import fs from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { isForeign, isRunning, onDeno, workspace, type Background, type Workspace } from "../support/rig.ts";
import { transcript } from "../support/story.ts";

/** What holds by the time the commands of `run` have come so far; a tg that ends before it fails the test. */
async function until(run: Background, holds: () => boolean): Promise<void> {
  let ended = false;
  void run.done.then(() => (ended = true));
  while (!holds()) {
    if (ended) assert.fail(`ended too early: ${JSON.stringify(await run.done)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function kill(run: Background): Promise<void> {
  process.kill(run.pid, "SIGKILL");
  await run.done;
}

/** A shell makes a file before it writes to it. */
function hasSaid(w: Workspace, file: string): boolean {
  return w.exists(file) && w.read(file) !== "";
}

/** Has tg noted who runs the task: the group, or the process that ends it by itself? */
function isNoted(w: Workspace, task: string): boolean {
  const journal = w.exists(".tg/journal") ? w.read(".tg/journal") : "";
  return journal.includes(`["g","${task}",`) || journal.includes('["k",');
}

test("a task that outlived its tg is ended by the next build", async () => {
  const w = await workspace({
    "tasks.config.mjs": `export default { tasks: { a: { inputs: ["in"], outputs: ["out"], run: "echo $$ >> pids; v=$(cat in); [ $v = old ] && sleep 30; echo $v > out" } } };\n`,
    in: "old",
  });
  const first = w.start("build");
  await until(first, () => hasSaid(w, "pids") && isNoted(w, "a"));
  await kill(first);
  w.write("in", "new");
  const next = await w.tg("build");
  assert.equal(next.code, 0, next.stderr);
  assert.equal(w.read("out"), "new\n");
  const [stray] = w.read("pids").trim().split("\n").map(Number);
  assert.equal(isRunning(-stray!), false);
});

test("nothing that ran is alive when the build after a killed one judges, however the task was started", async () => {
  const quick = Array.from({ length: 12 }, (_, i) => `q${i}: { outputs: ["q${i}"], run: "touch q${i}" }`);
  const slow = `slow: { after: [${quick.map((_, i) => `"q${i}"`).join()}], outputs: ["out"], run: "[ -e again ] || stays=30; echo $$ >> pids; sleep \${stays:-0}; echo done > out" }`;
  const w = await workspace({ "tasks.config.mjs": `export default { tasks: { ${quick.join(", ")}, ${slow} } };\n` });
  const first = w.start(["build", "-j1"]);
  await until(first, () => hasSaid(w, "pids") && isNoted(w, "slow"));
  await kill(first);
  w.write("again", "");
  const next = await w.tg("build");
  assert.equal(next.code, 0, next.stderr);
  const pids = w.read("pids").trim().split("\n").map(Number);
  assert.equal(pids.length, 2);
  for (const pid of pids) assert.equal(isRunning(-pid), false);
});

test("the state that a killed tg was writing is removed by the next build", async () => {
  const w = await workspace({ "tasks.config.mjs": `export default { tasks: { a: { outputs: ["out"], run: "touch begun; [ -e again ] || sleep 30; echo done > out" } } };\n` });
  const first = w.start("build");
  await until(first, () => w.exists("begun") && isNoted(w, "a"));
  await kill(first);
  for (const name of ["state", "state.1f"]) w.write(`.tg/${name}.${first.pid}.tmp`, "half");
  w.write("again", "");
  const next = await w.tg("build");
  assert.equal(next.code, 0, next.stderr);
  assert.deepEqual(fs.readdirSync(`${w.dir}/.tg`).filter((name) => name.endsWith(".tmp")), []);
});

/** What stands in the temp folder after a tg was killed while its task ran, and after the next build. */
async function leftBy(command: "build -j2" | "verify"): Promise<{ readonly killed: readonly string[]; readonly next: readonly string[] }> {
  const w = await workspace({ in: "1", "tmp/.keep": "" });
  w.write("tasks.config.mjs", `export default { tasks: { a: { inputs: ["in"], outputs: ["out"], run: "cp in out; [ ! -e ${w.dir}/hold ] || { touch ${w.dir}/held; sleep 30; }" } } };\n`);
  const env = { TMPDIR: `${w.dir}/tmp` };
  const left = (): string[] => fs.readdirSync(env.TMPDIR).filter((name) => name.startsWith("tg-")).map((name) => name.replace(/[^-]+$/, ""));
  if (command === "verify") await w.tg("build -j2", { env });
  assert.deepEqual(left(), []);
  w.write("hold", "");
  const first = w.start(command, { env });
  await until(first, () => w.exists("held"));
  await kill(first);
  const killed = left();
  w.remove("hold");
  w.write("in", "2");
  const next = await w.tg("build -j2", { env });
  assert.equal(next.code, 0, next.stderr);
  return { killed, next: left() };
}

test("what a killed tg leaves in the temp folder is removed by the next build", async () => {
  assert.deepEqual(await leftBy("build -j2"), { killed: onDeno ? [] : ["tg-"], next: [] });
  assert.deepEqual(await leftBy("verify"), { killed: ["tg-verify-"], next: [] });
});

/** Killed as soon as it has made a folder there, and in `mkfifo`, which is asked for more where more than eight run. */
test("whenever tg is killed, the next build removes the folder that it had just made in the temp folder", { skip: isForeign }, async () => {
  const killing = `const fs = require("node:fs");
for (const name of ["mkdtempSync", "mkdirSync"]) {
  const make = fs[name];
  fs[name] = (...args) => {
    const made = make(...args);
    if (String(args[0]).startsWith(process.env.TMPDIR + "/tg-") && --process.env.FOLDERS === 0) process.kill(process.pid, "SIGKILL");
    return made;
  };
}
`;
  const tasks = Array.from({ length: 12 }, (_, i) => `t${i}: { outputs: ["out${i}"], run: "until [ -e go ]; do sleep 0.01; done; touch out${i}" }`);
  const w = await workspace({
    "tasks.config.mjs": `export default { tasks: { ${tasks.join(", ")} } };\n`,
    "kill.cjs": killing, "tmp/.keep": "",
    "bin/mkfifo": '#!/bin/sh\ncase "$*" in *jobs*) PATH=${PATH#*:} exec mkfifo "$@";; esac\nkill -9 $PPID\n',
  });
  fs.chmodSync(`${w.dir}/bin/mkfifo`, 0o755);
  const env = { TMPDIR: `${w.dir}/tmp` };
  const left = (): string[] => fs.readdirSync(env.TMPDIR).filter((name) => name !== ".keep");
  const run = async (words: string, more: Record<string, string>): Promise<readonly string[]> => {
    const end = await w.tg(words, { env: { ...env, ...more } });
    assert.equal(end.signal, "SIGKILL", end.stderr);
    return left().map((name) => name.replace(/[^-]+$/, ""));
  };
  const killed = { NODE_OPTIONS: `--require=${w.dir}/kill.cjs`, FOLDERS: "1" };
  assert.deepEqual(await run("build -j2", killed), ["tg-"]);
  assert.deepEqual(await run("build -j12", { PATH: `${w.dir}/bin:${process.env["PATH"]}` }), ["tg-", "tg-"]);
  w.write("go", "");
  const end = await w.tg("build", { env });
  assert.equal(end.code, 0, end.stderr);
  assert.deepEqual(await run("verify", killed), ["tg-verify-"]);
  assert.equal((await w.tg("build -f", { env })).code, 0);
  assert.deepEqual(left(), []);
});

/** A group that is killed is slow to go: meanwhile a signal comes. Once there is work, once none. */
test("a build that is told to stop while it ends what a killed one left ends that first, and then itself in order", { skip: isForeign }, async () => {
  const w = await workspace({
    in: "1",
    "tasks.config.mjs": 'export default { tasks: { server: { run: "echo $$ > pid; exec sleep 300", service: { ready: { command: "[ -s pid ]" } } }, a: { inputs: ["in"], outputs: ["out"], run: "cp in out" } } };\n',
    "slow.cjs": `const kill = process.kill;
process.kill = (pid, signal) => {
  if (pid >= 0 || signal !== "SIGKILL") return kill.call(process, pid, signal);
  kill.call(process, process.pid, "SIGINT");
  setTimeout(() => kill.call(process, pid, signal), 50);
  return true;
};
`,
  });
  for (const told of ["1 not started", "1 fresh"]) {
    const first = w.start("build server");
    await first.until(/Ctrl-C ends it/);
    await kill(first);
    const server = Number(w.read("pid"));
    w.remove("pid");
    const run = await w.tg("build a", { env: { NODE_OPTIONS: `--require=${w.dir}/slow.cjs` } });
    assert.equal(transcript(run, w), `2| tg: interrupted by SIGINT: ${told} (N s)\nSIGINT`);
    assert.equal(isRunning(server), false);
    assert.equal(w.exists(".tg/lock"), false);
    assert.equal((await w.tg("build a")).code, 0);
  }
});

/** A program that is asked for its version holds the judge as a file of many gigabytes does. */
test("a signal ends a build that still judges at once", { skip: isForeign }, async () => {
  const w = await workspace({ in: "1", "tasks.config.mjs": 'export default { tasks: { a: { inputs: ["in"], tools: ["sh version"], run: "true" } } };\n', version: "echo $$ > begun\nexec sleep 300\n" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const run = w.start("build");
    await until(run, () => hasSaid(w, "begun"));
    run.signal(signal);
    assert.equal(transcript(await run.done, w), signal);
    process.kill(Number(w.read("begun")));
    assert.equal(w.exists(".tg/lock"), false);
    w.remove("begun");
  }
});

const LARGE: readonly (readonly [what: string, tasks: string, told: string])[] = [
  ["an output", 'a: { inputs: ["in"], outputs: ["large"], run: "truncate -s 8G large" }', "- a (N s) — stopped\n2| tg: interrupted by SIGINT: 1 not finished (N s)"],
  ["an input that another task has changed", 'a: { inputs: ["in"], run: "truncate -s 8G large" }, b: { inputs: ["large"], after: ["a"], run: "true" }', "✓ a (N s) — never ran\n2| - b (N s) — stopped\n2| tg: interrupted by SIGINT: 1 ran, 1 not finished (N s)"],
];

for (const [what, tasks, told] of LARGE) {
  test(`a signal is heard while ${what} of many gigabytes is hashed`, { skip: !fs.existsSync("/proc/self/fd") }, async () => {
    const w = await workspace({ in: "1", large: "", "tasks.config.mjs": `export default { tasks: { ${tasks} } };\n` });
    const isReading = (pid: number): boolean =>
      fs.readdirSync(`/proc/${pid}/fd`).some((fd) => {
        try {
          return fs.readlinkSync(`/proc/${pid}/fd/${fd}`).endsWith("/large") && fs.statSync(`/proc/${pid}/fd/${fd}`).size > 0;
        } catch {
          return false;
        }
      });
    const run = w.start("build");
    await until(run, () => isReading(run.pid));
    run.signal("SIGINT");
    assert.equal(transcript(await run.done, w), `2| ${told}\nSIGINT`);
    assert.equal(w.exists(".tg/lock"), false);
  });
}

/** Its files may have gigabytes, and nothing is heard while they are read. */
test("a folder that a failed or stopped task leaves is removed unread", { skip: isForeign }, async () => {
  const w = await workspace({
    in: "1",
    "tasks.config.mjs": 'export default { tasks: { a: { inputs: ["in"], outputs: ["made/"], run: "cp in made/file; echo > begun; [ $(cat in) = 1 ] && exit 1; exec sleep 300" } } };\n',
    "opened.cjs": `const fs = require("node:fs"), { openSync } = fs;
fs.openSync = (file, ...rest) => (String(file).endsWith("made/file") && fs.writeSync(2, "opened " + file + "\\n"), openSync(file, ...rest));
`,
  });
  const env = { NODE_OPTIONS: `--require=${w.dir}/opened.cjs` };
  assert.match(transcript(await w.tg("build", { env }), w), /^2\| ✗ a \(N s\) — exit 1\n2\| tg: task "a" failed: exit 1 .*\n2\| tg: 1 failed \(N s\)\nexit 1$/);
  assert.equal(w.exists("made"), false);
  w.remove("begun");
  w.write("in", "2");
  const run = w.start("build", { env });
  await until(run, () => w.exists("begun"));
  run.signal("SIGINT");
  assert.equal(transcript(await run.done, w), "2| - a (N s) — stopped\n2| tg: interrupted by SIGINT: 1 not finished (N s)\nSIGINT");
  assert.equal(w.exists("made"), false);
});

/** A `mkfifo` says that it has begun, and waits. Deno has no FIFOs made. */
test("a build that is told to stop while its FIFOs are made runs nothing, and leaves neither folder nor process", { skip: onDeno }, async () => {
  const w = await workspace({ in: "1", "tmp/.keep": "", "bin/mkfifo": '#!/bin/sh\necho $$ > ../begun\nuntil [ -e ../go ]; do sleep 0.01; done\nPATH=${PATH#*:} exec mkfifo "$@"\n' });
  w.write("tasks.config.mjs", 'export default { tasks: { a: { inputs: ["in"], outputs: ["out"], run: "cp in out" } } };\n');
  fs.chmodSync(`${w.dir}/bin/mkfifo`, 0o755);
  w.write("bin/mkfifo", w.read("bin/mkfifo").replaceAll("../", `${w.dir}/`));
  const env = { TMPDIR: `${w.dir}/tmp`, PATH: `${w.dir}/bin:${process.env["PATH"]}` };
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    const run = w.start("build -j2", { env });
    await until(run, () => w.exists("begun"));
    run.signal(signal);
    // Of two that wait for a busy process the kernel may have the later one taken first.
    await until(run, () => /^ShdPnd:\t0+$/m.test(fs.readFileSync(`/proc/${run.pid}/status`, "utf8")));
    w.write("go", "");
    const end = await run.done;
    assert.equal(end.signal ?? end.code, end.signal === null ? code : signal, end.stderr);
    assert.deepEqual([fs.readdirSync(env.TMPDIR), fs.readdirSync(`${w.dir}/.tg/outside`), w.exists("out")], [[".keep"], [], false]);
    assert.equal(isRunning(Number(w.read("begun"))), false);
    for (const name of ["begun", "go"]) w.remove(name);
  }
  w.write("go", "");
  const next = await w.tg("build -j2", { env });
  assert.equal(next.code, 0, next.stderr);
  assert.equal(w.read("out"), "1");
});
