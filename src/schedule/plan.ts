// One build, decided step by step: what may start, when to stop. Inert: no clock, no process, no waiting. Knows no files
// and no records: whoever runs it says how each task ended. The places and their state chart are in places.ts.
import { Board, type BoardOptions } from "./board.ts";
import { BLOCKED, DONE, FAILED, PLACES, SKIPPED, type PlaceCounts, type TaskPlace } from "./places.ts";

/** `failed-before`: it was not tried again, and counts for nothing but what hangs below it. */
export type Ending = "done" | "failed" | "failed-before" | "failed-allowed" | "skipped";

export interface PlanOptions extends BoardOptions {
  readonly jobs: number;
  readonly keepGoing: boolean;
  /** Failures after which nothing more is started; `Infinity`: none (the first one without `keepGoing`). */
  readonly maxFailures: number;
}

/** Flags by index of the grown graph. `wanted`: tasks that have something to do, or stand below such. */
export type Grown = Pick<BoardOptions, "graph" | "wanted" | "skipped" | "demands">;

export interface Plan {
  /** Task to start now, from then on `running`; -1 when none may start. `now` in ms, on any clock that does not go back. */
  next(now: number): number;
  /** A task given by `next` starts in earnest (it may also turn out to be fresh): rates count it. */
  launched(task: number, now: number): void;
  /** When `next` may have a task that only a rate holds back; `Infinity` when there is none. */
  opensAt(): number;
  /** When `next` could first have given the task; kept for those of `asksWhenReady`. */
  readyAt(task: number): number;
  /** A running task gives back what it holds, until it is resumed; then `next` gives it again, before others and also while the plan is stopping. */
  pause(task: number): void;
  /** As `pause`, for a task that waits for others: those may start although it has begun. */
  leave(task: number): void;
  resume(task: number): void;
  /** Ends a task that is running or has been paused. Returns the tasks that are blocked by it from now on, barriers apart, by index. */
  finish(task: number, ending: Ending): number[];
  /**
   * Puts a running task that has not started yet back until these tasks (each `want`ed before) have ended too. Returns
   * what is blocked, the task among them, because one of them has failed. Where none of them is to be waited for (all
   * done or skipped) the task is ready again at once.
   */
  hold(task: number, until: readonly number[]): number[];
  /** A task that was put back until `need` has ended waits for that one no more. */
  release(task: number, need: number): void;
  /** Lets a running task start once more, for instance because its inputs changed while it ran. */
  requeue(task: number): void;
  /** Makes a settled task part of the build again, to be made by the next start. false: it failed, was skipped or given up. */
  want(task: number): boolean;
  /** Goes on with a graph that has grown: tasks keep their places, `wanted` ones that had none come in, others leave, and with them what they blocked is free. Returns what is blocked. */
  grow(next: Grown): number[];
  /** What a done task made is lost for this build: it has failed after all. Returns what is blocked by it. */
  lose(task: number): number[];
  /** Nothing is started any more. */
  stop(): void;
  /** Nothing runs and nothing will. */
  isOver(): boolean;
  isStopping(): boolean;
  counts(): PlaceCounts;
  placeOf(task: number): TaskPlace;
  /** The failed task below which a blocked one stands; -1 for others. */
  blockedBy(task: number): number;
  /** Did a failed task fail with leave? */
  isAllowed(task: number): boolean;
}

/** Skipped, or failed with leave: who needs the task goes on without what it would have made. */
export function gaveUp(plan: Plan, task: number): boolean {
  const place = plan.placeOf(task);
  return place === "skipped" || (place === "failed" && plan.isAllowed(task));
}

/** Waits, runs, or is going to. */
export function isOpen(plan: Plan, task: number): boolean {
  return ["waiting", "ready", "running", "paused"].includes(plan.placeOf(task));
}

/** Is it still to be made in this build? */
export function isComing(plan: Plan, task: number): boolean {
  return isOpen(plan, task) && !(plan.isStopping() && ["waiting", "ready"].includes(plan.placeOf(task)));
}

/** What only the board knows. It is another one once the graph has grown. */
function tellersOf(board: () => Board): Pick<Plan, "launched" | "opensAt" | "readyAt" | "counts" | "placeOf" | "blockedBy" | "isAllowed"> {
  return {
    launched: (task, now) => board().launched(task, now),
    opensAt: () => board().opensAt(),
    readyAt: (task) => board().readyAt(task),
    counts: () => board().counts(),
    placeOf: (task) => PLACES[board().place[task]!]!,
    blockedBy: (task) => (board().place[task] === BLOCKED ? board().culprit[task]! : -1),
    isAllowed: (task) => board().place[task] === FAILED && board().culprit[task] === -1,
  };
}

export function createPlan(options: PlanOptions): Plan {
  let board = new Board(options);
  const limit = Number.isFinite(options.maxFailures) ? options.maxFailures : options.keepGoing ? Infinity : 1;
  /** Tasks that wait for others in the middle of their run. */
  const away = new Set<number>();
  let failures = 0;
  let stopping = false;

  const settled = (blocked: number[]): number[] => {
    if (stopping && board.running() + board.begun() === 0) board.cancelRest();
    return blocked;
  };

  const failed = (task: number, counts: boolean): number[] => {
    const blocked = board.fail(task);
    if (counts && ++failures >= limit) stopping = true;
    return settled(blocked);
  };

  function finish(task: number, ending: Ending): number[] {
    board.mustRun(task);
    away.delete(task);
    if (ending === "failed" || ending === "failed-before") return failed(task, ending === "failed");
    board.resolve(task, ending === "done" ? DONE : ending === "skipped" ? SKIPPED : FAILED);
    return settled([]);
  }

  const hold = (task: number, until: readonly number[]): number[] => (board.mustRun(task), settled(board.wait(task, until)));

  return {
    ...tellersOf(() => board),
    finish,
    hold,
    release: (task, need) => board.release(task, need),
    next(now) {
      board.stamp(now);
      if (board.running() >= options.jobs) return -1;
      // One by one in the order of the config: nobody overtakes who has begun.
      const task = board.start(now, stopping || (options.inConfigOrder && board.begun() > away.size));
      away.delete(task);
      return task;
    },
    pause: (task) => board.pause(task),
    leave: (task) => (away.add(task), board.pause(task)),
    resume: (task) => board.resume(task),
    requeue: (task) => void hold(task, []),
    want: (task) => board.want(task),
    lose: (task) => (board.place[task] === DONE ? failed(task, true) : []),
    grow(next) {
      board = new Board({ ...options, ...next, reach: undefined, isEnding: stopping }, board);
      return board.blockNew();
    },
    stop() {
      stopping = true;
      settled([]);
    },
    isOver: () => board.running() + board.begun() === 0 && (stopping || board.isSettled()),
    isStopping: () => stopping,
  };
}
