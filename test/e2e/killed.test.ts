// What a killed tg leaves running must not write into later builds.
import assert from "node:assert/strict";
import fs from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { isRunning, workspace } from "../support/rig.ts";

test("a task that outlived its tg is ended by the next build", async () => {
  const w = await workspace({
    "tasks.config.mjs": `export default { tasks: { a: { inputs: ["in"], outputs: ["out"], run: "sleep 0.1; echo $$ >> pids; v=$(cat in); [ $v = old ] && sleep 30; echo $v > out" } } };\n`,
    in: "old",
  });
  const first = w.start("build");
  while (!w.exists("pids")) await new Promise((resolve) => setTimeout(resolve, 10));
  process.kill(first.pid, "SIGKILL");
  await first.done;
  w.write("in", "new");
  const next = await w.tg("build");
  assert.equal(next.code, 0, next.stderr);
  assert.equal(w.read("out"), "new\n");
  const [stray] = w.read("pids").trim().split("\n").map(Number);
  assert.equal(isRunning(-stray!), false);
});

// A command that a runtime starts itself is noted right after its start: it speaks up only then.
test("nothing that ran is alive when the build after a killed one judges, however the task was started", async () => {
  const quick = Array.from({ length: 12 }, (_, i) => `q${i}: { outputs: ["q${i}"], run: "touch q${i}" }`);
  const slow = `slow: { after: [${quick.map((_, i) => `"q${i}"`).join()}], outputs: ["out"], run: "sleep 0.1; echo $$ >> pids; [ -e again ] || { sleep 30; } ; echo done > out" }`;
  const w = await workspace({ "tasks.config.mjs": `export default { tasks: { ${quick.join(", ")}, ${slow} } };\n` });
  const first = w.start(["build", "-j1"]);
  while (!w.exists("pids")) await new Promise((resolve) => setTimeout(resolve, 10));
  process.kill(first.pid, "SIGKILL");
  await first.done;
  w.write("again", "");
  const next = await w.tg("build");
  assert.equal(next.code, 0, next.stderr);
  const pids = w.read("pids").trim().split("\n").map(Number);
  assert.equal(pids.length, 2);
  for (const pid of pids) assert.equal(isRunning(-pid), false);
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
  let ended = false;
  void first.done.then(() => (ended = true));
  while (!w.exists("held") && !ended) await new Promise((resolve) => setTimeout(resolve, 10));
  process.kill(first.pid, "SIGKILL");
  await first.done;
  const killed = left();
  w.remove("hold");
  w.write("in", "2");
  const next = await w.tg("build -j2", { env });
  assert.equal(next.code, 0, next.stderr);
  return { killed, next: left() };
}

test("what a killed tg leaves in the temp folder is removed by the next build", async () => {
  const shares = !(process.env["TG_RUNTIME"] ?? "").includes("deno");
  assert.deepEqual(await leftBy("build -j2"), { killed: shares ? ["tg-"] : [], next: [] });
  assert.deepEqual(await leftBy("verify"), { killed: ["tg-verify-"], next: [] });
});
