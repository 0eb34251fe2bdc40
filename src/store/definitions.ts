// Declarations as texts: what the snapshot keeps of a task, and whether a graph is the one that is kept. Knows no file.
import type { Frozen } from "../model/frozen.ts";
import type { Graph } from "../model/graph.ts";
import { TASK_DEFAULTS, type Task } from "../model/task.ts";

const USUAL: ReadonlyMap<string, { readonly value: unknown; readonly text: string }> = new Map(Object.entries(TASK_DEFAULTS).map(([field, value]) => [field, { value, text: JSON.stringify(value) }]));

function isUsual(field: string, value: unknown): boolean {
  const usual = USUAL.get(field);
  if (usual === undefined) return false;
  if (value === usual.value) return true;
  // Most lists are empty or have something in them: no text is needed to see that they differ.
  if (Array.isArray(value)) return value.length === 0 && usual.text === "[]";
  return typeof value === "object" && value !== null && typeof usual.value === "object" && JSON.stringify(value) === usual.text;
}

/** A declaration without the fields that are as in TASK_DEFAULTS. */
export function encodeTask(task: Task): string {
  const kept: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(task)) if (!isUsual(field, value)) kept[field] = value;
  return JSON.stringify(kept);
}

/** Is this the kept graph, apart from where in the config its tasks stand? Then what is known of its tasks holds. */
export function isSameGraph(frozen: Frozen, graph: Graph): boolean {
  if (frozen.count !== graph.count) return false;
  for (const name of ["needStart", "needs", "needKinds", "order"] as const) {
    if (!sameNumbers(frozen[name], graph[name])) return false;
  }
  for (let i = 0; i < graph.count; i++) {
    const now = encodeTask(graph.task(i));
    const then = frozen.definition(i);
    if (now !== then && withoutPlace(now) !== withoutPlace(then)) return false;
  }
  return true;
}

function sameNumbers(a: Uint32Array | Uint8Array, b: Uint32Array | Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function withoutPlace(text: string): string {
  const { at: _, ...rest } = JSON.parse(text) as { at?: unknown };
  return JSON.stringify(rest);
}
