// The engine of this machine: commands as processes, functions in child runtimes. Children start on demand.
import type { Engine } from "../model/ports.ts";
import { openLocalEngine } from "./local.ts";
import { openWorkerEngine } from "./worker.ts";

export interface EngineOptions {
  /** Absolute path of the bundled child.ts. */
  readonly childModule: string;
  /** What a signalled job gets before what is left of it is killed. */
  readonly graceMs?: number;
}

export function openEngine(options: EngineOptions): Engine {
  const commands = openLocalEngine(options);
  const functions = openWorkerEngine(options);
  return {
    start: (job, sink) => (job.action.kind === "function" ? functions : commands).start(job, sink),
    close: async () => {
      await Promise.all([commands.close(), functions.close()]);
    },
  };
}
