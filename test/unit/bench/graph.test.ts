// The benchmark's generator and its arithmetic, so that figures compare like with like.
import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";

interface Task {
  readonly name: string;
  readonly folder: string;
  readonly sources: readonly string[];
  readonly deps: readonly number[];
  readonly needs: readonly string[];
  readonly output: string;
  readonly command: string;
  readonly local: string;
}
interface Graph {
  readonly tasks: readonly Task[];
}
interface Bench {
  makeGraph(o: { count: number; seed?: number; layout?: string; work?: string }): Graph;
  rootTask(graph: Graph, wanted?: number): { task: Task; reach: number };
  sourceText(seed: number, serial: number): string;
}
interface Stats {
  median(numbers: readonly number[]): number;
  ratio(ours: readonly (number | undefined)[], theirs: readonly (number | undefined)[] | undefined): number;
  number(value: number | null): string;
  spread(numbers: readonly (number | undefined)[]): string;
}
interface Arguments {
  readArgs(args: readonly string[]): { size: string | null; counts: number[]; runtimes: string[]; only: string[]; rounds: number } | null;
  planOf(o: unknown): { layout: string; work: string; count: number; phases: string[] }[];
}

const load = (name: string): Promise<unknown> => import(join(process.env["TG_REPO"]!, "bench", name));
const { makeGraph, rootTask, sourceText } = (await load("graph.mjs")) as Bench;
const { median, ratio, number, spread } = (await load("stats.mjs")) as Stats;
const { readArgs, planOf } = (await load("run.mjs")) as Arguments;

describe("the graph of the benchmark", () => {
  test("has ten layers, 1–3 sources a task, up to two needs in the layer before", () => {
    const { tasks } = makeGraph({ count: 200 });
    assert.equal(tasks.length, 200);
    for (const [i, task] of tasks.entries()) {
      const layer = Math.floor(i / 20);
      assert.ok(task.sources.length >= 1 && task.sources.length <= 3, task.name);
      assert.equal(task.deps.length === 0, layer === 0, task.name);
      assert.ok(task.deps.length <= 2 && task.deps.every((dep) => Math.floor(dep / 20) === layer - 1), task.name);
      assert.deepEqual(task.needs, task.deps.map((dep) => tasks[dep]!.output));
    }
    const outputs = new Set(tasks.map((task) => task.output));
    assert.equal(outputs.size, 200);
  });

  test("is the same for the same seed, another for another", () => {
    assert.deepEqual(makeGraph({ count: 50, seed: 7 }), makeGraph({ count: 50, seed: 7 }));
    assert.notDeepEqual(makeGraph({ count: 50, seed: 7 }), makeGraph({ count: 50, seed: 8 }));
  });

  test("has the same edges in both layouts, and commands for the root and for the task's folder", () => {
    const files = makeGraph({ count: 40 }).tasks;
    const packages = makeGraph({ count: 40, layout: "packages" }).tasks;
    assert.deepEqual(packages.map((task) => task.deps), files.map((task) => task.deps));
    assert.equal(packages[0]!.command, "cp packages/t0/src/0.txt packages/t0/out/o.out");
    assert.equal(packages[0]!.local, "cp src/0.txt out/o.out");
    const reading = makeGraph({ count: 40, layout: "packages", work: "cksum" }).tasks.at(-1)!;
    assert.match(reading.local, /^cksum src\/0\.txt .*\.\.\/\.\.\/packages\/t\d+\/out\/o\.out.* > out\/o\.out$/);
  });

  test("the root that is edited reaches about as many tasks as are wanted, and has a source that cp leaves alone", () => {
    const { task, reach } = rootTask(makeGraph({ count: 10_000 }));
    assert.ok(reach > 900 && reach < 1100, String(reach));
    assert.ok(task.sources.length > 1 && task.deps.length === 0);
  });

  test("sources are 200 bytes of their own", () => {
    assert.equal(Buffer.byteLength(sourceText(1, 3)), 200);
    assert.equal(sourceText(1, 3), sourceText(1, 3));
    assert.notEqual(sourceText(1, 3), sourceText(1, 4));
    assert.notEqual(sourceText(1, 3), sourceText(2, 3));
  });
});

describe("the arithmetic of the benchmark", () => {
  test("a ratio is the median of the rounds' quotients, not the quotient of medians", () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.equal(ratio([10, 40, 30], [10, 20, 10]), 2);
    assert.equal(ratio([10, undefined, 30], [10, 20]), 1);
    assert.ok(Number.isNaN(ratio([1], undefined)));
  });

  test("numbers have three digits that count", () => {
    assert.deepEqual([0.4567, 4.567, 45.67, 456.7, 45670, Number.NaN, null].map(number), ["0.46", "4.57", "45.7", "457", "45,670", "–", "–"]);
    assert.equal(spread([3, 1, 2]), "1.00–3.00");
    assert.equal(spread([3]), "–");
  });
});

describe("the arguments of the benchmark", () => {
  test("short, long, numbers, options", () => {
    assert.deepEqual(readArgs(["short"])!.only, ["files", "packages", "cases", "micro"]);
    const some = readArgs(["100", "1_000", "--runtime", "bun,deno", "--rounds", "3"])!;
    assert.deepEqual([some.counts, some.runtimes, some.rounds, some.only], [[100, 1000], ["bun", "deno"], 3, ["files"]]);
    for (const wrong of [[], ["quick"], ["--rounds"], ["short", "--what", "1"]]) assert.equal(readArgs(wrong), null, wrong.join(" "));
  });

  test("the plan follows them", () => {
    const sizes = (words: string[]): string[] => planOf(readArgs(words)).map((part) => `${part.layout} ${part.work} ${part.count}`);
    assert.deepEqual(sizes(["30", "--only", "files,packages", "--work", "cksum"]), ["files cksum 30", "packages cksum 30"]);
    assert.deepEqual(sizes(["short", "--only", "packages"]), ["packages cp 100"]);
    assert.ok(sizes(["long"]).includes("files cp 100000"));
    assert.deepEqual(planOf(readArgs(["20", "--phases", "noop"]))[0]!.phases, ["noop"]);
  });
});
