// What a function may return, and what is lost in JSON and therefore refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { toJson } from "../../../src/engine/value.ts";

test("JSON is JSON, nothing is no value, and a property without a value is no property", () => {
  assert.deepEqual(toJson(undefined), { json: null });
  assert.deepEqual(toJson(null), { json: "null" });
  const bare = Object.assign(Object.create(null) as object, { a: [1.5, "x", false, null, {}] });
  assert.deepEqual(toJson(bare), { json: '{"a":[1.5,"x",false,null,{}]}' });
  assert.deepEqual(toJson({ a: undefined, b: 1 }), { json: '{"b":1}' });
  const shared = [1];
  assert.deepEqual(toJson([shared, shared]), { json: "[[1],[1]]" });
});

test("what JSON would lose is named with its place", () => {
  const faults: [value: unknown, fault: string][] = [
    [NaN, "NaN at value"],
    [{ a: [1, -Infinity] }, "-Infinity at value.a[1]"],
    [[undefined], "undefined at value[0]"],
    [{ at: new Date(0) }, "a Date at value.at"],
    [new Map(), "a Map at value"],
    [Buffer.from("x"), "a Buffer at value"],
    [{ f: () => 1 }, "a function at value.f"],
    [{ s: Symbol("x") }, "a symbol at value.s"],
    [new (class {})(), "a class instance at value"],
    [new Error("x"), "an Error at value"],
  ];
  for (const [value, fault] of faults) assert.deepEqual(toJson(value), { fault });
  assert.deepEqual(Object.keys(toJson(1n)), ["fault"]);
});

test("a value may be deep, but not without end", () => {
  const nested = (depth: number): unknown => {
    let value: unknown = 1;
    for (let i = 0; i < depth; i++) value = [value];
    return value;
  };
  assert.deepEqual(Object.keys(toJson(nested(1000))), ["json"]);
  assert.deepEqual(toJson(nested(1001)), { fault: "nested too deeply" });
  assert.deepEqual(toJson(nested(1_000_000)), { fault: "nested too deeply" });
});
