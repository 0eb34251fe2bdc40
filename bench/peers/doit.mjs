// doit: Python, compares times first and MD5 after.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const DODO = `import json
DOIT_CONFIG = {"backend": "dbm"}
def task_all():
    for t in json.load(open("graph.json")):
        yield {"name": t["name"], "file_dep": t["inputs"], "targets": [t["output"]], "actions": [t["command"]]}
`;

function write(dir, { tasks }) {
  writeFileSync(join(dir, "graph.json"), JSON.stringify(tasks.map((task) => ({ name: task.name, inputs: [...task.sources, ...task.needs], output: task.output, command: task.command }))));
  writeFileSync(join(dir, "dodo.py"), DODO);
}

export default function peers(machine) {
  const doit = machine.which("doit");
  if (doit === null) return [{ name: "doit", missing: "no doit on PATH" }];
  return [
    {
      name: `doit ${machine.version([doit, "--version"])}`,
      layout: "files",
      argv: () => [doit, "-n", String(machine.jobs)],
      write,
      state: [".doit.db*"],
      config: { file: "dodo.py", mark: "#" },
      ran: (output) => output.split("\n").filter((line) => /^\. {2}\S/.test(line)).length,
      max: 1000,
      unchecked: "content of outputs (only that they exist), the command's text",
    },
  ];
}
