// tg init: package.json in, files out, nothing overwritten.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { InitCommand } from "../../../src/cli/words/commands.ts";
import { calledFirst, init, planStarter } from "../../../src/cli/init.ts";
import { initLines } from "../../../src/report/starter.ts";
import { tempFolder } from "../../support/folder.ts";

function folder(files: Record<string, string>): { dir: string; command: InitCommand; read(file: string): string } {
  const dir = tempFolder("tg-init");
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    fs.writeFileSync(path.join(dir, file), text);
  }
  const command: InitCommand = { verb: "init", cwd: dir, standsIn: dir, config: null, color: "auto", quiet: false, verbose: 0, npmHooks: false, vscode: false };
  return { dir, command, read: (file) => fs.readFileSync(path.join(dir, file), "utf8") };
}

const PACKAGE = JSON.stringify({
  name: "x",
  scripts: { prebuild: "node gen.mjs", build: "tsc -p .", "test:unit": "node --test \"test/\"", test: "npm run build && npm run test:unit", dev: "vite", prepare: "npm run build", postbuild: "echo done", status: "tg status" },
  devDependencies: { "tg-build": "*" },
}, null, 4) + "\n";

function tasksOf(text: string): string {
  return text.slice(text.indexOf("  tasks: {"));
}

test("scripts become tasks; what never ends and what npm calls is left to npm", () => {
  const f = folder({ "package.json": PACKAGE });
  const done = init(f.command);
  assert.ok(done.ok);
  assert.deepEqual(done.value, { written: ["tasks.config.ts"], tasks: ["prebuild", "build", "test:unit", "test"], hooked: [], dropped: [], notInstalled: false, runtime: "node" });
  assert.equal(tasksOf(f.read("tasks.config.ts")), `  tasks: {
    prebuild: { run: "node gen.mjs" },
    build: { deps: ["prebuild"], always: true, run: "tsc -p ." },
    "test:unit": { deps: ["build"], always: true, run: "node --test \\"test/\\"" },
    test: { deps: ["build", "test:unit"] },
    // Left to npm: dev, prepare, postbuild, status
  },
});
`);
  assert.equal(f.read("package.json"), PACKAGE);
});

test("a bare build makes a product, not all that scripts can do; names a command line cannot say are left", () => {
  const configOf = (scripts: Record<string, string>): string => {
    const f = folder({ "package.json": JSON.stringify({ scripts }) });
    assert.ok(init(f.command).ok);
    return f.read("tasks.config.ts");
  };
  const all = configOf({ clean: "rm -rf dist", deploy: "./deploy", build: "tsc", test: "node --test", "-x": "echo x" });
  assert.match(all, /  \/\/ A bare "tg build" makes these; "tg build NAME" any other task\.\n  default: \["build"\],\n  tasks: \{\n    clean/);
  assert.match(all, /\/\/ Left to npm: -x\n/);
  assert.match(configOf({ release: "npm publish", lint: "oxlint", test: "node --test" }), /default: \["test"\],/);
  assert.match(configOf({ release: "npm publish" }), /default: \[\],/);
});

test("without package.json there is an example", () => {
  const f = folder({});
  const done = init(f.command);
  assert.ok(done.ok && done.value.notInstalled);
  assert.doesNotMatch(f.read("tasks.config.ts"), /default:/);
  assert.match(f.read("tasks.config.ts"), /hello: \{ outputs: \["hello\.txt"\]/);
});

test("nothing is overwritten, and nothing else written either", () => {
  const f = folder({ "package.json": PACKAGE, "tasks.config.mjs": "mine", ".vscode/tasks.json": "mine too" });
  const done = init({ ...f.command, vscode: true, npmHooks: true });
  assert.deepEqual(done, { ok: false, problems: [{ code: "file-exists", file: "tasks.config.mjs" }, { code: "file-exists", file: ".vscode/tasks.json" }] });
  assert.deepEqual(fs.readdirSync(f.dir).sort(), [".vscode", "package.json", "tasks.config.mjs"]);
  assert.deepEqual([f.read("tasks.config.mjs"), f.read(".vscode/tasks.json"), f.read("package.json")], ["mine", "mine too", PACKAGE]);
});

test("--npm-hooks puts tg in the place of the scripts and keeps the file's form", () => {
  const f = folder({ "package.json": PACKAGE });
  const done = init({ ...f.command, npmHooks: true });
  assert.ok(done.ok);
  assert.deepEqual([done.value.hooked, done.value.dropped, done.value.written], [["build", "test:unit", "test"], ["prebuild"], ["tasks.config.ts", "package.json"]]);
  assert.deepEqual((JSON.parse(f.read("package.json")) as { scripts: unknown }).scripts, { build: "tg", "test:unit": "tg", test: "tg", dev: "vite", prepare: "npm run build", postbuild: "echo done", status: "tg status" });
  assert.match(f.read("package.json"), /^\{\n {4}"name": "x",\n[^]*\}\n$/);
  assert.deepEqual(fs.readdirSync(f.dir).sort(), ["package.json", "tasks.config.ts"]);
});

test("--vscode writes editor tasks", () => {
  const f = folder({ "package.json": PACKAGE });
  assert.ok(init({ ...f.command, vscode: true }).ok);
  const { tasks } = JSON.parse(f.read(".vscode/tasks.json")) as { tasks: { label: string; args: string[] }[] };
  assert.deepEqual(tasks.map(({ label }) => label), ["tg build", "tg build prebuild", "tg build build", "tg build test:unit", "tg build test"]);
  assert.deepEqual(tasks[4]!.args, ["tg", "build", "test"]);
});

test("a package.json that is none is refused before anything is written", () => {
  for (const text of ["{", "[]"]) {
    const f = folder({ "package.json": text });
    const done = init(f.command);
    assert.equal(done.ok ? "" : done.problems[0]!.code, "config-syntax");
    assert.deepEqual(fs.readdirSync(f.dir), ["package.json"]);
  }
});

test("which scripts a script calls first", () => {
  const first = (command: string): unknown[] => Object.values(calledFirst(command, (name) => name !== "no"));
  assert.deepEqual(first("npm run a && pnpm run b:c && yarn d"), [["a", "b:c", "d"], ""]);
  assert.deepEqual(first("npm run -s a && npm test && tsc && x"), [["a", "test"], "tsc && x"]);
  assert.deepEqual(first("npm run a && npm run no && npm run b"), [["a"], "npm run no && npm run b"]);
  for (const command of ["tsc", "npm run a; npm run b", "npm run a -- --x", "npm install", "npm run a || x"]) assert.deepEqual(first(command), [[], command]);
});

test("with hooks no task calls a script: tg would wait for itself", () => {
  const scripts = { build: "tsc", test: "npm run build && node --test", lint: "eslint .", par: "npm-run-all lint build", ci: "npm run par && npm test", deep: "x && npm run lint", fix: "npm run lint -- --fix" };
  const plan = (hooked: boolean): unknown[] => {
    const { scripts: tasks, deps, leftOut } = planStarter(Object.entries(scripts).map(([name, command]) => ({ name, command })), hooked);
    return [Object.fromEntries(tasks.map(({ name, command }) => [name, command])), Object.fromEntries(deps), leftOut];
  };
  assert.deepEqual(plan(true), [{ build: "tsc", test: "node --test", lint: "eslint ." }, { test: ["build"] }, ["par", "ci", "deep", "fix"]]);
  assert.deepEqual(plan(false), [{ ...scripts, test: "node --test", ci: "" }, { test: ["build", "par"], ci: ["par", "test"] }, []]);
});

test("scripts that call each other in both orders never become a cycle", () => {
  const { deps } = planStarter([{ name: "a", command: "x" }, { name: "b", command: "y" }, { name: "one", command: "npm run a && npm run b" }, { name: "two", command: "npm run b && npm run a" }]);
  assert.deepEqual([...deps], [["one", ["a", "b"]], ["two", ["b", "a"]], ["b", ["a"]]]);
  assert.deepEqual([...planStarter([{ name: "prebuild", command: "npm run build" }, { name: "build", command: "x" }]).deps], [["prebuild", ["build"]]]);
});

test("what init says", () => {
  assert.deepEqual(initLines({ written: ["tasks.config.ts"], tasks: ["a"], hooked: ["a"], dropped: ["prea"], notInstalled: true, runtime: "node" }), [
    "wrote tasks.config.ts", "these scripts of package.json call tg now: a", "taken out of package.json, deps now: prea", "",
    "tg: next:", "  npm install --save-dev tg-build", "  say in tasks.config.ts what each task reads (inputs) and makes (outputs)", "  tg build",
  ]);
});

test("on Bun and Deno the next steps are theirs, and a package that Deno's own file names is installed", () => {
  const next = (files: Record<string, string>, runtime: "bun" | "deno"): readonly string[] => {
    const f = folder(files);
    const done = init({ ...f.command, vscode: true }, runtime);
    assert.ok(done.ok);
    const [{ command, args }] = (JSON.parse(f.read(".vscode/tasks.json")) as { tasks: [{ command: string; args: string[] }] }).tasks;
    return [...initLines(done.value).filter((line) => /^ .*(install|add|build)/.test(line)), [command, ...args].join(" ")];
  };
  assert.deepEqual(next({}, "bun"), ["  bun add --dev tg-build", "  bunx --bun tg build", "bunx --bun tg build"]);
  assert.deepEqual(next({}, "deno"), ["  deno install --dev npm:tg-build", "  deno run -A npm:tg-build/tg build", "deno run -A npm:tg-build/tg build"]);
  assert.deepEqual(next({ "deno.json": '{ "imports": { "tg-build": "npm:tg-build@^0.1.0" } }' }, "deno"), ["  deno run -A npm:tg-build/tg build", "deno run -A npm:tg-build/tg build"]);
});
