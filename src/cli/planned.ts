// From a judged stage to the plan of its build: what may start, by whose turn and by what there is to share.
import { readMakeflags } from "../model/makeflags.ts";
import type { Emit } from "../model/event.ts";
import { demandsOf, type Demands, type Machine } from "../schedule/demand.ts";
import { usualMs } from "../model/state.ts";
import { createPlan } from "../schedule/plan.ts";
import type { Doors, Share } from "./doors.ts";
import type { Stage } from "./stage.ts";

export interface PlanWishes {
  readonly keepGoing: boolean;
  readonly maxFailures: number | null;
  readonly shuffle: number | null;
}

/** In ms; 0 when unknown. */
export function durationMs(stage: Stage, task: number): number {
  const { records, graph } = stage.situation.parts;
  return records.usualMs?.(graph.name(task), task) ?? usualMs(stage.situation.record(task));
}

/** What tasks take, also of a graph that has grown; who asks for too much is told once. */
export function demandTeller(stage: Stage, machine: Machine, emit: Emit): (wanted: Uint8Array) => Demands {
  let known: Demands | null = null;
  const told = new Set<string>();
  return (wanted) => {
    const { graph } = stage.situation.parts;
    known = demandsOf(graph, machine, known);
    for (const task of known.limited) {
      if (wanted[task] === 0 || stage.situation.pending[task] === 0 || graph.isBarrier(task)) continue;
      const name = graph.name(task);
      for (const { resource, asked, total } of known.over(task)) if (told.size < told.add(`${name}\0${resource}`).size) emit({ event: "notice", notice: { code: "resource-over-total", task: name, resource, asked, total } });
    }
    return known;
  };
}

export function planOf(stage: Stage, options: PlanWishes, { jobs, demands }: { jobs: number; demands: (wanted: Uint8Array) => Demands }): ReturnType<typeof createPlan> {
  const { columns } = stage.situation;
  const { graph, skipped } = stage.situation.parts;
  // The plan of the build before this one is of no use any more.
  columns.begin();
  const wanted = columns.bytes(graph.count);
  for (const task of stage.survey.reach) wanted[task] = 1;
  return createPlan({
    graph,
    columns,
    wanted,
    reach: stage.survey.reach,
    skipped,
    demands: demands(stage.situation.parts.wanted),
    jobs,
    keepGoing: options.keepGoing,
    maxFailures: options.maxFailures ?? Infinity,
    durationMs: (task) => durationMs(stage, task),
    failedLast: (task) => stage.situation.hanging?.hangs(task) !== true && stage.situation.record(task)?.status === "failed",
    // Of the graph as it is by then: it may have grown.
    asksWhenReady: (task) => stage.situation.parts.graph.isOrdinary?.(task) !== true && stage.situation.parts.graph.task(task).deadlineMs > 0,
    inConfigOrder: jobs === 1 && options.shuffle === null,
    ...(options.shuffle === null ? {} : { shuffle: options.shuffle }),
  });
}

/** As make does: `-j` makes tg its own master; without it a make above says how many. */
export function shareOf(doors: Doors, { project, survey }: Stage, { jobs }: { readonly jobs: number | null }): Share {
  const makeflags = doors.system.env["MAKEFLAGS"] ?? "";
  const above = readMakeflags(makeflags);
  const offered = above.auths.length > 0 ? above.jobs : null;
  return { jobs: jobs ?? project.graph.jobs ?? offered ?? doors.system.parallelism, makeflags, own: jobs !== null, stateDir: project.stateDir, expected: survey.open.length };
}
