// The config stands in the root wherever tg is called: what it reads by relative paths is the same from everywhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import { workspace, type Workspace } from "../support/rig.ts";
import { transcript } from "../support/story.ts";

const CONFIG = `import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { foreach } from "tg-build";
const names = readdirSync("packages").sort();
export default { tasks: {
  ...Object.fromEntries(names.map((name) => [name, { inputs: [\`packages/\${name}/x\`], outputs: [\`packages/\${name}/y\`], cwd: \`packages/\${name}\`, run: () => writeFileSync("y", readFileSync("x")) }])),
  each: foreach(names, ({ key }) => {
    const text = readFileSync(\`packages/\${key}/x\`, "utf8");
    return { outputs: [\`out/\${key}\`], cwd: "packages/" + key, run: () => writeFileSync(\`../../out/\${key}\`, text) };
  }),
  sum: { inputs: [{ path: "comment.txt", hash: (bytes) => String(bytes).replace(/#.*/g, "") }], outputs: ["sum"], run: "cat comment.txt > sum" },
} };
`;

const FILES = { "tasks.config.ts": CONFIG, "packages/a/x": "1", "packages/b/x": "2", "packages/a/packages/c/x": "3", "comment.txt": "a # b\n" };
const NAMES = "1| a\n1| b\n1| each[a]\n1| each[b]\n1| each\n1| sum\nexit 0";

async function built(w: Workspace, flags: string, cwd?: string): Promise<void> {
  assert.equal(transcript(await w.tg(`list --names ${flags}`, cwd === undefined ? {} : { cwd }), w), NAMES);
  assert.match(transcript(await w.tg(`build ${flags}`, cwd === undefined ? {} : { cwd }), w), /5 ran[^]*exit 0$/);
  assert.deepEqual([w.read("packages/b/y"), w.read("out/b")], ["2", "2"]);
}

test("from a subfolder, from outside with -C, and with -c", async () => {
  await built(await workspace(FILES), "", "packages/a");
  await built(await workspace(FILES), "-C ../..", "packages/a");
  await built(await workspace(FILES), "-c ../../tasks.config.ts", "packages/a");
});

test("tg verify and own hash functions", async () => {
  const w = await workspace(FILES);
  assert.equal((await w.tg("build")).code, 0);
  w.write("comment.txt", "a # c\n");
  assert.match(transcript(await w.tg("status", { cwd: "packages/a" }), w), /all 5 tasks fresh\nexit 0$/);
  const verified = await w.tg("verify a each", { cwd: "packages" });
  assert.match(transcript(verified, w), /^1\| tg: 3 the same \(N s\)\nexit 0$/);
});

test("tg verify: a task runs in its folder, empty or not, with the packages installed there", async () => {
  const w = await workspace({
    "tasks.config.ts": `export default { tasks: {
  empty: { outputs: ["out/e"], cwd: "lib/none", run: "pwd | sed 's/.*lib/lib/' > ../../out/e" },
  dep: { inputs: ["lib/a/x"], outputs: ["out/d"], cwd: "lib/a", run: "cat node_modules/dep/v x > ../../out/d" },
} };`,
    "lib/none/other": "", "lib/a/x": "x", "lib/a/node_modules/dep/v": "1",
  });
  assert.equal((await w.tg("build")).code, 0);
  assert.equal(transcript(await w.tg("verify"), w), "1| tg: 2 the same (N s)\nexit 0");
});

test("a config that replaces what the language has does not replace it for tg", async () => {
  const w = await workspace({ in: "a", more: "b", "tasks.config.ts": `import { appendFileSync } from "node:fs";
const { stringify } = JSON, { flatMap } = Array.prototype as any;
(JSON as any).stringify = (value: unknown) => "X" + stringify(value);
(Array.prototype as any).flatMap = function (...args: any[]) { return [...flatMap.apply(this, args), "more"]; };
(Array.prototype as any).toJSON = () => "array";
(String.prototype as any).dir = function () { return this + "/"; };
export default { tasks: {
  copy: { inputs: ["in"], outputs: [("d" as any).dir() + "out"], run: "cp in d/out; echo copy >>ran.log" },
  list: { inputs: ["in"], run: async (ctx: any) => { delete (Array.prototype as any).toJSON; await ctx.need("more"); appendFileSync("ran.log", "list\\n"); return [1, 2]; } },
} };
` });
  assert.equal((await w.tg("build -j1")).code, 0);
  assert.equal(w.ran(), "copy,list");
  assert.equal((await w.tg("results list --json")).stdout, '{"version":1,"results":{"list":[1,2]}}\n');
  for (const command of ["build", "status --check", "build"]) {
    const { code, stderr } = await w.tg(command);
    assert.deepEqual([code, stderr.includes("damaged")], [0, false]);
  }
  assert.equal(w.ran(), "");
  w.write("in", "edit");
  assert.equal((await w.tg("build -j1")).code, 0);
  assert.equal(w.ran(), "copy,list");
});
