// Tasks that wait for others in the middle of their run, or that are put off for others when their turn comes: they hold no
// slot meanwhile, and go on when they have one again. Moves tasks of the plan; knows no question.
import { isComing, type Plan } from "./plan.ts";

interface Wait {
  /** What it hangs on: who asks for its task from there asks in a circle. */
  on(): readonly number[];
  lasts(): boolean;
  readonly done: () => void;
}

export interface WaitsOptions {
  readonly plan: Plan;
  /** Makers of what a task reads that are to be made. */
  upstream(task: number): readonly number[];
  /** Somebody has begun to wait, and holds up nobody any more. */
  began(): void;
}

export class Waits {
  readonly #o: WaitsOptions;
  readonly #open: Map<number, Set<Wait>> = new Map();
  /** Waits that are over, until their task has a slot again. */
  readonly #over: Map<number, Wait[]> = new Map();
  /** Put off before they began. */
  readonly #off: Map<number, Omit<Wait, "done">> = new Map();
  /** They were waited for by what they were put off for. */
  readonly #hurried: Set<number> = new Set();

  constructor(options: WaitsOptions) {
    this.#o = options;
  }

  /** A running task waits until `lasts` says no, and for a slot after that. */
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

  /** A task that was given to start is looked at again once `lasts` says no; false: somebody it would wait for waits for it. */
  putOff(task: number, on: Wait["on"], lasts: () => boolean): boolean {
    if (this.#hurried.has(task)) return false;
    this.#off.set(task, { on, lasts });
    this.#o.plan.leave(task);
    this.#o.began();
    return true;
  }

  /** Who was put off has its turn all the same, and is not put off again. false: it was not. */
  hurry(task: number): boolean {
    if (!this.#off.delete(task)) return false;
    this.#hurried.add(task);
    this.#o.plan.resume(task);
    return true;
  }

  /** Something ended, or nothing starts any more: who has nothing to wait for comes back. Did somebody? */
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

  /** The plan gives a task a slot: true if it was one that waited, which goes on now. */
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

  /** Tasks that wait, or that have a slot to get before they go on. */
  away(): number {
    return new Set([...this.#open.keys(), ...this.#over.keys()]).size;
  }

  /** It ended, and hears of no end any more. */
  forget(task: number): void {
    this.#open.delete(task);
    this.#over.delete(task);
  }
}
