// Time, load and the person's environment as this process sees them. Knows no files of a project.
import * as os from "node:os";
import process from "node:process";
import type { System } from "../model/ports.ts";

export function openSystem(): System {
  return {
    env: process.env,
    now: () => Date.now(),
    platform: process.platform,
    parallelism: Math.max(1, os.availableParallelism()),
    load: () => os.loadavg()[0] ?? 0,
  };
}
