// node scripts/test.mjs [unit|plan|contract|e2e|random|runtimes|all] [substring]: bundles the tests to out/test and runs them
// with node --test. Tests that use the built command find it in dist/, which is built first. All of them, without a
// substring, are followed by those of `runtimes`: a part of the end-to-end tests with tg executed by Bun and by Deno.
// TG_TEST_RUNTIMES=node leaves these out, TG_TEST_RUNTIMES=node,bun takes Bun alone.
import { spawn } from "node:child_process";
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundle } from "./bundle.mjs";
import { install, PART, RUNTIMES, unusable } from "./runtimes.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const SETS = ["unit", "plan", "contract", "e2e", "random", "runtimes", "all"];
const args = process.argv.slice(2);
const set = args[0] ?? "all";
const substring = args[1] ?? "";
if (!SETS.includes(set) || args.length > 2) {
  console.error(args.length > 2 ? `One set and one part of a file's name, not also "${args[2]}".` : `No set of tests is called "${set}"; they are ${SETS.join(", ")}. In all of them: node scripts/test.mjs all ${args.join(" ")}`);
  process.exit(2);
}
const inPart = new Set(PART.map((name) => `e2e/${name}.test.ts`));
const others = otherRuntimes();

/** The runtimes beside this Node that are to run `inPart`. */
function otherRuntimes() {
  if (set !== "runtimes" && (set !== "all" || substring !== "" || process.env.TG_RUNTIME !== undefined)) return [];
  const known = ["node", ...RUNTIMES.map((one) => one.word)];
  const asked = (process.env.TG_TEST_RUNTIMES ?? known.join(",")).split(",").map((word) => word.trim());
  const strange = asked.find((word) => !known.includes(word));
  if (strange !== undefined) {
    console.error(`TG_TEST_RUNTIMES names "${strange}"; it is a list of ${known.join(", ")}, with commas.`);
    process.exit(2);
  }
  return RUNTIMES.filter((one) => asked.includes(one.word));
}

const sources = readdirSync(join(root, "test"), { recursive: true })
  .map((file) => String(file).replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".test.ts") && !file.startsWith("fixtures/"))
  .filter((file) => (set === "all" || (set === "runtimes" && inPart.has(file)) || file.startsWith(set + "/") || (set === "unit" && !file.includes("/"))) && file.includes(substring))
  .sort();
const gone = [...inPart].filter((file) => others.length > 0 && substring === "" && !sources.includes(file));
if (gone.length > 0) throw new Error(`PART in scripts/runtimes.mjs names no test file: ${gone.join(", ")}`);
if (sources.length === 0) {
  console.error(`No test file under test/ matches "${set}"${substring === "" ? "" : ` and "${substring}"`}.`);
  process.exit(2);
}

// A folder of its own, so that two runs at once do not pull files from under each other.
const outDir = join(root, "out", `test-${process.pid}`);
process.on("exit", () => rmSync(outDir, { recursive: true, force: true }));
try {
  if (sources.some((file) => /^(e2e|random|contract)\//.test(file))) await bundle();
  await build({
    absWorkingDir: root,
    entryPoints: sources.map((file) => "test/" + file),
    outbase: "test",
    outdir: outDir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    platform: "node",
    target: "node20",
    format: "esm",
    packages: "external",
    define: { TG_VERSION: '"0.0.0-test"' },
    sourcemap: "inline",
    logLevel: "warning",
  });
} catch (error) {
  if (!error?.errors) throw error;
  console.log("0 passed, 1 failed (the tests did not compile)");
  process.exit(1);
}

// Figures and behaviour of a plain machine: the file named here costs every Node process 36 ms, the rest recolours output.
const env = { ...process.env, TG_REPO: root };
for (const name of ["NODE_EXTRA_CA_CERTS", "FORCE_COLOR", "NO_COLOR", "CI", "GITHUB_ACTIONS", "MAKEFLAGS", "npm_lifecycle_event", "INIT_CWD", "NODE_TEST_CONTEXT"]) delete env[name];

// Tests of what is killed, timed out or watched wait more than they work: one file more than there are cores.
const WORKERS = Math.min(8, availableParallelism() + 1);

/** Runs test files with node --test. Resolves with the counts, and with what was printed if it is to be kept. */
function runTests(files, { label, workers, runtime, kept }) {
  const countsFile = join(outDir, `counts-${label}.json`);
  const argv = ["--enable-source-maps", "--test", `--test-concurrency=${workers}`, "--test-reporter", join(root, "scripts/reporter.mjs"), "--test-reporter-destination=stdout", ...files.map((file) => join(outDir, file.replace(/\.ts$/, ".mjs")))];
  const told = { ...env, TG_TEST_COUNTS: countsFile, ...(runtime === undefined ? {} : { TG_RUNTIME: runtime }) };
  const child = spawn(process.execPath, argv, { cwd: root, env: told, stdio: ["ignore", kept ? "pipe" : "inherit", "inherit"] });
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text) => { output += text; });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => {
      let counts = { passed: 0, failed: 0, skipped: 0, rows: 0 };
      try {
        counts = JSON.parse(readFileSync(countsFile, "utf8"));
      } catch { /* it ended before it could count */ }
      if (status !== 0 && counts.failed === 0) counts.failed = 1;
      resolve({ ...counts, output });
    });
  });
}

const tail = ({ failed, skipped }) => `${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;

/** Waits for the runtimes to be installed, runs the part on all of them beside each other, and prints it. Resolves with the counts and a line on each. */
async function runOthers(installing, limit) {
  const timer = setTimeout(() => limit.abort(), set === "runtimes" ? 300_000 : 30_000);
  const missing = await installing;
  clearTimeout(timer);
  if (missing !== null) return [{ passed: 0, failed: 0, skipped: others.length, line: `on ${others.map((one) => one.title).join(" and ")}: skipped, cannot be installed here: ${missing}` }];
  const files = sources.filter((file) => inPart.has(file));
  console.log(`\n${files.length} ${files.length === 1 ? "file" : "files"} of end-to-end tests with tg on ${others.map((one) => one.title).join(" and on ")}:`);
  return Promise.all(others.map(async (one) => {
    const trouble = unusable(one);
    if (trouble !== null) return { passed: 0, failed: 0, skipped: 1, line: `on ${one.title}: skipped: ${trouble}` };
    const run = await runTests(files, { label: one.word, workers: Math.ceil(WORKERS / others.length), runtime: one.command, kept: true });
    console.log(`\n== ${one.title}\n${run.output.trimEnd()}`);
    return { ...run, line: `on ${one.title}: ${run.rows > 0 ? `${run.rows} rows, ` : ""}${run.passed - run.rows} tests passed, ${tail(run)}` };
  }));
}

const limit = new AbortController();
const installing = others.length > 0 ? install(limit.signal) : null; // beside the tests on Node
const results = [];
if (set !== "runtimes") {
  const run = await runTests(sources, { label: "node", workers: WORKERS, kept: false });
  results.push({ ...run, line: `on Node ${process.versions.node}: ${run.passed} tests passed, ${tail(run)}` });
}
if (others.length > 0) results.push(...await runOthers(installing, limit));
console.log(others.length > 0 ? `\n${results.map((run) => run.line).join("\n")}` : "");
const sum = (name) => results.reduce((total, run) => total + run[name], 0);
console.log(`${sum("passed")} passed, ${tail({ failed: sum("failed"), skipped: sum("skipped") })}`);
process.exitCode = sum("failed") > 0 ? 1 : 0;
