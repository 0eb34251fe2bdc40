// What runs beside a task: its hooks before and after an attempt, and the function that decides whether it runs at all.
// Knows neither plans nor records.
import type { Action } from "../../model/action.ts";
import type { JobResult, OutputSink, RunningJob, StopSignal } from "../../model/ports.ts";
import type { TaskProblem } from "../../model/problem.ts";
import type { TaskName } from "../../model/task.ts";
import { hookJob, type Beside } from "./job.ts";
import type { Limit } from "./limit.ts";
import type { Prepared } from "./prepare.ts";
import type { Workshop } from "./workshop.ts";

/** What a signal is sent to. */
export interface Hands {
  running: RunningJob | null;
  asked: StopSignal | "SIGKILL" | null;
  /** The limit of what is running. */
  limit: Pick<Limit, "hold"> | null;
}

/** Registers a started job; its time counts from when the process that runs it exists. */
export function takeInHand(hands: Hands, running: RunningJob): void {
  hands.running = running;
  if (running.begun !== undefined) hands.limit?.hold(Promise.race([running.begun, running.done]));
  if (hands.asked !== null) running.signal(hands.asked);
}

export type HookName = "before" | "afterRun" | "when";

export interface HookCall {
  readonly index: number;
  readonly hook: HookName;
  readonly action: Action;
  readonly attempt: number;
  readonly beside: Beside;
}

export async function runHook(w: Workshop, p: Pick<Prepared, "task" | "inputs" | "changed">, call: HookCall, hands: Hands): Promise<JobResult> {
  const job = hookJob(w, p, call);
  const running = w.engine.start(job, outputSink(w, call.index, p.task.name));
  takeInHand(hands, running);
  const result = await running.done;
  hands.running = null;
  return result;
}

export function outputSink(w: Workshop, index: number, task: TaskName): OutputSink {
  let decoder: InstanceType<typeof TextDecoder> | null = null;
  return (bytes) => {
    w.spoke.add(index);
    const text = (decoder ??= new TextDecoder()).decode(bytes, { stream: true });
    if (text !== "") w.emit({ event: "task-output", task, text });
  };
}

/** Why a hook counts as failed; null if it does not. */
export function hookProblem(p: Pick<Prepared, "task">, hook: HookName, result: JobResult): TaskProblem | null {
  if (result.exit === 0 && result.problem === null) return null;
  return { code: "hook-failed", task: p.task.name, hook, exit: result.exit, signal: result.signal, cause: result.problem };
}

/** Evaluates `when`: true, false, or what is wrong with the answer. `null`: always. */
export async function askWhen(w: Workshop, index: number, hands: Hands): Promise<boolean | TaskProblem> {
  const s = w.situation;
  const task = s.parts.graph.task(index);
  if (typeof task.when === "boolean") return task.when;
  const inputs = s.gather(index).files.map((path) => [path, s.identity(path)] as const);
  const p = { task, inputs, changed: [] };
  const result = await runHook(w, p, { index, hook: "when", action: { kind: "function", fn: task.when }, attempt: 1, beside: {} }, hands);
  const problem = hookProblem(p, "when", result);
  if (problem !== null) return problem;
  if (result.value === "true" || result.value === "false") return result.value === "true";
  return { code: "bad-when", task: task.name, found: result.value ?? "nothing" };
}
