// tg itself, on each runtime that was asked for; and the same graph as JavaScript functions, and as files that tg copies itself.
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const READ = 'import { readFileSync } from "node:fs";\nconst graph = JSON.parse(readFileSync(new URL("graph.json", import.meta.url), "utf8"));\n';
const COPIES = 'for (const task of Object.values(graph)) task.run = { copy: task.inputs.find((file) => file.startsWith("src/")), to: task.outputs[0] };\n';
const FUNCTIONS = `import { copyFileSync } from "node:fs";
const copy = ({ inputs, outputs }) => copyFileSync(inputs.find((file) => file.startsWith("src/")), outputs[0]);
for (const task of Object.values(graph)) task.run = copy;
`;

/** Files are named one by one, as ninja and make have them; packages by pattern, as tools for workspaces have them. */
function taskOf(task, layout) {
  const inputs = layout === "files" ? task.sources : [`${task.folder}/src/**`, `${task.folder}/package.json`];
  const place = layout === "files" ? {} : { cwd: task.folder };
  return { inputs: [...inputs, ...task.needs], outputs: [task.output], run: task.local, ...place };
}

/** The config reads the graph from a JSON file, as a generator of real projects would write it. */
function write(dir, graph, more) {
  const config = Object.fromEntries(graph.tasks.map((task) => [task.name, taskOf(task, graph.layout)]));
  if (graph.layout === "packages") for (const task of graph.tasks) writeFileSync(join(dir, task.folder, "package.json"), JSON.stringify({ name: task.name, private: true }) + "\n");
  writeFileSync(join(dir, "graph.json"), JSON.stringify(config));
  writeFileSync(join(dir, "tasks.config.mjs"), `${READ}${more}export default { tasks: graph };\n`);
}

/** From the last line: "tg: 3 ran, 97 fresh (0.1 s)" or "tg: 100 tasks up to date (0.01 s)". */
const ranOfTg = (output) => (/up to date/.test(output) ? 0 : Number(/^tg: ([\d,]+) ran/m.exec(output)?.[1].replaceAll(",", "") ?? NaN));

/** The mode of its offer says so (docs/watch.md). */
const mayBeAsked = (dir) => (statSync(join(dir, ".tg/resident"), { throwIfNoEntry: false })?.mode & 0o777) === 0o600;

export default function peers(machine) {
  return machine.runtimes.flatMap((runtime) => ["files", "packages"].map((layout) => peer(machine, runtime, layout)).concat(ownPeer(machine, runtime, "functions", FUNCTIONS), ownPeer(machine, runtime, "copies", COPIES)));
}

function peer(machine, runtime, layout) {
  const label = runtime.name === "node" ? "tg" : `tg on ${runtime.name}`;
  const command = (...words) => [...runtime.argv, machine.tg, ...words];
  return {
    name: label,
    tg: true,
    layout,
    argv: () => command("build", `-j${machine.jobs}`),
    write: (dir, graph) => write(dir, graph, ""),
    state: [".tg"],
    config: { file: "tasks.config.mjs", mark: "//" },
    ran: ranOfTg,
    max: 100_000,
    expect: { noop: 0, leaf: 1, root: 1, touch: 0, config: 0 },
    unchecked: "nothing of the declared: kind, size, times and inode of every source and output, and content where these moved",
    ...(runtime.name === "node" ? { watch: { argv: command("watch"), isReady: mayBeAsked, only: { TG_RESIDENT: "only" } } } : {}),
    extras: [
      { name: `${label} status`, phases: ["noop"], argv: () => command("status") },
      { name: `${label} status --check`, phases: ["noop", "watched"], argv: () => command("status", "--check") },
      { name: `${label} why`, phases: ["noop"], argv: (graph) => command("why", graph.tasks.at(-1).name) },
      { name: `${label}: config alone`, phases: ["config"], argv: () => [...runtime.argv, "tasks.config.mjs"] },
    ],
  };
}

/** The same files without a process for each: what a command did is said in another way. */
function ownPeer(machine, runtime, name, more) {
  const base = peer(machine, runtime, "files");
  return { ...base, name: `${base.name} (${name})`, write: (dir, graph) => write(dir, graph, more), phases: ["full", "noop"], works: ["cp"], extras: [], max: 1000 };
}
