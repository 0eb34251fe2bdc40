// The four shapes of graph that pipelines are made of, as tasks. Each task says how long it "works" in its input file.
import type { Task } from "tg-build";

export interface Sizes {
  /** Parts of each fan-out. */
  readonly parts: number;
  /** Lines that each part of shape B carries. */
  readonly payload: number;
  /** Independent pipelines of shape D. */
  readonly pipelines: number;
}

type Tasks = Record<string, Task>;

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** A: n parts, then a summary that needs all of them. */
export function fanIn(name: string, parts: number): Tasks {
  const files = range(parts).map((i) => `out/${name}/part-${i}.txt`);
  return {
    ...Object.fromEntries(files.map((file, i): [string, Task] => [`${name}/part-${i}`, { inputs: ["data/readings.csv"], outputs: [file], run: `node steps.mjs part ${i} ${parts} 0 >${file}` }])),
    [`${name}/summary`]: { inputs: files, outputs: [`out/${name}/summary.txt`], run: `node steps.mjs summary ${files.join(" ")} >out/${name}/summary.txt` },
  };
}

/** B: the same, and every part hands on a payload that the summary reads and then deletes. */
export function payload(name: string, parts: number, lines: number): Tasks {
  const files = range(parts).map((i) => `out/${name}/part-${i}.big`);
  return {
    ...Object.fromEntries(files.map((file, i): [string, Task] => [`${name}/part-${i}`, { inputs: ["data/readings.csv"], intermediates: [file], run: `node steps.mjs part ${i} ${parts} ${lines} >${file}` }])),
    [`${name}/summary`]: { inputs: files, outputs: [`out/${name}/summary.txt`], run: `node steps.mjs summary ${files.join(" ")} >out/${name}/summary.txt && rm ${files.join(" ")}` },
  };
}

/** C: parts, a summary, then parts of the summary, and a second summary. */
export function twoStages(name: string, parts: number): Tasks {
  const first = fanIn(`${name}/first`, parts);
  const files = range(parts).map((i) => `out/${name}/second/part-${i}.txt`);
  return {
    ...first,
    ...Object.fromEntries(files.map((file, i): [string, Task] => [`${name}/second/part-${i}`, { inputs: [`out/${name}/first/summary.txt`], outputs: [file], run: `node steps.mjs scale ${i + 1} out/${name}/first/summary.txt >${file}` }])),
    [`${name}/second/summary`]: { inputs: files, outputs: [`out/${name}/second/summary.txt`], run: `node steps.mjs summary ${files.join(" ")} >out/${name}/second/summary.txt` },
  };
}

/** D: many pipelines of shape A that know nothing of each other. */
export function independent(name: string, pipelines: number, parts: number): Tasks {
  return Object.assign({}, ...range(pipelines).map((i) => fanIn(`${name}/${i}`, parts)));
}
