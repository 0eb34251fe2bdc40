// moon, by its native program. It needs a git repository with a commit.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commitAll, writeWorkspace } from "../workspace.mjs";

function write(dir, graph) {
  writeWorkspace(dir, graph, { of: () => ({ scripts: {}, dependencies: {} }) });
  mkdirSync(join(dir, ".moon"), { recursive: true });
  writeFileSync(join(dir, ".moon", "workspace.yml"), 'projects: ["packages/*"]\nvcs:\n  client: git\n  defaultBranch: main\ntelemetry: false\n');
  for (const task of graph.tasks) {
    const deps = task.deps.map((dep) => graph.tasks[dep].name);
    const lines = [`language: unknown`, `dependsOn: [${deps.map((dep) => `"${dep}"`).join(", ")}]`, "tasks:", "  build:", `    script: "${task.local}"`, `    deps: ["^:build"]`, `    inputs: ["src/**/*"]`, `    outputs: ["${task.output.slice(task.folder.length + 1)}"]`];
    writeFileSync(join(dir, task.folder, "moon.yml"), lines.join("\n") + "\n");
  }
  commitAll(dir);
}

export default function peers(machine) {
  const moon = machine.installed("@moonrepo/core-*/moon");
  if (moon === null) return [{ name: "moon", missing: "@moonrepo/cli is not in bench/node_modules" }];
  return [
    {
      name: `moon ${machine.version([moon, "--version"])}`,
      layout: "packages",
      argv: () => [moon, "run", ":build", "--concurrency", String(machine.jobs), "--summary", "minimal"],
      env: { MOON_TOOLCHAIN_FORCE_GLOBALS: "true", DO_NOT_TRACK: "1" },
      write,
      state: [".moon/cache"],
      config: { file: ".moon/workspace.yml", mark: "#" },
      ran: (output) => output.split("\n").filter((line) => /:build \([\d.]+m?s,/.test(line)).length,
      max: 1000,
      unchecked: "outputs edited by hand; no early cut-off as it comes",
    },
  ];
}
