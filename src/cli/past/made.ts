// What tasks were made from, kept for tg build --replay: beside the record of a run (.tg/runs/ID.made), or alone for what tg touch
// accepted. Decides nothing.
import { familiesOverLists, familyOf } from "../../graph/family.ts";
import type { Graph } from "../../model/graph.ts";
import { DiskError, type Disk } from "../../model/ports.ts";
import type { MadeFrom } from "../../model/run.ts";
import type { TaskRecord } from "../../model/state.ts";
import type { TaskName } from "../../model/task.ts";
import { digestText } from "../../staleness/digest.ts";

/** Others are not comparable: before 2, files of more than 8 MiB had other hashes. */
const VERSION = 2;

/** What a build started with. */
export interface Began {
  readonly graph: Graph;
  readonly wanted: Uint8Array;
}

/** Empty if the file does not exist, or no longer. */
export function readMade(disk: Disk, file: string): [string, MadeFrom][] {
  if (disk.lstat(file).kind !== "file") return [];
  try {
    const { version, tasks } = JSON.parse(Buffer.from(disk.read(file)).toString("utf8")) as { version: number; tasks: [string, MadeFrom][] };
    return version === VERSION ? tasks : [];
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DiskError) return [];
    throw error;
  }
}

/** Keeps what each of the tasks was made from; returns the bytes written. */
export function keepMade(disk: Disk, dir: string, id: string, tasks: readonly (readonly [TaskName, MadeFrom])[]): number {
  if (tasks.length === 0) return 0;
  const text = JSON.stringify({ version: VERSION, tasks });
  disk.write(`${dir}/${id}.made`, text);
  return Buffer.byteLength(text);
}

/** Since when tasks may have been recorded that no run tells of (model/run.ts); null: all are told of. */
export function untoldSince(disk: Disk, file: string): number | null {
  if (disk.lstat(file).kind !== "file") return null;
  // A tg that was killed while it wrote this leaves an empty file: since ever.
  return Number(Buffer.from(disk.read(file)).toString("utf8")) || 0;
}

/** `first`: as of the start of the build. */
export function madeFrom(first: Began, name: TaskName, record: TaskRecord): MadeFrom {
  const { status, key, parts, inputs, custom, discovered, upstream, upstreamKeys, trace } = record;
  const task = first.graph.indexOf(name);
  return { key, parts, inputs, custom, discovered, upstream, upstreamKeys, ...(trace === undefined ? {} : { trace }), made: madeDigest(record), late: task < 0 || first.wanted[task] === 0 || isListed(first.graph, task), ...(status === "failed" ? { failed: true } : {}) };
}

export function madeDigest({ outputs, members, value }: TaskRecord): string {
  return digestText(JSON.stringify([outputs, members, value]));
}

export function isListed(graph: Graph, task: number): boolean {
  const family = familyOf(graph, task);
  return family >= 0 && graph.task(family).family?.from !== undefined;
}

/** The same array serves all rounds of a watch. */
const counted = new WeakMap<Uint8Array, { readonly graph: Graph; readonly count: number }>();

/** How many tasks take part, as in Again.tasks. */
export function countTasks({ graph, wanted }: Began): number {
  const known = counted.get(wanted);
  if (known?.graph === graph) return known.count;
  const count = countAnew({ graph, wanted });
  counted.set(wanted, { graph, count });
  return count;
}

function countAnew({ graph, wanted }: Began): number {
  // Usually all tasks take part and none is from a list: checking each of many would be a loop in interpreted code.
  if (graph.taskCount !== undefined && !wanted.includes(0) && familiesOverLists(graph).length === 0) return graph.taskCount();
  const listed = new Map<number, boolean>();
  let count = 0;
  for (let task = 0; task < graph.count; task++) {
    if (wanted[task] === 0 || graph.isBarrier(task)) continue;
    const family = familyOf(graph, task);
    if (family >= 0 && !listed.has(family)) listed.set(family, isListed(graph, task));
    if (listed.get(family) !== true) count++;
  }
  return count;
}
