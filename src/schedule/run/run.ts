// The build loop: assigns ready tasks to free slots. Judges each open task again when its turn comes, with everything before
// it done. Owns the order of events during one build; decides no staleness and starts no process itself.
import type { Counts } from "../../model/event.ts";
import type { FilePath } from "../../model/path.ts";
import { DiskError, type StopSignal } from "../../model/ports.ts";
import type { TaskProblem } from "../../model/problem.ts";
import type { Reason, Verdict } from "../../model/state.ts";
import type { TaskName } from "../../model/task.ts";
import { lateUsers, type LateUsers } from "../../graph/graph.ts";
import { makesList } from "../survey/awaited.ts";
import { Claims } from "../files/claims.ts";
import type { Demands } from "../plan/demand.ts";
import { Endings, withoutIdle, type Ended } from "./endings.ts";
import { Asking } from "./asking.ts";
import { Growths, tellMissing, type GrowingRun, type MadeLists } from "./growing.ts";
import { Pace } from "./pace.ts";
import { gaveUp, isOpen, type Plan } from "../plan/plan.ts";
import { climb } from "./ladder.ts";
import { Rereaders } from "./nondeterminism.ts";
import { Remakes, reasonsToRun } from "../plan/remakes.ts";
import type { Services } from "../services/services.ts";
import { Temps } from "./temps.ts";
import { startStep, type Step, type StepEnd } from "../step/step.ts";
import { Tending } from "./tending.ts";
import { Tries } from "./tries.ts";
import { verdictInTurn, type Survey } from "../survey/survey.ts";
import { askedBefore, virtualMakers } from "../survey/virtual.ts";
import { Vain } from "./vain.ts";
import { Waits } from "./waits.ts";
import type { Workshop } from "../step/workshop.ts";

const NOT_RUN: StepEnd = { kind: "interrupted", result: null };

export interface RunOptions extends MadeLists {
  /** Start no second task while the load average is above this; null: no limit. */
  readonly load: number | null;
  /** Time between the steps of the kill ladder, in ms. */
  readonly graceMs: number;
  /** Emit an event for each task that was fresh before anything ran. Default: true. */
  readonly tellFresh?: boolean;
  /** Do not retry what failed and has not changed since (tg watch). */
  readonly leaveFailed?: boolean;
  /** Keep intermediates of `temp` tasks. */
  readonly keepTemp: boolean;
  /** The services that are up, and the means to start others. They outlive the run. */
  readonly services: Services;
  /** What tasks take of pools, resources and rates, once the graph has grown. */
  demands(wanted: Uint8Array): Demands;
}

export interface RunEnd {
  readonly counts: Counts;
  readonly failed: readonly TaskName[];
  readonly blocked: readonly TaskName[];
  /** Tasks that ended fresh or ran, to be settled. */
  readonly good: readonly number[];
  /** A task failed that was not allowed to. */
  readonly bad: boolean;
  /** Why the build was aborted: the state, or a log, cannot be written. */
  readonly broken?: DiskError;
}

export class Run {
  readonly #w: Workshop;
  readonly #plan: Plan;
  readonly #options: RunOptions;
  readonly #running: Map<number, Step> = new Map();
  readonly #tries: Tries;
  readonly #pace: Pace;
  /** Producers of virtual intermediates that are needed on disk now. */
  readonly #mustRun: Map<number, Reason> = new Map();
  readonly #claims: Claims;
  #users: LateUsers;
  readonly #growths: Growths;
  readonly #endings: Endings;
  readonly #growth: GrowingRun;
  readonly #asking: Asking;
  readonly #waits: Waits;
  readonly #vain: Vain;
  readonly #remakes: Remakes;
  readonly #rereaders: Rereaders;
  readonly #temps: Temps | null;
  readonly #tending: Tending;
  #signal: StopSignal | null = null;
  #killed = false;
  #broken: DiskError | null = null;

  constructor(w: Workshop, plan: Plan, options: RunOptions) {
    this.#w = w;
    this.#plan = plan;
    this.#options = options;
    this.#tries = new Tries(w, plan, () => this.#pace.stir());
    this.#claims = new Claims(w.situation);
    this.#pace = new Pace({ system: w.system, slots: w.engine.slots, load: options.load, running: () => this.#running.size, away: () => this.#waits.away() });
    this.#endings = new Endings(w, (task) => this.#tries.countOf(task));
    this.#users = lateUsers(w.situation.parts.graph);
    this.#growth = { w, plan, endings: this.#endings, foregone: [], demands: (wanted) => options.demands(wanted), isRunning: (task) => this.#running.has(task), waitsFor: (task) => this.#waits.of(task) };
    this.#growths = new Growths({ ...this.#growth, expand: options.expand, isKnown: options.isKnown, grown: (graph) => (this.#users = lateUsers(graph)) });
    this.#remakes = new Remakes(plan, { users: () => this.#users.all(), askers: (task) => this.#asking.askers(task), isReading: (task) => this.#running.has(task) && !this.#waits.has(task) });
    this.#waits = new Waits({ plan, upstream: (task) => w.situation.openUpstream(task), began: () => (this.#remakes.bringBack(), this.#pace.stir()) });
    this.#vain = new Vain({ ...this.#growth, waits: this.#waits });
    this.#asking = new Asking({ ...this.#growth, remakes: this.#remakes, waits: this.#waits, show: (source) => this.#growths.show(source), make: (task, neededBy) => this.#make(task, neededBy) });
    this.#rereaders = new Rereaders({ w, plan, endings: this.#endings, users: () => this.#users.all(), askers: (task) => this.#asking.askers(task) });
    this.#temps = options.keepTemp ? null : new Temps({ situation: w.situation, emit: w.emit, asideDir: w.asideDir, isGood: (task) => this.#endings.isGood(task), askers: (task) => this.#asking.askers(task), asked: () => this.#asking.asked() });
    this.#tending = new Tending({
      w, plan, endings: this.#endings, services: options.services, graceMs: options.graceMs, leaveFailed: options.leaveFailed === true, running: this.#running, wake: () => this.#pace.stir(),
      fail: (task, problem, how, end) => this.#fail(task, problem, how, end), cancel: (task) => this.#interrupted(task, NOT_RUN, []),
    });
  }

  /** First call: starts nothing more, forwards the signal, then climbs the kill ladder. Second call: kills at once. */
  interrupt(signal: StopSignal): void {
    if (this.#signal !== null) {
      this.#killed = true;
      for (const step of this.#running.values()) step.signal("SIGKILL");
      this.#options.services.kill();
      return;
    }
    this.#signal = signal;
    this.#plan.stop();
    this.#options.services.giveUp();
    const pass = (rung: typeof signal | "SIGKILL"): void => {
      for (const step of this.#running.values()) step.signal(rung);
    };
    pass(signal);
    for (const task of this.#tries.giveUp()) {
      // A task put back to waiting meanwhile is cancelled with the others.
      if (this.#plan.placeOf(task) !== "waiting") this.#interrupted(task, NOT_RUN, []);
    }
    void climb(signal, this.#options.graceMs, pass);
    this.#pace.stir();
  }

  async run(survey: Survey): Promise<RunEnd> {
    const must = this.#endings.begin(survey, this.#options.tellFresh !== false);
    for (const [task, reason] of this.#options.leaveFailed === true ? withoutIdle(this.#w.situation, must) : must) this.#mustRun.set(task, reason);
    for (;;) {
      const before = this.#pace.happened;
      await this.#fillSlots();
      if (this.#waits.settle()) continue;
      if (this.#running.size + this.#tending.starting() === 0 && (this.#plan.isOver() || this.#broken !== null)) break;
      if (this.#pace.happened !== before) continue;
      if (this.#running.size + this.#tending.starting() === 0 && this.#tries.paused() === 0 && this.#plan.opensAt() === Infinity) throw new Error("the plan is stuck: nothing runs and nothing may start");
      await this.#pace.rest();
    }
    this.#pace.end();
    this.#endings.release((task) => this.#plan.blockedBy(task));
    tellMissing(this.#w, this.#endings);
    if (this.#signal === null) this.#temps?.rest();
    this.#tending.end();
    return this.#finish();
  }

  /** Starts what may start. Yields to the event loop now and then, so that signals and output are handled. */
  async #fillSlots(): Promise<void> {
    let turns = 0;
    for (let task = this.#plan.next(this.#w.system.monotonicMs()); task >= 0; task = this.#plan.next(this.#w.system.monotonicMs())) {
      if (!this.#pace.mayStart()) {
        this.#plan.requeue(task);
        return this.#pace.settle();
      }
      this.#decide(task);
      if (++turns % 64 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#pace.settle();
    if (this.#plan.opensAt() < Infinity) this.#pace.lookAt(this.#plan.opensAt());
  }

  /** Decides about a task whose turn has come: fresh after all, waiting for an intermediate, or started. */
  #decide(task: number): void {
    const s = this.#w.situation;
    if (this.#waits.goesOn(task) || this.#remakes.givesUp(task)) return;
    const again = this.#tries.reasonsOf(task);
    const must = this.#mustRun.get(task);
    if (again === null && s.pending[task] === 0 && must === undefined) return void this.#plan.finish(task, "done");
    const late = s.openUpstream(task).filter((maker) => isOpen(this.#plan, maker));
    // A failed decider holds it up as well: what the task is to read is unknown.
    for (const maker of s.decidersOf(task)) if (!late.includes(maker) && this.#holdsUp(maker)) late.push(maker);
    if (late.length > 0) return this.#hold(task, late);
    if (this.#tending.isService(task)) return this.#decideService(task, must);
    // The previous attempt may have removed what it read.
    if (again !== null) for (const path of s.gather(task).files) s.parts.world.forget(path);
    const reasons = again ?? this.#reasonsFor(task, must);
    if (reasons === null) return;
    const makers = [...virtualMakers(s, task), ...askedBefore(s, task, reasons)].filter((maker) => !gaveUp(this.#plan, maker));
    if (makers.length === 0) return this.#start(task, reasons);
    if (this.#remakes.putOff(task, makers)) return this.#tries.putBack(task);
    this.#makeFirst(task, makers);
  }

  /** Whether who reads what the task's list decides about must wait for it, or has waited in vain. */
  #holdsUp(decider: number): boolean {
    const place = this.#plan.placeOf(decider);
    return place === "failed" ? !gaveUp(this.#plan, decider) : this.#w.situation.pending[decider] === 1 && !["out", "done", "cancelled", "skipped"].includes(place);
  }

  /** Why it runs; null if it does not, and that is settled. */
  #reasonsFor(task: number, must: Reason | undefined): readonly Reason[] | null {
    const s = this.#w.situation;
    const verdict = verdictInTurn(s, task);
    if (verdict.kind === "fresh" && must === undefined) {
      this.#tellFresh(task, verdict);
      this.#done(task);
      return null;
    }
    const before = must === undefined && this.#options.leaveFailed === true ? this.#vain.failureOf(task) : null;
    if (before === "later") return null;
    if (before === null) return reasonsToRun(verdict, must, this.#endings.hasRun(task));
    this.#fail(task, before, { reasons: [{ code: "failed-last-time" }], before: true }, NOT_RUN);
    return null;
  }

  #tellFresh(task: number, verdict: Verdict): void {
    this.#w.situation.pending[task] = 0;
    this.#endings.fresh(task, verdict);
  }

  #done(task: number): void {
    this.#plan.finish(task, "done", (below) => this.#passes(below));
    this.#temps?.ended(task);
  }

  /** The common case below a task that produced the same as before: nothing upstream is open, and the judge is not asked. */
  #passes(task: number): boolean {
    const s = this.#w.situation;
    if (this.#tries.reasonsOf(task) !== null || this.#mustRun.has(task) || s.hanging?.holdsAlone(task) !== true) return false;
    this.#tellFresh(task, s.verdicts[task]!);
    this.#temps?.ended(task);
    return true;
  }

  #decideService(task: number, must: Reason | undefined): void {
    const turn = this.#tending.turn(task, must);
    if (turn === "failed") return;
    this.#mustRun.delete(task);
    if (turn === "done") return void this.#plan.finish(task, "done");
    const makers = [...virtualMakers(this.#w.situation, task), ...this.#tending.missing(task)].filter((maker) => !gaveUp(this.#plan, maker));
    if (makers.length === 0) return this.#tending.start(task, turn.reasons);
    this.#mustRun.set(task, turn.reasons[0]!);
    this.#makeFirst(task, makers);
  }

  #makeFirst(task: number, makers: readonly number[]): void {
    for (const maker of makers) this.#make(maker, task);
    this.#hold(task, makers);
  }

  /** What a task made is not on disk, and another task reads it. */
  #make(maker: number, neededBy: number): void {
    const s = this.#w.situation;
    if (!this.#plan.want(maker)) return;
    this.#mustRun.set(maker, { code: "needed-by", task: s.parts.graph.name(neededBy) });
    s.pending[maker] = 1;
    this.#endings.uncount(maker);
  }

  #hold(task: number, until: readonly number[]): void {
    this.#tries.putBack(task);
    for (const below of this.#plan.hold(task, until)) this.#endings.block(below, this.#plan.blockedBy(below));
  }

  #start(task: number, reasons: readonly Reason[]): void {
    const missing = this.#tending.missing(task);
    if (missing.length > 0) return this.#makeFirst(task, missing);
    const turn = this.#tries.begin(task);
    this.#plan.launched(task, this.#w.system.monotonicMs());
    this.#rereaders.began(task, reasons);
    const step = startStep(this.#w, {
      attempt: turn.attempt, tainted: turn.tainted, mayRetry: turn.mayRetry, changed: turn.changed, leftMs: turn.leftMs, index: task, reasons, graceMs: this.#options.graceMs,
      stopped: () => this.#signal !== null,
      claimed: (path: FilePath) => this.#claims.of(path),
      ask: (question, note) => this.#asking.ask(task, question, note),
    });
    this.#running.set(task, step);
    void step.done.then(async (end) => {
      const last = end.kind === "ran" && makesList(this.#w.situation.parts.graph, this.#users, task) ? await this.#growths.after(task, end) : this.#tending.blame(task, end);
      this.#running.delete(task);
      this.#waits.forget(task);
      this.#pace.ease();
      this.#ended(task, last, { tainted: turn.tainted, reasons });
      this.#remakes.bringBack();
      this.#pace.stir();
    }).catch((error: unknown) => this.#breakOff(task, error));
  }

  #ended(task: number, end: StepEnd, how: { tainted: boolean; reasons: readonly Reason[] }): void {
    const s = this.#w.situation;
    s.stirred();
    switch (end.kind) {
      case "ran":
        s.pending[task] = 0;
        s.keys[task] = s.record(task)!.key;
        this.#mustRun.delete(task);
        for (const [member] of s.record(task)!.members) this.#claims.add(member, s.parts.graph.name(task));
        this.#endings.end(task, end.restored ? "restored" : "ran", how.reasons, end);
        this.#rereaders.ran(task, end.nondeterministic);
        return this.#done(task);
      case "tainted":
        if ((!how.tainted || end.renewed === true) && this.#signal === null) {
          if (end.renewed !== true) this.#tries.taint(task);
          this.#endings.end(task, "tainted", how.reasons, { result: end.result, changed: end.path, ...(end.taken === true ? { taken: true } : {}) });
          return this.#plan.requeue(task);
        }
        return this.#fail(task, { code: "input-kept-changing", task: s.parts.graph.name(task), path: end.path, ...(how.tainted ? {} : { once: true }), ...(end.taken === true ? { taken: true } : {}) }, how, end);
      case "interrupted":
        return this.#interrupted(task, end, how.reasons);
      case "retry":
        return this.#tries.again(task, end, how.reasons);
      case "skipped":
        s.pending[task] = 0;
        s.parts.skipped[task] = 1;
        this.#endings.end(task, "skipped", how.reasons, end);
        return void this.#plan.finish(task, "skipped");
      case "failed":
        return this.#fail(task, end.problem, how, end);
      default:
        end satisfies never;
    }
  }

  #interrupted(task: number, end: StepEnd, reasons: readonly Reason[]): void {
    this.#endings.end(task, "cancelled", reasons, end);
    for (const below of this.#plan.finish(task, "failed")) if (this.#w.situation.pending[below] === 1) this.#endings.end(below, "cancelled", []);
  }

  #fail(task: number, problem: TaskProblem, how: { reasons: readonly Reason[]; before?: true }, end: Ended): void {
    const allowed = this.#endings.fail(task, problem, { reasons: how.reasons, end });
    const blocked = this.#plan.finish(task, allowed ? "failed-allowed" : how.before === true ? "failed-before" : "failed");
    for (const below of blocked) this.#endings.block(below, task);
  }

  /** The result of a step cannot be recorded: ends whatever runs and starts nothing more. Errors of other kinds are bugs. */
  #breakOff(task: number, error: unknown): void {
    if (!(error instanceof DiskError)) throw error;
    this.#broken ??= error;
    this.#running.delete(task);
    this.#waits.forget(task);
    if (this.#signal === null) this.interrupt("SIGTERM");
    this.#pace.stir();
  }

  #finish(): RunEnd {
    const { pending, parts: { graph, wanted } } = this.#w.situation;
    for (let task = pending.indexOf(1); task >= 0; task = pending.indexOf(1, task + 1)) {
      if (wanted[task] === 1 && !graph.isBarrier(task) && !this.#tending.isService(task) && this.#plan.placeOf(task) === "cancelled") this.#endings.end(task, "cancelled", []);
    }
    return { counts: this.#endings.counts(), failed: this.#endings.failed, blocked: this.#endings.blocked, good: this.#endings.good(), bad: this.#endings.bad || this.#killed || this.#broken !== null, ...(this.#broken === null ? {} : { broken: this.#broken }) };
  }
}
