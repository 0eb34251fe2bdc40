// The store on a real folder: what was kept comes back byte for byte, and what is damaged or incomplete is a miss that
// leaves nothing behind.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { digestOf } from "../../../src/cache/blobs.ts";
import { encodeResult } from "../../../src/cache/messages.ts";
import { collect, LocalResults, measure } from "../../../src/cache/local.ts";
import type { FilePath } from "../../../src/model/path.ts";
import { DiskError } from "../../../src/model/ports.ts";
import type { Identity, Seen } from "../../../src/model/state.ts";
import type { StoredAction, StoredRun } from "../../../src/model/stored.ts";
import { tempFolder } from "../../support/folder.ts";

const seen = (path: string, identity: string): Seen => [path as FilePath, identity as Identity];
const SAID = { log: "log" as FilePath, notes: "notes" as FilePath };

function place(): { root: string; store: LocalResults; write(file: string, text: string, mode?: number): void; read(file: string): string | null } {
  const root = tempFolder("tg-cache");
  return {
    root,
    store: new LocalResults(`${root}/.tg/cache`, root, "tool"),
    write: (file, text, mode) => {
      fs.mkdirSync(path.dirname(`${root}/${file}`), { recursive: true });
      fs.writeFileSync(`${root}/${file}`, text, mode === undefined ? {} : { mode });
    },
    read: (file) => (fs.existsSync(`${root}/${file}`) ? fs.readFileSync(`${root}/${file}`, "utf8") : null),
  };
}

const ACTION: StoredAction = { words: ["cp", "in", "out"], isFunction: false, env: { A: "1" }, cwd: "" as FilePath, outputs: ["out"], salt: "[]", inputs: [seen("in", "f1.1")] };
const run = (outputs: readonly Seen[], more: Partial<StoredRun> = {}): StoredRun => ({ outputs, discovered: [], value: null, start: 1000, end: 2500, ...more });
const ALWAYS = { ...SAID, holds: () => true };
/** What a small file takes on a disk. */
const BLOCK = 4096;

test("everything that decides is in the key", () => {
  const p = place();
  p.write("in", "1");
  const key = p.store.keyOf(ACTION);
  assert.match(key!, /^[0-9a-f]{64}$/);
  assert.equal(new LocalResults(`${p.root}/.tg/cache`, p.root, "tool").keyOf(ACTION), key);
  const others: StoredAction[] = [
    { ...ACTION, words: ["cp", "in out"] }, { ...ACTION, env: { A: "2" } }, { ...ACTION, env: {} }, { ...ACTION, cwd: "d" as FilePath },
    { ...ACTION, outputs: ["out/"] }, { ...ACTION, salt: "[1]" }, { ...ACTION, isFunction: true }, { ...ACTION, inputs: [] },
    { ...ACTION, inputs: [seen("in", "-")] }, { ...ACTION, inputs: [seen("in", "hcustom")] },
  ];
  const keys = others.map((action) => p.store.keyOf(action));
  assert.equal(new Set([key, ...keys]).size, others.length + 1);
  fs.chmodSync(`${p.root}/in`, 0o755);
  assert.notEqual(p.store.keyOf(ACTION), key);
  fs.rmSync(`${p.root}/in`);
  p.write("in", "2");
  assert.notEqual(p.store.keyOf({ ...ACTION, inputs: [seen("in", "f2.1")] }), key);
});

test("files, modes, links, trees with empty folders, values and logs come back", () => {
  const p = place();
  p.write("out", "result");
  p.write("tool.sh", "#!/bin/sh\n", 0o755);
  p.write("dist/a/b.txt", "deep");
  fs.mkdirSync(`${p.root}/dist/empty`);
  fs.symlinkSync("a/b.txt", `${p.root}/dist/link`);
  fs.symlinkSync("out", `${p.root}/l`);
  p.write("log", "said\n");
  p.store.keep("ab12", run([seen("out", "f"), seen("tool.sh", "x"), seen("dist", "t"), seen("l", "l"), seen("absent", "-")], { value: "[1]" }), ALWAYS);
  for (const file of ["out", "tool.sh", "dist", "l", "log"]) fs.rmSync(`${p.root}/${file}`, { recursive: true });
  p.write("dist/foreign", "x");
  assert.deepEqual(p.store.restore("ab12", SAID), { outputs: [], back: ["out", "tool.sh", "l"], discovered: [], value: "[1]", start: 1000, end: 2500 });
  assert.equal(p.read("out"), "result");
  assert.equal(fs.statSync(`${p.root}/tool.sh`).mode & 0o111, 0o111);
  assert.equal(p.read("dist/a/b.txt"), "deep");
  assert.deepEqual(fs.readdirSync(`${p.root}/dist`), ["a", "empty", "link"]);
  assert.equal(fs.readlinkSync(`${p.root}/dist/link`), "a/b.txt");
  assert.equal(fs.readlinkSync(`${p.root}/l`), "out");
  assert.equal(p.read("log"), "said\n");
  assert.equal(p.store.restore("ab13", SAID), null);
});

test("an output that has its bytes already is left alone", () => {
  const p = place();
  p.write("out", "result");
  p.store.keep("ab12", run([seen("out", "f")]), ALWAYS);
  const before = fs.statSync(`${p.root}/out`, { bigint: true });
  assert.notEqual(p.store.restore("ab12", SAID), null);
  assert.equal(fs.statSync(`${p.root}/out`, { bigint: true }).ctimeNs, before.ctimeNs);
});

test("outputs that changed while they were copied are not kept", () => {
  const p = place();
  p.write("out", "result");
  p.store.keep("ab12", run([seen("out", "f")]), { ...SAID, holds: () => false });
  assert.equal(p.store.restore("ab12", SAID), null);
});

test("a damaged or missing blob, or a damaged result, is a miss and leaves nothing", () => {
  for (const harm of [
    (file: string) => fs.rmSync(file),
    (file: string) => fs.truncateSync(file, 1),
    (file: string) => fs.writeFileSync(file, "other!"),
  ]) {
    for (const part of ["cas", "ac"]) {
      const p = place();
      p.write("a", "first");
      p.write("b", "second");
      p.store.keep("ab12", run([seen("a", "f"), seen("b", "f")]), ALWAYS);
      fs.rmSync(`${p.root}/a`);
      fs.rmSync(`${p.root}/b`);
      const dir = `${p.root}/.tg/cache/${part}`;
      const files = fs.readdirSync(dir).flatMap((name) => fs.readdirSync(`${dir}/${name}`).map((file) => `${dir}/${name}/${file}`));
      harm(files.find((file) => part === "ac" || fs.readFileSync(file, "utf8") === "second")!);
      assert.equal(p.store.restore("ab12", SAID), null);
      assert.deepEqual([p.read("a"), p.read("b")], [null, null]);
    }
  }
});

test("a result whose blobs are all damaged is whole again once it is kept again", () => {
  const p = place();
  const dir = `${p.root}/.tg/cache/cas`;
  p.write("a", "first");
  p.write("dist/b", "second");
  p.write("log", "said");
  const keep = (): void => p.store.keep("ab12", run([seen("a", "f"), seen("dist", "t")]), ALWAYS);
  keep();
  const before = measure(`${p.root}/.tg/cache`);
  for (const name of fs.readdirSync(dir)) for (const file of fs.readdirSync(`${dir}/${name}`)) fs.writeFileSync(`${dir}/${name}/${file}`, Buffer.alloc(fs.statSync(`${dir}/${name}/${file}`).size));
  keep();
  for (const name of ["a", "dist", "log"]) fs.rmSync(`${p.root}/${name}`, { recursive: true });
  assert.notEqual(p.store.restore("ab12", SAID), null);
  assert.deepEqual([p.read("a"), p.read("dist/b"), p.read("log")], ["first", "second", "said"]);
  p.store.close(1 << 30);
  assert.deepEqual(measure(`${p.root}/.tg/cache`), before);
});

test("what a run said comes back with it, as long as it is kept whole, and the store keeps it", () => {
  const p = place();
  const dir = `${p.root}/.tg/cache`;
  p.write("log", "said");
  p.write("notes/1.json", "first");
  p.write("notes/2.json", "second");
  p.store.keep("ab12", run([], { value: "1" }), ALWAYS);
  for (const name of ["log", "notes"]) fs.rmSync(`${p.root}/${name}`, { recursive: true });
  collect(dir, { maxBytes: 10 * BLOCK, added: null });
  assert.equal(p.store.restore("ab12", SAID)?.value, "1");
  assert.deepEqual([p.read("log"), fs.readdirSync(`${p.root}/notes`).sort(), p.read("notes/2.json")], ["said", ["1.json", "2.json"], "second"]);
  const blob = digestOf(Buffer.from("second")).hash;
  fs.rmSync(`${p.root}/notes`, { recursive: true });
  p.write(`.tg/cache/cas/${blob.slice(0, 2)}/${blob}`, "sEcond");
  assert.equal(p.store.restore("ab12", SAID), null);
  assert.equal(fs.existsSync(`${p.root}/notes`), false);
});

test("a stored path that leads outside is refused", () => {
  const p = place();
  p.write("out", "evil");
  p.store.keep("ab12", run([seen("out", "f")]), ALWAYS);
  for (const name of ["../evil", p.root + "/evil", "a/../../evil", "./evil", "a//evil", "", "evil/"]) {
    const digest = digestOf(Buffer.from("evil"));
    const body = encodeResult({ files: [{ name, digest, executable: false }], trees: [], links: [], log: null, notes: null, startMs: 0, endMs: 0, aside: "{}" });
    fs.writeFileSync(`${p.root}/.tg/cache/ac/ab/ab12`, Buffer.concat([Buffer.from(digestOf(body).hash), body]));
    assert.equal(p.store.restore("ab12", SAID), null, name);
    assert.equal(fs.existsSync(path.join(p.root, name, "evil")) || p.read("evil") !== null || fs.existsSync(path.join(p.root, "../evil")), false, name);
  }
});

test("a run that reported what it read comes back only while that is what it was", () => {
  const p = place();
  p.write("out", "one");
  p.write("h.h", "1");
  p.store.keep("ab12", run([seen("out", "f")], { discovered: ["h.h" as FilePath] }), ALWAYS);
  p.write("h.h", "2");
  p.write("out", "two");
  assert.equal(p.store.restore("ab12", SAID), null);
  p.store.keep("ab12", run([seen("out", "f")], { discovered: ["h.h" as FilePath, "i.h" as FilePath] }), ALWAYS);
  assert.deepEqual(p.store.restore("ab12", SAID)?.discovered, ["h.h", "i.h"]);
  p.write("h.h", "1");
  assert.deepEqual(p.store.restore("ab12", SAID)?.discovered, ["h.h"]);
  assert.equal(p.read("out"), "one");
  p.write("i.h", "there now");
  p.write("h.h", "2");
  assert.equal(p.store.restore("ab12", SAID), null);
});

test("above its limit the store gives up what was used longest ago", () => {
  const p = place();
  const dir = `${p.root}/.tg/cache`;
  for (let i = 0; i < 10; i++) {
    p.write("out", String(i).repeat(1000));
    p.store.keep(`0${i}`, run([seen("out", "f")]), ALWAYS);
    fs.utimesSync(`${dir}/ac/0${i}/0${i}`, i, i);
  }
  assert.notEqual(p.store.restore("00", SAID), null);
  p.store.close(10 * BLOCK);
  assert.deepEqual(measure(dir), { results: 4, files: 4, bytes: 8 * BLOCK });
  const left = [...Array(10).keys()].filter((i) => p.store.restore(`0${i}`, SAID) !== null);
  assert.deepEqual(left, [0, 7, 8, 9]);
  assert.deepEqual(collect(dir, { maxBytes: 0, added: null }), { results: 4, files: 4, bytes: 8 * BLOCK });
  assert.deepEqual(["ac", "cas"].map((part) => fs.readdirSync(`${dir}/${part}`)), [[], []]);
  assert.deepEqual(measure(dir), { results: 0, files: 0, bytes: 0 });
});

test("a result without its blobs, or without any, goes as well when room is made", () => {
  const p = place();
  const dir = `${p.root}/.tg/cache`;
  for (let i = 0; i < 4; i++) {
    p.write("out", String(i).repeat(1000));
    p.store.keep(`0${i}`, run([seen("out", "f")]), ALWAYS);
    fs.utimesSync(`${dir}/ac/0${i}/0${i}`, i + 10, i + 10);
  }
  const blob = digestOf(Buffer.from("3".repeat(1000))).hash;
  fs.rmSync(`${dir}/cas/${blob.slice(0, 2)}/${blob}`);
  for (let i = 4; i < 8; i++) {
    p.store.keep(`0${i}`, run([], { value: JSON.stringify("v".repeat(1000)) }), ALWAYS);
    fs.utimesSync(`${dir}/ac/0${i}/0${i}`, i - 4, i - 4);
  }
  collect(dir, { maxBytes: 5 * BLOCK, added: null });
  // All that was used longest ago, and the one of which nothing is left.
  assert.deepEqual(["00", "01", "02", "03", "04", "05", "06", "07"].filter((key) => fs.existsSync(`${dir}/ac/${key}/${key}`)), ["01", "02"]);
  assert.equal(fs.readFileSync(`${dir}/size`, "utf8"), String(4 * BLOCK));
});

test("results that name no blob fill the store as well, and one that is kept again takes no more room", () => {
  const p = place();
  const dir = `${p.root}/.tg/cache`;
  const keep = (key: string): void => {
    p.store.keep(key, run([], { value: JSON.stringify(key) }), ALWAYS);
    p.store.close(10 * BLOCK);
  };
  for (let i = 0; i < 8; i++) keep("00");
  assert.equal(fs.readFileSync(`${dir}/size`, "utf8"), String(BLOCK));
  for (let i = 10; i < 60; i++) {
    keep(String(i));
    assert.ok(measure(dir).bytes <= 10 * BLOCK, String(i));
    assert.equal(fs.readFileSync(`${dir}/size`, "utf8"), String(measure(dir).bytes));
  }
  assert.equal(p.store.restore("59", SAID)?.value, JSON.stringify("59"));
  assert.equal(p.store.restore("10", SAID), null);
});

test("a result whose writer got no further than its draft is none, and the draft is swept", () => {
  const p = place();
  p.write("out", "result");
  const key = p.store.keyOf(ACTION)!;
  const entry = `${p.root}/.tg/cache/ac/${key.slice(0, 2)}/${key}`;
  fs.mkdirSync(`${entry}/in the way`, { recursive: true });
  assert.throws(() => p.store.keep(key, run([seen("out", "f1.1")]), ALWAYS));
  assert.deepEqual(fs.readdirSync(path.dirname(entry)), [key]);
  fs.rmSync(entry, { recursive: true });
  assert.equal(measure(`${p.root}/.tg/cache`).results, 0);
  new LocalResults(`${p.root}/.tg/cache`, p.root, "tool").keep(key, run([seen("out", "f1.1")]), ALWAYS);
  assert.deepEqual([measure(`${p.root}/.tg/cache`).results, fs.readdirSync(`${p.root}/.tg/cache/tmp`)], [1, []]);
});

test("what others put into the store, and a size that was not written whole, do not keep it from its limit", () => {
  const p = place();
  const dir = `${p.root}/.tg/cache`;
  const keep = (name: string): void => {
    p.write("out", name.repeat(1000));
    p.store.keep(`0${name}`, run([seen("out", "f1.1")]), ALWAYS);
    p.store.close(5 * BLOCK);
  };
  for (const name of ["a", "b"]) keep(name);
  p.write(".tg/cache/cas/.DS_Store", "odd");
  p.write(".tg/cache/ac/.DS_Store", "odd");
  p.write(".tg/cache/size", "");
  keep("c");
  assert.deepEqual(measure(dir), { results: 2, files: 2, bytes: 4 * BLOCK });
});

test("a store that cannot be made smaller is told by name, and is no failure of the build that fills it", () => {
  const p = place();
  p.write("in", "1");
  p.write("out", "result");
  p.store.keep(p.store.keyOf(ACTION)!, run([seen("out", "f1.1")]), ALWAYS);
  fs.mkdirSync(`${p.root}/.tg/cache/cas/zz/folder`, { recursive: true });
  p.store.close(1);
  assert.throws(() => collect(`${p.root}/.tg/cache`, { maxBytes: 0, added: null }), (error: DiskError) => error instanceof DiskError && error.path.endsWith("cas/zz/folder"));
});

test("a project that has just been moved away is not begun anew where it was", () => {
  const p = place();
  p.write("out", "result");
  p.write("d/tree/sub/f", "1\n");
  const elsewhere = tempFolder("tg-cache-elsewhere");
  const store = new LocalResults(elsewhere, p.root, "tool");
  store.keep("00", run([seen("d/tree", "t1")]), ALWAYS);
  fs.renameSync(p.root, `${elsewhere}/away`);
  assert.throws(() => p.store.keep("00", run([], { value: "1" }), ALWAYS), { code: "ENOENT" });
  assert.equal(store.restore("00", SAID), null);
  assert.equal(fs.existsSync(p.root), false);
  fs.renameSync(`${elsewhere}/away`, p.root);
  fs.rmSync(`${p.root}/d`, { recursive: true });
  assert.notEqual(store.restore("00", SAID), null);
  assert.equal(p.read("d/tree/sub/f"), "1\n");
});
