// Runs commands as processes on this machine: argv or shell text, each in its own process group. Knows no functions.
import { spawn } from "node:child_process";
import type { ChildProcess, SpawnOptions } from "node:child_process";
import { closeSync, rmSync } from "node:fs";
import process from "node:process";
import type { Readable } from "node:stream";
import type { Engine, Job, JobResult, OutputSink, RunningJob } from "../model/ports.ts";
import type { TaskProblem } from "../model/problem.ts";
import { launchOf, refusal } from "./command.ts";
import { errnoOf } from "./errno.ts";
import type { Launch } from "./command.ts";
import { DRAIN_MS, mayLaunch, startLaunched } from "./launched.ts";
import { openLaunchers } from "./launchers.ts";
import type { Launchers, LauncherUse } from "./launchers.ts";
import { measurePeak, openGroup } from "./group.ts";
import type { Group, PeakMeter } from "./group.ts";
import { openPipes } from "./pipes.ts";
import type { Pipes } from "./pipes.ts";
import { openFiles, openLog } from "./output.ts";
import type { Files, Log } from "./output.ts";

export interface LocalOptions {
  /** Time a signalled job has before its remaining processes are killed, also when `close` ends it. */
  readonly graceMs?: number;
  /** How commands are started: by launchers, or each by a spawn of the runtime. */
  readonly launchers?: LauncherUse;
  /** Descriptors of a jobserver, passed to every command. */
  readonly tokens?: Tokens;
  /** Pipes for what commands print; closed with the engine. */
  readonly pipes?: Pipes;
}

type Tokens = readonly [read: number, write: number] | null;

const GRACE_MS = 3000;

const ON_DENO: boolean = process.versions["deno"] !== undefined;

export function openLocalEngine(options: LocalOptions = {}): Engine {
  const graceMs = options.graceMs ?? GRACE_MS;
  const running = new Set<RunningJob>();
  const pipes = options.pipes ?? openPipes();
  const tokens = options.tokens ?? null;
  const use = options.launchers ?? "auto";
  const launchers = openLaunchers(use, tokens);
  const direct = use === "auto";
  return {
    start: (job, sink) => {
      const one = startCommand(job, sink, { graceMs, pipes, launchers, tokens, direct, running: running.size });
      running.add(one);
      void one.done.then(() => running.delete(one));
      return one;
    },
    close: async () => {
      await endAll(running, graceMs);
      await launchers.close();
      pipes.close();
    },
  };
}

/** Asks every job to end, and kills what is left after the grace time. */
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

interface Means {
  readonly graceMs: number;
  readonly pipes: Pipes;
  readonly launchers: Launchers;
  readonly tokens: Tokens;
  /** Plain words are executed without a shell, as launchers do. */
  readonly direct: boolean;
  /** How many jobs are running already. */
  readonly running: number;
}

function startCommand(job: Job, sink: OutputSink, means: Means): RunningJob {
  const start = Date.now();
  const refused = (problem: TaskProblem): RunningJob => ({ done: Promise.resolve(notRun(start, problem)), signal: IDLE });
  if (job.action.kind !== "argv" && job.action.kind !== "shell") throw new Error(`task ${job.task}: a ${job.action.kind} is no command`);
  const files = openFiles(job);
  if ("code" in files) return refused(files);
  let launch: Launch;
  try {
    launch = launchOf(job.action, job);
  } catch (error) {
    files.close();
    return refused({ code: "cannot-write", task: job.task, path: job.log + ".script", errno: errnoOf(error) });
  }
  const launcher = mayLaunch(job, launch) ? means.launchers.take(means.running) : null;
  if (launcher !== null) {
    files.close();
    const one = startLaunched(launcher, { job, launch, sink, start, graceMs: means.graceMs, free: () => means.launchers.free(launcher) });
    if (launch.script !== null) void one.done.then(() => tidy(launch));
    return one;
  }
  const spawned = launchChild(job, launch, { files, pipes: means.pipes, tokens: means.tokens, direct: means.direct });
  files.close();
  if (!("child" in spawned)) {
    tidy(launch);
    return refused(refusal(job, launch, spawned.errno));
  }
  const { child } = spawned;
  if (child.pid === undefined) {
    // The kernel refused; Node reports why in the next tick.
    for (const stream of spawned.streams) stream.destroy();
    const errno = new Promise<string>((resolve) => void child.once("error", (error) => resolve(errnoOf(error))));
    const done = errno.then((name) => {
      tidy(launch);
      return notRun(start, refusal(job, launch, name));
    });
    return { done, signal: IDLE };
  }
  return follow({ ...spawned, pid: child.pid, job, launch, sink, start, graceMs: means.graceMs });
}

interface Started {
  readonly child: ChildProcess;
  /** One for stdout and stderr together, which keeps their order; one each if no pipe can be had. */
  readonly streams: readonly Readable[];
}

interface Ground {
  readonly files: Files;
  readonly pipes: Pipes;
  readonly tokens: Tokens;
  readonly direct: boolean;
}

function launchChild(job: Job, launch: Launch, { files, pipes, tokens, direct }: Ground): Started | { readonly errno: string } {
  const pipe = job.console || (files.stdout !== null && files.stderr !== null) ? null : pipes.open();
  const none = job.console ? "inherit" : (pipe?.inlet ?? "pipe");
  const options: SpawnOptions = {
    cwd: job.cwd,
    env: job.env,
    detached: !job.console,
    stdio: [files.stdin ?? (job.console ? "inherit" : "ignore"), files.stdout ?? none, files.stderr ?? none, ...(tokens ?? [])],
  };
  try {
    // Without a pipe each start creates its own streams, or passes on the terminal.
    const child = (direct && pipe !== null ? startWords(job, launch, options) : null) ?? spawn(launch.program, launch.args as string[], options);
    return { child, streams: pipe !== null ? [pipe.outlet] : streamsOf(child) };
  } catch (error) {
    // Node throws some refusals here (E2BIG, ENOTDIR) and reports the rest as an event.
    pipe?.outlet.destroy();
    return { errno: errnoOf(error) };
  } finally {
    if (pipe !== null) closeSync(pipe.inlet);
  }
}

/** If no descriptors are left, the child has no streams at all, whatever its type says. */
function streamsOf({ stdout, stderr }: ChildProcess): Readable[] {
  return [stdout, stderr].filter((stream) => stream != null);
}

/** null: the text is more than words, or the first word is no program. */
function startWords({ cwd, env }: Job, { words }: Launch, options: SpawnOptions): ChildProcess | null {
  // Deno resolves relative folders of PATH against its own folder, not the command's.
  if (words === null || (ON_DENO && /(?:^|:)(?!\/)/.test(env["PATH"] ?? "/"))) return null;
  try {
    // A shell would have set PWD.
    const child = spawn(words[0]!, words.slice(1), { ...options, env: { ...env, PWD: cwd } });
    child.on("error", () => {});
    return child.pid === undefined ? null : child;
  } catch (error) {
    errnoOf(error);
    return null;
  }
}

interface Followed extends Started {
  readonly pid: number;
  readonly job: Job;
  readonly launch: Launch;
  readonly sink: OutputSink;
  readonly start: number;
  readonly graceMs: number;
}

function follow({ child, streams, pid, job, launch, sink, start, graceMs }: Followed): RunningJob {
  const group = openGroup(pid, { own: !job.console, graceMs });
  const log = openLog(job.log);
  forward(streams, log, sink);
  let over = false;
  const done = watch(child, streams, { group, meter: measurePeak(pid) }).then((ended): JobResult => {
    over = true;
    log.close();
    tidy(launch);
    return { ...ended, start, problem: null, value: null };
  });
  return {
    done,
    group: job.console ? null : pid,
    signal: (name) => {
      if (!over) group.signal(name);
    },
  };
}

function forward(streams: readonly Readable[], log: Log, sink: OutputSink): void {
  for (const stream of streams) {
    stream.on("data", (bytes: Uint8Array) => {
      log.write(bytes);
      sink(bytes);
    });
    stream.on("error", () => {});
  }
}

interface Watched extends Ended {
  readonly peakKb: number;
  readonly left: readonly number[];
}

interface Instruments {
  readonly group: Group;
  readonly meter: PeakMeter;
}

/** Resolves when the leader has exited, its output has been read (or waited for long enough), and its group has settled. */
function watch(child: ChildProcess, streams: readonly Readable[], { group, meter }: Instruments): Promise<Watched> {
  return new Promise((resolve) => {
    let ended: Ended | null = null;
    let peakKb = 0;
    let left: readonly number[] | null = null;
    let timer: NodeJS.Timeout | undefined;
    const open = new Set(streams);
    const step = (): void => {
      if (ended === null || open.size > 0 || left === null) return;
      clearTimeout(timer);
      resolve({ ...ended, peakKb, left: group.still(left) });
    };
    for (const stream of open) {
      stream.once("close", () => {
        open.delete(stream);
        step();
      });
    }
    const giveUp = (): void => {
      for (const stream of open) stream.destroy();
      open.clear();
      step();
    };
    child.on("error", () => {});
    child.once("exit", (exit, signal) => {
      ended = { exit, signal, end: Date.now() };
      peakKb = meter.stop();
      const settled = group.settle();
      if (!("then" in settled)) left = settled;
      else void settled.then((pids) => ((left = pids), step()));
      if (open.size > 0) timer = setTimeout(giveUp, DRAIN_MS);
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

