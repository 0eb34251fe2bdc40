// Loading real files: the dialects of imports, what is recorded, what goes wrong and where.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { AbsolutePath, FilePath } from "../../../src/model/path.ts";
import { loadConfig, type LoadOptions } from "../../../src/config/load.ts";
import type { LoadedConfig } from "../../../src/config/loaded.ts";
import type { Problem } from "../../../src/model/problem.ts";
import { tempFolder } from "../../support/folder.ts";

const top = tempFolder("tg-load");
let count = 0;

/** What stands for dist/index.js: the functions the configs below use. */
const FACE = `export const defineConfig = (c) => c;
export const defineTask = (meta, task) => { const made = typeof task.run === "function" ? Object.assign((c) => task.run(c), task) : { ...task }; Object.defineProperty(made, Symbol.for("tg.task"), { value: meta.url }); return made; };\n`;

function project(files: Record<string, string>): string {
  const root = join(top, `p${count++}`);
  write(root, { "face/index.mjs": FACE, ...files });
  return root;
}

function write(root: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function options(root: string, more: Partial<LoadOptions> = {}): LoadOptions {
  return { file: join(root, "tasks.config.ts") as AbsolutePath, root: root as AbsolutePath, stateDir: join(root, ".tg") as AbsolutePath, publicModule: join(root, "face/index.mjs"), ...more };
}

async function load(root: string, more: Partial<LoadOptions> = {}): Promise<LoadedConfig> {
  const result = await loadConfig(options(root, more));
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

async function fail(root: string, more: Partial<LoadOptions> = {}): Promise<readonly Problem[]> {
  const result = await loadConfig(options(root, more));
  assert.ok(!result.ok, "it loaded");
  return result.problems;
}

test("every dialect of import in one config", async () => {
  const root = project({
    "tasks.config.ts": `#!/usr/bin/env tg
import { defineConfig, type Config } from "tg-build";
import type { Unused } from "./absent-type.ts";
import { a } from "./lib/a.js";
import { b } from "./lib/b";
import index from "./lib";
import data from "./data.json" with { type: "json" };
import notes from "./notes.txt" with { type: "text" };
import { c } from "@lib/c";
import legacy from "./legacy.cjs";
import { pkg } from "some-pkg/sub";
import { mine } from "#mine";
import { workspace } from "linked";
import { join } from "node:path";
enum Colour { red = 1 }
class P { constructor(public x: number) {} }
const lazy = await import("./lib/lazy.ts");
export default defineConfig({
  a, b, index, data, notes, c, legacy, pkg, mine, workspace, lazy: lazy.value, red: Colour.red, p: new P(3).x,
  meta: [import.meta.filename, import.meta.dirname, import.meta.url, import.meta.main], joined: join("x", "y"),
} as unknown as Config) satisfies unknown;
`,
    "tsconfig.json": `{ /* maps */ "extends": "./base.json", }`,
    "base.json": `{ "compilerOptions": { "paths": { "@lib/*": ["./lib/*"] } } }`,
    "package.json": `{ "name": "p", "imports": { "#mine": "./lib/mine.ts" } }`,
    "lib/a.ts": `export const a: string = "a";\n`,
    "lib/b.ts": `export const b = "b";\n`,
    "lib/index.ts": `export default "index";\n`,
    "lib/c.ts": `import { a } from "./a.ts";\nexport const c = a + "c";\n`,
    "lib/mine.ts": `export const mine = "mine";\n`,
    "lib/lazy.ts": `export const value = "lazy";\n`,
    "data.json": `{"n": 1, "__proto__": 2}`,
    "notes.txt": "some\ntext",
    "legacy.cjs": `module.exports = "legacy";\n`,
    "node_modules/some-pkg/package.json": `{ "name": "some-pkg", "version": "1.2.3", "exports": { "./sub": { "import": "./sub.mjs" } } }`,
    "node_modules/some-pkg/sub.mjs": `export const pkg = "pkg";\n`,
    "packages/linked/package.json": `{ "name": "linked", "exports": "./src/main.ts" }`,
    "packages/linked/src/main.ts": `export const workspace: string = "workspace";\n`,
  });
  symlinkSync("../packages/linked", join(root, "node_modules/linked"));
  const loaded = await load(root);
  const value = loaded.value as Record<string, unknown>;
  assert.deepEqual({ ...value, data: JSON.stringify(value["data"]) }, {
    a: "a", b: "b", index: "index", data: `{"n":1,"__proto__":2}`, notes: "some\ntext", c: "ac", legacy: "legacy", pkg: "pkg", mine: "mine", workspace: "workspace",
    lazy: "lazy", red: 1, p: 3, meta: [join(root, "tasks.config.ts"), root, `file://${root}/tasks.config.ts`, false], joined: "x/y",
  });
  assert.deepEqual(loaded.modulesOf("tasks.config.ts" as FilePath)!.map((file) => file.path), [
    "data.json", "legacy.cjs", "lib/a.ts", "lib/b.ts", "lib/c.ts", "lib/index.ts", "lib/lazy.ts", "lib/mine.ts", "node_modules/some-pkg", "notes.txt", "packages/linked/src/main.ts", "tasks.config.ts",
  ]);
  assert.equal(loaded.modulesOf("tasks.config.ts" as FilePath)!.find((file) => file.path === "node_modules/some-pkg")!.digest, "1.2.3");
  assert.deepEqual(loaded.modulesOf("lib/c.ts" as FilePath)!.map((file) => file.path), ["lib/a.ts", "lib/c.ts"]);
  assert.equal(loaded.modulesOf("nowhere.ts" as FilePath), null);
  for (const file of ["tasks.config.ts", "base.json", "tsconfig.json", "package.json", "lib/a.ts", "data.json", "notes.txt", "legacy.cjs", "node_modules/some-pkg/package.json"]) assert.ok(loaded.reads.files.includes(file as FilePath), file);
  for (const file of ["lib/a.js", "lib/b", "lib.ts"]) assert.ok(loaded.reads.absent.includes(file as FilePath), file);
  assert.ok(existsSync(loaded.moduleFor("tasks.config.ts" as FilePath)!));
  assert.ok(!loaded.reads.volatile);
  assert.deepEqual(loaded.reads.folders, [], "what tg itself asks of the disk is not the config's doing");
});

test("files, folders, absences and names read during evaluation are recorded, in every spelling", async () => {
  const root = project({
    "tasks.config.ts": `import fs, { readFileSync, existsSync } from "node:fs";
import { readFile, readdir } from "fs/promises";
import process, { env } from "node:process";
const here = import.meta.dirname + "/";
readFileSync(here + "one.txt");
fs.readFileSync(new URL("two.txt", import.meta.url));
await readFile(here + "three.txt");
fs.readdirSync(here + "dir", { recursive: true });
await readdir(here + "other");
const there = existsSync(here + "nothing") || fs.existsSync(here + "four.txt");
try { readFileSync(here + "gone.txt"); } catch {}
await new Promise((done) => fs.readFile(here + "five.txt", done));
fs.readFileSync(here + "node_modules/x/y.txt");
process.env.SET_HERE = "1";
export default { a: env.NAME_A, b: process.env["NAME_B"], c: "NAME_C" in process.env, own: process.env.SET_HERE, there };
`,
    "one.txt": "", "two.txt": "", "three.txt": "", "four.txt": "", "five.txt": "", "dir/sub/x": "", "other/y": "", "node_modules/x/y.txt": "",
  });
  process.env["NAME_A"] = "from outside";
  const { value, reads } = await load(root);
  assert.deepEqual(value, { a: "from outside", b: undefined, c: false, own: "1", there: true });
  assert.deepEqual(reads.files, ["five.txt", "four.txt", "one.txt", "tasks.config.ts", "three.txt", "two.txt"]);
  assert.deepEqual(reads.absent, ["gone.txt", "nothing"]);
  assert.deepEqual(reads.folders, ["dir", "dir/sub", "other"]);
  assert.deepEqual(reads.env, ["NAME_A", "NAME_B", "NAME_C"]);
  assert.equal(reads.volatile, false);
  assert.equal(process.env["SET_HERE"], undefined, "what a config sets does not outlive it");
  assert.equal(process.env["NAME_A"], "from outside");
});

test("listing the environment counts as all of it, a started process makes the config volatile", async () => {
  const root = project({ "tasks.config.ts": `import { execSync, exec } from "node:child_process";\nimport { promisify } from "node:util";\nconst { stdout } = await promisify(exec)("echo b");\nexport default { n: Object.keys(process.env).length > 0, out: execSync("echo a", { encoding: "utf8" }) + stdout };\n` });
  const { value, reads } = await load(root);
  assert.deepEqual(value, { n: true, out: "a\nb\n" });
  assert.ok(reads.env.includes("*"));
  assert.equal(reads.volatile, true);
});

test("an unchanged config is imported from its kept copy, a changed one compiled again", async () => {
  const root = project({ "tasks.config.ts": `import { x } from "./x.ts";\nexport default { x };\n`, "x.ts": "export const x = 1;\n" });
  const folders = (): string[] => readdirSync(join(root, ".tg/config")).filter((name) => !name.endsWith(".json"));
  // Files are read again while their last change is too recent for their times to be trusted.
  await sleep(40);
  const before = await load(root);
  assert.equal(folders().length, 1);
  // A copy that is marked shows that it is what the second load imports.
  writeFileSync(before.moduleFor("x.ts" as FilePath)!, "export const x = 7;\n");
  // Deno cuts times to seconds, so there a fresh change is distrusted for longer than a test should last.
  if (process.versions["deno"] === undefined) assert.deepEqual((await load(root)).value, { x: 7 });
  write(root, { "x.ts": "export const x = 2;\n" });
  assert.deepEqual((await load(root)).value, { x: 2 });
  for (let i = 3; i < 8; i++) {
    write(root, { "x.ts": `export const x = ${i};\n` });
    assert.deepEqual((await load(root)).value, { x: i });
  }
  assert.equal(folders().length, 3, "only the newest are kept");
});

test("a file that was missing and now exists is noticed", async () => {
  const root = project({ "tasks.config.ts": `import { x } from "./x";\nexport default { x };\n`, "x/index.ts": "export const x = 'index';\n" });
  assert.deepEqual((await load(root)).value, { x: "index" });
  write(root, { "x.ts": "export const x = 'file';\n" });
  assert.deepEqual((await load(root)).value, { x: "file" });
});

test("the same process evaluates again when only what the config reads has changed", async () => {
  const root = project({ "tasks.config.ts": `import { readFileSync } from "node:fs";\nexport default { n: readFileSync(import.meta.dirname + "/n.txt", "utf8") };\n`, "n.txt": "1" });
  assert.deepEqual((await load(root)).value, { n: "1" });
  write(root, { "n.txt": "2" });
  const second = await load(root);
  assert.deepEqual(second.value, { n: "2" });
  assert.deepEqual(second.reads.files, ["n.txt", "tasks.config.ts"]);
  assert.equal(readdirSync(join(root, ".tg/config")).length, 2, "one folder, one note");
});

test("readOnly writes nothing, and a state folder that cannot be made is no obstacle", async () => {
  const root = project({
    "tasks.config.ts": `import { pkg } from "esm-only";\nexport default { pkg };\n`,
    "node_modules/esm-only/package.json": `{ "name": "esm-only", "version": "1.0.0", "exports": { "import": "./m.mjs" } }`,
    "node_modules/esm-only/m.mjs": `export const pkg = 1;\n`,
  });
  assert.deepEqual((await load(root, { readOnly: true })).value, { pkg: 1 });
  assert.equal(existsSync(join(root, ".tg")), false);
  writeFileSync(join(root, ".tg"), "a file is in the way");
  assert.deepEqual((await load(root)).value, { pkg: 1 });
});

test("task files: names, values, closures; listings are recorded", async () => {
  const root = project({
    "tasks.config.ts": `import four from "./other/four.task.ts";\nexport default { include: ["tasks/**/*.task.ts"], tasks: { four } };\n`,
    "tasks/one.task.ts": `import { defineTask } from "tg-build";\nimport { help } from "./help.ts";\nexport default defineTask(import.meta, { outputs: ["1"], run: () => help });\n`,
    "tasks/sub/two.task.ts": `import { defineTask } from "tg-build";\nexport default defineTask(import.meta, { run: "two" });\n`,
    "tasks/help.ts": `export const help = 1;\n`,
    "other/four.task.ts": `import { defineTask } from "tg-build";\nexport default defineTask(import.meta, { run: "four" });\n`,
  });
  const loaded = await load(root);
  assert.deepEqual(loaded.taskFiles.map(({ name, file }) => [name, file]), [["one", "tasks/one.task.ts"], ["two", "tasks/sub/two.task.ts"]]);
  assert.deepEqual(loaded.modulesOf("tasks/one.task.ts" as FilePath)!.map((file) => file.path), ["tasks/help.ts", "tasks/one.task.ts"]);
  assert.deepEqual(loaded.reads.folders, ["tasks", "tasks/sub"]);
  assert.ok(loaded.reads.files.includes("tasks/help.ts" as FilePath));
  assert.equal(loaded.exportedBy.get((loaded.value as { tasks: { four: unknown } }).tasks.four), "other/four.task.ts");
  assert.deepEqual(loaded.placeOf("one", "outputs"), { file: "tasks/one.task.ts", line: 3 });
});

test("a single task file is a whole config", async () => {
  const root = project({ "solo.task.ts": `import { defineTask } from "tg-build";\nexport default defineTask(import.meta, { run: "x" });\n` });
  const loaded = await load(root, { file: join(root, "solo.task.ts") as AbsolutePath });
  assert.deepEqual(loaded.taskFiles.map(({ name, file }) => [name, file]), [["solo", "solo.task.ts"]]);
});

test("include: nothing matched, no task exported", async () => {
  const root = project({ "tasks.config.ts": `export default { include: ["absent/*.task.ts", "t.task.ts"] };\n`, "t.task.ts": "export default { run: 'x' };\n" });
  assert.deepEqual(await fail(root), [
    { code: "include-empty", pattern: "absent/*.task.ts", at: { file: "tasks.config.ts", line: 1 } },
    { code: "include-no-task", file: "t.task.ts", found: "an object" },
  ]);
});

test("a computed import works, is told and makes the config volatile", async () => {
  const root = project({ "tasks.config.js": "const name = 'y';\nexport default { y: (await import(`./${name}.mjs`)).y };\n", "y.mjs": "export const y = 1;\n" });
  const loaded = await load(root, { file: join(root, "tasks.config.js") as AbsolutePath });
  assert.deepEqual(loaded.value, { y: 1 });
  assert.deepEqual(loaded.notices, [{ code: "untracked-import", file: "tasks.config.js", line: 2 }]);
  assert.equal(loaded.reads.volatile, true);
});

test("syntax errors have a place, in TypeScript, JavaScript and JSON, all at once", async () => {
  const root = project({ "tasks.config.ts": `import "./a.ts";\nimport "./b.json";\nexport default {};\n`, "a.ts": "const a = 1;\nconst b = = 2;\n", "b.json": `{\n "x": }` });
  const [a, b] = await fail(root);
  assert.deepEqual({ ...a, message: "" }, { code: "config-syntax", file: "a.ts", line: 2, column: 11, message: "" });
  assert.equal(b!.code === "config-syntax" && b.file, "b.json");
  const js = project({ "tasks.config.js": "const x = 1;\nexport default {\n  a: let,\n};\n" });
  const [only] = await fail(js, { file: join(js, "tasks.config.js") as AbsolutePath });
  assert.deepEqual(only!.code === "config-syntax" && [only.file, only.line], ["tasks.config.js", 3]);
});

test("a missing export is named with the person's file names", async () => {
  const root = project({ "tasks.config.ts": `import { gone } from "./lib.ts";\nexport default { gone };\n`, "lib.ts": "export const x = 1;\n" });
  const missing = { code: "config-export-missing", file: "tasks.config.ts", specifier: "./lib.ts", name: "gone", suggestion: null };
  assert.deepEqual(await fail(root), [{ ...missing, line: 1, column: 10 }]);
  write(root, { "tasks.config.ts": `// gone\nimport {\n  x,\n  gone as here,\n} from "./lib.ts";\nexport default { here, x };\n`, "lib.ts": "export const x = 1, gon = 2;\nconst g = 3;\nexport { g as Gone };\n" });
  assert.deepEqual(await fail(root), [{ ...missing, line: 4, column: 3, suggestion: "Gone" }]);
  write(root, { "tasks.config.ts": `import lib from "./lib.ts";\nexport default { lib };\n` });
  assert.deepEqual(await fail(root), [{ ...missing, name: "default", line: 1, column: 8 }]);
  write(root, { "tasks.config.ts": `import { x, readFil } from "node:fs";\nexport default { x, readFil };\n` });
  const [builtin] = await fail(root);
  assert.ok(builtin!.code === "config-export-missing");
  assert.deepEqual([builtin.specifier, ["x", "readFil"].includes(builtin.name), builtin.line], ["node:fs", true, 1]);
});

test("a throw has the line and column of the source and the config's own frames", async () => {
  const root = project({
    "tasks.config.ts": `import { helper } from "./helper.ts";\nconst name: string = "x", n: number = helper(name as string);\nexport default { n };\n`,
    "helper.ts": `export function helper(name: string): number {\n  const a: number = 1; throw new TypeError("no " + name);\n}\n`,
  });
  // JavaScriptCore points behind `new`, V8 before it.
  const column = process.versions["bun"] === undefined ? 30 : 34;
  assert.deepEqual(await fail(root), [
    { code: "config-throws", file: "helper.ts", line: 2, column, message: "TypeError: no x", frames: [`helper helper.ts:2:${column}`, "tasks.config.ts:2:39"] },
  ]);
  write(root, { "helper.ts": `export function helper() { throw "text"; }\n` });
  assert.deepEqual(await fail(root), [{ code: "config-throws", file: "tasks.config.ts", line: 0, column: 0, message: "text", frames: [] }]);
  // JavaScriptCore points elsewhere in a call.
  const lines = process.versions["bun"] !== undefined ? [] : ['import { c } from "./helper.ts"; console.log("c", `c`, "c".length, c.c());', 'import { c } from "./helper.ts"; const c1: (c: string) => void = (c) => c; c1("c"); c.c();', 'const c1: string = ""; import { c } from "./helper.ts"; c.c(c1);', 'import { c } from "./helper.ts"; function d<c>(a: c): c { return a; } d<any>(c).c();'];
  for (const line of lines) {
    write(root, { "helper.ts": "export const c: any = {};\n", "tasks.config.ts": line + "\nexport default { tasks: {} };\n" });
    const [thrown] = await fail(root);
    assert.ok(thrown!.code === "config-throws");
    assert.equal(line.slice(thrown!.column - 1).replace(/^\./, ""), /c\((?:c1)?\)\)?;$/.exec(line)![0], line);
  }
});

test("missing imports, relative and bare", async () => {
  const root = project({ "tasks.config.ts": `import "tg-build";\nimport { x } from "./gone.ts";\nimport y from "not-installed";\nconst z = await import("./optional.ts").catch(() => 1);\nexport default { x, y, z };\n` });
  assert.deepEqual(await fail(root), [
    { code: "config-import-missing", file: "tasks.config.ts", line: 2, specifier: "./gone.ts" },
    { code: "config-import-missing", file: "tasks.config.ts", line: 3, specifier: "not-installed" },
  ]);
  write(root, { "tasks.config.ts": `export default { z: await import("./optional.ts").catch(() => 1) };\n` });
  assert.deepEqual((await load(root)).value, { z: 1 });
});

test("no default export, or one that is no config", async () => {
  const root = project({ "tasks.config.ts": "export const tasks = {};\n" });
  assert.deepEqual(await fail(root), [{ code: "config-no-default", file: "tasks.config.ts", found: "undefined" }]);
  write(root, { "tasks.config.ts": "export default () => ({});\n" });
  assert.deepEqual(await fail(root), [{ code: "config-no-default", file: "tasks.config.ts", found: "a function" }]);
});

test("a namespace is refused; the word alone is not", async () => {
  const root = project({ "tasks.config.ts": `const namespace = 1; // namespace A {\nexport default { namespace, text: "namespace B {" };\n` });
  assert.deepEqual((await load(root)).value, { namespace: 1, text: "namespace B {" });
  write(root, { "tasks.config.ts": `export default {};\n\nexport namespace A {\n  export const x = 1;\n}\n` });
  assert.deepEqual(await fail(root), [{ code: "config-namespace", file: "tasks.config.ts", line: 3 }]);
});

// Deno's test runner reports the await by itself as well.
test("an await that never settles is a timeout, not a hang", { skip: process.versions["deno"] !== undefined }, async () => {
  const root = project({ "tasks.config.ts": "await new Promise(() => {});\nexport default {};\n" });
  // Something else to do, or Node's test runner ends with the event loop.
  const busy = setInterval(() => {}, 1000);
  after(() => clearInterval(busy));
  assert.deepEqual(await fail(root, { timeoutMs: 50 }), [{ code: "config-timeout", file: "tasks.config.ts", seconds: 0.05 }]);
});

test("a config that cannot be copied for its second evaluation is compiled elsewhere", async () => {
  const root = project({ "tasks.config.ts": 'import fs from "node:fs";\nimport { part } from "./part.ts";\nexport default { tasks: {}, said: part + fs.readFileSync("said.txt", "utf8") };\n', "part.ts": 'export const part: string = "p";\n', "said.txt": "1" });
  const said = async (): Promise<unknown> => ((await load(root)).value as { said?: unknown }).said;
  const cwd = process.cwd();
  process.chdir(root);
  try {
    assert.equal(await said(), "p1");
    const base = join(root, ".tg/config");
    for (const name of readdirSync(base)) if (!name.endsWith(".json")) writeFileSync(join(base, `${name}.${process.pid}.1`), "in the way");
    write(root, { "said.txt": "2" });
    assert.equal(await said(), "p2");
  } finally {
    process.chdir(cwd);
  }
});
