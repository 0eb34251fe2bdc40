// node scripts/damage.mjs [FLIPS]: the state cut at every byte length, then FLIPS (10,000) random bit flips. Exit 1 if any
// case gives a wrong tree, a failing build, more than one warning, or work in the second build.
import { fileURLToPath, pathToFileURL } from "node:url";
import process from "node:process";
import { bundleWith } from "./patches.mjs";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const outfile = `${root}/out/random/damage-${process.pid}.mjs`;
await bundleWith(root, { changes: [], entry: "test/random/damage.ts", outfile });
const { damageAll } = await import(pathToFileURL(outfile).href);
const { cases, wrong } = await damageAll(Number(process.argv[2] ?? 10_000), (line) => console.log(line));
for (const line of wrong.slice(0, 20)) console.log(line);
console.log(`${cases} cases, ${wrong.length} wrong`);
process.exitCode = wrong.length === 0 ? 0 : 1;
