// What a build does once it holds the lock, before it tells anything: what others have left is tidied, the state found whole, and
// begun what the run would wait for. Runs no task.
import type { StopSignal } from "../model/ports.ts";
import { openDigest } from "../staleness/digest.ts";
import { readAhead } from "./ahead.ts";
import type { Doors, Share } from "./doors.ts";
import type { Stage } from "./stage.ts";
import type { Interrupts } from "./tasks.ts";

interface Preparing {
  readonly share: Share;
  /** A watch builds again and again, in code that has been compiled long since, with one engine. */
  readonly isWatched: boolean;
  readonly interrupts: Interrupts;
  /** Takes how to hear no more, should the build not come to its run. */
  readonly deaf: (() => void)[];
}

/** Returns how the run hears of signals. */
export async function makeReady(doors: Doors, stage: Stage, { share, isWatched, interrupts, deaf }: Preparing): Promise<Interrupts> {
  // A watch listens itself.
  const heard = isWatched ? interrupts : hearingFromNow(interrupts, deaf);
  await doors.endStrayServices(stage.project.stateDir);
  doors.removeLeftFolders(stage.project.stateDir);
  const jobs = isWatched ? 0 : stage.survey.open.length;
  if (jobs > 0) await doors.expectEngine?.(share);
  readAhead(stage);
  if (jobs > 0 && doors.expectJobs !== undefined) {
    await openDigest(); // a bundle of its own: none is loaded once code is compiled in another way
    await doors.expectJobs(jobs);
  }
  return heard;
}

/** A signal that comes before the run listens is told to the run: what has been begun by then is ended in order. */
function hearingFromNow(interrupts: Interrupts, deaf: (() => void)[]): Interrupts {
  let early: StopSignal | null = null;
  deaf.push(interrupts.on((one) => (early ??= one)));
  return {
    ...interrupts,
    on: (take) => {
      for (const end of deaf.splice(0)) end();
      const off = interrupts.on(take);
      if (early !== null) queueMicrotask(() => take(early!));
      return off;
    },
  };
}
