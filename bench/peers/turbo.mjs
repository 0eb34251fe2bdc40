// Turborepo, by the command that npm installs (a Node program that starts the native one) and by the native one itself. It
// starts `npm run` for each package, which is most of its full build.
import { join } from "node:path";
import { commitAll, writeJson, writeWorkspace } from "../workspace.mjs";

function write(dir, graph) {
  writeWorkspace(dir, graph);
  writeJson(join(dir, "turbo.json"), { tasks: { build: { dependsOn: ["^build"], inputs: ["src/**"], outputs: ["out/**"] } } });
  commitAll(dir);
}

function ran(output) {
  const counts = /Cached:\s+(\d+) cached, (\d+) total/.exec(output);
  return counts === null ? NaN : Number(counts[2]) - Number(counts[1]);
}

export default function peers(machine) {
  const turbo = machine.installed("@turbo/*/bin/turbo");
  if (turbo === null) return [{ name: "turbo", missing: "turbo is not in bench/node_modules" }];
  const command = machine.installed("turbo/bin/turbo");
  const argvOf = (...start) => () => [...start, "run", "build", `--concurrency=${machine.jobs}`, "--output-logs=errors-only"];
  const name = `turbo ${machine.version([turbo, "--version"])}`;
  const peer = {
    name,
    layout: "packages",
    argv: argvOf(machine.node, command),
    extras: [{ name: `${name} (native program)`, phases: ["noop"], argv: argvOf(turbo) }],
    env: { TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1", DO_NOT_TRACK: "1" },
    write,
    state: [".turbo", "node_modules/.cache"],
    config: { file: "turbo.json", mark: "//" },
    ran,
    max: 1000,
    unchecked: "no early cut-off: the key of a package holds the keys of those it needs, not what they made",
  };
  return [peer];
}
