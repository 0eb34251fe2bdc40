// When a build writes down what it knows: only where there is news, and under the lock. What is written is save.ts's to say.
import type { Emit } from "../model/event.ts";
import { clearLeftovers } from "../schedule/leftovers.ts";
import type { RunEnd } from "../schedule/run.ts";
import type { Doors, HeldLock } from "./doors.ts";
import type { OpenProject } from "./project.ts";
import { saveState } from "./save.ts";
import { setStage, type Stage } from "./stage.ts";
import type { Wants } from "./wants.ts";

/** Something was read that the state does not have yet. */
function hasRead({ project, memoHeld }: Stage): boolean {
  return project.world.touched.size > 0 || !project.stored || project.evaluated || !memoHeld;
}

/** Otherwise nothing ran and nothing was read anew: the state is as good as it was. */
export function worthSaving(stage: Stage, end: RunEnd): boolean {
  return hasRead(stage) || stage.survey.open.length > 0 || end.good.some((task) => stage.situation.trusted[task] === 0);
}

/** A build without open tasks saves what it read and judged only if nobody else is at it. */
export async function lockForSaving(doors: Doors, stage: Stage, commandLine: string): Promise<HeldLock | null> {
  const { project, situation: s } = stage;
  const hasJudged = Array.from(stage.survey.doubted).some((task) => s.trusted[task] === 0 && !project.graph.isBarrier(task));
  if (!hasRead(stage) && !hasJudged) return null;
  const got = await doors.acquireLock(project.stateDir, commandLine, { wait: false, root: project.root, onWait: () => {} });
  if (!got.ok) return null;
  if (project.store.isCurrent()) return got.value;
  got.value.release();
  return null;
}

interface Saving {
  /** Tasks that ended fresh or ran. */
  readonly good: readonly number[];
  /** The project with the graph that the build ended with; null: the one it began with. */
  readonly grown: OpenProject | null;
  readonly wants: Wants;
  readonly emit: Emit;
}

/** If the graph is another one than the build began with, what is fresh in it is seen by looking again. */
export async function save(doors: Doors, stage: Stage, { good: ended, grown, wants, emit }: Saving): Promise<void> {
  decideRest(stage, emit);
  if (grown === null) return saveState(doors, stage, ended, emit);
  grown.globs.forgetAll();
  const set = await setStage(doors, grown, { ...wants, force: false, args: null, skip: [], targets: [], all: true }, { readonly: false });
  if (!set.ok) return;
  const good: number[] = [];
  for (let task = 0; task < grown.graph.count; task++) if (!grown.graph.isBarrier(task) && set.value.survey.verdicts[task]?.kind === "fresh") good.push(task);
  saveState(doors, set.value, good, emit);
}

/** What instances name whose list stands by now is a source. */
function decideRest({ project, situation }: Stage, emit: Emit): void {
  if ((situation.parts.undecided?.size ?? 0) > 0) clearLeftovers(situation, { recorder: project.store, emit, judged: true });
}
