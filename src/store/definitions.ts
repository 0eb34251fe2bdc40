// Declarations as texts: what the snapshot keeps of a task, and how a graph differs from the stored one. Knows no file.
import type { Frozen, Redeclared } from "../model/frozen.ts";
import type { Graph } from "../model/graph.ts";
import { TASK_DEFAULTS, type Task } from "../model/task.ts";

interface Usual {
  readonly value: unknown;
  readonly text: string;
  /** The last value found equal: the config gives most tasks the same one. */
  equal: unknown;
}

const USUAL: ReadonlyMap<string, Usual> = new Map(Object.entries(TASK_DEFAULTS).map(([field, value]) => [field, { value, text: JSON.stringify(value), equal: value }]));

function isUsual(field: string, value: unknown): boolean {
  const usual = USUAL.get(field);
  if (usual === undefined) return false;
  if (value === usual.value || value === usual.equal) return true;
  // Most lists are either empty or not: comparing them needs no text.
  if (Array.isArray(value)) return value.length === 0 && usual.text === "[]";
  if (typeof value !== "object" || value === null || typeof usual.value !== "object" || JSON.stringify(value) !== usual.text) return false;
  usual.equal = value;
  return true;
}

/** The fields that differ from TASK_DEFAULTS, in their order. */
function unusual(task: Task): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const field in task) {
    const value = task[field as keyof Task];
    if (!isUsual(field, value)) kept[field] = value;
  }
  return kept;
}

/** A declaration without the fields that equal TASK_DEFAULTS. */
function encodeTask(task: Task): string {
  return JSON.stringify(unusual(task));
}

/** Fields that may have any value in a task of which only its files, needs and command matter. */
const FREE: ReadonlySet<string> = new Set(["name", "at", "action", "inputs", "outputs", "deps", "after", "validate", "envNames", "envValues", "cwd", "shell", "params", "strictEnv", "description", "tags", "deprecated", "wrap", "timeoutMs", "retries", "onFail", "each"]);

/** Also returns whether the task is just a command that reads and makes files: no tools, values, intermediates, limits or hooks of its own. */
export function encodeWhole(task: Task): { readonly text: string; readonly isOrdinary: boolean } {
  const kept = unusual(task);
  return { text: JSON.stringify(kept), isOrdinary: isPlain(task) && Object.keys(kept).every((field) => FREE.has(field) || kept[field] === undefined) };
}

function isPlain({ action, inputs, outputs, deps, each }: Task): boolean {
  if (action === null || (action.kind !== "shell" && action.kind !== "argv" && action.kind !== "file") || each?.from !== undefined) return false;
  if (outputs.length === 0 || outputs.some((output) => output.kind === "glob" || output.role !== "output")) return false;
  return !inputs.some((input) => input.kind !== "not" && input.hasher !== undefined) && !deps.some((dep) => dep.propagate !== "content");
}

/** Fields that may change without changing the graph: the task's files, needs and name stay the same. */
const OWN: ReadonlySet<string> = new Set(["action", "before", "afterRun"]);
const NEVER: ReadonlySet<string> = new Set(["at", "description"]);
const MOST_DIFFERENT = 64;

/**
 * Tasks that do something else than in the stored graph; null if the graph itself differs, or too many tasks do. Where tasks
 * are written in the config does not count. What is known of all others holds.
 */
export function redeclaredTasks(frozen: Frozen, graph: Graph): Redeclared | null {
  if (frozen.count !== graph.count) return null;
  for (const name of ["needStart", "needs", "needKinds", "order"] as const) {
    if (!sameNumbers(frozen[name], graph[name])) return null;
  }
  const different: number[] = [];
  let isSame = true;
  for (let i = 0; i < graph.count; i++) {
    const now = encodeTask(graph.task(i));
    const then = frozen.definition(i);
    if (now === then) continue;
    isSame = false;
    const kind = difference(JSON.parse(now) as Declaration, JSON.parse(then) as Declaration);
    if (kind === "other" || (kind === "own" && different.push(i) > MOST_DIFFERENT)) return null;
  }
  return { tasks: different, isSame };
}

type Declaration = Readonly<Record<string, unknown>>;

function difference(now: Declaration, then: Declaration): "none" | "own" | "other" {
  let kind: "none" | "own" = "none";
  for (const field of new Set([...Object.keys(now), ...Object.keys(then)])) {
    if (NEVER.has(field) || JSON.stringify(now[field]) === JSON.stringify(then[field])) continue;
    // A barrier runs nothing; one that gains an action is another task.
    if (!OWN.has(field) || (field === "action" && (now[field] == null || then[field] == null))) return "other";
    kind = "own";
  }
  return kind;
}

function sameNumbers(a: Uint32Array | Uint8Array, b: Uint32Array | Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
