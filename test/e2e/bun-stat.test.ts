// The numbers of a stat by libc's statx, which large sweeps take on Bun: what fs says, and each change seen. On Bun alone
// (scripts/runtimes.mjs).
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { test } from "node:test";
import { packageDir, repo, workspace } from "../support/rig.ts";
import { tempFolder } from "../support/folder.ts";

const bun = process.env["TG_RUNTIME"] ?? "";
const skip = !/(^|\/)bun$/.test(bun);

/** Prints a line for each thing that is not as it should be, then "end". */
const STORY = `
import * as fs from "node:fs";
const { openStatx } = await import(SRC + "/system/statx.ts");
const { FIELD, msOf } = await import(SRC + "/system/fields.ts");
const { openDisk } = await import(SRC + "/system/disk.ts");
const { FileTable, KIND, MARK } = await import(SRC + "/model/table.ts");
const same = (what, said, expected) => { if (!Bun.deepEquals(said, expected)) console.log(what, said, expected); };
const calls = openStatx();

// Before 1970, at it, fractions that no double holds, after 2038 and 2106.
const names = [-86400.25, -1, -0.5, 0, 0.123456789, 1700000000.9876, 2 ** 31 + 0.1, 2 ** 32 + 0.000001, 9999999999.5].map((seconds, i) => {
  const name = "f\\u00e4\\u20ac\\u{1f600} " + i;
  fs.writeFileSync(name, "x".repeat(i), { mode: 0o600 + i });
  fs.utimesSync(name, seconds, seconds);
  return name;
});
const long = "d".repeat(250) + "/" + "e".repeat(250);
fs.mkdirSync(long, { recursive: true });
fs.truncateSync(names[2], 5 * 2 ** 32 + 7);
fs.linkSync(names[3], "second");
fs.symlinkSync(names[4], "link");
fs.symlinkSync("loop", "loop");
fs.symlinkSync("nowhere", "dangling");
const all = [...names, "second", "link", "loop", "dangling", long, ".", "/", "/proc", "/dev", "/dev/null", "/proc/self/exe", "none", names[1] + "/under", "f" + "/x".repeat(3000), "f".repeat(300), "nul\\0"];
const told = (look) => { try { return look(); } catch (error) { return "thrown"; } };
for (const how of ["stat", "lstat"]) for (const path of all) {
  const said = told(() => { const f = calls[how](path, false, undefined, false); return f && [f[FIELD.dev], f[FIELD.mode], f[FIELD.nlink], f[FIELD.ino], f[FIELD.size], msOf(f, FIELD.mtime), msOf(f, FIELD.ctime)]; });
  same(how + " " + path, said, told(() => { const s = fs[how + "Sync"](path, { throwIfNoEntry: false }); return s && [s.dev, s.mode, s.nlink, s.ino, s.size, s.mtimeMs, s.ctimeMs]; }));
}

const disk = openDisk(process.cwd(), process.cwd() + "/.tg");
const table = FileTable.empty();
for (const name of names) {
  const id = table.idOf(name);
  table.columns.kind[id] = KIND.file;
  table.setStat(id, disk.lstat(name));
}
// So many that it is worth loading.
for (let i = 0; i < 5000; i++) {
  const id = table.idOf("absent" + i);
  table.columns.kind[id] = KIND.absent;
}
const ids = Array.from({ length: names.length + 5000 }, (_, id) => id);
const look = () => { const seen = new Uint8Array(ids.length); disk.sweep(table, ids, seen); return seen; };
same("all as they were", [...look()].filter((mark) => mark !== MARK.same), []);
fs.writeFileSync("absent4999", "");
same("one that came", look()[ids.length - 1], MARK.news);
for (const name of names) fs.utimesSync(name, 1600000000.5, 1600000000.5);
same("touched", [...look().subarray(0, names.length)], names.map(() => MARK.news));
for (const [id, name] of names.entries()) {
  const { names: _, ...stat } = disk.lstat(name);
  same("news of " + name, table.newsOf(id), stat);
  table.setStat(id, disk.lstat(name));
}
// Same size, same time of change.
fs.writeFileSync(names[5], "y".repeat(5));
fs.utimesSync(names[5], 1600000000.5, 1600000000.5);
fs.chmodSync(names[6], 0o700);
fs.rmSync(names[7]);
fs.rmSync(names[8]);
fs.symlinkSync(names[0], names[8]);
same("each change", [...look().subarray(0, names.length)], [0, 0, 0, 0, 0, 1, 1, 2, 2].map((n) => [MARK.same, MARK.news, MARK.open][n]));
console.log("end");
`;

test("statx on Bun says what fs says, and a sweep by it sees each change", { skip }, () => {
  const cwd = tempFolder("tg-bun-stat");
  const run = spawnSync(bun, ["-e", `const SRC = ${JSON.stringify(path.join(repo, "src"))};\n${STORY}`], { cwd, encoding: "utf8" });
  assert.equal(run.stdout + run.stderr, "end\n");
});

/** Counts calls of statx, whoever makes them, and writes their number down at the end. */
const COUNTING = `
import { appendFileSync } from "node:fs";
let calls = 0;
const builtin = process.getBuiltinModule;
process.getBuiltinModule = (id) => {
  const ffi = builtin(id);
  if (id !== "bun:ffi") return ffi;
  const dlopen = (library, wanted) => {
    const { statx } = ffi.dlopen(library, wanted).symbols;
    return { symbols: { statx: (...args) => (calls++, statx(...args)) } };
  };
  return { ...ffi, dlopen };
};
process.on("exit", () => appendFileSync("calls", calls + "\\n"));
`;

test("a build without work looks at many files by statx, and at few by fs", { skip }, async () => {
  const w = await workspace({ "count.mjs": COUNTING, "tasks.config.mjs": 'export default { tasks: { a: { inputs: ["in/*"], outputs: ["out"], run: "ls in >out" } } };\n' });
  const counted = (count: number): number => {
    for (let i = 0; i < count; i++) w.write(`in/${i}`, "");
    fs.rmSync(`${w.dir}/calls`, { force: true });
    for (const said of [/1 ran/, /up to date/]) {
      const run = spawnSync(bun, ["--preload", `${w.dir}/count.mjs`, path.join(packageDir, "bin/tg.cjs"), "build"], { cwd: w.dir, encoding: "utf8" });
      assert.match(run.stdout + run.stderr, said);
    }
    return Number(w.read("calls").trim().split("\n").at(-1));
  };
  assert.equal(counted(100), 0);
  assert.ok(counted(6000) >= 6000);
});
