// From a judged stage to the plan of its build: what may start, in which order, and within which shared resources.
import { readMakeflags } from "../model/makeflags.ts";
import type { Emit } from "../model/event.ts";
import { demandsOf, type Demands, type Machine } from "../schedule/plan/demand.ts";
import { usualMs } from "../model/state.ts";
import { createPlan } from "../schedule/plan/plan.ts";
import type { Doors, Share } from "./doors.ts";
import type { Stage } from "./stage.ts";

export interface PlanWishes {
  readonly keepGoing: boolean;
  readonly maxFailures: number | null;
  readonly shuffle: number | null;
}

/** In ms; 0 if unknown. */
export function durationMs(stage: Stage, task: number): number {
  const { records, graph } = stage.situation.parts;
  return records.usualMs?.(graph.name(task), task) ?? usualMs(stage.situation.record(task));
}

/** The demands of tasks, including those of a graph that has grown; a task that demands too much is reported once. */
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
  // The plan of the previous build is no longer needed.
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
    // Uses the graph of that moment: it may have grown.
    asksWhenReady: (task) => stage.situation.parts.graph.isOrdinary?.(task) !== true && stage.situation.parts.graph.task(task).deadlineMs > 0,
    inConfigOrder: jobs === 1 && options.shuffle === null,
    ...(options.shuffle === null ? {} : { shuffle: options.shuffle }),
  });
}

/** As in make: with `-j` tg is its own master; without it a make above sets the limit. */
export function shareOf(doors: Doors, { project, survey }: Stage, { jobs }: { readonly jobs: number | null }): Share {
  const makeflags = doors.system.env["MAKEFLAGS"] ?? "";
  const above = readMakeflags(makeflags);
  const offered = above.auths.length > 0 ? above.jobs : null;
  return { jobs: jobs ?? project.graph.jobs ?? offered ?? doors.system.parallelism, makeflags, own: jobs !== null, stateDir: project.stateDir, expected: survey.open.length };
}
