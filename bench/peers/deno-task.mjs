// `deno task` with declared files and outputs: one deno.json for all, each task in its package's folder.
import { join } from "node:path";
import { writeJson, writeWorkspace } from "../workspace.mjs";

function write(dir, graph) {
  writeWorkspace(dir, graph);
  const tasks = { all: { dependencies: graph.tasks.map((task) => task.name) } };
  for (const task of graph.tasks) {
    tasks[task.name] = { command: task.command, files: [`${task.folder}/src/**`, ...task.needs], output: [task.output], dependencies: task.deps.map((dep) => graph.tasks[dep].name) };
  }
  writeJson(join(dir, "deno.json"), { tasks });
}

export default function peers(machine) {
  const deno = machine.which("deno") ?? machine.installed("deno/deno");
  if (deno === null) return [{ name: "deno task", missing: "no deno on PATH or in bench/node_modules" }];
  return [
    {
      name: `deno task ${machine.version([deno, "--version"])}`,
      layout: "packages",
      argv: () => [deno, "task", "all"],
      env: { DENO_JOBS: String(machine.jobs), DENO_NO_UPDATE_CHECK: "1", DENO_DIR: ".deno" },
      write,
      state: [".deno", "node_modules/.deno"],
      config: null,
      ran: (output) => output.split("\n").filter((line) => /^Task t\d+ /.test(line) && !/cached|up.to.date|skipp/i.test(line)).length,
      max: 1000,
      unchecked: "nothing of the declared: content by hash, times and sizes as a shortcut; no early cut-off",
    },
  ];
}
