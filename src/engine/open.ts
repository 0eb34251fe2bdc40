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
  /** What a signalled job gets before what is left of it is killed. */
  readonly graceMs?: number;
  /** Jobs that are likely to come. */
  readonly expected?: number;
}

/** From so many jobs on a build is large: it pays to change how its code is compiled. */
const MANY = 32;

/** From so many on what is optimised late has cost more than optimising it. */
const LARGE = 2000;
/** Where so many are expected it pays to optimise from the start. */
const VERY_LARGE = 3000;

/** Modules of Node that any job takes. */
const NEEDED: readonly string[] = ["node:child_process", "node:net", "node:stream"];

/** Of the micro-bin: V8 refuses compiled code that was kept under other flags, and what was kept hot costs each later start more. */
declare const require: { readonly keepCodeNow?: () => void } | undefined;

function keepCodeNow(): void {
  if (typeof require === "function") (require as { readonly keepCodeNow?: () => void }).keepCodeNow?.();
}

/**
 * A large build competes with its own commands for the processor: V8's optimising compiler, on threads of its own, took a
 * third of what tg used in a build of 1,000 tasks (docs/performance.md). From here on it waits fifteen times longer, and as V8 itself has it
 * once the build has turned out to be very large. One that is known to become so is better left alone.
 */
function spareProcessor(): void {
  if (!hasBudget()) return;
  keepCodeNow();
  setBudget(true);
}

/**
 * So many jobs are likely to come: what is planned and decided before the first one is spared, too. What the first one needs of Node is
 * loaded before, as V8 takes in nothing under other flags that was compiled ahead: not Node's own modules either.
 */
export function expectJobs(expected: number): void {
  if (expected < MANY || expected >= VERY_LARGE || !hasBudget()) return;
  for (const name of NEEDED) process.getBuiltinModule(name);
  spareProcessor();
}

export { discardFifos } from "./fifos.ts";
export { startJobserver } from "./jobserver.ts";

/** `share`: with whom commands share jobs; null: with nobody. `made`: what `startJobserver` has made for that. */
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

/** Each service is a child of tg with a process group of its own: a launcher would be busy with one for good. */
export function openServiceEngine(): Pick<ServiceHouse, "engine" | "probe"> {
  return { engine: openLocalEngine({ launchers: "never" }), probe };
}
