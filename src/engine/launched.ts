// One job through a launcher: output to log and sink, signals to its group, the same ends and refusals as a job the
// runtime starts itself. Does not know how launchers work.
import { getSystemErrorName } from "node:util";
import type { Job, JobResult, OutputSink, RunningJob } from "../model/ports.ts";
import { refusal } from "./command.ts";
import type { Launch } from "./command.ts";
import { measurePeak, openGroup } from "./group.ts";
import type { Group, PeakMeter, SignalName } from "./group.ts";
import type { LaunchedEnd, Launcher, Listener, Request } from "./launcher.ts";
import { openLog } from "./output.ts";

/** A process that inherited a pipe may keep it open for ever: after the exit, wait at most this long for its end. */
export const DRAIN_MS = 2000;

export interface LaunchedOptions {
  readonly job: Job;
  readonly launch: Launch;
  readonly sink: OutputSink;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly graceMs: number;
  /** The launcher can take the next request. */
  free(): void;
}

/** Plain words need no shell to split them. */
function requestOf({ cwd, env, stdin, stdout, stderr }: Job, { program, args, words }: Launch): Request {
  // Written out: V8 takes ten times as long to copy an object and add to it.
  return { argv: words ?? [program, ...args], text: words === null ? null : { shell: program, text: args[1]! }, cwd, env, stdin, stdout, stderr };
}

/** NUL separates the fields; and a job that wants the terminal must be in its session. */
export function mayLaunch(job: Job, launch: Launch): boolean {
  if (job.console || launch.program === "" || job.cwd.includes("\0") || launch.program.includes("\0") || launch.args.some((arg) => arg.includes("\0"))) return false;
  return isPlain(job.env);
}

/** Computed once for an environment that many jobs share. */
const plain: WeakMap<Job["env"], boolean> = new WeakMap();

function isPlain(env: Job["env"]): boolean {
  let known = plain.get(env);
  if (known === undefined) {
    known = Object.keys(env).every((name) => name !== "" && !name.includes("\0") && !name.includes("=") && !env[name]!.includes("\0"));
    plain.set(env, known);
  }
  return known;
}

export function startLaunched(launcher: Launcher, o: LaunchedOptions): RunningJob {
  const { job, graceMs } = o;
  let group: Group | null = null;
  let meter: PeakMeter | null = null;
  let over = false;
  const asked: SignalName[] = [];
  const known = (pid: number): Group => {
    if (group !== null) return group;
    group = openGroup(pid, { own: true, graceMs });
    for (const name of asked) group.signal(name);
    return group;
  };
  const done = new Promise<JobResult>((resolve) => {
    const finish = (result: JobResult): void => {
      over = true;
      resolve(result);
    };
    const running = (pid: number): void => {
      known(pid);
      meter ??= measurePeak(pid);
    };
    launcher.run(requestOf(job, o.launch), listenerOf(launcher, o, { running, finish, known, peakKb: () => meter?.stop() ?? 0, group: () => group }));
  });
  return {
    done,
    keeper: launcher.pid,
    signal: (name) => {
      if (over) return;
      if (group !== null) return group.signal(name);
      asked.push(name);
      launcher.askPid();
    },
  };
}

interface Ends {
  readonly running: Listener["running"];
  finish(result: JobResult): void;
  known(pid: number): Group;
  peakKb(): number;
  /** The group, if its pid was ever reported. */
  group(): Group | null;
}

function listenerOf(launcher: Launcher, o: LaunchedOptions, { running, finish, known, peakKb, group }: Ends): Listener {
  const { job, start } = o;
  const log = openLog(job.log);
  let ended: (LaunchedEnd & { readonly at: number; readonly peakKb: number }) | null = null;
  let left: readonly number[] | null = null;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const step = (): void => {
    if (ended === null || left === null || !closed) return;
    finish({ exit: ended.exit, signal: ended.signal, start, end: ended.at, peakKb: ended.peakKb, problem: null, value: null, left: group()?.still(left) ?? left });
  };
  return {
    running,
    output: (bytes) => {
      log.write(bytes);
      o.sink(bytes);
    },
    ended: (end) => {
      ended = { pid: end.pid, exit: end.exit, signal: end.signal, others: end.others, at: Date.now(), peakKb: peakKb() };
      if (!end.others) left = [];
      else void Promise.resolve(known(end.pid).settle()).then((pids) => ((left = pids), step()));
      // The end of the output is usually in the same chunk.
      queueMicrotask(() => {
        if (!closed) timer = setTimeout(() => launcher.giveUp(), DRAIN_MS);
      });
    },
    closed: () => {
      clearTimeout(timer);
      closed = true;
      log.close();
      o.free();
      step();
    },
    refused: (errno) => {
      log.close();
      o.free();
      finish({ exit: null, signal: null, start, end: Date.now(), peakKb: 0, problem: refusal(job, o.launch, getSystemErrorName(-errno)), value: null, left: [] });
    },
    lost: () => {
      clearTimeout(timer);
      log.close();
      group()?.signal("SIGKILL");
      ended ??= { pid: 0, exit: null, signal: "SIGKILL", others: false, at: Date.now(), peakKb: peakKb() };
      closed = true;
      void Promise.resolve(left ?? group()?.settle() ?? []).then((pids) => ((left = pids), step()));
    },
  };
}
