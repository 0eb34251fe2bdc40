// tup without its monitor. It traces what commands read, so an input that `cp` does not read makes nothing stale.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

function write(dir, { tasks }) {
  const lines = tasks.map((task) => `: ${[...task.sources, ...task.needs].join(" ")} |> ${task.command} |> ${task.output}`);
  writeFileSync(join(dir, "Tupfile"), lines.join("\n") + "\n");
}

export default function peers(machine) {
  const tup = machine.which("tup");
  if (tup === null) return [{ name: "tup", missing: "no tup on PATH" }];
  return [
    {
      name: `tup ${machine.version([tup, "--version"])}`,
      layout: "files",
      argv: () => [tup, `-j${machine.jobs}`],
      write,
      prepare: (dir, env) => spawnSync(tup, ["init"], { cwd: dir, env }),
      state: [".tup"],
      config: { file: "Tupfile", mark: "#" },
      ran: (output) => output.split("\n").filter((line) => /\d+\) \[[\d.]+s\] (cp|cksum) /.test(line)).length,
      byTime: true,
      wholeSeconds: true,
      max: 10_000,
      unchecked: "content of inputs: compares times in whole seconds; outputs only if its monitor runs or their times differ",
    },
  ];
}
