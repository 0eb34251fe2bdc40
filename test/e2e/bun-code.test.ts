// Code that Bun compiled of the bundles, kept beside the package: made behind the back of the second run that had to do without,
// taken by later ones, never trusted beyond what it was made from. On Bun alone (scripts/runtimes.mjs).
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { test } from "node:test";
import { copyPackage } from "../support/copied.ts";
import { tempFolder } from "../support/folder.ts";

const bun = process.env["TG_RUNTIME"] ?? "";
const skip = !/(^|\/)bun$/.test(bun);

interface Ran {
  readonly said: string;
  /** Texts whose code Bun found beside them, by its own word. */
  readonly hits: number;
}

interface Package {
  readonly cache: string;
  readonly quick: string;
  /** Of its input and of the text of its config. */
  edit(): void;
  kept(end: string): string[];
  run(env?: Record<string, string>): Promise<Ran>;
  /** Until a file with that in its name has been put there. */
  made(part: string): Promise<void>;
}

/** A copy of the package and a project with one task. */
function setUp(): Package {
  const home = tempFolder("tg-bun-code");
  const cache = path.join(home, ".cache");
  const { app, env: clean } = copyPackage(home);
  const kept = (end: string): string[] => fs.readdirSync(cache).filter((file) => file.endsWith(end)).map((file) => path.join(cache, file)).sort();
  return {
    cache, quick: path.join(home, "dist/quick.cjs"), kept,
    edit: () => {
      fs.appendFileSync(path.join(app, "in"), "x");
      fs.appendFileSync(path.join(app, "tasks.config.mjs"), "// x\n");
    },
    run: async (env = {}) => {
      const child = spawn(bun, [path.join(home, "bin/tg.cjs"), "build"], { cwd: app, env: { ...clean, BUN_JSC_verboseDiskCache: "1", ...env }, stdio: ["ignore", "pipe", "pipe"] });
      let all = "";
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => { all += text; });
      const code = await new Promise((resolve) => child.on("close", resolve));
      assert.equal(code, 0, all);
      const lines = all.split("\n");
      return { said: lines.filter((line) => line !== "" && !line.startsWith("[Disk Cache]")).join("\n").replace(/ \([\d.]+ s\)/g, ""), hits: lines.filter((line) => line.startsWith("[Disk Cache] Cache hit")).length };
    },
    made: async (part) => {
      const there = (): boolean => fs.existsSync(cache) && kept("").some((file) => path.basename(file).includes(part) && file.endsWith(".sum"));
      const watcher = fs.watch(cache);
      try {
        await new Promise<void>((resolve, reject) => {
          const look = (): void => { if (there()) resolve(); };
          watcher.on("change", look).on("error", reject);
          look();
        });
      } finally {
        watcher.close();
      }
    },
  };
}

const FRESH: Ran = { said: "tg: 1 task up to date", hits: 0 };

test("the second run without compiled code has it made, and no run waits for that", { skip }, async () => {
  const p = setUp();
  const first = await p.run();
  assert.match(first.said, /1 ran$/);
  assert.deepEqual(fs.readdirSync(p.cache).map((file) => file.replace(/-bun-.*\./, " ")).sort(), ["config.cjs note", "engine.cjs note", "main.cjs note", "quick.cjs note"]);
  // Several at once: one of them has it made, which on a busy machine comes in time for another.
  const together = await Promise.all([p.run(), p.run(), p.run()]);
  assert.deepEqual(together.map(({ said }) => said), [FRESH.said, FRESH.said, FRESH.said]);
  assert.ok(together.some(({ hits }) => hits === 0));
  await p.made("quick.cjs");
  assert.deepEqual(await p.run(), { ...FRESH, hits: 1 });
  assert.deepEqual(await p.run({ NODE_DISABLE_COMPILE_CACHE: "1" }), FRESH);
});

test("a run that evaluates a config and runs a task takes compiled code for all of it", { skip }, async () => {
  const p = setUp();
  await p.run();
  p.edit();
  assert.equal((await p.run()).hits, 0);
  // The last of them.
  await p.made("config.cjs");
  p.edit();
  const { said, hits } = await p.run();
  assert.match(said, /1 ran$/);
  assert.equal(hits, 4);
});

test("damaged or foreign code is not run, and made anew", { skip }, async () => {
  const p = setUp();
  await p.run();
  await p.run();
  await p.made("quick.cjs");
  const [text, code, sum] = ["quick.js", ".js.jsc", ".sum"].map((end) => p.kept(end === "quick.js" ? ".js" : end).find((file) => path.basename(file).startsWith("quick.cjs"))!) as [string, string, string];
  const good = new Map([text, code, sum].map((file) => [file, fs.readFileSync(file)]));
  const flipped = (file: string, at: number): Buffer => {
    const bytes = Buffer.from(good.get(file)!);
    bytes[Math.floor(at * bytes.length)]! ^= 4;
    return bytes;
  };
  const bads: [string, Buffer][] = [[text, Buffer.from(good.get(text)!.toString("latin1").replaceAll("up to date", "up to dude"), "latin1")], [sum, flipped(sum, 0.99)], [sum, Buffer.alloc(0)]];
  for (const file of [text, code]) for (const at of [0, 0.4, 0.9]) bads.push([file, flipped(file, at)], [file, good.get(file)!.subarray(0, at * good.get(file)!.length)]);
  for (const [file, bytes] of bads) {
    fs.writeFileSync(file, bytes);
    assert.deepEqual(await p.run(), FRESH, path.basename(file));
    // The next one without would have it made.
    for (const note of p.kept(".note")) fs.rmSync(note);
    for (const [one, whole] of good) fs.writeFileSync(one, whole);
  }
  assert.deepEqual(await p.run(), { ...FRESH, hits: 1 });

  const bundle = fs.readFileSync(p.quick, "utf8");
  const mark = bundle.slice(3, 67);
  fs.writeFileSync(p.quick, bundle.replace(mark, [...mark].reverse().join("")).replaceAll("up to date", "up to dude"));
  const other = { said: "tg: 1 task up to dude", hits: 0 };
  fs.rmSync(sum);
  assert.deepEqual([await p.run(), await p.run()], [other, other]);
  await p.made("quick.cjs");
  assert.deepEqual(await p.run(), { ...other, hits: 1 });
});

test("nothing is said where code cannot be kept", { skip }, async () => {
  const p = setUp();
  fs.writeFileSync(p.cache, "");
  assert.match((await p.run()).said, /1 ran$/);
  assert.deepEqual([await p.run(), await p.run()], [FRESH, FRESH]);
});
