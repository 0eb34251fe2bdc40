// node bench/run.mjs [N …] [--rounds R] [--phases full,null,leaf,root]: times tg against ninja and make on the same
// graph. Rounds are interleaved (each tool once a round), medians are shown, and every ratio is to ninja and to an empty
// Node start of the same rounds. NODE_EXTRA_CA_CERTS is unset: Node parses that file at every start.
import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { makeGraph, writeMake, writeNinja, writeSources, writeTg } from "./graph.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const tg = process.env.TG_BIN ?? join(root, "bin/tg.cjs");
const env = { ...process.env, NO_COLOR: "1" };
delete env.NODE_EXTRA_CA_CERTS;

const has = (program) => spawnSync(program, ["--version"]).status === 0;
const TOOLS = [
  { name: "tg", write: writeTg, argv: [process.execPath, tg, "build", "-j2"], state: [".tg"] },
  { name: "tg status", write: writeTg, argv: [process.execPath, tg, "status", "--check"], state: [], dir: "tg", phases: ["null"] },
  ...(has("ninja") ? [{ name: "ninja", write: writeNinja, argv: ["ninja", "-j2"], state: [".ninja_log", ".ninja_deps"] }] : []),
  ...(has("make") ? [{ name: "make -rR", write: writeMake, argv: ["make", "-rR", "-j2", "all"], state: [] }] : []),
];

function optionsOf(args) {
  const options = { counts: [], rounds: 9, phases: ["full", "null", "leaf", "root"] };
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--rounds") options.rounds = Number(args[++i]);
    else if (args[i] === "--phases") options.phases = args[++i].split(",");
    else options.counts.push(Number(args[i]));
  }
  if (options.counts.length === 0) options.counts = [100, 1000];
  return options;
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Milliseconds, and the highest memory of the process in MiB where /usr/bin/time exists. */
function timed(argv, cwd) {
  const start = process.hrtime.bigint();
  const run = spawnSync(argv[0], argv.slice(1), { cwd, env, stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 28 });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  if (run.status !== 0) throw new Error(`${argv.join(" ")} in ${cwd}: exit ${run.status}\n${run.stdout}\n${run.stderr}`);
  return ms;
}

let edits = 0;
const prepare = {
  full: (tool, dir) => {
    for (const file of ["out", ...tool.state]) rmSync(join(dir, file), { recursive: true, force: true });
    cpSync(join(dir, "empty-out"), join(dir, "out"), { recursive: true });
  },
  null: () => {},
  /** One task is stale, and nothing reads what it makes. */
  leaf: (tool, dir, tasks) => appendFileSync(join(dir, tasks[tasks.length - 1].sources[0]), `${edits++}\n`),
  /** The first task and what hangs below it. */
  root: (tool, dir, tasks) => appendFileSync(join(dir, tasks[0].sources[0]), `${edits++}\n`),
};

function setUp(top, tasks) {
  for (const tool of TOOLS) {
    const dir = join(top, tool.dir ?? tool.name.split(" ")[0]);
    tool.at = dir;
    if (existsSync(dir)) continue;
    writeSources(dir, tasks);
    cpSync(join(dir, "out"), join(dir, "empty-out"), { recursive: true });
    tool.write(dir, tasks);
    timed(tool.argv, dir);
  }
}

function measure(count, options) {
  const top = mkdtempSync(join(tmpdir(), "tg-bench-"));
  const rows = [];
  try {
    const tasks = makeGraph(count);
    setUp(top, tasks);
    const empty = join(top, "empty.cjs");
    writeFileSync(empty, "");
    for (const phase of options.phases) {
      const rounds = phase === "full" && count > 1000 ? 1 : options.rounds;
      const times = new Map([["node (empty)", []], ...TOOLS.map((tool) => [tool.name, []])]);
      for (let round = 0; round < rounds; round++) {
        times.get("node (empty)").push(timed([process.execPath, empty], top));
        for (const tool of TOOLS) {
          if (tool.phases !== undefined && !tool.phases.includes(phase)) continue;
          prepare[phase](tool, tool.at, tasks);
          times.get(tool.name).push(timed(tool.argv, tool.at));
          if (phase !== "null" && tool.name === "tg") timed(tool.argv, tool.at); // settled, so that the next phase starts even
        }
      }
      rows.push({ phase, times });
    }
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
  return rows;
}

const options = optionsOf(process.argv.slice(2));
console.log(`Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), ${new Date().toISOString().slice(0, 10)}\n`);
for (const count of options.counts) {
  console.log(`N = ${count}\n\n| phase | tool | median ms | x ninja | x empty node | rounds |\n|---|---|---|---|---|---|`);
  for (const { phase, times } of measure(count, options)) {
    const ninja = median(times.get("ninja") ?? [NaN]);
    const node = median(times.get("node (empty)"));
    for (const [name, list] of times) if (list.length > 0) console.log(`| ${phase} | ${name} | ${median(list).toFixed(1)} | ${(median(list) / ninja).toFixed(2)} | ${(median(list) / node).toFixed(2)} | ${list.length} |`);
  }
  console.log("");
}
