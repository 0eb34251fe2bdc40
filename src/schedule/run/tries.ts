// The attempts of each task in one build: how many there were, whether another may follow, and the waits between them.
// Starts nothing itself: it pauses tasks of the plan and brings them back.
import { backoffMs } from "../../model/limits.ts";
import type { FilePath } from "../../model/path.ts";
import type { Reason } from "../../model/state.ts";
import type { Plan } from "../plan/plan.ts";
import type { StepEnd } from "../step/step.ts";
import type { Workshop } from "../step/workshop.ts";

/** What the next attempt is told about earlier ones. */
export interface Turn {
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  readonly tainted: boolean;
  readonly mayRetry: boolean;
  readonly changed: readonly FilePath[] | undefined;
  /** Time until the deadline, in ms. */
  readonly leftMs: number;
}

interface History {
  attempts: number;
  retries: number;
  tainted: boolean;
  /** From the first attempt; set once another follows. */
  changed?: readonly FilePath[];
  /** Why it runs, while another attempt is due. */
  due: readonly Reason[] | null;
  timer: NodeJS.Timeout | null;
}

export class Tries {
  readonly #w: Workshop;
  readonly #plan: Plan;
  readonly #wake: () => void;
  readonly #histories: Map<number, History> = new Map();
  readonly #due: Set<number> = new Set();

  constructor(w: Workshop, plan: Plan, wake: () => void) {
    this.#w = w;
    this.#plan = plan;
    this.#wake = wake;
  }

  countOf(task: number): number {
    return this.#histories.get(task)?.attempts ?? 0;
  }

  /** Number of tasks between two attempts. */
  paused(): number {
    return this.#due.size;
  }

  begin(task: number): Turn {
    const history: History = this.#histories.get(task) ?? { attempts: 0, retries: 0, tainted: false, due: null, timer: null };
    this.#histories.set(task, history);
    this.#due.delete(task);
    history.due = null;
    history.attempts++;
    const { retries, deadlineMs } = this.#w.situation.parts.graph.task(task);
    return {
      attempt: history.attempts,
      tainted: history.tainted,
      mayRetry: history.retries < retries.count,
      changed: history.changed,
      leftMs: deadlineMs > 0 ? this.#plan.readyAt(task) + deadlineMs - this.#w.system.monotonicMs() : Infinity,
    };
  }

  /** Why the task runs, if its turn is for a further attempt. */
  reasonsOf(task: number): readonly Reason[] | null {
    return this.#histories.get(task)?.due ?? null;
  }

  /** It waits for another task like any other: if the build is stopped, it counts as not started. */
  putBack(task: number): void {
    this.#due.delete(task);
  }

  taint(task: number): void {
    this.#histories.get(task)!.tainted = true;
  }

  /** An attempt failed and another follows, after a wait during which others may use what it held. */
  again(task: number, end: Extract<StepEnd, { kind: "retry" }>, reasons: readonly Reason[]): void {
    const history = this.#histories.get(task)!;
    const { name, retries } = this.#w.situation.parts.graph.task(task);
    const delayMs = backoffMs(retries, ++history.retries + 1);
    history.due = reasons;
    history.changed = end.changedInputs;
    this.#due.add(task);
    const { start, end: ended, exit } = end.result;
    this.#w.emit({ event: "task-retry", task: name, attempt: history.attempts, attempts: history.attempts + 1 + retries.count - history.retries, delayMs, start, end: ended, exit, problem: end.problem });
    this.#plan.pause(task);
    if (delayMs === 0) return this.#plan.resume(task);
    history.timer = setTimeout(() => {
      history.timer = null;
      this.#plan.resume(task);
      this.#wake();
    }, delayMs);
  }

  /** No further attempts, since the build is being stopped. Returns the tasks that were between two. */
  giveUp(): number[] {
    const tasks = [...this.#due];
    this.#due.clear();
    for (const task of tasks) {
      const history = this.#histories.get(task)!;
      if (history.timer !== null) clearTimeout(history.timer);
      history.due = null;
    }
    return tasks;
  }
}
