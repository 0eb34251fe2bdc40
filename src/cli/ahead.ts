// Reads and checks in advance what a build will read of the state: should it turn out damaged, that shows before anything runs
// or is reported. Decides nothing else.
import { servicesOf } from "../graph/services.ts";
import type { Task } from "../model/task.ts";
import { isOther } from "./save.ts";
import type { Stage } from "./stage.ts";

/** Up to this many tasks are read one by one. */
const FEW = 32;
/** From this many needs on, checking everything costs less (docs/performance.md). */
const FEW_NEEDS = 256;

/** Throws DamagedState. */
export function readAhead(stage: Stage): void {
  const { project, survey, situation: s } = stage;
  const { store, graph } = project;
  const rewrites = isOther(stage) || store.wantsCompaction({ watched: stage.live !== null });
  if (rewrites) return store.readAll();
  if (survey.open.length > 0 && !isSmall(stage)) return store.readAll(!mostHang(stage));
  // A barrier may join thousands: usually nothing takes content from them.
  if (survey.reach.reduce((sum, task) => sum + graph.needStart[task + 1]! - graph.needStart[task]!, 0) > FEW_NEEDS) return store.readAll(false);
  for (const task of survey.reach) {
    s.record(task);
    for (let e = graph.needStart[task]!; e < graph.needStart[task + 1]!; e++) {
      graph.task(graph.needs[e]!);
      s.record(graph.needs[e]!);
    }
  }
}

/** Pending tasks are hardly ever read: usually they turn out fresh. */
function mostHang({ survey, situation: s }: Stage): boolean {
  let others = 0;
  for (const task of survey.open) if (s.hanging?.hangs(task) !== true && ++others > FEW) return false;
  return others < survey.open.length;
}

/** A few tasks that read nothing of others but what they need. */
function isSmall({ survey, project: { graph } }: Stage): boolean {
  return survey.reach.length <= FEW && graph.hasTemps?.() === false && servicesOf(graph) === null && survey.reach.every((task) => isSimple(graph.task(task)));
}

function isSimple(task: Task): boolean {
  const { action } = task;
  return (action === null || action.kind === "shell" || action.kind === "argv" || action.kind === "file") && task.family?.from === undefined && task.when === true && task.before === null &&
    task.afterRun === null && task.depfile === null && task.tools.length === 0 && task.outputs.every((output) => output.kind !== "glob");
}
