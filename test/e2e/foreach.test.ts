// Families on the built command: files, lists, matrices; their records, selection, pictures and mistakes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { workspace, type Workspace } from "../support/rig.ts";
import { tell, transcript } from "../support/story.ts";

const UP = `import { defineConfig, foreach } from "tg-build";
export default defineConfig({ tasks: {
  up: foreach("src/**/*.txt", ({ file, key }) => ({ inputs: [file], outputs: [\`out/\${key}.up\`], run: \`echo 'up[\${key}]' >>ran.log; tr a-z A-Z <\${file} >out/\${key}.up\` }), { description: "upper case" }),
  join: { inputs: ["out/**/*.up"], outputs: ["all.txt"], run: "echo join >>ran.log; cat out/*.up >all.txt" },
} });
`;

async function project(config = UP): Promise<Workspace> {
  return workspace({ "tasks.config.ts": config, "src/x.txt": "x\n", "src/y.txt": "y\n", "src/sub/x.txt": "sub\n" });
}

async function built(w: Workspace, args = "build"): Promise<string> {
  const run = await w.tg(args);
  assert.equal(run.code, 0, run.stdout + run.stderr);
  return w.ran();
}

test("an instance for each file, with a record and a log of its own", async () => {
  const w = await project();
  assert.equal(await built(w), "join,up[sub/x],up[x],up[y]");
  assert.equal(await built(w), "");
  w.write("src/x.txt", "changed\n");
  assert.equal(await built(w), "join,up[x]");
  assert.equal(w.read("all.txt"), "CHANGED\nY\n");
  assert.match((await w.tg("logs up[sub/x]")).stdout, /^up\[sub\/x\]: ok, exit 0/);
});

test("files that come and go make and end instances in one build", async () => {
  const w = await project();
  await built(w);
  w.write("src/z.txt", "z\n");
  assert.match((await w.tg("build -n")).stdout, /^\* up\[z\] .*\n\? join /s);
  assert.equal(await built(w), "join,up[z]");
  assert.equal(w.read("all.txt"), "X\nY\nZ\n");
  w.remove("src/y.txt");
  assert.equal(await built(w), "join");
  assert.equal(w.exists("out/y.up"), false);
  assert.equal(w.read("all.txt"), "X\nZ\n");
  assert.equal(await built(w), "");
});

test("a config that is not evaluated sees files come all the same", async () => {
  const w = await project();
  await built(w);
  await built(w);
  assert.match((await w.tg("info")).stdout, /unchanged, not evaluated/);
  w.write("src/new/deep/er.txt", "x\n");
  assert.equal(await built(w), "up[new/deep/er]".length > 0 ? "join,up[new/deep/er]" : "");
});

test("one instance, all of them, some of them, none of them", async () => {
  const w = await project();
  assert.equal(await built(w, ["build", "up[sub/x]"].join(" ")), "up[sub/x]");
  assert.equal(await built(w, "build up"), "up[x],up[y]");
  assert.equal(await built(w, "build -f up"), "up[sub/x],up[x],up[y]");
  assert.equal(await built(w, "build -f up[*]"), "up[x],up[y]");
  assert.equal(await built(w, "build --skip up -f join"), "join");
  assert.equal(await built(w, "build out/x.up"), "");
  const run = await w.tg("build up[z]");
  assert.equal(run.code, 2);
  assert.match(run.stderr, /no task or output "up\[z\]".*\(did you mean "up\[[xy]\]"\?\)/);
});

test("pictures and lists", async () => {
  const w = await project();
  assert.equal((await w.tg("list")).stdout, "up    upper case  (3 instances)\njoin\n");
  assert.equal((await w.tg("list -v")).stdout.split("\n").length, 6);
  assert.equal((await w.tg("list --names")).stdout, "up[sub/x]\nup[x]\nup[y]\nup\njoin\n".split("\n").join("\n"));
  const { tasks } = JSON.parse((await w.tg("list --json")).stdout) as { tasks: { name: string; family?: string; key?: string }[] };
  assert.deepEqual(tasks.map(({ name, family, key }) => [name, family, key])[0], ["up[sub/x]", "up", "sub/x"]);
  assert.match((await w.tg("status")).stdout, /^up\[x\] +stale +never ran$/m);
});

test("a large family is one line of status; what failed is named", async () => {
  const w = await workspace({
    "tasks.config.ts": `import { foreach } from "tg-build";
export default { tasks: { t: foreach(Array.from({ length: 20 }, (_, i) => i), ({ key }) => ({ outputs: ["o/" + key], run: key === "7" ? "exit 3" : "echo >o/" + key })) } };`,
  });
  assert.match((await w.tg("status")).stdout, /^t {2}family {7}20 stale\n\ntg: 20 tasks: 20 stale \(-v lists what is not fresh\)\n$/);
  assert.equal((await w.tg("status -v")).stdout, `t      family       20 stale\nt[0]   stale        never ran\n${" ".repeat(20)}and 19 more instances alike\n\ntg: 20 tasks: 20 stale (-vv lists every instance)\n`);
  assert.equal((await w.tg("build -k")).code, 1);
  assert.match((await w.tg("status")).stdout, /^t +family +1 failed, 19 fresh\nt\[7\] +failed +exit 3\n/);
  assert.match((await w.tg("status -v")).stdout, /^t +family +1 failed, 19 fresh\nt\[7\] +failed +exit 3\n +failed last time\n +output missing: o\/7\n\n.*\(-vv lists every instance\)\n$/);
  for (const words of ["status -vv", "status t", "status --all -v"]) assert.match((await w.tg(words)).stdout, /^t\[3\] +fresh$/m);
});

test("a large family that only its instances' files bring in is one line, too", async () => {
  const w = await workspace({
    "tasks.config.ts": `import { foreach } from "tg-build";
const keys = Array.from({ length: 20 }, (_, i) => "k" + i);
export default { default: ["all"], tasks: {
  t: foreach(keys, ({ key }) => ({ outputs: ["o/" + key], run: "echo >o/" + key })),
  all: { inputs: keys.map((key) => "o/" + key), outputs: ["all"], run: "cat o/* >all" },
} };`,
  });
  await w.tg("build");
  w.remove("o/k3");
  assert.equal((await w.tg("status")).stdout, `t    family       1 stale, 19 fresh
all  maybe stale  may change: o/k3 (from "t[k3]")

tg: 21 tasks: 1 stale, 1 maybe stale, 19 fresh (-v lists what is not fresh)
`);
  assert.match((await w.tg("status -v")).stdout, /^t +family +1 stale, 19 fresh\nt\[k3\] +stale +output missing: o\/k3\n.*\nall +maybe stale/);
  assert.match((await w.tg("status t")).stdout, /^t\[k0\] +fresh$/m);
});

test("lists and matrices: keys, values, order", async () => {
  const w = await workspace({
    "tasks.config.ts": `import { foreach } from "tg-build";
export default { tasks: {
  a: foreach(["x", 2, true], ({ key, value }) => ({ outputs: ["a/" + key], run: "echo '" + typeof value + " " + value + "' >a/" + key })),
  b: foreach([{ n: "p" }, { n: "q" }], ({ key, value, index }) => ({ outputs: ["b/" + key], run: "echo " + value.n + index + " >b/" + key }), { key: ({ value }) => "k-" + value.n }),
  c: foreach({ matrix: { os: ["l", "m"], n: [1, 2] } }, ({ key, value: { os, n } }) => ({ outputs: ["c/" + key], run: "echo " + os + n + " >c/" + key })),
  none: foreach([], () => ({ run: "false" })),
  all: { deps: ["a", "b", "c", "none"] },
} };`,
  });
  assert.equal((await w.tg("build all")).code, 0);
  assert.equal((await w.tg("list --names")).stdout.trim(), "a[x]\na[2]\na[true]\na\nb[k-p]\nb[k-q]\nb\nc[l,1]\nc[l,2]\nc[m,1]\nc[m,2]\nc\nnone\nall");
  assert.deepEqual([w.read("a/2"), w.read("a/true"), w.read("b/k-q"), w.read("c/m,1")], ["number 2\n", "boolean true\n", "q1\n", "m1\n"]);
});

test("functions of instances: their item is in the key, its place only when asked for", async () => {
  const config = (task: string): string => `import { appendFileSync } from "node:fs";
import { foreach } from "tg-build";
import { list } from "./list.ts";
export default { tasks: { f: foreach(list, ${task}, { key: ({ value }) => value.n }) } };`;
  const w = await workspace({
    "tasks.config.ts": config(`({ value }) => ({ run: (ctx) => { appendFileSync("ran.log", ctx.task + value.v + "\\n"); return value.v; } })`),
    "list.json": '[{ "n": "a", "v": 1 }, { "n": "b", "v": 2 }]',
    "list.ts": `import { readFileSync } from "node:fs";\nexport const list = JSON.parse(readFileSync("list.json", "utf8"));`,
  });
  assert.equal(await built(w), "f[a]1,f[b]2");
  w.write("list.json", '[{ "n": "new", "v": 0 }, { "n": "b", "v": 2 }, { "n": "a", "v": 3 }]');
  assert.match((await w.tg("status -v")).stdout, /^f\[a\] +stale +declaration changed: item$/m);
  assert.equal(await built(w), "f[a]3,f[new]0");
  w.write("tasks.config.ts", config(`(item) => ({ run: () => item.index })`));
  const run = await w.tg("build");
  assert.equal(run.code, 1);
  assert.match(run.stderr, /`index` is asked for only inside the function/);
  w.write("tasks.config.ts", config(`({ index, key }) => ({ run: () => { appendFileSync("ran.log", key + index + "\\n"); return 0; } })`));
  assert.equal(await built(w), "a2,b1,new0");
  w.write("list.json", '[{ "n": "b", "v": 2 }, { "n": "a", "v": 3 }]');
  assert.equal(await built(w), "a1,b0");
});

test("a task file may hold a family, and a config may give it a name", async () => {
  const w = await workspace({
    "tasks.config.ts": `import each from "./tasks/each.task.ts";\nimport { defineConfig } from "tg-build";\nexport default defineConfig({ include: ["tasks/*.task.ts"], tasks: { mine: each } });`,
    "tasks/each.task.ts": `import { appendFileSync } from "node:fs";
import { defineTask, foreach } from "tg-build";
export default defineTask(import.meta, foreach(["p", "q"], ({ key }) => ({ run: (ctx) => { appendFileSync("ran.log", ctx.task + "\\n"); return 1; } })));`,
  });
  assert.equal(await built(w), "each[p],each[q],mine[p],mine[q]");
  assert.equal(await built(w), "");
});

test("members of a chain: what one leaves out another reads, and a folder holds what an earlier one made", async () => {
  const w = await workspace({ "a/1": "1", "a/2": "2", "b/1": "1", "b/2": "2", "tasks.config.ts": `import { chain } from "tg-build";
export default { tasks: {
  all: chain([
    { inputs: ["a/*"], outputs: ["gen/all"], run: "cat a/* >gen/all" },
    { inputs: ["gen", "b/*", "a/2", "!*/1"], outputs: ["out"], run: "cat gen/all >out" },
  ]),
} };\n` });
  assert.equal((await w.tg("build")).code, 0);
  w.write("a/1", "3");
  assert.match((await w.tg("build")).stderr, /input changed: a\/1/);
  assert.equal(w.read("out"), "32");
  w.write("b/1", "3");
  assert.match((await w.tg("build")).stdout, /up to date/);
});

test("instances that are chains, families in a sequence", async () => {
  const w = await workspace({
    "tasks.config.ts": `import { chain, foreach, sequence } from "tg-build";
export default { tasks: sequence({
  one: { outputs: ["one"], run: "echo one >>ran.log; echo >one" },
  two: foreach(["a", "b"], ({ key }) => chain([{ outputs: ["m/" + key], run: "echo >m/" + key }, { inputs: ["m/" + key], outputs: ["n/" + key], run: "echo two >>ran.log; cp m/" + key + " n/" + key }])),
  three: { outputs: ["three"], run: "echo three >>ran.log; echo >three" },
}) };`,
  });
  assert.equal((await w.tg("build -j4")).code, 0);
  assert.equal(w.ranInOrder(), "one,two,two,three");
});

test("minSuccess: a share, a count, and one failure too many", async () => {
  const config = (options: string): string => `import { foreach } from "tg-build";
export default { tasks: {
  t: foreach(["1", "2", "3", "4", "5"], ({ key }) => ({ inputs: [{ path: "bad", optional: true }], outputs: ["o/" + key], run: "grep -q " + key + " bad && exit 3; echo " + key + " >o/" + key }), ${options}),
  all: { inputs: ["o/*"], deps: ["t"], outputs: ["all"], run: "cat o/* >all" },
} };`;
  const w = await workspace({ "tasks.config.ts": config("{ minSuccess: 0.8 }"), bad: "4" });
  const first = await w.tg("build");
  assert.equal(first.code, 0, first.stderr);
  assert.equal(w.read("all"), "1\n2\n3\n5\n");
  assert.match((await w.tg("status")).stdout, /^t\[4\] +failed +exit 3\nt\[5\] +fresh\n(.*\n)*all +(fresh|maybe)/m);
  w.write("bad", "2 4");
  const second = await w.tg("build -k");
  assert.equal(second.code, 1);
  assert.match(second.stderr, /blocked by "t\[[24]\]": all/);
  assert.match((await w.tg("status")).stdout, /^all +blocked/m);
  w.write("tasks.config.ts", config("{ minSuccess: 3 }"));
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.read("all"), "1\n3\n5\n");
  assert.equal((await w.tg("build t[2]")).code, 1);
});

test("what a callback reads is known, and what it throws has a place", async () => {
  const w = await workspace({
    "tasks.config.ts": `import { readFileSync } from "node:fs";
import { foreach } from "tg-build";
export default { tasks: { t: foreach(["a"], ({ key }) => ({
  outputs: [key],
  run: "echo " + readFileSync(key + ".txt", "utf8").trim() + " >" + key,
})) } };`,
    "a.txt": "one",
  });
  assert.equal((await w.tg("build")).code, 0);
  w.write("a.txt", "two");
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.read("a"), "two\n");
  w.remove("a.txt");
  const run = await w.tg("build");
  assert.equal(run.code, 2);
  assert.match(run.stderr, /^tg: tasks\.config\.ts:5:\d+: Error: ENOENT: no such file/);
});

const files = { "img/a.png": "", "img/a.jpg": "" };
const one = (family: string, more = ""): string => `    t: foreach(${family}),${more}`;
const top = (tasks: string): Record<string, string> => ({ ...files, "tasks.config.ts": `import { foreach } from "tg-build";\nexport default {\n  tasks: {\n${tasks}\n  },\n};\n` });

tell([
  { title: "two items with one key", files: top(one('"img/*", ({ file }) => ({ run: file })')), when: "build",
    then: `
      2| tg: task "t": img/a.jpg and img/a.png have the same key "a"
      2|     at tasks.config.ts:4
      2|     try: give a third argument: { key: ({ value }) => … }
      exit 2` },
  { title: "one item twice", files: top(one('["x", "y", "x"], ({ key }) => ({ run: key })')), when: "build",
    then: `
      2| tg: task "t": two items have the key "x"
      2|     at tasks.config.ts:4
      2|     try: take one away, or give a third argument: { key: ({ value }) => … }
      exit 2` },
  { title: "no file, and a pattern that cannot be one", files: top(one('["img/*.gif"], () => ({ run: "x" })', '\n    u: foreach("img/*.gif", () => ({ run: "x" })),\n    v: foreach("img/[", () => ({ run: "x" })),')), when: "build",
    then: `
      2| tg: task "u": foreach over "img/*.gif" finds no file
      2|     at tasks.config.ts:5
      2|     try: correct the pattern, or { files, allowEmpty: true } if that is intended
      2| tg: task "v": bad pattern "img/[" in "foreach": unclosed [
      2|     at tasks.config.ts:6
      2|     try: close it, or put a backslash before the character to mean itself
      exit 2` },
  { title: "elements without text, and such as JSON cannot hold", files: top(one('[{ n: 1 }, new Date(0), "", "a\\u0007"], () => ({ run: "x" })')), when: "build",
    then: `
      2| tg: task "t": element 2 has a Date, expected plain data, as JSON has it
      2|     at tasks.config.ts:4
      2|     try: go over texts, numbers, or lists and objects of them
      2| tg: task "t": element 1 has no text of its own, expected the option \`key\`
      2|     at tasks.config.ts:4
      2|     try: give a third argument: { key: ({ value }) => … }
      2| tg: task "t": element 3 has the key "", expected a text that is not empty
      2|     at tasks.config.ts:4
      2|     try: give a third argument: { key: ({ value }) => … }
      2| tg: task "t": a\\u0007 has a key with a control character, expected a text without one
      2|     at tasks.config.ts:4
      2|     try: give a third argument: { key: ({ value }) => … }
      exit 2` },
  { title: "a key that the option gave", files: top(one('["a", "b"], () => ({ run: "x" }), { key: ({ value }) => value + { a: "\\t", b: "🚀"[0] }[value] }')), when: "build",
    then: `
      2| tg: task "t": a has a key with a control character, expected a text without one
      2|     at tasks.config.ts:4
      2|     try: let the function \`key\` in the third argument give another text
      2| tg: task "t": b has a key with half a character (a lone surrogate), expected a text without one
      2|     at tasks.config.ts:4
      2|     try: let the function \`key\` in the third argument give another text
      exit 2` },
  { title: "a wrong instance is told by name, a few of many, and how many there are", files: top(one('[1, 2, 3, 4, 5, 6, 7], ({ key }) => ({ run: "x", inptus: [key] })')), when: "build",
    then: `
      2| tg: task "t[1]": unknown field "inptus" (did you mean "inputs"?)
      2|     at tasks.config.ts:4
      2| tg: task "t[2]": unknown field "inptus" (did you mean "inputs"?)
      2|     at tasks.config.ts:4
      2| tg: task "t[3]": unknown field "inptus" (did you mean "inputs"?)
      2|     at tasks.config.ts:4
      2| tg: task "t[4]": unknown field "inptus" (did you mean "inputs"?)
      2|     at tasks.config.ts:4
      2| tg: task "t[5]": unknown field "inptus" (did you mean "inputs"?)
      2|     at tasks.config.ts:4
      2| tg: and 2 more like this one (-v says them all): task "t[6]": unknown field "inptus" (did you mean "inputs"?)
      exit 2` },
  { title: "items without a key, a few of many", files: top(one('Array.from({ length: 40 }, (_, i) => ({ i })), () => ({ run: "x" })')), when: "build",
    then: `
      2| tg: task "t": element 1 has no text of its own, expected the option \`key\`
      2|     at tasks.config.ts:4
      2|     try: give a third argument: { key: ({ value }) => … }
      2| tg: task "t": element 2 has no text of its own, expected the option \`key\`
      2|     at tasks.config.ts:4
      2|     try: give a third argument: { key: ({ value }) => … }
      2| tg: task "t": element 3 has no text of its own, expected the option \`key\`
      2|     at tasks.config.ts:4
      2|     try: give a third argument: { key: ({ value }) => … }
      2| tg: task "t": element 4 has no text of its own, expected the option \`key\`
      2|     at tasks.config.ts:4
      2|     try: give a third argument: { key: ({ value }) => … }
      2| tg: task "t": element 5 has no text of its own, expected the option \`key\`
      2|     at tasks.config.ts:4
      2|     try: give a third argument: { key: ({ value }) => … }
      2| tg: and 35 more like this one (-v says them all): task "t": element 6 has no text of its own, expected the option \`key\`
      exit 2` },
  { title: "-v tells every wrong instance", files: top(one('[1, 2, 3, 4, 5, 6], ({ key }) => ({ run: "x", inptus: [key] })')), when: "build -v",
    then: `
      2| tg: task "t[1]": unknown field "inptus" (did you mean "inputs"?)
      2|     at tasks.config.ts:4
      2| tg: task "t[2]": unknown field "inptus" (did you mean "inputs"?)
      2|     at tasks.config.ts:4
      2| tg: task "t[3]": unknown field "inptus" (did you mean "inputs"?)
      2|     at tasks.config.ts:4
      2| tg: task "t[4]": unknown field "inptus" (did you mean "inputs"?)
      2|     at tasks.config.ts:4
      2| tg: task "t[5]": unknown field "inptus" (did you mean "inputs"?)
      2|     at tasks.config.ts:4
      2| tg: task "t[6]": unknown field "inptus" (did you mean "inputs"?)
      2|     at tasks.config.ts:4
      exit 2` },
  { title: "options and callbacks of a wrong kind", files: top(one('5, () => 1') + '\n    u: foreach([1], 7, { minSucess: 1 }),\n    v: foreach([1], () => foreach([1], () => 1), { minSuccess: 1, key: "k" }),\n    w: foreach([1], async () => ({ run: "x" })),'), when: "build",
    then: `
      2| tg: task "t": "foreach" is 5, expected a pattern of files, a list, { files }, { matrix } or { from }
      2|     at tasks.config.ts:4
      2| tg: task "u": "foreach" is 7, expected a function that makes the task of an item
      2|     at tasks.config.ts:5
      2| tg: task "u": unknown field "minSucess" (did you mean "minSuccess"?)
      2|     at tasks.config.ts:5
      2| tg: task "v": "key" is "k", expected a function that makes a text of an item
      2|     at tasks.config.ts:6
      2| tg: task "v[1]": "foreach" is an object, expected a task: a family has no family inside
      2|     at tasks.config.ts:6
      2| tg: task "v": "minSuccess" is 1, expected a share below 1, such as 0.9, or a count from 2 on
      2|     at tasks.config.ts:6
      2| tg: task "w[1]" is a promise, expected a task
      2|     at tasks.config.ts:7
      exit 2` },
  { title: "files that a task makes are none to go over", files: top('    gen: { outputs: ["img/b.png"], run: "echo >img/b.png" },\n' + one('"img/*.png", ({ file }) => ({ run: file })')), when: "build",
    then: `
      2| tg: task "t": foreach goes over img/b.png, which "gen" makes
      2|     at tasks.config.ts:5
      2|     try: go over the files it is made from; in a clean build these would not be there
      exit 2` },
  { title: "an instance and a task of the same name", files: top(one('["a"], () => ({ run: "true" })', '\n    "t[a]": { run: "true" },')), when: "build",
    then: `
      2| tg: two tasks are named "t[a]"
      2|     at tasks.config.ts:5
      2|     the other at tasks.config.ts:4
      2|     try: rename one of them
      exit 2` },
]);

test("ten thousand instances", async () => {
  const w = await workspace({ "tasks.config.ts": `import { foreach } from "tg-build";\nexport default { tasks: { t: foreach(Array.from({ length: 10000 }, (_, i) => i), ({ key }) => ({ inputs: ["in"], outputs: ["o/" + key], run: ["cp", "in", "o/" + key] })) } };`, in: "1" });
  const status = await w.tg("status");
  assert.equal(transcript(status, w), "1| t  family       10,000 stale\n1|\n1| tg: 10,000 tasks: 10,000 stale (-v lists what is not fresh)\nexit 0");
});

test("who names a family in deps runs when the family loses an instance", async () => {
  const tasks = `    num: foreach("raw/*", ({ file }) => ({ inputs: [file], run: () => 1 })),
    copy: foreach("raw/*", ({ file, key }) => ({ inputs: [file], outputs: ["out/" + key], run: ["cp", file, "out/" + key] })),
    seen: foreach("raw/*", ({ file }) => ({ inputs: [file], run: "true" })),
    all: { deps: ["num"] },
    total: { deps: ["num"], outputs: ["total"], run: (ctx) => writeFileSync("total", Object.keys(ctx.deps.num.value).join()) },
    joined: { deps: ["copy"], outputs: ["joined"], run: "cat out/* > joined" },
    read: { deps: ["copy"], inputs: ["out/*"], outputs: ["read"], run: "cat out/* > read" },
    list: { deps: ["seen"], outputs: ["list"], run: "ls raw > list" },
    through: { deps: ["all"], run: "true" },`;
  const w = await workspace({ "tasks.config.ts": `import { writeFileSync } from "node:fs";\nimport { foreach } from "tg-build";\nexport default { tasks: {\n${tasks}\n} };\n`, "raw/a": "1\n", "raw/b": "2\n", "raw/c": "3\n" });
  assert.equal((await w.tg("build -q")).code, 0);
  assert.match((await w.tg("build")).stdout, /up to date/);
  w.remove("raw/b");
  const status = JSON.parse((await w.tg("status --json")).stdout) as { tasks: Record<string, { state: string; reasons: { code: string; task?: string; old?: string; new?: string }[] }> };
  assert.deepEqual(status.tasks["total"]!.reasons, [{ code: "upstream-changed", task: "num", old: "of:3", new: "of:2" }]);
  assert.deepEqual(status.tasks["read"]!.reasons.map(({ code }) => code), ["input-removed"], "what says it already");
  assert.match(transcript(await w.tg("status -v total"), w), /total +stale +upstream changed: "num" \(3 instances → 2 instances\)\n1\|\n/);
  const run = await w.tg("build");
  assert.match(run.stderr, /tg: 5 ran, 6 fresh/);
  assert.deepEqual([w.read("total"), w.read("joined"), w.read("read"), w.read("list")], ["a,c", "1\n3\n", "1\n3\n", "a\nc\n"]);
  assert.match((await w.tg("build")).stdout, /up to date/);
});

test("two families that swap their numbers of instances are seen by who names both; another name for one is not", async () => {
  const config = (right: string): string => `import { foreach } from "tg-build";\nexport default { tasks: {
    left: foreach("l/*", ({ file }) => ({ inputs: [file], run: () => 1 })),
    ${right}: foreach("r/*", ({ file }) => ({ inputs: [file], run: () => 1 })),
    list: { deps: ["left", "${right}"], outputs: ["list"], run: "ls l r > list" },\n} };\n`;
  const w = await workspace({ "tasks.config.ts": config("right"), "l/a": "1\n", "l/b": "1\n", "r/c": "1\n" });
  await w.tg("build -q");
  w.remove("l/b");
  w.write("r/b", "1\n");
  const status = JSON.parse((await w.tg("status --json")).stdout) as { tasks: Record<string, { state: string; reasons: { task?: string }[] }> };
  assert.deepEqual(status.tasks["list"]!.reasons.find(({ task }) => task === "left"), { code: "upstream-changed", task: "left", old: "of:2", new: "of:1" });
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(w.read("list"), "l:\na\n\nr:\nb\nc\n");
  w.write("tasks.config.ts", config("other"));
  assert.match((await w.tg("build")).stderr, /tg: 3 ran, 1 fresh/, "the functions stand in the config");
});

test("the file of an instance is no pattern, whatever its name", async () => {
  const w = await workspace({
    "tasks.config.ts": `import { defineConfig, foreach } from "tg-build";
export default defineConfig({ tasks: {
  up: foreach("pages/*.txt", ({ file, stem }) => ({ inputs: [file], outputs: [{ path: \`out/\${stem}.up\` }], run: ["sh", "-c", 'echo "$2" >>ran.log; cat "$1" >"$2"', "up", file, \`out/\${stem}.up\`] })),
} });
`,
    "pages/[slug].txt": "slug\n", "pages/s.txt": "s\n", "pages/{a,b}.txt": "either\n",
  });
  assert.equal(await built(w), "out/[slug].up,out/s.up,out/{a,b}.up");
  w.write("pages/[slug].txt", "slug, edited\n");
  assert.equal(await built(w), "out/[slug].up");
  assert.equal(w.read("out/[slug].up"), "slug, edited\n");
  w.write("pages/s.txt", "s, edited\n");
  assert.equal(await built(w), "out/s.up");
});
