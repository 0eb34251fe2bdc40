// Which config a person means, standing somewhere.
import assert from "node:assert/strict";
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { findConfig } from "../../../src/config/find.ts";
import type { AbsolutePath } from "../../../src/model/path.ts";
import { tempFolder } from "../../support/folder.ts";

const top = tempFolder("tg-find");

function files(name: string, ...paths: string[]): string {
  for (const path of paths) {
    mkdirSync(dirname(join(top, name, path)), { recursive: true });
    if (!path.endsWith("/")) writeFileSync(join(top, name, path), "");
  }
  return join(top, name);
}

function find(start: string, named: string | null = null): unknown {
  const result = findConfig(start as AbsolutePath, named);
  return result.ok ? [result.value.file, result.value.root] : result.problems;
}

test("upward to the first folder that has one, .ts before .js", () => {
  const dir = files("up", ".git/x", "tasks.config.js", "tasks.config.ts", "a/b/c/x", "a/tasks.config.mjs");
  assert.deepEqual(find(dir), [`${dir}/tasks.config.ts`, dir]);
  assert.deepEqual(find(`${dir}/a/b/c`), [`${dir}/a/tasks.config.mjs`, `${dir}/a`]);
});

test("not beyond the repository", () => {
  const dir = files("repo", "tasks.config.ts", "inner/.git/x", "inner/sub/x");
  assert.deepEqual(find(`${dir}/inner/sub`), [{ code: "no-config", from: `${dir}/inner/sub` }]);
});

test("one that is called almost so is told", () => {
  const dir = files("near", ".git/x", "vite.config.ts", "tasks.config.tsx/x", "Task.config.ts");
  assert.deepEqual(find(dir), [{ code: "no-config", from: dir, near: "Task.config.ts" }]);
});

test("a folder of that name is no config", () => {
  const dir = files("folder", ".git/x", "tasks.config.ts/x");
  assert.deepEqual(find(dir), [{ code: "config-no-file", file: "tasks.config.ts", is: "folder" }]);
});

test("-c names it, relative to where the person stands", () => {
  const dir = files("named", "tasks.config.ts", "other/my.config.mts", "sub/x");
  assert.deepEqual(find(`${dir}/sub`, "../other/my.config.mts"), [`${dir}/other/my.config.mts`, `${dir}/other`]);
  assert.deepEqual(find(dir, `${dir}/tasks.config.ts`), [`${dir}/tasks.config.ts`, dir]);
  assert.deepEqual(find(dir, "gone.ts"), [{ code: "no-config", from: dir, file: "gone.ts" }]);
});

test("a task file alone is rooted at its project", () => {
  const dir = files("task", "package.json", "tasks/thumbs.task.ts");
  assert.deepEqual(find(dir, "tasks/thumbs.task.ts"), [`${dir}/tasks/thumbs.task.ts`, dir]);
});

test("a config that is named by a link lies where the link leads, under the name that was told", () => {
  const dir = realpathSync(files("real", "a/b/tasks.config.ts", "a/other.ts"));
  symlinkSync("a/b", join(dir, "lnk"));
  symlinkSync("../other.ts", join(dir, "a/b/by.ts"));
  assert.deepEqual(find(dir, "lnk/tasks.config.ts"), [`${dir}/a/b/tasks.config.ts`, `${dir}/a/b`]);
  assert.deepEqual(find(dir, "lnk/../other.ts"), [`${dir}/a/other.ts`, `${dir}/a`]);
  assert.deepEqual(find(dir, `${dir}/lnk/by.ts`), [`${dir}/a/b/by.ts`, `${dir}/a/b`]);
});
