// node scripts/test.mjs [unit|plan|contract|e2e|random|all] [substring]: bundles the tests to out/test and runs them
// with node --test. Tests that use the built command find it in dist/, which is built first.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundle } from "./bundle.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const SETS = ["unit", "plan", "contract", "e2e", "random", "all"];
const args = process.argv.slice(2);
const set = SETS.includes(args[0] ?? "") ? args.shift() : "all";
const substring = args[0] ?? "";

const sources = readdirSync(join(root, "test"), { recursive: true })
  .map((file) => String(file).replaceAll("\\", "/"))
  .filter((file) => file.endsWith(".test.ts") && !file.startsWith("fixtures/"))
  .filter((file) => (set === "all" || file.startsWith(set + "/") || (set === "unit" && !file.includes("/"))) && file.includes(substring))
  .sort();
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
const files = sources.map((file) => join(outDir, file.replace(/\.ts$/, ".mjs")));
// Tests of what is killed, timed out or watched wait more than they work: one file more than there are cores.
const workers = Math.min(8, availableParallelism() + 1);
const run = spawnSync(process.execPath, ["--enable-source-maps", "--test", `--test-concurrency=${workers}`, "--test-reporter", join(root, "scripts/reporter.mjs"), "--test-reporter-destination=stdout", ...files], { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
process.exitCode = run.status ?? 1;
