// Decides when a build records what it knows: only if there is news, and under the lock. save.ts decides what is written.
import type { Emit } from "../model/event.ts";
import { clearLeftovers } from "../schedule/files/leftovers.ts";
import type { RunEnd } from "../schedule/run/run.ts";
import type { Doors, HeldLock } from "./doors.ts";
import type { OpenProject } from "./project/project.ts";
import { saveState } from "./save.ts";
import { setStage, type Stage } from "./stage.ts";
import type { Wants } from "./words/wants.ts";

/** Something was read that is not in the state yet. */
function hasRead({ project, memoHeld }: Stage): boolean {
  return project.world.touched.size > 0 || !project.stored || project.evaluated || !memoHeld;
}

/** Otherwise nothing ran and nothing was read: the state is still correct. */
export function worthSaving(stage: Stage, end: RunEnd): boolean {
  return hasRead(stage) || stage.survey.open.length > 0 || end.good.some((task) => stage.situation.trusted[task] === 0);
}

/** A build with nothing stale saves what it read and judged only if nobody else holds the lock. */
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
  /** The project with the graph the build ended with; null if it did not grow. */
  readonly grown: OpenProject | null;
  readonly wants: Wants;
  readonly emit: Emit;
}

/** If the graph has grown, look again to find what is fresh in it. */
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

/** A file named by instances whose list is now known is a source. */
function decideRest({ project, situation }: Stage, emit: Emit): void {
  if ((situation.parts.undecided?.size ?? 0) > 0) clearLeftovers(situation, { recorder: project.store, emit, judged: true });
}
