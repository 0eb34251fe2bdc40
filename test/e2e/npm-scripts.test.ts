// tg in the scripts of package.json: whose words are whose. npm runs them itself; for other managers the variables are set
// as pnpm 9, pnpm 10, yarn 1, yarn 4 and bun 1 set them.
import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { workspace, type Workspace } from "../support/rig.ts";
import { config } from "../support/story.ts";

const TASKS = `    one: { inputs: ["in"], outputs: ["dist/a"], run: "cp in dist/a" },
    two: { inputs: ["in"], outputs: ["sub/b"], params: { n: { type: "number", default: 0 } }, run: "echo $n > sub/b" },
    clean: { outputs: ["c"], run: "touch c" },
    whole: { outputs: ["w"], run: "touch w" },`;

/** A package in a workspace, and the person anywhere in it. */
const project = (scripts: Readonly<Record<string, string>>): Promise<Workspace> =>
  workspace({ "package.json": JSON.stringify({ name: "top", private: true, workspaces: ["p"] }), "p/package.json": JSON.stringify({ name: "p", version: "1.0.0", scripts }), "p/tasks.config.mjs": config(TASKS), "p/in": "1\n", "p/sub/p.json": '{"n":2}', "p/p.json": '{"n":1}' });

const MADE = ["dist/a", "sub/b", "c", "w"];

/** What a call of npm makes. */
async function made(w: Workspace, words: string, cwd = "."): Promise<string> {
  for (const file of MADE) fs.rmSync(`${w.dir}/p/${file}`, { force: true });
  const { code, stdout, stderr } = await w.sh(`npm --silent ${words}`, { cwd, env: { npm_config_update_notifier: "false" } });
  assert.equal(code, 0, words + stdout + stderr);
  return MADE.filter((file) => w.exists(`p/${file}`)).join(" ");
}

test("a file in the script's own text begins in its package, wherever npm is called", async () => {
  const w = await project({ build: "tg build dist/a", quoted: 'true && ../node_modules/.bin/tg -q build "dist/a" -k > said', many: "tg build one && tg build dist/a -k", skip: "tg build one two --skip dist/a", some: "F=dist/a; tg build $F" });
  fs.mkdirSync(`${w.dir}/node_modules/.bin`, { recursive: true });
  fs.writeFileSync(`${w.dir}/node_modules/.bin/tg`, '#!/bin/sh\nPATH=${PATH#*/node_modules/.bin:} exec tg "$@"\n', { mode: 0o755 });
  for (const [words, cwd] of [["run build -w p", "."], ["run build", "p"], ["run build", "p/sub"], ["run build -w p -- -k", "."], ["run quoted -w p", "."], ["run many -w p", "."], ["run some -w p", "."]] as const) {
    assert.equal(await made(w, words, cwd), "dist/a", `${words} in ${cwd}`);
  }
  assert.equal(await made(w, "run skip -w p"), "sub/b");
});

test("an appended file begins where npm is called", async () => {
  const w = await project({ build: "tg build", bare: "tg", status: "tg build --skip one" });
  assert.equal(await made(w, "run build -w p -- p/dist/a"), "dist/a");
  assert.equal(await made(w, "run build -- b", "p/sub"), "sub/b");
  assert.equal(await made(w, "run bare -- ../c", "p/sub"), "c");
  assert.equal(await made(w, "run bare -w p -- p/dist/a p/c"), "dist/a c");
});

test("each file that a flag names begins where the flag was written", async () => {
  const w = await project({ own: "tg build sub/b --params-file p.json --trace t.json", other: "tg build --params-file p.json" });
  assert.equal(await made(w, "run own -w p"), "sub/b");
  assert.deepEqual([w.read("p/sub/b"), w.exists("p/t.json"), w.exists("t.json")], ["1\n", true, false]);
  assert.equal(await made(w, "run own -- --trace=t.json --params-file p.json", "p/sub"), "sub/b");
  assert.deepEqual([w.read("p/sub/b"), w.exists("p/sub/t.json")], ["2\n", true]);
  assert.equal(await made(w, "run other -- b", "p/sub"), "sub/b");
  assert.equal(w.read("p/sub/b"), "1\n");
});

test("behind a script that ends with tg every word is a target, though it is called like a command", async () => {
  const w = await project({ bare: "tg", mode: "MODE=x tg", moved: "cd . && tg" });
  for (const script of ["bare", "mode", "moved"]) assert.equal(await made(w, `run ${script} -w p -- clean`), "c", script);
});

type Manager = (event: string, script: string, start: string) => Record<string, string>;

const MANAGERS = (w: Workspace): Readonly<Record<string, Manager>> => {
  const file = { npm_package_json: `${w.dir}/p/package.json` };
  const pnpm9: Manager = (event, script, start) => ({ npm_command: "run-script", npm_lifecycle_event: event, npm_lifecycle_script: script, INIT_CWD: start });
  return {
    "pnpm 9": pnpm9,
    "pnpm 10": (...call) => ({ ...pnpm9(...call), ...file }),
    "yarn 1": (event, script, start) => ({ npm_lifecycle_event: event, npm_lifecycle_script: script, INIT_CWD: start === w.dir ? `${w.dir}/p` : start }),
    "yarn 4": (event, _, start) => ({ npm_lifecycle_event: event, INIT_CWD: start === w.dir ? `${w.dir}/p` : start, ...file }),
    bun: (event, script) => ({ npm_command: "run-script", npm_lifecycle_event: event, npm_lifecycle_script: script, ...file }),
  };
};

test("pnpm, yarn and bun: the words of a script and the appended ones", async () => {
  const scripts = { build: "tg build dist/a", bare: "tg", whole: "tg -k" };
  const w = await project(scripts);
  for (const [manager, variables] of Object.entries(MANAGERS(w))) {
    const made = async (event: keyof typeof scripts, appended: string, start = w.dir): Promise<string> => {
      for (const file of MADE) fs.rmSync(`${w.dir}/p/${file}`, { force: true });
      const text = scripts[event] + (appended === "" ? "" : ` ${appended}`);
      const script = manager.startsWith("pnpm") ? text : scripts[event];
      const { code, stderr } = await w.tg(text.slice(3), { cwd: "p", env: variables(event, script, start) });
      assert.equal(code, 0, `${manager}: ${text}: ${stderr}`);
      return MADE.filter((one) => w.exists(`p/${one}`)).join(" ");
    };
    assert.equal(await made("build", ""), "dist/a", manager);
    assert.equal(await made("build", "", `${w.dir}/p/sub`), "dist/a", manager);
    assert.equal(await made("whole", ""), "w", manager);
    assert.equal(await made("bare", "clean"), "c", manager);
    if (manager !== "bun") assert.equal(await made("bare", "b", `${w.dir}/p/sub`), "sub/b", manager);
    if (manager.startsWith("pnpm")) assert.equal(await made("bare", "p/dist/a"), "dist/a", manager);
  }
});
