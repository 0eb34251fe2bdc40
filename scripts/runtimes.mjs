// node scripts/runtimes.mjs [bun|deno] [substring|all]: installs Bun and Deno below out/ (npm packages, about 100 MB each) and
// runs end-to-end tests on each of them: the acceptance rows, the files with that in their name, or all. Node is what npm test runs.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const place = join(root, "out", "runtimes");
const RUNTIMES = { bun: ["bun@1.4", "bun"], deno: ["deno@2.9", "deno run -A"] };
const asked = process.argv.slice(2);
const names = Object.keys(RUNTIMES).filter((name) => !asked.some((word) => word in RUNTIMES) || asked.includes(name));
const wanted = asked.find((word) => !(word in RUNTIMES)) ?? "rows";
const substring = wanted === "all" ? "" : wanted;

let failed = false;
for (const name of names) {
  const [spec, command] = RUNTIMES[name];
  if (!existsSync(join(place, "node_modules", ".bin", name))) {
    mkdirSync(place, { recursive: true });
    const install = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--prefix", place, spec], { stdio: "inherit" });
    if (install.status !== 0) process.exit(install.status ?? 1);
  }
  console.log(`\n== ${name}`);
  const env = { ...process.env, TG_RUNTIME: join(place, "node_modules", ".bin", command) };
  delete env.NODE_EXTRA_CA_CERTS;
  const run = spawnSync(process.execPath, [join(root, "scripts", "test.mjs"), "e2e", substring], { stdio: "inherit", env });
  failed ||= run.status !== 0;
}
process.exitCode = failed ? 1 : 0;
