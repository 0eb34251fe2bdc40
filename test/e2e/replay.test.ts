// tg build --replay: what a past run built, built once more, or why that is not possible.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { test } from "node:test";
import { workspace, type Workspace } from "../support/rig.ts";
import { config, neat, staged, tell, type Story } from "../support/story.ts";

const TASKS = `
    gen: { inputs: ["in"], outputs: ["gen"], params: ["N"], run: "echo gen >> ran.log; echo $N > gen; cat in >> gen" },
    sum: { inputs: ["gen", "more"], outputs: ["sum"], run: "echo sum >> ran.log; cat gen more > sum" },
    other: { outputs: ["other"], run: "echo other >> ran.log; echo > other" },`;
const TOP = '\n  params: { N: { type: "number", default: 1 }, L: { type: "string", list: true, default: [] } },';
const FILES = { "tasks.config.ts": config(TASKS, TOP), in: "1\n", more: "m\n" };

async function runIds(w: Workspace): Promise<string[]> {
  return (JSON.parse((await w.tg("runs --json")).stdout) as { runs: { id: string }[] }).runs.map(({ id }) => id);
}

/** Builds with N=7, then with others: the run with 7 is the one to repeat. */
async function seven(files: Readonly<Record<string, string>> = FILES): Promise<{ w: Workspace; id: string }> {
  const w = await staged({ files, given: ["build sum --param N=7"] });
  const [id] = await runIds(w);
  w.ran();
  return { w, id: id! };
}

const plain = (text: string, w: Workspace, id: string): string => neat(text.replaceAll(id, "<run>"), w).trim();

test("the same targets with the same parameters give the same bytes", async () => {
  const { w, id } = await seven();
  await w.tg("build --param N=8");
  assert.equal(w.ran(), "gen,other,sum");
  const { code, stderr } = await w.tg(`build --replay ${id}`);
  assert.deepEqual([code, w.ran(), w.read("sum")], [0, "gen,sum", "7\n1\nm\n"]);
  assert.doesNotMatch(stderr, /run/);
  assert.deepEqual([(await w.tg(`build --replay ${id}`)).code, w.ran()], [0, ""]);
  assert.deepEqual([(await w.tg(`build -f --replay ${id}`)).code, w.ran()], [0, "sum"]);
  const told = (await w.tg("runs")).stdout;
  assert.match(told, new RegExp(`tg build --replay ${id}: 2 ran`));
});

test("another key refuses: by task and by part of it, and nothing runs", async () => {
  const { w, id } = await seven();
  const replay = async (): Promise<string> => {
    const { code, stderr } = await w.tg(`build --replay ${id}`);
    const dry = await w.tg(`build -n --replay ${id}`);
    assert.deepEqual([dry.code, dry.stderr, w.ran()], [code, stderr, ""]);
    return `${code} ${plain(stderr, w, id)}`;
  };
  w.write("more", "other\n");
  assert.equal(await replay(), '2 tg: task "sum" is not what it was in run <run>: input changed: more\n    try: tg runs <run> tells of that run, its commit among it');
  w.write("more", "m\n");
  w.write("tasks.config.ts", FILES["tasks.config.ts"].replace("echo $N > gen", "echo -n $N > gen"));
  assert.match(await replay(), /^2 tg: task "gen" is not what it was in run <run>: command changed\n/);
  w.write("tasks.config.ts", FILES["tasks.config.ts"].replace('inputs: ["gen", "more"]', 'inputs: ["gen", "more"], deps: ["other"]'));
  assert.match(await replay(), /^2 (.*\n)*.*task "other" was not part of run <run>\n/);
  w.write("tasks.config.ts", FILES["tasks.config.ts"].replace('inputs: ["gen", "more"]', 'inputs: ["more"]'));
  assert.match(await replay(), /task "gen" of run <run> is not part of this build any more/);
  w.write("tasks.config.ts", FILES["tasks.config.ts"].replace("N: {", "M: {").replace('["N"]', '["M"]'));
  assert.match(await replay(), /^2 tg: no parameter "N"/);
  w.write("tasks.config.ts", FILES["tasks.config.ts"]);
  assert.match(await replay(), /^0/);
});

test("a run that failed is compared with what it tried, and what it did not come to with nothing", async () => {
  const w = await staged({ files: { ...FILES, "tasks.config.ts": config(TASKS.replace("echo $N > gen", "grep -q bad in && exit 1; echo $N > gen"), TOP) }, given: ["build sum --param N=7", (one) => one.write("in", "bad\n"), "build sum"] });
  const [id] = await runIds(w);
  w.write("in", "2\n");
  await w.tg("build sum");
  assert.equal(w.ran(), "gen,gen,gen,sum,sum");
  const before = await w.tg(`build --replay ${id}`);
  assert.deepEqual([before.code, plain(before.stderr, w, id!)], [2, 'tg: task "gen" is not what it was in run <run>: input changed: in\n    try: tg runs <run> tells of that run, its commit among it']);
  w.write("in", "bad\n");
  w.write("more", "of sum nothing is known\n");
  const { code, stderr } = await w.tg(`build --replay ${id}`);
  assert.deepEqual([code, w.ran()], [1, "gen"]);
  assert.doesNotMatch(stderr, /in run|cannot be compared/);
});

test("what a version with other hashes has kept of a run is not compared", async () => {
  const { w, id } = await seven();
  const file = path.join(w.dir, `.tg/runs/${id}.made`);
  const kept = fs.readFileSync(file, "utf8");
  assert.match(kept, /^\{"version":2,/);
  fs.writeFileSync(file, kept.replace('"version":2', '"version":1').replace(/"f[0-9a-f]{16}\./g, '"f0123456789abcdef.'));
  const { code, stderr } = await w.tg(`build --replay ${id}`);
  assert.equal(code, 0);
  assert.match(stderr, /2 tasks cannot be compared with run .*: what they were made from is not kept any more/);
  assert.doesNotMatch(stderr, /is not what it was/);
});

test("what was fresh in that run counts as well, by the run that made it", async () => {
  const { w, id: first } = await seven();
  w.write("more", "two\n");
  await w.tg("build sum --param N=7");
  const [second] = await runIds(w);
  w.write("in", "2\n");
  assert.match((await w.tg(`build --replay ${second}`)).stderr, /task "gen" is not what it was in run .*: input changed: in\n/);
  w.write("in", "1\n");
  assert.equal((await w.tg(`build --replay ${second}`)).code, 0);
  assert.match((await w.tg(`build --replay ${first}`)).stderr, /task "sum" .*: input changed: more\n/);
  fs.rmSync(path.join(w.dir, `.tg/runs/${first}.made`));
  const { code, stderr } = await w.tg(`build --replay ${second}`);
  assert.equal(code, 0);
  assert.match(stderr, /1 task cannot be compared with run .*: what it was made from is not kept any more/);
});

/** A run that follows what `between` did to "gen" is repeated as it was, and refused for another input of "gen". */
async function followed(between: (w: Workspace) => Promise<void>, more = ""): Promise<void> {
  const w = await workspace({ in: "1\n", last: "1\n" });
  w.write("tasks.config.mjs", `export default { tasks: {
    gen: { inputs: ["in"], outputs: ["gen"], run: "cp in gen" },
    top: { inputs: ["gen", "last"], outputs: ["top"], run: "cat gen last > top" },${more}
  } };\n`);
  await w.tg("build top");
  await between(w);
  assert.match((await w.tg("build gen")).stdout, /^tg: 1 task up to date/);
  for (const last of ["2\n", "3\n"]) {
    w.write("last", last);
    assert.match((await w.tg("build top")).stderr, /^tg: 1 ran, 1 fresh/m);
    const [id] = await runIds(w);
    const { code, stderr } = await w.tg(`build --replay ${id}`);
    assert.deepEqual([code, stderr], [0, ""]);
  }
  w.write("in", "3\n");
  assert.match((await w.tg(`build --replay ${(await runIds(w))[0]}`)).stderr, /^tg: task "gen" is not what it was in run .*: input changed: in\n/);
}

const WAIT = ` wait: { deps: ["gen"], run: "sh ./command" },`;

async function killed(w: Workspace): Promise<void> {
  const gate = w.gate("g");
  w.write("command", gate.command);
  w.write("in", "2\n");
  const build = w.start("build wait");
  await gate.reached();
  process.kill(build.pid, "SIGKILL");
  await build.done;
}

test("what a build made that was killed counts for the run after it", async () => {
  await followed(killed, WAIT);
});

test("what a killed build made is not forgotten for a run of another config in the folder", async () => {
  await followed(async (w) => {
    w.write("other.config.mjs", 'export default { tasks: { one: { outputs: ["one"], run: "echo > one" } } };\n');
    await w.tg("build -c other.config.mjs");
    await killed(w);
    w.write("one", "");
    const { code, stderr } = await w.tg("build -c other.config.mjs");
    assert.equal(code, 0);
    assert.match(stderr, /1 ran/);
  }, WAIT);
});

test("what tg touch accepted counts for the run after it", async () => {
  await followed(async (w) => {
    w.write("in", "2\n");
    w.write("gen", "by hand\n");
    assert.equal((await w.tg("touch gen")).code, 0);
  });
});

test("what was made while a build waited for its turn counts for that build", async () => {
  const w = await workspace({ in: "1\n", last: "1\n" });
  w.write("tasks.config.mjs", `import fs from "node:fs";
import { execFileSync } from "node:child_process";
if (fs.existsSync("hold")) {
  fs.rmSync("hold");
  execFileSync("sh", ["./command"]);
}
export default { tasks: {
  gen: { inputs: ["in"], outputs: ["gen"], run: "cp in gen" },
  top: { inputs: ["gen", "last"], outputs: ["top"], run: "cat gen last > top" },
} };
`);
  await w.tg("build top");
  const gate = w.gate("g");
  for (const [file, text] of [["command", gate.command], ["hold", ""], ["in", "2\n"], ["gen", "by hand\n"], ["last", "2\n"]] as const) w.write(file, text);
  const waiting = w.start("build top");
  await gate.reached();
  // Runs are numbered by the second.
  const second = (): number => Math.floor(Date.now() / 1000);
  for (const began = second(); second() === began;) await w.tg("--version");
  assert.equal((await w.tg("touch gen")).code, 0);
  gate.release();
  assert.match((await waiting.done).stderr, /^tg: 1 ran, 1 fresh/m);
  const [id] = await runIds(w);
  assert.deepEqual([(await w.tg(`build --replay ${id}`)).stderr, w.read("top")], ["", "by hand\n2\n"]);
});

test("tg touch keeps itself what it accepted, for all runs that follow", async () => {
  const { w } = await seven();
  w.write("gen", "by hand\n");
  const before = fs.readdirSync(path.join(w.dir, ".tg/runs"));
  assert.equal((await w.tg("touch gen --param N=7")).code, 0);
  const added = fs.readdirSync(path.join(w.dir, ".tg/runs")).filter((name) => !before.includes(name));
  assert.match(added.join(" "), /^\d{8}-\d{6}-\d+\.made$/);
  assert.equal((await runIds(w)).length, 1);
  const [[name]] = (JSON.parse(fs.readFileSync(path.join(w.dir, ".tg/runs", added[0]!), "utf8")) as { tasks: [[string]] }).tasks;
  assert.equal(name, "gen");
});

test("other bytes, another tool and another lock file are told", async () => {
  const { w, id } = await seven({ ...FILES, "package-lock.json": "{}", "tasks.config.ts": config('    sum: { outputs: ["sum"], params: ["N"], run: "date +%N > sum" },', TOP) });
  w.write("package-lock.json", "{ }");
  const file = path.join(w.dir, `.tg/runs/${id}.json`);
  fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(/"tool":"[^"]*"/, '"tool":"tg 0 node 1"'));
  const { code, stderr } = await w.tg(`build -f --replay ${id}`);
  assert.equal(code, 0);
  assert.match(stderr, /was made with another tg: tg 0 node 1 then/);
  assert.match(stderr, /was made with another lock file: package-lock.json f/);
  assert.match(stderr, /task "sum" made other bytes than in run .*, from the same/);
  fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace('"again"', '"before"'));
  assert.match((await w.tg(`build --replay ${id}`)).stderr, /does not say what its tasks were made from/);
});

test("paths are those of where the person stood, words after -- and --skip those of then", async () => {
  const files = { "tasks.config.ts": config('    a: { outputs: ["sub/out"], run: ["sh", "-c", "echo $* > sub/out; echo ran >> ran.log", "x"] },\n    b: { deps: ["a"], outputs: ["b"], run: "echo b >> ran.log; touch b" },'), "sub/x": "" };
  const w = await staged({ files });
  await w.tg(["build", "out", "--", "one", "two three"], { cwd: "sub" });
  await w.tg("build b --skip a");
  await w.tg("build a");
  const [, skipping, words] = await runIds(w);
  assert.equal(w.read("sub/out"), "\n");
  w.ran();
  assert.equal((await w.tg(`build --replay ${words}`)).code, 0);
  assert.deepEqual([w.read("sub/out"), w.ran()], ["one two three\n", "ran"]);
  assert.equal((await w.tg(`build --replay ${skipping}`)).code, 0);
});

test("a family over a list that a task makes", async () => {
  const text = `import { foreach } from "tg-build";
export default { params: { N: { type: "number", default: 2 } }, tasks: {
  plan: { params: ["N"], run: async (ctx) => Array.from({ length: ctx.params.N }, (_, i) => String(i)) },
  each: foreach({ from: "plan" }, ({ key }) => ({ inputs: ["in"], outputs: [\`o\${key}\`], run: \`echo \${key} >> ran.log; cp in o\${key}\` })),
} };
`;
  const w = await staged({ files: { "tasks.config.ts": text, in: "1\n" }, given: ["build --param N=3"] });
  const [id] = await runIds(w);
  await w.tg("build --param N=1");
  w.ran();
  const { code, stderr } = await w.tg(`build --replay ${id}`);
  assert.equal(code, 0, stderr);
  assert.equal(w.ran(), "1,2");
  assert.deepEqual(w.list().filter((file) => file.startsWith("o")), ["o0", "o1", "o2"]);
});

const unknown: Story = { title: "a run that is not there", files: FILES, given: ["build"], when: "build --replay 20200101-000000-0", then: `
      2| tg: there is no run "20200101-000000-0"
      2|     try: tg runs lists them
      exit 2` };
tell([
  unknown,
  ...["sum", "--param N=1", "--params-file x", "--skip a", "-- x"].map((given): Story => ({ title: `replay-alone: ${given}`, files: FILES, when: `build --replay 20200101-000000-0 ${given}`, then: `
      2| tg: --replay takes everything from the run, and "${given.split(" ")[0]!}" is given as well
      2|     try: leave one of them out
      exit 2` })),
]);
