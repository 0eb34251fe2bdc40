// What records took from other tasks, which those of tasks behind one barrier have in common: as objects and in their text.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilePath } from "../../../src/model/path.ts";
import { EMPTY_RECORD, type Identity, type Seen, type TaskRecord } from "../../../src/model/state.ts";
import { FileTable } from "../../../src/model/table.ts";
import type { TaskName } from "../../../src/model/task.ts";
import { decodeRecord, encodeRecord, LastTaken } from "../../../src/store/codec.ts";

const MANY = [0, 1, 2, 3, 4];

/** As a task records it that takes from many others: all lists made anew. `odd`: the one of them that gave something else. */
function record(odd: number, more: Partial<TaskRecord> = {}): TaskRecord {
  return {
    ...EMPTY_RECORD, status: "ok", key: "00000000000000aa", parts: { command: 'x\n"[[' },
    upstream: MANY.map((i): Seen => [`out/${i}` as FilePath, `f${i === odd ? "9" : "1"}.${i}` as Identity]),
    upstreamKeys: MANY.map((i) => `key ${i === odd ? "9" : ""}${i}`),
    givers: MANY.map((i) => [`t"${i === odd ? "9" : ""}${i}` as TaskName, 1] as const),
    ...more,
  };
}

const RECORDS: readonly TaskRecord[] = [
  record(-1), record(-1, { ranAt: 7 }), record(-1, { found: ["f" as FilePath] }), record(3), record(3, { rewritten: ["r" as FilePath], trace: [["need a", "1"]] }), record(-1),
  // The same list elsewhere, with and without its own place.
  record(-1, { discovered: record(-1).upstream }), record(-1, { discovered: record(-1).upstream, upstream: [] }),
  record(-1, { upstreamKeys: ["one"], givers: [] }), record(-1, { upstream: [], givers: [] }), record(-1, { upstreamKeys: [] }), record(-1, { upstream: [], upstreamKeys: [], givers: [] }), record(-1, { upstream: record(-1).upstream.slice(0, 3) }), record(-1), record(-1),
];

test("records that share what they took are written and read as those that share nothing", () => {
  const table = FileTable.empty();
  const [writing, reading] = [new LastTaken(table), new LastTaken(table)];
  for (const told of [...RECORDS, ...[...RECORDS].reverse()]) {
    const text = encodeRecord(writing.share(told), table, writing);
    assert.deepEqual(decodeRecord(text, table), decodeRecord(encodeRecord(told, table), table));
    assert.deepEqual(decodeRecord(text, table, reading), decodeRecord(text, table));
    const { ranAt, found = [], rewritten = [], trace = [], givers = [], ...rest } = told;
    const { ranAt: ran, found: met = [], rewritten: again = [], trace: asked = [], givers: gave = [], ...back } = decodeRecord(text, table, reading);
    assert.deepEqual([back, ran, met, again, asked, gave], [rest, ranAt, found, rewritten, trace, givers]);
  }
});

test("what a record took as the one before it did is the same lists, put or read", () => {
  const table = FileTable.empty();
  const last = new LastTaken(table);
  const lists = ({ upstream, upstreamKeys, givers }: TaskRecord): readonly unknown[] => [upstream, upstreamKeys, givers];
  const put = lists(last.share(record(-1)));
  const text = encodeRecord(record(-1), table);
  for (const next of [last.share(record(-1)), decodeRecord(text, table, last), decodeRecord(text, table, last)]) {
    lists(next).forEach((list, at) => assert.ok(list === put[at], `list ${at}`));
  }
  assert.ok(decodeRecord(encodeRecord(record(3), table), table, last).upstream !== put[0]);
});
