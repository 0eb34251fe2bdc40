import assert from "node:assert/strict";
import { test } from "node:test";
import { absoluteOf, isBelow, joinPath, normalizeText, parentOf, programDirs, toFilePath, type AbsolutePath, type FilePath } from "../../../src/model/path.ts";

const root = "/home/me/app" as AbsolutePath;

test("one spelling per file", () => {
  for (const raw of ["src/a.ts", "./src/a.ts", "src//a.ts", "src/x/../a.ts", "/home/me/app/src/a.ts", "src/./a.ts"]) assert.equal(toFilePath(raw, root), "src/a.ts", raw);
  assert.equal(toFilePath("a.ts", root, "src" as FilePath), "src/a.ts");
  assert.equal(toFilePath("../shared/x", root), "/home/me/shared/x");
  assert.equal(toFilePath(".", root), "");
  assert.equal(toFilePath("/home/me/application/x", root), "/home/me/application/x");
});

test("paths go back to absolute ones", () => {
  assert.equal(absoluteOf("src/a.ts" as FilePath, root), "/home/me/app/src/a.ts");
  assert.equal(absoluteOf("" as FilePath, root), root);
  assert.equal(absoluteOf("/etc/hosts" as FilePath, root), "/etc/hosts");
});

test("dots that lead above a relative start stay", () => {
  assert.equal(normalizeText("a/../../b"), "../b");
  assert.equal(normalizeText("/../b"), "/b");
});

test("parents, joins and what is below", () => {
  assert.equal(parentOf("a/b" as FilePath), "a");
  assert.equal(parentOf("a" as FilePath), "");
  assert.equal(parentOf("/a" as FilePath), "/");
  assert.equal(joinPath("" as FilePath, "a"), "a");
  assert.equal(joinPath("/" as FilePath, "a"), "/a");
  assert.ok(isBelow("a/b", "a") && isBelow("a", "") && !isBelow("ab", "a") && !isBelow("a", "a") && !isBelow("/x", ""));
});

test("programs are looked for in every folder above, nearest first", () => {
  assert.deepEqual(programDirs("/a/b" as AbsolutePath), ["/a/b/node_modules/.bin", "/a/node_modules/.bin"]);
});
