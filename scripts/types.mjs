// Writes the declarations of the public entries to dist/types.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const entries = ["src/index.ts", "src/api.ts", "src/register.ts"].filter((file) => existsSync(join(root, file)));
if (entries.length > 0) {
  rmSync(join(root, "dist/types"), { recursive: true, force: true });
  mkdirSync(join(root, "out"), { recursive: true });
  const config = join(root, "out/tsconfig.types.json");
  writeFileSync(config, JSON.stringify({
    extends: "../tsconfig.json",
    compilerOptions: { noEmit: false, emitDeclarationOnly: true, declaration: true, rootDir: "../src", outDir: "../dist/types" },
    include: [],
    files: entries.map((file) => "../" + file),
  }));
  const tsc = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", config], { stdio: "inherit", cwd: root });
  process.exitCode = tsc.status ?? 1;
}
