// The seeded workload of docs/performance.md: ten layers of n/10 tasks; a task has 1–3 sources of 200 bytes of its own,
// one output made by cp, and two needs in the layer before. Writes the same graph for tg, ninja and make.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** xorshift32: the same numbers everywhere. */
export function random(seed) {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

/** Tasks in an order in which needs come first: { name, sources, needs, output, command }. */
export function makeGraph(count, seed = 1) {
  const next = random(seed);
  const width = Math.max(1, Math.floor(count / 10));
  const tasks = [];
  for (let i = 0; i < count; i++) {
    const layer = Math.floor(i / width);
    const sources = Array.from({ length: 1 + next(3) }, (_, k) => `src/${layer}/${i}_${k}.txt`);
    const needs = layer === 0 ? [] : [...new Set([next(width), next(width)].map((at) => tasks[(layer - 1) * width + at].output))];
    const output = `out/${layer}/${i}.out`;
    tasks.push({ name: `t${i}`, sources, needs, output, command: `cp ${sources[0]} ${output}` });
  }
  return tasks;
}

function folders(tasks) {
  return [...new Set(tasks.flatMap((task) => [task.sources[0], task.output].map((file) => file.slice(0, file.lastIndexOf("/")))))];
}

export function writeSources(dir, tasks, seed = 1) {
  const next = random(seed + 1);
  for (const folder of folders(tasks)) mkdirSync(join(dir, folder), { recursive: true });
  for (const task of tasks) {
    for (const source of task.sources) {
      let text = "";
      while (text.length < 200) text += next(1e9).toString(36) + " ";
      writeFileSync(join(dir, source), text.slice(0, 199) + "\n");
    }
  }
}

/** The config reads the graph from a JSON file, as a generator of real projects would write it. */
export function writeTg(dir, tasks) {
  const config = Object.fromEntries(tasks.map((task) => [task.name, { inputs: [...task.sources, ...task.needs], outputs: [task.output], run: task.command }]));
  writeFileSync(join(dir, "graph.json"), JSON.stringify(config));
  writeFileSync(join(dir, "tasks.config.mjs"), 'import { readFileSync } from "node:fs";\nexport default { tasks: JSON.parse(readFileSync(new URL("graph.json", import.meta.url), "utf8")) };\n');
}

export function writeNinja(dir, tasks) {
  const lines = ["rule run", "  command = $cmd", ""];
  for (const task of tasks) lines.push(`build ${task.output}: run ${[...task.sources, ...task.needs].join(" ")}`, `  cmd = ${task.command}`);
  writeFileSync(join(dir, "build.ninja"), lines.join("\n") + "\n");
}

export function writeMake(dir, tasks) {
  const lines = [".PHONY: all", `all: ${tasks.map((task) => task.output).join(" ")}`];
  for (const task of tasks) lines.push(`${task.output}: ${[...task.sources, ...task.needs].join(" ")}`, `\t@${task.command}`);
  writeFileSync(join(dir, "Makefile"), lines.join("\n") + "\n");
}
