// A copy of the package as it is built, with a project of one task: for tests of what a package keeps beside its own files.
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { repo } from "./rig.ts";

/** `home` becomes the package, `app` below it the project; `env`: in which compiled code is kept. */
export function copyPackage(home: string): { readonly app: string; readonly env: NodeJS.ProcessEnv } {
  const app = path.join(home, "app");
  for (const part of ["bin", "dist"]) fs.cpSync(path.join(repo, part), path.join(home, part), { recursive: true });
  fs.copyFileSync(path.join(repo, "package.json"), path.join(home, "package.json"));
  fs.mkdirSync(app);
  fs.writeFileSync(path.join(app, "tasks.config.mjs"), 'export default { tasks: { a: { inputs: "in", outputs: "out", run: "cp in out" } } };\n');
  fs.writeFileSync(path.join(app, "in"), "1\n");
  const env = { ...process.env };
  delete env["NODE_DISABLE_COMPILE_CACHE"];
  return { app, env };
}
