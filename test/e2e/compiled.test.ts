// Compiled code that the micro-bin keeps between runs: used, replaced, never trusted beyond what it was made from.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { test } from "node:test";
import { copyPackage } from "../support/copied.ts";
import { tempFolder } from "../support/folder.ts";

const isNode = process.versions["bun"] === undefined && process.versions["deno"] === undefined;
const top = tempFolder("tg-compiled");

/** A copy of the package and a project that is up to date. */
function setUp(name: string): { home: string; main: string; kept(): string[]; run(env?: Record<string, string>): string } {
  const home = path.join(top, name);
  const { app, env } = copyPackage(home);
  return {
    home,
    main: path.join(home, "dist/quick.cjs"),
    kept: () => (fs.existsSync(path.join(home, ".cache")) ? fs.readdirSync(path.join(home, ".cache")).map((file) => path.join(home, ".cache", file)).sort() : []),
    run: (more = {}) => {
      const ran = spawnSync(process.execPath, [path.join(home, "bin/tg.cjs"), "build"], { cwd: app, env: { ...env, ...more }, encoding: "utf8" });
      assert.equal(ran.status, 0, ran.stdout + ran.stderr);
      return (ran.stdout + ran.stderr).replace(/ \([\d.]+ s\)/g, "");
    },
  };
}

/** Runs of a kind whose code is kept (bin/tg.cjs). */
const TIMES = 3;

test("code is kept by the first few runs of a kind and left alone after them", { skip: !isNode }, () => {
  const { run, kept } = setUp("kept");
  assert.match(run(), /1 ran/);
  assert.deepEqual(kept().map((file) => path.basename(file).replace(/-v.*/, "")), ["config.cjs", "engine.cjs", "main.cjs", "quick.cjs"]);
  for (let i = 0; i < TIMES; i++) assert.equal(run(), "tg: 1 task up to date\n");
  const times = kept().map((file) => fs.statSync(file).mtimeMs);
  assert.equal(run(), "tg: 1 task up to date\n");
  assert.deepEqual(kept().map((file) => fs.statSync(file).mtimeMs), times);
});

test("what the second run of a kind needs beyond the first is kept, too", { skip: !isNode }, () => {
  const { run, kept, home } = setUp("second");
  const edited = (): number => {
    fs.appendFileSync(path.join(home, "app/in"), "x");
    assert.match(run(), /1 ran/);
    return fs.statSync(kept().find((file) => path.basename(file).startsWith("main.cjs"))!).size;
  };
  run();
  // A new state has no journal, the one after an edit has.
  const first = edited();
  assert.ok(edited() > first);
});

test("code of builds that run tasks is kept a few times, also of large ones, which change V8's flags", { skip: !isNode }, () => {
  const { run, kept, home } = setUp("ran");
  const many = 'export default { tasks: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`a${i}`, { inputs: "in", outputs: `out${i}`, run: `cp in out${i}` }])) };\n';
  fs.writeFileSync(path.join(home, "app/tasks.config.mjs"), many);
  const edited = (text: string): string => (fs.writeFileSync(path.join(home, "app/in"), text), run());
  for (let i = 1; i <= TIMES; i++) {
    assert.match(edited(`${i}\n`), /40 ran/);
    // What a build made may be too young for the first door: in these runs it never has the answer, in the ones below it may.
    fs.utimesSync(path.join(home, "app/in"), i, i);
    assert.match(run(), /up to date/);
  }
  const times = kept().map((file) => fs.statSync(file).mtimeMs);
  for (const text of ["4\n", "5\n"]) {
    assert.match(edited(text), /40 ran/);
    assert.match(run(), /up to date/);
  }
  assert.deepEqual(kept().map((file) => fs.statSync(file).mtimeMs), times);
});

test("of a large build the code of its end is not kept: the first small ones keep that", { skip: !isNode }, () => {
  const { run, kept, home } = setUp("large");
  const many = 'export default { tasks: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`a${i}`, { inputs: i === 0 ? "in0" : "in", outputs: `out${i}`, run: `cp in out${i}` }])) };\n';
  fs.writeFileSync(path.join(home, "app/tasks.config.mjs"), many);
  fs.writeFileSync(path.join(home, "app/in0"), "");
  const edited = (): readonly number[] => {
    fs.appendFileSync(path.join(home, "app/in0"), "x");
    assert.match(run(), /1 ran, 39 fresh/);
    return kept().map((file) => fs.statSync(file).mtimeMs);
  };
  assert.match(run(), /40 ran/);
  const large = kept().find((file) => path.basename(file).startsWith("main.cjs"))!;
  const before = fs.statSync(large).size;
  edited();
  assert.ok(fs.statSync(large).size > before);
  for (let i = 2; i < TIMES; i++) edited();
  const times = edited();
  assert.deepEqual(edited(), times);
});

test("kept code evaluates a config", { skip: !isNode }, () => {
  const { run, kept, home } = setUp("config");
  run();
  fs.appendFileSync(path.join(home, "app/tasks.config.mjs"), "// a comment\n");
  assert.equal(run(), "tg: 1 task up to date\n");
  assert.equal(kept().length, 4);
});

test("code of many flags and versions does not pile up: that which was kept last stays, and none of Bun's goes", { skip: !isNode }, () => {
  const { run, kept, home } = setUp("flags");
  const sets = (): string[] => [...new Set(kept().map((file) => path.basename(file).replace(/^\w+\.cjs-/, "")))];
  run();
  const [plain] = sets();
  const flagged = (depth: number): string[] => {
    const before = new Set(sets());
    run({ NODE_OPTIONS: `--stack-trace-limit=${depth}` });
    return sets().filter((one) => !before.has(one));
  };
  const first = Array.from({ length: 4 }, (_, i) => flagged(i + 20)).flat();
  const others = ["quick.cjs-v18.0.0-x64", "quick.cjs-v18.0.0-x64.4194305", "main.cjs-bun-1.0.0-abc.js"].map((name) => path.join(home, ".cache", name));
  for (const file of others) {
    fs.writeFileSync(file, "");
    fs.utimesSync(file, 1e9, 1e9);
  }
  const last = Array.from({ length: 5 }, (_, i) => flagged(i + 30)).flat();
  assert.equal(new Set([...first, ...last]).size, 9);
  assert.deepEqual(sets().sort(), ["bun-1.0.0-abc.js", first[3], ...last].sort());
  assert.equal(run(), "tg: 1 task up to date\n");
  assert.ok(sets().includes(plain!));
});

test("damaged, torn, empty or foreign code is made anew", { skip: !isNode }, () => {
  const { run, kept } = setUp("damaged");
  run();
  run();
  const file = kept().find((one) => path.basename(one).startsWith("quick.cjs"))!;
  const good = fs.readFileSync(file);
  const flipped = (at: number): Buffer => {
    const bytes = Buffer.from(good);
    bytes[at]! ^= 4;
    return bytes;
  };
  for (const bad of [flipped(3), flipped(200), flipped(good.length - 9), good.subarray(0, good.length >> 1), good.subarray(0, 90), Buffer.alloc(0), Buffer.alloc(4096)]) {
    fs.writeFileSync(file, bad);
    assert.equal(run(), "tg: 1 task up to date\n");
    assert.ok(fs.readFileSync(file).length > 4096);
  }
});

test("another build of the same length runs its own code", { skip: !isNode }, () => {
  const { run, main } = setUp("other");
  run();
  run();
  const text = fs.readFileSync(main, "utf8");
  const first = text.slice(3, 67);
  fs.writeFileSync(main, text.replace(first, [...first].reverse().join("")).replaceAll("up to date", "up to dude"));
  assert.equal(run(), "tg: 1 task up to dude\n");
});

test("nothing is kept when asked not to, and nothing is said when it cannot be", { skip: !isNode }, () => {
  const asked = setUp("asked");
  asked.run({ NODE_DISABLE_COMPILE_CACHE: "1" });
  assert.deepEqual(asked.kept(), []);
  const barred = setUp("barred");
  fs.writeFileSync(path.join(barred.home, ".cache"), "");
  assert.match(barred.run(), /1 ran/);
  assert.equal(barred.run(), "tg: 1 task up to date\n");
});
