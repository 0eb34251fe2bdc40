// The benchmark at a size that takes a moment: it must build every graph, see that the tools did what the phase says, and
// print its tables. What it measures is not looked at.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { tempFolder } from "../support/folder.ts";

const root = process.env["TG_REPO"]!;
const dir = tempFolder("tg-bench-test");

interface Section {
  readonly phases: readonly { readonly name: string; readonly rows: Readonly<Record<string, { readonly ms: readonly number[]; readonly ran: readonly (number | null)[] }>> }[];
}

function bench(...words: string[]): { code: number | null; stdout: string; stderr: string } {
  const run = spawnSync(process.execPath, [join(root, "bench", "run.mjs"), ...words], { cwd: dir, env: process.env, encoding: "utf8" });
  return { code: run.status, stdout: run.stdout, stderr: run.stderr };
}

const has = (program: string): boolean => spawnSync(program, ["--version"]).status === 0;

/** Tasks that ran, by phase. */
function ranOf(sections: readonly Section[], label: RegExp): Record<string, number | null | undefined> {
  return Object.fromEntries(sections[0]!.phases.map((phase) => [phase.name, Object.entries(phase.rows).find(([name]) => label.test(name))?.[1].ran[0]]));
}

describe("the benchmark", () => {
  test("20 tasks: every phase, tg beside ninja and make", () => {
    const json = join(dir, "figures.json");
    const run = bench("20", "--peers", "tg,ninja,make", "--rounds", "1", "--json", json);
    assert.equal(run.code, 0, run.stderr);
    const { sections } = JSON.parse(readFileSync(json, "utf8")) as { sections: Section[] };
    assert.deepEqual(ranOf(sections, /^tg$/), { full: 20, noop: 0, leaf: 1, root: 1, touch: 0, config: 0, watched: 0 });
    if (has("ninja")) assert.deepEqual(ranOf(sections, /^ninja/), { full: 20, noop: 0, leaf: 1, root: 18, touch: 20, config: 0, watched: 0 });
    if (has("make")) assert.deepEqual(ranOf(sections, /^make/), { full: 20, noop: 0, leaf: 1, root: 18, touch: 0, config: 0, watched: undefined });
    assert.match(run.stdout, /^\| tool \| ran \| median ms \| lowest–highest \| × ninja \| × empty node \| × tg \| CPU ms \| CPU × ninja \| peak MiB \| rounds \|$/m);
    assert.match(run.stdout, /^\| node \(empty\) \| {2}\| [\d.,]+ \|/m);
    for (const row of ["tg status", "tg status --check", "tg why", "tg \\(functions\\)", "tg \\(copies\\)", "tg: config alone"]) assert.match(run.stdout, new RegExp(`^\\| ${row} \\|`, "m"));
    assert.doesNotMatch(run.stdout, /would have done/);
  });

  test("20 packages: the same tasks by pattern", () => {
    const json = join(dir, "packages.json");
    const run = bench("20", "--only", "packages", "--peers", "tg", "--rounds", "1", "--json", json);
    assert.equal(run.code, 0, run.stderr);
    const { sections } = JSON.parse(readFileSync(json, "utf8")) as { sections: Section[] };
    assert.deepEqual(ranOf(sections, /^tg$/), { full: 20, noop: 0, leaf: 1, root: 1, touch: 0, config: 0, watched: 0 });
  });

  test("the rooms beside their floors", () => {
    const json = join(dir, "micro.json");
    const run = bench("20", "--only", "micro", "--rounds", "1", "--json", json);
    assert.equal(run.code, 0, run.stderr);
    const { micro } = JSON.parse(readFileSync(json, "utf8")) as { micro: { name: string; ours: number; floor: number }[] };
    assert.deepEqual(micro.map((row) => row.name), ["call", "glob", "hash", "judge", "judge-full", "link", "load", "scan", "spawn"]);
    for (const row of micro) assert.ok(row.ours > 0 && row.floor > 0, JSON.stringify(row));
  });

  test("unknown words get the usage", () => {
    const run = bench("quick");
    assert.equal(run.code, 2);
    assert.match(run.stderr, /^Usage: node bench\/run\.mjs short\|long\|N/);
  });

  test("a peer that is not installed is left out in one line", () => {
    const run = spawnSync(process.execPath, [join(root, "bench", "run.mjs"), "20", "--peers", "samurai", "--rounds", "1", "--phases", "noop"], { cwd: dir, env: { ...process.env, PATH: "/nowhere" }, encoding: "utf8" });
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stdout, /^\* samurai: left out, no samu on PATH/m);
  });
});
