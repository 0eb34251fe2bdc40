// wireit, a script of the workspace's own package.json for all, one script a package; by `npm run`, as it comes; and a
// no-op with what npm would tell it given directly.
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { writeWorkspace } from "../workspace.mjs";

function writeFor(machine) {
  return (dir, graph) => {
    const scriptOf = (task) => ({ command: task.local, files: ["src/**"], output: ["out/**"], dependencies: task.deps.map((dep) => `../${graph.tasks[dep].name}:build`) });
    const all = { dependencies: graph.tasks.map((task) => `./${task.folder}:build`) };
    writeWorkspace(dir, graph, {
      top: { scripts: { build: "wireit" }, wireit: { build: all } },
      of: (task) => ({ scripts: { build: "wireit" }, wireit: { build: scriptOf(task) } }),
    });
    mkdirSync(join(dir, "node_modules", ".bin"), { recursive: true });
    symlinkSync(join(machine.modules, ".bin", "wireit"), join(dir, "node_modules", ".bin", "wireit"));
    symlinkSync(join(machine.modules, "wireit"), join(dir, "node_modules", "wireit"));
  };
}

const ran = (output) => output.split("\n").filter((line) => line.includes("Executed successfully")).length;

export default function peers(machine) {
  const wireit = machine.installed("wireit/bin/wireit.js");
  if (wireit === null) return [{ name: "wireit", missing: "wireit is not in bench/node_modules" }];
  const name = `wireit ${machine.version(["npm", "--prefix", machine.modules + "/wireit", "pkg", "get", "version"])}`;
  const told = (dir) => ({ npm_lifecycle_event: "build", npm_package_json: join(dir, "package.json"), npm_config_user_agent: "npm/10.8.2 node/v20.20.2" });
  const peer = {
    name,
    layout: "packages",
    argv: () => ["npm", "run", "--silent", "build"],
    env: { WIREIT_PARALLEL: String(machine.jobs), WIREIT_LOGGER: "simple", WIREIT_CACHE: "local" },
    extras: [{ name: `${name} (no npm)`, phases: ["noop"], argv: () => [machine.node, wireit], env: told }],
    write: writeFor(machine),
    state: [".wireit", "packages/*/.wireit"],
    config: null,
    ran,
    max: 1000,
    unchecked: "nothing of the declared: it hashes all inputs in each run; no early cut-off",
  };
  return [peer];
}
