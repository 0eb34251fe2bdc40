// Runs functions of the config in reusable child runtimes, never on tg's own thread. Knows no commands.
import { dirname } from "node:path";
import type { Ask, Engine, Job, JobAction, JobResult, OutputSink, RunningJob } from "../model/ports.ts";
import { absoluteOf, type AbsolutePath, type FilePath } from "../model/path.ts";
import type { TaskProblem } from "../model/problem.ts";
import type { FunctionRef } from "../model/task.ts";
import type { Answer } from "./calls.ts";
import { endAll } from "./local.ts";
import { openFiles, openOutlet } from "./output.ts";
import type { Outlet } from "./output.ts";
import type { Pipes } from "./pipes.ts";
import { startRuntime } from "./runtime.ts";
import type { CallEnd, Runtime } from "./runtime.ts";
import { readStack } from "./stack.ts";
import { LARGEST_BYTES } from "./value.ts";

export interface WorkerOptions {
  /** Absolute path of the bundled child.ts. */
  readonly childModule: string;
  readonly graceMs?: number;
  /** Pipes for what functions print. */
  readonly pipes: Pipes;
}

const GRACE_MS = 3000;
/** A runtime unused for this long is ended, which frees its memory. */
const IDLE_MS = 30_000;

interface Pooled {
  readonly runtime: Runtime;
  /** Whether its stdout and stderr are separate. */
  readonly apart: boolean;
  /** Source and version of each module it has imported: a process imports a module once. */
  readonly seen: Map<string, FunctionRef>;
  /** When it became idle. */
  idleMs: number;
}

interface Pool {
  readonly options: Required<WorkerOptions>;
  readonly idle: Pooled[];
  /** Ends runtimes that stay idle. */
  timer: NodeJS.Timeout | null;
  readonly leaving: Set<Promise<void>>;
}

export function openWorkerEngine(options: WorkerOptions): Engine {
  const pool: Pool = { options: { graceMs: GRACE_MS, ...options }, idle: [], timer: null, leaving: new Set() };
  const running = new Set<RunningJob>();
  return {
    start: (job, sink, ask) => {
      const one = startFunction(pool, job, { sink, ask: ask ?? nobody });
      running.add(one);
      void one.done.then(() => running.delete(one));
      return one;
    },
    close: async () => {
      await endAll(running, pool.options.graceMs);
      if (pool.timer !== null) clearTimeout(pool.timer);
      for (const pooled of pool.idle.splice(0)) dismiss(pool, pooled);
      await Promise.all(pool.leaving);
    },
  };
}

type FunctionAction = Extract<JobAction, { readonly kind: "function" }>;

/** A function that runs outside a build has nobody to ask. */
const nobody: Ask = async () => ({ ok: false, message: "there is no build to ask here" });

interface Ears {
  readonly sink: OutputSink;
  readonly ask: Ask;
}

function startFunction(pool: Pool, job: Job, { sink, ask }: Ears): RunningJob {
  const start = Date.now();
  if (job.action.kind !== "function") throw new Error(`task ${job.task}: a command is no function`);
  const { action } = job;
  const { context, fn } = action;
  // Kept copies are named relative to the root.
  const module = absoluteOf(fn.module as FilePath, context.root as AbsolutePath);
  const files = openFiles({ task: job.task, stdin: null, stdout: job.stdout, stderr: job.stderr });
  if ("code" in files) return { done: Promise.resolve({ ...NOTHING, start, end: Date.now(), problem: files }), signal: () => {} };
  const outlet = openOutlet(job, files, sink);
  const pooled = takeRuntime(pool, job, action);
  let over = false;
  const done = pooled.runtime.run({ module, from: fn.from ?? context.root, path: fn.path, instance: fn.instance, context, cwd: job.cwd, env: job.env }, { take: outlet.take, ask }).then((end): JobResult => {
    over = true;
    outlet.close();
    if (action.isolated === true) dismiss(pool, pooled);
    else giveBack(pool, pooled);
    return toResult(pool, { job, action, module, start, end, outlet });
  });
  return {
    done,
    begun: pooled.runtime.begun(),
    signal: (name) => {
      if (!over) pooled.runtime.signal(name);
    },
  };
}

/** The same version of the same module. */
function isSame(one: FunctionRef, other: FunctionRef): boolean {
  return one === other || (one.module === other.module && one.code.length === other.code.length && one.code.every(({ digest }, at) => digest === other.code[at]!.digest));
}

function hasImportedAnother({ seen }: Pooled, fn: FunctionRef): boolean {
  const known = seen.get(fn.source);
  return known !== undefined && !isSame(known, fn);
}

/** The most recently used runtime that has not imported another version of the module, else a new one. With separate streams if the job has a file for one of them. */
function takeRuntime({ idle, options }: Pool, job: Job, { fn, context, isolated }: FunctionAction): Pooled {
  const apart = job.stdout !== job.stderr;
  let at = isolated === true ? -1 : idle.length - 1;
  while (at >= 0 && (idle[at]!.apart !== apart || hasImportedAnother(idle[at]!, fn))) at--;
  // It was fit when it became idle; it may have died since.
  const found = at < 0 ? undefined : idle.splice(at, 1)[0]!;
  const pooled = found?.runtime.fit() === true ? found : { runtime: startRuntime({ ...options, apart, cwd: context.root, env: job.env }), apart, seen: new Map<string, FunctionRef>(), idleMs: 0 };
  pooled.seen.set(fn.source, fn);
  return pooled;
}

function giveBack(pool: Pool, pooled: Pooled): void {
  if (!pooled.runtime.fit()) return dismiss(pool, pooled);
  pooled.idleMs = performance.now();
  pool.idle.push(pooled);
  if (pool.timer === null) sendHome(pool, IDLE_MS);
}

/** One timer for all: one per call would be most of the cost of returning a runtime. */
function sendHome(pool: Pool, inMs: number): void {
  pool.timer = setTimeout(() => {
    pool.timer = null;
    const before = performance.now() - IDLE_MS;
    // The most recently idle is taken first, so the longest idle ones are at the front.
    while (pool.idle.length > 0 && pool.idle[0]!.idleMs <= before) dismiss(pool, pool.idle.shift()!);
    if (pool.idle.length > 0) sendHome(pool, Math.max(1, pool.idle[0]!.idleMs - before));
  }, inMs);
  pool.timer.unref();
}

function dismiss({ leaving }: Pool, { runtime }: Pooled): void {
  const gone = runtime.retire();
  leaving.add(gone);
  void gone.then(() => leaving.delete(gone));
}

const NOTHING: Omit<JobResult, "start" | "end"> = { exit: null, signal: null, peakKb: 0, problem: null, value: null, left: [] };

interface Ending {
  readonly job: Job;
  readonly action: FunctionAction;
  /** Absolute path of the function's module. */
  readonly module: string;
  readonly start: number;
  readonly end: CallEnd;
  readonly outlet: Outlet;
}

/** Written out: V8 takes ten times as long to copy an object and add to it, and this runs for each call. */
function answeredResult({ start, end, fault: problem }: { readonly start: number; readonly end: Extract<CallEnd, { readonly kind: "answered" }>; readonly fault: JobResult["problem"] }): JobResult {
  const { answer, at, left } = end;
  const good = answer.kind === "returned" && problem === null;
  const result: JobResult = { exit: problem === null ? 0 : 1, signal: null, start, end: at, peakKb: answer.rssKb, problem, value: good ? answer.value : null, left };
  return answer.kind === "returned" && answer.ignored === true ? { ...result, ignored: true } : result;
}

function toResult(pool: Pool, ending: Ending): JobResult {
  const { job, action, start, end, outlet } = ending;
  const fault = outlet.fault();
  if (end.kind === "answered") return answeredResult({ start, end, fault: problemOf(pool, ending, end.answer) ?? fault });
  const base: JobResult = { ...NOTHING, start, end: end.at, left: end.left, problem: fault };
  switch (end.kind) {
    case "refused":
      return { ...base, problem: { code: "spawn-failed", task: job.task, errno: end.errno, command: action.fn.source } };
    case "died":
      // Otherwise exit 0 before the function returned would look like success.
      return { ...base, exit: end.exit, signal: end.signal, problem: end.exit === 0 ? endedEarly(job) : base.problem };
    default:
      return end satisfies never;
  }
}

function endedEarly(job: Job): TaskProblem {
  return { code: "threw", task: job.task, name: "ProcessExit", message: "process.exit(0) before the function returned", stack: [] };
}

function problemOf(pool: Pool, { job, action, module }: Ending, answer: Answer): TaskProblem | null {
  const { task } = job;
  switch (answer.kind) {
    case "returned":
      return null;
    case "threw": {
      const scope = { fn: { ...action.fn, module }, root: action.context.root, own: dirname(pool.options.childModule) };
      return { code: "threw", task, name: answer.name, message: answer.message, stack: readStack(answer.stack, scope), ...(answer.final === true ? { final: true } : {}) };
    }
    case "bad-value":
      return { code: "bad-value", task, message: answer.message };
    case "large-value":
      return { code: "value-too-large", task, bytes: answer.bytes, limit: LARGEST_BYTES };
    case "bad-cwd":
      return { code: "bad-cwd", task, cwd: job.cwd as FilePath, errno: answer.errno };
    default:
      return answer satisfies never;
  }
}
