// What nobody's run made and a run would remove is kept below the state folder.
import assert from "node:assert/strict";
import { test } from "node:test";
import { workspace, type Workspace } from "../support/rig.ts";
import { neat } from "../support/story.ts";

function declare(w: Workspace, fields: string): void {
  w.write("tasks.config.ts", `export default { tasks: { one: { inputs: ["in"], ${fields} } } };\n`);
}

/** Builds; the text of the one copy that was kept, and what stands there now. */
async function kept(w: Workspace, path: string): Promise<[code: number | null, copy: string | null, now: string | null]> {
  const { code, stdout, stderr } = await w.tg("build");
  const copy = /kept in (\.tg\/saved\/\S+)\n/.exec(stdout + stderr)?.[1];
  return [code, copy === undefined ? null : w.read(copy), w.exists(path) ? w.read(path) : null];
}

test("a folder that a task which has failed comes to own", async () => {
  const w = await workspace({ in: "a", "src/mine": "mine" });
  declare(w, 'outputs: ["o"], run: "false"');
  assert.equal((await w.tg("build")).code, 1);
  declare(w, 'outputs: ["src/"], run: "cp in src/made"');
  assert.deepEqual([await kept(w, "src/mine"), w.list()], [[0, "mine", null], ["in", "src/made", "tasks.config.ts"]]);
});

test("a folder that a failed run was to make holds nothing of anybody's", async () => {
  const w = await workspace({ in: "a" });
  declare(w, 'outputs: ["o/"], onFail: "keep", run: "cp in o/made; test $(cat in) = b"');
  assert.deepEqual(await kept(w, "o/made"), [1, null, "a"]);
  w.write("in", "b");
  assert.deepEqual(await kept(w, "o/made"), [0, null, "b"]);
});

test("a file that a task which has failed comes to make stays until that writes it", async () => {
  const w = await workspace({ in: "a", mine: "mine" });
  declare(w, 'outputs: ["o"], run: "false"');
  assert.equal((await w.tg("build")).code, 1);
  declare(w, 'outputs: ["mine"], run: "false"');
  assert.deepEqual(await kept(w, "mine"), [1, null, "mine"]);
});

test("an edited output of a task that was refused", async () => {
  const w = await workspace({ in: "a" });
  const run = 'outputs: ["x", "p/*"], run: "cp in x; cp in p/x"';
  for (const path of ["x", "p/x"]) {
    declare(w, run);
    assert.equal((await w.tg("build")).code, 0);
    w.write(path, "edit");
    declare(w, `drift: "error", ${run}`);
    assert.deepEqual(await kept(w, path), [1, null, "edit"]);
    declare(w, run);
    assert.deepEqual(await kept(w, path), [0, "edit", "a"]);
  }
});

test("a file where a task may leave its output out", async () => {
  for (const first of ['outputs: ["y"]', null]) {
    const w = await workspace({ in: "a", x: "mine" });
    if (first !== null) {
      declare(w, `${first}, run: "cp in y"`);
      assert.equal((await w.tg("build")).code, 0);
    }
    declare(w, 'outputs: ["y", { path: "x", optional: true }], run: "cp in y"');
    assert.deepEqual(await kept(w, "x"), [0, "mine", null]);
  }
});

test("a file where an incremental task is to make one more", async () => {
  const w = await workspace({ in: "a", x: "mine" });
  declare(w, 'incremental: true, outputs: ["y"], run: "cp in y"');
  assert.equal((await w.tg("build")).code, 0);
  declare(w, 'incremental: true, outputs: ["x", "y"], run: "cp in y; cp in x"');
  assert.deepEqual(await kept(w, "x"), [0, "mine", "a"]);
});

test("what a person writes where a run has failed", async () => {
  for (const [path, fields] of [["x", 'outputs: ["x"]'], ["p/x", 'outputs: ["p/*"]'], ["d/x", 'outputs: ["d/"]'], ["d/x", 'outputs: ["d/"], incremental: true'], ["x", 'outputs: ["x"], onFail: "keep"'], ["p/x", 'outputs: ["p/*"], onFail: "keep"']] as const) {
    const w = await workspace({ in: "a" });
    declare(w, `${fields}, run: "cp in ${path}; ! grep b in"`);
    assert.equal((await w.tg("build")).code, 0);
    w.write("in", "b");
    const stays = /keep|inc/.test(fields);
    assert.deepEqual([fields, ...(await kept(w, path))], [fields, 1, null, stays ? "b" : null]);
    if (stays) assert.deepEqual([fields, ...(await kept(w, path))], [fields, 1, null, "b"], "what tg left is no edit");
    w.write(path, "mine");
    w.write("in", "a");
    assert.deepEqual([fields, ...(await kept(w, path))], [fields, 0, "mine", "a"]);
  }
});

test("a file that a pattern matches before its task first runs", async () => {
  const w = await workspace({ in: "a", "p/mine": "mine" });
  declare(w, 'outputs: ["p/*"], run: "cp in p/x"');
  assert.deepEqual(await kept(w, "p/mine"), [0, "mine", "mine"]);
  w.write("in", "b");
  assert.deepEqual(await kept(w, "p/mine"), [0, null, null]);
  w.write("p/mine", "mine");
  w.write("in", "c");
  assert.deepEqual(await kept(w, "p/mine"), [0, null, "mine"], "what comes later is not its own");
});

test("a file that a task named before goes when a pattern or a folder claims it now, and the run makes it no more", async () => {
  const w = await workspace({});
  const build = (outputs: string, script: string): ReturnType<typeof kept> => {
    w.write("in", script);
    w.write("tasks.config.ts", `export default { tasks: { one: { inputs: ["in"], ${outputs}, run: "sh ./in" }, all: { inputs: ["o/*.x"], outputs: ["all"], run: "cat o/*.x > all" } } };\n`);
    return kept(w, "o/2.x");
  };
  const files = 'outputs: ["o/1.x"], intermediates: ["o/2.x"]';
  const [both, first] = ["echo 1 > o/1.x; echo 2 > o/2.x", "echo 1 > o/1.x"];
  const [pattern, folder] = ['outputs: ["o/*.x"]', 'outputs: ["o/"]'];
  for (const [now, edit] of [[pattern, null], [`incremental: true, ${pattern}`, "mine"], [folder, null], [folder, "mine"]] as const) {
    assert.deepEqual(await build(files, both), [0, null, "2\n"], now);
    if (edit !== null) w.write("o/2.x", edit);
    assert.deepEqual([...(await build(now, first)), w.read("all")], [0, edit, null, "1\n"], now);
  }
  assert.deepEqual(await build(pattern, both), [0, null, "2\n"]);
  assert.deepEqual(await build('outputs: ["o/1.x"]', first), [0, null, null], "and back");
});

test("a pipe where a task that has not run yet makes a file, and where its output goes", async () => {
  const w = await workspace({ in: "a", "tasks.config.ts": `export default { tasks: {
    one: { inputs: ["in"], outputs: ["out"], run: "test ! -p out && cp in out" },
    two: { inputs: ["in"], stdout: "said", run: "cat in" },
    three: { inputs: ["out", "said"], outputs: ["all"], run: "cat out said > all" },
  } };\n` });
  await w.sh("mkfifo out said");
  const run = await w.tg("build -j1");
  assert.match(run.stderr, /^tg: out is not of "one", which begins without it; it is kept in [^]*^tg: said is not of "two"/m);
  assert.deepEqual([run.code, w.read("all")], [0, "aa"]);
  assert.equal((await w.tg("status --check")).code, 0);
});

test("links that lead to a pipe where tg writes and reads, and to what is no pipe", async () => {
  const w = await workspace({ "tasks.config.ts": `export default { tasks: {
    command: { stdout: "1", run: "echo said" },
    errors: { stderr: "2", run: "echo said >&2" },
    call: { stdout: "3", run: () => console.log("said") },
    reads: { stdin: "4", outputs: ["all"], run: "cat > all" },
    files: { files: { "5": "text" }, outputs: ["one"], run: "cp 5 one" },
    null: { stdout: "6", run: "echo said" },
    file: { stdout: "7", run: "echo said" },
  } };\n` });
  await w.sh("mkfifo pipe; for n in 1 2 3 4 5; do ln -s pipe $n; done; ln -s /dev/null 6; ln -s there 7");
  const run = await w.tg("build -k");
  const write = [["command", 1], ["errors", 2], ["call", 3], ["files", 5]].map(([name, path]) => `task "${name}": cannot write ${path}: a FIFO, socket or device\n    try: look at what stands at ${path}\n`);
  for (const text of [...write, 'task "reads": cannot read input 4: a FIFO, socket or device\n']) assert.ok(run.stderr.includes(text), text + run.stderr);
  assert.match(run.stderr, /^tg: 2 ran, 5 failed/m);
  assert.equal(w.read("there"), "said\n");
  assert.equal(await w.sh("readlink 1 2 3 4 5 6 7 | tr '\\n' ' '").then(({ stdout }) => stdout), "pipe pipe pipe pipe pipe /dev/null there ");
  assert.match((await w.tg("build null file")).stdout, /^tg: 2 tasks up to date/);
});

test("a pipe where an output was that another task reads, and one in a folder that a task owns", async () => {
  const w = await workspace({ in: "a", "tasks.config.ts": `export default { tasks: {
    one: { inputs: ["in"], outputs: ["out"], run: "cp in out" },
    two: { inputs: ["in"], outputs: ["own/"], run: "cp in own/x" },
    three: { inputs: ["out", "own/"], outputs: ["all"], run: "cat out own/* > all" },
  } };\n` });
  assert.equal((await w.tg("build")).code, 0);
  await w.sh("rm out; mkfifo out");
  assert.equal((await w.tg("status -v")).stdout, `one    stale        output changed outside tg: out
                      file, 1 B, d24ec4f1 → fifo
two    fresh
three  maybe stale  may change: out (from "one")

tg: 3 tasks: 1 stale, 1 maybe stale, 1 fresh
`);
  assert.deepEqual([(await w.tg("build")).code, w.read("out")], [0, "a"]);
  await w.sh("mkfifo own/pipe");
  assert.equal(neat((await w.tg("build")).stderr, w), `✗ three (N s) — cannot read input own/pipe: fifo
tg: task "three": cannot read input own/pipe: fifo
    try: look at what stands at own/pipe
tg: 2 fresh, 1 failed (N s)
`);
  w.write("in", "b");
  assert.deepEqual([(await w.tg("build")).code, w.read("all")], [0, "bb"]);
});
