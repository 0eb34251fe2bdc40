// The engine of this machine: commands as processes, functions in child runtimes. Children start on demand.
import type { Engine } from "../model/ports.ts";
import { openJobserver, type JobserverOptions } from "./jobserver.ts";
import { openLocalEngine } from "./local.ts";
import { openWorkerEngine } from "./worker.ts";

export interface EngineOptions {
  /** Absolute path of the bundled child.ts. */
  readonly childModule: string;
  /** What a signalled job gets before what is left of it is killed. */
  readonly graceMs?: number;
}

/** `share`: with whom commands share jobs; null: with nobody. */
export function openEngine(options: EngineOptions, share: JobserverOptions | null = null): Engine {
  const jobserver = share === null ? null : openJobserver(share);
  const commands = openLocalEngine({ ...options, tokens: jobserver?.fds ?? null });
  const functions = openWorkerEngine(options);
  return {
    ...(jobserver === null ? {} : { slots: jobserver.slots, makeflags: { commands: jobserver.makeflags, functions: jobserver.bareMakeflags }, ...(jobserver.unreachable ? { lonely: true } : {}) }),
    start: (job, sink) => (job.action.kind === "function" ? functions : commands).start(job, sink),
    close: async () => {
      await Promise.all([commands.close(), functions.close()]);
      jobserver?.close();
    },
  };
}
