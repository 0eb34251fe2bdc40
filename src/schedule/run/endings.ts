// How the tasks of a build ended: emits events, counts, and tracks how many failures a family may still have. Starts nothing.
import type { Counts, Event } from "../../model/event.ts";
import type { FilePath } from "../../model/path.ts";
import type { TaskProblem } from "../../model/problem.ts";
import type { Outcome, Reason, Verdict } from "../../model/state.ts";
import type { TaskName } from "../../model/task.ts";
import { hasOpenList } from "../survey/awaited.ts";
import { isService } from "../../graph/services.ts";
import { allowanceOf, familyOf } from "../../graph/family.ts";
import { isRedeclared, problemIn } from "../step/failed.ts";
import type { Situation } from "../survey/situation.ts";
import type { Survey } from "../survey/survey.ts";
import type { Workshop } from "../step/workshop.ts";

export interface Ended {
  readonly result?: { readonly start: number; readonly end: number; readonly exit: number | null } | null;
  readonly problem?: TaskProblem;
  readonly allowed?: boolean;
  readonly changed?: FilePath;
  readonly taken?: true;
  /** For a service, whose attempts are counted nowhere else. */
  readonly attempts?: number;
}

export class Endings {
  readonly #w: Workshop;
  /** How often a task was tried. */
  readonly #attempts: (task: number) => number;
  readonly #counts: Record<keyof Counts, number> = { ran: 0, fresh: 0, restored: 0, failed: 0, blocked: 0, skipped: 0, cancelled: 0 };
  /** Tasks that succeeded in this build, with how they were counted. */
  readonly #good: Map<number, "ran" | "restored" | "fresh"> = new Map();
  /** What tasks did in this build that will end once more: if they are then found fresh, they still did it. */
  readonly #did: Map<number, "ran" | "restored"> = new Map();
  /** 1: fresh by the memo from the start, and not made again since. */
  #vouched: Uint8Array = new Uint8Array(0);
  /** By family: failures that are still tolerated. */
  readonly #allowances: Map<number, number> = new Map();
  /** Blocked while a list is open: an instance between them and the failure may yet leave. */
  readonly #withheld: Set<number> = new Set();
  /** Services, which are up and not counted. */
  readonly #standing: Set<number> = new Set();
  readonly failed: TaskName[] = [];
  readonly blocked: TaskName[] = [];
  /** A task failed that was not allowed to. */
  bad = false;

  constructor(w: Workshop, attempts: (task: number) => number) {
    this.#w = w;
    this.#attempts = attempts;
  }

  counts(): Counts {
    return { ...this.#counts };
  }

  /** Without those that the memo vouches for. */
  good(): number[] {
    return [...this.#good.keys(), ...this.#standing];
  }

  /** Marks a service as up, or as not needed. */
  stands(task: number): void {
    this.#standing.add(task);
  }

  /** Returns whether it may fail. */
  fail(task: number, problem: TaskProblem, { reasons, end = null }: { reasons: readonly Reason[]; end?: Ended | null } = { reasons: [] }): boolean {
    const allowed = this.#w.situation.parts.graph.task(task).allowFailure || this.tolerates(task);
    this.#w.situation.pending[task] = 0;
    this.#standing.delete(task);
    this.end(task, "failed", reasons, { ...end, problem, allowed });
    if (allowed) return true;
    this.bad = true;
    this.failed.push(this.#w.situation.parts.graph.name(task));
    return false;
  }

  isGood(task: number): boolean {
    return this.#good.has(task) || this.#isVouched(task);
  }

  /**
   * Counts tasks that have nothing to do, one by one only if events are wanted or the memo vouches for nothing. Returns what must
   * run although it is fresh, and for which task.
   */
  begin(survey: Survey, tell: boolean): Must[] {
    const s = this.#w.situation;
    const { graph, wanted, skipped } = s.parts;
    const must: Must[] = [];
    this.#vouched = tell ? new Uint8Array(graph.count) : s.trusted.slice();
    for (const task of survey.open) this.#vouched[task] = 0;
    this.#counts.fresh += survey.total;
    for (const task of tell ? Array.from({ length: graph.count }, (_, i) => i) : Array.from(survey.doubted)) {
      if (wanted[task] === 0 || graph.isBarrier(task) || this.#vouched[task] === 1) continue;
      if (isService(graph, task)) {
        if (s.pending[task] === 0) this.stands(task);
        else if (survey.verdicts[task]!.kind === "stale") must.push([task, (survey.verdicts[task] as Verdict & { kind: "stale" }).reasons[0]]);
        continue;
      }
      this.#counts.fresh--;
      const verdict = survey.verdicts[task]!;
      if (skipped[task] === 1) this.end(task, "skipped", []);
      else if (s.pending[task] === 0 && tell) this.fresh(task, verdict);
      else if (s.pending[task] === 0) this.#count(task);
      else if (verdict.kind === "stale" && verdict.reasons[0].code === "needed-by") must.push([task, verdict.reasons[0]]);
    }
    return must;
  }

  #isVouched(task: number): boolean {
    return this.#vouched[task] === 1 && !this.#w.situation.parts.graph.isBarrier(task);
  }

  /** The task will end once more in this build. */
  uncount(task: number): void {
    this.#standing.delete(task);
    const counted = isService(this.#w.situation.parts.graph, task) ? undefined : (this.#good.get(task) ?? (this.#isVouched(task) ? "fresh" : undefined));
    if (task < this.#vouched.length) this.#vouched[task] = 0;
    if (counted !== undefined) this.#counts[counted]--;
    if (counted === "ran" || counted === "restored") this.#did.set(task, counted);
    this.#good.delete(task);
  }

  /** Whether it ran in this build before, and is to end once more. */
  hasRun(task: number): boolean {
    return this.#did.has(task);
  }

  /** Whether the failure is within the family's `minSuccess`. Failures are not counted unless the whole family is built. */
  tolerates(task: number): boolean {
    const { graph, wanted } = this.#w.situation.parts;
    const family = familyOf(graph, task);
    if (family < 0 || wanted[family] === 0) return false;
    const left = this.#allowances.get(family) ?? allowanceOf(graph, family);
    this.#allowances.set(family, left - 1);
    return left > 0;
  }

  end(task: number, outcome: Outcome, reasons: readonly Reason[], end: Ended = {}): void {
    const name = this.#w.situation.parts.graph.name(task);
    const result = end.result ?? null;
    const now = this.#w.system.now();
    if (outcome !== "tainted") {
      this.#counts[outcome]++;
      this.#w.situation.hanging?.ended(task, outcome);
    }
    if (outcome === "ran" || outcome === "restored") this.#good.set(task, outcome);
    const told: Event & { event: "task-ended" } = {
      event: "task-ended", task: name, outcome, reasons,
      start: result?.start ?? now, end: result?.end ?? now, exit: result?.exit ?? null, attempts: end.attempts ?? this.#attempts(task),
    };
    const log = result !== null && this.#hasLog(task, outcome);
    // Most have nothing more to report and are not copied.
    if (!log && end.problem === undefined && end.changed === undefined && end.allowed !== true) return this.#w.emit(told);
    this.#w.emit({
      ...told,
      ...(end.problem === undefined ? {} : { problem: end.problem }),
      ...(end.changed === undefined ? {} : { changed: end.changed }),
      ...(end.taken === true ? { taken: true as const } : {}),
      ...(end.allowed === true ? { allowed: true as const } : {}),
      ...(log ? { log: this.#w.logOf(name) } : {}),
    });
  }

  #count(task: number): void {
    const outcome = this.#did.get(task) ?? "fresh";
    this.#good.set(task, outcome);
    this.#counts[outcome]++;
  }

  fresh(task: number, verdict: Verdict): void {
    this.#count(task);
    const now = this.#w.system.now();
    this.#w.emit({ event: "task-ended", task: this.#w.situation.parts.graph.name(task), outcome: "fresh", reasons: [], start: now, end: now, exit: null, attempts: 0, ...(verdict.kind === "fresh" && verdict.virtual ? { virtual: true as const } : {}) });
  }

  /** A task that has nothing to do anyway is not reported as blocked. */
  block(task: number, failed: number): void {
    const s = this.#w.situation;
    if (s.pending[task] === 0) return;
    if (hasOpenList({ graph: s.parts.graph, pending: s.pending })) this.#withheld.add(task);
    else this.#tellBlocked(task, failed);
  }

  /** The build is over: reports what is still blocked. `blockedBy`: the failed task, -1 for others. */
  release(blockedBy: (task: number) => number): void {
    for (const task of this.#withheld) if (blockedBy(task) >= 0 && this.#w.situation.parts.wanted[task] === 1) this.#tellBlocked(task, blockedBy(task));
  }

  #tellBlocked(task: number, failed: number): void {
    const s = this.#w.situation;
    const name = s.parts.graph.name(task);
    this.#withheld.delete(task);
    this.blocked.push(name);
    this.#counts.blocked++;
    const verdict = s.verdicts[task];
    const now = this.#w.system.now();
    this.#w.emit({ event: "task-ended", task: name, outcome: "blocked", reasons: verdict === undefined || verdict.kind === "fresh" ? [] : verdict.reasons, start: now, end: now, exit: null, attempts: 0, blockedBy: s.parts.graph.name(failed) });
  }

  /** A task without output leaves no log. */
  #hasLog(task: number, outcome: Outcome): boolean {
    if (outcome !== "restored" && !this.#w.spoke.has(task)) return false;
    const name = this.#w.situation.parts.graph.name(task);
    return this.#w.situation.parts.world.disk.lstat(this.#w.logOf(name)).kind === "file";
  }
}

/** A task that must run although it is fresh, and why. */
type Must = readonly [task: number, reason: Reason];

/** A failed task lacks its outputs. */
const FAILED: ReadonlySet<string> = new Set(["failed-last-time", "output-missing"]);

/** The earlier failure of a task that has no other reason to run; null for others, and for those that may fail. */
export function failureBefore(s: Situation, task: number): TaskProblem | null {
  const verdict = s.verdicts[task];
  const declared = s.parts.graph.task(task);
  if (verdict?.kind !== "stale" || declared.allowFailure || verdict.reasons.some(({ code }) => !FAILED.has(code))) return null;
  const record = s.record(task);
  if (record?.status !== "failed" || record.error === null) return null;
  const problem = problemIn(record.error);
  // It is no longer edited, or no longer there.
  return problem.code === "output-drifted" || isRedeclared(s.parts.graph, task, record.error) ? null : problem;
}

/**
 * Of the tasks that must run because what they make is read and not on disk, those whose reader will run. A failed reader that is
 * not retried reads nothing; if another reader appears, or this one runs after all, that is noticed in its turn. In build order.
 */
export function withoutIdle(s: Situation, must: readonly Must[]): Must[] {
  const { graph } = s.parts;
  const idle = new Set<number>();
  for (const [task, { task: reader }] of must.toReversed()) {
    const at = reader === undefined || isService(graph, task) ? -1 : graph.indexOf(reader);
    if (at >= 0 && (idle.has(at) || failureBefore(s, at) !== null)) idle.add(task);
  }
  return must.filter(([task]) => !idle.has(task));
}
