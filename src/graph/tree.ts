// The graph as an indented tree: tasks that nothing needs at the left, what a task needs below it. Knows no states and no
// disk.
import type { Graph } from "../model/graph.ts";

/** Deeper parts start again at the left, so that line length does not grow with the graph. */
const DEEPEST = 20;

interface Row {
  readonly task: number;
  /** Lines drawn before the branch of this row. */
  readonly indent: string;
  readonly depth: number;
  readonly branch: "" | "├─ " | "└─ ";
}

/** One line per task and edge. A task already shown with its needs is marked `(above)` instead of repeated. */
export function treeLines(graph: Graph, shown: Uint8Array, label: (task: number) => string): string[] {
  const lines: string[] = [];
  const expanded = new Uint8Array(graph.count);
  const later: number[] = [];
  const stack: Row[] = [];
  const tops = topsOf(graph, shown);
  for (let next = 0, deeper = 0; next < tops.length || deeper < later.length; ) {
    const top = deeper < later.length ? later[deeper++]! : tops[next++]!;
    if (expanded[top] === 1) continue;
    stack.push({ task: top, indent: "", depth: 0, branch: "" });
    for (let row = stack.pop(); row !== undefined; row = stack.pop()) {
      const needs = needsOf(graph, row.task, shown);
      const known = expanded[row.task] === 1;
      const deep = row.depth === DEEPEST && needs.length > 0 && !known;
      lines.push(row.indent + row.branch + label(row.task) + (needs.length === 0 ? "" : known ? " (above)" : deep ? " (below)" : ""));
      if (deep) later.push(row.task);
      if (known || deep) continue;
      expanded[row.task] = 1;
      pushNeeds(stack, row, needs);
    }
  }
  return lines;
}

function pushNeeds(stack: Row[], row: Row, needs: readonly number[]): void {
  const indent = row.indent + (row.branch === "├─ " ? "│  " : row.branch === "└─ " ? "   " : "");
  for (let i = needs.length - 1; i >= 0; i--) {
    stack.push({ task: needs[i]!, indent, depth: row.depth + 1, branch: i === needs.length - 1 ? "└─ " : "├─ " });
  }
}

/** Needs of all kinds, each once. */
function needsOf(graph: Graph, task: number, shown: Uint8Array): number[] {
  const needs: number[] = [];
  for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
    const need = graph.needs[e]!;
    if (shown[need] === 1 && needs[needs.length - 1] !== need) needs.push(need);
  }
  return needs;
}

/** Shown tasks that no shown task needs. A ring of `validate` edges has none, so its members follow at the end. */
function topsOf(graph: Graph, shown: Uint8Array): number[] {
  const needed = new Uint8Array(graph.count);
  for (let task = 0; task < graph.count; task++) {
    if (shown[task] === 1) for (const need of needsOf(graph, task, shown)) needed[need] = 1;
  }
  const tops: number[] = [];
  const others: number[] = [];
  for (let task = 0; task < graph.count; task++) if (shown[task] === 1) (needed[task] === 1 ? others : tops).push(task);
  for (const task of others) tops.push(task);
  return tops;
}
