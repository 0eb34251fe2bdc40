// GNU make without its built-in rules: with them it tries each on every source (32 times slower at 1,000 tasks).
import { writeFileSync } from "node:fs";
import { join } from "node:path";

function write(dir, { tasks }) {
  const lines = [".PHONY: all", `all: ${tasks.map((task) => task.output).join(" ")}`];
  for (const task of tasks) lines.push(`${task.output}: ${[...task.sources, ...task.needs].join(" ")}`, `\t${task.command}`);
  writeFileSync(join(dir, "Makefile"), lines.join("\n") + "\n");
}

export default function peers(machine) {
  const make = machine.which("make");
  if (make === null) return [{ name: "make -rR", missing: "no make on PATH" }];
  return [
    {
      name: `make -rR ${machine.version([make, "--version"])}`,
      layout: "files",
      argv: () => [make, "-rR", `-j${machine.jobs}`, "all"],
      write,
      config: { file: "Makefile", mark: "#" },
      ran: (output) => output.split("\n").filter((line) => /^(cp|cksum) /.test(line)).length,
      byTime: true,
      max: 100_000,
      unchecked: "content, the command's text, the set of inputs: compares times alone",
    },
  ];
}
