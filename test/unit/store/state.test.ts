import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { test } from "node:test";
import { makeGraph } from "../../../src/graph/graph.ts";
import { thawGraph } from "../../../src/graph/thaw.ts";
import type { Redeclared } from "../../../src/model/frozen.ts";
import { NO_SETTINGS } from "../../../src/model/limits.ts";
import { movedSince } from "../../../src/model/memo.ts";
import type { FilePath } from "../../../src/model/path.ts";
import type { Identity, TaskRecord } from "../../../src/model/state.ts";
import { DamagedState, DiskError } from "../../../src/model/ports.ts";
import { COLUMN_NAMES, KIND } from "../../../src/model/table.ts";
import { TASK_DEFAULTS, type Task, type TaskName } from "../../../src/model/task.ts";
import { State } from "../../../src/store/state.ts";
import { tempFolder } from "../../support/folder.ts";

const A = "a" as TaskName;
const B = "bö b" as TaskName;

function record(status: TaskRecord["status"], output: string): TaskRecord {
  return {
    status, key: "00000000000000aa", parts: { command: "x" }, inputs: [["in.txt" as FilePath, "f1.1" as Identity]], folders: [], custom: [],
    discovered: [], upstream: [], upstreamKeys: [], outputs: [[output as FilePath, "f2.1" as Identity]], members: [], value: null,
    start: 1, end: 2, goodMs: 1, exit: 0, signal: null, attempts: 1, peakKb: 0, reasons: [{ code: "never-ran" }], error: null,
  };
}

function task(name: TaskName, output: string): Task {
  return { ...TASK_DEFAULTS, name, action: { kind: "shell", text: "x" }, outputs: [{ kind: "file", path: output as FilePath, role: "output", optional: false }] };
}

const TASKS = [task(A, "a.txt"), task(B, "ü/b.txt")];
const GRAPH = makeGraph({
  count: 2, default: null, jobs: null, settings: NO_SETTINGS, stateDir: ".tg" as FilePath,
  name: (i) => TASKS[i]!.name, task: (i) => TASKS[i]!, isBarrier: () => false,
  needStart: Uint32Array.of(0, 0, 0), needs: new Uint32Array(0), needKinds: new Uint8Array(0), order: Uint32Array.of(0, 1), producerOf: () => -1, makersFor: () => [], isMadeFolder: () => false,
});
const META = { stamp: { tool: "t", rows: [], env: [], settled: true }, declaredEnv: [], versions: [], params: "", lists: {}, said: "", hashers: false };

function folder(): string {
  return tempFolder("tg-state");
}

/** Bytes of a state's first part, which stands at both ends. */
function firstBytesIn(state: Buffer): number {
  return state.readUInt32LE(24);
}

/** A state with a snapshot that holds A and a journal that adds B. */
function written(): string {
  const dir = folder();
  const state = State.open(dir, "");
  state.openForWriting();
  state.put(A, record("ok", "a.txt"), new Set([state.table.idOf("in.txt")]));
  state.compact(GRAPH, META, { settled: Uint8Array.of(1, 0), refs: (i) => (i === 0 ? [state.table.idOf("in.txt")] : []) });
  const again = State.open(dir, "");
  again.openForWriting();
  again.put(B, record("ok", "ü/b.txt"), new Set());
  again.close();
  return dir;
}

test("records that took the same hold one list, in the process that put them and read from journal and snapshot", () => {
  const dir = folder();
  const took = (): TaskRecord => ({ ...record("ok", "a.txt"), upstream: [["u" as FilePath, "f1.1" as Identity], ["v" as FilePath, "f2.1" as Identity]], upstreamKeys: ["k"], givers: [["maker" as TaskName, 2]] });
  const check = (state: State): void => {
    const [a, b] = [state.get(A)!, state.get(B)!];
    assert.deepEqual([a.upstream, a.upstreamKeys, a.givers], [took().upstream, took().upstreamKeys, took().givers]);
    assert.ok(a.upstream === b.upstream && a.upstreamKeys === b.upstreamKeys && a.givers === b.givers);
  };
  const first = State.open(dir, "");
  first.openForWriting();
  first.compact(GRAPH, META, { settled: Uint8Array.of(0, 0), refs: () => [] });
  const state = State.open(dir, "");
  state.openForWriting();
  for (const name of [A, B]) state.put(name, took(), new Set());
  check(state);
  state.close();
  const read = State.open(dir, "");
  check(read);
  read.openForWriting();
  read.compact(GRAPH, META, { settled: Uint8Array.of(0, 0), refs: () => [] });
  check(State.open(dir, ""));
});

test("a new snapshot is due sooner outside of a watch, where each command reads the journal", () => {
  const dir = folder();
  const first = State.open(dir, "");
  first.openForWriting();
  first.put(A, { ...record("ok", "a.txt"), value: JSON.stringify("x".repeat(2_000_000)) }, new Set());
  first.compact(GRAPH, META, { settled: Uint8Array.of(0, 0), refs: () => [] });
  const state = State.open(dir, "");
  state.openForWriting();
  const due = (): boolean[] => [state.wantsCompaction(), state.wantsCompaction({ watched: true })];
  assert.deepEqual([due(), state.wantsCompaction({ rows: 1_000 })], [[false, false], true]);
  state.put(B, { ...record("ok", "ü/b.txt"), value: JSON.stringify("y".repeat(50_000)) }, new Set());
  assert.deepEqual(due(), [true, false]);
  state.put(B, { ...record("ok", "ü/b.txt"), value: JSON.stringify("y".repeat(50_000)) }, new Set());
  assert.deepEqual(due(), [true, true]);
  state.close();
});

test("a record survives in the snapshot, another in the journal", () => {
  const state = State.open(written(), "");
  assert.deepEqual(state.get(A), record("ok", "a.txt"));
  assert.deepEqual(state.get(B), record("ok", "ü/b.txt"));
  assert.deepEqual(state.notices, []);
  const graph = thawGraph(state.frozen()!, state.table);
  assert.equal(graph.producerOf("ü/b.txt"), 1);
  assert.deepEqual(["*", "ü/*", "ü/*.js"].map((pattern) => graph.makersFor(pattern)), [[0], [1], []]);
  assert.equal(graph.indexOf(B), 1);
});

test("names beside the stored graph's are known without a look at its tasks", () => {
  const gone = "gone" as TaskName;
  const dir = written();
  const state = State.open(dir, "");
  state.openForWriting();
  state.put(gone, record("ok", "gone.txt"), new Set());
  state.compact(GRAPH, META, { settled: Uint8Array.of(1, 1), refs: () => [] });
  state.close();
  assert.deepEqual([...State.open(dir, "").namesBeside()], [gone]);
  assert.deepEqual([...State.open(dir, "").names()].toSorted(), [A, B, gone].toSorted());
  const next = State.open(dir, "");
  next.openForWriting();
  next.put(A, record("ok", "a.txt"), new Set());
  next.drop(gone);
  next.close();
  assert.deepEqual([...State.open(dir, "").namesBeside()], [A]);
  assert.deepEqual([...State.open(dir, "").names()].toSorted(), [A, B].toSorted());
});

test("what began since a time is known, wherever it is kept", () => {
  const gone = "gone" as TaskName;
  const dir = written();
  const state = State.open(dir, "");
  state.openForWriting();
  for (const [name, start] of [[A, 1000], [B, 2000], [gone, 3000]] as const) state.put(name, { ...record("ok", "a.txt"), start, end: start }, new Set());
  const since = (one: State): string[] => [1000, 2000, 2001, 3001].map((time) => [...one.startedSince(time)].toSorted().join(" "));
  const told = ["a bö b gone", "bö b gone", "gone", ""];
  assert.deepEqual(since(state), told);
  state.compact(GRAPH, META, { settled: Uint8Array.of(1, 1), refs: () => [] });
  state.close();
  const next = State.open(dir, "");
  assert.deepEqual(since(next), told);
  next.openForWriting();
  next.put(A, { ...record("ok", "a.txt"), start: 5000, end: 5000 }, new Set());
  next.markStarted(B, 6000, []);
  next.drop(gone);
  assert.deepEqual(since(next), ["a bö b", "a bö b", "a", "a"]);
});

test("a started task is unfinished, with its outputs as halves", () => {
  const dir = written();
  const state = State.open(dir, "");
  state.openForWriting();
  state.markStarted(A, 5, ["a.txt" as FilePath]);
  state.close();
  const after = State.open(dir, "");
  assert.equal(after.get(A)!.status, "running");
  assert.deepEqual(after.get(A)!.outputs, [["a.txt", "*"]]);
  assert.equal(after.unfinished(), true);
});

test("a changed row unsettles the tasks that stand on it", () => {
  const dir = written();
  const state = State.open(dir, "");
  const row = state.table.idOf("in.txt");
  assert.equal(state.memo()!.settled[0], 1);
  state.openForWriting();
  state.table.columns.kind[row] = KIND.file;
  state.table.setHash(row, "00000000000000ff");
  state.refresh(new Set([row]), new Map());
  state.close();
  assert.equal(movedSince(State.open(dir, "").memo()!, 0, row), true);
});

for (const name of ["state", "journal"]) {
  test(`${name} cut at every length opens, and never holds more than before`, () => {
    const dir = written();
    const whole = fs.readFileSync(path.join(dir, name));
    for (let length = whole.length - 1; length >= 0; length--) {
      fs.truncateSync(path.join(dir, name), length);
      const state = State.open(dir, "");
      for (const one of [A, B]) assert.ok(state.get(one) === null || state.get(one)!.status === "ok");
      if (name === "state") assert.equal(state.get(A), null);
      if (length > 0) assert.ok(state.notices.length <= 1);
    }
  });

  test(`${name} with any bit flipped opens, and the damage is noticed`, () => {
    const dir = written();
    const whole = fs.readFileSync(path.join(dir, name));
    // In place: a file written anew each time takes most of the time there is.
    const fd = fs.openSync(path.join(dir, name), "r+");
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const at = bit >> 3;
      fs.writeSync(fd, Uint8Array.of(whole[at]! ^ (1 << (bit & 7))), 0, 1, at);
      const state = State.open(dir, "");
      assert.equal(state.notices.length, 1, `bit ${bit}`);
      assert.ok(state.get(B) === null);
      if ((bit & 7) === 7) fs.writeSync(fd, whole, at, 1, at);
    }
    fs.closeSync(fd);
    assert.deepEqual(fs.readFileSync(path.join(dir, name)), whole);
  });
}

test("a trusting reader reads late: damage in the second part is thrown there, and told to who opens the state anew", () => {
  const dir = written();
  const file = path.join(dir, "state");
  const whole = fs.readFileSync(file);
  assert.deepEqual(State.open(dir, "", { trusting: true }).get(A), record("ok", "a.txt"));
  const first = firstBytesIn(whole);
  for (let at = 0; at < whole.length; at += 3) {
    const broken = Buffer.from(whole);
    broken[at]! ^= 16;
    fs.writeFileSync(file, broken);
    const state = State.open(dir, "", { trusting: true });
    if (at >= first && at < whole.length - first) {
      assert.equal(state.frozen()!.name(0), A);
      assert.throws(() => state.get(A), DamagedState);
      assert.throws(() => state.frozen()!.task(0), DamagedState);
    } else assert.equal(state.frozen(), null);
    assert.equal(State.open(dir, "").notices.length, 1);
  }
  // Replaced between the two readings.
  fs.writeFileSync(file, whole);
  const state = State.open(dir, "", { trusting: true });
  fs.writeFileSync(file + ".new", whole);
  fs.renameSync(file + ".new", file);
  assert.throws(() => state.get(A), DamagedState);
});

for (const [size, least] of [["small", 0], ["large", 6000]] as const) test(`declarations and records of a ${size} state are read block by block: damage shows where it is read, and to who reads all`, () => {
  const dir = folder();
  const textOf = (i: number): string => `echo ${i} ${"x".repeat(least + (i % 97))}`;
  const many = Array.from({ length: 200 }, (_, i) => ({ ...task(`t${i}` as TaskName, `o${i}`), action: { kind: "shell", text: textOf(i) } }) as unknown as Task);
  const graph = { ...GRAPH, count: many.length, name: (i: number) => many[i]!.name, task: (i: number) => many[i]!, order: Uint32Array.from(many.keys()), needStart: new Uint32Array(many.length + 1) };
  const state = State.open(dir, "");
  state.openForWriting();
  for (const { name } of many) state.put(name, record("ok", `${name}.txt`), new Set());
  state.compact(graph, META, { settled: new Uint8Array(many.length), refs: () => [] });
  const file = path.join(dir, "state");
  const whole = fs.readFileSync(file);
  // A large one has a sum of all of it, too.
  assert.equal(whole.readUInt32LE(28) !== 0, size === "large" && process.versions["bun"] === undefined && process.versions["deno"] === undefined);
  for (const i of [0, 199, 7, 100]) {
    const late = State.open(dir, "", { trusting: true });
    assert.deepEqual(late.get(many[i]!.name), record("ok", `t${i}.txt`));
    assert.equal((late.frozen()!.task(i).action as { text: string }).text, textOf(i));
    assert.equal(late.hasCheckedAll(), false);
    late.readAll();
    assert.deepEqual(late.get(many[i]!.name), record("ok", `t${i}.txt`));
  }
  // Checked and not kept, all of them can be read whatever becomes of the file.
  const [kept, held] = [State.open(dir, ""), State.open(dir, "", { trusting: true })];
  held.readAll(false);
  fs.renameSync(file, file + ".away");
  assert.equal(held.hasCheckedAll(), true);
  for (const [i, { name }] of many.entries()) {
    assert.equal(held.usualMs(name, i), kept.usualMs(name, i));
    if (i % 7 === 3) assert.deepEqual(held.get(name), record("ok", `t${i}.txt`));
  }
  assert.deepEqual(many.map((_, i) => held.frozen()!.task(i).name), many.map(({ name }) => name));
  held.close();
  fs.renameSync(file + ".away", file);
  // All of them one by one come to the same as all at once.
  const one = State.open(dir, "", { trusting: true });
  assert.deepEqual(many.map(({ name }) => one.get(name)!.outputs[0]![0]), many.map(({ name }) => `${name}.txt`));
  const first = firstBytesIn(whole);
  for (const at of [whole.length - first - 9, whole.length - first - 30_000, first + 10]) {
    const broken = Buffer.from(whole);
    broken[at]! ^= 1;
    fs.writeFileSync(file, broken);
    const damaged = State.open(dir, "", { trusting: true });
    assert.throws(() => damaged.readAll(false), DamagedState);
    assert.throws(() => damaged.readAll(), DamagedState);
    for (const i of [0, 65, 130, 199]) {
      const each = State.open(dir, "", { trusting: true });
      try {
        assert.deepEqual([each.get(many[i]!.name), each.frozen()!.task(i).name], [record("ok", `t${i}.txt`), `t${i}`]);
      } catch (error) {
        assert.ok(error instanceof DamagedState, String(error));
      }
    }
    assert.equal(State.open(dir, "").notices.length, 1);
  }
});

for (const more of [0, 100]) test(`rows in the journal come back as they went in, ${3 + more} of them`, () => {
  const dir = written();
  const state = State.open(dir, "");
  const rows = ["in.txt", "new/ü.txt", "third", ...Array.from({ length: more }, (_, i) => `more/${i}`)].map((one) => state.table.idOf(one));
  rows.forEach((row, i) => {
    state.table.setStat(row, { kind: "file", size: 2 ** 40 + i, mtimeMs: 1.7e12 + 0.123, ctimeMs: 3.5, ino: 2 ** 52 + i, dev: 66306, mode: 0o755 });
    state.table.columns.kind[row] = KIND.file;
    state.table.columns.flags[row] = i;
    state.table.setHash(row, "fedcba987654321" + (i % 10));
  });
  state.openForWriting();
  state.refresh(new Set(rows), new Map([[1, 3]]));
  state.close();
  const again = State.open(dir, "");
  assert.deepEqual(again.notices, []);
  for (const [i, row] of rows.entries()) {
    assert.equal(again.table.pathOf(row), state.table.pathOf(row));
    assert.equal(again.table.find(state.table.pathOf(row)), row);
    for (const name of COLUMN_NAMES) assert.equal(again.table.columns[name][row], state.table.columns[name][row], `${name} of row ${i}`);
  }
  assert.deepEqual([...again.memo()!.settled], [1, 3]);
});

test("a task that starts after it was settled is settled no more, one that is settled after that is", () => {
  const dir = written();
  const state = State.open(dir, "");
  state.openForWriting();
  state.refresh(new Set(), new Map([[0, 1], [1, 3]]));
  state.markStarted(A, 1, []);
  state.close();
  const again = State.open(dir, "");
  assert.deepEqual([...again.memo()!.settled], [0, 3]);
  assert.deepEqual(again.memo()!.resettled, [1]);
  again.openForWriting();
  again.refresh(new Set(), new Map([[0, 1]]));
  again.close();
  const last = State.open(dir, "").memo()!;
  assert.deepEqual([...last.settled], [1, 3]);
  assert.ok(last.settledSeq[0]! > last.settledSeq[1]!);
});

test("when a task last gave something else is known as far back as each settling since says that it gave the same", () => {
  const dir = written();
  const settle = (same: readonly number[]): void => {
    const state = State.open(dir, "");
    state.openForWriting();
    state.markStarted(A, 1, []);
    state.refresh(new Set(), new Map([[0, 1]]), same);
    state.close();
  };
  const gave = (): number => State.open(dir, "").memo()!.gaveSeq[0]!;
  settle([0]);
  assert.equal(gave(), 0, "nothing else than when the snapshot was written");
  settle([]);
  const other = gave();
  assert.equal(other, State.open(dir, "").memo()!.settledSeq[0]);
  settle([0]);
  assert.equal(gave(), other);
  assert.ok(State.open(dir, "").memo()!.settledSeq[0]! > other);
  // The tail with the word of it is torn off: then it gave something else, for all that is known.
  const file = path.join(dir, "journal");
  fs.truncateSync(file, fs.statSync(file).size - 1);
  assert.equal(gave(), State.open(dir, "").memo()!.settledSeq[0]);
  assert.ok(gave() > other);
  // And no later settling is taken for the one it was about.
  settle([]);
  assert.equal(gave(), State.open(dir, "").memo()!.settledSeq[0]);
});

test("barriers, and who may have to wait for a pool, are known without their declarations", () => {
  const dir = folder();
  const plain = task(A, "a.txt");
  const tasks: Task[] = [{ ...plain, action: null, outputs: [] }, plain, { ...plain, temp: true }, { ...plain, action: null, deprecated: "no more" }, { ...plain, console: true }, { ...plain, deprecated: "no more" }];
  const named = tasks.map((one, i): Task => ({ ...one, name: `t${i}` as TaskName }));
  const graph = makeGraph({ ...GRAPH, count: 6, name: (i) => named[i]!.name, task: (i) => named[i]!, isBarrier: (i) => named[i]!.action === null, needStart: new Uint32Array(7), order: Uint32Array.from(named.keys()) });
  State.open(dir, "").compact(graph, META, { settled: new Uint8Array(6), refs: () => [] });
  const frozen = State.open(dir, "").frozen()!;
  assert.deepEqual([frozen.barriers(), frozen.limited(), frozen.taskCount()], [[0, 3], [4], 4]);
});

/** A state whose snapshot holds A, fresh on a file it has seen. */
function seenOnce(): { dir: string; row: number } {
  const dir = folder();
  const state = State.open(dir, "");
  state.openForWriting();
  const row = state.table.idOf("in.txt");
  touch(state, row, 1000);
  state.put(A, record("ok", "a.txt"), new Set([row]));
  state.compact(GRAPH, META, { settled: Uint8Array.of(1, 0), refs: (i) => (i === 0 ? [row] : []) });
  return { dir, row };
}

function touch(state: State, row: number, mtimeMs: number): void {
  state.table.columns.kind[row] = KIND.file;
  state.table.setStat(row, { kind: "file", size: 3, mtimeMs, ctimeMs: mtimeMs, ino: 7, dev: 1, mode: 0o644 });
}

for (const trusting of [true, false]) test(`rows that moved without being others go into the snapshot, the rest of it as it is${trusting ? ", not read" : ""}`, () => {
  const { dir, row } = seenOnce();
  for (const mtimeMs of [2000, 3000]) {
    const state = State.open(dir, "", { trusting });
    state.openForWriting();
    touch(state, row, mtimeMs - 500);
    state.refresh(new Set([row]), new Map());
    touch(state, row, mtimeMs);
    assert.equal(state.fold(), true);
    // It goes on answering, and whoever kept the journal open writes to the new one.
    assert.deepEqual(state.get(A), record("ok", "a.txt"));
    assert.equal(fs.existsSync(path.join(dir, "journal")), false);
    state.close();
    const again = State.open(dir, "");
    assert.deepEqual(again.notices, []);
    assert.equal(again.table.columns.mtimeMs[row], mtimeMs);
    assert.deepEqual([...again.memo()!.settled], [1, 0]);
    assert.equal(movedSince(again.memo()!, 0, row), false);
    assert.deepEqual(again.get(A), record("ok", "a.txt"));
    assert.deepEqual(again.meta(), state.meta());
  }
});

test("a state whose journal says more is not folded, nor one that somebody replaced", () => {
  const more: readonly ((state: State, row: number) => void)[] = [
    (state) => state.put(B, record("ok", "ü/b.txt"), new Set()),
    (state) => state.refresh(new Set(), new Map([[0, 1]])),
    (state) => state.restamp(META.stamp),
    (state) => state.refresh(new Set([state.table.idOf("another")]), new Map()),
    (state, row) => {
      state.table.setHash(row, "00000000000000ff");
      state.refresh(new Set([row]), new Map());
    },
  ];
  for (const say of more) {
    const { dir, row } = seenOnce();
    const first = State.open(dir, "");
    first.openForWriting();
    say(first, row);
    // Of a row that is another one only the caller knows, before the journal is read.
    if (say !== more.at(-1)) assert.equal(first.fold(), false);
    first.close();
    const state = State.open(dir, "");
    state.openForWriting();
    assert.equal(state.fold(), false);
    assert.deepEqual([...fs.readFileSync(path.join(dir, "journal"))].length > 40, true);
  }
  const { dir } = seenOnce();
  const state = State.open(dir, "");
  fs.appendFileSync(path.join(dir, "state"), "x");
  assert.equal(state.fold(), false);
});

test("who went on from a new snapshot holds more than the file it once read: it is not folded", () => {
  const { dir, row } = seenOnce();
  const state = State.open(dir, "");
  const graph = thawGraph(state.frozen()!, state.table);
  state.openForWriting();
  state.put(A, record("failed", "a.txt"), new Set());
  state.compact(graph, META, { settled: Uint8Array.of(0, 0), refs: () => [row], goesOn: true });
  state.openForWriting();
  touch(state, row, 2000);
  state.refresh(new Set([row]), new Map());
  assert.equal(state.fold(), false);
  state.close();
  const again = State.open(dir, "");
  assert.deepEqual(again.notices, []);
  assert.equal(again.get(A)!.status, "failed");
  assert.equal(again.table.columns.mtimeMs[row], 2000);
});

test("a graph is known again by its definitions and edges, wherever its tasks stand in the config", () => {
  const state = State.open(written(), "");
  const other = (change: (tasks: Task[]) => Task[], more: Partial<typeof GRAPH> = {}): Redeclared | null => {
    const tasks = change([...TASKS]);
    return state.redeclared({ ...GRAPH, ...more, count: tasks.length, name: (i) => tasks[i]!.name, task: (i) => tasks[i]! });
  };
  const edited = (fields: object): ((tasks: Task[]) => Task[]) => ([first, ...rest]) => [{ ...first!, ...fields }, ...rest];
  assert.deepEqual(other((tasks) => tasks), { tasks: [], isSame: true });
  assert.deepEqual(other(edited({ at: { file: "tasks.config.ts", line: 7 } })), { tasks: [], isSame: false });
  assert.deepEqual(other(edited({ description: "new" })), { tasks: [], isSame: false });
  assert.deepEqual(other(edited({ action: { kind: "shell", text: "y" } })), { tasks: [0], isSame: false });
  assert.equal(other(edited({ action: null })), null);
  assert.equal(other(edited({ outputs: [] })), null);
  assert.equal(other(edited({ envNames: ["A"] })), null);
  assert.equal(other((tasks) => tasks.slice(1)), null);
  assert.equal(other((tasks) => tasks, { needs: Uint32Array.of(1), needKinds: Uint8Array.of(0), needStart: Uint32Array.of(0, 1, 1) }), null);
  assert.equal(other((tasks) => tasks, { order: Uint32Array.of(1, 0) }), null);
});

test("a stored graph knows who makes what by trees and patterns", () => {
  const outputs = [{ kind: "tree", path: "dist" }, { kind: "glob", pattern: "gen/*.c" }, { kind: "glob", pattern: "**/*.h" }].map((one) => ({ ...one, role: "output" }));
  const tasks = outputs.map((output, i) => ({ ...task(`t${i}` as TaskName, "x"), outputs: [output], deprecated: "" }) as unknown as Task);
  const dir = folder();
  State.open(dir, "").compact({ ...GRAPH, count: 3, name: (i) => tasks[i]!.name, task: (i) => tasks[i]!, order: Uint32Array.of(0, 1, 2), needStart: new Uint32Array(4) }, META, { settled: new Uint8Array(3), refs: () => [] });
  const state = State.open(dir, "");
  const graph = thawGraph(state.frozen()!, state.table);
  const makers = ["dist/a/b.h", "dist", "gen/a.c", "gen/b/a.c", "inc/x.h", "x.h", "none"].map((path) => graph.producerOf(path));
  assert.deepEqual(makers, [0, 0, 1, -1, 2, 2, -1]);
});

test("who goes on after a new snapshot holds what it says, however its texts grow and shrink", () => {
  const dir = written();
  const state = State.open(dir, "");
  const graph = thawGraph(state.frozen()!, state.table);
  const in1 = state.table.idOf("in.txt");
  for (let turn = 0; turn < 20; turn++) {
    const long = { ...record("ok", "ü/b.txt"), goodMs: turn % 2 === 0 ? 7 : 3, parts: { command: "ü".repeat((turn * 7919) % 300) } };
    state.openForWriting();
    state.put(turn % 2 === 0 ? B : A, long, new Set([in1]));
    const refs = [in1, state.table.idOf(`${turn}.txt`)];
    const memo = state.compact(graph, META, { settled: Uint8Array.of(1, turn % 2), refs: () => refs, goesOn: true });
    assert.deepEqual([...memo.refs(1)], refs);
    assert.ok(state.isCurrent());
    for (const one of [state, State.open(dir, ""), State.open(dir, "", { trusting: true })]) {
      assert.deepEqual(one.notices, []);
      assert.deepEqual(one.get(turn % 2 === 0 ? B : A), long);
      assert.equal(one.get(turn % 2 === 0 ? A : B)!.status, "ok");
      assert.deepEqual([...one.memo()!.settled], [1, turn % 2]);
      assert.deepEqual([...one.memo()!.refs(0)], refs);
      assert.deepEqual([A, B].map((name) => one.frozen()!.task(one.frozen()!.indexOf(name)).name), [A, B]);
      // Where the caller takes the task to stand in the graph is no more than a guess.
      for (const guess of [-1, 0, 1, 2]) assert.equal(one.usualMs(B, guess), 7);
      one.readAll();
      for (const guess of [0, 1]) assert.equal(one.usualMs(B, guess), 7);
    }
  }
});

test("a new snapshot that cannot be written takes nothing from who goes on", () => {
  const dir = written();
  const state = State.open(dir, "");
  const graph = thawGraph(state.frozen()!, state.table);
  const refs = [state.table.idOf("in.txt")];
  state.openForWriting();
  state.put(A, record("failed", "a.txt"), new Set());
  fs.renameSync(dir, `${dir}-away`);
  assert.throws(() => state.compact(graph, META, { settled: Uint8Array.of(0, 1), refs: () => refs, goesOn: true }), DiskError);
  fs.renameSync(`${dir}-away`, dir);
  assert.deepEqual([state.get(A), state.get(B)], [record("failed", "a.txt"), record("ok", "ü/b.txt")]);
  state.put(B, record("failed", "ü/b.txt"), new Set([state.table.idOf("new.txt")]));
  state.close();
  const again = State.open(dir, "");
  assert.deepEqual(again.notices, []);
  assert.deepEqual([again.get(A)!.status, again.get(B)!.status], ["failed", "failed"]);
  assert.equal(again.table.pathOf(again.table.find("new.txt")), "new.txt");
});

test("a journal of another snapshot is left alone, though both were written in one millisecond", (t) => {
  t.mock.method(Date, "now", () => 1_800_000_000_000);
  const dir = written();
  const other = written();
  fs.copyFileSync(path.join(other, "journal"), path.join(dir, "journal"));
  const state = State.open(dir, "");
  assert.equal(state.get(B), null);
  assert.deepEqual(state.get(A), record("ok", "a.txt"));
});

for (const name of ["state", "journal"]) {
  test(`a FIFO in the place of the ${name} is damage: it is not opened`, () => {
    const dir = written();
    fs.rmSync(path.join(dir, name));
    execFileSync("mkfifo", [path.join(dir, name)]);
    const state = State.open(dir, "");
    assert.equal(state.get(B), null);
    state.openForWriting();
    state.put(B, record("ok", "b.txt"), new Set());
    state.close();
    assert.deepEqual(State.open(dir, "").get(B), record("ok", "b.txt"));
  });
}

test("a keeper of a killed build is asked to end, and waited for", { skip: process.platform !== "linux" }, async () => {
  const dir = written();
  const keeper = spawn("sh", ["-c", "trap 'rm -f kept; exit 0' TERM; touch kept; echo up; while :; do sleep 0.01; done"], { cwd: dir, detached: true, stdio: ["ignore", "pipe", "ignore"] });
  await once(keeper.stdout, "data");
  const state = State.open(dir, "");
  state.openForWriting();
  state.markKeeper(keeper.pid!);
  state.markStarted(A, 5, []);
  state.markKeeper(keeper.pid!);
  state.put(A, record("ok", "a.txt"), new Set());
  state.close();
  await State.open(dir, "").endStrays();
  assert.equal(fs.existsSync(path.join(dir, "kept")), false);
});
