// What is installed here: programs on PATH, npm packages below bench/node_modules, runtimes for tg. Knows no graphs.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { plainEnv } from "./measure.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..");
const modules = join(here, "node_modules");

/** Absolute path of a program on PATH, or null. */
function which(program) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  return null;
}

/** A file of an installed npm package; a `*` in a part stands for any name (native packages name the platform). */
function installed(path) {
  let places = [modules];
  for (const part of path.split("/")) {
    if (!part.includes("*")) places = places.map((place) => join(place, part));
    else {
      const [before, after] = part.split("*");
      places = places.flatMap((place) => (existsSync(place) ? readdirSync(place).filter((name) => name.startsWith(before) && name.endsWith(after)).map((name) => join(place, name)) : []));
    }
  }
  return places.find((place) => existsSync(place)) ?? null;
}

/** First line that `program ARGS` prints that has a digit, cut to the version. */
function version(argv) {
  const run = spawnSync(argv[0], argv.slice(1), { env: plainEnv(), encoding: "utf8" });
  return /\d+\.\d[\w.-]*/.exec(`${run.stdout}${run.stderr}`)?.[0] ?? "?";
}

const RUNTIMES = {
  node: () => [process.execPath],
  bun: () => programOf("bun", "bun/bin/bun.exe"),
  deno: () => programOf("deno", "deno/deno")?.concat("run", "-A", "--quiet"),
};

function programOf(name, file) {
  const program = which(name) ?? installed(file) ?? join(root, "out", "runtimes", "node_modules", ".bin", name);
  return existsSync(program) ? [program] : null;
}

/** `runtimes`: names of runtimes that tg is to run on. */
export function openMachine({ runtimes = ["node"], jobs = 2, tg = process.env.TG_BIN ?? join(root, "bin", "tg.cjs") } = {}) {
  const found = [];
  const missing = [];
  for (const name of runtimes) {
    const argv = RUNTIMES[name]?.() ?? null;
    if (argv === null) missing.push(`${name} (runtime of tg): not installed; bench/install.sh installs Bun and Deno`);
    else found.push({ name, argv, version: version([argv[0], "--version"]) });
  }
  return { root, modules, tg, jobs, node: process.execPath, runtimes: found, missing, which, installed, version, text: describe() };
}

function describe() {
  const cpu = cpus()[0]?.model.trim() ?? "unknown processor";
  const commit = spawnSync("git", ["-C", root, "describe", "--always", "--dirty", "--abbrev=8"], { encoding: "utf8" }).stdout?.trim() ?? "";
  return `${availableParallelism()} cores (${cpu}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${release()}, Node ${process.version}, tg ${commit === "" ? "without git" : commit}, ${new Date().toISOString().slice(0, 10)}`;
}
