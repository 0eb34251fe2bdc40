// The jobs of one attempt in sequence: the hook before, the task itself (each member of a chain), the hook after. Knows neither
// records nor other attempts.
import type { Job, JobResult } from "../../model/ports.ts";
import type { TaskProblem } from "../../model/problem.ts";
import { hookProblem, runHook, type Hands } from "./hooks.ts";
import { jobsOf } from "./job.ts";
import type { Limit } from "./limit.ts";
import type { Prepared } from "./prepare.ts";
import type { Workshop } from "./workshop.ts";

export interface Attempt {
  readonly index: number;
  readonly attempt: number;
  readonly limit: Limit;
  readonly hands: Hands;
  start(job: Job): Promise<JobResult>;
  /** Whether the build is being stopped. */
  stopped(): boolean;
}

export interface Performed {
  readonly result: JobResult;
  /** A hook failed; a failure of the task itself takes precedence. */
  readonly hookFault: TaskProblem | null;
  /** The limit was reached before everything had begun; what did begin may have ended in time. */
  readonly cutShort: boolean;
}

export function performAttempt(w: Workshop, p: Prepared, a: Attempt): Promise<Performed> {
  const { task } = p;
  if (task.before !== null || task.afterRun !== null || task.action!.kind === "chain") return performAll(w, p, a);
  // Nearly all are a single job, and each extra await costs some microseconds.
  return a.start(jobsOf(w, a.index, p, a.attempt)[0]!).then((result) => ({ result, hookFault: null, cutShort: false }));
}

async function performAll(w: Workshop, p: Prepared, a: Attempt): Promise<Performed> {
  const { task } = p;
  const call = { index: a.index, attempt: a.attempt };
  if (task.before !== null) {
    const first = await runHook(w, p, { ...call, hook: "before", action: task.before, beside: {} }, a.hands);
    const fault = hookProblem(p, "before", first);
    if (fault !== null || a.limit.passedAt() !== null) return { result: first, hookFault: fault, cutShort: fault === null };
  }
  const { result, cutShort } = await runMembers(w, p, a);
  if (task.afterRun === null || a.stopped()) return { result, hookFault: null, cutShort };
  const passedAt = a.limit.passedAt();
  const timedOut = isLate({ result, passedAt, cutShort });
  const good = result.exit === 0 && result.problem === null && !timedOut;
  const beside = { outcome: timedOut ? "timed-out" : good ? "ok" : "failed", exit: result.exit, value: result.value } as const;
  if (passedAt !== null) {
    // What ended the task must not end the hook that cleans up after it.
    a.limit.stop();
    a.hands.asked = null;
  }
  const last = await runHook(w, p, { ...call, hook: "afterRun", action: task.afterRun, beside }, a.hands);
  const whole = { ...result, end: passedAt !== null ? result.end : last.end, value: good && last.value !== null ? last.value : result.value };
  return { result: whole, hookFault: good ? hookProblem(p, "afterRun", last) : null, cutShort };
}

/** Whether it was ended by its limit, or stopped before everything had begun. Not if it had ended before, even if its pipes were held open. */
export function isLate({ result, passedAt, cutShort }: Omit<Performed, "hookFault"> & { readonly passedAt: number | null }): boolean {
  if (passedAt === null) return false;
  return cutShort || result.end > passedAt || (result.end === passedAt && result.signal !== null);
}

async function runMembers(w: Workshop, p: Prepared, a: Attempt): Promise<Omit<Performed, "hookFault">> {
  let total: JobResult | null = null;
  const jobs = jobsOf(w, a.index, p, a.attempt);
  for (const [at, job] of jobs.entries()) {
    const one = await a.start(job);
    total = total === null ? one : { ...one, start: total.start, peakKb: Math.max(total.peakKb, one.peakKb), left: [...total.left, ...one.left] };
    if (one.exit !== 0 || one.problem !== null) break;
    if (a.limit.passedAt() !== null) return { result: total, cutShort: at + 1 < jobs.length };
  }
  return { result: total!, cutShort: false };
}
