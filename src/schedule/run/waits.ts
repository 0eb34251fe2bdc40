// Tasks that wait for others in the middle of their run, or that are put off for others when their turn comes: they hold no slot
// meanwhile, and go on when they have one again. Moves tasks of the plan; knows no question.
import { isComing, type Plan } from "../plan/plan.ts";

interface Wait {
  /** The tasks it depends on: asking for its own task from one of them would be a cycle. */
  on(): readonly number[];
  lasts(): boolean;
  readonly done: () => void;
}

export interface WaitsOptions {
  readonly plan: Plan;
  /** Makers of what a task reads that are still to run. */
  upstream(task: number): readonly number[];
  /** Called when a task has begun to wait, and so holds up no other. */
  began(): void;
}

export class Waits {
  readonly #o: WaitsOptions;
  readonly #open: Map<number, Set<Wait>> = new Map();
  /** Waits that are over, until their task has a slot again. */
  readonly #over: Map<number, Wait[]> = new Map();
  /** Tasks put off before they began. */
  readonly #off: Map<number, Omit<Wait, "done">> = new Map();
  /** Tasks that what they were put off for waited for. */
  readonly #hurried: Set<number> = new Set();

  constructor(options: WaitsOptions) {
    this.#o = options;
  }

  /** A running task waits until `lasts` returns false, and then for a slot. */
  begin(task: number, on: Wait["on"], lasts: () => boolean): Promise<void> {
    return new Promise((done) => {
      const waits = this.#open.get(task);
      if (waits !== undefined) waits.add({ on, lasts, done });
      else {
        this.#open.set(task, new Set([{ on, lasts, done }]));
        if (!this.#over.has(task)) this.#o.plan.leave(task);
      }
      this.settle();
      this.#o.began();
    });
  }

  /** A task about to start is looked at again once `lasts` returns false; false: a task it would wait for waits for it. */
  putOff(task: number, on: Wait["on"], lasts: () => boolean): boolean {
    if (this.#hurried.has(task)) return false;
    this.#off.set(task, { on, lasts });
    this.#o.plan.leave(task);
    this.#o.began();
    return true;
  }

  /** Gives a task that was put off its turn all the same; it is not put off again. false: it was not put off. */
  hurry(task: number): boolean {
    if (!this.#off.delete(task)) return false;
    this.#hurried.add(task);
    this.#o.plan.resume(task);
    return true;
  }

  /** Something ended, or nothing starts any more: brings back tasks with nothing left to wait for. Returns whether there were any. */
  settle(): boolean {
    let back = false;
    for (const [task, { lasts }] of this.#off) {
      if (lasts()) continue;
      this.#off.delete(task);
      this.#o.plan.resume(task);
      back = true;
    }
    for (const [task, waits] of this.#open) {
      for (const wait of waits) {
        if (wait.lasts()) continue;
        waits.delete(wait);
        this.#over.set(task, [...(this.#over.get(task) ?? []), wait]);
      }
      if (waits.size === 0) this.#waitForInputs(task, waits);
      if (waits.size > 0) continue;
      this.#open.delete(task);
      this.#o.plan.resume(task);
      back = true;
    }
    return back;
  }

  /** While it waited, what it reads may have begun to be made again. */
  #waitForInputs(task: number, waits: Set<Wait>): void {
    const { plan } = this.#o;
    const on = this.#o.upstream(task).filter((maker) => isComing(plan, maker));
    if (on.length > 0) waits.add({ on: () => on, lasts: () => on.some((maker) => isComing(plan, maker)), done: () => {} });
  }

  /** The plan gives a task a slot: true if it was waiting and now goes on. */
  goesOn(task: number): boolean {
    const over = this.#over.get(task);
    this.#over.delete(task);
    for (const wait of over ?? []) wait.done();
    return over !== undefined;
  }

  /** Tasks whose end it waits for. */
  of(task: number): number[] {
    return [...(this.#open.get(task) ?? []), ...(this.#off.has(task) ? [this.#off.get(task)!] : [])].flatMap((wait) => wait.on());
  }

  has(task: number): boolean {
    return this.#open.has(task);
  }

  /** Number of tasks that wait, or that need a slot before they go on. */
  away(): number {
    return this.#open.size + this.#over.size === 0 ? 0 : new Set([...this.#open.keys(), ...this.#over.keys()]).size;
  }

  /** It ended, and is told of no other end any more. */
  forget(task: number): void {
    this.#open.delete(task);
    this.#over.delete(task);
  }
}
