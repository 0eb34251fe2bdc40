// just: runs recipes, has no notion of fresh. Its "noop" is a full run.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

function write(dir, { tasks }) {
  const lines = [`all: ${tasks.map((task) => task.name).join(" ")}`, ""];
  for (const task of tasks) lines.push(`${task.name}: ${task.deps.map((dep) => tasks[dep].name).join(" ")}`, `  ${task.command}`, "");
  writeFileSync(join(dir, "justfile"), lines.join("\n") + "\n");
}

export default function peers(machine) {
  const just = machine.installed("rust-just-*/bin/just") ?? machine.which("just");
  if (just === null) return [{ name: "just", missing: "neither rust-just in bench/node_modules nor just on PATH" }];
  return [
    {
      name: `just ${machine.version([just, "--version"])}`,
      layout: "files",
      argv: () => [just],
      write,
      config: { file: "justfile", mark: "#" },
      ran: (output) => output.split("\n").filter((line) => /^(cp|cksum) /.test(line)).length,
      phases: ["full", "noop"],
      max: 1000,
      unchecked: "everything: each run runs all",
    },
  ];
}
