// Nx with run-commands targets; with its daemon, as it comes, and a no-op without. The daemon's CPU is not in the figures.
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { commitAll, writeJson, writeWorkspace } from "../workspace.mjs";

function writeFor(machine) {
  return (dir, graph) => {
    writeWorkspace(dir, graph, { of: () => ({ scripts: {} }) });
    writeJson(join(dir, "nx.json"), { analytics: false, neverConnectToCloud: true, targetDefaults: { build: { cache: true, dependsOn: ["^build"], inputs: ["{projectRoot}/src/**"], outputs: ["{projectRoot}/out"] } } });
    for (const task of graph.tasks) {
      const target = { executor: "nx:run-commands", options: { command: task.local, cwd: task.folder } };
      writeJson(join(dir, task.folder, "project.json"), { name: task.name, targets: { build: target }, implicitDependencies: task.deps.map((dep) => graph.tasks[dep].name) });
    }
    mkdirSync(join(dir, "node_modules"), { recursive: true });
    symlinkSync(join(machine.modules, "nx"), join(dir, "node_modules", "nx"));
    commitAll(dir);
  };
}

function ran(output) {
  const total = Number(/ran target build for (\d+) projects?/.exec(output)?.[1] ?? NaN);
  return total - Number(/Cache:\s+(\d+)\/\d+ hit/.exec(output)?.[1] ?? 0);
}

export default function peers(machine) {
  const nx = machine.installed("nx/dist/bin/nx.js");
  if (nx === null) return [{ name: "nx", missing: "nx is not in bench/node_modules" }];
  const name = `nx ${machine.version([machine.node, nx, "--version"])}`;
  const argv = () => [machine.node, nx, "run-many", "-t", "build", `--parallel=${machine.jobs}`, "--outputStyle=static"];
  const peer = {
    name,
    layout: "packages",
    argv,
    env: { NX_CACHE_DIRECTORY: ".nx/cache", NX_WORKSPACE_DATA_DIRECTORY: ".nx/workspace-data", NX_NO_CLOUD: "true", NX_TUI: "false", NX_DAEMON: "true", DO_NOT_TRACK: "1" },
    extras: [{ name: `${name} without daemon`, phases: ["noop"], argv, env: { NX_DAEMON: "false" } }],
    write: writeFor(machine),
    stop: (dir, env) => spawnSync(machine.node, [nx, "daemon", "--stop"], { cwd: dir, env }),
    state: [".nx"],
    config: null,
    ran,
    max: 1000,
    unchecked: "what a package reads of others: the key holds its own files",
  };
  return [peer];
}
