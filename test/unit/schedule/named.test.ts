// Names of depfiles: sorted as their texts are, whatever was known before.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AbsolutePath, FilePath } from "../../../src/model/path.ts";
import { FileTable } from "../../../src/model/table.ts";
import { Names } from "../../../src/schedule/step/named.ts";

const SUBSETS = 200;

function toldBy(names: Names, raw: readonly string[]): FilePath[] {
  return names.sorted(raw.map(names.from("" as FilePath))).map(({ told }) => told);
}

test("names are sorted by code unit, each path once, known ones or not", () => {
  const names = new Names("/p" as AbsolutePath, FileTable.empty());
  const raw = Array.from({ length: 60 }, (_, i) => `${["inc", "./inc", "Inc", "../out", "/p/inc", "é"][i % 6]}/h${(i * 7) % 23}.h`);
  let seed = 1;
  const next = (below: number): number => (seed = (seed * 48271) % 0x7fffffff) % below;
  for (let subset = 0; subset < SUBSETS; subset++) {
    // Later ones know more names than the first.
    const some = Array.from({ length: 1 + next(12) }, () => raw[next(Math.min(raw.length, 5 + subset))]!);
    const told = some.map((one) => names.from("" as FilePath)(one).told);
    assert.deepEqual(toldBy(names, some), [...new Set(told)].sort());
  }
});

test("names of one path share its row", () => {
  const table = FileTable.empty();
  const names = new Names("/p" as AbsolutePath, table);
  const from = names.from("sub" as FilePath);
  const [one, other] = [from("../inc/a.h"), names.from("" as FilePath)("/p/inc/a.h")];
  assert.equal(names.rowOf(one), names.rowOf(other));
  assert.equal(table.pathOf(names.rowOf(one)), "inc/a.h");
});
