// Tasks that failed under tg watch: whatever is different from what they failed with has them tried again, be it as it was
// before they failed. No test sleeps.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { workspace } from "../support/rig.ts";
import { config } from "../support/story.ts";
import { leave, replaceFile, rounds } from "../support/watching.ts";

test("a file that only the depfile names: a bad edit and its undoing", async () => {
  const t = `echo t >>ran.log; cat in.txt h.txt >out.txt; echo "out.txt: in.txt h.txt" >t.d; ! grep -q bad h.txt`;
  const w = await workspace({ "tasks.config.ts": config(`    t: { inputs: ["in.txt"], depfile: "t.d", outputs: ["out.txt"], run: ${JSON.stringify(t)} },`), "in.txt": "1\n", "h.txt": "good\n" });
  const watch = w.start("watch");
  await rounds(watch, 1);
  replaceFile(w, "h.txt", "bad\n");
  await rounds(watch, 2);
  replaceFile(w, "h.txt", "good\n");
  await rounds(watch, 3);
  assert.equal(w.ranInOrder(), "t,t,t");
  assert.equal(w.read("out.txt"), "1\ngood\n");
  await leave(watch);
});

test("a task that could not start, since its pattern matched nothing", async () => {
  const tasks = `    gen: { inputs: ["names.txt"], outputs: ["gen/"], run: "for name in $(cat names.txt); do echo $name >gen/$name.txt; done" },
    all: { inputs: ["gen/*.txt"], outputs: ["all.txt"], run: "cat gen/*.txt >all.txt" },`;
  const w = await workspace({ "tasks.config.ts": config(tasks), "names.txt": "" });
  const watch = w.start("watch");
  await watch.until(/✗ all .*matches no file/);
  await rounds(watch, 1);
  replaceFile(w, "names.txt", "a b\n");
  await rounds(watch, 2);
  assert.equal(w.read("all.txt"), "a\nb\n");
  await leave(watch);
});

test("tasks that failed over what is declared otherwise by now: an order, a time, and retries", async () => {
  const tasks = (after: string, timeout: string, retries: number): string => config(`    gen: { inputs: ["in.txt"], outputs: ["g.h"], run: "cp in.txt g.h" },
    use: { inputs: ["in.txt"], after: [${after}], depfile: "d", outputs: ["o"], run: "while ! test -e g.h; do sleep 0.01; done; cp g.h o; echo o: g.h >d" },
    slow: { inputs: ["in.txt"], timeout: "${timeout}", run: "test -e ../quick || exec sleep 60" },
    flaky: { inputs: ["in.txt"], retries: ${retries}, run: "echo flaky >>flaky.log; test $(wc -l <flaky.log) = 3" },`);
  const w = await workspace({ "tasks.config.ts": tasks("", "200ms", 0), "in.txt": "1\n" });
  const watch = w.start("watch -k -j3");
  await rounds(watch, 1);
  fs.writeFileSync(path.join(w.dir, "../quick"), "");
  replaceFile(w, "tasks.config.ts", tasks('"gen"', "60s", 1));
  await watch.until(/tg: 3 ran, 1 fresh/);
  assert.equal(w.read("o"), "1\n");
  await leave(watch);
});

const PAIR = (more: string, command: string, role = "outputs"): string => `    a: { inputs: ["in.txt"], ${role}: ["out.txt"], run: "echo a >>ran.log; cp in.txt out.txt" },
    b: { inputs: ["out.txt"], outputs: ["b.txt"], ${more}run: ${JSON.stringify(command)} },`;

for (const role of ["outputs", "intermediates"]) {
  test(`a task whose input among the ${role} of another somebody removed while it ran, once that is made again as it was`, async () => {
    const w = await workspace({ "in.txt": "1\n" });
    const gate = w.gate("reader");
    w.write("tasks.config.ts", config(PAIR("", `echo b >>ran.log; ${gate.command}; cp out.txt b.txt`, role)));
    const watch = w.start("watch");
    await gate.reached();
    w.remove("out.txt");
    gate.release(2);
    await watch.until(/tg: building, out\.txt removed/);
    await rounds(watch, 2);
    assert.equal(w.ranInOrder(), "a,b,a,b");
    assert.equal(w.read("b.txt"), "1\n");
    await leave(watch);
  });
}

for (const [what, target] of [["file", "out.txt"], ["task", "a"]] as const) {
  test(`a function that asked for a ${what} whose output somebody removed while it ran, once that is made again as it was`, async () => {
    const w = await workspace({ "in.txt": "1\n" });
    const gate = w.gate("reader");
    w.write("tasks.config.ts", 'import { execSync } from "node:child_process";\n' + config(`    a: { inputs: ["in.txt"], outputs: ["out.txt"], run: "echo a >>ran.log; cp in.txt out.txt" },
    b: { outputs: ["b.txt"], run: async (ctx) => { await ctx.need("${target}"); execSync(${JSON.stringify(`echo b >>ran.log; ${gate.command}; cp out.txt b.txt`)}); } },`));
    const watch = w.start("watch");
    await gate.reached();
    w.remove("out.txt");
    gate.release(2);
    await rounds(watch, 2);
    assert.equal(w.ranInOrder(), "a,b,a,b");
    assert.equal(w.read("b.txt"), "1\n");
    await leave(watch);
  });
}

test("a task that removes the intermediate which it reads, and fails, one time more", async () => {
  const w = await workspace({ "in.txt": "1\n", "c.txt": "1\n" });
  w.write("tasks.config.ts", config(PAIR("retries: 1, ", "echo b >>ran.log; rm out.txt; exit 1", "intermediates") + `\n    c: { inputs: ["c.txt"], outputs: ["c.o"], run: "cp c.txt c.o" },`));
  const watch = w.start("watch -k");
  await rounds(watch, 2);
  assert.equal(w.ranInOrder(), "a,b,a,b,a,b,a,b");
  replaceFile(w, "c.txt", "2\n");
  await rounds(watch, 3);
  assert.equal(w.ranInOrder(), "");
  await leave(watch);
});

test("a task whose output somebody took away while it ran, at once and once; not one whose command made none", async () => {
  const w = await workspace({ "in.txt": "1\n", "mark.txt": "" });
  const gate = w.gate("maker");
  const marked = w.gate("marked");
  w.write("tasks.config.ts", config(`    t: { inputs: ["in.txt"], outputs: ["o.txt"], run: ${JSON.stringify(`echo t >>ran.log; if grep -q none in.txt; then rm -f o.txt; else cp in.txt o.txt; fi; ${gate.command}`)} },
    m: { inputs: ["in.txt", "mark.txt"], outputs: ["m.txt"], interruptible: true, run: ${JSON.stringify(`${marked.command}; cp in.txt m.txt`)} },`));
  const watch = w.start("watch -j2");
  /** Once `m` is started again for its marker tg has heard of all that was done before. */
  const heard = async (text: string): Promise<void> => {
    await gate.reached();
    await marked.reached();
    replaceFile(w, "mark.txt", text);
    await marked.reached();
  };
  const take = (): void => fs.rmSync(path.join(w.dir, "o.txt"));
  await heard("1");
  take();
  gate.release();
  await gate.reached();
  gate.release();
  marked.release();
  await rounds(watch, 1);
  assert.equal(w.read("o.txt"), "1\n");
  assert.equal(w.ranInOrder(), "t,t");
  replaceFile(w, "in.txt", "none\n");
  await heard("2");
  gate.release();
  marked.release();
  await rounds(watch, 2);
  assert.equal(w.ranInOrder(), "t");
  watch.signal("SIGINT");
  const { stderr } = await watch.done;
  assert.match(stderr, /~ t \(\S+ s\) — o\.txt was removed while it ran; it runs again\n[^]*✓ t \(\S+ s\) — output missing: o\.txt\n[^]*✗ t [^\n]*o\.txt/);
});

test("a task that fails since somebody took the folder away that it writes to, one time more; one that does so itself, once for good", async () => {
  const w = await workspace({ "in.txt": "1\n", "clean.txt": "1\n" });
  const gate = w.gate("writer");
  w.write("tasks.config.ts", config(`    t: { inputs: ["in.txt"], outputs: ["o/"], run: ${JSON.stringify(`echo t >>ran.log; ${gate.command}; cp in.txt o/t.txt`)} },
    clean: { inputs: ["clean.txt"], outputs: ["c/x.txt"], run: "echo clean >>ran.log; rm -r c; exit 1" },`));
  const watch = w.start("watch -k -j2");
  await gate.reached();
  w.remove("o");
  gate.release(2);
  await rounds(watch, 1);
  assert.equal(w.read("o/t.txt"), "1\n");
  assert.equal(w.ran(), "clean,clean,t,t");
  replaceFile(w, "clean.txt", "2\n");
  await rounds(watch, 2);
  assert.equal(w.ran(), "clean");
  watch.signal("SIGINT");
  assert.match((await watch.done).stderr, /~ t \(\S+ s\) — o was removed while it ran; it runs again\n/);
});

test("a task whose input somebody removed before it could start, once that is made again as it was", async () => {
  const w = await workspace({ "in.txt": "1\n" });
  const gate = w.gate("before");
  const before = `    c: { inputs: ["in.txt"], run: ${JSON.stringify(gate.command)} },\n`;
  w.write("tasks.config.ts", config(before + PAIR(`after: ["c"], `, "echo b >>ran.log; cp out.txt b.txt")));
  const watch = w.start("watch -j2");
  await gate.reached();
  await watch.until(/✓ a/);
  w.remove("out.txt");
  gate.release();
  await watch.until(/✗ b .*input out\.txt is gone/);
  await rounds(watch, 2);
  assert.equal(w.ranInOrder(), "a,a,b");
  assert.equal(w.read("b.txt"), "1\n");
  await leave(watch);
});

test("a task with an edited output that it may not overwrite, once that is out of the way", async () => {
  const w = await workspace({ "tasks.config.ts": config(`    t: { inputs: ["in.txt"], outputs: ["out.txt"], drift: "error", run: "cp in.txt out.txt" },`), "in.txt": "1\n" });
  const watch = w.start("watch");
  await rounds(watch, 1);
  replaceFile(w, "out.txt", "edited\n");
  await rounds(watch, 2);
  assert.equal(w.read("out.txt"), "edited\n");
  w.remove("out.txt");
  await rounds(watch, 3);
  assert.equal(w.read("out.txt"), "1\n");
  await leave(watch);
});

test("a task with an edited output that it may not overwrite, and that was put back before the round was over", async () => {
  const w = await workspace({ "in.txt": "1\n" });
  const gate = w.gate("beside");
  w.write("tasks.config.ts", config(`    t: { inputs: ["in.txt"], outputs: ["out.txt"], drift: "error", run: "echo t >>ran.log; cp in.txt out.txt" },
    beside: { always: true, run: ${JSON.stringify(gate.command)} },`));
  const watch = w.start("watch -j2");
  gate.release(1);
  await rounds(watch, 1);
  replaceFile(w, "out.txt", "edited\n");
  await watch.until(/✗ t .*out\.txt/);
  replaceFile(w, "out.txt", "1\n");
  gate.release(2);
  await rounds(watch, 3);
  assert.equal(w.ranInOrder(), "t,t");
  await leave(watch);
});

test("a build that tg could not begin is tried again without an edit", async () => {
  const w = await workspace({ "tasks.config.ts": config(`    t: { inputs: ["in.txt"], outputs: ["o.txt"], run: "echo t >>ran.log; cp in.txt o.txt" },`), "in.txt": "1\n" });
  const watch = w.start("watch");
  await rounds(watch, 1);
  const lock = path.join(w.dir, ".tg/lock");
  fs.mkdirSync(path.join(lock, "x"), { recursive: true });
  replaceFile(w, "in.txt", "2\n");
  await watch.until(/cannot write \S+\.tg\/lock/);
  await rounds(watch, 2);
  fs.rmSync(lock, { recursive: true });
  await watch.until(/(?:tg: building, in\.txt changed[^]*){2}/);
  await rounds(watch, 3);
  assert.equal(w.read("o.txt"), "2\n");
  assert.equal(w.ranInOrder(), "t,t");
  await leave(watch);
});

test("who was held up by a task that failed, once the config has that one no more", async () => {
  const bad = `    bad: { inputs: ["in.txt"], outputs: ["x"], run: "exit 3" },`;
  const fine = (more: string): string => `    fine: { inputs: ["in.txt"], ${more}outputs: ["out.txt"], run: "cp in.txt out.txt" },`;
  const w = await workspace({ "tasks.config.ts": config(fine("")), "in.txt": "1\n" });
  const watch = w.start("watch");
  await rounds(watch, 1);
  replaceFile(w, "in.txt", "2\n");
  await rounds(watch, 2);
  replaceFile(w, "tasks.config.ts", config(`${bad}\n${fine('after: ["bad"], ')}`));
  await rounds(watch, 3);
  replaceFile(w, "in.txt", "3\n");
  await rounds(watch, 4);
  assert.equal(w.read("out.txt"), "2\n");
  replaceFile(w, "tasks.config.ts", config(fine("")));
  await rounds(watch, 5);
  assert.equal(w.read("out.txt"), "3\n");
  await leave(watch);
});

test("who was held up by a task that failed, once another tg has built that one", async () => {
  const w = await workspace({ "tasks.config.ts": config(`    bad: { inputs: ["bad.txt"], outputs: ["x"], run: "test ! -e ../flag && cp bad.txt x" },
    fine: { inputs: ["in.txt"], after: ["bad"], outputs: ["out.txt"], run: "cp in.txt out.txt" },`), "bad.txt": "1\n", "in.txt": "1\n" });
  const flag = path.join(w.dir, "../flag");
  const watch = w.start("watch");
  await rounds(watch, 1);
  fs.writeFileSync(flag, "");
  replaceFile(w, "bad.txt", "2\n");
  await rounds(watch, 2);
  replaceFile(w, "in.txt", "2\n");
  await rounds(watch, 3);
  fs.rmSync(flag);
  assert.equal((await w.tg("build bad")).code, 0);
  await rounds(watch, 4);
  assert.equal(w.read("out.txt"), "2\n");
  await leave(watch);
});

const ASK = `import { appendFileSync, writeFileSync } from "node:fs";\nconst ask = (name: string, file: string) => async (ctx) => { appendFileSync("ran.log", name + "\\n"); await ctx.need(file); writeFileSync(name + ".txt", ""); };\n`;
const GATE = `    gate: { inputs: ["gate.txt"], outputs: ["open"], run: "echo gate >>ran.log; grep -q open gate.txt && cp gate.txt open" },\n`;

test("functions that asked for what a failed task makes, or one below it, once that is made: each once, and in order", async () => {
  const asks = `    below: { inputs: ["open"], outputs: ["below.txt"], run: "echo below >>ran.log; cp open below.txt" },
    first: { outputs: ["first.txt"], run: ask("first", "below.txt") },
    second: { outputs: ["second.txt"], run: ask("second", "first.txt") },
    other: { inputs: ["other.txt"], run: "echo other >>ran.log" },`;
  const w = await workspace({ "tasks.config.ts": ASK + config(GATE + asks), "gate.txt": "shut", "other.txt": "" });
  const watch = w.start("watch -k -j1");
  await rounds(watch, 1);
  w.ran();
  replaceFile(w, "gate.txt", "still shut");
  await rounds(watch, 2);
  assert.equal(w.ran(), "gate");
  replaceFile(w, "gate.txt", "open");
  await rounds(watch, 3);
  assert.equal(w.ranInOrder(), "gate,below,first,second");
  replaceFile(w, "other.txt", "2");
  await rounds(watch, 4);
  assert.equal(w.ran(), "other");
  await leave(watch);
});

test("functions that a watch is of alone, and that asked for what a failed task makes, or one below it, once that is made", async () => {
  const asks = `    first: { outputs: ["first.txt"], run: ask("first", "open") },
    second: { outputs: ["second.txt"], run: ask("second", "first.txt") },
    other: { inputs: ["other.txt"], run: "echo other >>ran.log" },`;
  const w = await workspace({ "tasks.config.ts": ASK + config(GATE + asks), "gate.txt": "shut", "other.txt": "" });
  const watch = w.start("watch second -k -j1");
  await rounds(watch, 1);
  assert.equal(w.ranInOrder(), "second,first,gate");
  replaceFile(w, "gate.txt", "still shut");
  await rounds(watch, 2);
  assert.equal(w.ran(), "gate");
  replaceFile(w, "other.txt", "2");
  replaceFile(w, "gate.txt", "open");
  await rounds(watch, 3);
  assert.equal(w.ranInOrder(), "gate,first,second");
  await leave(watch);
});

test("a function that a watch is of alone, and that asked in vain: not once it asks for that no more", async () => {
  const asks = `    asks: { inputs: ["asks.in"], run: async (ctx) => readFileSync("asks.in", "utf8") === "1" ? ask("asks", "open")(ctx) : appendFileSync("ran.log", "asks\\n") },`;
  const w = await workspace({ "tasks.config.ts": 'import { readFileSync } from "node:fs";\n' + ASK + config(GATE + asks), "gate.txt": "shut", "asks.in": "1" });
  const watch = w.start("watch asks -k -j1");
  await rounds(watch, 1);
  assert.equal(w.ranInOrder(), "asks,gate");
  replaceFile(w, "asks.in", "2");
  await rounds(watch, 2);
  assert.equal(w.ranInOrder(), "asks");
  replaceFile(w, "gate.txt", "open");
  replaceFile(w, "asks.in", "3");
  await rounds(watch, 3);
  assert.equal(w.ranInOrder(), "asks");
  await leave(watch);
});

test("a function that asked for what a failed task makes, once another tg has made that", async () => {
  const gate = `    gate: { outputs: ["open"], run: "echo gate >>ran.log; test -e ../flag && touch open" },\n`;
  const w = await workspace({ "tasks.config.ts": ASK + config(gate + `    asks: { outputs: ["asks.txt"], run: ask("asks", "open") },`) });
  const watch = w.start("watch");
  await rounds(watch, 1);
  w.ran();
  fs.writeFileSync(path.join(w.dir, "../flag"), "");
  assert.equal((await w.tg("build gate")).code, 0);
  await rounds(watch, 2);
  assert.equal(w.ranInOrder(), "gate,asks");
  await leave(watch);
});
