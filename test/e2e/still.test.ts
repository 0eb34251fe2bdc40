// A config that takes its time is told of while it does, whether it waits or blocks the thread; one that does not costs nothing.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { test } from "node:test";
import { mayStay } from "../../src/config/still.ts";
import { isForeign, packageDir, workspace } from "../support/rig.ts";

const LOAD = `
const { loadChecked } = require(process.argv[1] + "/dist/config.cjs");
const [root] = [process.cwd()];
const still = { afterMs: Number(process.argv[2]), text: (files) => "still " + files.join() + "\\n" };
loadChecked({ file: root + "/tasks.config.ts", root, stateDir: root + "/.tg", publicModule: process.argv[1] + "/dist/index.js", still }).then(({ ok }) => {
  const { existsSync, readFileSync, readdirSync } = require("node:fs");
  const pids = existsSync("/proc/self/stat") ? readdirSync("/proc").filter((name) => /^\\d+$/.test(name)) : [];
  const statOf = (pid) => { try { return readFileSync("/proc/" + pid + "/stat", "latin1").replace(/.*\\) /s, "").split(" "); } catch { return []; } };
  const left = pids.filter((pid) => Number(statOf(pid)[1]) === process.pid);
  if (left.length > 0) console.error("left", left.map((pid) => statOf(pid)[0]).join());
  process.exit(ok ? 0 : 1);
});
`;

test("what blocks the thread and what waits is told of once, in time, and what is quick is not; nothing is left of who tells it", { skip: isForeign }, async () => {
  const nap = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)";
  const told = async (line: string, afterMs: number): Promise<string> => {
    const w = await workspace({ "tasks.config.ts": `${line}\nexport default { tasks: { a: { run: "true" } } };\n`, "load.cjs": LOAD });
    const run = await w.sh(`exec "${process.execPath}" -e "$(cat load.cjs)" "${packageDir}" ${afterMs}`);
    assert.equal(run.code, 0, run.stderr);
    return run.stderr;
  };
  const all = await Promise.all([
    told(`const until = Date.now() + 3000;\nwhile (Date.now() < until) ${nap};`, 200),
    told("await new Promise((done) => setTimeout(done, 3000));", 200),
    told(`while (${nap} === "ok");`, 30_000),
    told("", 30_000),
  ]);
  assert.deepEqual(all, ["still tasks.config.ts\n", "still tasks.config.ts\n", "", ""]);
});

test("what tells it ends with who evaluates, however that ends", { skip: isForeign, timeout: 30_000 }, async () => {
  const w = await workspace({ "tasks.config.ts": 'import { writeSync } from "node:fs";\nwriteSync(2, "begun");\nwhile (true);\n' });
  const child = spawn(process.execPath, ["-e", LOAD, packageDir, "60000"], { cwd: w.dir, stdio: ["ignore", "ignore", "pipe"] });
  child.stderr.once("data", () => child.kill("SIGKILL"));
  // It has the same standard error.
  await once(child, "close");
});

test("a shell stands by only where a module may block for long", () => {
  for (const code of ["while (true);", "do { x() } while(y)", "for (;;) {}", "for (let i = 0; ; i++) {}", "execSync('git')", "cp.spawnSync(a)", "Atomics.wait(a, 0, 0)"]) assert.ok(mayStay(code), code);
  for (const code of ["for (const a of b) {}", "for (let i = 0; i < 9; i++) {}", "readFileSync(x)", "const done = { a: 1 };", "meanwhile(x)", "tasks.exec({})"]) assert.ok(!mayStay(code), code);
});
