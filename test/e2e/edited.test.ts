// An edit of a few task files among many evaluates these alone, and gives what evaluating all of them would.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test, type TestOptions } from "node:test";
import { onDeno, workspace, type Workspace } from "../support/rig.ts";

const COUNT = 24;
/** Deno cuts times to seconds: what was written in the last two counts as edited (config/kept.ts), and here all was. */
const fine: TestOptions = { skip: onDeno && "to Deno all files of the test are as young as the edited one" };

function taskFile(i: number, { lines = "", input = "in.txt", text = `${i}` } = {}): string {
  return `import { appendFileSync, writeFileSync } from "node:fs";
import { defineTask } from "tg-build";
${lines}appendFileSync("loaded.log", "t${i}\\n");
export default defineTask(import.meta, {
  inputs: ["${input}"],
  outputs: ["out/t${i}"],
  run: ({ task, outputs }: { task: string; outputs: readonly string[] }) => {
    appendFileSync("ran.log", task + "\\n");
    writeFileSync(outputs[0]!, "${text}");
  },
});
`;
}

async function many(more: Record<string, string> = {}): Promise<Workspace> {
  const files: Record<string, string> = {
    "package.json": '{ "type": "module" }',
    "tasks.config.ts": `import { defineConfig } from "tg-build";\nexport default defineConfig({ include: ["tasks/*.task.ts"], tasks: { all: { inputs: ["out/*"], run: "echo all >> ran.log" } } });`,
    "in.txt": "1",
    "other.txt": "2",
  };
  for (let i = 0; i < COUNT; i++) files[`tasks/t${i}.task.ts`] = taskFile(i);
  const w = await workspace({ ...files, ...more });
  await built(w);
  return w;
}

async function built(w: Workspace): Promise<void> {
  const { code, stdout, stderr } = await w.tg("build");
  assert.equal(code, 0, stdout + stderr);
}

/** What was evaluated since the last question, sorted. */
function loaded(w: Workspace): string {
  const text = w.exists("loaded.log") ? w.read("loaded.log") : "";
  w.remove("loaded.log");
  return [...new Set(text.split("\n"))].filter((name) => name !== "").sort().join(",");
}

const ALL = Array.from({ length: COUNT }, (_, i) => `t${i}`).sort().join(",");

/** The state left by edits says what a state made from nothing says. */
async function asFromNothing(w: Workspace): Promise<void> {
  const listed = async (): Promise<unknown> => JSON.parse((await w.tg("list --json")).stdout) as unknown;
  const now = await listed();
  assert.equal((await w.tg("status --check")).code, 0);
  rmSync(join(w.dir, ".tg"), { recursive: true });
  assert.deepEqual(now, await listed());
}

test("an edited task file is evaluated alone", fine, async () => {
  const w = await many();
  assert.equal(loaded(w), ALL);
  w.ran();
  for (const text of ["first", "second"]) {
    w.write("tasks/t7.task.ts", taskFile(7, { text }));
    await built(w);
    assert.deepEqual([loaded(w), w.ran(), w.read("out/t7")], ["t7", "all,t7", text]);
  }
  w.write("tasks/t7.task.ts", taskFile(7));
  w.write("tasks/t8.task.ts", taskFile(8, { input: "other.txt" }));
  await built(w);
  assert.deepEqual([loaded(w), w.ran(), w.read("out/t7")], ["t7,t8", "all,t7,t8", "7"]);
  w.write("other.txt", "3");
  await built(w);
  // By the runtime that calls it.
  assert.deepEqual([loaded(w), w.ran()], ["t8", "t8"]);
  await asFromNothing(w);
});

test("what else changed has all of them evaluated", async () => {
  const w = await many({ "lib/shared.ts": "export const shared = 1;\n", "tasks/t3.task.ts": taskFile(3, { lines: 'import { shared } from "../lib/shared.ts";\nvoid shared;\n' }) });
  const edit = (text: string): void => w.write("tasks/t7.task.ts", taskFile(7, { text }));
  loaded(w);
  w.ran();
  edit("a");
  w.write("lib/shared.ts", "export const shared = 2;\n");
  await built(w);
  assert.deepEqual([loaded(w), w.ran()], [ALL, "all,t3,t7"]);
  edit("b");
  w.write("tasks/t99.task.ts", taskFile(99));
  await built(w);
  assert.deepEqual([loaded(w), w.ran()], [[...ALL.split(","), "t99"].sort().join(","), "all,t7,t99"]);
  edit("c");
  w.remove("tasks/t99.task.ts");
  await built(w);
  assert.deepEqual([loaded(w), w.ran(), w.exists("out/t99")], [ALL, "all,t7", false]);
  edit("d");
  w.write("tasks.config.ts", w.read("tasks.config.ts").replace("echo all", "echo all "));
  await built(w);
  assert.equal(loaded(w), ALL);
  w.ran();
  w.write("tasks/t7.task.ts", taskFile(7, { lines: 'import { shared } from "../lib/shared.ts";\nvoid shared;\n' }));
  await built(w);
  assert.equal(loaded(w), "t7");
  w.write("tasks/t7.task.ts", taskFile(7, { lines: 'import { fresh } from "../lib/fresh.ts";\nvoid fresh;\n' }));
  w.write("lib/fresh.ts", "export const fresh = 1;\n");
  await built(w);
  assert.equal(loaded(w), ALL);
  await asFromNothing(w);
});

test("a variable that another file read still counts after an edit", fine, async () => {
  const w = await many({ "tasks/t3.task.ts": taskFile(3, { lines: "const kind: string = process.env.KIND ?? \"plain\";\n" }).replace('inputs: ["in.txt"]', "inputs: [kind === \"plain\" ? \"in.txt\" : \"other.txt\"]") });
  loaded(w);
  w.write("tasks/t7.task.ts", taskFile(7, { text: "a" }));
  await built(w);
  assert.equal(loaded(w), "t7");
  w.ran();
  const { code } = await w.tg("build", { env: { KIND: "fine" } });
  assert.deepEqual([code, loaded(w), w.ran()], [0, ALL, "t3"]);
});

test("files that know of one another are evaluated together", async () => {
  const lines = 'import { next } from "../lib/count.ts";\nconst number = next();\n';
  const counted = (i: number, text: string): string => taskFile(i, { lines, text }).replace('inputs: ["in.txt"]', 'inputs: ["in.txt"], env: { NUMBER: `${number}` }');
  const w = await many({ "lib/count.ts": "let count = 0;\nexport const next = (): number => ++count;\n", "tasks/t3.task.ts": counted(3, "3"), "tasks/t5.task.ts": counted(5, "5") });
  loaded(w);
  w.ran();
  for (const i of [3, 5]) {
    w.write(`tasks/t${i}.task.ts`, counted(i, "new"));
    await built(w);
    assert.deepEqual([loaded(w), w.ran()], [ALL, `all,t${i}`]);
  }
  await asFromNothing(w);
});

test("what is wrong in an edited file is said as ever, and mended", async () => {
  const w = await many();
  const bad = async (text: string, said: RegExp): Promise<void> => {
    w.write("tasks/t7.task.ts", text);
    const { code, stderr } = await w.tg("build");
    assert.deepEqual([code, said.test(stderr)], [2, true], stderr);
  };
  await bad(taskFile(7).replace("export default", "export default ("), /tasks\/t7\.task\.ts/);
  await bad(taskFile(7, { lines: 'throw new Error("no");\n' }), /no/);
  await bad(taskFile(7).replace("outputs: [\"out/t7\"]", "outputs: [\"out/t8\"]"), /out\/t8/);
  await bad(taskFile(7).replace("inputs:", "imputs:"), /imputs/);
  w.write("tasks/t7.task.ts", taskFile(7, { text: "mended" }));
  w.ran();
  loaded(w);
  await built(w);
  assert.deepEqual([w.ran(), w.read("out/t7")], ["all,t7", "mended"]);
  w.write("tasks/t7.task.ts", taskFile(7, { text: "again" }));
  loaded(w);
  await built(w);
  assert.deepEqual([loaded(w), w.ran()], ["t7", "all,t7"]);
});

test("a family in an edited file, and a file that becomes one", async () => {
  const w = await many();
  loaded(w);
  w.write("tasks/t7.task.ts", 'import { appendFileSync } from "node:fs";\nimport { defineTask, foreach } from "tg-build";\nappendFileSync("loaded.log", "t7\\n");\nexport default defineTask(import.meta, foreach(["a", "b"], ({ key }) => ({ inputs: ["in.txt"], outputs: [`out/${key}`], run: `echo ${key} > out/${key}` })));\n');
  await built(w);
  assert.deepEqual([loaded(w), w.exists("out/a"), w.exists("out/t7")], [ALL, true, false]);
  await asFromNothing(w);
});

test("an edit of the config, or of what it imports, evaluates the config once", fine, async () => {
  const config = (text: string): string => `import { appendFileSync } from "node:fs";
import { name } from "./name.mjs";
appendFileSync("loaded.log", "config\\n");
export default { include: ["tasks/*.task.ts"], tasks: { [name]: { run: "echo ${text}" } } };
`;
  const w = await many({ "tasks.config.ts": config("one"), "name.mjs": 'export const name = "first";\n' });
  for (const [file, text] of [["tasks.config.ts", config("two")], ["name.mjs", 'export const name = "second";\n']] as const) {
    w.remove("loaded.log");
    w.write(file, text);
    await built(w);
    assert.deepEqual(w.read("loaded.log").split("\n").filter((line) => line === "config"), ["config"], file);
  }
});
