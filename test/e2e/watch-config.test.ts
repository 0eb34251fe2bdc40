// tg watch while its config is edited: one of many tasks is evaluated in processes of its own, and means and says there what
// it means and says in the watch's.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test, type TestOptions } from "node:test";
import { isForeign, workspace, type Workspace } from "../support/rig.ts";

/** More tasks than may stay in memory with each version of a config (cli/apart.ts). */
const MANY = 3_100;
const onNode: TestOptions = { skip: isForeign && "on Node alone a config is evaluated apart" };

function replaceFile(w: Workspace, file: string, text: string): void {
  const draft = path.join(w.dir, "..", "draft");
  fs.writeFileSync(draft, text);
  fs.renameSync(draft, path.join(w.dir, file));
}

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
  // The list that a task made is known to the watch alone.
  replaceFile(w, "tasks.config.ts", configOf(barriers, { text: "3", more: '  up: foreach({ from: "a" }, ({ key }) => ({ outputs: [key], run: "echo up >>ran.log; echo >" + key })),\n' }));
  await until("watching for changes");
  assert.equal(w.ran(), "a,up");
  watch.signal("SIGINT");
  const { stderr } = await watch.done;
  return { text: stderr.replace(/\d+(\.\d+)? s\b/g, "N s").replace(/\d+ fresh/g, "N fresh"), here };
}

test("a config of many tasks is evaluated apart, and says what it says in the watch itself", onNode, async () => {
  const [few, many] = [await story(1), await story(MANY)];
  assert.equal(many.text, few.text);
  assert.deepEqual(few.here, [true, true, true, true, true, true, true]);
  assert.deepEqual(many.here, [true, false, false, false, false, false, true]);
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
  let heard = "";
  const until = async (expected: string): Promise<void> => {
    await watch.until(new RegExp((heard += "watching for changes\\n[^]*")));
    assert.equal(w.read("a.txt"), `${expected}\n`);
  };
  await until("own1 set1 pack1");
  replaceFile(w, "own.cjs", 'module.exports = "own2";\n');
  await until("own2 set1 pack1");
  replaceFile(w, "settings.txt", "set2");
  await until("own2 set2 pack1");
  w.write("node_modules/pack/index.js", 'module.exports = "pack2";\n');
  replaceFile(w, "node_modules/pack/package.json", '{ "name": "pack", "version": "2.0.0" }');
  await until("own2 set2 pack2");
  watch.signal("SIGINT");
  await watch.done;
  assert.equal((await w.tg("status --check")).code, 0);
});
