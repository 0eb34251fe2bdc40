// A producer whose intermediate is gone runs again for the tasks that need it. That clears its earlier outputs, so those tasks are
// put off while running tasks read from the producer. Starts nothing itself: it moves tasks of the plan.
import { type Users } from "../../graph/graph.ts";
import { VALIDATE } from "../../model/graph.ts";
import type { Reason, Verdict } from "../../model/state.ts";
import type { Plan } from "./plan.ts";

/** Reasons that a run in this build has dealt with: what another task has removed since is made again for whoever needs it alone. */
const DONE: ReadonlySet<Reason["code"]> = new Set(["forced", "always", "output-missing"] as const);

/** `must`: who needs what it makes; the verdict may be fresh only then. `hasRun`: in this build. */
export function reasonsToRun(verdict: Verdict, must: Reason | undefined, hasRun: boolean): readonly Reason[] {
  const own = verdict.kind === "fresh" ? [] : verdict.reasons;
  if (must === undefined) return own;
  return [must, ...(hasRun ? own.filter(({ code }) => !DONE.has(code)) : own)];
}

export interface RemakesOptions {
  users(): Users;
  /** Tasks that asked for a task, or for what it makes, in this build. */
  askers(task: number): Iterable<number>;
  /** Whether the task is running and not waiting for another. */
  isReading(task: number): boolean;
}

export class Remakes {
  readonly #plan: Plan;
  readonly #o: RemakesOptions;
  /** Tasks put off, including those brought back but not looked at yet. */
  readonly #off: Set<number> = new Set();
  readonly #back: Set<number> = new Set();

  constructor(plan: Plan, options: RemakesOptions) {
    this.#plan = plan;
    this.#o = options;
  }

  /** Whether a running task other than `task` may read what the makers would clear. */
  areRead(makers: readonly number[], task: number): boolean {
    const users = this.#o.users();
    const seen = new Set(makers);
    const stack = [...makers];
    const reads = (user: number): boolean => {
      if (seen.has(user)) return false;
      seen.add(user);
      stack.push(user);
      return user !== task && this.#o.isReading(user);
    };
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      for (let e = users.start[at]!; e < users.start[at + 1]!; e++) if (users.kinds[e] !== VALIDATE && reads(users.users[e]!)) return true;
      for (const asker of this.#o.askers(at)) if (reads(asker)) return true;
    }
    return false;
  }

  /** If another task may read what the makers would clear, puts the task, which was about to start, off until that one has ended or waits itself. */
  putOff(task: number, makers: readonly number[]): boolean {
    if (!this.areRead(makers, task)) return false;
    this.#plan.leave(task);
    this.#off.add(task);
    return true;
  }

  /** A task has ended or begun to wait: brings back those that were put off. */
  bringBack(): void {
    for (const task of this.#off) {
      this.#plan.resume(task);
      this.#back.add(task);
    }
    this.#off.clear();
  }

  /** Called for a task that the plan returns: true if it was put off and nothing more is to be started. It then waits like all others. */
  givesUp(task: number): boolean {
    if (!this.#back.delete(task) || !this.#plan.isStopping()) return false;
    this.#plan.requeue(task);
    return true;
  }
}
