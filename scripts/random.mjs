// Runs the random differential tester for as long as you like.
//   node scripts/random.mjs --seeds 1..300 --steps 20 --mode inprocess|watched|resident|command|reference --minutes 10 [--skip 3,4] [--no-shrink] [--tell] [--patches changes.json]
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import process from "node:process";
import { parseArgs } from "node:util";
import { bundleWith } from "./patches.mjs";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1..300" },
    steps: { type: "string", default: "20" },
    mode: { type: "string", default: "inprocess" },
    minutes: { type: "string", default: "0" },
    skip: { type: "string", default: "" },
    tell: { type: "boolean", default: false },
    "no-shrink": { type: "boolean", default: false },
    "stop-at": { type: "string", default: "5" },
    patches: { type: "string", default: "" },
  },
});

const outfile = `${root}/out/random/play-${process.pid}.mjs`;
const changes = values.patches === "" ? [] : JSON.parse(readFileSync(values.patches, "utf8"));
await bundleWith(root, { changes, entry: "test/random/play.ts", outfile });
const { playAll } = await import(pathToFileURL(outfile).href);

const [first, last = first] = values.seeds.split("..").map(Number);
const options = {
  mode: values.mode,
  steps: Number(values.steps),
  skip: values.skip.split(",").filter(Boolean).map(Number),
  repository: root,
  replayDir: `${root}/out/random`,
  stopAfter: Number(values["stop-at"]),
  tell: values.tell,
  shrink: !values["no-shrink"],
  say: (line) => console.log(line),
};
const until = Number(values.minutes) > 0 ? Date.now() + Number(values.minutes) * 60_000 : Infinity;
const sum = { seeds: 0, steps: 0, builds: 0, tasksRun: 0, failed: 0 };
const start = Date.now();
for (let seed = first; seed <= last && Date.now() < until && sum.failed < Number(values["stop-at"]); seed += 10) {
  const total = await playAll({ ...options, first: seed, last: Math.min(last, seed + 9), minutes: (until - Date.now()) / 60_000 });
  for (const key of ["seeds", "steps", "builds", "tasksRun"]) sum[key] += total[key];
  sum.failed += total.failed.length;
}
console.log(`${sum.seeds} seeds, ${sum.steps} steps, ${sum.builds} builds, ${sum.tasksRun} tasks run, ${sum.failed} mismatches, ${((Date.now() - start) / 1000).toFixed(1)} s (${values.mode})`);
rmSync(outfile);
process.exit(sum.failed > 0 ? 1 : 0);
