// tg verify on the built command: what a task reads, writes and makes of it, against what it declares.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { staged, tell, transcript } from "../support/story.ts";
import { isRunning, workspace } from "../support/rig.ts";

const strace = spawnSync("strace", ["--version"]).status === 0;

tell([
  { title: "tasks that say what they do", tasks: `
    gen: { inputs: ["in"], outputs: ["gen/"], run: "cp in gen/a; mkdir gen/empty; ln -s a gen/l" },
    lib: { inputs: ["gen/a", "src/**"], outputs: ["lib"], files: { "lib.rsp": "x" }, depfile: "lib.d", run: "cat gen/a src/a lib.rsp h > lib; echo lib: gen/a src/a h > lib.d" },
    lint: { inputs: ["src/**"], run: "grep -q a src/a" },
    fn: { deps: ["gen"], outputs: ["fn.out"], run: async (ctx) => { const fs = await import("node:fs"); fs.copyFileSync("gen/l", "fn.out"); return 1; } },
    all: { deps: ["lib"] },`, files: { in: "1\n", "src/a": "a\n", h: "h\n" }, given: ["build"], when: "verify -v", then: `
      1| ✓ gen — the same bytes
      1| ✓ lib — the same bytes
      1| ✓ lint — the same bytes
      1| ✓ fn — the same bytes
      1| tg: 4 the same (N s)
      exit 0` },
  { title: "an undeclared input", tasks: '    a: { inputs: ["in"], outputs: ["out"], run: "cat in extra > out" },', files: { in: "1\n", extra: "2\n" }, given: ["build"], when: "verify", then: `
      1| ✗ a — failed where only its declared inputs are
      1|     tg: task "a" failed: exit 1 after N s: cat in extra > out
      1|     | cat: extra: No such file or directory
      1|     --audit names the files it looked for
      1| tg: 1 failed (N s)
      exit 1` },
  { title: "a command that makes something else each time", tasks: '    a: { inputs: ["in"], outputs: ["out"], run: "cat in /proc/sys/kernel/random/uuid > out" },', files: { in: "1\n" }, given: ["build"], when: "verify", then: `
      1| ✗ a — out differs each time: the command is not deterministic
      1| tg: 1 different (N s)
      exit 1` },
  { title: "a command that writes down where it stands", tasks: '    a: { inputs: ["in"], outputs: ["out", "b"], run: "pwd > out; cp in b" },', files: { in: "1\n" }, given: ["build"], when: "verify", then: `
      1| ✗ a — out differs with the folder it is made in: it holds that folder's path
      1| tg: 1 different (N s)
      exit 1` },
  { title: "a task that is allowed to fail, and did", tasks: '    a: { inputs: ["in"], allowFailure: true, run: "false" },\n    b: { inputs: ["in"], outputs: ["out"], run: "cp in out" },', files: { in: "1\n" }, given: ["build"], when: "verify -v", then: `
      1| - a — not verified: it failed, as it is allowed to, and made nothing to compare
      1| ✓ b — the same bytes
      1| tg: 1 the same, 1 not verified (N s)
      exit 0` },
  { title: "a task that may try again", tasks: '    a: { inputs: ["in"], outputs: ["out"], retries: { count: 2, backoff: 1 }, run: "test $TG_ATTEMPT = 2 && cp in out" },', files: { in: "1\n" }, given: ["build"], when: "verify -v", then: `
      1| ✓ a — the same bytes
      1| tg: 1 the same (N s)
      exit 0` },
  { title: "undeclared files beside the outputs", tasks: '    a: { inputs: ["in"], outputs: ["out"], run: "cp in out; touch out.log" },', files: { in: "1\n" }, given: ["build"], when: "verify", then: `
      1| ! a — the same bytes
      1|     writes 1 file that it does not declare: out.log
      1| tg: 1 the same (N s)
      exit 0` },
  { title: "what a link leads to, which nobody names", tasks: '    a: { inputs: ["l", "dir"], outputs: ["out"], run: "cat l dir/x > out" },', files: { "real/x": "1\n" }, given: [(w) => fs.symlinkSync("real/x", `${w.dir}/l`), (w) => fs.symlinkSync("real", `${w.dir}/dir`), "build"], when: "verify -v", then: `
      1| ✓ a — the same bytes
      1| tg: 1 the same (N s)
      exit 0` },
  { title: "what is not up to date", tasks: '    a: { inputs: ["in"], outputs: ["out"], run: "cp in out" },', files: { in: "1\n" }, when: "verify", then: `
      1| - a — not verified: it is not up to date; build it first
      1| tg: 1 not verified (N s)
      exit 1` },
  { title: "what was built with another parameter", tasks: '    a: { params: { n: { type: "number", default: 1 } }, outputs: ["out"], run: "echo $n > out" },', given: ["build --param n=2"], when: "verify", then: `
      1| - a — not verified: it was built with another value of "n"; give --param as the build was given it, or build it first
      1| tg: 1 not verified (N s)
      exit 1` },
  { title: "what the config leaves out", tasks: '    a: { inputs: ["in"], outputs: ["out"], run: "cp in out" },\n    b: { when: false, inputs: ["in"], outputs: ["b"], run: "cp in b" },', files: { in: "1\n" }, given: ["build"], when: "verify -v", then: `
      1| ✓ a — the same bytes
      1| - b — not verified: its "when" leaves it out
      1| tg: 1 the same, 1 not verified (N s)
      exit 0` },
  { title: "what its `when` leaves out now, and what it would leave out but is up to date", tasks: '    a: { inputs: ["in"], when: () => false, outputs: ["a"], run: "cp in a" },\n    b: { inputs: ["in"], when: async () => (await import("node:fs")).existsSync("go"), outputs: ["b"], run: "cp in b" },\n    c: { inputs: ["in"], when: () => { throw new Error("no"); }, outputs: ["c"], run: "cp in c" },', files: { in: "1\n", go: "" }, given: ["build a b", (w) => w.remove("go")], when: "verify -v", then: `
      1| - a — not verified: its "when" leaves it out
      1| ✓ b — the same bytes
      1| - c — not verified: it is not up to date; build it first
      1| tg: 1 the same, 2 not verified (N s)
      exit 1` },
  { title: "what its `when` alone leaves out is no fault", tasks: '    a: { inputs: ["in"], when: () => false, outputs: ["a"], run: "cp in a" },', files: { in: "1\n" }, given: ["build"], when: "verify", then: `
      1| - a — not verified: its "when" leaves it out
      1| tg: 1 not verified (N s)
      exit 0` },
  { title: "very many that are left out for the same", tasks: Array.from({ length: 12 }, (_, i) => `    t${i}: { console: true, run: "true", inputs: ["in"] },`).join("\n"), files: { in: "1\n" }, given: ["build"], when: "verify", then: `
${Array.from({ length: 10 }, (_, i) => `      1| - t${i} — not verified: it needs the terminal\n`).join("")}      1| - 2 more — not verified for the same; -v lists them
      1| tg: 12 not verified (N s)
      exit 0` },
  { title: "what is left out, quietly", tasks: '    a: { console: true, run: "true", inputs: ["in"] },', files: { in: "1\n" }, given: ["build"], when: "verify -q", then: `
      exit 0` },
  { title: "inputs that are left out of the key", tasks: '    a: { inputs: ["in", "notes/*", "ver"], cache: { ignore: ["input:notes/*", "input:ver"] }, outputs: ["out"], run: "cat in notes/x ver > out" },', files: { in: "1\n", "notes/x": "2\n", ver: "3\n" }, given: ["build"], when: "verify -v", then: `
      1| ✓ a — the same bytes
      1| tg: 1 the same (N s)
      exit 0` },
  { title: "what cannot be run twice", tasks: '    a: { inout: ["in"], run: "true" },', files: { in: "1\n" }, given: ["build"], when: "verify -v", then: `
      1| - a — not verified: it rewrites its inputs, which are no longer what they were
      1| tg: 1 not verified (N s)
      exit 0` },
]);

test("an input that is missed without failing makes another output", async () => {
  const w = await staged({ tasks: '    a: { inputs: ["in"], outputs: ["out"], run: "cat in > out; cat extra >> out 2>/dev/null || true" },', files: { in: "1\n", extra: "2\n" }, given: ["build"] });
  assert.equal(transcript(await w.tg("verify"), w), `1| ✗ a — out differs
1|     it was made from something undeclared; --audit names the files
1| tg: 1 different (N s)
exit 1`);
});

test("--audit names what was read, and leaves the project as it was", { skip: !strace }, async () => {
  const w = await staged({ tasks: '    a: { inputs: ["in"], outputs: ["out"], run: "cat in > out; cat extra >> out 2>/dev/null || true" },', files: { in: "1\n", extra: "2\n" }, given: ["build"] });
  const before = w.list();
  assert.equal(transcript(await w.tg("verify --audit"), w), `1| ✗ a — out differs
1|     reads 1 file that it does not declare: extra
1| tg: 1 different (N s)
exit 1`);
  assert.deepEqual(w.list(), before);
  assert.equal(w.read("out"), "1\n2\n");
  const json = JSON.parse((await w.tg("verify --audit --json")).stdout) as { tasks: { reads: string[]; kind: string; paths: string[] }[] };
  assert.deepEqual(json.tasks, [{ task: "a", kind: "differs", paths: ["out"], always: false, reads: ["extra"], writes: [] }]);
});

test("--audit names what a failed command only asked about", { skip: !strace }, async () => {
  const w = await staged({ tasks: '    a: { inputs: ["in"], outputs: ["out"], run: "test -e extra && cp in out" },\n    b: { inputs: ["in"], outputs: ["b"], run: "test -e extra; cp in b" },', files: { in: "1\n", extra: "2\n" }, given: ["build"] });
  assert.equal(transcript(await w.tg("verify --audit"), w), `1| ✗ a — failed where only its declared inputs are
1|     tg: task "a" failed: exit 1 after N s: test -e extra && cp in out
1|     reads 1 file that it does not declare: extra
1| tg: 1 the same, 1 failed (N s)
exit 1`);
});

test("--audit names what made a difference by being there, and folders that were listed", { skip: !strace }, async () => {
  const w = await staged({ tasks: `    a: { inputs: ["in"], outputs: ["a"], run: "cat in >a; test ! -e extra/cfg || echo more >>a" },
    b: { inputs: ["src/x"], outputs: ["b"], run: "ls src | wc -l >b" },
    c: { inputs: ["in"], outputs: ["c"], run: "ls extra 2>/dev/null | wc -l >c" },
    d: { outputs: ["d"], run: () => { fs.writeFileSync("d", ""); return Math.random(); } },
    e: { outputs: ["e"], run: () => fs.writeFileSync("e", fs.readFileSync("in")) },`, files: { in: "1\n", "extra/cfg": "2\n", "src/x": "", "src/y": "" } });
  w.write("tasks.config.ts", 'import fs from "node:fs";\n' + w.read("tasks.config.ts"));
  await w.tg("build");
  assert.equal(transcript(await w.tg("verify --audit"), w), `1| ✗ a — a differs
1|     reads 1 file that it does not declare: extra/cfg
1| ✗ b — b differs
1|     reads 1 folder that it does not declare: src/
1| ✗ c — c differs
1|     reads 1 folder that it does not declare: extra/
1| ✗ d — its value differs each time: the function is not deterministic
1| ✗ e — failed where only its declared inputs are
1|     tg: task "e": Error: ENOENT: no such file or directory, open 'in'
1|         Object.run tasks.config.ts:8:62
1| tg: 4 different, 1 failed (N s)
exit 1`);
  assert.equal((await w.tg("verify e")).stdout.includes("--audit"), false);
});

test("--audit without strace", async () => {
  const w = await workspace({ "tasks.config.ts": "export default { tasks: {} };\n" });
  assert.equal(transcript(await w.tg("verify --audit", { env: { PATH: "/nowhere" } }), w), `2| tg: --audit needs strace, which is not on PATH
2|     try: install it, or verify without --audit
exit 2`);
});

test("an interrupted verify leaves no process and no folder", async () => {
  const w = await workspace({});
  const gate = w.gate("g");
  w.write("tasks.config.ts", `export default { tasks: { a: { inputs: ["in"], outputs: ["out"], run: ${JSON.stringify(`cp in out; if [ -e again ]; then ${gate.command}; fi`)} } } };\n`);
  w.write("in", "1\n");
  assert.equal((await w.tg("build")).code, 0);
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace('inputs: ["in"]', 'inputs: ["in", "again"]'));
  w.write("again", "");
  const first = w.start("build");
  await gate.reached();
  gate.release();
  assert.equal((await first.done).code, 0);
  const running = w.start("verify", { env: { TMPDIR: w.dir } });
  await gate.reached();
  running.signal("SIGINT");
  assert.equal((await running.done).signal, "SIGINT");
  assert.deepEqual(w.list().filter((file) => file.startsWith("tg-verify-")), []);
});

test("Ctrl-C ends a command that does not listen, too", async () => {
  const w = await workspace({});
  const gate = w.gate("g");
  const task = (inputs: string): string => `export default { tasks: { a: { inputs: ${inputs}, outputs: ["out"], run: ${JSON.stringify(`trap '' INT TERM; cp in out; if [ -e again ]; then ${gate.command}; fi`)} } } };\n`;
  w.write("tasks.config.ts", task('["in"]'));
  w.write("in", "1\n");
  await w.tg("build");
  w.write("again", "");
  w.write("tasks.config.ts", task('["in", "again"]'));
  await w.tg("touch a");
  const running = w.start("verify", { env: { TMPDIR: w.dir } });
  const shell = await gate.reached();
  running.signal("SIGINT");
  assert.equal((await running.done).signal, "SIGINT");
  assert.equal(isRunning(shell), false);
});

test("Ctrl-C in the pause between two attempts begins no other", async () => {
  const w = await workspace({});
  w.write("in", "1\n");
  const run = `cp in out; [ $PWD = ${w.dir} ] || { echo tried >> ${w.dir}/tries; exit 1; }`;
  w.write("tasks.config.ts", `export default { tasks: { a: { inputs: ["in"], outputs: ["out"], retries: { count: 1, backoff: "1h" }, run: ${JSON.stringify(run)} } } };\n`);
  assert.equal((await w.tg("build")).code, 0);
  const running = w.start("verify", { env: { TMPDIR: w.dir } });
  while (!w.exists("tries")) await delay(10);
  // Nothing tells that the pause has begun; were the attempt still going, it would be the last in any case.
  await delay(300);
  running.signal("SIGINT");
  assert.equal((await running.done).signal, "SIGINT");
  assert.equal(w.read("tries"), "tried\n");
});

test("a function that asks while it runs is left out, and that is said", async () => {
  const w = await workspace({
    "tasks.config.ts": `import fs from "node:fs";
export default { tasks: {
  asks: { inputs: ["in"], outputs: ["out"], run: async (ctx) => { await ctx.need("more"); fs.writeFileSync("out", fs.readFileSync("in")); } },
  plain: { inputs: ["in"], outputs: ["copy"], run: "cp in copy" },
} };`, "in": "1", "more": "2",
  });
  assert.equal((await w.tg("build")).code, 0);
  assert.match(transcript(await w.tg("verify -v"), w), /- asks — not verified: it asks the build for what it needs while it runs\n[^]*1 the same, 1 not verified[^]*exit 0$/);
});

test("where no copy can be made, that is said", async () => {
  const w = await staged({ tasks: '    a: { inputs: ["in"], outputs: ["out"], run: "cp in out" },', files: { in: "1\n" }, given: ["build"] });
  assert.equal(transcript(await w.tg("verify", { env: { TMPDIR: "/nonexistent" } }), w), `2| tg: cannot make a scratch copy: /nonexistent: no such file or folder
2|     try: TMPDIR names the folder for it, which may be written to and has room
exit 2`);
});
