// tg logs: of a past run, and of a task that is running.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Workspace } from "../support/rig.ts";
import { config, neat, staged, tell, transcript } from "../support/story.ts";

const TASKS = '    a: { inputs: ["in"], outputs: ["a"], run: "cat in; cp in a; ! grep -q bad in" },\n    quiet: { inputs: ["in"], run: "true" },\n    still: { outputs: ["s"], run: "echo s > s" },';

async function runIds(w: Workspace): Promise<string[]> {
  return (JSON.parse((await w.tg("runs --json")).stdout) as { runs: { id: string }[] }).runs.map(({ id }) => id);
}

test("the log of each run is kept with it", async () => {
  const w = await staged({ tasks: TASKS, files: { in: "one\n" }, given: ["build", (v) => v.write("in", "bad"), "build -k", (v) => v.write("in", "three"), "build"] });
  const [third, second, first] = await runIds(w);
  const log = async (words: string): Promise<string> => transcript(await w.tg(`logs ${words}`), w).replace(/\d{8}-\d{6}-\d/g, "<run>").replace(/<time>\.\d+/g, "<time>");
  assert.equal(await log(`a --run ${first}`), "1| a: ran, exit 0, N s, in run <run>\n1| started <time> UTC, ended <time> UTC\n1| one\nexit 0");
  assert.equal(await log(`a --run ${second}`), "1| a: failed, exit 1, N s, in run <run>\n1| started <time> UTC, ended <time> UTC\n1| bad\nexit 0");
  assert.match(await log(`a --run ${third}`), /\n1\| three\n/);
  assert.match(await log("a"), /^1\| a: ok, exit 0, (.*\n)*1\| three\n/);
  assert.match(await log(`quiet --run ${first}`), /^1\| quiet: ran, exit 0.*\n1\| started.*\nexit 0$/);
  assert.equal(await log(`still --run ${second}`), '2| tg: task "still" did nothing in run <run>\n2|     try: tg runs <run> lists what did\nexit 2');
  assert.equal(await log("a --run 20200101-000000-0"), '2| tg: there is no run "<run>"\n2|     try: tg runs lists them\nexit 2');
  const { text, last } = JSON.parse((await w.tg(`logs a --run ${second} --json`)).stdout) as { text: string; last: { outcome: string } };
  assert.deepEqual([text, last.outcome], ["bad", "failed"]);
  w.write("tasks.config.ts", config('    other: { run: "true" },'));
  assert.match(await log(`a --run ${first}`), /1\| one\n/);
  fs.rmSync(path.join(w.dir, `.tg/runs/${first}.log`));
  assert.match(await log(`a --run ${first}`), /\n1\| its log is not kept any more\nexit 0$/);
});

test("of a long log the end is kept, and logs of old runs go when there are too many", async () => {
  const w = await staged({ tasks: '    a: { always: true, run: "seq 1 100000" },\n    b: { always: true, run: "echo b" },', given: ["build"] });
  const [id] = await runIds(w);
  const { stdout } = await w.tg(`logs a --run ${id}`);
  assert.match(stdout.slice(0, 300), /\n… [\d.]+ KiB before this are not kept\n/);
  assert.match(stdout.slice(-30), /\n99999\n100000\n$/);
  assert.ok(stdout.length < 300_000);
  assert.match((await w.tg(`logs b --run ${id}`)).stdout, /\nb\n$/);
  fs.truncateSync(path.join(w.dir, `.tg/runs/${id}.log`), 65 * 1024 * 1024);
  // How much is kept is on record; who grows a log behind tg's back must not leave it there.
  w.remove(".tg/runs/tally");
  await w.tg("build");
  assert.equal(w.exists(`.tg/runs/${id}.log`), false);
  assert.equal(w.exists(`.tg/runs/${id}.json`), true);
});

test("a running task is followed to its end, through attempts and other logs", async () => {
  const w = await staged({ tasks: "" });
  const gate = w.gate("g");
  w.write("tasks.config.ts", config(`    a: { outputs: ["a"], retries: 1, run: ["sh", "-c", ${JSON.stringify(`echo one; ${gate.command}; echo two; test -e a2 && touch a || { touch a2; exit 1; }`)}] },\n    b: { deps: ["a"], run: "echo b" },`));
  const build = w.start("build");
  await gate.reached();
  const follower = w.start("logs -f a");
  await follower.until(/one/);
  gate.release();
  await gate.reached();
  await follower.until(/two\n--- attempt 2\none/);
  // As another run would leave it.
  fs.renameSync(path.join(w.dir, ".tg/logs/a.log"), path.join(w.dir, "aside"));
  w.write(".tg/logs/a.log", "another\n");
  await follower.until(/another\n/);
  gate.release();
  await build.done;
  const { code, stdout, stderr } = await follower.done;
  assert.deepEqual([code, stdout], [0, "one\ntwo\n--- attempt 2\none\nanother\n"]);
  assert.match(neat(stderr, w), /^a: ok, exit 0, N s, the last of 2 attempts/);
});

test("it ends with its build, however that ends", async () => {
  const w = await staged({ tasks: "" });
  const gate = w.gate("g");
  w.write("tasks.config.ts", config(`    a: { run: ["sh", "-c", ${JSON.stringify(`echo one; ${gate.command}`)}] },`));
  const build = w.start("build");
  await gate.reached();
  const follower = w.start("logs -f a");
  await follower.until(/one/);
  build.signal("SIGKILL");
  await build.done.catch(() => {});
  const { code, stdout } = await follower.done;
  assert.deepEqual([code, stdout], [0, "one\n"]);
});

test("what does not run is shown as it was last", async () => {
  const w = await staged({ tasks: TASKS, files: { in: "one\n" }, given: ["build"] });
  assert.equal(transcript(await w.tg("logs -f a"), w).replace(/<time>\.\d+/g, "<time>"), "1| a: ok, exit 0, N s\n1| started <time> UTC, ended <time> UTC\n1| one\n2| tg: a is not running; this is its last log\nexit 0");
});

tell([
  { title: "-f with --run", tasks: TASKS, when: "logs a -f --run x", then: `
      2| tg: "--follow" and "--run" do not go together
      2|     try: leave one of them out
      exit 2` },
  { title: "-f with --json", tasks: TASKS, when: "logs a -f --json", then: `
      2| tg: "--follow" and "--json" do not go together
      2|     try: leave one of them out
      exit 2` },
]);

test("a task is named by a file it makes as well, from where the person stands", async () => {
  const w = await staged({ tasks: '    make: { outputs: ["sub/made"], stdout: "sub/made", run: () => { console.error("said"); return { n: 1 }; } },\n    two: { outputs: ["sub/a", "sub/b"], run: "touch sub/a sub/b" },', given: ["build"] });
  for (const [words, cwd] of [["sub/made", ""], ["made", "sub"], ["./made", "sub"], ["make", "sub"]] as const) {
    assert.match((await w.tg(`logs ${words}`, { cwd })).stdout, /^make: ok, exit 0[^]*said\n$/, words);
    assert.equal((await w.tg(`results ${words}`, { cwd })).stdout, '{\n  "n": 1\n}\n', words);
  }
  const [id] = await runIds(w);
  assert.match((await w.tg(`logs b --run ${id!}`, { cwd: "sub" })).stdout, /^two: ran, exit 0/);
  assert.equal(transcript(await w.tg("logs mad", { cwd: "sub" }), w), '2| tg: no task or output "mad" (did you mean "made"?)\n2|     try: tg list shows the tasks\nexit 2');
});
