// The services of one build: which ones a task needs while it runs, when to start them, and what their exit means for running
// tasks. The services themselves, which may outlive the build, are in services.ts.
import { servicesOf, serviceNeeds } from "../../graph/services.ts";
import { DiskError } from "../../model/ports.ts";
import type { ServiceJob } from "../../model/ports-service.ts";
import type { TaskProblem } from "../../model/problem.ts";
import type { Reason, TaskRecord } from "../../model/state.ts";
import type { TaskName } from "../../model/task.ts";
import { judgeService, keyOfService } from "../survey/demanded.ts";
import type { Ended, Endings } from "./endings.ts";
import { commandText, hookJob, jobsOf } from "../step/job.ts";
import { takenNow } from "../survey/lost.ts";
import type { Plan } from "../plan/plan.ts";
import { ownHashes, prepare, watchedRows, type Prepared } from "../step/prepare.ts";
import type { Services } from "../services/services.ts";
import type { Step, StepEnd } from "../step/step.ts";
import type { Workshop } from "../step/workshop.ts";

export interface TendedRun {
  readonly w: Workshop;
  readonly plan: Plan;
  readonly endings: Endings;
  readonly services: Services;
  readonly graceMs: number;
  readonly leaveFailed: boolean;
  /** Steps that run, by task. */
  readonly running: ReadonlyMap<number, Step>;
  /** A service failed: reports that, and blocks the tasks below it. */
  fail(task: number, problem: TaskProblem, how: { reasons: readonly Reason[]; before?: true }, end: Ended): void;
  /** It was stopped before it was ready. */
  cancel(task: number): void;
  wake(): void;
}

/** The outcome for a service whose turn has come. */
export type ServiceTurn = "done" | "failed" | { readonly reasons: readonly Reason[] };

export class Tending {
  readonly #run: TendedRun;
  #needs: ReadonlyMap<number, readonly number[]> | null = null;
  #graph: unknown = null;
  readonly #starting: Set<number> = new Set();
  /** Running tasks that have lost a service they need. */
  readonly #bereft: Map<number, TaskName> = new Map();
  /** When the services that this build started became ready. */
  readonly #since: Map<number, number> = new Map();
  readonly #off: () => void;

  constructor(run: TendedRun) {
    this.#run = run;
    this.#off = run.services.listen({ emit: run.w.emit, lost: (service, problem) => this.#lost(service, problem) });
  }

  /** This build receives no more events of services. */
  end(): void {
    this.#off();
  }

  /** Number of services being started. */
  starting(): number {
    return this.#starting.size;
  }

  isService(task: number): boolean {
    return servicesOf(this.#run.w.situation.parts.graph)?.[task] === 1;
  }

  /** Services that must be up before the task starts, and are not. */
  missing(task: number): number[] {
    const s = this.#run.w.situation;
    const needs = this.#needsNow()?.get(task);
    if (needs === undefined) return [];
    return needs.filter((service) => {
      const key = keyOfService(s, service);
      return s.parts.skipped[service] === 0 && (key === null || !this.#run.services.isUp(s.parts.graph.name(service), key));
    });
  }

  #needsNow(): ReadonlyMap<number, readonly number[]> | null {
    const { graph } = this.#run.w.situation.parts;
    const services = servicesOf(graph);
    if (services === null) return null;
    if (this.#graph !== graph) this.#needs = serviceNeeds(graph, services);
    this.#graph = graph;
    return this.#needs;
  }

  /** `must`: a running task, or the user, needs it. */
  turn(task: number, must: Reason | undefined): ServiceTurn {
    const { w, services, leaveFailed } = this.#run;
    const s = w.situation;
    const name = s.parts.graph.name(task);
    const own = judgeService(s, task, s.gather(task)).filter(({ code }) => code !== "never-ran");
    s.trusted[task] = 0;
    const key = s.keys[task] ?? null;
    const now = services.keyOf(name);
    s.pending[task] = 0;
    if (key === null) throw new Error(`service ${name}: its turn came before that of what it needs`);
    const other = now !== null && now !== key;
    const spec = s.parts.graph.task(task).service!;
    const failed = now === null ? services.failedKey(name, spec) : null;
    const wanted = must !== undefined || other || (now === null && s.parts.kept?.[task] === 1) || (failed !== null && failed !== key);
    if (!wanted || services.isUp(name, key)) {
      this.#run.endings.stands(task);
      return "done";
    }
    const before = leaveFailed ? services.failedAs(name, key, spec) : null;
    if (before === null) return { reasons: must !== undefined && (must.code === "needed-by" || own.length === 0) ? [must, ...own] : own.length > 0 ? own : [{ code: "always" }] };
    this.#run.fail(task, before, { reasons: [{ code: "failed-last-time" }], before: true }, {});
    return "failed";
  }

  /** Its place in the plan is released at once: a service does not count as a running job. */
  start(task: number, reasons: readonly Reason[]): void {
    const { w, plan, services } = this.#run;
    plan.leave(task);
    this.#starting.add(task);
    const start = w.system.now();
    const p = tryPrepare(w, task);
    const started = "code" in p ? Promise.resolve(p) : services.start(jobOf(w, task, p), reasons);
    void started.then((end) => {
      this.#starting.delete(task);
      if (end === null) this.#ready(task, p as Prepared, reasons);
      else if (end === "stopped") this.#run.cancel(task);
      else {
        w.spoke.add(task);
        this.#run.fail(task, end, { reasons }, this.#ended(start));
      }
      this.#run.wake();
    });
  }

  #ready(task: number, p: Prepared, reasons: readonly Reason[]): void {
    const { w, plan } = this.#run;
    const s = w.situation;
    s.pending[task] = 0;
    s.keys[task] = p.key;
    const { record } = p.case;
    // An unchanged record need not be written.
    if (record?.status !== "ok" || record.key !== p.key) {
      w.recorder.put(p.task.name, recordOf(w, task, p, reasons), new Set(s.parts.world.touched));
      s.parts.world.touched.clear();
    }
    this.#since.set(task, w.system.now());
    this.#run.endings.stands(task);
    plan.finish(task, "done");
  }

  /** A service that was ready exited by itself. Stops the tasks that use it and, with `problem`, blocks those that would. */
  #lost(service: TaskName, problem: TaskProblem | null): void {
    const { w, plan, endings, running, graceMs } = this.#run;
    const task = w.situation.parts.graph.indexOf(service);
    if (task < 0) return;
    for (const [user, step] of running) {
      if (this.#needsNow()?.get(user)?.includes(task) !== true || this.#bereft.has(user)) continue;
      this.#bereft.set(user, service);
      step.signal("SIGTERM");
      setTimeout(() => running.get(user) === step && step.signal("SIGKILL"), graceMs).unref();
    }
    if (problem === null) return;
    w.spoke.add(task);
    endings.fail(task, problem, { reasons: [], end: this.#ended(this.#since.get(task) ?? w.system.now()) });
    for (const below of plan.lose(task)) endings.block(below, task);
    this.#run.wake();
  }

  #ended(start: number): Ended {
    return { attempts: 1, result: { start, end: this.#run.w.system.now(), exit: null } };
  }

  /** A task that was stopped because a service exited failed for that reason, whatever its command made of it. */
  blame(task: number, end: StepEnd): StepEnd {
    const service = this.#bereft.get(task);
    this.#bereft.delete(task);
    if (service === undefined || (end.kind !== "failed" && end.kind !== "retry")) return end;
    const { w } = this.#run;
    const { name } = w.situation.parts.graph.task(task);
    const problem: TaskProblem = { code: "service-lost", task: name, service };
    const record = w.situation.record(task);
    if (record !== null) w.recorder.put(name, { ...record, error: JSON.stringify(problem) }, new Set());
    return { ...end, problem };
  }
}

function tryPrepare(w: Workshop, task: number): Prepared | TaskProblem {
  const { graph, world } = w.situation.parts;
  const { name } = graph.task(task);
  try {
    const p = prepare(w, task);
    world.disk.remove(w.logOf(name));
    return p;
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    return { code: "cannot-write", task: name, path: error.path, errno: error.errno };
  }
}

function jobOf(w: Workshop, index: number, p: Prepared): ServiceJob {
  const spec = p.task.service!;
  // A jobserver is for jobs that end: a service would keep its tokens.
  const apart: Workshop = { ...w, engine: { start: (job, sink) => w.engine.start(job, sink), close: () => Promise.resolve() } };
  const job = jobsOf(apart, index, p, 1)[0]!;
  const probe = spec.ready?.kind !== "command" ? null : hookJob(apart, p, { index, action: { kind: "shell", text: spec.ready.text }, attempt: 1, beside: {} });
  return { task: p.task.name, key: p.key, spec, job, probe: probe === null ? null : { ...probe, log: "/dev/null" }, command: commandText(p.task.action!), mayBorrow: w.situation.parts.kept?.[index] !== 1 };
}

/** Records what it was started from, so that the next build need not look closer. */
function recordOf(w: Workshop, task: number, p: Prepared, reasons: readonly Reason[]): TaskRecord {
  const now = w.system.now();
  return {
    status: "ok", key: p.key, parts: p.case.parts, inputs: p.inputs,
    folders: watchedRows(w.situation, task, { gathered: w.situation.gather(task), members: [] }),
    custom: ownHashes(p.case, p.inputs),
    discovered: [],
    ...takenNow(p.case.consumed),
    outputs: [], members: [], value: null,
    start: now, end: now, exit: null, signal: null, attempts: 1, peakKb: 0, goodMs: 0, reasons, error: null,
  };
}
