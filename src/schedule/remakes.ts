// A producer whose intermediate is gone is made again for who needs it. That clears what it made before, so whoever needs
// it is put off while running tasks read from the producer. Starts nothing itself: it moves tasks of the plan.
import { type Users } from "../graph/graph.ts";
import { VALIDATE } from "../model/graph.ts";
import type { Plan } from "./plan.ts";

export interface RemakesOptions {
  users(): Users;
  /** Who asked for a task, or for what it makes, in this build. */
  askers(task: number): Iterable<number>;
  /** The task runs, and does not wait for another one. */
  isReading(task: number): boolean;
}

export class Remakes {
  readonly #plan: Plan;
  readonly #o: RemakesOptions;
  /** Put aside, and come back but not looked at yet. */
  readonly #off: Set<number> = new Set();
  readonly #back: Set<number> = new Set();

  constructor(plan: Plan, options: RemakesOptions) {
    this.#plan = plan;
    this.#o = options;
  }

  /** May a running task other than `task` read what the makers would clear? */
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

  /** Puts a task that was given to start aside until another one has ended or waits itself, if that may read what the makers would clear. */
  putOff(task: number, makers: readonly number[]): boolean {
    if (!this.areRead(makers, task)) return false;
    this.#plan.leave(task);
    this.#off.add(task);
    return true;
  }

  /** A task has ended or begun to wait: who was put off is looked at again. */
  bringBack(): void {
    for (const task of this.#off) {
      this.#plan.resume(task);
      this.#back.add(task);
    }
    this.#off.clear();
  }

  /** The plan gives a task: true if it was put off and nothing is to be started any more. Then it waits like all others. */
  givesUp(task: number): boolean {
    if (!this.#back.delete(task) || !this.#plan.isStopping()) return false;
    this.#plan.requeue(task);
    return true;
  }
}
