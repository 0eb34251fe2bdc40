// tg watch on the built command: which edit makes which task run, what is said, how it ends. No test sleeps: an edit that
// must change nothing is followed by one that must, and the log of runs tells them apart.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { isRunning, repo, workspace } from "../support/rig.ts";
import { config } from "../support/story.ts";
import { atOnce, leave, replaceFile, rounds } from "../support/watching.ts";

const diamond = path.join(repo, "test/fixtures/diamond");

/** Text of a watch without times; an evaluation is told of where it takes long, which is the machine's doing. */
function said(text: string): string {
  return text.replace(/^tg: evaluating .*\n/gm, "").replace(/\d+(\.\d+)? s\b/g, "N s");
}

test("a round builds what the change affects and says so in a block", async () => {
  const w = await workspace({}, diamond);
  const watch = w.start("watch -j1");
  await rounds(watch, 1);
  assert.equal(w.ran(), "A,B,C,D");
  replaceFile(w, "B.extra", "2\n");
  await rounds(watch, 2);
  assert.equal(w.ran(), "B,D");
  assert.equal(said(await leave(watch)), [
    "tg: building",
    "✓ A (N s) — never ran", "✓ B (N s) — never ran", "✓ C (N s) — never ran", "✓ D (N s) — never ran",
    "tg: 4 ran (N s)",
    "tg: watching for changes",
    "tg: building, B.extra changed",
    "✓ B (N s) — input changed: B.extra", '✓ D (N s) — upstream changed: B.o (from "B")',
    "tg: 2 ran, 2 fresh (N s)",
    "tg: watching for changes", "",
  ].join("\n"));
});

test("force holds for the first round alone", async () => {
  const w = await workspace({}, diamond);
  await w.tg("build");
  w.ran();
  const watch = w.start("watch --force");
  await rounds(watch, 1);
  assert.equal(w.ran(), "A,B,C,D");
  replaceFile(w, "B.extra", "2\n");
  await rounds(watch, 2);
  assert.equal(w.ran(), "B,D");
  await leave(watch);
});

test("touching, reverting and files nobody reads begin no round", async () => {
  const w = await workspace({}, diamond);
  const watch = w.start("watch");
  await rounds(watch, 1);
  w.ran();
  atOnce(watch, () => {
    const later = new Date(Date.now() + 5000);
    fs.utimesSync(path.join(w.dir, "B.extra"), later, later);
    replaceFile(w, "notes.txt", "nobody reads this");
    const before = w.read("in.txt");
    replaceFile(w, "in.txt", "other\n");
    replaceFile(w, "in.txt", before);
    replaceFile(w, "global.txt", w.read("global.txt"));
    replaceFile(w, "B.extra", w.read("B.extra"));
    replaceFile(w, "B.extra", "3\n");
  });
  await rounds(watch, 2);
  assert.equal(w.ran(), "B,D");
  assert.match(await leave(watch), /tg: building, B\.extra changed\n/);
});

const GLOBS = `    list: { inputs: ["src/**/*.txt"], outputs: ["list.txt"], run: "echo list >>ran.log; find src -name '*.txt' | sort >list.txt" },
    one: { inputs: ["src/a.txt"], outputs: ["one.txt"], run: "echo one >>ran.log; cp src/a.txt one.txt" },`;

test("files added, removed and renamed under a pattern, and folders that come and go", async () => {
  const w = await workspace({ "tasks.config.ts": config(GLOBS), "src/a.txt": "1\n", "src/deep/b.txt": "1\n" });
  const watch = w.start("watch");
  await rounds(watch, 1);
  w.ran();
  replaceFile(w, "src/new/c.txt", "1\n");
  await rounds(watch, 2);
  assert.equal(w.ran(), "list");
  assert.equal(w.read("list.txt"), "src/a.txt\nsrc/deep/b.txt\nsrc/new/c.txt\n");
  replaceFile(w, "src/new/c.txt", "2\n");
  await rounds(watch, 3);
  assert.equal(w.ran(), "list");
  fs.renameSync(path.join(w.dir, "src/new/c.txt"), path.join(w.dir, "src/new/d.txt"));
  await rounds(watch, 4);
  assert.equal(w.read("list.txt"), "src/a.txt\nsrc/deep/b.txt\nsrc/new/d.txt\n");
  atOnce(watch, () => {
    w.remove("src/deep");
    replaceFile(w, "src/deep/b.txt", "3\n");
  });
  await rounds(watch, 5);
  replaceFile(w, "src/deep/b.txt", "4\n");
  await rounds(watch, 6);
  fs.renameSync(path.join(w.dir, "src/deep"), path.join(w.dir, "src/other"));
  await rounds(watch, 7);
  assert.equal(w.read("list.txt"), "src/a.txt\nsrc/new/d.txt\nsrc/other/b.txt\n");
  replaceFile(w, "src/other/b.txt", "5\n");
  await rounds(watch, 8);
  w.ran();
  replaceFile(w, "src/a.txt", "2\n");
  await rounds(watch, 9);
  assert.equal(w.ran(), "list,one");
  assert.match(await leave(watch), /tg: building, src\/new\/c\.txt added\n/);
});

test("an edit while a task runs is built in the next round", async () => {
  const w = await workspace({ "in.txt": "1\n", "other.txt": "1\n" });
  const gate = w.gate("slow");
  replaceFile(w, "tasks.config.ts", config(`    slow: { inputs: ["in.txt"], outputs: ["slow.txt"], run: ${JSON.stringify(`echo slow >>ran.log; ${gate.command}; cp in.txt slow.txt`)} },
    other: { inputs: ["other.txt"], outputs: ["o.txt"], run: "echo other >>ran.log; cp other.txt o.txt" },`));
  const watch = w.start("watch -j1");
  await gate.reached();
  gate.release();
  await rounds(watch, 1);
  w.ran();
  replaceFile(w, "in.txt", "2\n");
  await gate.reached();
  replaceFile(w, "other.txt", "2\n");
  gate.release();
  await rounds(watch, 3);
  assert.equal(w.ran(), "other,slow");
  assert.equal(w.read("o.txt"), "2\n");
  replaceFile(w, "in.txt", "3\n");
  await gate.reached();
  replaceFile(w, "in.txt", "4\n");
  gate.release();
  await gate.reached();
  gate.release();
  await rounds(watch, 4);
  assert.equal(w.read("slow.txt"), "4\n");
  await leave(watch);
});

test("an interruptible task is stopped for an edit and starts again when it has gone", async () => {
  const w = await workspace({ "in.txt": "1\n" });
  const gate = w.gate("held");
  replaceFile(w, "tasks.config.ts", config(`    t: { inputs: ["in.txt"], outputs: ["o.txt"], interruptible: true, run: ${JSON.stringify(`echo t >>ran.log; ${gate.command}; cp in.txt o.txt`)} },`));
  const watch = w.start("watch");
  const pids = [await gate.reached()];
  for (const text of ["2\n", "3\n", "4\n"]) {
    replaceFile(w, "in.txt", text);
    pids.push(await gate.reached());
    assert.equal(isRunning(pids.at(-2)!), false);
  }
  gate.release();
  await rounds(watch, 1);
  assert.equal(w.read("o.txt"), "4\n");
  assert.equal(w.ran(), "t,t,t,t");
  replaceFile(w, "other.txt", "nobody reads this");
  assert.match(await leave(watch), /~ t \(\S+ s\) — in\.txt changed while it ran; it runs again/);
});

test("a watch whose parent has gone ends", async () => {
  const w = await workspace({ "tasks.config.ts": config(`    t: { inputs: ["in.txt"], outputs: ["o.txt"], run: "cp in.txt o.txt" },`), "in.txt": "1\n" });
  // The pipes close, and the test goes on, when the watch is gone too.
  const end = await w.sh("tg watch </dev/null 2>said & until grep -q watching said; do sleep 0.02; done");
  assert.equal(end.code, 0);
  assert.match(w.read("said"), /^tg: building\n.*\n.*\ntg: watching for changes\n$/);
});

test("a watch that npm has started ends when npm is killed, though npm's shell is still there", { skip: process.platform !== "linux" && "tells by /proc" }, async () => {
  const w = await workspace({ "tasks.config.ts": config(`    t: { inputs: ["in.txt"], outputs: ["o.txt"], run: "cp in.txt o.txt" },`), "in.txt": "1\n" });
  // The middle one kills itself, as npm would be; the pipes close, and the test goes on, when the watch and its shell are gone too.
  const end = await w.sh(`sh -c 'npm_lifecycle_event=watch sh -c "tg watch; true" </dev/null 2>said & until grep -q watching said; do sleep 0.02; done; kill -9 $$'; true`);
  assert.equal(end.code, 0);
  assert.match(w.read("said"), /^tg: building\n.*\n.*\ntg: watching for changes\n/);
});

test("when the system allows no more watches it is told, and files are looked at instead", { skip: spawnSync("unshare", ["-Ur", "sh", "-c", "echo 2 >/proc/sys/user/max_inotify_watches"]).status !== 0 && "needs user namespaces" }, async () => {
  const w = await workspace({ "tasks.config.ts": config(GLOBS), "src/a.txt": "1\n", "src/deep/b.txt": "1\n" });
  const end = await w.sh(`exec unshare -Ur sh -c 'echo 2 >/proc/sys/user/max_inotify_watches
    tg watch </dev/null & p=$!
    until [ -e list.txt ]; do sleep 0.02; done
    echo 2 >src/deep/c.txt
    until grep -q c.txt list.txt; do sleep 0.02; done
    kill -TERM $p; wait $p'`);
  assert.match(end.stderr, /no more file watches \(ENOSPC\); files are looked at every \S+ s instead\n {4}try: sudo sysctl fs\.inotify\.max_user_watches/);
});

test("an output edited by hand is made again", async () => {
  const w = await workspace({}, diamond);
  const watch = w.start("watch");
  await rounds(watch, 1);
  w.ran();
  replaceFile(w, "C.o", "mine\n");
  await rounds(watch, 2);
  assert.equal(w.ran(), "C");
  w.remove("D.o");
  await rounds(watch, 3);
  assert.equal(w.ran(), "D");
  await leave(watch);
});

test("an output edited by hand that stays as it is begins a round under its own name", async () => {
  const tasks = `    a: { inputs: ["in.txt"], outputs: ["out.txt"], drift: "keep", run: "cp in.txt out.txt" },
    b: { inputs: ["out.txt"], outputs: ["b.txt"], run: "cp out.txt b.txt" },`;
  const w = await workspace({ "tasks.config.ts": config(tasks), "in.txt": "1\n" });
  const watch = w.start("watch");
  await rounds(watch, 1);
  replaceFile(w, "out.txt", "mine\n");
  await watch.until(/tg: building, out\.txt changed\n✓ b/);
  await leave(watch);
});

test("a broken config is told, the last good one goes on, the mended one takes over", async () => {
  const w = await workspace({}, diamond);
  const good = w.read("tasks.config.ts");
  const watch = w.start("watch");
  await rounds(watch, 1);
  w.ran();
  replaceFile(w, "tasks.config.ts", "export default {{");
  await watch.until(/going on with the tasks of the last good config/);
  replaceFile(w, "B.extra", "2\n");
  await rounds(watch, 2);
  assert.equal(w.ran(), "B,D");
  replaceFile(w, "tasks.config.ts", good.replace("cp A.o C.o #C", "cp A.o C.o; echo 2 >>C.o #C"));
  await rounds(watch, 3);
  assert.equal(w.ran(), "C,D");
  replaceFile(w, "tasks.config.ts", good.replace("deps", "dips").replace('tags: ["base"]', 'tugs: ["base"]'));
  await watch.until(/unknown field "tugs"/);
  replaceFile(w, "tasks.config.ts", good.replace("tasks: {", 'tasks: {\n    E: { inputs: ["D.o"], outputs: ["E.o"], run: "echo E >>ran.log; cp D.o E.o" },'));
  await rounds(watch, 4);
  assert.equal(w.ran(), "C,D,E");
  const text = await leave(watch);
  assert.match(text, /tg: building, tasks\.config\.ts changed\n/);
});

test("a task file that comes is part of the next round", async () => {
  const w = await workspace({ "tasks.config.ts": `export default { tasks: {}, include: ["tasks/*.task.ts"] };\n`, "tasks/a.task.ts": taskFile("a"), "in.txt": "1\n" });
  const watch = w.start("watch");
  await rounds(watch, 1);
  assert.equal(w.ran(), "a");
  replaceFile(w, "tasks/b.task.ts", taskFile("b"));
  await rounds(watch, 2);
  assert.equal(w.ran(), "b");
  assert.match(await leave(watch), /tg: building, tasks\/b\.task\.ts added\n/);
});

test("a folder that the config lists is named by a round where no file is", async () => {
  const w = await workspace({ "tasks.config.ts": `import { existsSync, readdirSync } from "node:fs";
export default { tasks: Object.fromEntries(readdirSync("packages").filter((name) => existsSync("packages/" + name + "/src")).map((name) => [name, { inputs: ["packages/" + name + "/src/**"], run: "echo " + name + " >>ran.log" }])) };
`, "packages/a/src/x": "1\n" });
  const watch = w.start("watch");
  await rounds(watch, 1);
  w.write("new/src/x", "1\n");
  fs.renameSync(path.join(w.dir, "new"), path.join(w.dir, "packages/b"));
  await rounds(watch, 2);
  replaceFile(w, "packages/a/src/x", "2\n");
  await rounds(watch, 3);
  assert.equal(w.ran(), "a,a,b");
  assert.match(await leave(watch), /tg: building, packages\/ changed\n[^]*tg: building, packages\/a\/src\/x changed\n/);
});

test("a config that became another one during a build is named by the next round", async () => {
  const two = "    u: { outputs: [\"u.txt\"], run: \"echo u >>ran.log; echo u >u.txt\" },";
  const w = await workspace({ "tasks.config.ts": config(`    t: { outputs: ["out.txt"], run: "echo t >>ran.log; cp next.txt out.txt; cp next.txt tasks.config.ts" },`), "next.txt": config(two) });
  const watch = w.start("watch");
  await rounds(watch, 2);
  assert.equal(w.ran(), "t,u");
  assert.match(await leave(watch), /tg: building, tasks\.config\.ts changed\n/);
});

function taskFile(name: string): string {
  return `import { defineTask } from "tg-build";\nexport default defineTask(import.meta, { inputs: ["in.txt"], outputs: ["${name}.txt"], run: "echo ${name} >>ran.log; cp in.txt ${name}.txt" });\n`;
}

test("a failure is told and mended by the next edit", async () => {
  const w = await workspace({ "tasks.config.ts": config(`    t: { inputs: ["in.txt"], outputs: ["out.txt"], run: "echo t >>ran.log; grep -q good in.txt && cp in.txt out.txt" },`), "in.txt": "bad\n" });
  const watch = w.start("watch");
  await watch.until(/watching for changes \(failed\)/);
  replaceFile(w, "in.txt", "good\n");
  await rounds(watch, 2);
  assert.equal(w.ran(), "t,t");
  assert.equal(w.read("out.txt"), "good\n");
  await leave(watch);
});

test("what failed and has not changed since is not tried again, and holds up nobody else", async () => {
  const tasks = `    bad: { inputs: ["bad.txt"], outputs: ["x"], run: "echo bad >>ran.log; exit 3" },
    below: { inputs: ["x"], outputs: ["y"], run: "echo below >>ran.log; cp x y" },
    fine: { inputs: ["fine.txt"], outputs: ["f"], run: "echo fine >>ran.log; cp fine.txt f" },`;
  const w = await workspace({ "tasks.config.ts": config(tasks), "bad.txt": "1\n", "fine.txt": "1\n" });
  const watch = w.start("watch -j1 -k");
  await rounds(watch, 1);
  assert.equal(w.ran(), "bad,fine");
  replaceFile(w, "fine.txt", "2\n");
  await rounds(watch, 2);
  assert.equal(w.ran(), "fine");
  replaceFile(w, "bad.txt", "2\n");
  await rounds(watch, 3);
  assert.equal(w.ran(), "bad");
  assert.match(said(await leave(watch)), /tg: building, fine\.txt changed\n✗ bad — exit 3, as before\n✓ fine/);
});

test("tasks that keep changing what they read are stopped with a reason", async () => {
  const tasks = `    a: { inputs: ["x.txt"], outputs: ["a.txt"], run: "echo a >>ran.log; cp x.txt a.txt; date +%s%N >y.txt" },
    b: { inputs: ["y.txt"], outputs: ["b.txt"], run: "echo b >>ran.log; cp y.txt b.txt; date +%s%N >x.txt" },`;
  const w = await workspace({ "tasks.config.ts": config(tasks), "x.txt": "1\n", "y.txt": "1\n", "z.txt": "1\n" });
  const watch = w.start("watch -j1");
  await watch.until(/changed in every run of "a", so it is run again in half a minute, or at the next change\n/);
  const runs = w.ranInOrder().split(",").length;
  assert.ok(runs <= 12, `${runs} runs`);
  await leave(watch);
});

test("a task whose output another one removes in every round is stopped with a reason", async () => {
  const tasks = `    a: { inputs: ["in.txt"], outputs: ["o.txt"], run: "echo a >>ran.log; cp in.txt o.txt" },
    b: { always: true, after: ["a"], run: "echo b >>ran.log; rm -f o.txt" },`;
  const w = await workspace({ "tasks.config.ts": config(tasks), "in.txt": "1\n" });
  const watch = w.start("watch -j1");
  await watch.until(/o\.txt changed in every run of "a", so it is run again in half a minute, or at the next change\n/);
  assert.equal(w.ranInOrder(), "a,b,a,b,a,b,a,b");
  await leave(watch);
});

for (const [signal, code] of [["SIGINT", "SIGINT"], ["SIGTERM", "SIGTERM"], ["SIGHUP", "SIGHUP"]] as const) {
  test(`${signal} ends a watch and what it runs`, async () => {
    const w = await workspace({ "in.txt": "1\n" });
    const gate = w.gate("held");
    replaceFile(w, "tasks.config.ts", config(`    t: { inputs: ["in.txt"], outputs: ["o.txt"], run: ${JSON.stringify(`${gate.command}; cp in.txt o.txt`)} },`));
    const watch = w.start("watch");
    const pid = await gate.reached();
    watch.signal(signal);
    const end = await watch.done;
    assert.equal(end.signal ?? end.code, code, end.stderr);
    assert.equal(isRunning(pid), false);
    const status = JSON.parse((await w.tg("status --json")).stdout) as { tasks: Record<string, { last: { status: string } }> };
    assert.equal(status.tasks["t"]!.last.status, "interrupted");
  });
}

test("what is wrong before anything ran ends with 2", async () => {
  const w = await workspace({}, diamond);
  const unknown = await w.tg("watch Z");
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /"Z"/);
  const none = await workspace({});
  assert.equal((await none.tg("watch")).code, 2);
  const flag = await w.tg("watch --debounce soon");
  assert.equal(flag.code, 2);
  assert.match(flag.stderr, /whole number of milliseconds/);
});

test("--json tells rounds and the events of each build", async () => {
  const w = await workspace({}, diamond);
  const watch = w.start("watch --json");
  await watch.until(/"round-ended"/);
  replaceFile(w, "B.extra", "2\n");
  await watch.until(/"round-ended","round":2/);
  watch.signal("SIGINT");
  const { stdout, stderr } = await watch.done;
  assert.equal(stderr, "");
  const events = stdout.trim().split("\n").map((line) => JSON.parse(line) as { event: string; round?: number; changes?: unknown; task?: string; outcome?: string });
  const second = events.slice(events.findIndex((event) => event.event === "round-started" && event.round === 2));
  assert.deepEqual(second[0]!.changes, [{ path: "B.extra", how: "changed" }]);
  assert.deepEqual(second.filter((event) => event.event === "task-ended" && event.outcome === "ran").map((event) => event.task), ["B", "D"]);
});

test("--poll sees the same without being told", async () => {
  const w = await workspace({}, diamond);
  const watch = w.start("watch --poll");
  await rounds(watch, 1);
  w.ran();
  replaceFile(w, "B.extra", "2\n");
  await rounds(watch, 2);
  assert.equal(w.ran(), "B,D");
  await leave(watch);
});

test("chokidar tells the same", async () => {
  const w = await workspace({ "tasks.config.ts": config(GLOBS), "src/a.txt": "1\n", "src/deep/b.txt": "1\n" });
  const watch = w.start("watch", { env: { TG_WATCHER: "chokidar" } });
  await rounds(watch, 1);
  w.ran();
  replaceFile(w, "src/new/c.txt", "1\n");
  await rounds(watch, 2);
  replaceFile(w, "src/new/c.txt", "2\n");
  await rounds(watch, 3);
  w.remove("src/deep");
  await rounds(watch, 4);
  assert.equal(w.read("list.txt"), "src/a.txt\nsrc/new/c.txt\n");
  replaceFile(w, "src/a.txt", "2\n");
  await rounds(watch, 5);
  assert.equal(w.ran(), "list,list,list,list,one");
  await leave(watch);
});

test("another tg builds meanwhile: the watch takes what it made", async () => {
  const w = await workspace({}, diamond);
  const watch = w.start("watch B");
  await rounds(watch, 1);
  assert.equal(w.ran(), "A,B");
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.ran(), "C,D");
  replaceFile(w, "B.extra", "2\n");
  await rounds(watch, 2);
  assert.equal(w.ran(), "B");
  await leave(watch);
});

test("an input that goes and comes back as it was is told both times", async () => {
  const w = await workspace({ "tasks.config.ts": config('    a: { inputs: ["in"], run: "echo a >> ran.log" },'), in: "1\n" });
  const watch = w.start("watch");
  await rounds(watch, 1);
  for (const round of [2, 4]) {
    w.remove("in");
    await rounds(watch, round);
    replaceFile(w, "in", "1\n");
    await rounds(watch, round + 1);
  }
  const missing = ["tg: building, in removed", 'tg: task "a": input in does not exist and no task makes it', "    at tasks.config.ts:3", "    try: correct the path, or { path, optional: true } if it may be absent", "tg: watching for changes (failed)"];
  const back = ["tg: building, in added", "tg: watching for changes"];
  assert.equal(said(await leave(watch)), ["tg: building", "✓ a (N s) — never ran", "tg: 1 ran (N s)", "tg: watching for changes", ...missing, ...back, ...missing, ...back, ""].join("\n"));
});

test("an input that was never there is heard of when it comes", async () => {
  const tasks = (run: string): string => config(`    a: { inputs: ["in"], outputs: ["out"], run: "${run}" },`);
  const w = await workspace({ "tasks.config.ts": tasks("cp in out") });
  const watch = w.start("watch");
  await rounds(watch, 1);
  replaceFile(w, "in", "1\n");
  await rounds(watch, 2);
  assert.equal(w.read("out"), "1\n");
  replaceFile(w, "tasks.config.ts", tasks("cat in other > out").replace('"in"', '"in", "other"'));
  await rounds(watch, 3);
  replaceFile(w, "other", "2\n");
  await rounds(watch, 4);
  assert.equal(w.read("out"), "1\n2\n");
  const missing = (file: string): string[] => [`tg: task "a": input ${file} does not exist and no task makes it`, "    at tasks.config.ts:3", "    try: correct the path, or { path, optional: true } if it may be absent", "tg: watching for changes (failed)"];
  assert.equal(said(await leave(watch)), [
    "tg: building", ...missing("in"),
    "tg: building, in added", "✓ a (N s) — never ran", "tg: 1 ran (N s)", "tg: watching for changes",
    "tg: building, tasks.config.ts changed", ...missing("other"),
    "tg: building, other added", "✓ a (N s) — command changed (cp in out → cat in other > out) (+2 more)", "tg: 1 ran (N s)", "tg: watching for changes", "",
  ].join("\n"));
});

test("what no task makes any more is removed, although nothing runs", async () => {
  const tasks = (more: string): string => `import { foreach } from "tg-build";\n${config(`    c: foreach("src/*.c", ({ file, key }) => ({ inputs: [file], outputs: ["o/" + key + ".o"], run: "cp " + file + " o/" + key + ".o" })),${more}`)}`;
  const w = await workspace({ "tasks.config.ts": tasks(' b: { outputs: ["b.out"], run: "echo b > b.out" },'), "src/x.c": "x\n", "src/y.c": "y\n" });
  const watch = w.start("watch -j1");
  await rounds(watch, 1);
  w.remove("src/x.c");
  await rounds(watch, 2);
  assert.deepEqual([w.exists("o/x.o"), w.exists("o/y.o")], [false, true]);
  replaceFile(w, "tasks.config.ts", tasks(""));
  await rounds(watch, 3);
  assert.equal(w.exists("b.out"), false);
  // What somebody has edited stays, and begins no round.
  atOnce(watch, () => {
    w.write("o/y.o", "by hand\n");
    w.remove("src/y.c");
    replaceFile(w, "src/z.c", "z\n");
  });
  await rounds(watch, 4);
  assert.equal(w.read("o/y.o"), "by hand\n");
  const kept = ["tg: warning: o/y.o is made by no task any more, but was edited; it is kept", "    try: tg clean --dead removes it"];
  assert.equal(said(await leave(watch)), [
    "tg: building", "✓ c[x] (N s) — never ran", "✓ c[y] (N s) — never ran", "✓ b (N s) — never ran", "tg: 3 ran (N s)", "tg: watching for changes",
    "tg: building, src/x.c removed", "tg: removed 1 leftover that no task makes any more: o/x.o", "tg: watching for changes",
    "tg: building, tasks.config.ts changed", "tg: removed 1 leftover that no task makes any more: b.out", "tg: watching for changes",
    "tg: building, src/y.c removed, src/z.c added", ...kept, "✓ c[z] (N s) — never ran", "tg: 1 ran (N s)", "tg: watching for changes", "",
  ].join("\n"));
});

test("on a terminal the keys are said once, and heard", async (t) => {
  const w = await workspace({ "tasks.config.ts": config('    a: { inputs: ["in"], run: "true" },'), in: "1\n" });
  if ((await w.sh("script --version")).code !== 0) return t.skip("needs script(1) of util-linux");
  const seen = (text: string): string => `until grep -q "${text}" ../screen; do sleep 0.05; done`;
  const run = await w.sh(`touch ../screen; (${seen("watching for")}; printf s; ${seen("is fresh")}; printf r; ${seen("up to date")}; until [ "$(grep -c "watching for" ../screen)" = 2 ]; do sleep 0.05; done; printf q; sleep 0.2) | script -qefc "tg watch --no-color" ../screen >/dev/null; cat ../screen`);
  // A slow machine shows the line of the status, and takes it back.
  const lines = run.stdout.split("\n").map((line) => said(line.replace(/^.*\r\x1b\[J/, "").trimEnd())).filter((line) => line !== "" && !line.startsWith("Script "));
  assert.deepEqual(lines, [
    "tg: building", "r run, f force all, s status, c clear, q quit", "✓ a (N s) — never ran", "tg: 1 ran (N s)", "tg: watching for changes",
    "tg: everything is fresh", "tg: building, as asked", "tg: 1 task up to date (N s)", "tg: watching for changes",
  ]);
});

test("Ctrl-C in a watch comes to a task with the console too", async (t) => {
  const w = await workspace({ "tasks.config.ts": config(`    a: { run: "trap 'echo int >sig; exit 0' INT; trap 'echo term >sig; exit 0' TERM; touch up; while :; do sleep 0.05; done", console: true },`) });
  if ((await w.sh("script --version")).code !== 0) return t.skip("needs script(1) of util-linux");
  await w.sh(`(until [ -e up ]; do sleep 0.05; done; printf '\\003'; until [ -e sig ]; do sleep 0.05; done; sleep 0.5) | script -qefc "tg watch --no-color" ../screen >/dev/null`);
  assert.equal(await w.read("sig"), "int\n");
});
