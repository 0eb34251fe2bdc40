// What the process that evaluates a config says, however its bytes arrive.
import assert from "node:assert/strict";
import { serialize } from "node:v8";
import { test } from "node:test";
import { openWords, type Word } from "../../../src/config/apart.ts";

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
