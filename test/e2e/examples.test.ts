// Each example as a person would use it: build, build again, edit, status -v, why.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { repo, workspace, type Finished, type Workspace } from "../support/rig.ts";

/** A copy of an example with the repository's development packages. `data` is laid over it, so that who tried the example by an edit of its data can test all the same. */
async function example(name: string, data: Record<string, string> = {}): Promise<Workspace> {
  const w = await workspace({}, path.join(repo, "examples", name));
  for (const entry of [".bin", "typescript", "esbuild", "@types", "@typescript", "@esbuild", "undici-types"]) fs.symlinkSync(path.join(repo, "node_modules", entry), path.join(w.dir, "node_modules", entry));
  for (const [file, text] of Object.entries(data)) w.write(file, text);
  return w;
}

/** Two days of readings of four sensors, as the example has them. */
const readings = ["hour,sensor,celsius", ...Array.from({ length: 48 }, (_, hour) => ["attic", "cellar", "garden", "kitchen"].map((sensor, i) => `${hour},${sensor},${(12 + 4 * i + (hour % 7) / 2).toFixed(1)}`)).flat(), ""].join("\n");

function succeeded(run: Finished): Finished {
  assert.equal(run.code, 0, `exit ${run.code}\n${run.stdout}${run.stderr}`);
  return run;
}

/** Names of the tasks that a build ran, sorted. */
async function built(w: Workspace, env: Record<string, string> = {}): Promise<string[]> {
  const run = succeeded(await w.tg("build --json", { env }));
  const events = run.stdout.trim().split("\n").map((line) => JSON.parse(line) as { event: string; task?: string; outcome?: string });
  return events.filter((e) => e.event === "task-ended" && e.outcome === "ran").map((e) => e.task ?? "").sort();
}

async function states(w: Workspace): Promise<Record<string, string>> {
  const run = succeeded(await w.tg("status --json"));
  const { tasks } = JSON.parse(run.stdout) as { tasks: Record<string, { state: string }> };
  return Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, task.state]));
}

async function settles(w: Workspace): Promise<void> {
  const again = succeeded(await w.tg("build"));
  assert.equal((again.stdout + again.stderr).trim().split("\n").length, 1, `one line expected:\n${again.stdout}${again.stderr}`);
  assert.deepEqual(await built(w), []);
}

function edit(w: Workspace, file: string, from: string, to: string): void {
  const text = w.read(file);
  assert.ok(text.includes(from), `${file} has no "${from}"`);
  w.write(file, text.replace(from, to));
}

test("typescript-lib: a comment compiles and stops there, a change is bundled and tested", async () => {
  const w = await example("typescript-lib");
  assert.deepEqual(await built(w), ["bundle", "compile", "size", "test"]);
  assert.ok(w.exists("dist/types/src/index.d.ts"));
  await settles(w);

  edit(w, "src/slug.ts", "export function slug", "// Keeps letters and digits.\nexport function slug");
  assert.deepEqual(await states(w), { bundle: "stale", compile: "stale", size: "maybe", test: "maybe" });
  const status = succeeded(await w.tg("status -v"));
  assert.match(status.stdout, /src\/slug\.ts/);
  assert.match(succeeded(await w.tg("why test")).stdout, /src\/slug\.ts/);
  const afterComment = await built(w);
  assert.ok(afterComment.includes("compile") && !afterComment.includes("test") && !afterComment.includes("size"), afterComment.join());
  await settles(w);

  edit(w, "src/slug.ts", '"-")', '"_")');
  const broken = await w.tg("build -k");
  assert.equal(broken.code, 1);
  assert.match(broken.stdout + broken.stderr, /test/);
  edit(w, "src/slug.ts", '"_")', '"-")');
  succeeded(await w.tg("build"));
  await settles(w);

  fs.renameSync(path.join(w.dir, "src/table.ts"), path.join(w.dir, "src/columns.ts"));
  edit(w, "src/index.ts", "./table.ts", "./columns.ts");
  succeeded(await w.tg("build"));
  assert.ok(!w.exists("out/src/table.js") && !w.exists("dist/types/src/table.d.ts"));
  assert.ok(w.exists("out/src/columns.js"));
});

const noGcc = spawnSync("gcc", ["--version"]).status === 0 && spawnSync("ar", ["--version"]).status === 0 ? false : "gcc or ar is not installed";

test("c-project: headers from depfiles, equal objects stop the wave, the generated header is order only", { skip: noGcc }, async () => {
  const w = await example("c-project", { VERSION: "1.2.0\n" });
  const all = await built(w);
  assert.equal(all.filter((task) => task.startsWith("obj/")).length, 14);
  assert.equal((await w.sh("build/calc --version")).stdout, "calc 1.2.0\n");
  await settles(w);

  succeeded(await w.sh("touch include/*.h lib/*.c"));
  assert.deepEqual(await built(w), []);

  edit(w, "include/table.h", "/* A hash table", "/* A table");
  assert.match(succeeded(await w.tg("why obj/lib/table.o")).stdout, /include\/table\.h/);
  const comment = await built(w);
  assert.deepEqual(comment, ["obj/lib/functions.o", "obj/lib/parser.o", "obj/lib/table.o", "obj/src/main.o", "obj/src/names.o", "obj/test/check_calc.o", "obj/test/check_table.o"]);

  edit(w, "VERSION", "1.2.0", "1.3.0");
  assert.match(succeeded(await w.tg("status -v")).stdout, /VERSION/);
  assert.deepEqual(await built(w), ["calc", "obj/src/options.o", "test", "version"]);
  assert.equal((await w.sh("build/calc --version")).stdout, "calc 1.3.0\n");
  await settles(w);

  w.remove("obj/lib/hash.o");
  assert.deepEqual(await built(w), ["obj/lib/hash.o"]);

  edit(w, "lib/hash.c", "16777619u", "16777619");
  w.write("lib/extra.c", "int extra(void) { return 1; }\n");
  assert.deepEqual((await built(w)).filter((task) => !task.startsWith("obj/lib/")), ["archive", "calc", "unit"], "nobody calls extra(), so the linked programs are the same and need no test");
  assert.match((await w.sh("ar t build/libcalc.a")).stdout, /extra\.o/);
  w.remove("lib/extra.c");
  succeeded(await w.tg("build"));
  assert.doesNotMatch((await w.sh("ar t build/libcalc.a")).stdout, /extra\.o/);
  assert.ok(!w.exists("obj/lib/extra.o"), "the object of a removed source is left over");
  await settles(w);
});

test("data-pipeline: four shapes, intermediates that their consumer deletes, sizes from a file and the environment", async () => {
  const w = await example("data-pipeline", { "data/readings.csv": readings });
  assert.equal((await built(w)).length, 46);
  const report = w.read("out/report.md");
  assert.match(report, /\| A \| 192 \|/);
  await settles(w);

  assert.match(succeeded(await w.tg("status -v")).stdout, /^B\/part-0 +fresh +not on disk$/m);

  // B's parts are gone, and that is fine; A's summary is the same made from them again.
  assert.deepEqual(w.list().filter((file) => file.startsWith("out/B/")), ["out/B/summary.txt"]);
  w.remove("out/B/summary.txt");
  assert.equal((await states(w))["B/part-0"], "stale");
  assert.match(succeeded(await w.tg("why B/summary")).stdout, /out\/B\/summary\.txt/);
  assert.deepEqual(await built(w), ["B/part-0", "B/part-1", "B/part-2", "B/part-3", "B/summary"]);
  await settles(w);

  // Two readings change places in their sum: the second stage of C has nothing to do.
  edit(w, "data/readings.csv", "5,attic,", "5,loft,");
  assert.match(succeeded(await w.tg("status -v C/second/summary")).stdout, /maybe/);
  const swapped = await built(w);
  assert.ok(swapped.includes("C/first/part-0"));
  assert.ok(!swapped.some((task) => task.startsWith("C/second/") || task === "report"), swapped.join());

  edit(w, "data/readings.csv", "5,cellar,", "5,cellar,1");
  assert.ok((await built(w)).includes("report"));
  assert.notEqual(w.read("out/report.md"), report);

  edit(w, "tasks.config.ts", "export default", "// the tasks\nexport default");
  assert.deepEqual(await built(w), []);
  const six = await built(w, { PARTS: "6" });
  assert.ok(six.includes("A/part-5") && six.includes("A/summary"));
  succeeded(await w.tg("build"));
  assert.ok(!w.exists("out/A/part-5.txt"), "a part that is no longer declared is left over");
  await settles(w);
});

test("npm-hooks: npm run build and npm test build the task of the script's name", async () => {
  const w = await example("npm-hooks", { "words.txt": "make\nninja\nredo\nshake\n" });
  const bin = path.join(w.dir, "node_modules/.bin");
  fs.rmSync(bin);
  fs.mkdirSync(bin);
  fs.symlinkSync("../tg-build/bin/tg.cjs", path.join(bin, "tg"));
  const npm = async (line: string): Promise<Finished> => succeeded(await w.sh(`npm ${line}`, { env: { npm_config_update_notifier: "false" } }));

  await npm("run --silent build");
  assert.ok(w.exists("dist/pick.mjs") && w.exists("dist/words.mjs"));
  assert.equal((await states(w))["test"], "stale");
  await npm("test --silent");
  await settles(w);

  edit(w, "words.txt", "redo", "tup");
  assert.match((await npm("run --silent status")).stdout, /words\.txt/);
  assert.match(succeeded(await w.tg("why test")).stdout, /words\.txt/);
  await npm("run --silent build -- gen");
  assert.match(w.read("gen/words.mjs"), /tup/);
  assert.doesNotMatch(w.read("dist/words.mjs"), /tup/);
  await npm("test --silent");
  assert.match(w.read("dist/words.mjs"), /tup/);
  await settles(w);
});
