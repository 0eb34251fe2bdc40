import assert from "node:assert/strict";
import { test } from "node:test";
import { shrink } from "../../../src/cli/cache.ts";
import { ownProblem } from "../../../src/cli/trouble.ts";
import { bad } from "../../../src/model/problem.ts";

function doorsOf(errno: string): { doors: Parameters<typeof shrink>[0]; asked: (number | null)[] } {
  const asked: (number | null)[] = [];
  return {
    asked,
    doors: {
      acquireLock: () => Promise.resolve(bad([{ code: "state-unwritable", path: "/p/.tg", errno }])),
      tendResults: (_dir, keepBytes) => (asked.push(keepBytes), Promise.resolve({ results: 1, files: 2, bytes: 8192 })),
    },
  };
}

test("a store is emptied on a full disk, where no lock can be written", async () => {
  for (const errno of ["ENOSPC", "EDQUOT"]) {
    const { doors, asked } = doorsOf(errno);
    assert.deepEqual(await shrink(doors, { stateDir: "/p/.tg", action: "clear", maxBytes: 5 }), { ok: true, value: { action: "clear", maxBytes: 5, results: 1, files: 2, bytes: 8192 } });
    assert.deepEqual(asked, [0]);
  }
  const { doors, asked } = doorsOf("EACCES");
  assert.equal((await shrink(doors, { stateDir: "/p/.tg", action: "gc", maxBytes: 5 })).ok, false);
  assert.deepEqual(asked, []);
});

test("that a disk is full was met while writing, whatever else was being done", () => {
  assert.deepEqual(ownProblem({ path: "/p/.tg/clock", errno: "ENOSPC" }, "read"), { code: "state-unwritable", path: "/p/.tg/clock", errno: "ENOSPC" });
  assert.equal(ownProblem({ path: "/p/.tg/clock", errno: "EACCES" }, "read").code, "state-dir-bad");
});
