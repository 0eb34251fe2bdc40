// tg build --trace: a file in the Trace Event Format, whatever became of the build.
import assert from "node:assert/strict";
import { test } from "node:test";
import { workspace, type Workspace } from "../support/rig.ts";

interface Entry {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly cat?: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly args?: Record<string, unknown>;
}

/** Reads a trace and holds it against the format: what viewers need is there, and nothing overlaps on a track. */
function traceOf(w: Workspace, file: string): { readonly entries: readonly Entry[]; readonly other: Record<string, unknown>; named(cat: string): readonly string[] } {
  const { traceEvents, otherData, displayTimeUnit } = JSON.parse(w.read(file)) as { traceEvents: Entry[]; otherData: Record<string, unknown>; displayTimeUnit: string };
  assert.equal(displayTimeUnit, "ms");
  const tracks = new Map<number, Entry[]>();
  for (const entry of traceEvents) {
    assert.ok(["X", "i", "M"].includes(entry.ph) && typeof entry.name === "string" && entry.pid === 1 && Number.isInteger(entry.tid), JSON.stringify(entry));
    if (entry.ph !== "M") assert.ok(Number.isInteger(entry.ts) && entry.ts! >= 0, JSON.stringify(entry));
    if (entry.ph !== "X") continue;
    assert.ok(Number.isInteger(entry.dur) && entry.dur! >= 0, JSON.stringify(entry));
    tracks.set(entry.tid, [...(tracks.get(entry.tid) ?? []), entry]);
  }
  const named = new Set(traceEvents.filter((entry) => entry.name === "thread_name").map((entry) => entry.tid));
  for (const [tid, entries] of tracks) {
    assert.ok(named.has(tid), `track ${tid} has no name`);
    entries.sort((a, b) => a.ts! - b.ts!);
    for (let i = 1; i < entries.length; i++) assert.ok(entries[i - 1]!.ts! + entries[i - 1]!.dur! <= entries[i]!.ts!, `${entries[i - 1]!.name} and ${entries[i]!.name} overlap`);
  }
  return { entries: traceEvents, other: otherData, named: (cat) => traceEvents.filter((entry) => entry.cat === cat).sort((a, b) => a.ts! - b.ts!).map((entry) => entry.name) };
}

/** `b` is longer than `short`, however late a busy machine runs that one. */
const CONFIG = `export default { tasks: {
  a: { inputs: ["in"], outputs: ["a.out"], run: "cp in a.out" },
  b: { inputs: ["a.out"], outputs: ["b.out"], run: "until test -e short.out; do sleep 0.01; done; sleep 0.2; cp a.out b.out" },
  short: { outputs: ["short.out"], run: "touch short.out" },
  both: { deps: ["b", "short"] },
  last: { deps: ["both"], outputs: ["last.out"], run: "touch last.out" },
} };\n`;

test("phases, tasks by slot with their reasons, and the critical path", async () => {
  const w = await workspace({ "tasks.config.mjs": CONFIG, in: "1" });
  const { code } = await w.tg("build -j2 --trace t.json");
  assert.equal(code, 0);
  const { entries, other, named } = traceOf(w, "t.json");
  assert.deepEqual(named("phase").filter((name) => name !== "wait" && name !== "judge"), ["start", "load", "run", "save"]);
  assert.deepEqual([...named("task")].sort(), ["a", "b", "last", "short"]);
  assert.deepEqual(named("critical"), ["a", "b", "last"]);
  const a = entries.find((entry) => entry.cat === "task" && entry.name === "a")!;
  const { commandMs, ...told } = a.args!;
  assert.equal(typeof commandMs, "number");
  assert.deepEqual(told, { outcome: "ran", exit: 0, attempt: 1, reasons: ["never ran"], command: "cp in a.out", critical: true });
  assert.equal(entries.find((entry) => entry.cat === "task" && entry.name === "short")!.args!["critical"], false);
  assert.deepEqual([other["exitCode"], other["ran"]], [0, 4]);
  assert.ok((other["criticalPathMs"] as number) >= 50);
  assert.deepEqual(entries.filter((entry) => entry.name === "thread_name").map((entry) => entry.args!["name"]), ["tg", "slot 1", "slot 2", "critical path"]);
});

test("a build without work, and a dry run", async () => {
  const w = await workspace({ "tasks.config.mjs": CONFIG, in: "1" });
  await w.tg("build -n --trace dry.json");
  assert.deepEqual(traceOf(w, "dry.json").named("phase"), ["start", "judge"]);
  await w.tg("build -j2");
  await w.tg("build --trace noop.json");
  const noop = traceOf(w, "noop.json");
  assert.deepEqual([noop.named("task"), noop.named("critical"), noop.other["fresh"]], [[], [], 4]);
});

test("the trace is written after a failure, after a bad config, and after Ctrl-C", async () => {
  const w = await workspace({ in: "1" });
  const gate = w.gate("held");
  w.write("tasks.config.mjs", `export default { tasks: { bad: { inputs: ["in"], outputs: ["x"], run: "exit 3" }, held: { inputs: ["in"], outputs: ["y"], run: ${JSON.stringify(gate.command)} } } };\n`);
  assert.equal((await w.tg("build bad --trace t.json")).code, 1);
  const failed = traceOf(w, "t.json");
  const { outcome, exit } = failed.entries.find((entry) => entry.cat === "task")!.args!;
  assert.deepEqual([outcome, exit, failed.other["exitCode"]], ["failed", 3, 1]);
  const build = w.start("build held --trace t.json");
  await gate.reached();
  build.signal("SIGINT");
  assert.equal((await build.done).signal, "SIGINT");
  const stopped = traceOf(w, "t.json");
  assert.deepEqual([stopped.named("task"), stopped.entries.find((entry) => entry.cat === "task")!.args!["outcome"], stopped.other["signal"]], [["held"], "cancelled", "SIGINT"]);
  w.write("tasks.config.mjs", "export default { tasks: 1 };\n");
  assert.equal((await w.tg("build --trace t.json")).code, 2);
  assert.deepEqual(traceOf(w, "t.json").named("phase"), ["start", "load"]);
});

test("a trace that cannot be written is said before anything runs", async () => {
  const w = await workspace({ "tasks.config.mjs": CONFIG, in: "1" });
  const { code, stderr } = await w.tg("build --trace no/such/t.json");
  assert.equal(code, 2);
  assert.match(stderr, /^tg: cannot write the trace .*no\/such\/t\.json: no such file or folder\n {4}try: give --trace a file in a folder that exists and may be written to\n$/);
  assert.equal(w.exists("a.out"), false);
});
