// The rooms of tg one by one, each beside the least code that does the same: bundles bench/micro/*.ts and runs each side in
// processes of its own, in turn. Adding one is one file there that exports `floor`, `unit` and `open`.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { makeGraph } from "./graph.mjs";
import { plainEnv } from "./measure.mjs";
import tgPeers from "./peers/tg.mjs";
import { Project } from "./project.mjs";
import { progress } from "./section.mjs";
import { markdown, median, number, ratio, spread } from "./stats.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..");
const NOT_ALONE = ["drive", "built", "jobs"];
/** These do not depend on the size of a graph. */
const ONCE = ["spawn", "call"];

export const microNames = () => readdirSync(join(here, "micro")).map((file) => file.replace(/\.ts$/, "")).filter((name) => !NOT_ALONE.includes(name)).sort();

async function bundleMicro(out, names) {
  mkdirSync(out, { recursive: true });
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const name of names) {
    const contents = `import { floor, open, unit } from "./${name}.ts"; import { drive } from "./drive.ts"; if (process.argv[2] === "words") console.log(JSON.stringify({ floor, unit })); else await drive(open);`;
    await build({
      absWorkingDir: root,
      stdin: { contents, resolveDir: join(here, "micro"), loader: "ts" },
      outfile: join(out, `${name}.mjs`),
      bundle: true,
      platform: "node",
      target: "node20",
      format: "esm",
      external: ["chokidar", "tg-build"],
      banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
      define: { TG_VERSION: JSON.stringify(version) },
      logLevel: "error",
    });
  }
}

/** Rows { name, runtime, count (tasks of the graph), unit, floorText, ours, floor (median µs an item), … }. */
export async function measureMicro({ machine, meter, rounds }, o) {
  const out = mkdtempSync(join(tmpdir(), "tg-bench-micro-"));
  const names = o.micro ?? microNames();
  const counts = o.counts.length > 0 ? o.counts : o.size === "long" ? [1000, 10_000, 100_000] : [1000];
  const rows = [];
  try {
    await bundleMicro(out, names);
    for (const runtime of machine.runtimes) {
      for (const count of counts) {
        const project = builtProject({ machine: { ...machine, runtimes: [runtime] }, meter }, join(out, `${runtime.name}-${count}`), count);
        const wanted = names.filter((name) => !ONCE.includes(name) || count === counts[0]);
        for (const name of wanted) rows.push({ name, runtime: runtime.name, count, ...sidesOf(join(out, `${name}.mjs`), { runtime, dir: project.dir, rounds: Math.min(rounds, o.size === "short" ? 2 : 5), name }) });
        project.remove();
      }
    }
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
  progress("");
  return rows;
}

/** Built, and looked at once more, so that no time is too young to be trusted. */
function builtProject({ machine, meter }, dir, count) {
  const graph = makeGraph({ count });
  const peer = tgPeers(machine).find((one) => one.layout === "files");
  const project = new Project(dir, graph, peer);
  project.create();
  for (let i = 0; i < 2; i++) meter.measure(peer.argv(graph), { cwd: dir, env: project.env });
  return project;
}

function sidesOf(file, { runtime, dir, rounds, name }) {
  const run = (...words) => {
    const done = spawnSync(runtime.argv[0], [...runtime.argv.slice(1), file, ...words], { env: plainEnv({ TG_REPO: root }), encoding: "utf8" });
    if (done.status !== 0) throw new Error(`micro ${name}: exit ${done.status}\n${done.stderr}`);
    return JSON.parse(done.stdout);
  };
  const { floor: floorText, unit } = run("words");
  const taken = { ours: [], floor: [] };
  for (let round = 0; round < rounds; round++) {
    progress(`micro ${name} ${round + 1}/${rounds}`);
    for (const side of ["ours", "floor"]) taken[side].push(run(side, dir).us);
  }
  return { floorText, unit, ours: median(taken.ours), floor: median(taken.floor), ratio: ratio(taken.ours, taken.floor), spread: spread(taken.ours), rounds };
}

export function microText(rows) {
  const head = ["what", "runtime", "tasks of the graph", "tg, µs", "lowest–highest", "floor, µs", "× floor", "an item is a", "the floor is"];
  const lines = rows.map((row) => [row.name, row.runtime, ONCE.includes(row.name) ? "" : String(row.count), number(row.ours), row.spread, number(row.floor), number(row.ratio), row.unit, row.floorText]);
  return `## Rooms beside their floors\n\nOne process a side and round, in turn; the median pass after two that warm up, an item.\n\n${markdown(head, lines)}`;
}
