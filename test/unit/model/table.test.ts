// What a row of the table says of itself, after each way of writing it.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileStat } from "../../../src/model/state.ts";
import { emptyColumns, FileTable, KIND } from "../../../src/model/table.ts";

const stat = (more: Partial<FileStat> = {}): FileStat => ({ kind: "file", size: 36, mtimeMs: 5, ctimeMs: 6, ino: 7, dev: 8, mode: 0o100644, ...more });
const DIGEST = "00000001ffffffff";

test("an identity follows every write of its row", () => {
  const table = FileTable.empty();
  const row = table.idOf("a");
  assert.equal(table.identityOf(row), "-");
  table.setFound(row, KIND.file, { code: 0, digest: DIGEST, stat: stat() });
  assert.equal(table.identityOf(row), `f${DIGEST}.10`);
  table.setStat(row, stat({ mode: 0o100755, size: 37 }));
  assert.equal(table.identityOf(row), `x${DIGEST}.11`);
  table.setHash(row, "0123456789abcdef");
  assert.equal(table.identityOf(row), "x0123456789abcdef.11");
  table.setFound(row, KIND.special, { code: 1, digest: null, stat: null });
  assert.equal(table.identityOf(row), "?socket");
  assert.deepEqual(["size", "mtimeMs", "ctimeMs", "ino", "dev", "mode"].map((name) => table.columns[name as "size"][row]), [0, 0, 0, 0, 0, 0]);
  const other = emptyColumns(2);
  other.kind[1] = KIND.dir;
  assert.equal(table.setRow(row, other, 1), true);
  assert.equal(table.identityOf(row), "d");
});

test("rows made after an identity was asked for have their own", () => {
  const table = FileTable.empty();
  assert.equal(table.identityOf(table.idOf("first")), "-");
  for (let i = 0; i < 500; i++) table.setFound(table.idOf(`file ${i}`), KIND.file, { code: 0, digest: i.toString(16).padStart(16, "0"), stat: stat() });
  for (let i = 0; i < 500; i++) assert.equal(table.identityOf(table.idOf(`file ${i}`)), `f${i.toString(16).padStart(16, "0")}.10`);
});
