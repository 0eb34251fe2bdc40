// What a task that exited 0 has read: discovered inputs, whether their makers ran before, and whether anything changed meanwhile.
// Runs nothing.
import type { FilePath } from "../../model/path.ts";
import type { TaskProblem } from "../../model/problem.ts";
import type { Asked } from "../../model/question.ts";
import type { Seen } from "../../model/state.ts";
import type { StoredRun } from "../../model/stored.ts";
import { fileAsked, movedSince } from "../survey/answers.ts";
import { discoveredInputs, discoveryOf, foundNow, undeclaredOrder, youngDiscovery } from "./discovery.ts";
import { behindLinks, withBehind } from "./linked.ts";
import type { Prepared } from "./prepare.ts";
import { changedInput } from "./verify.ts";
import type { Moment } from "../../staleness/rewrites.ts";
import type { Workshop } from "./workshop.ts";

export type InputsSeen =
  | TaskProblem
  /** One that changed while the task ran. */
  | { readonly moved: FilePath; readonly rewritten: readonly FilePath[] | undefined }
  /** `named`: what the depfile names; `discovered`: with what declared inputs behind links lead to; `rewritten`: see `rewrittenInputs`. */
  | { readonly named: readonly Seen[]; readonly discovered: readonly Seen[]; readonly rewritten: readonly FilePath[] | undefined };

export interface SeenBy {
  readonly prepared: Prepared;
  /** The filesystem's clock at the start. */
  readonly startedMs: number;
  /** The earlier run that was restored instead of running. */
  readonly kept: StoredRun | null;
  /** What its function asked. */
  readonly trace: readonly Asked[];
  /** When, of `world.rewrites`. */
  readonly askedAt: readonly Moment[];
}

export function inputsSeen(w: Workshop, index: number, seen: SeenBy): InputsSeen {
  const { prepared: p, startedMs, kept, trace } = seen;
  const found = kept === null ? discoveredInputs(w, index, p) : { ok: true as const, value: foundNow(w, kept.discovered) };
  if (!found.ok) return found.problem;
  const discovery = discoveryOf(w, found.value, { task: index, trace });
  const order = undeclaredOrder(w, index, discovery);
  if (order !== null) return order;
  const changed = changedInput(w.situation, index, p) ?? movedSince(w.situation, index, trace);
  const rewritten = rewrittenInputs(w, seen, changed !== null);
  // What the run before wrote, too, is taken for written by the task itself.
  const before = new Set(p.case.record?.rewritten);
  const moved = changed ?? rewritten?.find((path) => !before.has(path)) ?? youngDiscovery(w, discovery, { index, startedMs });
  return moved !== null ? { moved, rewritten } : { named: found.value.seen, discovered: withBehind(found.value.seen, behindLinks(w, index, p)), rewritten };
}

/**
 * Inputs, and files asked for, that were written or replaced since they were looked at for the task, or that lead to such a file.
 * What a task makes may be made again, as it was, while a function waits. `isPartial`: not all have been looked at since.
 */
function rewrittenInputs({ situation: s }: Workshop, { prepared: p, trace, askedAt }: SeenBy, isPartial: boolean): readonly FilePath[] | undefined {
  const { graph, world } = s.parts;
  if (!isPartial && world.rewrites.now === p.moment) return undefined;
  const read = new Map<FilePath, Moment>(p.inputs.map(([path]) => [path, p.moment]));
  trace.forEach(([text], i) => {
    const path = fileAsked(s, text);
    if (path !== null && !read.has(path)) read.set(path, askedAt[i]!);
  });
  if (isPartial) {
    for (const path of read.keys()) {
      world.forget(path);
      world.input(path);
    }
  }
  const noted = new Map(Array.from(new Set([p.moment, ...askedAt]), (moment) => [moment, world.rewrites.since(moment)]));
  const isLater = (path: FilePath, rows: ReadonlySet<number>): boolean => rows.has(world.table.find(path)) && graph.producerOf(path) < 0 && !p.task.inout.includes(path);
  const isRewritten = (path: FilePath, rows: ReadonlySet<number>): boolean => !p.task.inout.includes(path) && [path, ...world.hopsOf(path)].some((at) => isLater(at, rows));
  const found = [...read].flatMap(([path, moment]) => (noted.get(moment)!.size > 0 && isRewritten(path, noted.get(moment)!) ? [path] : []));
  return found.length === 0 ? undefined : found;
}
