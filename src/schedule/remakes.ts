// A producer whose intermediate is gone is made again for who needs it. That clears what it made before, so whoever needs
// it is put off while running tasks read from the producer. Starts nothing itself: it moves tasks of the plan.
import { type Users } from "../graph/graph.ts";
import { VALIDATE } from "../model/graph.ts";
import type { Plan } from "./plan.ts";

export class Remakes {
  readonly #plan: Plan;
  readonly #isReading: (task: number) => boolean;
  /** Put aside, and come back but not looked at yet. */
  readonly #off: Set<number> = new Set();
  readonly #back: Set<number> = new Set();

  /** `isReading`: the task runs, and does not wait for another one. */
  constructor(plan: Plan, isReading: (task: number) => boolean) {
    this.#plan = plan;
    this.#isReading = isReading;
  }

  /** Puts a task that was given to start aside until another one has ended, if that may read what the makers would clear. */
  putOff(task: number, makers: readonly number[], users: Users): boolean {
    const seen = new Set(makers);
    const stack = [...makers];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      for (let e = users.start[at]!; e < users.start[at + 1]!; e++) {
        const user = users.users[e]!;
        if (users.kinds[e] === VALIDATE || seen.has(user)) continue;
        if (user !== task && this.#isReading(user)) {
          this.#plan.leave(task);
          this.#off.add(task);
          return true;
        }
        seen.add(user);
        stack.push(user);
      }
    }
    return false;
  }

  /** A task has ended: who was put off is looked at again. */
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
