// Commands as processes of this machine: argv or shell text, each in a process group of its own. Knows no functions.
import { spawn } from "node:child_process";
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { rmSync } from "node:fs";
import type { Engine, Job, JobResult, OutputSink, RunningJob } from "../model/ports.ts";
import type { TaskProblem } from "../model/problem.ts";
import { launchOf, refusal } from "./command.ts";
import type { Launch } from "./command.ts";
import { measurePeak, openGroup } from "./group.ts";
import type { Group, PeakMeter } from "./group.ts";
import { openFiles, openLog } from "./output.ts";
import type { Files, Log } from "./output.ts";

export interface LocalOptions {
  /** What a signalled job gets before what is left of it is killed, and `close` before it kills. */
  readonly graceMs?: number;
}

const GRACE_MS = 3000;
/** Somebody who inherited a pipe may keep it open for ever: after the exit, wait no longer than this for its end. */
const DRAIN_MS = 2000;

export function openLocalEngine(options: LocalOptions = {}): Engine {
  const graceMs = options.graceMs ?? GRACE_MS;
  const running = new Set<RunningJob>();
  return {
    start: (job, sink) => {
      const one = startCommand(job, sink, graceMs);
      running.add(one);
      void one.done.then(() => running.delete(one));
      return one;
    },
    close: () => endAll(running, graceMs),
  };
}

/** Asks every job to end, and after the grace time does not ask. */
export async function endAll(running: ReadonlySet<RunningJob>, graceMs: number): Promise<void> {
  if (running.size === 0) return;
  const all = [...running];
  for (const one of all) one.signal("SIGTERM");
  const timer = setTimeout(() => {
    for (const one of all) one.signal("SIGKILL");
  }, graceMs);
  await Promise.all(all.map((one) => one.done));
  clearTimeout(timer);
}

interface Ended {
  readonly exit: number | null;
  readonly signal: string | null;
  readonly end: number;
}

const IDLE: RunningJob["signal"] = () => {};

function startCommand(job: Job, sink: OutputSink, graceMs: number): RunningJob {
  const start = Date.now();
  const refused = (problem: TaskProblem): RunningJob => ({ done: Promise.resolve(notRun(start, problem)), signal: IDLE });
  if (job.action.kind === "function") throw new Error(`task ${job.task}: a function is no command`);
  const files = openFiles(job);
  if ("code" in files) return refused(files);
  let launch: Launch;
  try {
    launch = launchOf(job.action, job.log);
  } catch (error) {
    files.close();
    return refused({ code: "cannot-write", task: job.task, path: job.log + ".script", errno: errnoOf(error) });
  }
  const spawned = launchChild(job, launch, files);
  files.close();
  if (!("child" in spawned)) {
    tidy(launch);
    return refused(refusal(job, launch, spawned.errno));
  }
  const { child } = spawned;
  const pid = child.pid;
  if (pid === undefined) {
    // The kernel said no; Node tells why in the next tick.
    const done = new Promise<JobResult>((resolve) => {
      child.once("error", (error) => {
        tidy(launch);
        resolve(notRun(start, refusal(job, launch, errnoOf(error))));
      });
    });
    return { done, signal: IDLE };
  }
  const group = openGroup(pid, { own: !job.console, graceMs });
  const log = openLog(job.log);
  forward(child, log, sink);
  let over = false;
  const done = watch(child, group, measurePeak(pid)).then(({ exit, signal, end, peakKb, left }): JobResult => {
    over = true;
    log.close();
    tidy(launch);
    return { exit, signal, start, end, peakKb, problem: null, value: null, left };
  });
  return {
    done,
    signal: (name) => {
      if (!over) group.signal(name);
    },
  };
}

function launchChild(job: Job, launch: Launch, files: Files): { readonly child: ChildProcess } | { readonly errno: string } {
  const none = job.console ? "inherit" : "pipe";
  const options: SpawnOptions = {
    cwd: job.cwd,
    env: job.env,
    detached: !job.console,
    stdio: [files.stdin ?? (job.console ? "inherit" : "ignore"), files.stdout ?? none, files.stderr ?? none],
  };
  try {
    return { child: spawn(launch.program, launch.args as string[], options) };
  } catch (error) {
    // Node reports some refusals here (E2BIG, ENOTDIR), the rest as an event.
    return { errno: errnoOf(error) };
  }
}

function forward(child: ChildProcess, log: Log, sink: OutputSink): void {
  for (const name of ["stdout", "stderr"] as const) {
    const stream = child[name];
    if (stream === null) continue;
    stream.on("data", (bytes: Uint8Array) => {
      log.write(bytes);
      sink(name, bytes);
    });
    stream.on("error", () => {});
  }
}

interface Watched extends Ended {
  readonly peakKb: number;
  readonly left: readonly number[];
}

/** Ends when the leader has exited, its output has been read (or waited for long enough), and its group has settled. */
function watch(child: ChildProcess, group: Group, meter: PeakMeter): Promise<Watched> {
  return new Promise((resolve) => {
    let ended: Ended | null = null;
    let peakKb = 0;
    let left: readonly number[] | null = null;
    let closed = false;
    let timer: NodeJS.Timeout | undefined;
    const step = (): void => {
      if (ended === null || !closed || left === null) return;
      clearTimeout(timer);
      resolve({ ...ended, peakKb, left });
    };
    const giveUp = (): void => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      closed = true;
      step();
    };
    child.on("error", () => {});
    child.once("exit", (exit, signal) => {
      ended = { exit, signal, end: Date.now() };
      peakKb = meter.stop();
      const settled = group.settle();
      if (!("then" in settled)) left = settled;
      else void settled.then((pids) => ((left = pids), step()));
      if (!closed) timer = setTimeout(giveUp, DRAIN_MS);
      step();
    });
    child.once("close", () => {
      closed = true;
      step();
    });
  });
}

function notRun(start: number, problem: TaskProblem): JobResult {
  return { exit: null, signal: null, start, end: Date.now(), peakKb: 0, problem, value: null, left: [] };
}

function tidy(launch: Launch): void {
  if (launch.script !== null) rmSync(launch.script, { force: true });
}

/** `EINVAL` for what Node itself refuses: a NUL in an argument. */
function errnoOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== "string") throw error;
  return code.startsWith("ERR_") ? "EINVAL" : code;
}

