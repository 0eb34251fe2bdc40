// The engine of this machine: commands as processes, functions in child runtimes, services beside all jobs. Children start on
// demand.
import type { Engine } from "../model/ports.ts";
import type { ServiceHouse } from "../model/ports-service.ts";
import process from "node:process";
import { hasBudget, setBudget } from "./budget.ts";
import type { Fifos } from "./fifos.ts";
import { startFileWork } from "./file-work.ts";
import { openJobserver, type JobserverOptions } from "./jobserver.ts";
import { openLocalEngine } from "./local.ts";
import { openPipes } from "./pipes.ts";
import { probe } from "./probe.ts";
import { openWorkerEngine } from "./worker.ts";

export interface EngineOptions {
  /** Absolute path of the bundled child.ts. */
  readonly childModule: string;
  /** Time a signalled job has before its remaining processes are killed. */
  readonly graceMs?: number;
  /** How many jobs are likely to come. */
  readonly expected?: number;
}

/** From this many jobs on, changing how a build's code is compiled pays off. */
const MANY = 32;

/** From this many on, late optimisation has cost more than optimising would have. */
const LARGE = 2000;
/** If this many are expected, optimising from the start pays off. */
const VERY_LARGE = 3000;

/** Modules of Node that any job needs. */
const NEEDED: readonly string[] = ["node:child_process", "node:net", "node:stream"];

/** Provided by the micro-bin: V8 refuses compiled code kept under other flags, and code kept hot slows down each later start. */
declare const require: { readonly keepCodeNow?: () => void } | undefined;

function keepCodeNow(): void {
  if (typeof require === "function") (require as { readonly keepCodeNow?: () => void }).keepCodeNow?.();
}

/**
 * A large build competes with its own commands for the processor: V8's optimising compiler, on threads of its own, used a
 * third of tg's processor time in a build of 1,000 tasks (docs/performance.md). From here on it waits fifteen times longer;
 * V8's default returns once the build turns out to be very large. A build known to become so is better left alone.
 */
function spareProcessor(): void {
  if (!hasBudget()) return;
  keepCodeNow();
  setBudget(true);
}

/**
 * Announces how many jobs are likely, so that planning before the first one is covered, too. Loads what the first one needs of
 * Node beforehand, because V8 rejects code compiled under other flags, even Node's own modules.
 */
export function expectJobs(expected: number): void {
  if (expected < MANY || expected >= VERY_LARGE || !hasBudget()) return;
  for (const name of NEEDED) process.getBuiltinModule(name);
  spareProcessor();
}

export { discardFifos } from "./fifos.ts";
export { startJobserver } from "./jobserver.ts";

/** `share`: who commands share jobs with; null: nobody. `made`: what `startJobserver` created for that. */
export function openEngine(options: EngineOptions, share: JobserverOptions | null = null, made: Fifos | null = null): Engine {
  let started = 0;
  const expected = options.expected ?? 0;
  const spares = expected < VERY_LARGE;
  const jobserver = share === null ? null : openJobserver(share, made);
  const pipes = openPipes(jobserver?.spare, share?.makeOutside);
  const commands = openLocalEngine({ ...options, tokens: jobserver?.fds ?? null, pipes });
  const functions = openWorkerEngine({ ...options, pipes });
  return {
    ...(jobserver === null ? {} : { slots: jobserver.slots, makeflags: { commands: jobserver.makeflags, functions: jobserver.bareMakeflags }, ...(jobserver.unreachable ? { lonely: true } : {}) }),
    start: (job, sink, ask) => {
      started++;
      if (started === 1 && expected >= MANY) keepCodeNow();
      if (spares && started === (expected >= MANY ? 1 : MANY)) spareProcessor();
      else if (started === LARGE) setBudget(false);
      if (job.action.kind === "file") return startFileWork(job, job.action.work);
      return (job.action.kind === "function" ? functions : commands).start(job, sink, ask);
    },
    close: async () => {
      await Promise.all([commands.close(), functions.close()]);
      jobserver?.close();
    },
  };
}

/** Each service is a direct child of tg in its own process group: it would occupy a launcher for good. */
export function openServiceEngine(): Pick<ServiceHouse, "engine" | "probe"> {
  return { engine: openLocalEngine({ launchers: "never" }), probe };
}
