// The compiled copy of a config that functions are imported from, on the built command: it may be pruned, cut or removed,
// and the next build makes it anew by itself.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { workspace, type Workspace } from "../support/rig.ts";
import { leave, replaceFile, rounds } from "../support/watching.ts";

const CONFIG = `import { readFileSync, writeFileSync } from "node:fs";
import { defineConfig } from "tg-build";
import { firstOf } from "./lib/first.ts";
export default defineConfig({ tasks: {
  t: { inputs: ["a.txt"], outputs: ["out"], run: () => writeFileSync("out", firstOf(readFileSync("a.txt", "utf8")) + "\\n") },
  h: { inputs: [{ path: "a.txt", hash: (bytes) => firstOf(Buffer.from(bytes).toString()) }], outputs: ["same"], run: "cp a.txt same" },
} });
`;

async function project(): Promise<Workspace> {
  const w = await workspace({ "tasks.config.ts": CONFIG, "lib/first.ts": 'export { trimmed as firstOf } from "./trimmed.ts";\n', "lib/trimmed.ts": 'export const trimmed = (text: string): string => text.trim().split(" ")[0]!;\n', "a.txt": "1 x" });
  const run = await w.tg("build");
  assert.equal(run.code, 0, run.stderr);
  return w;
}

function filesOf(w: Workspace): string[] {
  const dir = path.join(w.dir, ".tg/config");
  return fs.readdirSync(dir, { recursive: true, encoding: "utf8" }).map((name) => path.join(dir, name)).filter((file) => fs.statSync(file).isFile());
}

async function holds(w: Workspace, value: string): Promise<void> {
  w.write("a.txt", `${value} x`);
  const status = await w.tg("status");
  assert.match(status.stdout, /^t +stale +input changed: a\.txt\nh +stale +input changed: a\.txt$/m, status.stderr);
  const run = await w.tg("build");
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stderr, /tg: 2 ran /);
  assert.equal(w.read("out"), `${value}\n`);
  assert.match((await w.tg("build")).stdout, /2 tasks up to date/);
}

test("a config that was refused several times and is as it was runs its functions", async () => {
  const w = await project();
  for (let i = 0; i < 6; i++) {
    w.write("tasks.config.ts", `${CONFIG.replace("outputs:", `outpust${i}: 1, outputs:`)}`);
    assert.equal((await w.tg("build")).code, 2);
  }
  w.write("tasks.config.ts", CONFIG);
  await holds(w, "2");
});

test("what is gone from the copy, or shorter than it was, is made anew", async () => {
  const w = await project();
  let value = 2;
  for (const file of filesOf(w)) {
    fs.rmSync(file, { force: true });
    await holds(w, String(value++));
  }
  for (const file of filesOf(w).filter((name) => name.endsWith(".mjs"))) {
    fs.truncateSync(file, fs.statSync(file).size >> 1);
    await holds(w, String(value++));
  }
  fs.rmSync(path.join(w.dir, ".tg/config"), { recursive: true });
  await holds(w, String(value));
});

test("a running watch keeps the copy it runs functions from while its config is refused", async () => {
  const w = await project();
  const watch = w.start("watch");
  await rounds(watch, 1);
  for (let i = 0; i < 6; i++) {
    replaceFile(w, "tasks.config.ts", CONFIG.replace("outputs:", `outpust${i}: 1, outputs:`));
    await watch.until(new RegExp(`outpust${i}`));
  }
  replaceFile(w, "a.txt", "9 x");
  await rounds(watch, 2);
  assert.equal(w.read("out"), "9\n");
  assert.match(await leave(watch, "SIGTERM"), /2 ran/);
});

test("a source that goes while the config is evaluated breaks nothing, and is missed by the next build", async () => {
  const config = (gone: string, line: string): string => `import fs from "node:fs";\n${line}fs.rmSync("${gone}");\nexport default { tasks: { a: { outputs: ["a.txt"], run: "echo ${gone} >a.txt" } } };\n`;
  const w = await workspace({ "tasks.config.mjs": config("part.mjs", 'import "./part.mjs";\n'), "part.mjs": "export {};\n" });
  assert.equal((await w.tg("build")).code, 0);
  const { code, stderr } = await w.tg("build");
  assert.deepEqual([code, stderr.split("\n")[0]], [2, 'tg: tasks.config.mjs:2: cannot find "./part.mjs"']);
  w.write("tasks.config.mjs", config("tasks.config.mjs", ""));
  const end = await w.tg("build");
  assert.deepEqual([end.code, w.read("a.txt")], [0, "tasks.config.mjs\n"], end.stderr);
});

test("a state folder that goes while the config is evaluated is made anew, once", async () => {
  const config = (once: string): string => `import fs from "node:fs";\n${once}fs.rmSync(".tg", { recursive: true, force: true });\nconst { value } = await import("./value.ts");\nexport default { tasks: { a: { outputs: ["a.txt"], run: \`echo \${value} > a.txt\` } } };\n`;
  const w = await workspace({ "tasks.config.ts": config('if (process.argv.includes("build") && !fs.existsSync("once")) fs.writeFileSync("once", "");\nelse fs.rmSync = () => {};\n'), "value.ts": "export const value: number = 7;\n" });
  const { code, stderr } = await w.tg("build");
  assert.deepEqual([code, w.read("a.txt")], [0, "7\n"], stderr);
  w.write("tasks.config.ts", config(""));
  const { code: always, stderr: told } = await w.tg("build");
  assert.equal(always, 2, told);
});

const LINKED = `import { readdirSync, writeFileSync } from "node:fs";
import { word } from "words";
import { fail } from "./fail.ts";
const listed = readdirSync("listed");
export default { tasks: {
  t: { inputs: ["a.txt"], outputs: ["out"], run: () => writeFileSync("out", word) },
  u: { inputs: ["a.txt"], outputs: ["n"], run: \`echo \${listed.length} > n\` },
} };
if (listed.includes("bad")) fail();
`;

test("a state folder that was moved and left a link behind finds packages and places in the config", async () => {
  const w = await workspace({
    "p/tasks.config.ts": LINKED, "p/fail.ts": 'export const fail = (): never => {\n  throw new Error("no");\n};\n', "p/a.txt": "1", "p/listed/x": "",
    "p/node_modules/words/package.json": '{ "name": "words", "type": "module", "exports": "./words.js" }', "p/node_modules/words/words.js": 'export const word = "w";\n',
  });
  const state = path.join(w.dir, "p/.tg");
  const build = async (): Promise<unknown[]> => {
    const { code, stderr } = await w.tg("-C p build");
    return [code, stderr.split("\n").filter((line) => /^✓|^tg: .*Error/.test(line)).map((line) => line.replace(/ \([^)]*\)|(?<=:2):\d+/, "")).sort()];
  };
  assert.deepEqual(await build(), [0, ["✓ t — never ran", "✓ u — never ran"]]);
  fs.renameSync(state, path.join(w.dir, "st"));
  fs.symlinkSync("../st", state);
  w.write("p/listed/y", "");
  assert.deepEqual(await build(), [0, ["✓ t — code changed: listed", "✓ u — command changed (echo 1 > n → echo 2 > n)"]]);
  w.write("p/listed/bad", "");
  assert.deepEqual(await build(), [2, ["tg: fail.ts:2: Error: no"]]);
  w.remove("p/listed/bad");
  fs.rmSync(path.join(w.dir, "st"), { recursive: true });
  fs.mkdirSync(path.join(w.dir, "st"));
  assert.deepEqual(await build(), [0, ["✓ t — never ran", "✓ u — never ran"]]);
});
