// What one task made another makes from now on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { workspace, type Workspace } from "../support/rig.ts";
import { transcript } from "../support/story.ts";

/** Two tasks, each with a file and a pattern of its own. */
function declare(w: Workspace, one: string, two: string): void {
  const task = (name: string, dir: string): string => `${name}: { inputs: ["in"], outputs: ["${name}", "${dir}/*.x"], run: "echo ${name} >> ran.log; cp in ${name}; echo ${name} > ${dir}/$(cat in).x" },`;
  w.write("tasks.config.ts", `export default { tasks: {\n  ${task("one", one)}\n  ${task("two", two)}\n} };\n`);
}

test("two tasks that exchange their output patterns", async () => {
  const w = await workspace({ in: "a" });
  declare(w, "gen/p", "gen/q");
  assert.equal((await w.tg("build")).code, 0);
  declare(w, "gen/q", "gen/p");
  const run = await w.tg("build");
  assert.equal(transcript(run, w).split("\n").at(-1), "exit 0", run.stderr);
  assert.deepEqual([w.read("gen/p/a.x"), w.read("gen/q/a.x")], ["two\n", "one\n"]);
  assert.equal(w.ran(), "one,one,two,two");
  assert.match((await w.tg("build")).stdout, /up to date/);
});

test("a pattern that goes over to another task, whose maker keeps one of its own and is not built", async () => {
  const w = await workspace({ in: "a" });
  const one = (outputs: string): string => `one: { inputs: ["in"], outputs: ${outputs}, run: "echo 1 > p/a.x; test ! -d q || echo 1 > q/a.x" },`;
  const two = (outputs: string): string => `two: { inputs: ["in"], outputs: ${outputs}, run: "cp in two; test ! -d q || echo 2 > q/a.x" },`;
  const config = (tasks: string): void => w.write("tasks.config.ts", `export default { tasks: { ${tasks} } };\n`);
  config(one('["p/*.x", "q/*.x"]') + two('["two"]'));
  assert.equal((await w.tg("build one")).code, 0);
  config(one('["p/*.x"]') + two('["two", "q/*.x"]'));
  const run = await w.tg("build two");
  assert.equal(run.code, 0, run.stderr);
  assert.equal(w.read("q/a.x"), "2\n");
  // And back: what stands there is what the other one has made since.
  config(one('["p/*.x", "q/*.x"]') + two('["two"]'));
  const back = await w.tg("build two");
  assert.match(back.stderr, /removed 1 leftover .*: q\/a\.x\n✓ two/);
  assert.ok(!w.exists("q/a.x"));
  assert.match((await w.tg("build one")).stderr, /✓ one .* — output missing: q\/a\.x\n/);
  assert.equal(w.read("q/a.x"), "1\n");
  assert.match((await w.tg("build")).stdout, /2 tasks up to date/);
});

test("status knows as the build does that what a skipped task declares no more, and another names, is a source by now", async () => {
  const config = (gen: string): string => `export default { tasks: {
  gen: { ${gen} },
  use: { deps: ["gen"], outputs: ["use"], run: "echo use >use" },
  reads: { inputs: ["b"], outputs: ["read"], run: "cat b >read" },
} };\n`;
  const w = await workspace({ "tasks.config.ts": config('outputs: ["a", "b"], run: "echo 1 >a; echo 1 >b"') });
  assert.equal((await w.tg("build")).code, 0);
  w.write("tasks.config.ts", config('when: false, outputs: ["a"], run: "echo 1 >a; echo 1 >b"'));
  w.write("b", "mine");
  assert.match((await w.tg("status use")).stdout, /^use +fresh$/m);
  const run = await w.tg("build");
  assert.match(run.stderr, /warning: b is made by no task any more and is a source now[^]*✓ reads[^]*tg: 1 ran, 1 fresh, 1 skipped/);
  assert.equal(run.code, 0);
});

/** Tasks by name: what each makes beside a file of its own; `:` makes nothing else. */
function makers(w: Workspace, tasks: Readonly<Record<string, string>>, more = ""): void {
  const text = Object.entries(tasks).map(([name, output]) => {
    const file = output.replace("*", "a").replace(/\/$/, "/a.x");
    const make = output === ":" ? ":" : `echo ${name} > ${file}`;
    return `${name}: { ${more} inputs: ["in"], outputs: ["${name}.own"${output === ":" ? "" : `, "${output}"`}], run: "echo ${name} >> ran.log; cp in ${name}.own; ${make}" },`;
  });
  w.write("tasks.config.ts", `export default { tasks: {\n${text.join("\n")}\n} };\n`);
}

const SAVED = /tg: o\/a\.x was edited by hand and is made again by "two"; the edit is kept in (\S+)\n/;

for (const output of ["o/a.x", "o/*.x", "o/"]) {
  for (const [title, left, first] of [["whose maker goes on", { one: ":" }, "build one"], ["whose maker is gone", {}, "build other"], ["whose maker is gone, in one build", {}, "list"]] as const) {
    test(`an edited ${output} ${title}`, async () => {
      const w = await workspace({ in: "a" });
      makers(w, { one: output, other: ":" });
      assert.equal((await w.tg("build")).code, 0);
      w.write("o/a.x", "edit\n");
      makers(w, { ...left, other: ":", two: output });
      const before = await w.tg(first);
      assert.deepEqual([before.code, /kept/.test(before.stderr), w.read("o/a.x")], [0, false, "edit\n"], before.stderr);
      const { code, stdout, stderr } = await w.tg("build");
      assert.equal(code, 0, stderr);
      const saved = SAVED.exec(stdout + stderr)?.[1];
      assert.deepEqual([saved !== undefined && w.read(saved), w.read("o/a.x")], ["edit\n", "two\n"], stdout + stderr);
      w.ran();
      assert.deepEqual([(await w.tg("build")).code, w.ran(), (await w.tg("status --check")).code], [0, "", 0]);
    });
  }
}

test("an edited output that another task makes from now on, which is to refuse edits", async () => {
  const w = await workspace({ in: "a" });
  makers(w, { one: "o/a.x" });
  assert.equal((await w.tg("build")).code, 0);
  w.write("o/a.x", "edit\n");
  makers(w, { one: ":", two: "o/a.x" }, 'drift: "error",');
  for (const build of ["build", "build two"]) {
    const { code, stderr } = await w.tg(build);
    assert.deepEqual([code, /task "two": output o\/a\.x was edited by hand/.test(stderr), w.read("o/a.x")], [1, true, "edit\n"], stderr);
  }
  makers(w, { one: ":", two: "o/a.x" });
  const { code, stdout, stderr } = await w.tg("build");
  assert.deepEqual([code, w.read(SAVED.exec(stdout + stderr)![1]!), w.read("o/a.x")], [0, "edit\n", "two\n"], stderr);
});

test("an edited output that another task makes from now on, after tg clean --dead", async () => {
  const w = await workspace({ in: "a" });
  makers(w, { one: "o/a.x" });
  assert.equal((await w.tg("build")).code, 0);
  w.write("o/a.x", "edit\n");
  makers(w, { one: ":", two: "o/a.x" });
  assert.equal((await w.tg("build one")).code, 0);
  assert.equal((await w.tg("clean --dead")).code, 0);
  const { code, stdout, stderr } = await w.tg("build");
  assert.deepEqual([code, w.read(SAVED.exec(stdout + stderr)?.[1] ?? "in"), w.read("o/a.x")], [0, "edit\n", "two\n"], stderr);
});

test("an edit that is accepted for the new maker", async () => {
  const w = await workspace({ in: "a" });
  makers(w, { one: "o/a.x" });
  assert.equal((await w.tg("build")).code, 0);
  w.write("o/a.x", "edit\n");
  w.write("two.own", "a");
  makers(w, { one: ":", two: "o/a.x" }, 'drift: "error",');
  assert.equal((await w.tg("touch two")).code, 0);
  w.ran();
  assert.deepEqual([(await w.tg("build")).code, w.ran(), w.read("o/a.x")], [0, "one", "edit\n"]);
  assert.match((await w.tg("build")).stdout, /up to date/);
});

test("what another task made meanwhile is no edit", async () => {
  for (const output of ["o/a.x", "o/*.x", "o/"]) {
    const w = await workspace({ in: "a" });
    const build = async (what: string): Promise<void> => {
      const { code, stdout, stderr } = await w.tg(what);
      assert.deepEqual([code, /saved/.test(stdout + stderr)], [0, false], stdout + stderr);
    };
    makers(w, { two: output }, 'drift: "error",');
    await build("build");
    makers(w, { one: output, two: ":" }, 'drift: "error",');
    await build("build one");
    makers(w, { one: ":", two: output }, 'drift: "error",');
    await build("build");
    assert.equal(w.read("o/a.x"), "two\n");
  }
});

/** Both take edits as they are; one of them makes `out` as well. */
function keepers(w: Workspace, maker: "one" | "two"): void {
  const task = (name: string): string => {
    const outputs = maker === name ? `"${name}.own", "o/a.x"` : `"${name}.own"`;
    return `${name}: { inputs: ["in"], outputs: [${outputs}], drift: "keep", run: "echo ${name} >> ran.log; cp in ${name}.own${maker === name ? `; echo ${name} > o/a.x` : ""}" },`;
  };
  w.write("tasks.config.ts", `export default { tasks: { ${task("one")} ${task("two")} read: { inputs: ["o/a.x"], outputs: ["read"], run: "cp o/a.x read" } } };\n`);
}

test("who lets edits stand takes nothing for one that another task has made", async () => {
  const w = await workspace({ in: "a" });
  keepers(w, "one");
  assert.equal((await w.tg("build")).code, 0);
  keepers(w, "two");
  assert.equal((await w.tg("build two")).code, 0);
  assert.equal(w.read("o/a.x"), "two\n");
  keepers(w, "one");
  assert.match((await w.tg("status --all -v")).stdout, /^one +stale +output changed.*: o\/a\.x/m);
  // The other's record tells of it no more then.
  assert.equal((await w.tg("build two")).code, 0);
  const before = await w.tg("status --all -v");
  assert.match(before.stdout, /^one +stale +output changed.*: o\/a\.x/m);
  const run = await w.tg("build");
  assert.doesNotMatch(run.stderr, /edited by hand/);
  assert.deepEqual([w.read("o/a.x"), w.read("read")], ["one\n", "one\n"]);
  assert.match((await w.tg("build")).stdout, /3 tasks up to date/);
});

test("who lets edits stand lets one stand of what another task has made", async () => {
  const w = await workspace({ in: "a" });
  keepers(w, "one");
  assert.equal((await w.tg("build")).code, 0);
  keepers(w, "two");
  assert.equal((await w.tg("build two")).code, 0);
  w.write("o/a.x", "edit\n");
  keepers(w, "one");
  assert.equal((await w.tg("build")).code, 0);
  assert.deepEqual([w.read("o/a.x"), w.read("read"), w.ran()], ["edit\n", "edit\n", "one,two,two,two"]);
  assert.match((await w.tg("build")).stdout, /3 tasks up to date/);
});

test("what a task that is skipped declares no more is no sure reason for who needs it", async () => {
  const config = (gen: string, other: string): string => `import { existsSync } from "node:fs";
export default { tasks: {
  gen: { inputs: ["in"], outputs: ${gen}, when: () => existsSync("on"), run: "cp in a; cp in b" },
  other: { inputs: ["in"], outputs: ${other}, run: "cp in o; cp in b" },
  use: { deps: ["gen"], outputs: ["used"], run: "touch used" },
} };
`;
  const w = await workspace({ in: "1\n", b: "1\n", "tasks.config.ts": config('["a", "b"]', '["o"]').replace("cp in o; cp in b", "cp in o") });
  assert.match((await w.tg("build")).stderr, /2 ran, 1 skipped/);
  w.write("tasks.config.ts", config('["a"]', '["o", "b"]').replace("cp in a; cp in b", "cp in a"));
  assert.match((await w.tg("status use")).stdout, /^use +maybe stale/m);
  assert.match((await w.tg("build")).stderr, /1 ran, 1 skipped, 1 fresh|1 ran, 1 fresh, 1 skipped/);
});

test("a file that goes over to a task which fails without touching it", async () => {
  const one = (outputs: string): string => `one: { inputs: ["in"], outputs: [${outputs}], run: "cp in out/one; cp in out/x" }`;
  const two = (outputs: string, before: string): string => `two: { inputs: ["in"], outputs: [${outputs}], onFail: "keep", before: "${before}", run: "cp in out/two; cp in out/x" }`;
  for (const [first, left] of [["", false], [two('"out/two"', "false"), false], [two('"out/two"', "true"), true]] as const) {
    const w = await workspace({ in: "a" });
    const config = (...tasks: string[]): void => w.write("tasks.config.ts", `export default { tasks: { ${tasks.join()} } };\n`);
    config(one('"out/one", "out/x"'), first);
    await w.tg("build -k");
    config(one('"out/one"'), two('"out/two", "out/x"', "false"));
    w.write("in", "b");
    assert.equal((await w.tg("build two")).code, 1);
    // After a failure, and for the first time, everything starts from cleared outputs.
    assert.equal(w.exists("out/x"), left);
    config('one: { inputs: ["in"], outputs: ["out/one"], run: "cp in out/one" }');
    const run = await w.tg("build");
    assert.equal(run.code, 0, run.stderr);
    assert.equal(/removed .*: out\/x/.test(run.stderr), left, run.stderr);
    assert.ok(!w.exists("out/x"));
  }
});

test("a file that goes over to a task which is killed while it makes it: what it left is no edit", async () => {
  const w = await workspace({ in: "a", "tasks.config.ts": 'export default { tasks: { one: { inputs: ["in"], outputs: ["out"], run: "cp in out" } } };\n' });
  assert.equal((await w.tg("build")).code, 0);
  const gate = w.gate("g");
  w.write("command", `echo half >out; ${gate.command}`);
  w.write("tasks.config.ts", 'export default { tasks: { two: { inputs: ["in"], outputs: ["out"], run: "sh ./command && cp in out" } } };\n');
  const build = w.start("build");
  await gate.reached();
  process.kill(build.pid, "SIGKILL");
  await build.done;
  w.write("command", "test ! -e out");
  const { code, stderr } = await w.tg("build");
  assert.deepEqual([code, /by hand/.test(stderr), w.read("out"), w.exists(".tg/saved")], [0, false, "a", false], stderr);
});
