// Commands that a running watch answers in place of their own scan: the same text and exit code as the scan's, always, and
// the scan wherever the watch cannot know.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { test, type TestOptions } from "node:test";
import { isForeign, packageDir, repo, workspace, type Background, type Finished, type RunOptions, type Workspace } from "../support/rig.ts";
import { config } from "../support/story.ts";
import { leave, replaceFile, rounds } from "../support/watching.ts";

/** Where it is not known that every change is heard of in its order nobody answers (docs/watch.md). */
const node: TestOptions = { skip: isForeign && "no watch answers on Bun and Deno" };
const root: TestOptions = process.getuid?.() === 0 ? node : { skip: "only root can give a file away" };

const TASKS = `    gen: { inputs: ["src/*.txt"], outputs: ["gen.txt"], run: "cat src/*.txt >gen.txt" },
    app: { inputs: ["gen.txt", "one.txt"], outputs: ["out/app.txt"], env: ["MODE"], run: "cat gen.txt one.txt >out/app.txt" },
    all: { deps: ["app"] },`;
const FILES = { "tasks.config.mjs": config(TASKS), "src/a.txt": "a\n", "one.txt": "1\n", "sub/keep": "" };

const ALL_FRESH = "gen  fresh\napp  fresh\nall  ok\n\ntg: all 2 tasks fresh\n";

const without = (extra: RunOptions = {}): RunOptions => ({ ...extra, env: { ...extra.env, TG_RESIDENT: "0" } });
const only = (extra: RunOptions = {}): RunOptions => ({ ...extra, env: { ...extra.env, TG_RESIDENT: "only" } });

async function watching(w: Workspace, args = "watch"): Promise<Background> {
  const watch = w.start(args);
  await rounds(watch, 1);
  return watch;
}

/** One that hears of a change and does nothing about it. What itself had built would keep it waiting for more. */
async function deaf(w: Workspace): Promise<Background> {
  await w.tg("build");
  return watching(w, "watch --debounce 900000");
}

function plain({ code, stdout, stderr }: Finished): string {
  return `${code}\n${stdout.replace(/\([\d.]+ s\)/g, "(N s)")}\n${stderr.replace(/started \S+ s ago/, "started N s ago")}`;
}

/** The watch's own answer, after it was seen to be the scan's. */
async function answer(w: Workspace, args: string, options: RunOptions = {}): Promise<Finished> {
  const asked = await w.tg(args, only(options));
  assert.equal(plain(asked), plain(await w.tg(args, without(options))), `tg ${args}`);
  return asked;
}

/** What a person gets, after it was seen to be the scan's; not the watch's, or the watch knew. */
async function said(w: Workspace, args: string, options: RunOptions = {}): Promise<Finished> {
  const usual = await w.tg(args, options);
  assert.equal(plain(usual), plain(await w.tg(args, without(options))), `tg ${args}`);
  return usual;
}

test("a watch answers build, status and why as a scan does", node, async () => {
  const w = await workspace(FILES);
  const watch = await watching(w, "watch --debounce 1");
  assert.match((await answer(w, "build")).stdout, /^tg: 2 tasks up to date \([\d.]+ s\)\n$/);
  for (const args of ["", "build gen", "build out/app.txt -j2 -k", "build -q", "status", "status --check", "status --all", "status gen", "status --json", "status -v", "status -vv", "status --color=always", "why app", "why app gen", "why app --json", "why out/app.txt"]) await answer(w, args);
  for (const args of ["status", "build ../out/app.txt", "why ../one.txt/../gen.txt"]) await answer(w, args, { cwd: "sub" });
  await answer(w, "status", { env: { FORCE_COLOR: "1" } });
  const full = await w.sh("tg status > /dev/full", { env: { TG_RESIDENT: "" } });
  assert.deepEqual([full.code, full.stderr.split("\n")[0]], [3, "tg: cannot write to standard output: disk full; what stands there is not whole"]);
  assert.deepEqual(fs.readdirSync(path.join(w.dir, ".tg/ask")), []);
  replaceFile(w, "one.txt", "2\n");
  await rounds(watch, 2);
  await answer(w, "status");
  // Evaluated at once it would be too young for an answer, and nothing else is going to happen.
  replaceFile(w, "tasks.config.mjs", `${FILES["tasks.config.mjs"]}// a comment\n`);
  assert.equal((await answer(w, "status")).stdout, ALL_FRESH);
  await leave(watch);
  assert.ok(!w.exists(".tg/resident"));
  assert.equal((await w.tg("status")).code, 0);
});

test("what is not a question is done as ever, and its trouble told", async () => {
  const w = await workspace(FILES);
  const watch = await watching(w);
  for (const args of ["build -n", "status nothing", "why", "build --param x=1", "build --explain", "status -c other.mjs", "status -C sub", "list", "build --nonsense"]) await said(w, args);
  assert.match((await w.tg("build --force gen")).stderr, /1 ran/);
  await leave(watch);
});

test("on Bun and Deno no watch answers, and who asks for nothing else is told so", { skip: !isForeign && "a watch on Node answers" }, async () => {
  const w = await workspace(FILES);
  const watch = await watching(w);
  assert.equal(w.exists(".tg/resident"), false);
  assert.equal((await said(w, "status")).stdout, ALL_FRESH);
  const { code, stdout, stderr } = await w.tg("status", only());
  assert.deepEqual([code, stdout, stderr], [3, "", "tg: no answer from a running tg watch (no watch), and TG_RESIDENT=only forbids to look for oneself\n"]);
  await leave(watch);
});

const CHANGES: readonly (readonly [title: string, edit: (w: Workspace) => void, expected: RegExp])[] = [
  ["a source is edited", (w) => w.write("one.txt", "other\n"), /app {2}stale +input changed: one\.txt/],
  ["a source is replaced", (w) => fs.renameSync(path.join(w.dir, "sub/keep"), path.join(w.dir, "one.txt")), /app {2}stale +input changed: one\.txt/],
  ["a file comes under a pattern", (w) => w.write("src/b.txt", "b\n"), /gen {2}stale +input added: src\/b\.txt/],
  ["a file goes", (w) => w.remove("src/a.txt"), /"src\/\*\.txt" matches no file/],
  ["an output goes", (w) => w.remove("out/app.txt"), /app {2}stale +output missing: out\/app\.txt/],
  ["a folder of outputs goes", (w) => w.remove("out"), /app {2}stale +output missing: out\/app\.txt/],
  ["an output is edited", (w) => w.write("gen.txt", "by hand\n"), /gen {2}stale +output changed outside tg: gen\.txt/],
  ["a mode changes", (w) => fs.chmodSync(path.join(w.dir, "one.txt"), 0o755), /app {2}stale +(mode|executable|input)[^\n]*one\.txt/],
  ["the config is edited", (w) => w.write("tasks.config.mjs", config(TASKS.replace("cat src", "cat -u src"))), /gen {2}stale +command changed/],
  ["the config is broken", (w) => w.write("tasks.config.mjs", "export default {{"), /tasks\.config\.mjs/],
  ["a better config comes", (w) => w.write("tasks.config.ts", config("    other: { run: 'true' },")), /other {2}stale/],
];

for (const [title, edit, expected] of CHANGES) {
  test(`no answer from memory after ${title}`, node, async () => {
    const w = await workspace(FILES);
    const watch = await deaf(w);
    assert.equal((await answer(w, "status")).stdout, ALL_FRESH);
    edit(w);
    const status = await said(w, "status");
    assert.match(status.stdout + status.stderr, expected);
    await said(w, "status --check");
    await said(w, "why app");
    await leave(watch);
  });
}

test("changes that no folder's watch tells of: other names of a file, targets of links, files outside", node, async () => {
  const w = await workspace({ ...FILES, "tasks.config.mjs": config(`${TASKS}
    hard: { inputs: ["hard.txt"], outputs: ["h.o"], run: "cp hard.txt h.o" },
    soft: { inputs: ["soft.txt"], outputs: ["s.o"], run: "cp soft.txt s.o" },
    deep: { inputs: ["deep/in/x.txt"], outputs: ["d.o"], run: "cp deep/in/x.txt d.o" },
    away: { inputs: ["../away.txt"], outputs: ["a.o"], run: "cp ../away.txt a.o" },`) });
  const top = path.dirname(w.dir);
  fs.mkdirSync(path.join(top, "store/in"), { recursive: true });
  for (const file of ["away.txt", "store/hard", "store/soft", "store/in/x.txt"]) fs.writeFileSync(path.join(top, file), "1\n");
  fs.linkSync(path.join(top, "store/hard"), path.join(w.dir, "hard.txt"));
  fs.symlinkSync("../store/soft", path.join(w.dir, "soft.txt"));
  fs.symlinkSync("../store", path.join(w.dir, "deep"));
  for (const [edit, task] of [
    [() => fs.writeFileSync(path.join(top, "store/hard"), "2\n"), "hard"],
    [() => fs.writeFileSync(path.join(top, "store/soft"), "2\n"), "soft"],
    [() => fs.writeFileSync(path.join(top, "away.txt"), "2\n"), "away"],
    [() => {
      fs.cpSync(path.join(top, "store"), path.join(top, "store2"), { recursive: true });
      fs.writeFileSync(path.join(top, "store2/in/x.txt"), "2\n");
      fs.renameSync(path.join(top, "store"), path.join(top, "store1"));
      fs.renameSync(path.join(top, "store2"), path.join(top, "store"));
    }, "deep"],
  ] as const) {
    const watch = await deaf(w);
    assert.equal((await answer(w, "status --check")).code, 0);
    edit();
    assert.match((await said(w, "status --check")).stdout, new RegExp(`${task} +stale +input changed`));
    await leave(watch);
  }
});

test("no answer from memory after a filesystem was mounted over a folder, or taken away", { skip: node.skip || (spawnSync("unshare", ["-Urm", "true"]).status !== 0 && "needs user namespaces") }, async () => {
  const w = await workspace({ ...FILES, "other/a.txt": "b\n" });
  const watched = "tg build -q; tg watch --debounce 900000 2>/dev/null >&2 & until TG_RESIDENT=only tg status --check 2>/dev/null; do :; done";
  const { stdout, stderr } = await w.sh(`exec unshare -Urm sh -c '${watched}; mount --bind other src; tg status --check; kill -INT $!; wait; ${watched}; umount src; tg status --check; kill -INT $!; wait'`, { env: { TG_RESIDENT: "" } });
  const stale = "gen  stale        input changed: src/a.txt\napp  maybe stale  may change: gen.txt (from \"gen\")\nall  maybe stale  may change: what \"app\" makes\n\ntg: 2 tasks: 1 stale, 1 maybe stale\n";
  assert.equal(stdout, `${ALL_FRESH}${stale}`.repeat(2), stderr);
});

test("another environment, program or user is not answered", root, async () => {
  const w = await workspace(FILES);
  const watch = await watching(w);
  await answer(w, "status");
  await said(w, "status", { env: { MODE: "fast" } });
  assert.match((await w.tg("status", { env: { MODE: "fast" } })).stdout, /app {2}stale +variable changed: MODE|app {2}stale[^\n]*MODE/);
  assert.match((await w.tg("status", only({ env: { MODE: "fast" } }))).stderr, /other environment/);
  const copy = path.join(w.dir, "../copy");
  for (const part of ["bin", "dist", "package.json"]) fs.cpSync(path.join(packageDir, part), path.join(copy, part), { recursive: true });
  fs.symlinkSync(path.join(repo, "node_modules"), path.join(copy, "node_modules"));
  const other = await w.sh(`TG_RESIDENT=only '${process.execPath}' '${copy}/bin/tg.cjs' status`);
  assert.equal(`${other.code} ${other.stderr}`, "3 tg: no answer from a running tg watch (other program), and TG_RESIDENT=only forbids to look for oneself\n");
  assert.equal((await w.sh(`'${process.execPath}' '${copy}/bin/tg.cjs' status`)).stdout, ALL_FRESH);
  const offer = path.join(w.dir, ".tg/resident");
  fs.chownSync(offer, 12345, 12345);
  assert.match((await w.tg("status", only())).stderr, /other user/);
  await said(w, "status");
  fs.chownSync(offer, 0, 0);
  fs.chmodSync(offer, 0o666);
  assert.match((await w.tg("status", only())).stderr, /other user/);
  await leave(watch);
});

test("a watch that is stopped, killed or copied along is passed over", node, async () => {
  const w = await workspace(FILES);
  const watch = await watching(w);
  await answer(w, "status");
  watch.signal("SIGSTOP");
  assert.match((await w.tg("status", only())).stderr, /stopped/);
  assert.equal((await said(w, "status")).stdout, ALL_FRESH);
  watch.signal("SIGCONT");
  await answer(w, "status");
  fs.cpSync(w.dir, path.join(w.dir, "../copied"), { recursive: true, verbatimSymlinks: true });
  assert.match((await w.sh("cd ../copied && TG_RESIDENT=only tg status")).stderr, /other watch/);
  watch.signal("SIGKILL");
  await watch.done;
  assert.ok(w.exists(".tg/resident"));
  assert.match((await w.tg("status", only())).stderr, /gone/);
  assert.equal((await said(w, "status")).stdout, ALL_FRESH);
  const next = await watching(w);
  await answer(w, "status");
  await leave(next);
});

test("of two watches one answers; the other takes over when it is gone", node, async () => {
  const w = await workspace(FILES);
  const first = await watching(w);
  await answer(w, "status");
  const second = await watching(w);
  await answer(w, "status");
  await leave(first);
  replaceFile(w, "one.txt", "2\n");
  await rounds(second, 2);
  await answer(w, "status");
  await leave(second);
});

test("while tasks run everybody looks for oneself, and a failed task is told alike", node, async () => {
  const w = await workspace({ "in.txt": "1\n" });
  const gate = w.gate("held");
  w.write("tasks.config.mjs", config(`    held: { inputs: ["in.txt"], outputs: ["o.txt"], run: ${JSON.stringify(`${gate.command}; cp in.txt o.txt`)} },
    bad: { inputs: ["in.txt"], outputs: ["b.txt"], run: "echo no >&2; exit 3" },`));
  const watch = w.start("watch -k");
  await gate.reached();
  assert.match((await w.tg("status", without())).stdout, /held/);
  await said(w, "status --check");
  gate.release();
  await rounds(watch, 1);
  const status = await answer(w, "status");
  assert.match(status.stdout, /bad {3}failed/);
  assert.equal((await answer(w, "status --check")).code, 1);
  for (const args of ["status -v", "status --json", "why bad", "why bad --json", "why held"]) await answer(w, args);
  await leave(watch);
});

test("what another build has done is not told from memory", node, async () => {
  const w = await workspace(FILES);
  const watch = await deaf(w);
  await answer(w, "build");
  w.write("one.txt", "2\n");
  assert.match((await w.tg("build")).stderr, /1 ran/);
  assert.equal((await said(w, "status")).stdout, ALL_FRESH);
  assert.match((await said(w, "build")).stdout, /up to date/);
  await leave(watch);
});

test("a watch whose state is in another folder is found there", node, async () => {
  const named = FILES["tasks.config.mjs"].replace("tasks:", 'stateDir: "build/state",\n  tasks:');
  const w = await workspace({ ...FILES, "tasks.config.mjs": named });
  assert.match(named, /stateDir/);
  const watch = await watching(w);
  assert.match((await answer(w, "build")).stdout, /2 tasks up to date/);
  assert.equal((await answer(w, "status", { cwd: "sub" })).stdout, ALL_FRESH);
  assert.ok(w.exists("build/state/resident") && !w.exists(".tg"));
  await leave(watch);
  assert.match((await w.tg("status", { env: { TG_RESIDENT: "only" } })).stderr, /no watch/);
});

test("intermediates that tg removes: told as a scan tells of them, also after an edit and once they are asked for", node, async () => {
  const tasks = `    mid: { inputs: ["in.txt"], intermediates: ["m.txt"], temp: true, run: "cp in.txt m.txt" },
    end: { inputs: ["m.txt"], outputs: ["e.txt"], run: "cp m.txt e.txt" },`;
  const w = await workspace({ "in.txt": "1\n", "tasks.config.mjs": config(tasks) });
  await w.tg("build");
  assert.ok(!w.exists("m.txt"));
  const watch = await watching(w);
  const all = async (): Promise<void> => {
    for (const args of ["build", "build end", "status", "status --check", "status --json", "status -vv", "why mid", "why end --json"]) await answer(w, args);
  };
  await all();
  replaceFile(w, "tasks.config.mjs", config(tasks.replace("temp", 'description: "half", temp')));
  assert.match((await answer(w, "why mid")).stdout, /mid is fresh \(temp, removed after use\)/);
  // Who asks for the intermediate by name wants it made.
  assert.match((await said(w, "status mid")).stdout, /mid {2}stale/);
  replaceFile(w, "in.txt", "2\n");
  await rounds(watch, 2);
  assert.equal(w.read("e.txt"), "2\n");
  await all();
  assert.match((await w.tg("build mid")).stderr + (await w.tg("build mid")).stdout, /up to date/);
  assert.ok(w.exists("m.txt"));
  await all();
  await leave(watch);
});

test("services: told as a scan tells of them, while they run and after they were given up", node, async () => {
  const w = await workspace({ "in.txt": "1\n", "s.sh": "echo up; exec sleep 1000\n", "tasks.config.mjs": config(`    s: { inputs: ["s.sh"], run: "sh s.sh", service: { ready: { log: "up" } } },
    t: { inputs: ["in.txt"], outputs: ["t.txt"], deps: ["s"], run: "cp in.txt t.txt" },
    u: { inputs: ["in.txt"], outputs: ["u.txt"], run: "cp in.txt u.txt" },`) });
  const watch = await watching(w);
  for (const args of ["build", "build t", "status", "status --check", "status --json", "why s", "why t"]) await answer(w, args);
  replaceFile(w, "in.txt", "2\n");
  await rounds(watch, 2);
  for (const args of ["build", "status --check", "status -vv"]) await answer(w, args);
  replaceFile(w, "s.sh", "exit 3\n");
  await rounds(watch, 3);
  for (const args of ["status", "status --check", "status --json", "why s", "why t", "why t --json", "status u"]) await said(w, args);
  await leave(watch);
});

test("an npm script's own words and appended ones are told apart for each question", node, async () => {
  const tasks = '    here: { outputs: ["x"], run: "touch x" },\n    there: { outputs: ["sub/x"], run: "touch sub/x" },';
  const w = await workspace({ "p/tasks.config.mjs": config(tasks), "p/sub/keep": "", "p/package.json": '{"scripts":{"s":"tg status x"}}' });
  const watch = w.start("watch", { cwd: "p" });
  await rounds(watch, 1);
  const asked = (): Promise<Finished> => w.tg("status x", only({ cwd: "p", env: { npm_lifecycle_event: "s", npm_package_json: `${w.dir}/p/package.json`, INIT_CWD: `${w.dir}/p/sub` } }));
  assert.match((await asked()).stdout, /^here /);
  w.write("p/package.json", '{"scripts":{"s":"tg status"}}');
  assert.match((await asked()).stdout, /^there /);
  await leave(watch);
});
