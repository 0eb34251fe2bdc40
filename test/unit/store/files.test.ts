// The state's files as wholes: what is rewritten in part is the old file or the new one, whatever happens to it meanwhile.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { sizeOf, writeAround } from "../../../src/store/files.ts";
import { tempFolder } from "../../support/folder.ts";

const CONTENT = `old ${"x".repeat(300_000)} old`;
const NEW = Buffer.from("new");

function opened(): { readonly dir: string; readonly file: string; readonly place: { readonly start: number; readonly length: number; readonly mark: string } } {
  const dir = tempFolder("tg-files");
  const file = path.join(dir, "state");
  fs.writeFileSync(file, CONTENT);
  return { dir, file, place: { start: 3, length: CONTENT.length - 6, mark: sizeOf(file) } };
}

test("a file is rewritten around a part that stays", () => {
  const { dir, file, place } = opened();
  assert.equal(writeAround(file, place, function* (part) { yield NEW; yield* part; yield NEW; }), true);
  assert.equal(fs.readFileSync(file, "utf8"), CONTENT.replaceAll("old", "new"));
  assert.deepEqual(fs.readdirSync(dir), ["state"]);
});

test("a file that is another one by then is not rewritten", () => {
  const { file, place } = opened();
  fs.appendFileSync(file, "y");
  assert.equal(writeAround(file, place, (part) => part), false);
  assert.equal(fs.readFileSync(file, "utf8"), `${CONTENT}y`);
  fs.rmSync(file);
  assert.equal(writeAround(file, place, (part) => part), false);
});

for (const left of [0, 2, 200_000]) test(`a file cut to ${left} bytes while it is read is not rewritten, and no half of a new one stays`, () => {
  const { dir, file, place } = opened();
  const isWritten = writeAround(file, place, function* (part) {
    yield NEW;
    fs.truncateSync(file, left);
    yield* part;
  });
  assert.deepEqual([isWritten, fs.statSync(file).size, fs.readdirSync(dir)], [false, left, ["state"]]);
});
