// node scripts/runtimes.mjs [bun|deno] [substring|all]: runs end-to-end tests on Bun and Deno: the acceptance rows, the files
// with that in their name, or all. npm test runs PART of them on both (scripts/test.mjs). They are npm packages of exact
// versions (test/runtimes), installed below out/ when first needed: 90 MB to fetch, 195 MB on disk.
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const manifest = join(root, "test", "runtimes");
const versions = JSON.parse(readFileSync(join(manifest, "package.json"), "utf8")).dependencies;
const place = join(root, "out", "runtimes", Object.values(versions).join("+"));

function runtime(word, title, packageName, file, args = "") {
  const program = join(place, "node_modules", packageName, file);
  return { word, title: `${title} ${versions[packageName]}`, program, command: program + args };
}

export const RUNTIMES = [
  runtime("bun", "Bun", "@oven/bun-linux-x64", "bin/bun"),
  runtime("deno", "Deno", "@deno/linux-x64-glibc", "deno", " run -A"),
];

/** The end-to-end files that npm test runs on Bun and Deno too: where the runtimes have differed. */
export const PART = ["bun-code", "bun-stat", "file-work", "jobserver", "problems", "rows", "services", "task-files", "values", "watch", "watch-config"];

/** npm's own limits: a registry that cannot be reached is given up after some 20 seconds, one that is slow is waited for. */
const NPM = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--no-bin-links", "--loglevel=error", "--fetch-timeout=10000", "--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=1000"];

/** Why npm failed, in one line. */
function reasonOf(said) {
  const lines = said.split("\n").filter((line) => line.startsWith("npm error ")).map((line) => line.slice("npm error ".length));
  const code = lines.find((line) => line.startsWith("code "))?.slice("code ".length) ?? "";
  if (code === "EBADPLATFORM") return "their packages are for Linux on x64 with glibc";
  const sentence = lines.find((line) => !/^(code|errno|syscall|path) /.test(line)) ?? said.trim().split("\n")[0];
  return `npm says ${[code, sentence].filter(Boolean).join(", ")}`;
}

/** Runs npm in `folder`. Resolves with null, or with why it failed; `signal` ends it. */
function npmCi(folder, signal) {
  return new Promise((resolve) => {
    const child = spawn("npm", [...NPM, "--prefix", folder], { cwd: folder, stdio: ["ignore", "ignore", "pipe"], signal, killSignal: "SIGKILL" });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text) => { said += text; });
    child.on("error", (error) => { if (!signal.aborted) resolve(error.message); });
    child.on("close", (status) => resolve(signal.aborted ? "npm did not come to an end" : status === 0 ? null : reasonOf(said)));
  });
}

/** Installs what is not there yet. Resolves with null, or with why that cannot be. */
export async function install(signal) {
  if (/\s/.test(place)) return `TG_RUNTIME takes no blanks, and there are some in ${place}`;
  if (RUNTIMES.every((one) => existsSync(one.program))) return null;
  mkdirSync(dirname(place), { recursive: true });
  const temp = mkdtempSync(join(dirname(place), "new-"));
  try {
    for (const file of ["package.json", "package-lock.json"]) copyFileSync(join(manifest, file), join(temp, file));
    const trouble = await npmCi(temp, signal);
    if (trouble !== null) return trouble;
    rmSync(place, { recursive: true, force: true });
    renameSync(temp, place);
    return null;
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

/** Why an installed runtime cannot be used here, or null. */
export function unusable(one) {
  const run = spawnSync(one.program, ["--version"], { encoding: "utf8", timeout: 20_000 });
  return run.status === 0 ? null : `"${one.program} --version" fails: ${run.error?.message ?? run.signal ?? `exit ${run.status}`}`;
}

async function main(asked) {
  const words = RUNTIMES.map((one) => one.word);
  const wanted = asked.find((word) => !words.includes(word)) ?? "rows";
  const trouble = await install(AbortSignal.timeout(600_000));
  if (trouble !== null) {
    console.error(`Bun and Deno cannot be installed: ${trouble}`);
    return 1;
  }
  let failed = false;
  for (const one of RUNTIMES) {
    if (asked.some((word) => words.includes(word)) && !asked.includes(one.word)) continue;
    console.log(`\n== ${one.title}`);
    const env = { ...process.env, TG_RUNTIME: one.command };
    delete env.NODE_EXTRA_CA_CERTS;
    const run = spawnSync(process.execPath, [join(root, "scripts", "test.mjs"), "e2e", wanted === "all" ? "" : wanted], { stdio: "inherit", env });
    failed ||= run.status !== 0;
  }
  return failed ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.exitCode = await main(process.argv.slice(2));
