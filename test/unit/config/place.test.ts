// Where things are declared, from text alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilePath } from "../../../src/model/path.ts";
import { placeFinder } from "../../../src/config/place.ts";
import { codeOnly } from "../../../src/config/scan.ts";

const CONFIG = "tasks.config.ts" as FilePath;

function lineIn(text: string, task: string | null, field?: string): number {
  return placeFinder([CONFIG], [], () => text).placeOf(task, field).line;
}

const TEXT = `import { defineConfig, defineTask } from "tg-build";
// gen: { inputs: "a comment" }
const lint = { run: "eslint .", inputs: ["src/**"] };
const params = { gen: { type: "number" } };
export default defineConfig({
  params,
  inputs: ["tsconfig.json"],
  tasks: {
    gen: { inputs: ["schema/*.json"],
      outputs: ["gen/types.ts"], run: "node gen.mjs # { not: a key }" },
    "lib:js": {
      inputs: ["a"], run: ["cc", "-o", "x"] },
    lint,
    each: foreach("img/*.png", ({ file, stem }) => ({
      outputs: [\`thumbs/\${stem}.webp\`],
      run: ["cwebp", file] })),
    method: { async run(ctx) { return /["'{]/.test(ctx.task) ? 1 : 2; },
      tags: ["x"] },
    last: {},
  },
  jobs: 4,
});
`;

test("tasks are found by their key below tasks, also after strings, templates and patterns", () => {
  assert.equal(lineIn(TEXT, "gen"), 9);
  assert.equal(lineIn(TEXT, "lib:js"), 11);
  assert.equal(lineIn(TEXT, "each"), 14);
  assert.equal(lineIn(TEXT, "method"), 17);
  assert.equal(lineIn(TEXT, "last"), 19);
});

test("fields are found inside their task", () => {
  assert.equal(lineIn(TEXT, "gen", "inputs"), 9);
  assert.equal(lineIn(TEXT, "gen", "outputs[0]"), 10);
  assert.equal(lineIn(TEXT, "lib:js", "inputs"), 12);
  assert.equal(lineIn(TEXT, "each", "run"), 16);
  assert.equal(lineIn(TEXT, "method", "tags"), 18);
  assert.equal(lineIn(TEXT, "method", "run"), 17);
  assert.equal(lineIn(TEXT, "lint", "run"), 3);
});

test("a field the task does not spell is answered with the task's line", () => {
  assert.equal(lineIn(TEXT, "gen", "depfile"), 9);
});

test("fields at the top are not confused with those of tasks", () => {
  assert.equal(lineIn(TEXT, null, "inputs"), 7);
  assert.equal(lineIn(TEXT, null, "jobs"), 21);
  assert.equal(lineIn(TEXT, null, "env"), 0);
});

test("a generated task is answered with the only place of its field", () => {
  const text = `const tasks = {};\nfor (const n of names) {\n  tasks["up_" + n] = {\n    inptus: [n],\n    run: "x" };\n}\nexport default { tasks };\n`;
  assert.equal(lineIn(text, "up_1", "inptus"), 4);
  assert.equal(lineIn(text, "up_1"), 3);
});

test("a generated task is found by how its name is put together, the most particular way first", () => {
  const text = "// `t${no}`\nconst tasks = {};\nfor (const n of names) tasks[`t${n}`] = { run: `t ${n}` };\nfor (const n of names)\n  tasks[`test-${n}.${1}`] = {\n    run: 'echo' + n };\nexport default { tasks };\n";
  assert.equal(lineIn(text, "t1"), 3);
  assert.equal(lineIn(text, "test-a.1"), 5);
  assert.equal(lineIn(text, "test-a"), 3);
  assert.equal(lineIn(text, "other"), 0);
});

test("tasks assigned one by one", () => {
  const text = `const tasks = {};\ntasks.a = { run: "x" };\ntasks["b c"] = {\n  run: "y" };\nexport default { tasks };\n`;
  assert.equal(lineIn(text, "a"), 2);
  assert.equal(lineIn(text, "b c"), 3);
  assert.equal(lineIn(text, "b c", "run"), 4);
});

test("a task file is one task", () => {
  const text = `import { defineTask } from "tg-build";\n\nexport default defineTask(import.meta, {\n  inputs: ["a"],\n  run: "x",\n});\n`;
  const finder = placeFinder([CONFIG], [{ name: "thumbs", file: "tasks/thumbs.task.ts" as FilePath }], () => text);
  assert.deepEqual(finder.placeOf("thumbs", "run"), { file: "tasks/thumbs.task.ts", line: 5 });
});

test("many tasks at once stand where each of them does", () => {
  const other = "other.ts" as FilePath;
  const texts: Readonly<Record<string, string>> = { [CONFIG]: `import { more } from "./other.ts";\nconst tasks = { ...more };\ntasks.a = {};\nexport default { tasks };\n`, [other]: "export const more = {\n  b: {},\n};\n" };
  const generated = { ...texts, [other]: texts[other] + 'for (const x of "xy") more[`lib-${x}`] = {};\n' };
  const task = { name: "thumbs", file: "tasks/thumbs.task.ts" as FilePath };
  for (const [all, taskFiles] of [[texts, []], [generated, []], [texts, [task]]] as const) {
    const finder = placeFinder([CONFIG, other], taskFiles, (file) => all[file] ?? "export default {};\n");
    const names = ["a", "b", "lib-x", "thumbs", "c"];
    assert.deepEqual(finder.placesOf(names, CONFIG), names.map((name) => finder.placeOf(name, undefined, CONFIG)));
  }
});

test("code only: same length, same lines, nothing left of texts", () => {
  const text = "const a = `x ${ { b: '}' }.b } y`; // {\nconst r = /[/{]\\//g, d = 4 / 2; /* {\n */ f('\\'{')";
  const code = codeOnly(text);
  assert.equal(code.length, text.length);
  assert.equal(code.split("\n").length, 3);
  assert.equal(code.replace(/ +/g, " "), "const a = ` { { b: ' ' }.b } `; \nconst r = / /g, d = 4 / 2; \n f(' ')");
});
