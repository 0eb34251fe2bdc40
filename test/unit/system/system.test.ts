// The System of this process.
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { openSystem } from "../../../src/system/system.ts";

test("the system is this process's: its environment, its clock, at least one processor", () => {
  const system = openSystem();
  process.env["TG_SYSTEM_TEST"] = "here";
  assert.equal(system.env["TG_SYSTEM_TEST"], "here");
  const before = Date.now();
  const now = system.now();
  assert.ok(before <= now && now <= Date.now());
  assert.ok(Number.isInteger(system.parallelism) && system.parallelism >= 1);
  assert.ok(system.load() >= 0);
  assert.equal(system.platform, process.platform);
});
