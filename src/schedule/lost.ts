// What a task took from `deps` in its last run and their makers make no more: members of output patterns.
import type { DepLeaves } from "../graph/leaves.ts";
import type { Graph } from "../model/graph.ts";
import { ABSENT, type TaskRecord } from "../model/state.ts";
import type { Consumed, Lost } from "../staleness/judge.ts";

interface Takers {
  readonly parts: { readonly graph: Graph };
  /** 1 for each task that may still change. */
  readonly pending: Uint8Array;
  record(task: number): TaskRecord | null;
  depLeaves(task: number): DepLeaves;
}

/** `outputs`: what is taken now. Told once the maker has had its turn. */
export function lostTo(s: Takers, task: number, { outputs }: Consumed): Lost[] {
  const before = s.record(task)?.upstream ?? [];
  if (before.every(([path], at) => outputs[at]?.path === path)) return [];
  const taken = new Set<string>(outputs.map(({ path }) => path));
  const { graph } = s.parts;
  return before.flatMap(([path, identity]): Lost[] => {
    if (identity === ABSENT || taken.has(path)) return [];
    const maker = graph.producerOf(path);
    // Where an entry has left the list, what it made is no concern any more.
    return maker >= 0 && s.pending[maker] === 0 && s.depLeaves(task).leaves.includes(maker) ? [{ path, identity, task: graph.name(maker) }] : [];
  });
}
