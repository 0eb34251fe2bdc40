// tg-build/api: a build from a program, as data.
import assert from "node:assert/strict";
import { test } from "node:test";
import { config } from "../support/story.ts";
import { workspace } from "../support/rig.ts";

const PROGRAM = `import { plan, run } from "tg-build/api";
const told = [];
const states = async () => (await plan({})).map(({ name, state }) => name + " " + state);
told.push(await states());
for (const options of [{ signal: AbortSignal.abort() }, {}]) {
  const events = run(options);
  for (;;) {
    const { done, value } = await events.next();
    if (!done) continue;
    told.push(value);
    break;
  }
  told.push(await states());
}
console.log(JSON.stringify(told));
`;

test("a build whose signal has come before it listens runs nothing, and the next one all", async () => {
  const w = await workspace({ in: "1", "program.mjs": PROGRAM, "tasks.config.ts": config('    a: { inputs: ["in"], outputs: ["out"], run: "cp in out" },') });
  const { stdout, stderr } = await w.sh("node program.mjs");
  assert.equal(stderr, "");
  assert.deepEqual(JSON.parse(stdout), [["a stale"], 130, ["a stale"], 0, ["a fresh"]]);
});
