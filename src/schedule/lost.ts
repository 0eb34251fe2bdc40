// What a task takes from `deps`, as its record keeps it; and what it took in its last run that nobody gives it now: members of
// output patterns that are made no more, outputs that left their maker's declaration.
import type { DepLeaves } from "../graph/leaves.ts";
import type { Graph } from "../model/graph.ts";
import type { FilePath } from "../model/path.ts";
import { ABSENT, type Giver, type Seen, type TaskRecord } from "../model/state.ts";
import type { TaskName } from "../model/task.ts";
import type { Consumed, Lost } from "../staleness/judge.ts";

interface Takers {
  readonly parts: { readonly graph: Graph; readonly skipped: Uint8Array };
  /** 1 for each task that may still change. */
  readonly pending: Uint8Array;
  record(task: number): TaskRecord | null;
  depLeaves(task: number): DepLeaves;
}

export type Taken = Required<Pick<TaskRecord, "upstream" | "upstreamKeys" | "givers">>;

/** All of it, also where there is nothing: it may take the place of what an earlier record says. */
export function takenNow({ outputs, keys }: Consumed): Taken {
  const upstream = outputs.map(({ path, identity }): Seen => [path, identity]);
  const upstreamKeys = keys.map(({ key }) => key ?? "").sort();
  const givers: [task: TaskName, paths: number][] = [];
  for (const { task } of outputs) {
    const last = givers.at(-1);
    if (last?.[0] === task) last[1]++;
    else givers.push([task, 1]);
  }
  return { upstream, upstreamKeys, givers };
}

/** `outputs`: what is taken now. A member of a pattern is told once its maker has had its turn. */
export function lostTo(s: Takers, task: number, { outputs }: Consumed): Lost[] {
  const record = s.record(task);
  const before = record?.upstream ?? [];
  if (before.every(([path], at) => outputs[at]?.path === path)) return [];
  const taken = new Map<string, TaskName>(outputs.map((now) => [now.path, now.task]));
  const gone = before.flatMap(([path, identity], at) => (identity === ABSENT || taken.has(path) ? [] : [{ path, identity, at }]));
  if (gone.length === 0) return [];
  const { graph, skipped } = s.parts;
  const { leaves, barriers, families } = s.depLeaves(task);
  // A task that became a barrier gives nothing by itself any more. That a family has lost an instance is told by its number.
  const names = new Set([...leaves, ...barriers.filter((barrier) => !families.includes(barrier))].map((one) => graph.name(one)));
  const heirs = heirsOf(record!, { taken, names });
  // What is an input beside is judged as one.
  const inputs = new Set<FilePath>([...record!.inputs, ...record!.discovered].map(([path]) => path));
  return gone.flatMap(({ path, identity, at }): Lost[] => {
    const maker = graph.producerOf(path);
    if (maker >= 0 && leaves.includes(maker)) return s.pending[maker] === 0 ? [{ path, identity, task: graph.name(maker) }] : [];
    // Where an entry has left the list, what it made is no concern any more. Nor is, below a task that is skipped, what that declares.
    const heir = heirs[at];
    if (heir == null || inputs.has(path) || skipped[graph.indexOf(heir)] === 1) return [];
    return [{ path, identity, task: heir, ...(mayBeSkipped(s, graph.indexOf(heir)) ? { pending: true } : {}) }];
  });
}

/** Nobody has asked it yet. */
function mayBeSkipped({ parts: { graph }, pending }: Takers, task: number): boolean {
  return pending[task] === 1 && typeof graph.task(task).when !== "boolean";
}

/**
 * By place in what was taken: who of those taken from now gave it, be it as a family. A task that was renamed is known by what else
 * it gives.
 */
function heirsOf({ upstream, givers = [] }: TaskRecord, { taken, names }: { readonly taken: ReadonlyMap<string, TaskName>; readonly names: ReadonlySet<TaskName> }): (TaskName | null)[] {
  const heirs: (TaskName | null)[] = [];
  for (const [name, paths] of givers as readonly Giver[]) {
    const end = heirs.length + paths;
    const kin = upstream.slice(heirs.length, end).find(([path]) => taken.has(path))?.[0];
    const own = [name, name.split("[", 1)[0]! as TaskName].find((one) => names.has(one));
    heirs.push(...new Array<TaskName | null>(paths).fill(own ?? (kin === undefined ? null : taken.get(kin)!)));
  }
  return heirs;
}
