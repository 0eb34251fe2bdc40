// Digests and messages against known values of the Remote Execution API; damage is an error, not nonsense.
import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../../../src/cache/blobs.ts";
import { decodeResult, decodeTree, encodeCommand, encodeDirectory, encodeResult, encodeTree, type ResultMessage } from "../../../src/cache/messages.ts";

const blob = digestOf(Buffer.from("hello"));

test("an empty directory is the empty blob, as every server has it", () => {
  assert.deepEqual(digestOf(encodeDirectory({ files: [], directories: [], links: [] })), { hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", bytes: 0 });
});

test("fields have the numbers and wire types of remote_execution.proto", () => {
  const file = encodeDirectory({ files: [{ name: "a", digest: { hash: "h", bytes: 300 }, executable: true }], directories: [], links: [] });
  // files(1) { name(1) "a", digest(2) { hash(1) "h", size_bytes(2) 300 }, is_executable(4) true }
  assert.equal(file.toString("hex"), "0a0d" + "0a0161" + "1206" + "0a0168" + "10ac02" + "2001");
  // arguments(1) "x", environment_variables(2) { name "A", value "1" }, working_directory(6) "d", output_paths(7) "o"
  assert.equal(encodeCommand({ arguments: ["x"], env: [["A", "1"]], outputs: ["o"], cwd: "d" }).toString("hex"), "0a0178" + "1206" + "0a0141" + "120131" + "320164" + "3a016f");
});

const RESULT: ResultMessage = {
  files: [{ name: "out/a", digest: blob, executable: true }, { name: "b", digest: { hash: "0".repeat(64), bytes: 2 ** 40 + 1 }, executable: false }],
  trees: [{ path: "dist", digest: blob }], links: [{ name: "l", target: "b" }], log: blob, notes: blob, startMs: 1795244400123.5, endMs: 1795244401000, aside: '{"value":"1"}',
};

test("a result survives the way out and back", () => {
  assert.deepEqual(decodeResult(encodeResult(RESULT)), RESULT);
  const silent = { ...RESULT, log: null, notes: null, files: [], trees: [], links: [] };
  assert.deepEqual(decodeResult(encodeResult(silent)), silent);
});

test("a tree survives, empty folders too", () => {
  const empty = { files: [], directories: [], links: [] };
  const tree = { root: { files: [{ name: "x", digest: blob, executable: false }], directories: [{ name: "e", digest: digestOf(encodeDirectory(empty)) }], links: [{ name: "l", target: "../x" }] }, children: [empty] };
  assert.deepEqual(decodeTree(encodeTree(tree)), tree);
});

test("a message cut anywhere is refused or lacks fields, and never loops", () => {
  const whole = encodeResult(RESULT);
  for (let length = 0; length < whole.length; length++) {
    try {
      assert.notDeepEqual(decodeResult(whole.subarray(0, length)), RESULT);
    } catch (error) {
      assert.ok(error instanceof RangeError);
    }
  }
});
