// Sharing jobs with GNU make: never more compilers at once than -j says, with make below tg, above it and both; and as many
// tokens after as before, however a build ends. The compiler is a script that tells when it runs.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { test } from "node:test";
import { workspace, type Workspace } from "../support/rig.ts";

const COMPILER = `#!/bin/sh
echo "1 $(date +%s%N)" >>"$LOGS/$$"
sleep 0.05
echo "-1 $(date +%s%N)" >>"$LOGS/$$"
`;

const MAKEFILE = "OBJECTS = a b c d e f\nall: $(OBJECTS)\n.PHONY: all $(OBJECTS)\n$(OBJECTS):\n\t@../cc\n";
const EIGHT = "export default { tasks: Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`m${i}`, { run: `make -s -C sub OUT=${i}` }])) };\n";

async function place(files: Readonly<Record<string, string>>): Promise<Workspace> {
  const w = await workspace({ "sub/Makefile": MAKEFILE, cc: COMPILER, ...files });
  fs.chmodSync(`${w.dir}/cc`, 0o755);
  fs.mkdirSync(`${w.dir}/logs`);
  return w;
}

/** How often the compiler ran, and how many of it at once. */
function compiled(w: Workspace): { readonly runs: number; readonly peak: number } {
  const steps = fs.readdirSync(`${w.dir}/logs`).flatMap((file) => w.read(`logs/${file}`).trim().split("\n").map((line) => line.split(" ").map(Number) as [number, number]));
  steps.sort((a, b) => a[1] - b[1] || a[0] - b[0]);
  let now = 0, peak = 0;
  for (const [step] of steps) peak = Math.max(peak, (now += step));
  return { runs: steps.length / 2, peak };
}

const env = (w: Workspace, more: Readonly<Record<string, string>> = {}): { env: Record<string, string> } => ({ env: { LOGS: `${w.dir}/logs`, ...more } });

test("tg -j4 over eight makes: four compilers at once, and no more", async () => {
  const w = await place({ "tasks.config.ts": EIGHT });
  const run = await w.tg("build -j 4", env(w));
  assert.equal(run.code, 0, run.stderr);
  assert.doesNotMatch(run.stderr, /jobserver/);
  assert.deepEqual(compiled(w), { runs: 48, peak: 4 });
});

test("under make -j4, beside other compilers of that make: four at once in all", async () => {
  const w = await place({ "tasks.config.ts": EIGHT, Makefile: "all: tg x1 x2 x3 x4 x5 x6\n.PHONY: tg x1 x2 x3 x4 x5 x6\ntg:\n\t+@tg build\nx1 x2 x3 x4 x5 x6:\n\t@./cc\n" });
  const run = await w.sh("make -s -j4", env(w));
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(compiled(w), { runs: 54, peak: 4 });
});

test("a tg below a tg, each with makes", async () => {
  const w = await place({
    "tasks.config.ts": "export default { tasks: { own: { run: \"make -s -C sub\" }, a: { run: \"cd a && tg build\" }, b: { run: \"cd b && tg build\" } } };\n",
    "a/tasks.config.ts": "export default { tasks: { x: { run: \"make -s -C ../sub X=1\" }, y: { run: \"make -s -C ../sub X=2\" } } };\n",
    "b/tasks.config.ts": "export default { tasks: { x: { run: \"make -s -C ../sub X=3\" }, y: { run: \"cd ..; ./cc\" } } };\n",
  });
  const run = await w.tg("build -j 3", env(w));
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(compiled(w), { runs: 25, peak: 3 });
});

test("under make without +, the pipe does not get here: said once, and built all the same", async () => {
  const w = await place({ "tasks.config.ts": "export default { tasks: { x: { run: \"./cc\" } } };\n", Makefile: "all:\n\t@tg build\n" });
  const run = await w.sh("make -s -j4", env(w));
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /tg: warning: make shares its jobs, but its pipe did not get here; going on with 4 of its own\n {4}try: begin the line in the makefile with \+/);
});

test("functions and -j 1 share with nobody; strictEnv passes the jobserver on", async () => {
  const w = await place({
    "tasks.config.ts": "export default { strictEnv: true, tasks: { f: { run: () => { console.log(\"f \" + process.env.MAKEFLAGS); } }, c: { run: \"echo c $MAKEFLAGS\" } } };\n",
  });
  const shared = (await w.tg("build -j 2", { env: { MAKEFLAGS: "k" } })).stderr;
  assert.match(shared, /^f k$/m);
  assert.match(shared, /^c k -j2 --jobserver-auth=fifo:\S+ --jobserver-auth=3,4$/m);
  assert.match((await w.tg("build -j 1", { env: { MAKEFLAGS: "k" } })).stderr, /^c$/m);
});

/** A FIFO with three tokens, as make -j4 has it. */
function offer(w: Workspace): { readonly makeflags: string; count(): number } {
  const file = `${w.dir}/../fifo`;
  assert.equal(spawnSync("mkfifo", [file]).status, 0);
  const fd = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
  fs.writeSync(fd, "+++");
  return {
    makeflags: ` -j4 --jobserver-auth=fifo:${file}`,
    count: () => {
      const memory = Buffer.alloc(100);
      const got = fs.readSync(fd, memory);
      fs.writeSync(fd, memory, 0, got);
      return got;
    },
  };
}

test("as many tokens after as before: success, failure, a killed command, a timeout, Ctrl-C once and twice", async () => {
  const w = await place({});
  const { makeflags, count } = offer(w);
  const gate = w.gate("g");
  const tasks = (text: string): string => `export default { tasks: { ${text} } };\n`;
  const build = async (text: string, code: number): Promise<void> => {
    w.write("tasks.config.ts", tasks(text));
    assert.equal((await w.tg("build -k", env(w, { MAKEFLAGS: makeflags }))).code, code);
    assert.equal(count(), 3, text);
  };
  await build(`a: { run: "true" }, b: { run: "true" }, c: { run: "make -s -C sub" }`, 0);
  await build(`a: { run: "exit 1" }, b: { run: "make -s -C sub" }, c: { run: "kill -9 $$" }, d: { timeout: "100ms", run: "sleep 9" }`, 1);
  for (const signals of [["SIGINT"], ["SIGTERM", "SIGTERM"]] as const) {
    w.write("tasks.config.ts", tasks(["a", "b", "c"].map((name) => `${name}: { run: ${JSON.stringify(`trap '' TERM; ${gate.command}`)} }`).join(", ")));
    const run = w.start("build", env(w, { MAKEFLAGS: makeflags }));
    await Promise.all([gate.reached(), gate.reached(), gate.reached()]);
    assert.equal(count(), 1);
    run.signal(signals[0]);
    if (signals.length === 2) {
      await run.until(/interrupted|stopping|SIGTERM|$/);
      // Signals within half a second count as one.
      await new Promise((resolve) => setTimeout(resolve, 700));
      run.signal(signals[1]);
    }
    await run.done;
    assert.equal(count(), 3, signals.join());
  }
});

test("a make that is killed with tokens in its hands does not slow the build for long", async () => {
  const w = await place({
    "kill/Makefile": "all: a b c d\na b c d:\n\t@sleep 0.2; kill -9 $$PPID\n",
    "tasks.config.ts": "export default { tasks: { kill: { allowFailure: true, run: \"make -s -C kill\" }, after: { after: [\"kill\"], run: \"make -s -C sub\" } } };\n",
  });
  const run = await w.tg("build -j 4", env(w));
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(compiled(w), { runs: 6, peak: 4 });
});
