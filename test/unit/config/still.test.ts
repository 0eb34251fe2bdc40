// The shell beside an evaluation: whenever that ends, the shell does, and says nothing.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { tellStill } from "../../../src/config/still.ts";

const here = fileURLToPath(import.meta.url);
const skip = process.platform === "win32";

/** Ends that come while a shell starts what it waits for: later by a turn of the loop each time. */
async function endEarly(): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const end = tellStill({ afterMs: 5000, text: () => "still evaluating" }, () => [], true);
    for (let turn = 0; turn < (i % 60) * 10; turn++) await new Promise((done) => void setImmediate(done));
    await end();
  }
}

if (process.argv[2] === "ends") await endEarly();
else {
  test("an evaluation that ends while its shell begins waits for no shell that does not end", { skip }, () => {
    const { status, signal, stderr } = spawnSync(process.execPath, [...process.execArgv, here, "ends"], { encoding: "utf8", timeout: 60_000 });
    assert.deepEqual([status, signal, stderr], [0, null, ""]);
  });
}
