// What the process that evaluates a config says, however its bytes arrive.
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
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

/** How often a config is begun that writes `text` (code) into what it is made of and goes on for a while. */
async function begunBy(text: string): Promise<number> {
  const [program, part, log] = ["writes.mjs", "part.txt", "begun.log"].map((name) => join(dir, name)) as [string, string, string];
  writeFileSync(part, "x");
  rmSync(log, { force: true });
  writeFileSync(program, `import { appendFileSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
import { createHash } from "node:crypto";
import { serialize } from "node:v8";
const part = ${JSON.stringify(part)};
const say = (word) => { const body = serialize(word), head = Buffer.alloc(4); head.writeUInt32LE(body.length); writeSync(3, Buffer.concat([head, body])); };
const { mtimeMs, ctimeMs, size, ino } = statSync(part);
say({ kind: "made", files: [[part, [mtimeMs, ctimeMs, size, ino].join(" "), createHash("sha256").update(readFileSync(part)).digest("hex").slice(0, 16)]] });
appendFileSync(${JSON.stringify(log)}, "begun\\n");
writeFileSync(part, ${text});
setTimeout(() => say({ kind: "unfit" }), 650);
`);
  assert.equal(await loadApart(program, ERRAND, desk(() => null)), null);
  return readFileSync(log, "utf8").split("\n").length - 1;
}

test("a config that writes what it is made of, as it was, is evaluated once", { timeout: 30_000 }, async () => {
  assert.equal(await begunBy('"x"'), 1);
});

test("a config that writes what it is made of anew each time comes to its end", { timeout: 30_000 }, async () => {
  const begun = await begunBy("String(Date.now())");
  assert.ok(begun <= 8, `begun ${begun} times`);
});

test("where no process can be started for it, it is to be evaluated here", async () => {
  const edited = Array.from({ length: 10_000 }, (_, i) => `packages/number-${i}/build.task.ts` as FilePath);
  assert.equal(await loadApart(join(dir, "none.cjs"), { ...ERRAND, edited }, desk(() => null)), null);
});
