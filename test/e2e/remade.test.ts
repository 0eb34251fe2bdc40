// A task is made again for a file of its that is gone, while others still read from it: that clears what it made, so whoever
// needs the file is put off, and those who wait for others meanwhile come back when it is there again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { workspace, type Gate, type Workspace } from "../support/rig.ts";

/** `a` makes `dist/` and `m`, and `b` takes `m` away. */
const MADE = `import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
const gate = (command) => void execFileSync("sh", ["-c", command]);
export default { tasks: {
  a: { inputs: ["in"], outputs: ["dist/"], intermediates: ["m"], run: AGAIN + "cp in m; cp in dist/x" },
  b: { inputs: ["m"], outputs: ["n"], run: "mv m n" },
`;

function declare(w: Workspace, tasks: string, again = ""): void {
  w.write("tasks.config.ts", `${MADE.replace("AGAIN", JSON.stringify(again === "" ? "" : `if test -e once; then ${again}; fi; touch once; `))}${tasks}\n} };\n`);
}

interface Told {
  readonly event: string;
  readonly task?: string;
}

/** "+task" where one starts and "-task" where it ends, in order. */
function turns(stdout: string): string[] {
  const events = stdout.trim().split("\n").map((line) => JSON.parse(line) as Told);
  return events.flatMap(({ event, task }) => (event === "task-started" ? [`+${task}`] : event === "task-ended" ? [`-${task}`] : []));
}

test("a file that a function asks for is not made again while a command reads what that would clear", async () => {
  const w = await workspace({ in: "1\n" });
  const slow = w.gate("slow");
  declare(w, `
    slow: { inputs: ["dist/x"], outputs: ["s"], run: ${JSON.stringify(`${slow.command}; cat dist/x > s`)} },
    late: { inputs: ["in"], outputs: ["l"], run: "touch l" },
    asks: { after: ["b"], inputs: ["in"], outputs: ["o"], run: async (ctx) => { await Promise.all([ctx.need("m"), ctx.need("late")]); writeFileSync("o", readFileSync("m")); } },`);
  const build = w.start("build -j4 --json slow asks");
  await slow.reached();
  await build.until(/"task-ended","task":"late"/);
  slow.release();
  const { code, stdout } = await build.done;
  assert.equal(code, 0, stdout);
  const order = turns(stdout);
  assert.equal(order.filter((turn) => turn === "+a").length, 2, order.join(" "));
  assert.ok(order.lastIndexOf("+a") > order.indexOf("-slow"), order.join(" "));
  assert.deepEqual([w.read("s"), w.read("o")], ["1\n", "1\n"]);
});

test("who was put off for a reader goes on when the reader waits for it", async () => {
  const w = await workspace({ in: "1\n" });
  const reads = w.gate("reads");
  declare(w, `
    reads: { inputs: ["dist/x"], outputs: ["r"], run: async (ctx) => { gate(${JSON.stringify(reads.command)}); await ctx.need("o"); writeFileSync("r", readFileSync("dist/x") + readFileSync("o", "utf8")); } },
    c: { inputs: ["m"], after: ["b"], outputs: ["o"], run: "cp m o" },
    d: { after: ["b"], outputs: ["d"], run: "touch d" },`);
  const build = w.start("build -j4");
  await reads.reached();
  await build.until(/✓ d/);
  reads.release();
  const { code, stderr } = await build.done;
  assert.equal(code, 0, stderr);
  assert.equal(w.read("r"), "1\n1\n");
});

test("a reader may ask for the very function that is put off for it", async () => {
  const w = await workspace({ in: "1\n" });
  const reads = w.gate("reads");
  declare(w, `
    reads: { inputs: ["dist/x"], outputs: ["r"], run: async (ctx) => { gate(${JSON.stringify(reads.command)}); await ctx.need("o"); writeFileSync("r", readFileSync("dist/x") + readFileSync("o", "utf8")); } },
    late: { inputs: ["in"], outputs: ["l"], run: "touch l" },
    asks: { after: ["b"], inputs: ["in"], outputs: ["o"], run: async (ctx) => { await Promise.all([ctx.need("m"), ctx.need("late")]); writeFileSync("o", readFileSync("m")); } },`);
  const build = w.start("build -j4 reads asks");
  await reads.reached();
  await build.until(/✓ late/);
  reads.release();
  const { code, stderr } = await build.done;
  assert.equal(code, 0, stderr);
  assert.equal(w.read("r"), "1\n1\n");
});

test("a function that waited comes back when what it reads is there again", async () => {
  const w = await workspace({ in: "1\n" });
  const [first, second] = [w.gate("first"), w.gate("second")];
  declare(w, `
    reads: { inputs: ["dist/x"], outputs: ["r"], run: async (ctx) => { await ctx.need("y"); writeFileSync("r", readFileSync("dist/x")); } },
    y: { inputs: ["in"], outputs: ["y"], run: ${JSON.stringify(`${first.command}; touch y`)} },
    z: { after: ["y"], outputs: ["z"], run: "touch z" },
    c: { inputs: ["m"], after: ["b"], outputs: ["o"], run: "cp m o" },`, second.command);
  const build = w.start("build -j4 -k");
  await Promise.all([first.reached(), second.reached()]);
  first.release();
  await build.until(/✓ z/);
  second.release();
  const { code, stderr } = await build.done;
  assert.equal(code, 0, stderr);
  assert.equal(w.read("r"), "1\n");
});

/** "asks" has asked, and "late" has ended, before "a" may be made again: "asks" ends after it, and nothing is left to do. */
async function endsAfterTheRemade(w: Workspace, { reads, again }: { readonly reads: Gate; readonly again: Gate }): Promise<void> {
  const build = w.start("build -j4 --json both asks c");
  await Promise.all([reads.reached(), again.reached()]);
  reads.release();
  await build.until(/"task-ended","task":"late"/);
  again.release();
  const { code, stdout } = await build.done;
  assert.equal(code, 0, stdout);
  const order = turns(stdout);
  assert.ok(order.lastIndexOf("-a") < order.indexOf("-asks"), order.join(" "));
  assert.deepEqual(turns((await w.tg("build --json both asks c")).stdout).filter((turn) => turn.startsWith("+")), []);
}

test("who asks for a barrier waits for what it joins, should that just be made again", async () => {
  const w = await workspace({ in: "1\n" });
  const [reads, again] = [w.gate("reads"), w.gate("again")];
  declare(w, `
    late: { inputs: ["in"], outputs: ["l"], run: "touch l" },
    both: { deps: ["a", "b"] },
    asks: { inputs: ["in"], outputs: ["o"], run: async (ctx) => { gate(${JSON.stringify(reads.command)}); const both = ctx.need("both"); await ctx.need("late"); await both; writeFileSync("o", ""); } },
    c: { inputs: ["m"], after: ["b"], outputs: ["c"], run: "cp m c" },`, again.command);
  await endsAfterTheRemade(w, { reads, again });
});

test("so does who asks for one that had nothing to do in this build", async () => {
  const w = await workspace({ in: "1\n", on: "no\n" });
  const [reads, again] = [w.gate("reads"), w.gate("again")];
  declare(w, `
    late: { inputs: ["in"], outputs: ["l"], run: "touch l" },
    both: { deps: ["a", "b"] },
    asks: { inputs: ["on"], outputs: ["o"], run: async (ctx) => {
      writeFileSync("o", "");
      if (readFileSync("on", "utf8") === "no\\n") return;
      gate(${JSON.stringify(reads.command)});
      const both = ctx.need("both");
      await ctx.need("late");
      await both;
    } },
    c: { inputs: ["on"], outputs: ["c"], run: async (ctx) => { writeFileSync("c", ""); if (readFileSync("on", "utf8") !== "no\\n") await ctx.need("m"); } },`, again.command);
  assert.equal((await w.tg("build both asks c")).code, 0);
  w.write("on", "yes\n");
  w.write("once", "");
  await endsAfterTheRemade(w, { reads, again });
});

test("what is made again and comes out as something else: whoever stood good on it runs once more, and so on down", async () => {
  const w = await workspace({ in: "one\n", x: "1\n", "tasks.config.ts": `import { readdirSync, writeFileSync } from "node:fs";
export default { tasks: {
  gen: { inputs: ["in"], outputs: ["tree/"], intermediates: ["m"], temp: true, incremental: true, run: "touch tree/$(cat in); echo m > m" },
  use: { inputs: ["m", "x"], outputs: ["u"], run: "cat m x > u" },
  asks: { outputs: ["a"], run: async (ctx) => { await ctx.need("gen"); writeFileSync("a", readdirSync("tree").join()); } },
  late: { inputs: ["a"], outputs: ["l"], run: "cp a l" },
} };
` });
  const built = async (command: string): Promise<string> => {
    const { code, stdout } = await w.tg(`build --json ${command}`);
    assert.equal(code, 0, stdout);
    return turns(stdout).filter((turn) => turn.startsWith("+")).sort().join();
  };
  await built("late --keep-temp");
  w.write("in", "two\n");
  await built("");
  assert.equal(w.read("l"), "one,two");
  // Without `m` the folder is made from nothing.
  w.write("x", "2\n");
  assert.equal(await built(""), "+asks,+gen,+late,+use");
  assert.equal(w.read("l"), "two");
  assert.equal(await built(""), "");
});

test("that it was forced, or runs always, is no reason to run once more", async () => {
  const w = await workspace({ in: "one\n", x: "1\n", "tasks.config.ts": `export default { tasks: {
  gen: { inputs: ["in"], outputs: ["tree/"], intermediates: ["m"], incremental: true, run: "touch tree/$(cat in); echo m > m" },
  beside: { inputs: ["x"], outputs: ["b"], after: ["gen"], run: "cp x b" },
  always: { after: ["gen"], always: true, run: "true" },
  reads: { inputs: ["tree/*"], outputs: ["r"], run: "ls tree > r" },
  eats: { inputs: ["m"], outputs: ["n"], after: ["beside", "always", "reads"], run: "mv m n" },
  late: { deps: ["gen"], after: ["eats"], outputs: ["l"], run: "ls tree > l" },
} };
` });
  assert.equal((await w.tg("build -j1")).code, 0);
  w.write("in", "two\n");
  // What `eats` has taken away is made anew for `late`, and the folder with it.
  const { stdout } = await w.tg("build --force --json -j1");
  assert.deepEqual(turns(stdout).filter((turn) => turn.startsWith("+")), ["+gen", "+beside", "+always", "+reads", "+eats", "+gen", "+reads", "+late"]);
  assert.deepEqual([w.read("r"), w.read("l")], ["two\n", "two\n"]);
});

test("so does who runs after every run of such a reader, or takes the key of one, in the same build", async () => {
  const w = await workspace({ in: "one\n", "tasks.config.ts": `export default { tasks: {
  gen: { inputs: ["in"], outputs: ["tree/"], intermediates: ["m"], incremental: true, run: "touch tree/$(cat in); cp in m" },
  reads: { inputs: ["tree/*"], outputs: ["r"], run: "echo same > r" },
  every: { deps: [{ task: "reads", propagate: "run" }], outputs: ["e"], run: "echo > e" },
  checks: { inputs: ["tree/*"], run: "true" },
  told: { deps: ["checks"], outputs: ["t"], run: "echo > t" },
  eats: { inputs: ["m"], outputs: ["n"], after: ["every", "told"], run: "mv m n" },
  late: { deps: ["gen"], after: ["eats"], outputs: ["l"], run: "ls tree > l" },
} };
` });
  assert.equal((await w.tg("build -j1")).code, 0);
  w.write("in", "two\n");
  const { stdout } = await w.tg("build --json -j1");
  assert.deepEqual(turns(stdout).filter((turn) => /^.(every|told)$/.test(turn) && turn.startsWith("+")).sort(), ["+every", "+every", "+told", "+told"]);
  assert.match((await w.tg("build")).stdout, /up to date/);
});

test("so does who stood good on it if an attempt has left the same before", async () => {
  const w = await workspace({ in: "1\n", x: "1\n", "tasks.config.ts": `export default { tasks: {
  gen: { inputs: ["in"], intermediates: ["m"], retries: 1, onFail: "keep", run: "cat in unlisted > m; ! rm fail-once 2>/dev/null" },
  stands: { inputs: ["m"], outputs: ["s"], run: "cp m s" },
  use: { inputs: ["m", "x"], outputs: ["u"], run: "cat m x > u" },
} };
`, unlisted: "a\n" });
  assert.equal((await w.tg("build")).code, 0);
  w.remove("m");
  for (const [file, text] of [["unlisted", "b\n"], ["x", "2\n"], ["fail-once", ""]] as const) w.write(file, text);
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.read("s"), "1\nb\n");
});

test("two readers that take away what is never made the same: the build ends", async () => {
  const w = await workspace({ in: "1\n", "tasks.config.ts": `export default { tasks: {
  gen: { inputs: ["in"], intermediates: ["m"], run: "wc -l < count.log > m; echo >> count.log" },
  a: { inputs: ["m"], outputs: ["a"], run: "mv m a" },
  b: { inputs: ["m"], outputs: ["b"], run: "mv m b" },
} };
`, "count.log": "" });
  const { code, stderr } = await w.tg("build -j1");
  assert.equal(code, 0, stderr);
  assert.equal(stderr.split("made another m from the same inputs").length, 2, stderr);
  assert.equal(w.read("count.log").length, 3);
});
