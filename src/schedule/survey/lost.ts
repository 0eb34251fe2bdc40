// What a task consumes from `deps`, in the form of its record; and what it consumed in its last run that no task provides now:
// members of output patterns no longer made, outputs no longer declared by their maker.
import type { DepLeaves } from "../../graph/leaves.ts";
import type { Graph } from "../../model/graph.ts";
import type { FilePath } from "../../model/path.ts";
import { ABSENT, type Giver, type Seen, type TaskRecord } from "../../model/state.ts";
import type { TaskName } from "../../model/task.ts";
import type { Consumed, Lost } from "../../staleness/judge.ts";

interface Takers {
  readonly parts: { readonly graph: Graph; readonly skipped: Uint8Array };
  /** 1 for each task that may still change. */
  readonly pending: Uint8Array;
  record(task: number): TaskRecord | null;
  depLeaves(task: number): DepLeaves;
}

/** What ordinary tasks give, in the form in which it is taken: once for all who take it. */
export class Offers {
  readonly #known: Map<number, { readonly files: readonly Seen[]; readonly task: TaskName; readonly outputs: Consumed["outputs"] }> = new Map();

  /** `files`: the outputs in the record of task number `leaf`. */
  of(leaf: number, task: TaskName, files: readonly Seen[]): Consumed["outputs"] {
    const before = this.#known.get(leaf);
    if (before?.files === files && before.task === task) return before.outputs;
    const outputs = files.map(([path, identity]) => ({ path, identity, task, pending: false }));
    this.#known.set(leaf, { files, task, outputs });
    return outputs;
  }

  clear(): void {
    this.#known.clear();
  }
}

export type Taken = Required<Pick<TaskRecord, "upstream" | "upstreamKeys" | "givers">>;

/** Complete even if empty: it may replace what an earlier record says. */
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

/** `outputs`: what is consumed now. A member of a pattern is reported once its maker has had its turn. */
export function lostTo(s: Takers, task: number, { outputs }: Consumed): Lost[] {
  const record = s.record(task);
  const before = record?.upstream ?? [];
  if (before.every(([path], at) => outputs[at]?.path === path)) return [];
  const taken = new Map<string, TaskName>(outputs.map((now) => [now.path, now.task]));
  const gone = before.flatMap(([path, identity], at) => (identity === ABSENT || taken.has(path) ? [] : [{ path, identity, at }]));
  if (gone.length === 0) return [];
  const { graph, skipped } = s.parts;
  const { leaves, barriers, families } = s.depLeaves(task);
  // A task that became a barrier provides nothing itself any more. A family's lost instance shows in its number.
  const names = new Set([...leaves, ...barriers.filter((barrier) => !families.includes(barrier))].map((one) => graph.name(one)));
  const heirs = heirsOf(record!, { taken, names });
  // What is an input as well is judged as one.
  const inputs = new Set<FilePath>([...record!.inputs, ...record!.discovered].map(([path]) => path));
  return gone.flatMap(({ path, identity, at }): Lost[] => {
    const maker = graph.producerOf(path);
    const heir = heirs[at];
    // A skipped task has lost what it gave itself. What it declares by now, another one gave.
    const isGiver = leaves.includes(maker) && (skipped[maker] === 0 || heir === graph.name(maker));
    if (isGiver) return s.pending[maker] === 0 ? [{ path, identity, task: graph.name(maker) }] : [];
    // If an entry has left the list, what it made no longer matters; nor, downstream of a skipped task, does what that declares.
    if (heir == null || inputs.has(path) || skipped[graph.indexOf(heir)] === 1) return [];
    return [{ path, identity, task: heir, ...(mayBeSkipped(s, graph.indexOf(heir)) ? { pending: true } : {}) }];
  });
}

/** Whether its `when` has not been evaluated yet. */
function mayBeSkipped({ parts: { graph }, pending }: Takers, task: number): boolean {
  return pending[task] === 1 && typeof graph.task(task).when !== "boolean";
}

/**
 * By index in what was consumed: which of the current providers provided it, possibly as a family. A renamed task is recognised by
 * the other things it provides.
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
