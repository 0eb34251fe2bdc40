// The environment of a child runtime, in this process: put back after whatever a function did to it.
import assert from "node:assert/strict";
import { env as imported } from "node:process";
import process from "node:process";
import { after, test } from "node:test";
import { openEnvironment } from "../../../src/engine/environment.ts";

const before = { ...process.env };
const kept = process.env;
after(() => {
  process.env = kept;
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
});

const wanted = { A: "1", B: "2" };
const ways: readonly [string, () => void][] = [
  ["a variable is set", () => (process.env["A"] = "x")],
  ["a variable is added", () => (process.env["C"] = "x")],
  ["a variable is deleted", () => delete process.env["B"]],
  ["a variable is defined", () => Object.defineProperty(process.env, "A", { value: "x", writable: true, enumerable: true, configurable: true })],
  ["several are assigned", () => Object.assign(process.env, { A: "x", C: "x" })],
  ["the object itself is replaced", () => (process.env = { A: "x" })],
  ["it is written to through the import", () => (imported["A"] = "x")],
];

for (const watchable of [true, false]) {
  test(`the environment is that of the last call, whatever happened to it${watchable ? "" : ", compared each time"}`, () => {
    process.env = kept;
    const set = openEnvironment(watchable);
    set(wanted);
    assert.deepEqual({ ...process.env }, wanted);
    for (const [name, way] of ways) {
      way();
      set(undefined);
      assert.deepEqual({ ...process.env }, wanted, name);
    }
    set({ B: "3" });
    assert.deepEqual({ ...process.env }, { B: "3" });
    set(undefined);
    assert.deepEqual(Object.entries(process.env), [["B", "3"]]);
  });
}
