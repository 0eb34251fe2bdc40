// node scripts/rows.mjs [ROW…] [--here]: packs the package, installs it in an empty folder, and runs the acceptance
// rows of test/fixtures/rows.sh on it, one line each. `--here` takes this checkout instead of the packed package.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = process.env.TG_REPO ?? join(dirname(fileURLToPath(import.meta.url)), "..");
const fixtures = join(root, "test/fixtures");
/** What executes tg: this Node, or what TG_RUNTIME says (`bun`, `deno run -A`). */
const runtime = process.env.TG_RUNTIME?.split(" ") ?? [process.execPath];

/** The rows in order: id, title, script. */
export function readRows() {
  const rows = [];
  for (const line of readFileSync(join(fixtures, "rows.sh"), "utf8").split("\n")) {
    const head = /^#: (\S+) (.*)$/.exec(line);
    if (head !== null) rows.push({ id: head[1], title: head[2], script: "" });
    else if (rows.length > 0) rows[rows.length - 1].script += line + "\n";
  }
  return rows;
}

/** Runs one row on the tg of `packageDir`. Returns null when it holds, else what it printed. */
export function runRow(row, packageDir, extraEnv = {}) {
  const temp = mkdtempSync(join(tmpdir(), "tg-row-"));
  try {
    const bin = join(temp, "bin");
    mkdirSync(bin);
    const argv = [...runtime, join(packageDir, "bin/tg.cjs")];
    writeFileSync(join(bin, "tg"), `#!/bin/sh\nexec ${argv.map((word) => `'${word}'`).join(" ")} "$@"\n`, { mode: 0o755 });
    const env = { ...process.env, ...extraEnv, PATH: `${bin}:${dirname(process.execPath)}:${process.env.PATH}`, FIXTURES: fixtures, ROWS_TMP: temp, TG_PACKAGE: packageDir };
    for (const name of Object.keys(env)) if (/^(CI|GITHUB_.*|FORCE_COLOR|NO_COLOR|MAKEFLAGS|npm_.*|INIT_CWD|NODE_.*)$/.test(name)) delete env[name];
    const script = readFileSync(join(fixtures, "row-words.sh"), "utf8") + row.script;
    const scriptFile = join(temp, "row.sh");
    writeFileSync(scriptFile, script);
    const run = spawnSync("sh", ["-eu", scriptFile], { env, encoding: "utf8", timeout: 300_000, killSignal: "SIGKILL" });
    if (run.status === 0) return null;
    if (run.stderr.includes("FAILED:")) return run.stdout + run.stderr;
    // A bare test failed: find which line by running again with a trace.
    return `${run.stdout}${run.stderr}exit ${run.status ?? run.signal} at: ${lastTraced(scriptFile, env, temp)}`;
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

function lastTraced(script, env, temp) {
  rmSync(join(temp, "w"), { recursive: true, force: true });
  rmSync(join(temp, "moved"), { recursive: true, force: true });
  const run = spawnSync("sh", ["-eux", script], { env, encoding: "utf8", timeout: 300_000, killSignal: "SIGKILL" });
  return run.status === 0 ? "(it held the second time)" : run.stderr.trimEnd().split("\n").slice(-3).join("\n");
}

/** Packs and installs the package into `dir`; returns the installed folder. */
export function installPacked(dir) {
  const npm = (args, cwd) => {
    const run = spawnSync("npm", args, { cwd, encoding: "utf8" });
    if (run.status !== 0) throw new Error(`npm ${args.join(" ")}: ${run.stderr}`);
  };
  npm(["pack", "--silent", "--pack-destination", dir], root);
  const tarball = readdirSync(dir).find((file) => file.endsWith(".tgz"));
  writeFileSync(join(dir, "package.json"), '{ "private": true }\n');
  npm(["install", "--no-audit", "--no-fund", "./" + tarball], dir);
  return join(dir, "node_modules/tg-build");
}

function main(args) {
  const here = args.includes("--here");
  const wanted = args.filter((arg) => !arg.startsWith("--"));
  const temp = mkdtempSync(join(tmpdir(), "tg-packed-"));
  let passed = 0, failed = 0;
  try {
    const packageDir = here ? root : installPacked(temp);
    if (!existsSync(join(packageDir, "dist/main.cjs"))) throw new Error(`${packageDir} is not built: npm run build`);
    for (const row of readRows()) {
      if (wanted.length > 0 && !wanted.includes(row.id)) continue;
      const start = Date.now();
      const trouble = runRow(row, packageDir);
      if (trouble === null) passed++;
      else failed++;
      console.log(`${trouble === null ? "ok  " : "FAIL"} ${row.id.padEnd(4)} ${row.title} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
      if (trouble !== null) console.log(trouble.replace(/^/gm, "      "));
    }
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.exitCode = main(process.argv.slice(2));
