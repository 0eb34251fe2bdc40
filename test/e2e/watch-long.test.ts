// A watch that goes on for long: it keeps its memory over each new snapshot of the state, and what it writes there holds
// of tasks, too, that it does not build.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { workspace } from "../support/rig.ts";
import { config } from "../support/story.ts";
import { leave, replaceFile, rounds } from "../support/watching.ts";

/** So many inputs make a record of which a few fill the journal. */
const MANY = 400;

test("after new snapshots each task is stale or fresh as before, watched or not", async () => {
  const w = await workspace({ "tasks.config.mjs": config([
    `    a: { inputs: ["in/*", "shared"], outputs: ["a.out"], run: "cat in/0 shared > a.out" },`,
    `    b: { inputs: ["shared"], outputs: ["b.out"], run: "cat shared > b.out" },`,
    `    c: { inputs: ["b.out"], outputs: ["c.out"], run: "cat b.out > c.out" },`,
  ].join("\n")), shared: "0\n", ...Object.fromEntries(Array.from({ length: MANY }, (_, i) => [`in/${i}`, "0\n"])) });
  assert.equal((await w.tg("build")).code, 0);
  const watch = w.start("watch a --debounce 1");
  let count = 1;
  await rounds(watch, count);
  const edit = async (file: string, text: string): Promise<void> => {
    replaceFile(w, file, text);
    await rounds(watch, ++count);
  };
  const snapshot = (): bigint => fs.statSync(path.join(w.dir, ".tg/state"), { bigint: true }).mtimeNs;
  let edits = 0;
  const untilNext = async (): Promise<void> => {
    for (const before = snapshot(); snapshot() === before; ) {
      assert.ok(++edits < 100, "no new snapshot");
      // Each time another file: one that changed in the moment a round ended, time after time, is taken for a loop.
      await edit(`in/${edits}`, `${edits}\n`);
    }
  };
  await untilNext();
  await untilNext();
  await edit("shared", "1\n");
  await untilNext();
  await untilNext();
  await leave(watch);
  assert.equal((await w.tg("status")).stdout.split("\n").slice(0, 3).map((line) => line.trim().split(/\s+/).slice(0, 2).join(" ")).join(", "), "a fresh, b stale, c maybe");
  const { stderr } = await w.tg("build");
  assert.match(stderr, /2 ran, 1 fresh/);
  assert.equal(w.read("c.out"), "1\n");
  assert.equal(w.read("a.out"), "0\n1\n");
});
