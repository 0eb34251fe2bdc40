// What a build does once it holds the lock, before it reports anything: tidies what others left, checks the state, and starts
// what the run would wait for. Runs no task.
import { openDigest } from "../staleness/digest.ts";
import { readAhead } from "./ahead.ts";
import type { Doors, Share } from "./doors.ts";
import type { Stage } from "./stage.ts";
import type { EndSignal, Interrupts } from "./tasks.ts";

interface Preparing {
  readonly share: Share;
  /** A watch builds repeatedly with one engine, and its code was compiled long ago. */
  readonly isWatched: boolean;
  readonly interrupts: Interrupts;
  /** Receives functions that remove the signal handlers, in case the build never gets to its run. */
  readonly deaf: (() => void)[];
}

/** Returns how the run receives signals. */
export async function makeReady(doors: Doors, stage: Stage, { share, isWatched, interrupts, deaf }: Preparing): Promise<Interrupts> {
  // A watch has its own handlers.
  const heard = isWatched ? interrupts : hearingFromNow(interrupts, deaf);
  await doors.endStrayServices(stage.project.stateDir);
  doors.removeLeftFolders(stage.project.stateDir);
  const jobs = isWatched ? 0 : stage.survey.open.length;
  if (jobs > 0) await doors.expectEngine?.(share);
  readAhead(stage);
  if (jobs > 0 && doors.expectJobs !== undefined) {
    await openDigest(); // a separate bundle: none may be loaded once code is compiled differently
    await doors.expectJobs(jobs);
  }
  return heard;
}

/** Passes a signal that arrives before the run listens on to the run, so that what was started by then is ended in order. */
function hearingFromNow(interrupts: Interrupts, deaf: (() => void)[]): Interrupts {
  let early: EndSignal | null = null;
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
