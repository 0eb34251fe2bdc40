// kill -9 at random moments of real builds, with random edits before each: the next build must be right, repeat at most
// what was running plus one, and need no hand.   node scripts/kill.mjs [--kills 200] [--seed 5000]
import { rmSync } from "node:fs";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { bundleWith } from "./patches.mjs";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const { values } = parseArgs({ options: { kills: { type: "string", default: "200" }, seed: { type: "string", default: "5000" } } });

const outfile = await bundleWith(root, { changes: [], entry: "test/random/play.ts", outfile: `${root}/out/random/kill-${process.pid}.mjs` });
const { playAll } = await import(pathToFileURL(outfile).href);
const sum = { kills: 0, repeated: 0, builds: 0, tasksRun: 0, failed: 0 };
for (let seed = Number(values.seed); sum.kills < Number(values.kills) && sum.failed < 3; seed++) {
  const total = await playAll({ mode: "command", first: seed, last: seed, steps: 20, minutes: 0, skip: [], repository: root, replayDir: `${root}/out/random`, shrink: false, stopAfter: 1, killOnly: true, say: (line) => console.log(line) });
  for (const key of ["kills", "repeated", "builds", "tasksRun"]) sum[key] += total[key];
  sum.failed += total.failed.length;
}
rmSync(outfile);
console.log(`${sum.kills} builds killed, ${sum.repeated} finished tasks run again after them, ${sum.builds} builds, ${sum.tasksRun} tasks run, ${sum.failed} mismatches`);
process.exit(sum.failed > 0 ? 1 : 0);
