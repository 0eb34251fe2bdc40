// A build's services as seen from outside its run: opened for it or lent by a watch, kept running for the person who asked for
// them, and ended. Knows no task's turn.
import type { Emit } from "../model/event.ts";
import type { TaskProblem } from "../model/problem.ts";
import type { TaskName } from "../model/task.ts";
import type { RunEnd } from "../schedule/run/run.ts";
import { Services } from "../schedule/services/services.ts";
import type { Doors } from "./doors.ts";
import type { Stage } from "./stage.ts";

/** Everything must end within five seconds of the first signal. Tasks may use three; teardown follows the services and may take half a second more (hooks.ts). */
const AFTER_SIGNAL_MS = 4000;
const LEAST_MS = 500;

export function openServices(doors: Doors, stateDir: () => string, how: { restarts: boolean; graceMs: number }): Services {
  return new Services({ ...how, house: () => doors.openServiceHouse(stateDir()), now: () => doors.system.now() });
}

export interface TendOptions {
  readonly doors: Doors;
  readonly stage: Stage;
  readonly graceMs: number;
  readonly emit: Emit;
  /** Saves everything the tasks made: what follows may take days. */
  save(end: RunEnd): Promise<void>;
}

/** The services of one build. */
export class Tended {
  readonly services: Services;
  readonly #o: TendOptions;
  /** They outlive the build. */
  readonly #lent: boolean;
  #signalledAt = -1;
  #wake: (() => void) | null = null;

  constructor(o: TendOptions) {
    this.#o = o;
    this.#lent = o.doors.services !== undefined;
    this.services = o.doors.services ?? openServices(o.doors, () => o.stage.project.stateDir, { restarts: false, graceMs: o.graceMs });
  }

  interrupt(): void {
    if (this.#signalledAt < 0) this.#signalledAt = performance.now();
    this.#wake?.();
  }

  /** Call when the last task has ended. Resolves when no service is running, except those that a watch keeps. */
  async finish(end: RunEnd): Promise<RunEnd> {
    if (this.#lent) return end;
    const off = this.services.listen({ emit: this.#o.emit });
    const kept = end.bad ? [] : this.#kept();
    const last = kept.length === 0 || this.#signalledAt >= 0 ? end : await this.#hold(end, kept);
    const { graceMs } = this.#o;
    await this.services.stop(this.#signalledAt < 0 ? graceMs : Math.min(graceMs, Math.max(LEAST_MS, this.#signalledAt + AFTER_SIGNAL_MS - performance.now())));
    await this.services.close();
    off();
    return last;
  }

  #kept(): TaskName[] {
    const { graph, kept } = this.#o.stage.situation.parts;
    return this.services.up().filter((name) => kept?.[graph.indexOf(name)] === 1);
  }

  /** Until the person stops them, or one of them ends. */
  async #hold(end: RunEnd, kept: readonly TaskName[]): Promise<RunEnd> {
    const { doors, emit, save } = this.#o;
    let failed: { service: TaskName; problem: TaskProblem } | null = null;
    const off = this.services.listen({
      emit,
      lost: (service, problem) => {
        if (problem !== null) failed ??= { service, problem };
        this.#wake?.();
      },
    });
    await save(end);
    emit({ event: "services-up", tasks: kept, time: doors.system.now() });
    while (this.#signalledAt < 0 && failed === null) await new Promise<void>((resolve) => (this.#wake = resolve));
    off();
    return failed === null ? end : this.#lost(end, failed);
  }

  #lost(end: RunEnd, { service, problem }: { service: TaskName; problem: TaskProblem }): RunEnd {
    const now = this.#o.doors.system.now();
    this.#o.emit({ event: "task-ended", task: service, outcome: "failed", reasons: [], start: now, end: now, exit: null, attempts: 1, problem });
    return { ...end, bad: true, failed: [...end.failed, service], counts: { ...end.counts, failed: end.counts.failed + 1 } };
  }
}
