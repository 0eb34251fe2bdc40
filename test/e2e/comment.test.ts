// An edit of the config that says the same: a comment, a blank line. Nothing runs, and the state is not written anew.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { workspace } from "../support/rig.ts";

const BODY = `export default { tasks: {
  a: { inputs: ["in"], outputs: ["mid"], run: "cat in > mid" },
  b: { inputs: ["mid"], outputs: ["out"], run: "cat mid > out" },
} };
`;

test("a comment in a config of data is noted in the journal; lines, tasks and functions that change are taken in", async () => {
  const w = await workspace({ "tasks.config.mjs": BODY, in: "1\n" });
  const snapshot = (): string => fs.readFileSync(path.join(w.dir, ".tg/state")).subarray(0, 48).toString("hex");
  const tell = async (text: string): Promise<string> => {
    w.write("tasks.config.mjs", text);
    const { code, stdout, stderr } = await w.tg("build");
    assert.equal(code, 0, stdout + stderr);
    return (stdout + stderr).replace(/ \([\d.]+ s\)/g, "");
  };
  assert.match(await tell(BODY), /2 ran/);
  const first = snapshot();
  for (const text of [BODY + "// one\n", BODY + "// two, and longer\n", BODY.replace("cat in > mid\" },", "cat in > mid\" }, // beside")]) {
    assert.match(await tell(text), /2 tasks up to date/);
    assert.equal(snapshot(), first);
    assert.equal(JSON.parse((await w.tg("info --json")).stdout).tasks, 2);
  }
  // Other lines: messages tell of them, so they are kept.
  assert.match(await tell("// first\n" + BODY), /2 tasks up to date/);
  assert.notEqual(snapshot(), first);
  w.remove("in");
  assert.match((await w.tg("build")).stderr, /tasks\.config\.mjs:3/);
  w.write("in", "1\n");
  assert.match(await tell("// second\n" + BODY.replace("cat mid > out", "cat mid mid > out")), /1 ran, 1 fresh/);
  assert.equal(w.read("out"), "1\n1\n");
  assert.match(await tell("// third\n" + BODY.replace("cat mid > out", "cat mid mid > out")), /2 tasks up to date/);
  assert.match(await tell(BODY.replace('"cat mid > out"', '({ outputs: [out] }) => import("node:fs").then((fs) => fs.writeFileSync(out, "f"))')), /1 ran, 1 fresh/);
  assert.equal(w.read("out"), "f");
  assert.match(await tell(BODY), /1 ran, 1 fresh/);
  assert.equal(w.read("out"), "1\n");
});
