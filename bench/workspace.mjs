// The "packages" layout as an npm workspace: a package.json a task, one at the top, a git repository. What each tool needs
// beyond that stands in its own file under peers/.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { plainEnv } from "./measure.mjs";

export function writeJson(file, value) {
  writeFileSync(file, JSON.stringify(value, null, 2) + "\n");
}

/** `top` and `of(task)` are merged into the package.json files. */
export function writeWorkspace(dir, { tasks }, { top = {}, of = () => ({}) } = {}) {
  writeJson(join(dir, "package.json"), { name: "bench", version: "1.0.0", private: true, workspaces: ["packages/*"], packageManager: "npm@10.8.2", ...top });
  const packages = { "": { name: "bench", version: "1.0.0", workspaces: ["packages/*"] } };
  for (const task of tasks) {
    const dependencies = Object.fromEntries(task.deps.map((dep) => [tasks[dep].name, "1.0.0"]));
    writeJson(join(dir, task.folder, "package.json"), { name: task.name, version: "1.0.0", private: true, scripts: { build: task.local }, dependencies, ...of(task) });
    packages[task.folder] = { name: task.name, version: "1.0.0", dependencies };
    packages[`node_modules/${task.name}`] = { resolved: task.folder, link: true };
  }
  writeJson(join(dir, "package-lock.json"), { name: "bench", version: "1.0.0", lockfileVersion: 3, requires: true, packages });
  writeFileSync(join(dir, ".gitignore"), "node_modules\nout\n.turbo\n.nx\n.wireit\n.moon/cache\n.tg\n.lage\ndist\n");
}

/** The tools hash through git's index where there is one. */
export function commitAll(dir) {
  const git = (...words) => spawnSync("git", ["-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "gc.auto=0", ...words], { cwd: dir, env: plainEnv() });
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("commit", "-q", "-m", "bench");
}
