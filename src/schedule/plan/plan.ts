// One build, decided step by step: what may start, when to stop. Inert: no clock, no process, no waiting. Knows no files and no
// records: the caller reports how each task ended. The places and their state chart are in places.ts.
import { Board, type BoardOptions } from "./board.ts";
import { BLOCKED, DONE, FAILED, PLACES, SKIPPED, type PlaceCounts, type TaskPlace } from "./places.ts";

/** `failed-before`: it was not tried again, and matters only to what it blocks. */
export type Ending = "done" | "failed" | "failed-before" | "failed-allowed" | "skipped";

export interface PlanOptions extends BoardOptions {
  readonly jobs: number;
  readonly keepGoing: boolean;
  /** Number of failures after which nothing more is started; `Infinity`: unlimited (without `keepGoing`: one). */
  readonly maxFailures: number;
}

/** Flags by index of the grown graph. `wanted`: tasks that have something to do, or are below such tasks. */
export type Grown = Pick<BoardOptions, "graph" | "wanted" | "skipped" | "demands">;

export interface Plan {
  /** The task to start now, which is `running` from then on; -1 if none may start. `now` in ms, on any clock that does not go back. */
  next(now: number): number;
  /** A task returned by `next` really starts (it might have turned out fresh): rates count it. */
  launched(task: number, now: number): void;
  /** When `next` may return a task that only a rate holds back; `Infinity` if there is none. */
  opensAt(): number;
  /** When `next` could first have returned the task; kept for those of `asksWhenReady`. */
  readyAt(task: number): number;
  /** A running task releases what it holds until it is resumed. `next` then returns it again, before others and even while the plan is stopping. */
  pause(task: number): void;
  /** Like `pause`, for a task that waits for others: those may start although it has begun. */
  leave(task: number): void;
  resume(task: number): void;
  /**
   * Ends a running or paused task. Returns the tasks it blocks from now on, without barriers, by index. `passes` is asked about
   * dependents that wait for nothing any more, unless the plan is stopping: true if they have nothing to do and are done as well.
   */
  finish(task: number, ending: Ending, passes?: (task: number) => boolean): number[];
  /**
   * Puts a running task that has not really started back until these tasks (each `want`ed before) have ended too. Returns what is
   * blocked, possibly including the task, because one of them has failed. If none of them need be waited for (all done or
   * skipped), the task is ready again at once.
   */
  hold(task: number, until: readonly number[]): number[];
  /** A task that was put back until `need` has ended no longer waits for it. */
  release(task: number, need: number): void;
  /** Lets a running task start once more, for instance because its inputs changed while it ran. */
  requeue(task: number): void;
  /** Makes a settled task part of the build again, to be made by the next start. false: it failed, was skipped or given up. */
  want(task: number): boolean;
  /** Continues with a grown graph: tasks keep their places, `wanted` ones without a place come in, others leave and free what they blocked. Returns what is blocked. */
  grow(next: Grown): number[];
  /** What a done task made is lost for this build, so it counts as failed. Returns what it blocks. */
  lose(task: number): number[];
  /** Starts nothing more. */
  stop(): void;
  /** Whether nothing runs and nothing will. */
  isOver(): boolean;
  isStopping(): boolean;
  counts(): PlaceCounts;
  placeOf(task: number): TaskPlace;
  /** The failed task that blocks a blocked one; -1 for others. */
  blockedBy(task: number): number;
  /** Whether a failed task was allowed to fail. */
  isAllowed(task: number): boolean;
}

/** Whether the task was skipped or was allowed to fail: its dependents go on without what it would have made. */
export function gaveUp(plan: Plan, task: number): boolean {
  const place = plan.placeOf(task);
  return place === "skipped" || (place === "failed" && plan.isAllowed(task));
}

/** Whether the task waits, runs, or is going to. */
export function isOpen(plan: Plan, task: number): boolean {
  return ["waiting", "ready", "running", "paused"].includes(plan.placeOf(task));
}

/** Whether the task is still to be made in this build. */
export function isComing(plan: Plan, task: number): boolean {
  return isOpen(plan, task) && !(plan.isStopping() && ["waiting", "ready"].includes(plan.placeOf(task)));
}

/** Methods that only the board can answer. The board is replaced when the graph grows. */
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

  function finish(task: number, ending: Ending, passes: ((task: number) => boolean) | null = null): number[] {
    board.mustRun(task);
    away.delete(task);
    if (ending === "failed" || ending === "failed-before") return failed(task, ending === "failed");
    board.resolve(task, ending === "done" ? DONE : ending === "skipped" ? SKIPPED : FAILED, stopping ? null : passes);
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
      // One by one in the order of the config: no task overtakes one that has begun.
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
