// Sharing jobs with GNU make: never more compilers at once than -j says, with make below tg, above it and both; and as many
// tokens after as before, however a build ends. The compiler is a script that tells when it runs.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import process from "node:process";
import { test, type TestOptions } from "node:test";
import { onDeno, repo, workspace, type Workspace } from "../support/rig.ts";

/** The first wait until as many run at once as there may, or give up after half a minute: on a busy machine one might be over before the next begins. */
const COMPILER = `#!/bin/sh
echo "1 $(date +%s%N)" >>"$LOGS/$$"
tries=0
while [ "$(ls "$LOGS" | wc -l)" -lt "\${MEET:-1}" ] && [ ! -e "$LOGS.late" ]; do
  tries=$((tries + 1)); [ $tries -lt 500 ] || : >"$LOGS.late"; sleep 0.05
done
sleep "\${TAKES:-0.05}"
echo "-1 $(date +%s%N)" >>"$LOGS/$$"
`;

const MAKEFILE = "OBJECTS = a b c d e f\nall: $(OBJECTS)\n.PHONY: all $(OBJECTS)\n$(OBJECTS):\n\t@../cc\n";
const EIGHT = "export default { tasks: Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`m${i}`, { run: `make -s -C sub OUT=${i}` }])) };\n";

const own: TestOptions = { skip: onDeno && "tg on Deno offers no jobserver of its own (docs/config.md)" };

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
  const run = await w.tg("build -j 4", env(w, { MEET: "4" }));
  assert.equal(run.code, 0, run.stderr);
  assert.doesNotMatch(run.stderr, /jobserver/);
  assert.deepEqual(compiled(w), { runs: 48, peak: 4 });
});

test("under make -j4, beside other compilers of that make: four at once in all", async () => {
  const w = await place({ "tasks.config.ts": EIGHT, Makefile: "all: tg x1 x2 x3 x4 x5 x6\n.PHONY: tg x1 x2 x3 x4 x5 x6\ntg:\n\t+@tg build\nx1 x2 x3 x4 x5 x6:\n\t@./cc\n" });
  const run = await w.sh("make -s -j4", env(w, { MEET: "4" }));
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(compiled(w), { runs: 54, peak: 4 });
});

test("a tg below a tg, each with makes", own, async () => {
  const w = await place({
    "tasks.config.ts": "export default { tasks: { own: { run: \"make -s -C sub\" }, a: { run: \"cd a && tg build\" }, b: { run: \"cd b && tg build\" } } };\n",
    "a/tasks.config.ts": "export default { tasks: { x: { run: \"make -s -C ../sub X=1\" }, y: { run: \"make -s -C ../sub X=2\" } } };\n",
    "b/tasks.config.ts": "export default { tasks: { x: { run: \"make -s -C ../sub X=3\" }, y: { run: \"cd ..; ./cc\" } } };\n",
  });
  const run = await w.tg("build -j 3", env(w, { MEET: "3" }));
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(compiled(w), { runs: 25, peak: 3 });
});

test("under make without +, the pipe does not get here: said once, and built all the same", async () => {
  const w = await place({ "tasks.config.ts": "export default { tasks: { x: { run: \"./cc\" } } };\n", Makefile: "all:\n\t@tg build\n" });
  const run = await w.sh("make -s -j4", env(w));
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /tg: warning: make shares its jobs, but its pipe did not get here; going on with 4 of its own\n {4}try: begin the line in the makefile with \+/);
});

test("functions share by the FIFO; strictEnv passes the jobserver on", own, async () => {
  const w = await place({
    "tasks.config.ts": "export default { strictEnv: true, tasks: { f: { run: () => { console.log(\"f \" + process.env.MAKEFLAGS); } }, c: { run: \"echo c $MAKEFLAGS\" } } };\n",
  });
  const shared = (await w.tg("build -j 2", { env: { MAKEFLAGS: "k" } })).stderr;
  assert.match(shared, /^f k -- --jobserver-auth=fifo:\S+$/m);
  assert.match(shared, /^c k -j2 --jobserver-auth=fifo:\S+ --jobserver-auth=3,4 -- --jobserver-auth=fifo:\S+$/m);
});

test("tg -j1: what commands and functions start stays at one, a tg below it as well as a make", own, async () => {
  const below = 'run: () => { execFileSync("sh", ["-c", "make -s -C sub; cd a; tg build"], { stdio: "inherit" }); }';
  const w = await place({
    "tasks.config.ts": `import { execFileSync } from "node:child_process";\nexport default { tasks: { c: { run: "make -s -C sub X=1; cd a && tg build -f" }, f: { ${below} }, last: { run: "./cc" } } };\n`,
    "a/tasks.config.ts": 'export default { tasks: { x: { run: "cd ..; ./cc" }, y: { run: "make -s -C ../sub X=2" }, z: { cache: false, run: "cd ..; ./cc" } } };\n',
  });
  const run = await w.tg("build -j 1", env(w));
  assert.equal(run.code, 0, run.stderr);
  assert.doesNotMatch(run.stderr, /warning/);
  assert.deepEqual(compiled(w).peak, 1);
  assert.ok(compiled(w).runs >= 22);
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
      // Signals within half a second count as one.
      await new Promise((resolve) => setTimeout(resolve, 700));
      run.signal(signals[1]);
    }
    await run.done;
    assert.equal(count(), 3, signals.join());
  }
});

test("a make that is killed with tokens in its hands does not slow the build for long", own, async () => {
  const w = await place({
    "kill/Makefile": "all: a b c d\na b c d:\n\t@sleep 0.2; kill -9 $$PPID\n",
    "tasks.config.ts": "export default { tasks: { kill: { allowFailure: true, run: \"make -s -C kill\" }, after: { after: [\"kill\"], run: \"make -s -C sub\" } } };\n",
  });
  const run = await w.tg("build -j 4", env(w, { MEET: "4" }));
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(compiled(w), { runs: 6, peak: 4 });
});

/** The ninja that takes part, as NINJA says, of test/peers or from the PATH; else why not. */
function ninjaFound(): { readonly program: string; readonly skip: string | false } {
  const asked = process.env["NINJA"];
  for (const program of asked === undefined ? [`${repo}/node_modules/.bin/ninja`, "ninja"] : [asked]) {
    const [major, minor] = String(spawnSync(program, ["--version"]).stdout ?? "").split(".").map(Number);
    if (major === 1 && minor! >= 13) return { program, skip: false };
  }
  return { program: "", skip: "no ninja from 1.13 on (test/peers has it for linux-x64; NINJA=PROGRAM)" };
}

const ninja = ninjaFound();
const rules = (command: string, names: string): string => `rule r\n  command = ${command}\n${[...names].map((name) => `build ${name}: r\n`).join("")}`;

test("tg -j4 over eight ninjas: four compilers at once, and no more", { skip: own.skip || ninja.skip }, async () => {
  const w = await place({
    "sub/build.ninja": rules("../cc", "abcdef"),
    "tasks.config.ts": EIGHT.replace("make -s -C sub OUT=${i}", `${ninja.program} -C sub`),
  });
  const run = await w.tg("build -j 4", env(w, { MEET: "4" }));
  assert.equal(run.code, 0, run.stderr);
  assert.doesNotMatch(run.stderr, /Ignoring jobserver/);
  assert.deepEqual(compiled(w), { runs: 48, peak: 4 });
});

test("tg over ninja over tg and make, and over make over ninja: one jobserver for all", { skip: own.skip || ninja.skip }, async () => {
  const w = await place({
    "low/tasks.config.ts": "export default { tasks: Object.fromEntries([\"x\", \"y\", \"z\"].map((name) => [name, { run: `../cc ${name}` }])) };\n",
    "sub/build.ninja": rules("../cc", "abcdef"),
    "up/build.ninja": `${rules("cd ../low && tg build", "a")}rule m\n  command = make -s -C ../sub\nbuild b: m\nbuild c: m\n`,
    Makefile: `all: a b\na b:\n\t+@${ninja.program} -C sub\n`,
    "tasks.config.ts": `export default { tasks: { up: { run: "${ninja.program} -C up" }, make: { run: "make -s" }, own: { run: "make -s -C sub" } } };\n`,
  });
  const run = await w.tg("build -j 3", env(w, { MEET: "3" }));
  assert.equal(run.code, 0, run.stderr);
  assert.doesNotMatch(run.stderr, /Ignoring jobserver/);
  const { runs, peak } = compiled(w);
  assert.deepEqual({ runs, peak }, { runs: 3 + 12 + 12 + 6, peak: 3 });
});

test("a ninja or a tg that is killed with tokens in its hands: as many at once afterwards as before", { skip: own.skip || ninja.skip }, async () => {
  const w = await place({
    "kill/build.ninja": rules("sleep 0.2; kill -9 $$PPID", "abcd"),
    "low/tasks.config.ts": "export default { tasks: Object.fromEntries([\"a\", \"b\", \"c\", \"d\"].map((name) => [name, { run: \"sleep 0.2; kill -9 $(cat ../pid)\" }])) };\n",
    "sub/build.ninja": rules("../cc", "abcdef"),
    "tasks.config.ts": `export default { tasks: {
  ninja: { allowFailure: true, run: "${ninja.program} -C kill" },
  tg: { allowFailure: true, after: ["ninja"], run: "echo $$ >pid; cd low; exec tg build" },
  after: { after: ["tg"], run: "${ninja.program} -C sub" },
} };\n`,
  });
  const run = await w.tg("build -j 4", env(w, { TAKES: "0.3", MEET: "4" }));
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /^! ninja .*killed by SIGKILL/m);
  assert.match(run.stderr, /^! tg .*SIGKILL/m);
  assert.deepEqual(compiled(w), { runs: 6, peak: 4 });
});

const rust = ["cargo", "rustc"].filter((program) => spawnSync(program, ["--version"]).status !== 0);
const CRATES = ["a", "b", "c", "d", "e", "f"];

test("tg -j3 over three cargos: three compilers at once, and no more", { skip: own.skip || rust.length > 0 && `${rust.join(", ")} not installed` }, async () => {
  const w = await place({
    // cargo asks the compiler for its version, too.
    rustc: "#!/bin/sh\ncase \"$*\" in *--crate-name\\ own_*) $HERE/cc;; esac\nexec \"$@\"\n",
    "sub/Cargo.toml": `[workspace]\nresolver = "2"\nmembers = ${JSON.stringify(CRATES)}\n`,
    "tasks.config.ts": "export default { tasks: Object.fromEntries([1, 2, 3].map((i) => [`c${i}`, { run: `cargo build -q --offline --manifest-path sub/Cargo.toml --target-dir target/${i}` }])) };\n",
  });
  for (const name of CRATES) {
    w.write(`sub/${name}/Cargo.toml`, `[package]\nname = "own_${name}"\nversion = "0.1.0"\nedition = "2021"\n`);
    w.write(`sub/${name}/src/lib.rs`, "");
  }
  fs.chmodSync(`${w.dir}/rustc`, 0o755);
  // A lock file first, which three at once would write.
  assert.equal((await w.sh("cargo generate-lockfile --offline --manifest-path sub/Cargo.toml")).code, 0);
  const run = await w.tg("build -j 3", env(w, { HERE: w.dir, RUSTC_WRAPPER: `${w.dir}/rustc`, CARGO_BUILD_JOBS: "4", TAKES: "0.2", MEET: "3" }));
  assert.equal(run.code, 0, run.stderr);
  assert.deepEqual(compiled(w), { runs: 18, peak: 3 });
});
