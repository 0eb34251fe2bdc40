// The graph as text for people and programs: dot, mermaid, an ASCII tree, JSON. Strings only; knows no terminal colours and no
// records: states are passed in.
import { EDGE_KINDS, type EdgeKind, type Graph } from "../model/graph.ts";
import type { TaskState } from "../model/state.ts";
import { edgePaths } from "./link.ts";
import { treeLines } from "./tree.ts";

export type PictureFormat = "ascii" | "dot" | "mermaid" | "json";

export interface PictureOptions {
  readonly format: PictureFormat;
  /** State of a task; null if it has none (barriers) or was not judged. */
  states?(task: number): TaskState | null;
  /** 1: show this task. Absent: all are shown. */
  readonly wanted?: Uint8Array;
}

/** One picture; every line ends in a newline. It contains every shown task and every edge between two of them. */
export function pictureOf(graph: Graph, options: PictureOptions): string {
  switch (options.format) {
    case "ascii":
      return treeLines(graph, shownOf(graph, options), (task) => labelOf(graph, options, task)).map((line) => line + "\n").join("");
    case "dot":
      return dotOf(graph, options);
    case "mermaid":
      return mermaidOf(graph, options);
    case "json":
      return jsonOf(graph, options);
  }
}

function shownOf(graph: Graph, options: PictureOptions): Uint8Array {
  return options.wanted ?? new Uint8Array(graph.count).fill(1);
}

function stateOf(options: PictureOptions, task: number): TaskState | null {
  return options.states?.(task) ?? null;
}

function labelOf(graph: Graph, options: PictureOptions, task: number): string {
  const state = stateOf(options, task);
  return state === null ? graph.name(task) : `${graph.name(task)} (${wordOf(graph, task, state)})`;
}

/** A barrier is never made itself; `tg status` calls it ok. */
function wordOf(graph: Graph, task: number, state: TaskState): string {
  return state === "fresh" && graph.isBarrier(task) ? "ok" : state === "maybe" ? "maybe stale" : state;
}

/** Visits shown tasks in the order of the config. */
function eachTask(graph: Graph, options: PictureOptions, visit: (task: number) => void): void {
  const shown = shownOf(graph, options);
  for (let task = 0; task < graph.count; task++) if (shown[task] === 1) visit(task);
}

/** Visits edges between shown tasks; `to` needs `from`. */
function eachEdge(graph: Graph, options: PictureOptions, visit: (from: number, to: number, kind: EdgeKind) => void): void {
  const shown = shownOf(graph, options);
  eachTask(graph, options, (to) => {
    for (let e = graph.needStart[to]!; e < graph.needStart[to + 1]!; e++) {
      if (shown[graph.needs[e]!] === 1) visit(graph.needs[e]!, to, EDGE_KINDS[graph.needKinds[e]!]!);
    }
  });
}

/** Visits each pair once, with the most significant kind (the order of EDGE_KINDS). */
function eachPair(graph: Graph, options: PictureOptions, visit: (from: number, to: number, kind: EdgeKind) => void): void {
  let last = "";
  eachEdge(graph, options, (from, to, kind) => {
    const pair = `${from} ${to}`;
    if (pair !== last) visit(from, to, kind);
    last = pair;
  });
}

/** Fills on which black text is readable. */
const FILLS: Readonly<Record<TaskState, string>> = {
  fresh: "#b7e1b0", stale: "#ffe08a", maybe: "#fff4c9", failed: "#f4a6a0", blocked: "#d9b8e8", skipped: "#d9d9d9",
};

function dotOf(graph: Graph, options: PictureOptions): string {
  const lines = ["digraph tg {", "  rankdir=LR;", '  node [shape=box, style="rounded,filled", fillcolor="#f4f4f4"];'];
  const id = (task: number): string => `"${graph.name(task).replace(/[\\"]/g, "\\$&")}"`;
  eachTask(graph, options, (task) => {
    const state = stateOf(options, task);
    const traits = [...(state === null ? [] : [`fillcolor="${FILLS[state]}"`, `tooltip="${wordOf(graph, task, state)}"`]), ...(graph.isBarrier(task) ? ["shape=ellipse"] : [])];
    lines.push(`  ${id(task)}${traits.length === 0 ? "" : ` [${traits.join(", ")}]`};`);
  });
  eachPair(graph, options, (from, to, kind) => {
    const style = kind === "after" ? " [style=dashed]" : kind === "validate" ? ' [style=dotted, label="validate"]' : "";
    lines.push(`  ${id(from)} -> ${id(to)}${style};`);
  });
  lines.push("}", "");
  return lines.join("\n");
}

/** Words with a meaning of their own to mermaid where an id may be. */
const MERMAID_WORDS = /^(end|graph|flowchart|subgraph|style|class|classdef|click|default|direction|linkstyle|href|call|interpolate|n\d+)$/i;

function mermaidId(name: string, task: number): string {
  return /^[A-Za-z]\w*$/.test(name) && !MERMAID_WORDS.test(name) ? name : `n${task}`;
}

function mermaidText(name: string): string {
  return name.replace(/[#"<>&`]/g, (c) => `#${c.charCodeAt(0)};`);
}

function mermaidOf(graph: Graph, options: PictureOptions): string {
  const lines = ["flowchart LR"];
  const ids: string[] = [];
  const used = new Set<TaskState>();
  eachTask(graph, options, (task) => {
    const name = graph.name(task);
    const id = (ids[task] = mermaidId(name, task));
    const state = stateOf(options, task);
    if (state !== null) used.add(state);
    const [open, close] = graph.isBarrier(task) ? ["([", "])"] : ["[", "]"];
    const plain = id === name && !graph.isBarrier(task);
    lines.push(`  ${plain ? id : `${id}${open}"${mermaidText(name)}"${close}`}${state === null ? "" : `:::${state}`}`);
  });
  eachPair(graph, options, (from, to, kind) => {
    const arrow = kind === "after" ? "-.->" : kind === "validate" ? "-. validate .->" : "-->";
    lines.push(`  ${ids[from]!} ${arrow} ${ids[to]!}`);
  });
  for (const state of used) lines.push(`  classDef ${state} fill:${FILLS[state]},color:#000`);
  return lines.join("\n") + "\n";
}

function jsonOf(graph: Graph, options: PictureOptions): string {
  const nodes: unknown[] = [];
  const edges: unknown[] = [];
  eachTask(graph, options, (task) => nodes.push({ name: graph.name(task), state: stateOf(options, task) }));
  eachEdge(graph, options, (from, to, kind) => {
    edges.push({ from: graph.name(from), to: graph.name(to), kind, paths: kind === "content" ? edgePaths(graph, from, to) : [] });
  });
  return JSON.stringify({ version: 1, nodes, edges }, null, 2) + "\n";
}
