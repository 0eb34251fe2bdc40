// How the command takes stats on Node: not past somebody who listens to deprecations, forbids, or replaces what fs does.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { test } from "node:test";
import { repo } from "../support/rig.ts";
import { tempFolder } from "../support/folder.ts";

const isNode = process.versions["bun"] === undefined && process.versions["deno"] === undefined;
const app = tempFolder("tg-stats");

fs.writeFileSync(path.join(app, "tasks.config.mjs"), 'export default { tasks: { a: { inputs: "in", outputs: "out", run: "cp in out" } } };\n');
fs.writeFileSync(path.join(app, "in"), "1\n");
// Not racy, so that one stat is enough.
fs.utimesSync(path.join(app, "in"), 1_600_000_000, 1_600_000_000);

function tg(flags: readonly string[], env: Record<string, string> = {}): { stdout: string; stderr: string } {
  const ran = spawnSync(process.execPath, [...flags, path.join(repo, "bin/tg.cjs")], { cwd: app, env: { ...process.env, ...env }, encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  return { stdout: ran.stdout.replace(/ \([\d.]+ s\)/g, ""), stderr: ran.stderr };
}

const fresh = { stdout: "tg: 1 task up to date\n", stderr: "" };

test("a build without work warns of nothing under --pending-deprecation", { skip: !isNode }, () => {
  tg([]);
  assert.deepEqual(tg(["--pending-deprecation"]), fresh);
  assert.deepEqual(tg([], { NODE_PENDING_DEPRECATION: "1" }), fresh);
  assert.deepEqual(tg(["--trace-deprecation", "--throw-deprecation"]), fresh);
});

test("who replaces lstatSync is asked for every file", { skip: !isNode }, () => {
  tg([]);
  const patch = path.join(app, "patch.cjs");
  fs.writeFileSync(patch, 'const fs = require("node:fs"), { lstatSync } = fs, asked = [];\nfs.lstatSync = (file, options) => (asked.push(file), lstatSync(file, options));\nprocess.on("exit", () => fs.writeSync(2, asked.sort().join(" ")));\n');
  const { stdout, stderr } = tg(["--require", patch]);
  assert.equal(stdout, fresh.stdout);
  for (const file of ["in", "out", "tasks.config.mjs"]) assert.ok(stderr.split(" ").includes(file), `${file} in: ${stderr}`);
});

test("the front door reads the state that the first door has opened, and no other", { skip: !isNode }, () => {
  fs.writeFileSync(path.join(app, "in"), "2\n");
  tg([]);
  const patch = path.join(app, "count.cjs");
  fs.writeFileSync(patch, 'const fs = require("node:fs"), { readFileSync } = fs, read = [];\nfs.readFileSync = (file, ...more) => (read.push(String(file)), readFileSync(file, ...more));\nprocess.on("exit", () => fs.writeSync(2, "\\n" + read.filter((file) => file.endsWith("/.tg/journal")).length + " reads"));\n');
  fs.writeFileSync(path.join(app, "in"), "3\n");
  const { stderr } = tg(["--require", patch]);
  assert.match(stderr, /✓ a .*\n(?:.*\n)*1 reads$/);
});

test("a header that a depfile names is looked at once after the command has ended", { skip: !isNode }, () => {
  const app = tempFolder("tg-headers");
  const headers = ["h1.h", "inc/h2.h", "inc/deep/h3.h"];
  fs.mkdirSync(path.join(app, "inc/deep"), { recursive: true });
  for (const file of ["a.c", ...headers]) {
    fs.writeFileSync(path.join(app, file), "1\n");
    fs.utimesSync(path.join(app, file), 1_600_000_000, 1_600_000_000);
  }
  const names = ["a.c", "h1.h", "./inc/h2.h", path.join(app, "inc/deep/h3.h")].join(" ");
  fs.writeFileSync(path.join(app, "tasks.config.mjs"), `export default { tasks: { a: { inputs: "a.c", outputs: "a.o", depfile: "a.d", run: ${JSON.stringify(`cp a.c a.o && echo 'a.o: ${names}' > a.d && echo ended >> asked.txt`)} } } };\n`);
  const patch = path.join(app, "patch.cjs");
  fs.writeFileSync(patch, 'const fs = require("node:fs"), { lstatSync } = fs;\nfs.lstatSync = (file, options) => (fs.appendFileSync("asked.txt", file + "\\n"), lstatSync(file, options));\n');
  const ran = spawnSync(process.execPath, ["--require", patch, path.join(repo, "bin/tg.cjs")], { cwd: app, encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  const asked = fs.readFileSync(path.join(app, "asked.txt"), "utf8").split("ended\n")[1]!.split("\n");
  for (const header of headers) assert.equal(asked.filter((file) => path.resolve(app, file) === path.join(app, header)).length, 1, `${header} in: ${asked.join(" ")}`);
});
