// Values of functions on the built command: by name to dependants, in the key by content, told by `tg results`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { workspace, type Workspace } from "../support/rig.ts";
import { transcript } from "../support/story.ts";

const RAN = `import { appendFileSync, readFileSync } from "node:fs";
import { foreach } from "tg-build";
const ran = (ctx) => appendFileSync("ran.log", ctx.task + "\\n");
`;

async function project(tasks: string, files: Readonly<Record<string, string>> = {}): Promise<Workspace> {
  return workspace({ "tasks.config.ts": `${RAN}export default { tasks: {\n${tasks}\n} };\n`, ...files });
}

const NUMBERS = `  a: { inputs: ["a.txt"], run: (ctx) => { ran(ctx); return Number(readFileSync("a.txt", "utf8")); } },
  b: { inputs: ["b.txt"], run: (ctx) => { ran(ctx); return Number(readFileSync("b.txt", "utf8")); } },
  minus: { deps: ["a", "b"], run: (ctx) => { ran(ctx); return ctx.deps.a.value - ctx.deps.b.value; } },
  sign: { deps: ["minus"], outputs: ["sign.txt"], run: (ctx) => { ran(ctx); return { sign: Math.sign(ctx.deps.minus.value), note: null }; }, stdout: "sign.txt" },`;

test("values go by name, and an equal value stops the wave", async () => {
  const w = await project(NUMBERS, { "a.txt": "7", "b.txt": "2" });
  assert.equal((await w.tg("build -j1")).code, 0);
  assert.equal(w.ran(), "a,b,minus,sign");
  assert.equal(transcript(await w.tg("results"), w), '1| a      7\n1| b      2\n1| minus  5\n1| sign   {"sign":1,"note":null}\nexit 0');
  assert.equal((await w.tg("results minus")).stdout, "5\n");
  assert.equal((await w.tg("results sign")).stdout, '{\n  "sign": 1,\n  "note": null\n}\n');
  assert.deepEqual(JSON.parse((await w.tg("results --json")).stdout), { version: 1, results: { a: 7, b: 2, minus: 5, sign: { sign: 1, note: null } } });
  assert.deepEqual(JSON.parse((await w.tg("results a --json")).stdout), { version: 1, results: { a: 7 } });
  w.write("a.txt", "8");
  w.write("b.txt", "3");
  await w.tg("build");
  assert.equal(w.ran(), "a,b,minus");
  await w.tg("build");
  assert.equal(w.ran(), "");
});

test("whether a function with nothing to judge by runs in every build is said once it has ended well", async () => {
  const w = await project(`  gives: { run: () => 7 },
  none: { run: () => { if (process.env.BAD !== undefined) throw new Error("bad"); } },
  told: { run: "true" },`);
  const states = (word: string): Promise<string> => w.tg("status " + word).then(({ stdout }) => stdout.split("\n\n")[0]!.replace(/ +/g, " "));
  assert.equal(await states("-v"), "gives stale never ran\nnone stale never ran\ntold stale never ran\n runs in every build");
  await w.tg("build -k", { env: { BAD: "1" } });
  assert.equal(await states("none -v"), "none failed Error: bad\n failed last time");
  await w.tg("build -k");
  assert.equal(await states("-v"), "gives fresh\nnone stale runs in every build\ntold stale runs in every build");
});

test("two values that change places are two changes", async () => {
  const w = await project(NUMBERS, { "a.txt": "7", "b.txt": "2" });
  await w.tg("build");
  w.ran();
  w.write("a.txt", "2");
  w.write("b.txt", "7");
  await w.tg("build");
  assert.equal(w.ran(), "a,b,minus,sign");
  assert.equal((await w.tg("results minus")).stdout, "-5\n");
});

test("a value that is not there is an error where it is asked for", async () => {
  const w = await project(`  none: { inputs: ["a.txt"], run: () => {} },
  asks: { deps: ["none"], run: (ctx) => ctx.deps.none.value },
  other: { deps: ["none"], run: (ctx) => ctx.deps.nnoe.value },
  alone: { inputs: ["a.txt"], run: (ctx) => ctx.deps.none.value },
  looks: { deps: ["none"], run: (ctx) => JSON.stringify(ctx.deps) },`, { "a.txt": "1" });
  const run = await w.tg("build -k -j1");
  assert.equal(run.code, 1);
  assert.match(run.stderr, /task "asks": ReferenceError: "none" returned no value for "asks"/);
  assert.match(run.stderr, /task "other": ReferenceError: "nnoe" is not among the deps of "other": none/);
  assert.match(run.stderr, /task "alone": ReferenceError: "none" is not among the deps of "alone": it has none/);
  assert.equal((await w.tg("results looks")).stdout, '"{\\"none\\":{}}"\n');
  assert.equal(transcript(await w.tg("results none"), w), '2| tg: task "none" returned no value\n2|     try: let its function return one\nexit 2');
  assert.equal(transcript(await w.tg("results asks"), w), '2| tg: task "asks" has no value: it has not ended well\n2|     try: tg build asks\nexit 2');
  assert.match((await w.tg("results aks")).stderr, /no task or output "aks" \(did you mean "asks"\?\)/);
});

test("a family's values by key, an output's by its path", async () => {
  const w = await project(`  size: foreach("in/*.txt", ({ file }) => ({ inputs: [file], run: (ctx) => { ran(ctx); return readFileSync(file, "utf8").length; } })),
  made: { outputs: ["made.txt"], stdout: "made.txt", run: () => "made" },
  total: { deps: ["size", "made.txt"], run: ({ deps }) => [Object.entries(deps.size.value), deps["made.txt"].value] },`, { "in/a.txt": "12", "in/b.txt": "123" });
  assert.equal((await w.tg("build")).code, 0);
  assert.deepEqual(JSON.parse((await w.tg("results total")).stdout), [[["a", 2], ["b", 3]], "made"]);
  assert.equal((await w.tg("results size")).stdout, "size[a]  2\nsize[b]  3\n");
  w.ran();
  w.write("in/b.txt", "1");
  await w.tg("build");
  assert.equal(w.ran(), "size[b]");
  assert.deepEqual(JSON.parse((await w.tg("results total")).stdout)[0], [["a", 2], ["b", 1]]);
});

test("a family's values stand in the order of their keys, whatever the order of its items, and every key is one", async () => {
  const w = await project(`  names: { inputs: ["names.json"], run: () => JSON.parse(readFileSync("names.json", "utf8")) },
  each: foreach({ from: "names" }, ({ value }) => ({ run: (ctx) => { ran(ctx); return value + "!"; } })),
  all: { deps: ["each"], run: ({ deps, task }) => { ran({ task }); return Object.entries(deps.each.value); } },`, { "names.json": '["b","__proto__","a"]' });
  assert.equal((await w.tg("build -j1")).code, 0);
  assert.equal(w.ran(), "all,each[__proto__],each[a],each[b]");
  const told = [["__proto__", "__proto__!"], ["a", "a!"], ["b", "b!"]];
  assert.deepEqual(JSON.parse((await w.tg("results all")).stdout), told);
  w.write("names.json", '["a","b","__proto__"]');
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.ran(), "");
  assert.equal((await w.tg("build -f all")).code, 0);
  assert.deepEqual(JSON.parse((await w.tg("results all")).stdout), told);
});

test("what JSON cannot hold, and what is too much of it", async () => {
  const w = await project(`  date: { inputs: ["a.txt"], run: () => ({ at: new Date(0) }) },
  large: { inputs: ["a.txt"], run: () => "x".repeat(9 * 1024 * 1024) },
  usual: { inputs: ["a.txt"], run: () => "x".repeat(1024 * 1024) },`, { "a.txt": "1" });
  const run = await w.tg("build -k");
  assert.match(run.stderr, /task "date": returned what JSON cannot hold: a Date at value\.at/);
  assert.match(run.stderr, /task "large": returned 9\.0 MiB of JSON, the limit is 8\.0 MiB/);
  assert.equal((await w.tg("results usual")).stdout.length, 1024 * 1024 + 3);
  assert.ok((await w.tg("results")).stdout.length < 300);
});

test("trace follows one key through all families", async () => {
  const w = await project(`  up: foreach("in/*.txt", ({ file, key }) => ({ inputs: [file], outputs: ["up/" + key], run: "tr a-z A-Z <" + file + " >up/" + key })),
  two: foreach("in/*.txt", ({ key }) => ({ inputs: ["up/" + key], outputs: ["two/" + key], run: key === "b" ? "exit 4" : "cp up/" + key + " two/" + key })),`, { "in/a.txt": "1", "in/b.txt": "2" });
  await w.tg("build -k");
  assert.equal(transcript(await w.tg("trace a"), w), "1| up[a]   fresh\n1| two[a]  fresh\nexit 0");
  assert.equal(transcript(await w.tg("trace b"), w), "1| up[b]   fresh\n1| two[b]  failed       exit 4\nexit 0");
  w.write("in/a.txt", "3");
  assert.deepEqual(Object.entries((JSON.parse((await w.tg("trace a --json")).stdout) as { tasks: Record<string, { state: string }> }).tasks).map(([name, { state }]) => [name, state]), [["up[a]", "stale"], ["two[a]", "maybe"]]);
  assert.equal(transcript(await w.tg("trace c"), w), '2| tg: no family has an instance "c"\n2|     try: tg list -v shows the instances\nexit 2');
});

test("a function that makes its files and returns nothing any more runs those who took its value", async () => {
  const w = await project('  a: { inputs: ["a.txt"], outputs: ["made"], run: (ctx) => { ran(ctx); appendFileSync("made", ""); const text = readFileSync("a.txt", "utf8"); return text === "1" ? 1 : undefined; } },\n  b: { deps: ["a"], outputs: ["b.out"], run: (ctx) => { ran(ctx); appendFileSync("b.out", String(ctx.deps.a.value)); } },\n  c: { deps: ["a"], outputs: ["c.out"], run: "echo c >> ran.log; cp made c.out" },', { "a.txt": "1" });
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.ran(), "a,b,c");
  w.write("a.txt", "2");
  const run = await w.tg("build -k");
  assert.equal(w.ran(), "a,b");
  assert.equal(run.code, 1);
  assert.match(run.stderr, /"a" returned no value for "b"/);
});
