// One process, measured from outside: wall, CPU and peak memory by a small C program (built once), by GNU time, or, where
// there is neither, wall alone. Knows no tools and no projects.
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const TIMEOUT_MS = 30 * 60_000;

/** The same for every tool. Node parses the certificates file at every start (36 ms); colours and CI change what tools print. */
export function plainEnv(extra = {}) {
  const env = { ...process.env, NO_COLOR: "1" };
  for (const name of ["NODE_EXTRA_CA_CERTS", "FORCE_COLOR", "CI", "GITHUB_ACTIONS", "MAKEFLAGS", "NODE_OPTIONS", "NODE_TEST_CONTEXT", "npm_lifecycle_event", "INIT_CWD"]) delete env[name];
  return { ...env, ...extra };
}

/** "c": bench/measure.c, "time": GNU time (CPU in steps of 10 ms), "none": wall only. */
export function openMeter() {
  const dir = mkdtempSync(join(tmpdir(), "tg-bench-meter-"));
  process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
  const program = builtMeter();
  const kind = program !== null ? "c" : existsSync("/usr/bin/time") ? "time" : "none";
  const figures = join(dir, "figures");
  const output = join(dir, "output");
  const wrap = { c: (argv) => [program, figures, ...argv], time: (argv) => ["/usr/bin/time", "-q", "-o", figures, "-f", "%e %U %S %M %x", ...argv], none: (argv) => argv }[kind];
  return { kind, measure: (argv, options = {}) => measure(wrap(argv), { ...options, kind, figures, output, argv }) };
}

function builtMeter() {
  const place = join(here, "..", "out", "bench");
  const program = join(place, "measure");
  if (existsSync(program)) return program;
  mkdirSync(place, { recursive: true });
  const temp = `${program}.${process.pid}`;
  const made = spawnSync("cc", ["-O2", "-o", temp, join(here, "measure.c")]);
  if (made.status !== 0) return null;
  renameSync(temp, program);
  return program;
}

/** { ms, cpuMs, peakMiB, output }. Throws with the output when the exit code is none of `exits`. */
function measure(argv, o) {
  const out = openSync(o.output, "w");
  rmSync(o.figures, { force: true });
  const start = process.hrtime.bigint();
  const run = spawnSync(argv[0], argv.slice(1), { cwd: o.cwd, env: o.env ?? plainEnv(), stdio: ["ignore", out, out], timeout: TIMEOUT_MS });
  const outsideMs = Number(process.hrtime.bigint() - start) / 1e6;
  closeSync(out);
  const output = readFileSync(o.output, "utf8");
  if (!(o.exits ?? [0]).includes(run.status)) throw new Error(`${o.argv.join(" ")} in ${o.cwd}: exit ${run.status ?? run.signal ?? run.error?.message}\n${output.slice(-4000)}`);
  return { output, ...(o.kind === "none" ? { ms: outsideMs, cpuMs: null, peakMiB: null } : figuresOf(readFileSync(o.figures, "utf8"), o.kind, outsideMs)) };
}

function figuresOf(text, kind, outsideMs) {
  const numbers = text.trim().split("\n").at(-1).split(" ").map(Number);
  const [wall, user, system, peakKb] = numbers;
  if (kind === "c") return { ms: wall / 1e6, cpuMs: (user + system) / 1e3, peakMiB: peakKb / 1024 };
  return { ms: outsideMs, cpuMs: (user + system) * 1e3, peakMiB: peakKb / 1024 };
}
