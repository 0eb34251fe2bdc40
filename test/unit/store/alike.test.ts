// Long lists that records have in common, as objects and in their text.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FilePath } from "../../../src/model/path.ts";
import { EMPTY_RECORD, type Identity, type Seen, type TaskRecord } from "../../../src/model/state.ts";
import { FileTable } from "../../../src/model/table.ts";
import type { TaskName } from "../../../src/model/task.ts";
import { decodeRecord, encodeRecord, Shared, sharing } from "../../../src/store/codec.ts";

const LONG = Array.from({ length: 40 }, (_, i) => i);

/** As a task records it that takes from many others: all lists made anew. `odd`: the one of them that gave something else. */
function record(odd: number, more: Partial<TaskRecord> = {}): TaskRecord {
  return {
    ...EMPTY_RECORD, status: "ok", key: "00000000000000aa", parts: { command: 'x "[[' },
    upstream: LONG.map((i): Seen => [`out/${i}` as FilePath, `f${i === odd ? "9" : "1"}.${i}` as Identity]),
    upstreamKeys: LONG.map((i) => `key ${i === odd ? "9" : ""}${i}`),
    givers: LONG.map((i) => [`t"${i === odd ? "9" : ""}${i}` as TaskName, 1] as const),
    ...more,
  };
}

const RECORDS: readonly TaskRecord[] = [
  record(-1), record(-1, { ranAt: 7 }), record(-1, { found: ["f" as FilePath] }), record(3), record(3, { rewritten: ["r" as FilePath], trace: [["need a", "1"]] }), record(-1),
  // The same list elsewhere, with and without its own place.
  record(-1, { discovered: record(-1).upstream }), record(-1, { discovered: record(-1).upstream, upstream: [] }),
  record(-1, { upstreamKeys: ["one"], givers: [] }), record(-1, { upstream: record(-1).upstream.slice(0, 3) }), record(-1), record(-1),
];

test("records that share long lists are written and read as those that share nothing", () => {
  const table = FileTable.empty();
  const [writing, reading] = [new Shared(), new Shared()];
  for (const told of [...RECORDS, ...[...RECORDS].reverse()]) {
    const text = encodeRecord(sharing(told, writing), table, writing);
    assert.deepEqual(decodeRecord(text, table, new Shared()), decodeRecord(encodeRecord(told, table, new Shared()), table, new Shared()));
    assert.deepEqual(decodeRecord(text, table, reading), decodeRecord(text, table, new Shared()));
    const { ranAt, found = [], rewritten = [], trace = [], givers = [], ...rest } = told;
    const { ranAt: ran, found: met = [], rewritten: again = [], trace: asked = [], givers: gave = [], ...back } = decodeRecord(text, table, reading);
    assert.deepEqual([back, ran, met, again, asked, gave], [rest, ranAt, found, rewritten, trace, givers]);
  }
});

test("equal long lists of the records before and after are one, put or read", () => {
  const table = FileTable.empty();
  const shared = new Shared();
  const lists = ({ upstream, upstreamKeys, givers }: TaskRecord): readonly unknown[] => [upstream, upstreamKeys, givers];
  const put = lists(sharing(record(-1), shared));
  const text = encodeRecord(record(-1), table, new Shared());
  for (const next of [sharing(record(-1), shared), decodeRecord(text, table, shared), decodeRecord(text, table, shared)]) {
    lists(next).forEach((list, at) => assert.ok(list === put[at], `list ${at}`));
  }
  assert.ok(decodeRecord(encodeRecord(record(3), table, new Shared()), table, shared).upstream !== put[0]);
});
