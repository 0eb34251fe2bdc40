// tg watch while its config is edited: it is evaluated in processes of their own, and means and says there what it means and
// says in the watch's.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test, type TestOptions } from "node:test";
import { isForeign, isRunning, LIMIT_MS, workspace, type Background, type Workspace } from "../support/rig.ts";
import { atOnce, replaceFile, rounds } from "../support/watching.ts";

const MANY = 3_100;
const onNode: TestOptions = { skip: isForeign && "on Node alone a config is evaluated apart" };

function configOf(barriers: number, { text = "1", lines = "", more = "" } = {}): string {
  return `import fs from "node:fs";
import { foreach } from "tg-build";
import { prefix } from "./prefix.ts";
fs.appendFileSync("loaded.log", [process.pid, ...process.argv.slice(2)].join(" ") + "\\n");
${lines}
const tasks = {
  a: { inputs: ["in.txt"], outputs: ["a.txt"], run: () => { fs.appendFileSync("ran.log", "a\\n"); fs.writeFileSync("a.txt", prefix + "${text}"); return ["x"]; } },
${more}};
for (let i = 0; i < ${barriers}; i++) tasks["b" + i] = { deps: ["a"] };
export default { tasks };
`;
}

/** Distinct processes that evaluated the config with the watch's arguments since the last question, in their order. The runtime of functions has others. */
function processes(w: Workspace): string[] {
  const lines = w.read("loaded.log").split("\n").filter((line) => line.endsWith(" watch --debounce 1"));
  w.remove("loaded.log");
  return [...new Set(lines.map((line) => line.split(" ")[0]!))];
}

interface Story {
  readonly text: string;
  readonly here: readonly boolean[];
}

/** Edits the config of so many tasks: what is built and said, and whether it was evaluated by the watch itself. */
async function story(barriers: number): Promise<Story> {
  const w = await workspace({ "tasks.config.ts": configOf(barriers), "prefix.ts": 'export const prefix: string = "p";\n', "in.txt": "1\n" });
  const watch = w.start("watch --debounce 1");
  const here: boolean[] = [];
  let heard = "";
  let own: string | null = null;
  const until = async (text: string): Promise<void> => {
    heard += `${text}\n[^]*`;
    await watch.until(new RegExp(heard));
    const seen = processes(w);
    own ??= seen[0]!;
    here.push(seen.includes(own));
  };
  await until("watching for changes");
  replaceFile(w, "tasks.config.ts", configOf(barriers, { text: "2" }));
  await until("watching for changes");
  assert.deepEqual([w.ran(), w.read("a.txt")], ["a,a", "p2"]);
  replaceFile(w, "prefix.ts", 'export const prefix: string = "q";\n');
  await until("watching for changes");
  assert.deepEqual([w.ran(), w.read("a.txt")], ["a", "q2"]);
  replaceFile(w, "tasks.config.ts", configOf(barriers, { lines: 'const f = (): never => { throw new RangeError("no"); }; f();' }));
  await until("going on with the tasks of the last good config");
  replaceFile(w, "tasks.config.ts", configOf(barriers, { more: '  c: { inputs: [1] },\n' }));
  await until("going on with the tasks of the last good config");
  replaceFile(w, "tasks.config.ts", configOf(barriers, { text: "3" }));
  await until("watching for changes");
  assert.deepEqual([w.ran(), w.read("a.txt")], ["a", "q3"]);
  // The list that a task made is known to the watch alone, and asked for.
  replaceFile(w, "tasks.config.ts", configOf(barriers, { text: "3", more: '  up: foreach({ from: "a" }, ({ key }) => ({ outputs: [key], run: "echo up >>ran.log; echo >" + key })),\n' }));
  await until("watching for changes");
  assert.equal(w.ran(), "a,up");
  watch.signal("SIGINT");
  const { stderr } = await watch.done;
  // On a busy machine an evaluation may take a second.
  return { text: stderr.replace(/^tg: evaluating .*\n/gm, "").replace(/\d+(\.\d+)? s\b/g, "N s").replace(/\d+ fresh/g, "N fresh"), here };
}

test("an edited config is evaluated apart, however many tasks there are", onNode, async () => {
  const [few, many] = [await story(1), await story(MANY)];
  assert.equal(many.text, few.text);
  for (const { here } of [few, many]) assert.deepEqual(here, [true, false, false, false, false, false, false]);
});

const LOOP = `console.log("round and round " + process.pid + ".");\nfor (;;) {}\n`;

/** Waits for the next process that goes round for ever. */
async function looping(watch: Background, seen: number[]): Promise<number> {
  await watch.until(/round and round \d+\./, seen.length + 1);
  seen.push(Number([...watch.said().matchAll(/round and round (\d+)\./g)].at(-1)![1]));
  return seen.at(-1)!;
}

async function gone(pid: number): Promise<void> {
  while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
}

const PLAIN = (text: string): string => `export default { include: ["*.task.mjs"], tasks: { a: { outputs: ["a.txt"], run: "echo ${text} >a.txt" } } };\n`;
const TASK = (text: string): string => `import { defineTask } from "tg-build";\nexport default defineTask(import.meta, { outputs: ["b.txt"], run: "echo ${text} >b.txt" });\n`;

test("a config that was edited into an endless loop is ended once it is edited again, or the watch is left", { ...onNode, timeout: LIMIT_MS }, async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const w = await workspace({ "tasks.config.mjs": PLAIN("1"), "b.task.mjs": TASK("1") });
    const watch = w.start("watch");
    const seen: number[] = [];
    let count = 0;
    const round = (): Promise<void> => rounds(watch, ++count);
    await round();
    replaceFile(w, "tasks.config.mjs", LOOP);
    const first = await looping(watch, seen);
    replaceFile(w, "tasks.config.mjs", PLAIN("2"));
    await round();
    assert.equal(w.read("a.txt"), "2\n");
    await gone(first);
    replaceFile(w, "b.task.mjs", LOOP);
    const second = await looping(watch, seen);
    replaceFile(w, "b.task.mjs", TASK("2"));
    await round();
    assert.equal(w.read("b.txt"), "2\n");
    await gone(second);
    // A module that nobody has heard of before.
    w.write("part.mjs", LOOP);
    replaceFile(w, "tasks.config.mjs", `import "./part.mjs";\n${PLAIN("3")}`);
    await gone(await looping(watch, seen).finally(() => replaceFile(w, "part.mjs", "export {};\n")));
    await round();
    assert.equal(w.read("a.txt"), "3\n");
    replaceFile(w, "tasks.config.mjs", LOOP);
    const last = await looping(watch, seen);
    watch.signal(signal);
    assert.equal((await watch.done).signal, signal);
    await gone(last);
  }
});

test("a watch is left while the config is evaluated with the list that a task has just made", { ...onNode, timeout: LIMIT_MS }, async () => {
  const config = (each: string): string => `import fs from "node:fs";
import { foreach } from "tg-build";
export default { tasks: {
  plan: { inputs: ["plan.txt"], run: () => fs.readFileSync("plan.txt", "utf8").trim().split(" ") },
  up: foreach({ from: "plan" }, ({ key }) => { ${each} return { outputs: [key], run: "echo " + key + " >" + key }; }),
} };\n`;
  const w = await workspace({ "tasks.config.mjs": config(`if (key === "y") { ${LOOP} }`), "plan.txt": "x\n" });
  const watch = w.start("watch");
  await rounds(watch, 1);
  replaceFile(w, "plan.txt", "y\n");
  const pid = await looping(watch, []);
  watch.signal("SIGINT");
  const { stderr, signal } = await watch.done;
  assert.equal(signal, "SIGINT", stderr);
  assert.doesNotMatch(stderr, /uncaught/);
  await gone(pid);
  w.write("tasks.config.mjs", config(""));
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.read("y"), "y\n");
});

test("a watch whose config never comes to an end at the start can be left by a signal", { timeout: LIMIT_MS }, async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const w = await workspace({ "tasks.config.mjs": LOOP });
    const watch = w.start("watch");
    await watch.until(/round and round/);
    watch.signal(signal);
    const end = await watch.done;
    assert.ok(end.signal === signal || end.code === 128 + (signal === "SIGINT" ? 2 : 15), `${end.signal} ${end.code}`);
  }
});

test("what evaluates a config that never comes to an end is ended by the next build after the watch was killed", { ...onNode, timeout: LIMIT_MS }, async () => {
  const w = await workspace({ "tasks.config.mjs": PLAIN("1"), "b.task.mjs": TASK("1") });
  const watch = w.start("watch");
  await rounds(watch, 1);
  replaceFile(w, "tasks.config.mjs", LOOP);
  const seen: number[] = [];
  const pid = await looping(watch, seen);
  watch.signal("SIGKILL");
  replaceFile(w, "tasks.config.mjs", PLAIN("2"));
  assert.equal((await w.tg("build")).code, 0);
  await gone(pid);
});

interface Writer {
  readonly text: string;
  /** It is told of. */
  readonly loud: boolean;
}

/** A watch of a config that writes `gen.mjs`, which it imports: edited once, then an input. */
async function writer({ text, loud }: Writer): Promise<{ readonly said: string; readonly evaluations: number; readonly built: readonly string[] }> {
  const config = (word: string): string => `import fs from "node:fs";
import "./gen.mjs";
fs.appendFileSync("../evaluated.log", "e\\n");
fs.writeFileSync("gen.mjs", ${text});
export default { tasks: { a: { inputs: ["in.txt"], outputs: ["a.txt"], run: "echo ${word} $(cat in.txt) >a.txt" } } };\n`;
  const w = await workspace({ "tasks.config.mjs": config("one"), "gen.mjs": "// as it was\n", "in.txt": "1\n" });
  const log = path.join(w.dir, "../evaluated.log");
  const watch = w.start("watch --debounce 1");
  const built: string[] = [];
  await watch.until(loud ? /watching for changes\n[^]*tg: gen\.mjs is written whenever/ : /watching for changes\n/);
  built.push(w.read("a.txt"));
  replaceFile(w, "tasks.config.mjs", config("two"));
  await rounds(watch, 2);
  built.push(w.read("a.txt"));
  replaceFile(w, "in.txt", "2\n");
  await rounds(watch, 3);
  built.push(w.read("a.txt"));
  watch.signal("SIGINT");
  const { stderr } = await watch.done;
  return { said: stderr, evaluations: fs.readFileSync(log, "utf8").split("\n").length - 1, built };
}

test("a config that writes a module it is made of is not evaluated without end", { timeout: LIMIT_MS }, async () => {
  const writers: readonly Writer[] = [{ text: '"// as it was\\n"', loud: false }, { text: '"// " + Date.now() + "\\n"', loud: true }];
  const stories = await Promise.all(writers.map(writer));
  for (const [i, { said, evaluations, built }] of stories.entries()) {
    const { loud } = writers[i]!;
    assert.equal(said.split("tg: gen.mjs is written whenever the config is evaluated, so it is evaluated again in half a minute, or at the next change\n").length, loud ? 2 : 1, said);
    assert.ok(evaluations <= (loud ? 9 : 4), `${evaluations} evaluations`);
    assert.deepEqual(built, ["one 1\n", "two 1\n", "two 2\n"]);
  }
});

test("an edited config that takes a second to evaluate is told of", { ...onNode, timeout: LIMIT_MS }, async () => {
  for (const flag of ["", " --json"]) {
    const w = await workspace({ "tasks.config.mjs": PLAIN("1"), "b.task.mjs": TASK("1") });
    const gate = path.join(w.dir, "../slow");
    spawnSync("mkfifo", [gate]);
    const watch = w.start(`watch${flag}`);
    await watch.until(/watching for changes|"round-ended"/);
    replaceFile(w, "tasks.config.mjs", `import fs from "node:fs";\nif (fs.existsSync("../slow")) fs.readFileSync("../slow");\n${PLAIN("2")}`);
    await watch.until(flag === "" ? /watching for changes\ntg: evaluating tasks\.config\.mjs\n$/ : /"round-ended"[^\n]*\n\{"event":"config-evaluating","files":\["tasks\.config\.mjs"\],"time":\d+\}\n$/);
    const opened = fs.openSync(gate, "w");
    fs.rmSync(gate);
    fs.closeSync(opened);
    await watch.until(/(watching for changes|"round-ended")[^]*tg: building, tasks\.config\.mjs changed[^]*watching for changes|("round-ended"[^]*){2}/);
    assert.equal(w.read("a.txt"), "2\n");
    watch.signal("SIGINT");
    await watch.done;
  }
});

test("a config that looks for a package in fewer places than before has not lost files there", async () => {
  const config = (line: string): string => `${line}\nexport default { tasks: { a: { outputs: ["a.txt"], run: "echo '${line.length}' >a.txt" } } };\n`;
  const w = await workspace({ "tasks.config.mjs": config('import "./sub/part.mjs";'), "sub/part.mjs": 'import "pack";\n', "node_modules/pack/package.json": '{ "name": "pack", "version": "1.0.0", "main": "index.js" }', "node_modules/pack/index.js": "" });
  const watch = w.start("watch");
  await rounds(watch, 1);
  replaceFile(w, "tasks.config.mjs", config(""));
  await rounds(watch, 2);
  watch.signal("SIGINT");
  assert.match((await watch.done).stderr, /\ntg: building, tasks\.config\.mjs changed\n/);
});

test("a config that ends the process it is evaluated in is broken, and the watch goes on", onNode, async () => {
  const w = await workspace({ "tasks.config.mjs": PLAIN("1"), "b.task.mjs": TASK("1") });
  const watch = w.start("watch");
  await rounds(watch, 1);
  replaceFile(w, "tasks.config.mjs", 'process.kill(process.pid, "SIGKILL");\n');
  await watch.until(/tg: tasks\.config\.mjs was not loaded: the process that evaluated it was ended by SIGKILL\n {4}try: save the config again\ntg: going on with the tasks of the last good config\n/);
  replaceFile(w, "tasks.config.mjs", PLAIN("2"));
  await watch.until(/watching for changes[^]*tg: the config can be loaded again[^]*watching for changes/);
  assert.equal(w.read("a.txt"), "2\n");
  watch.signal("SIGINT");
  await watch.done;
});

test("what code of the config throws when it has long been evaluated is told, and the watch goes on", { timeout: LIMIT_MS }, async () => {
  const late = 'import fs from "node:fs";\nsetInterval(() => { if (fs.existsSync("go")) throw new Error("too late"); }, 10);\n';
  const config = (line: string): string => `${line}export default { tasks: { a: { inputs: ["in.txt"], outputs: ["a.txt"], run: "cp in.txt a.txt" } } };\n`;
  const w = await workspace({ "tasks.config.mjs": config(late), "in.txt": "1\n" });
  const watch = w.start("watch");
  await rounds(watch, 1);
  w.write("go", "");
  await watch.until(/tg: tasks\.config\.mjs:2:\d+: Error: too late\n[^]*try: correct the config\ntg: going on with the tasks of the last good config\n/);
  replaceFile(w, "in.txt", "2\n");
  await rounds(watch, 2);
  replaceFile(w, "tasks.config.mjs", config("").replace("cp in.txt", "cat in.txt in.txt >"));
  await rounds(watch, 3);
  assert.equal(w.read("a.txt"), "2\n2\n");
  watch.signal("SIGINT");
  const { stderr, signal } = await watch.done;
  assert.equal(signal, "SIGINT");
  assert.equal(stderr.split("too late").length, 2, stderr);
  assert.equal((await w.tg("status --check")).code, 0);
});

test("what code of the config throws while it is evaluated anew, and late as well, is told once", { timeout: LIMIT_MS }, async () => {
  const late = 'import fs from "node:fs";\nsetInterval(() => { if (fs.existsSync("go2")) throw new Error("too late"); }, 10);\nif (fs.existsSync("go")) await new Promise((done) => setTimeout(done, 20_000));\n';
  const config = 'export default { tasks: { a: { inputs: ["in.txt"], outputs: ["a.txt"], run: "cp in.txt a.txt" } } };\n';
  const w = await workspace({ "tasks.config.mjs": late + config, "in.txt": "1\n" });
  const watch = w.start("watch");
  await rounds(watch, 1);
  w.write("go", "");
  await watch.until(/tg: evaluating tasks\.config\.mjs\n/);
  w.write("go2", "");
  await watch.until(/Error: too late\n[^]*tg: going on with the tasks of the last good config\n/);
  replaceFile(w, "tasks.config.mjs", config.replace("cp in.txt", "cat in.txt in.txt >"));
  await rounds(watch, 2);
  watch.signal("SIGINT");
  const { stderr } = await watch.done;
  assert.equal(stderr.split("too late").length, 2, stderr);
});

test("a watch takes edits of what is loaded once in a process: CommonJS modules, packages and what these read", onNode, async () => {
  const w = await workspace({
    "tasks.config.mjs": `import own from "./own.cjs";
import "settings";
import version from "pack";
export default { tasks: { a: { outputs: ["a.txt"], run: "echo " + [own, process.env.SETTING, version].join(" ") + " >a.txt" } } };\n`,
    "own.cjs": 'module.exports = "own1";\n',
    "settings.txt": "set1",
    "node_modules/settings/package.json": '{ "name": "settings", "version": "1.0.0" }',
    "node_modules/settings/index.js": 'process.env.SETTING = require("node:fs").readFileSync("settings.txt", "utf8");\n',
    "node_modules/pack/package.json": '{ "name": "pack", "version": "1.0.0" }',
    "node_modules/pack/index.js": 'module.exports = "pack1";\n',
  });
  const watch = w.start("watch --debounce 1");
  let count = 0;
  const until = async (expected: string): Promise<void> => {
    await rounds(watch, ++count);
    assert.equal(w.read("a.txt"), `${expected}\n`);
  };
  await until("own1 set1 pack1");
  replaceFile(w, "own.cjs", 'module.exports = "own2";\n');
  await until("own2 set1 pack1");
  replaceFile(w, "settings.txt", "set2");
  await until("own2 set2 pack1");
  atOnce(watch, () => {
    w.write("node_modules/pack/index.js", 'module.exports = "pack2";\n');
    replaceFile(w, "node_modules/pack/package.json", '{ "name": "pack", "version": "2.0.0" }');
  });
  await until("own2 set2 pack2");
  watch.signal("SIGINT");
  await watch.done;
  assert.equal((await w.tg("status --check")).code, 0);
});
