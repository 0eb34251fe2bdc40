// What a record says of a path: the same for few and for many, an output before a member.
import assert from "node:assert/strict";
import { test } from "node:test";
import { recordedAs } from "../../../src/schedule/survey/recorded.ts";
import { EMPTY_RECORD, type Seen, type TaskRecord } from "../../../src/model/state.ts";

const seen = (path: string, identity: string): Seen => [path, identity] as never;

for (const more of [0, 1000]) {
  test(`an output, a member, neither, among ${more + 3}`, () => {
    const many = Array.from({ length: more }, (_, i) => seen(`d/${i}`, `f${i}`));
    const record: TaskRecord = { ...EMPTY_RECORD, outputs: [seen("a", "fa"), seen("both", "fo")], members: [seen("both", "fm"), ...many, seen("z", "fz")] };
    assert.deepEqual(["a", "both", "z", "none"].map((path) => recordedAs(record, path as never)), ["fa", "fo", "fz", undefined]);
    assert.equal(recordedAs({ ...record, outputs: [] }, "a" as never), undefined, "of another record nothing is known");
  });
}
