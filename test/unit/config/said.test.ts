// A config that is nothing but data as one text.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LoadedConfig, TaskFile } from "../../../src/config/loaded.ts";
import { textOfConfig } from "../../../src/config/said.ts";
import { chain, defineConfig, defineTask, foreach } from "../../../src/index.ts";

function text(value: unknown, more: { readonly line?: number; readonly taskFiles?: readonly TaskFile[] } = {}): string | null {
  const loaded = { file: "tasks.config.ts", root: "/p", value, taskFiles: more.taskFiles ?? [], placesOf: (tasks: readonly string[]) => tasks.map(() => ({ file: "tasks.config.ts", line: more.line ?? 3 })) };
  return textOfConfig(loaded as unknown as LoadedConfig);
}

const PLAIN = { jobs: 2, tasks: { a: { inputs: ["x", { path: "y", optional: true }], outputs: ["z"], run: "cp x z" }, b: { deps: ["a"] } } };

test("equal data, equal texts; whatever else differs shows", () => {
  assert.notEqual(text(PLAIN), null);
  assert.equal(text(PLAIN), text(defineConfig(structuredClone(PLAIN) as never)));
  const others: unknown[] = [
    { ...PLAIN, jobs: 3 },
    { ...PLAIN, tasks: { ...PLAIN.tasks, c: {} } },
    { ...PLAIN, tasks: { b: PLAIN.tasks.b, a: PLAIN.tasks.a } },
    { ...PLAIN, tasks: { ...PLAIN.tasks, b: { deps: [] } } },
  ];
  for (const other of others) assert.notEqual(text(PLAIN), text(other));
  // A message would tell another line.
  assert.notEqual(text(PLAIN), text(PLAIN, { line: 4 }));
});

test("what a text cannot hold gives none", () => {
  class Made {
    run = "x";
  }
  const cycle: Record<string, unknown> = { run: "x" };
  cycle["files"] = cycle;
  const odd: unknown[] = [
    { run: () => {} }, { run: "x", when: () => true }, { run: "x", timeout: undefined }, { run: "x", timeout: Number.NaN }, { run: "x", timeout: -0 }, { run: "x", timeout: 5n },
    { run: "x", inputs: [{ path: "a", hash: () => "" }] }, new Made(), Object.create({ run: "x" }), Object.defineProperty({}, "run", { value: "x" }), { run: "x", toJSON: "y" }, { run: "x", [Symbol.for("tg.task")]: true }, Object.defineProperty({ run: "x" }, "inputs", { value: ["x"] }), { run: "x", inputs: new Array(1) }, cycle,
    foreach("*.c", () => ({ run: "x" })), chain([{ run: "x" }]), defineTask({ url: "file:///p/t.ts" } as ImportMeta, { run: "x" }), new Date(), Symbol("x"),
  ];
  for (const task of odd) assert.equal(text({ tasks: { task } }), null, String((task as { run?: unknown }).run));
  assert.equal(text({ ...PLAIN, include: ["tasks/*.ts"] }), null);
  assert.equal(text(PLAIN, { taskFiles: [{} as TaskFile] }), null);
  assert.equal(text({ ...PLAIN, setup: () => {} }), null);
  const all = Object.prototype as { toAll?: string };
  all.toAll = "x";
  assert.equal(text(PLAIN), null);
  delete all.toAll;
  assert.notEqual(text(PLAIN), null);
});
