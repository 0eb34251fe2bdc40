// Functions of the config in child runtimes that are used again and again, never on tg's own thread. Knows no commands.
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
  /** For what functions print. */
  readonly pipes: Pipes;
}

const GRACE_MS = 3000;
/** A runtime that nobody needed for so long gives its memory back. */
const IDLE_MS = 30_000;

interface Pooled {
  readonly runtime: Runtime;
  /** Are its stdout and stderr told apart? */
  readonly apart: boolean;
  /** Source of each module it has imported, and which version: a process imports a module once. */
  readonly seen: Map<string, FunctionRef>;
  /** When it was given back. */
  idleMs: number;
}

interface Pool {
  readonly options: Required<WorkerOptions>;
  readonly idle: Pooled[];
  /** For those that nobody needs. */
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

/** Where a function stands alone there is nobody to ask. */
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
  // Kept copies are named from the root.
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

/** Of one module, the same version. */
function isSame(one: FunctionRef, other: FunctionRef): boolean {
  return one === other || (one.module === other.module && one.code.length === other.code.length && one.code.every(({ digest }, at) => digest === other.code[at]!.digest));
}

function hasImportedAnother({ seen }: Pooled, fn: FunctionRef): boolean {
  const known = seen.get(fn.source);
  return known !== undefined && !isSame(known, fn);
}

/** The last one given back that has not imported another version of the module; a new one if there is none. One with its streams apart for a job that has a file for one of them. */
function takeRuntime({ idle, options }: Pool, job: Job, { fn, context, isolated }: FunctionAction): Pooled {
  const apart = job.stdout !== job.stderr;
  let at = isolated === true ? -1 : idle.length - 1;
  while (at >= 0 && (idle[at]!.apart !== apart || hasImportedAnother(idle[at]!, fn))) at--;
  // A fit one was put there; it may have died since.
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

/** One timer for all: one a call would be most of what giving back costs. */
function sendHome(pool: Pool, inMs: number): void {
  pool.timer = setTimeout(() => {
    pool.timer = null;
    const before = performance.now() - IDLE_MS;
    // Who was given back last is taken first: the others stand before it, longest idle first.
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

/** Written out: an object that is copied and added to costs V8 ten times as much, and this is done for each call. */
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
      // Exit 0 before the function returned would else look like success.
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
