// The places of a build's tasks, and their only writer: what each move frees, blocks or puts back to waiting. plan.ts decides
// when to start and stop; places.ts defines the places.
import { isGone } from "../../graph/grown.ts";
import { VALIDATE } from "../../model/graph.ts";
import { Columns } from "../../graph/columns.ts";
import type { Demands } from "./demand.ts";
import { BLOCKED, CANCELLED, DONE, FAILED, OUT, PAUSED, PLACES, READY, RUNNING, SKIPPED, WAITING, type PlaceCounts } from "./places.ts";
import { Held } from "./held.ts";
import { createPriority, type PriorityOptions } from "./priority.ts";
import { Queue } from "./queue.ts";
import { Takers } from "./takers.ts";

export interface BoardOptions extends Omit<PriorityOptions, "reach" | "columns"> {
  /** Absent: it allocates its own. */
  readonly columns?: Columns;
  /** The wanted tasks, dependencies first; computed if absent. */
  readonly reach?: readonly number[] | undefined;
  readonly demands: Demands;
  /** Whether to remember when the task became ready. */
  asksWhenReady?(task: number): boolean;
  /** The build is ending: blocked tasks stay blocked, whichever instances have left. */
  readonly isEnding?: boolean;
}

export class Board {
  readonly place: Uint8Array;
  /** The failed task: itself for a failed one (unless it was allowed to fail), the one upstream for a blocked one; otherwise -1. */
  readonly culprit: Int32Array;
  readonly #options: BoardOptions;
  readonly #takers: Takers;
  /** Per waiting task: number of edges and `#held` entries to tasks that are not made yet. */
  readonly #open: Int32Array;
  /** Tasks put back until the task of the key has ended; each counts once in `#open`. */
  readonly #held: Held = new Held();
  readonly #queue: Queue;
  /** 1: started, then paused, and not started again yet. */
  readonly #begun: Uint8Array;
  #begunCount = 0;
  /** When tasks became ready, for those that ask; `#unstamped` became ready since the last `start`. */
  readonly #readyAt: Map<number, number> = new Map();
  #unstamped: number[] = [];
  /** Tasks that came in when the graph grew. */
  readonly #came: number[] = [];
  /** Number of tasks by place, without barriers; for place `out`, only the change. */
  readonly #tally: Int32Array = new Int32Array(PLACES.length);

  /** `before`: the board of the same build, with the graph as it was until now. */
  constructor(options: BoardOptions, before: Board | null = null) {
    const { graph, wanted, skipped, columns = new Columns() } = options;
    const reach = options.reach ?? graph.order.filter((task) => wanted[task] === 1);
    this.#options = options;
    this.place = columns.bytes(graph.count);
    this.culprit = columns.integers(graph.count).fill(-1);
    this.#takers = new Takers(graph, columns);
    this.#open = columns.integers(graph.count);
    this.#begun = columns.bytes(graph.count);
    this.#queue = new Queue({
      demands: options.demands, before: createPriority({ ...options, columns, reach }), strict: options.inConfigOrder,
      isReady: (task, begun) => this.place[task] === READY && (this.#begun[task] === 1) === begun,
    }, before === null ? null : before.#queue);
    if (before !== null) this.#takeOver(before);
    for (let i = 0; i < reach.length; i++) {
      const task = reach[i]!;
      const place = this.place[task]!;
      if (place !== OUT && place !== DONE) continue;
      this.place[task] = skipped[task] === 1 ? SKIPPED : WAITING;
      if (before !== null && this.place[task] === WAITING) this.#came.push(task);
    }
    if (before === null) for (let i = 0; i < reach.length; i++) this.#count(reach[i]!);
    else this.#settleGrown();
    for (let i = 0; i < reach.length; i++) this.#takers.note(reach[i]!);
    if (before === null) for (let i = 0; i < reach.length; i++) if (this.#isOpen(reach[i]!)) this.#takers.each(reach[i]!, (user) => (this.place[user] === WAITING ? this.#open[user]!++ : 0));
    if (before !== null) for (let i = 0; i < reach.length; i++) if (this.place[reach[i]!] === WAITING) this.#open[reach[i]!]! += this.#openNeeds(reach[i]!);
    for (let i = 0; i < reach.length; i++) if (this.place[reach[i]!] === WAITING && this.#open[reach[i]!] === 0) this.#free(reach[i]!);
  }

  #settleGrown(): void {
    for (let task = 0; task < this.place.length; task++) {
      if (this.place[task] === READY) this.place[task] = WAITING;
      if (this.#options.wanted[task] === 0 && this.place[task] === WAITING) this.place[task] = OUT;
      this.#count(task);
    }
  }

  #count(task: number): void {
    if (!this.#options.graph.isBarrier(task)) this.#tally[this.place[task]!]!++;
  }

  #takeOver(before: Board): void {
    this.place.set(before.place);
    this.culprit.set(before.culprit);
    this.#begun.set(before.#begun);
    this.#begunCount = before.#begunCount;
    for (const [task, time] of before.#readyAt) this.#readyAt.set(task, time);
    if (this.#options.isEnding !== true) this.#unblock(before.#options.graph);
    for (const task of this.#held.take(before.#held)) if (this.place[task] === WAITING) this.#open[task]!++;
  }

  /** Frees instances that have left, and tasks blocked only by those or by a need of last time that no longer exists. */
  #unblock(before: BoardOptions["graph"]): void {
    const { graph, wanted } = this.#options;
    const isFree = new Uint8Array(graph.count);
    for (let task = 0; task < before.count; task++) if (this.place[task] === BLOCKED && isGone(graph.name(task))) isFree[task] = 1;
    for (const task of graph.order) {
      if (this.place[task] !== BLOCKED) continue;
      const culprit = this.#failedAmong(task, []);
      // A task that stays blocked may be blocked by another failure now.
      if (culprit >= 0) this.culprit[task] = culprit;
      if (culprit >= 0) continue;
      if (this.#failedAmong(task, [], before) >= 0) isFree[task] = 1;
      for (let e = before.needStart[task]!; e < before.needStart[task + 1]!; e++) if (isFree[before.needs[e]!] === 1) isFree[task] = 1;
      if (isFree[task] === 0) continue;
      this.place[task] = wanted[task] === 1 ? WAITING : OUT;
      this.culprit[task] = -1;
    }
  }

  /** Blocks new tasks below a failure of this build. Returns them, without barriers. */
  blockNew(): number[] {
    const blocked: number[] = [];
    for (const task of this.#came) {
      const culprit = this.place[task] === WAITING || this.place[task] === READY ? this.#failedAmong(task, []) : -1;
      if (culprit < 0) continue;
      this.#block(task, culprit);
      if (!this.#options.graph.isBarrier(task)) blocked.push(task);
      for (const below of this.#blockBelow(task)) blocked.push(below);
    }
    return blocked;
  }

  running(): number {
    return this.#tally[RUNNING]!;
  }

  /** Whether nothing is waiting or ready. */
  isSettled(): boolean {
    return this.#tally[WAITING] === 0 && this.#tally[READY] === 0;
  }

  counts(): PlaceCounts {
    const counts = {} as PlaceCounts;
    PLACES.forEach((name, place) => (counts[name] = this.#tally[place]!));
    const { graph } = this.#options;
    for (let task = 0; task < graph.count; task++) if (!graph.isBarrier(task)) counts.out++;
    for (const count of this.#tally) counts.out -= count;
    return counts;
  }

  /** Whether the task is running, or was before it was paused. */
  mustRun(task: number): void {
    if (this.place[task] !== RUNNING && this.#begun[task] === 0) throw new Error(`task ${task} is ${PLACES[this.place[task]!]}, not running`);
  }

  /** Number of paused tasks that do not run again yet. */
  begun(): number {
    return this.#begunCount;
  }

  /** When a task that only a rate holds back may start; `Infinity` if there is none. As of the last `start`. */
  opensAt(): number {
    return this.#queue.opensAt();
  }

  /** When the task became ready: the time of the first `start` that could have taken it. */
  readyAt(task: number): number {
    return this.#readyAt.get(task) ?? 0;
  }

  /** Tasks that have become ready are stamped with `now`. */
  stamp(now: number): void {
    for (const task of this.#unstamped) this.#readyAt.set(task, now);
    this.#unstamped = [];
  }

  /** Takes a task that may start now; -1 if there is none. `begunOnly`: only tasks that have begun before. */
  start(now: number, begunOnly = false): number {
    const task = this.#queue.take(now, begunOnly);
    if (task >= 0) this.#move(task, RUNNING);
    else if (!begunOnly && this.running() === 0 && this.#begunCount === 0 && this.opensAt() === Infinity && !this.isSettled()) throw new Error("tasks wait although nothing runs");
    return task;
  }

  /** The task really starts: its rates count it. */
  launched(task: number, now: number): void {
    this.#queue.count(task, now);
  }

  /** A running task releases everything until it is resumed. */
  pause(task: number): void {
    this.#move(task, PAUSED);
  }

  resume(task: number): void {
    if (this.place[task] !== PAUSED) throw new Error(`task ${task} is ${PLACES[this.place[task]!]}, not paused`);
    this.#enqueue(task);
  }

  /** Ends a task so that its dependents go on. `passes`: whether one that waits for nothing any more is done without a turn. */
  resolve(task: number, place: number, passes: ((task: number) => boolean) | null = null): void {
    this.#move(task, place);
    const made = [task];
    for (let next = made.pop(); next !== undefined; next = made.pop()) {
      this.#eachUser(next, (user) => {
        if (this.place[user] !== WAITING || --this.#open[user]! > 0) return;
        if (this.#options.graph.isBarrier(user) || passes?.(user) === true) {
          this.#move(user, DONE);
          made.push(user);
        } else this.#enqueue(user);
      });
      this.#held.forget(next);
    }
  }

  /** Ends a task as failed and blocks everything below it. Returns the blocked tasks, without barriers, by index. */
  fail(task: number): number[] {
    this.#move(task, FAILED);
    this.culprit[task] = task;
    return this.#blockBelow(task);
  }

  #blockBelow(top: number): number[] {
    const blocked: number[] = [];
    const above = [top];
    for (let next = above.pop(); next !== undefined; next = above.pop()) {
      this.#eachUser(next, (user) => {
        if (this.place[user] !== WAITING && this.place[user] !== READY) return;
        this.#block(user, this.culprit[top]!);
        if (!this.#options.graph.isBarrier(user)) blocked.push(user);
        above.push(user);
      });
      this.#held.forget(next);
    }
    return blocked.sort((a, b) => a - b);
  }

  #block(task: number, culprit: number): void {
    this.#move(task, BLOCKED);
    this.culprit[task] = culprit;
  }

  /** Puts a running task back until its needs and `until` are made. Returns what is blocked because one of them failed. */
  wait(task: number, until: readonly number[]): number[] {
    const culprit = this.#failedAmong(task, until);
    if (culprit >= 0) {
      this.#block(task, culprit);
      return [task, ...this.#blockBelow(task)].sort((a, b) => a - b);
    }
    this.#move(task, WAITING);
    this.#open[task] = this.#openNeeds(task);
    for (const need of until) {
      if (!this.#isOpen(need)) continue;
      this.#open[task]!++;
      this.#held.add(need, task);
    }
    if (this.#open[task] === 0) this.#enqueue(task);
    return [];
  }

  /** A task put back until `need` is made no longer waits for it. */
  release(task: number, need: number): void {
    if (this.#held.remove(need, task) && this.place[task] === WAITING && --this.#open[task]! === 0) this.#enqueue(task);
  }

  /** Brings back a task that was done or out; its dependents that have not started wait for it again. */
  want(task: number): boolean {
    const place = this.place[task];
    if (this.#isOpen(task)) return true;
    if (place !== DONE && place !== OUT) return false;
    if (this.#options.graph.isBarrier(task)) return true;
    const culprit = this.#failedAmong(task, []);
    if (culprit >= 0) {
      this.#block(task, culprit);
      return false;
    }
    this.#takers.note(task);
    this.#putBehind(task);
    this.#move(task, WAITING);
    this.#open[task] = this.#openNeeds(task);
    if (this.#open[task] === 0) this.#enqueue(task);
    return true;
  }

  /** Makes its dependents wait for it again, including those of barriers that join it. */
  #putBehind(top: number): void {
    const above = [top];
    for (let next = above.pop(); next !== undefined; next = above.pop()) {
      this.#eachUser(next, (user) => {
        if (this.place[user] === DONE && this.#options.graph.isBarrier(user)) {
          this.#move(user, WAITING);
          above.push(user);
        }
        if (this.place[user] === READY) this.#move(user, WAITING);
        if (this.place[user] === WAITING) this.#open[user]!++;
      });
    }
  }

  cancelRest(): void {
    for (let task = 0; task < this.place.length; task++) if (this.place[task] === WAITING || this.place[task] === READY) this.#move(task, CANCELLED);
  }

  #move(task: number, to: number): void {
    const from = this.place[task]!;
    this.place[task] = to;
    if (this.#options.graph.isBarrier(task)) return;
    if (from === RUNNING) this.#queue.release(task);
    if (to === RUNNING) this.#queue.hold(task);
    const begun = to === PAUSED || (to === READY && this.#begun[task] === 1) ? 1 : 0;
    this.#begunCount += begun - this.#begun[task]!;
    this.#begun[task] = begun;
    this.#tally[from]!--;
    this.#tally[to]!++;
  }

  #free(task: number): void {
    if (this.#options.graph.isBarrier(task)) this.resolve(task, DONE);
    else this.#enqueue(task);
  }

  #enqueue(task: number): void {
    this.#move(task, READY);
    this.#queue.push(task, this.#begun[task] === 1);
    if (this.#options.asksWhenReady?.(task) === true && !this.#readyAt.has(task)) this.#unstamped.push(task);
  }

  #isOpen(task: number): boolean {
    const place = this.place[task];
    return place === WAITING || place === READY || place === RUNNING || place === PAUSED;
  }

  #openNeeds(task: number): number {
    const { needStart, needs, needKinds } = this.#options.graph;
    let open = 0;
    for (let e = needStart[task]!; e < needStart[task + 1]!; e++) if (needKinds[e] !== VALIDATE && this.#isOpen(needs[e]!)) open++;
    return open;
  }

  /** The failure upstream of a task through one of its needs; -1 if there is none. */
  #failedAmong(task: number, until: readonly number[], { needStart, needs, needKinds } = this.#options.graph): number {
    for (const need of until) if (this.culprit[need]! >= 0) return this.culprit[need]!;
    for (let e = needStart[task]!; e < needStart[task + 1]!; e++) if (needKinds[e] !== VALIDATE && this.culprit[needs[e]!]! >= 0) return this.culprit[needs[e]!]!;
    return -1;
  }

  /** Visits dependents once per edge except `validate`, and once per held task. */
  #eachUser(task: number, visit: (user: number) => void): void {
    this.#takers.each(task, visit);
    for (const user of this.#held.by(task)) visit(user);
  }
}
