// Sources, tests and benchmarks type-check, and the public face has the types that configs rely on.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { test } from "node:test";
import { chain, defineConfig, defineTask, foreach, sequence, type Config, type Task } from "../src/index.ts";
import { tempFolder } from "./support/folder.ts";

const repo = process.env["TG_REPO"] ?? process.cwd();

test("everything type-checks", () => {
  const tsc = spawnSync(process.execPath, [path.join(repo, "node_modules/typescript/bin/tsc"), "-p", repo, "--noEmit"], { encoding: "utf8" });
  assert.equal(tsc.status, 0, tsc.stdout + tsc.stderr);
});

/** A block that is no module stands in a config where its first field belongs. */
function wholeModule(block: string): string {
  if (/^(import|export|\/\/)/.test(block)) return block;
  const [, first] = /^(\w+):/.exec(block) ?? [];
  const config = first === "params" ? `${block.trimEnd()}, tasks: {}` : first === "run" ? `tasks: { a: {\n${block}} }` : `tasks: {\n${block}}`;
  return `import { defineConfig, foreach } from "tg-build";\nimport { readFileSync, statSync, writeFileSync } from "node:fs";\nexport default defineConfig({\n${config} });\n`;
}

test("what the pages and examples have in TypeScript compiles as in a new project", () => {
  const dir = tempFolder("tg-pages");
  const files: string[] = [];
  for (const page of ["README.md", ...fs.readdirSync(path.join(repo, "docs")).map((name) => "docs/" + name)]) {
    const blocks = fs.readFileSync(path.join(repo, page), "utf8").matchAll(/^```ts\n([^]*?)^```/gm);
    for (const [, block] of blocks) {
      files.push(`${path.basename(page, ".md")}-${files.length}.ts`);
      fs.writeFileSync(path.join(dir, files.at(-1)!), wholeModule(block!));
    }
  }
  assert.ok(files.length > 20, String(files.length));
  for (const name of fs.readdirSync(path.join(repo, "examples"))) {
    const config = path.join(repo, "examples", name, "tasks.config.ts");
    if (fs.existsSync(config)) files.push(config);
  }
  // Those of tsc --init.
  const options = { strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, module: "nodenext", target: "es2022", lib: ["es2023"], skipLibCheck: true };
  const here = { noEmit: true, allowImportingTsExtensions: true, types: ["node"], typeRoots: [path.join(repo, "node_modules/@types")], paths: { "tg-build": [path.join(repo, "src/index.ts")], "tg-build/api": [path.join(repo, "src/api.ts")] } };
  fs.writeFileSync(path.join(dir, "package.json"), '{ "type": "module" }');
  fs.writeFileSync(path.join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions: { ...options, ...here }, files }));
  const tsc = spawnSync(process.execPath, [path.join(repo, "node_modules/typescript/bin/tsc"), "-p", dir, "--pretty", "false"], { encoding: "utf8" });
  assert.equal(tsc.status, 0, tsc.stdout + tsc.stderr);
});

test("configs are typed", () => {
  const task = { inputs: ["a"], outputs: ["b"], run: "cp a b" } satisfies Task;
  const config = defineConfig({ tasks: { ...sequence({ one: task, two: { run: ["true"] }, three: chain([task]) }), both: chain([task, { run: () => 1 }]) } }) satisfies Config;
  assert.deepEqual(Object.keys(config.tasks), ["one", "two", "three", "both"]);
  // @ts-expect-error: a misspelt field of a task
  ({ input: ["x"], run: "true" }) satisfies Task;
  // @ts-expect-error: one of copy, concat and write
  ({ run: { copy: "a", write: "b", to: "c" } }) satisfies Task;
  // @ts-expect-error: a wrong kind of value is an error in the editor already
  defineConfig({ tasks: { a: { inputs: 5, run: "true" } } });
});

test("families are typed by what they go over", () => {
  const files = foreach("img/*.png", ({ file, stem, dir, ext, key, index }) => ({ inputs: [file], run: [stem, dir, ext, key, String(index)] }));
  const list = foreach([{ name: "a", size: 1 }], ({ value: { name, size } }) => ({ run: [name, size.toFixed(1)] }), { key: ({ value }) => value.name, minSuccess: 0.9 });
  const matrix = foreach({ matrix: { os: ["linux", "mac"], node: [20, 22] } }, ({ value: { os, node } }) => chain([{ run: [os, node.toFixed()] }]));
  // @ts-expect-error: an element of a list has no file
  foreach(["a"], ({ file }) => ({ run: [file] }));
  // @ts-expect-error: a value of the matrix by a wrong name
  foreach({ matrix: { os: ["linux"] } }, ({ value: { so } }) => ({ run: [so] }));
  const config = defineConfig({ tasks: { files, list, matrix, ...sequence({ one: files, two: list }), single: defineTask({ url: "" }, files) } }) satisfies Config;
  assert.equal(Object.keys(config.tasks).length, 6);
});
