// The survey that is kept true: which tasks it judges again, and that it says what a survey from scratch says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linkGraph } from "../../../src/graph/link.ts";
import type { FilePath } from "../../../src/model/path.ts";
import type { TaskRecord } from "../../../src/model/state.ts";
import { FileTable } from "../../../src/model/table.ts";
import type { TaskName } from "../../../src/model/task.ts";
import { keepSightings, LiveSurvey } from "../../../src/schedule/survey/live.ts";
import { foldersNow, inputsNow } from "../../../src/schedule/step/prepare.ts";
import { Readers } from "../../../src/schedule/survey/readers.ts";
import { Situation } from "../../../src/schedule/survey/situation.ts";
import { survey } from "../../../src/schedule/survey/survey.ts";
import { openDigest } from "../../../src/staleness/digest.ts";
import { Globs } from "../../../src/staleness/globs.ts";
import { World } from "../../../src/staleness/world.ts";
import { openMemoryDisk, type MemoryDisk } from "../../support/memory-disk.ts";
import { project, type Short } from "../graph/project.ts";

const GIVEN = { env: () => undefined, params: {}, args: null, tool: () => ({ text: "", program: null, wrong: null }), forgetTools: () => {} };

class Scene {
  readonly disk: MemoryDisk;
  readonly records: Map<string, TaskRecord> = new Map();
  readonly graph;
  readonly world: World;
  readonly situation: Situation;
  readonly live: LiveSurvey;
  /** Questions for records. */
  asked = 0;

  constructor(shorts: Readonly<Record<string, Short>>, files: Readonly<Record<string, string>>) {
    this.disk = openMemoryDisk({ files });
    const linked = linkGraph(project(shorts));
    assert.ok(linked.ok);
    this.graph = linked.value;
    this.world = new World(this.disk, FileTable.empty());
    this.disk.tick(10_000);
    const begun = this.#situation(this.world);
    for (const task of this.graph.order) this.record(begun, task);
    this.situation = this.#situation(this.world);
    keepSightings(this.world).moved.clear();
    const readers = new Readers({ world: this.world, memo: null, count: this.graph.count, trusted: this.situation.trusted });
    const answer = survey(this.situation, { readers })!;
    this.live = new LiveSurvey({ situation: this.situation, survey: answer, readers, traced: [] });
  }

  #situation(world: World): Situation {
    world.tick();
    const { graph, records } = this;
    const none = new Uint8Array(graph.count);
    const store = { get: (name: TaskName) => (this.asked++, records.get(name) ?? null), names: () => [...records.keys()] as TaskName[] };
    return new Situation({ graph, records: store, world, globs: new Globs(world), given: GIVEN, custom: () => null, memo: null, wanted: none.slice().fill(1), named: none, skipped: none.slice(), forced: none });
  }

  /** As if the task had run just now. */
  record(s: Situation, task: number): void {
    const gathered = s.gather(task);
    const { key } = s.judge(task, gathered);
    const c = s.caseOf(task, gathered);
    const outputs = c.task.outputs.map((output) => [(output as { path: FilePath }).path, this.world.output((output as { path: FilePath }).path)] as const);
    this.records.set(this.graph.name(task), {
      status: "ok", key: key ?? "", parts: c.parts, inputs: inputsNow(s, gathered), folders: foldersNow(s, gathered), custom: [], discovered: [],
      upstream: c.consumed.outputs.map(({ path, identity }) => [path, identity] as const), upstreamKeys: c.consumed.keys.map((one) => one.key!), outputs, members: [],
      value: null, start: 1, end: 2, goodMs: 1, exit: 0, signal: null, attempts: 1, peakKb: 0, reasons: [], error: null,
    });
  }

  edit(path: string, text: string | null): void {
    this.disk.tick(1000);
    if (text === null) this.disk.remove(path);
    else this.disk.write(path, text);
    this.world.tick();
    const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : "./";
    this.world.recheck([path, folder].map((key) => this.world.table.find(key)).filter((row) => row >= 0));
  }

  /** Names of open tasks, the same by memory and from scratch. */
  open(): string[] {
    const fresh = survey(this.#situation(new World(this.disk, FileTable.empty())))!;
    const known = this.live.current();
    assert.deepEqual(known.verdicts, fresh.verdicts);
    assert.deepEqual([known.open, known.reach, known.total], [fresh.open, fresh.reach, fresh.total]);
    return known.open.map((task) => this.graph.name(task));
  }
}

function layers(count: number): [Record<string, Short>, Record<string, string>] {
  const shorts: Record<string, Short> = {};
  const files: Record<string, string> = {};
  for (let i = 0; i < count; i++) {
    shorts[`make${i}`] = { inputs: [`src/${i % 100}/${i}.c`], outputs: [`out/${i}.o`] };
    shorts[`pack${i}`] = { inputs: [`out/${i}.o`], outputs: [`pack/${i}`] };
    files[`src/${i % 100}/${i}.c`] = files[`out/${i}.o`] = files[`pack/${i}`] = String(i);
  }
  return [shorts, files];
}

test("an edit of one source among 600 tasks: its reader and the one below are judged, no other", async () => {
  await openDigest();
  const s = new Scene(...layers(300));
  s.edit("src/7/207.c", "new");
  assert.equal(s.live.update(), true);
  assert.equal(s.live.judged, 2);
  assert.deepEqual(s.open(), ["make207", "pack207"]);
  s.edit("src/7/207.c", "207");
  assert.equal(s.live.update(), true);
  assert.equal(s.live.judged, 2);
  assert.deepEqual(s.open(), []);
  s.edit("notes", "nobody reads this");
  assert.equal(s.live.update(), true);
  assert.equal(s.live.judged, 0);
});

test("a task that joins 600 others asks for none of their records", async () => {
  await openDigest();
  const [shorts, files] = layers(300);
  const s = new Scene({ ...shorts, all: { barrier: true, deps: Object.keys(shorts) } }, files);
  s.edit("src/7/207.c", "new");
  s.asked = 0;
  assert.equal(s.live.update(), true);
  assert.ok(s.asked < 20, String(s.asked));
  assert.deepEqual(s.open(), ["make207", "pack207"]);
});

test("who stands below what joins 600 others waits while one of these is open, and only then", async () => {
  await openDigest();
  const [shorts, files] = layers(300);
  const [joined, lone] = [Object.keys(shorts).filter((name) => !/^(make|pack)9$/.test(name)), ["make9", "pack9"]];
  const s = new Scene({ ...shorts, all: { barrier: true, deps: joined }, tail: { deps: ["all"], outputs: ["tail.o"] } }, files);
  s.edit("src/9/9.c", "new");
  assert.equal(s.live.update(), true);
  assert.deepEqual(s.open(), lone);
  s.edit("src/7/207.c", "new");
  assert.equal(s.live.update(), true);
  assert.deepEqual(s.open(), [...lone, "make207", "pack207", "tail"]);
  s.edit("src/7/207.c", "207");
  assert.equal(s.live.update(), true);
  assert.deepEqual(s.open(), lone);
});

test("what ended well in a build is judged again, and below it only who takes from a change", async () => {
  await openDigest();
  const s = new Scene(...layers(50));
  s.edit("src/7/7.c", "new");
  s.live.update();
  s.record(s.situation, s.graph.indexOf("make7"));
  assert.equal(s.live.updateAfter([s.graph.indexOf("make7")]), true);
  assert.deepEqual(s.open(), []);
  s.edit("out/8.o", "by hand");
  s.live.update();
  assert.deepEqual(s.open(), ["make8", "pack8"]);
});

test("files that come and go under a pattern, and a barrier above", async () => {
  await openDigest();
  const s = new Scene({ list: { inputs: ["src/*.c"], outputs: ["list"] }, other: { inputs: ["x"], outputs: ["y"] }, all: { barrier: true, deps: ["list", "other"] }, last: { deps: ["all"], outputs: ["z"] } }, { "src/a.c": "a", list: "", x: "", y: "", z: "" });
  s.edit("src/b.c", "b");
  assert.equal(s.live.update(), true);
  assert.deepEqual(s.open(), ["list", "last"]);
  s.edit("src/b.c", null);
  assert.equal(s.live.update(), true);
  assert.deepEqual(s.open(), []);
});

test("what cannot be told from memory is not told: an intermediate that is gone, an input that is missing", async () => {
  await openDigest();
  const gone = new Scene({ make: { inputs: ["a"], intermediates: ["b"] }, use: { inputs: ["b"], outputs: ["c"] } }, { a: "", b: "", c: "" });
  gone.edit("b", null);
  assert.equal(gone.live.update(), false);
  assert.equal(gone.live.isSound(), false);
  const missing = new Scene({ make: { inputs: ["a"], outputs: ["b"] } }, { a: "", b: "" });
  missing.edit("a", null);
  assert.equal(missing.live.update(), false);
});
