// In a watch, a function that failed because something it asked for could not be made is tried again once that is made. Checked
// only in such a task's turn: what it asked for in vain is not otherwise made first. Starts nothing.
import { joinedBy } from "../../graph/leaves.ts";
import { askedFor, pathBetween } from "../../graph/needs.ts";
import { closeOver } from "../../graph/select.ts";
import { questionOf } from "../../model/question.ts";
import type { TaskProblem } from "../../model/problem.ts";
import { ABSENT } from "../../model/state.ts";
import { makerOfAbsent } from "../survey/answers.ts";
import { listsThatMayFree } from "../plan/blocked.ts";
import { askedInVain } from "../step/failed.ts";
import { failureBefore } from "./endings.ts";
import { bringIn, type GrowingRun } from "./growing.ts";
import { gaveUp, isComing } from "../plan/plan.ts";
import type { Situation } from "../survey/situation.ts";
import { hasStayed } from "../survey/stayed.ts";
import type { Waits } from "./waits.ts";

export interface VainRun extends GrowingRun {
  readonly waits: Waits;
}

export class Vain {
  readonly #run: VainRun;

  constructor(run: VainRun) {
    this.#run = run;
  }

  /** The earlier failure of a task that has no other reason to run; null: it must run. "later": put off until what it asked for has ended. */
  failureOf(task: number): TaskProblem | "later" | null {
    const { plan, waits, w: { situation: s } } = this.#run;
    const before = failureBefore(s, task);
    if (before === null) return null;
    const vain = targetsOf(s, task);
    if (vain.length === 0 || plan.isStopping()) return before;
    const targets = vain.flatMap((one) => one ?? []);
    const unasked = targets.filter((target) => s.parts.wanted[target] === 0);
    if (unasked.length > 0) bringIn(this.#run, task, unasked);
    const on = targets.flatMap((target) => [target, ...listsThatMayFree(plan, s.parts.graph, target)]).filter((target) => this.#mayWait(task, target));
    if (on.length > 0 && waits.putOff(task, () => on, () => on.some((target) => isComing(plan, target)))) return "later";
    return isMended(vain, (target) => ["out", "done"].includes(plan.placeOf(target)) || gaveUp(plan, target)) ? null : before;
  }

  #mayWait(task: number, target: number): boolean {
    const { plan, waits, w: { situation: s } } = this.#run;
    const before = (at: number): number[] => [...waits.of(at), ...(s.parts.waits?.get(at) ?? []).map(({ maker }) => maker)];
    return isComing(plan, target) && pathBetween(s.parts.graph, target, task, before) === null;
  }
}

/** For each question asked in vain, the tasks that would make the answer; null: it would be in vain again. */
function targetsOf(s: Situation, task: number): (readonly number[] | null)[] {
  const error = s.record(task)?.error ?? null;
  return (error === null ? [] : askedInVain(error)).map((text) => {
    const question = questionOf(text);
    if (question.kind === "absent") return makerOfAbsent(s, task, question) < 0 ? [] : null;
    const targets = askedFor(s.parts.graph, task, [text, ABSENT], (path) => hasStayed(s.parts.records, path)).filter((target) => target !== task);
    return joinedBy(s.parts.graph, targets);
  });
}

/** The wanted tasks and those that one of them asked for in vain: a watch of some targets must notice them. The same array if there are none. */
export function withVain(s: Situation): Uint8Array {
  const { graph, memo, skipped } = s.parts;
  let { wanted } = s.parts;
  if (!wanted.includes(0)) return wanted;
  const seen = new Set<number>();
  for (let task = wanted.indexOf(1); task >= 0; task = wanted.indexOf(1, task + 1)) if (memo === null || memo.settled[task] === 0) seen.add(task);
  for (const task of seen) {
    const missing = s.record(task)?.status === "failed" ? targetsOf(s, task).flatMap((one) => one ?? []).filter((target) => wanted[target] === 0) : [];
    if (missing.length === 0) continue;
    const wider = wanted.slice();
    for (const target of missing) wider[target] = 1;
    closeOver(graph, wider, skipped);
    wider.forEach((bit, at) => bit > wanted[at]! && seen.add(at));
    wanted = wider;
  }
  return wanted;
}

/** Whether any of the questions can be answered by now. */
function isMended(vain: readonly (readonly number[] | null)[], isGood: (target: number) => boolean): boolean {
  return vain.some((targets) => targets?.every(isGood) === true);
}

/** Whether anything asked for is made by now, as far as a look can tell. */
export function isAnswered(s: Situation, task: number): boolean {
  const { wanted, skipped } = s.parts;
  return isMended(targetsOf(s, task), (target) => wanted[target] === 1 && (skipped[target] === 1 || (s.pending[target] === 0 && s.verdicts[target]?.kind === "fresh")));
}
