// One task with very many files: what is said and done of them must not go through the arguments of a call. And many tasks.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { isForeign, packageDir } from "../support/rig.ts";
import { staged } from "../support/story.ts";

/** With so small a stack a call takes some 12,000 arguments; as usual ten times that. */
const SMALL = `'${process.execPath}' --stack-size=100 '${path.join(packageDir, "bin/tg.cjs")}'`;
const FILES = 14_000;

test("14,000 outputs of one task: told one by one, and removed", { skip: isForeign && "the stack of another engine" }, async () => {
  const w = await staged({ tasks: `    many: { inputs: ["in"], outputs: ["out/*.x"], run: "mkdir -p out; cd out; seq 1 ${FILES} | sed 's/$/.x/' | xargs touch" },`, files: { in: "1\n" }, given: ["build -q"] });
  await w.sh("mv out away");
  const told = await w.sh(`${SMALL} status -vv`);
  assert.equal(told.stderr, "");
  assert.equal(told.stdout.match(/output missing: /g)?.length, FILES);
  assert.equal((await w.sh(`${SMALL} why -v many`)).stdout.match(/output missing: /g)?.length, FILES);
  await w.sh("mv away out");
  const cleaned = await w.sh(`${SMALL} clean many | tail -n 1`);
  assert.deepEqual([cleaned.stdout, cleaned.stderr], ["tg: removed 14,000 paths\n", ""]);
});

test("a build of many tasks: the runtime prints nothing of its own", async () => {
  const w = await staged({ tasks: Array.from({ length: 40 }, (_, i) => `    t${i}: { outputs: ["o${i}"], run: "touch o${i}" },`).join("\n") });
  const built = await w.sh(`'${process.execPath}' '${path.join(packageDir, "bin/tg.cjs")}' build -q`);
  assert.deepEqual([built.stdout, built.stderr], ["", ""]);
});
