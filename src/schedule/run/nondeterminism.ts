// Outputs that differ when made again: if they were made from the same, reports that; tasks that were good on the earlier result,
// or on a task that runs once more because of this, are judged again. Runs nothing.
import type { Users } from "../../graph/graph.ts";
import { VALIDATE } from "../../model/graph.ts";
import type { FilePath } from "../../model/path.ts";
import { runStart, type Reason, type TaskRecord } from "../../model/state.ts";
import type { Endings } from "./endings.ts";
import type { Plan } from "../plan/plan.ts";
import type { Workshop } from "../step/workshop.ts";

/** Reasons already satisfied for a good task: running it once more takes another reason. */
const DONE: ReadonlySet<Reason["code"]> = new Set(["forced", "always"] as const);

interface Standing {
  readonly w: Workshop;
  readonly plan: Plan;
  readonly endings: Endings;
  users(): Users;
  /** Tasks that asked for a task, or for what it makes, in this build. */
  askers(task: number): Iterable<number>;
}

export class Rereaders {
  readonly #o: Standing;
  /** By good task that was to run once more: for which tasks. Once for each: two that remove what they read would go on for ever. */
  readonly #again: Map<number, Set<number>> = new Map();
  /** What others may have been judged by, for running tasks. */
  readonly #before: Map<number, string> = new Map();

  constructor(standing: Standing) {
    this.#o = standing;
  }

  /** The task runs; if it was good in this build before, others may have been judged by that result. */
  began(task: number, reasons: readonly Reason[]): void {
    // An earlier attempt has a record of its own, by which nothing was judged.
    if (this.#before.has(task)) return;
    if (this.#again.has(task) || reasons.some(({ code }) => code === "needed-by")) this.#before.set(task, given(this.#o.w.situation.record(task)));
  }

  /** `path`: the output that differs although it was made from the same; null: none, or unknown. */
  ran(task: number, path: FilePath | null): void {
    const { w } = this.#o;
    const before = this.#before.get(task);
    this.#before.delete(task);
    if (path !== null) w.emit({ event: "notice", notice: { code: "nondeterministic", task: w.situation.parts.graph.name(task), path } });
    else if (before === undefined || before === given(w.situation.record(task))) return;
    for (const reader of this.#readersOf(task)) this.#judgeAgain(reader, task);
  }

  /** Direct dependents, looking through barriers; includes order-only ones, since a depfile or a question may have named it. */
  #readersOf(top: number): Set<number> {
    const { w: { situation: { parts: { graph } } }, users, askers } = this.#o;
    const { start, users: below, kinds } = users();
    const readers = new Set<number>();
    const passed = new Set([top]);
    const meet = (user: number): unknown => (graph.isBarrier(user) ? passed.add(user) : readers.add(user));
    for (const task of passed) {
      for (let e = start[task]!; e < start[task + 1]!; e++) if (kinds[e] !== VALIDATE) meet(below[e]!);
      for (const asker of askers(task)) meet(asker);
    }
    return readers;
  }

  #judgeAgain(reader: number, maker: number): void {
    const { w: { situation: s }, plan, endings } = this.#o;
    const before = this.#again.get(reader) ?? new Set();
    if (s.parts.wanted[reader] === 0 || !endings.isGood(reader) || before.has(maker)) return;
    const { verdict } = s.judge(reader, s.gather(reader));
    if (verdict.kind === "fresh" || verdict.reasons.every(({ code }) => DONE.has(code)) || !plan.want(reader)) return;
    endings.uncount(reader);
    s.pending[reader] = 1;
    this.#again.set(reader, before.add(maker));
  }
}

/** What others take from it: files, value, key, and which run it was. */
function given(record: TaskRecord | null): string {
  return JSON.stringify([record?.outputs, record?.members, record?.value, record?.key, runStart(record)]);
}
