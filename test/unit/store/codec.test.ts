// Records as text: what most of them lack takes no room, and is read back wherever it stands.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilePath } from "../../../src/model/path.ts";
import { EMPTY_RECORD, type Identity, type Seen, type TaskRecord } from "../../../src/model/state.ts";
import { decodeRecord, encodeRecord, mayHaveStarted, type PathRows } from "../../../src/store/codec.ts";

const rows: PathRows = { count: Infinity, idOf: Number, pairOf: (row, identity) => [String(row) as FilePath, identity] };
const path = (row: number): FilePath => String(row) as FilePath;

const seen = (row: number, identity: string): Seen => [path(row), identity as Identity];
const BASE: TaskRecord = { ...EMPTY_RECORD, status: "ok", inputs: [seen(1, "f0.1")], outputs: [seen(2, "f1.1")] };
const RARE: readonly Partial<TaskRecord>[] = [
  { trace: [["need x", "1"]] }, { links: [seen(3, "l")] }, { found: [path(4)] }, { rewritten: [path(5)] }, { ranAt: 0 },
] as readonly Partial<TaskRecord>[];

test("any of the rare fields, alone and together, come back, and none follows the last", () => {
  for (let bits = 0; bits < 1 << RARE.length; bits++) {
    const record = RARE.reduce<TaskRecord>((all, field, at) => ((bits >> at) & 1 ? { ...all, ...field } : all), BASE);
    const text = encodeRecord(record, rows);
    assert.deepEqual(decodeRecord(text, rows), record);
    assert.equal((JSON.parse(text) as unknown[]).length, 19 + (32 - Math.clz32(bits)));
  }
});

test("an empty list is as none", () => {
  const text = encodeRecord({ ...BASE, trace: [], links: [], givers: [] }, rows);
  assert.equal(text, encodeRecord(BASE, rows));
  assert.deepEqual(decodeRecord(text.replace(/\]$/, ",[],[],[]]"), rows), BASE);
});

test("when a record began is seen in its text, whatever else it says", () => {
  for (const start of [0, 999, 1000, 1000.5, 1_790_000_000_000]) for (const value of [null, '",1,2,"', ",3000", '[[1,2],{"a,5":7,"b":8}]']) {
    const text = encodeRecord({ ...BASE, parts: { command: "x,4,5" }, value, start, end: start + 1 }, rows);
    for (const time of [0, 999, 1000, 1001, 1_790_000_000_000]) if (start >= time) assert.ok(mayHaveStarted(text, time), `${start} ${time} ${text}`);
  }
  assert.equal(mayHaveStarted(encodeRecord({ ...BASE, start: 1000, end: 1001, goodMs: 5000, peakKb: 9000 }, rows), 1001), false);
});
