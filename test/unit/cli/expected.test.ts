// Before a build plans anything, the machine is told how many jobs are likely to come, and that their engine is; in a watch it is not.
import assert from "node:assert/strict";
import fs from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { build, type BuildOptions } from "../../../src/cli/build.ts";
import type { Doors } from "../../../src/cli/doors.ts";
import { DiskError } from "../../../src/model/ports.ts";
import { openMachine } from "../../../src/machine.ts";
import { tempFolder } from "../../support/folder.ts";
import { repo } from "../../support/rig.ts";

const OPTIONS: BuildOptions = { targets: [], skip: [], all: true, force: false, params: [], paramsFile: null, args: null, standsIn: "/", cwd: "/", config: null, jobs: 1, load: null, keepGoing: false, maxFailures: null, noWait: true, noCache: true, keepTemp: true, shuffle: null, graceMs: 100, commandLine: "tg build" };

const CONFIG = `export default { tasks: {
  a: { inputs: ["in.txt"], outputs: ["a.txt"], run: "cp in.txt a.txt" },
  b: { inputs: ["a.txt"], outputs: ["b.txt"], run: "cp a.txt b.txt" },
} };
`;

test("how many jobs are likely to come is told once, before the engine is opened, and in no watch", async () => {
  const cwd = tempFolder("tg-expected");
  fs.writeFileSync(`${cwd}/tasks.config.mjs`, CONFIG);
  const said: string[] = [];
  const machine = openMachine(repo);
  const doors: Doors = {
    ...machine,
    expectJobs: async (jobs) => void said.push(`${jobs} jobs`),
    expectEngine: (share) => (said.push("begun"), machine.expectEngine!(share)),
    openEngine: (share) => (said.push("engine"), machine.openEngine(share)),
  };
  const options: BuildOptions = { ...OPTIONS, standsIn: cwd, cwd };
  const sayings = async (text: string | null, more: Partial<BuildOptions> = {}): Promise<string[]> => {
    if (text !== null) fs.writeFileSync(`${cwd}/in.txt`, text);
    assert.deepEqual(await build(doors, { ...options, ...more }, () => {}, { on: () => () => {} }), { exitCode: 0, signal: null });
    return said.splice(0);
  };
  assert.deepEqual(await sayings("one\n"), ["begun", "2 jobs", "engine"]);
  assert.deepEqual(await sayings(null), []);
  assert.deepEqual(await sayings("two\n", { onRun: () => {} }), ["engine"]);
});

test("what is begun for an engine is gone after it, and where it does not come to one", async (t) => {
  const cwd = tempFolder("tg-expected");
  fs.mkdirSync(`${cwd}/tmp`);
  fs.writeFileSync(`${cwd}/tasks.config.mjs`, CONFIG);
  fs.writeFileSync(`${cwd}/in.txt`, "one\n");
  const before = process.env["TMPDIR"];
  t.after(() => void (before === undefined ? delete process.env["TMPDIR"] : (process.env["TMPDIR"] = before)));
  process.env["TMPDIR"] = `${cwd}/tmp`;
  const begun = (): string[] => fs.readdirSync(`${cwd}/tmp`).filter((name) => name.startsWith("tg-"));
  const machine = openMachine(repo);
  let most = 0;
  const none: Doors = {
    ...machine,
    openEngine: () => {
      most = begun().length;
      throw new DiskError("state", "ENOSPC");
    },
  };
  const told = { on: () => () => {} };
  const options: BuildOptions = { ...OPTIONS, standsIn: cwd, cwd };
  assert.equal((await build(none, options, () => {}, told)).exitCode, 3);
  assert.deepEqual([most, begun(), fs.readdirSync(`${cwd}/.tg/outside`)], [1, [], []]);
  assert.equal((await build(machine, options, () => {}, told)).exitCode, 0);
  assert.deepEqual([begun(), fs.readdirSync(`${cwd}/.tg/outside`)], [[], []]);
});
