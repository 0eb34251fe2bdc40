// What is hashed by several threads: many files at once, and large ones.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { test } from "node:test";
import { staged } from "../support/story.ts";

const FILES = 12_000;
/** More than one thread begins with by itself. */
const LARGE_BYTES = 600 * 1024 * 1024;
/** Old enough to be trusted. */
const OLD = 1_600_000_000;

test("all of very many files touched are fresh, and one edited among them is named", async () => {
  const w = await staged({ tasks: `    many: { inputs: ["data/**"], run: "true" },`, files: { "data/0": "0\n" } });
  const fileOf = (i: number): string => path.join(w.dir, `data/${i % 100}/${i}`);
  fs.rmSync(path.join(w.dir, "data/0"));
  for (let i = 0; i < 100; i++) fs.mkdirSync(path.join(w.dir, `data/${i}`));
  for (let i = 0; i < FILES; i++) fs.writeFileSync(fileOf(i), `${i}\n`);
  const touch = (seconds: number): void => {
    for (let i = 0; i < FILES; i++) fs.utimesSync(fileOf(i), seconds, seconds);
  };
  touch(OLD);
  await w.tg("build -q");
  touch(OLD + 1);
  assert.match((await w.tg("build")).stdout, /^tg: 1 task up to date/);
  touch(OLD + 2);
  fs.writeFileSync(fileOf(7777), "7778\n");
  fs.utimesSync(fileOf(7777), OLD + 2, OLD + 2);
  fs.rmSync(fileOf(8888));
  assert.match((await w.tg("status -v")).stdout, /^many +stale +input changed: data\/77\/7777\n.*\n +input removed: data\/88\/8888\n.*\n\ntg: 1 task: 1 stale\n$/);
  await w.tg("build -q");
  fs.writeFileSync(fileOf(8888), "back\n");
  await w.tg("build -q");
  touch(OLD + 3);
  assert.match((await w.tg("build")).stdout, /^tg: 1 task up to date/);
});

test("reading a touched file leaves its access time as it was", { skip: process.platform !== "linux" }, async () => {
  const w = await staged({ tasks: `    one: { inputs: ["data"], run: "true" },`, files: { data: "0\n" } });
  await w.tg("build -q");
  const file = path.join(w.dir, "data");
  // The kernel notes a read of what was written or touched after the last one.
  fs.utimesSync(file, OLD, OLD + 1);
  assert.match((await w.tg("build")).stdout, /^tg: 1 task up to date/);
  assert.equal(fs.statSync(file).atimeMs, OLD * 1000);
});

test("very many files are hashed together when they are first seen, and when many come later", async () => {
  const w = await staged({
    tasks: `    many: { inputs: ["data/**", "!data/**/*9"], run: "true" },
    named: { inputs: [${Array.from({ length: FILES }, (_, i) => `"named/${i}"`).join(", ")}], run: "true" },`,
    files: { "data/link": "" },
  });
  const add = (folder: string): void => {
    fs.mkdirSync(path.join(w.dir, folder), { recursive: true });
    for (let i = 0; i < FILES; i++) fs.writeFileSync(path.join(w.dir, folder, `${i}`), i % 100 === 0 ? "" : `${i}\n`);
    for (let i = 0; i < FILES; i++) fs.utimesSync(path.join(w.dir, folder, `${i}`), OLD, OLD);
  };
  add("named");
  add("data/a");
  fs.rmSync(path.join(w.dir, "data/link"));
  fs.symlinkSync("a/1", path.join(w.dir, "data/link"));
  fs.rmSync(path.join(w.dir, "named/5"));
  assert.match((await w.tg("build")).stderr, /named\/5/);
  fs.writeFileSync(path.join(w.dir, "named/5"), "5\n");
  await w.tg("build -q");
  add("data/b");
  assert.match((await w.tg("status")).stdout, /^many +stale +input added: data\/b\/0 \(\+10,799 more\)\nnamed +fresh\n/);
  await w.tg("build -q");
  for (const edited of ["data/b/9", "data/a/19"]) fs.writeFileSync(path.join(w.dir, edited), "taken away\n");
  for (const folder of ["named", "data/a", "data/b"]) for (let i = 0; i < FILES; i++) fs.utimesSync(path.join(w.dir, folder, `${i}`), OLD + 1, OLD + 1);
  assert.match((await w.tg("build")).stdout, /^tg: 2 tasks up to date/);
  fs.writeFileSync(path.join(w.dir, "data/a/1"), "2\n");
  assert.match((await w.tg("status -v")).stdout, /input changed: data\/a\/1\n/);
});

test("a large file that is touched is fresh, and one edited in the middle, at its end, or cut is not", async () => {
  const w = await staged({ tasks: `    big: { inputs: ["big"], run: "true" },`, files: { big: "" } });
  const file = path.join(w.dir, "big");
  fs.truncateSync(file, LARGE_BYTES);
  await w.tg("build -q");
  const edits: readonly (() => void)[] = [
    () => fs.utimesSync(file, OLD, OLD),
    () => writeAt(file, LARGE_BYTES / 2 + 1),
    () => writeAt(file, LARGE_BYTES - 1),
    () => fs.truncateSync(file, LARGE_BYTES - 1),
    () => fs.utimesSync(file, OLD, OLD),
  ];
  const said: string[] = [];
  for (const edit of edits) {
    edit();
    said.push((await w.tg("status")).stdout.split(/\s+/)[1]!);
    await w.tg("build -q");
  }
  assert.deepEqual(said, ["fresh", "stale", "stale", "stale", "fresh"]);
});

test("a large output counts by its content, and so does one that its reader has to hash before it starts", async () => {
  const w = await staged({ tasks: `    make: { inputs: ["in"], outputs: ["big", "tree/"], run: "rm -f big; truncate -s 100M big; cp in tree/a; truncate -s 70M tree/b; cat in >> tree/b" },
    change: { inputs: ["in"], run: "truncate -s 80M other; cat in >> other" },
    read: { inputs: ["big", "tree/", "other"], after: ["change"], outputs: ["out"], run: "cp in out" },`, files: { in: "1\n", other: "" } });
  const states = async (): Promise<string> => (await w.tg("status")).stdout.match(/^(make|change|read) +(fresh|maybe stale|stale)/gm)!.map((line) => line.replace(/ +/, " ")).join();
  const touch = (file: string): void => fs.utimesSync(path.join(w.dir, file), OLD, OLD);
  await w.tg("build -q");
  for (const file of ["big", "tree/b", "other"]) touch(file);
  assert.equal(await states(), "make fresh,change fresh,read fresh");
  writeAt(path.join(w.dir, "tree/b"), 1000);
  assert.equal(await states(), "make stale,change fresh,read maybe stale");
  await w.tg("build -q");
  assert.equal(await states(), "make fresh,change fresh,read fresh");
  writeAt(path.join(w.dir, "other"), 1000);
  assert.equal(await states(), "make fresh,change fresh,read stale");
});

function writeAt(file: string, position: number): void {
  const fd = fs.openSync(file, "r+");
  fs.writeSync(fd, "x", position);
  fs.closeSync(fd);
}
