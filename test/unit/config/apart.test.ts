// What the process that evaluates a config says, however its bytes arrive.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { serialize } from "node:v8";
import { test } from "node:test";
import { loadApart, openWords, type Desk, type Errand, type Word } from "../../../src/config/apart.ts";
import type { AbsolutePath, FilePath } from "../../../src/model/path.ts";
import { tempFolder } from "../../support/folder.ts";

function bytesOf(word: Word): Buffer {
  const body = serialize(word);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(body.length);
  return Buffer.concat([head, body]);
}

test("words arrive whole, in whatever pieces their bytes come", () => {
  const words: Word[] = [{ kind: "known", text: "é".repeat(300) }, { kind: "unfit" }, { kind: "loaded", result: { ok: false, problems: [] } }];
  const bytes = Buffer.concat(words.map(bytesOf));
  for (const size of [1, 2, 3, 5, 64, bytes.length]) {
    const heard: Word[] = [];
    const take = openWords((word) => heard.push(word));
    for (let at = 0; at < bytes.length; at += size) take(bytes.subarray(at, at + size));
    assert.deepEqual(heard, words);
  }
});

test("half a word is none", () => {
  const heard: Word[] = [];
  openWords((word) => heard.push(word))(bytesOf({ kind: "unfit" }).subarray(0, -1));
  assert.deepEqual(heard, []);
});

const dir = tempFolder("tg-apart") as AbsolutePath;
const ERRAND: Errand = { file: join(dir, "tasks.config.ts") as AbsolutePath, root: dir, stateDir: dir, publicModule: "", asks: true, edited: [], argv: [] };

function desk(answer: Desk["answer"]): Desk {
  return { answer, note: () => () => {}, signal: new AbortController().signal };
}

test("who cannot answer what is asked says so, and what asked is ended", async () => {
  const program = join(dir, "asks.cjs");
  const asks = bytesOf({ kind: "known", text: "" }).toString("base64");
  writeFileSync(program, `require("node:fs").writeSync(3, Buffer.from("${asks}", "base64"));\nfor (const end = Date.now() + 5_000; Date.now() < end; );\n`);
  const damage = new Error("damaged");
  await assert.rejects(loadApart(program, ERRAND, desk(() => { throw damage; })), (error) => error === damage);
});

test("where no process can be started for it, it is to be evaluated here", async () => {
  const edited = Array.from({ length: 10_000 }, (_, i) => `packages/number-${i}/build.task.ts` as FilePath);
  assert.equal(await loadApart(join(dir, "none.cjs"), { ...ERRAND, edited }, desk(() => null)), null);
});
