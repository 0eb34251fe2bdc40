// Which rows a sweep leaves open: of few rows and of many, of which some are searched for, and where it has marked none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FileTable, MARK } from "../../../src/model/table.ts";
import { Swept } from "../../../src/staleness/swept.ts";

/** Every second row is swept; the others stand between them, as rows of other tasks do. */
function sweep(count: number, marks: ReadonlyMap<number, number>, all = true): number[] {
  const seen = new Uint8Array(2 * count).fill(all ? MARK.same : MARK.none);
  for (const [row, mark] of marks) seen[row] = mark;
  return new Swept(FileTable.empty()).notSame(Uint32Array.from({ length: count }, (_, i) => 2 * i), () => seen, all);
}

/** So many rows, from the last to the first, by turns with and without a stat, and one of another task after each. */
function moved(count: number): Map<number, number> {
  return new Map(Array.from({ length: count }, (_, i) => [count - 1 - i, [MARK.news, MARK.open, MARK.open][i % 3]!]));
}

for (const count of [10, 2000]) {
  test(`of ${count} rows those that are not certainly the same are left open, in their order`, () => {
    for (const [rows, left] of [[0, 0], [9, 5], [200, 100], [2000, 1000]] as const) if (rows <= count) assert.deepEqual(sweep(count, moved(rows)), Array.from({ length: left }, (_, i) => 2 * i));
  });

  test(`of ${count} rows those that were not looked at are left open`, () => {
    const same = new Map([[2, MARK.same], [4, MARK.open]]);
    assert.deepEqual(sweep(count, same, false), Array.from({ length: count }, (_, i) => 2 * i).filter((row) => row !== 2));
  });
}
