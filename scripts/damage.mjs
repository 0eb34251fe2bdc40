// The state cut at every byte length, 10,000 random bit flips, and 4,000 states that make no sense and have good checksums.   node scripts/damage.mjs [--flips 10000] [--every 1] [--resealed 4000]
import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { bundleWith } from "./patches.mjs";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const { values } = parseArgs({ options: { flips: { type: "string", default: "10000" }, every: { type: "string", default: "1" }, resealed: { type: "string", default: "4000" } } });
const outfile = await bundleWith(root, { changes: [], entry: "test/random/damage.ts", outfile: `${root}/out/random/damage-${process.pid}.mjs` });
const { damageState } = await import(pathToFileURL(outfile).href);
const start = Date.now();
const dir = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const report = await damageState({ root: `${dir}/tg-damage-${process.pid}`, cutStep: Number(values.every), flips: Number(values.flips), resealed: Number(values.resealed) });
rmSync(outfile);
for (const line of report.wrong) console.log(`WRONG ${line}`);
console.log(`${report.cases} damaged states (${Object.entries(report.bytes).map(([name, bytes]) => `${name} ${bytes} bytes`).join(", ")}), ${report.told} told, ${report.tasksRun} tasks run, ${report.wrong.length} wrong, ${((Date.now() - start) / 1000).toFixed(0)} s`);
process.exit(report.wrong.length > 0 ? 1 : 0);
