// Records the journal, or this process, has added since the snapshot. Knows no file and no table.
import type { Meta } from "../model/frozen.ts";
import type { Graph } from "../model/graph.ts";
import type { FilePath } from "../model/path.ts";
import type { Asked } from "../model/question.ts";
import { EMPTY_RECORD, HALF, type TaskRecord } from "../model/state.ts";
import type { TaskName } from "../model/task.ts";
import { mayBeTraced } from "./codec.ts";

export interface Overlay {
  /** As encodeRecord wrote it. */
  readonly stored: string | null;
  /** Decoded on demand. */
  record: TaskRecord | null;
  readonly begun?: Begun;
}

/** The task was started and has not ended: its record is derived from the one before. */
export interface Begun {
  readonly start: number;
  /** Outputs that were being written. */
  readonly halves: readonly FilePath[];
  /** undefined: the snapshot's. */
  readonly before: Overlay | undefined;
}

/** The record of a running task: the last one, no longer valid, with the outputs being written marked as halves. */
export function started(before: TaskRecord | null, { halves, start }: Begun): TaskRecord {
  const base = before ?? { ...EMPTY_RECORD, start };
  const being = new Set<string>(halves);
  const outputs = base.outputs.filter(([output]) => !being.has(output));
  return { ...base, status: "running", outputs: [...outputs, ...halves.map((half) => [half, HALF] as const)] };
}

/** What a snapshot of `graph` keeps of the records of all `names`. */
export function recordsOf(graph: Pick<Graph, "count" | "name" | "indexOf">, names: Iterable<TaskName>, textOf: (name: TaskName) => string): { readonly texts: readonly string[] } & Pick<Meta, "orphans" | "unfinished" | "traced"> {
  // Not assigned to an object one by one: a task may be called `__proto__`.
  const gone: [TaskName, string][] = [];
  for (const name of names) if (graph.indexOf(name) < 0) gone.push([name, textOf(name)]);
  const orphans: Record<string, string> = Object.fromEntries(gone);
  const texts = Array.from({ length: graph.count }, (_, task) => textOf(graph.name(task)));
  const unfinished = texts.some(isRunning) || Object.values(orphans).some(isRunning);
  // A task that is gone may come back and find its record.
  const traced = [...texts.flatMap((text, task) => (mayBeTraced(text) ? [graph.name(task)] : [])), ...Object.keys(orphans).filter((name) => mayBeTraced(orphans[name]!))];
  return { texts, orphans, unfinished, traced };
}

function isRunning(stored: string): boolean {
  return stored.startsWith('["running"');
}

/** Tasks that asked questions in their last run: `known` from the snapshot, and those added since. */
export function* tracesOf(known: readonly string[], overlay: ReadonlyMap<string, Overlay>, get: (name: TaskName) => TaskRecord | null): Iterable<readonly [TaskName, readonly Asked[]]> {
  const names = new Set(known as readonly TaskName[]);
  for (const [name, over] of overlay) if (over.stored === null ? over.record !== null || over.begun !== undefined : mayBeTraced(over.stored)) names.add(name as TaskName);
  for (const name of names) {
    const trace = get(name)?.trace;
    if (trace !== undefined && trace.length > 0) yield [name, trace];
  }
}

/** The record in its stored form; "": none. A task may be named like a member of every object: `constructor`. */
export function orphanIn(orphans: Meta["orphans"], name: string): string {
  return Object.hasOwn(orphans, name) ? orphans[name]! : "";
}

/** Names the overlay has a record for, and those of `orphans` it says nothing about. */
export function* namesIn(overlay: ReadonlyMap<string, Overlay>, orphans: Meta["orphans"]): Iterable<TaskName> {
  for (const [name, over] of overlay) if (!isEmpty(over)) yield name as TaskName;
  for (const name of Object.keys(orphans)) if (!overlay.has(name)) yield name as TaskName;
}

/** Nothing is known of the task: its record was dropped. */
function isEmpty({ stored, record, begun }: Overlay): boolean {
  return stored === null && record === null && begun === undefined;
}

export function someRuns(overlay: ReadonlyMap<string, Overlay>): boolean {
  for (const over of overlay.values()) if (over.begun !== undefined || over.record?.status === "running") return true;
  return false;
}
