// What a config read while it was evaluated and its functions hold on to, on the built command: it counts as their code.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isForeign, workspace } from "../support/rig.ts";
import { transcript } from "../support/story.ts";

const CONFIG = `import { appendFileSync, existsSync, readFileSync, readdirSync } from "node:fs";
import { foreach } from "tg-build";
import { word } from "./word.ts";
const { version } = JSON.parse(readFileSync("data.json", "utf8"));
const mode = process.env.CAPTURED_MODE;
const names = readdirSync("names").sort();
const local = existsSync("local.txt");
const ran = (ctx) => appendFileSync("ran.log", ctx.task + "\\n");
export default { include: ["tasks/*.task.ts"], tasks: {
  tell: { run: (ctx) => { ran(ctx); return [version, mode ?? "none", names.join(), local, word].join(" "); } },
  shell: { inputs: ["a.txt"], run: "echo shell >> ran.log" },
} };
`;

const FILES = {
  "tasks.config.ts": CONFIG,
  "word.ts": 'import { readFileSync } from "node:fs";\nexport const word: string = readFileSync("word.txt", "utf8");\n',
  "word.txt": "w", "data.json": '{"version":1}', "names/n": "", "a.txt": "a", "own.txt": "own",
  "tasks/alone.task.ts": 'import { defineTask } from "tg-build";\nimport { appendFileSync, readFileSync } from "node:fs";\nconst own = readFileSync("own.txt", "utf8");\nexport default defineTask(import.meta, { run: (ctx) => { appendFileSync("ran.log", "alone\\n"); return own; } });\n',
  "tasks/other.task.ts": 'import { defineTask } from "tg-build";\nimport { appendFileSync } from "node:fs";\nexport default defineTask(import.meta, { run: () => { appendFileSync("ran.log", "other\\n"); return 1; } });\n',
};

test("a function runs again when what its modules read at load has changed, and no other task", async () => {
  const w = await workspace(FILES);
  const steps: readonly (readonly [change: () => void, ran: string, told: string, env?: Record<string, string>])[] = [
    [() => {}, "alone,other,shell,tell", "1 none n false w"],
    [() => w.write("data.json", '{"version":2}'), "tell", "2 none n false w"],
    [() => w.write("word.txt", "v"), "tell", "2 none n false v"],
    [() => w.write("names/o", ""), "tell", "2 none n,o false v"],
    [() => w.write("local.txt", ""), "tell", "2 none n,o true v"],
    [() => w.write("local.txt", "what is in it was not read"), "", "2 none n,o true v"],
    [() => {}, "tell", "2 fast n,o true v", { CAPTURED_MODE: "fast" }],
    [() => {}, "tell", "2 none n,o true v"],
    [() => w.write("own.txt", "other"), "alone", "2 none n,o true v"],
  ];
  for (const [change, ran, told, env = {}] of steps) {
    change();
    const run = await w.tg("build -j1", { env });
    assert.equal(run.code, 0, run.stderr);
    assert.equal(w.ran(), ran);
    assert.equal((await w.tg("results tell", { env })).stdout, JSON.stringify(told) + "\n");
    await w.tg("build", { env });
    assert.equal(w.ran(), "");
  }
  w.write("data.json", '{"version":3}');
  assert.match(transcript(await w.tg("status -v tell"), w), /^1\| tell {2}stale {8}code changed: data\.json$/m);
});

test("what the callback of a family reads counts for the functions it makes of that item", async () => {
  const w = await workspace({
    "tasks.config.ts": `import { appendFileSync, readFileSync } from "node:fs";
import { foreach } from "tg-build";
export default { tasks: { f: foreach(["a", "b"], ({ key }) => {
  const text = readFileSync(key + ".txt", "utf8");
  return { run: (ctx) => { appendFileSync("ran.log", ctx.task + "\\n"); return text; } };
}) } };\n`,
    "a.txt": "1", "b.txt": "2",
  });
  await w.tg("build -j1");
  assert.equal(w.ran(), "f[a],f[b]");
  w.write("b.txt", "3");
  await w.tg("build -j1");
  assert.equal(w.ran(), "f[b]");
  assert.equal((await w.tg("results f")).stdout, 'f[a]  "1"\nf[b]  "3"\n');
});

test("what one looks for and another reads counts by what is in it", async () => {
  const w = await workspace({
    "tasks.config.ts": `import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { foreach } from "tg-build";
import { there } from "./there.ts";
const text = readFileSync("data.txt", "utf8");
existsSync("1.item");
const ran = (ctx) => appendFileSync("ran.log", ctx.task + "\\n");
export default { tasks: {
  tell: { run: (ctx) => { ran(ctx); return there ? text : ""; } },
  each: foreach("*.item", ({ file }) => {
    const own = readFileSync(file, "utf8");
    return { run: (ctx) => { ran(ctx); return own; } };
  }),
} };\n`,
    "there.ts": 'import { existsSync } from "node:fs";\nexport const there: boolean = existsSync("data.txt");\n',
    "data.txt": "1", "1.item": "1",
  });
  await w.tg("build -j1");
  assert.equal(w.ran(), "each[1],tell");
  w.write("data.txt", "2");
  await w.tg("build -j1");
  assert.equal(w.ran(), "each[1],tell");
  w.write("1.item", "2");
  await w.tg("build -j1");
  assert.equal(w.ran(), "each[1]");
});

test("a file of variables that the config loads is read by it, and its variables are the config's alone", async () => {
  // Bun itself reads \`.env\` when it starts.
  const first = isForeign ? "first.env" : ".env";
  const w = await workspace({
    "tasks.config.ts": `import { appendFileSync } from "node:fs";
import process, { loadEnvFile } from "node:process";
process.loadEnvFile(${isForeign ? '"first.env"' : ""});
loadEnvFile("more.env");
const more = process.env.LOADED_MORE;
export default { tasks: {
  said: { outputs: ["said"], run: "echo " + process.env.LOADED_ONE + " \${LOADED_ONE:-unset} >said; echo said >>ran.log" },
  kept: { run: (ctx) => { appendFileSync("ran.log", "kept\\n"); return more; } },
} };\n`,
    [first]: "LOADED_ONE=1\n", "more.env": "LOADED_MORE=a\nLOADED_ONE=later\n",
  });
  const built = async (env: Record<string, string> = {}): Promise<string> => {
    const run = await w.tg("build -j1", { env });
    assert.equal(run.code, 0, run.stderr);
    return w.ran();
  };
  assert.equal(await built(), "kept,said");
  assert.equal(w.read("said"), "1 unset\n");
  assert.equal(await built(), "");
  w.write(first, "LOADED_ONE=2\n");
  assert.equal(await built(), "kept,said");
  assert.equal(w.read("said"), "2 unset\n");
  w.write("more.env", "LOADED_MORE=b\n");
  assert.equal(await built(), "kept");
  assert.equal((await w.tg("results kept")).stdout, '"b"\n');
  await built({ LOADED_ONE: "outer" });
  assert.equal(w.read("said"), "outer outer\n");
  w.remove("more.env");
  assert.match((await w.tg("build")).stderr, /tasks\.config\.ts:4:\d+: Error: ENOENT[^]*more\.env/);
});
