// Time, load and the person's environment as this process sees them. Knows no files of a project.
import * as os from "node:os";
import process from "node:process";
import type { System } from "../model/ports.ts";

export function openSystem(): System {
  return {
    env: process.env,
    now: () => Date.now(),
    // Not `performance`, which Node 20 loads on first use (2 ms).
    monotonicMs: () => {
      const time = process.hrtime();
      return time[0] * 1000 + time[1] / 1e6;
    },
    platform: process.platform,
    arch: process.arch,
    exactly,
    // Computed on demand: a build without work does not load node:os.
    get parallelism() { return Math.max(1, os.availableParallelism()); },
    get memoryMb() { return Math.floor(memoryBytes() / (1024 * 1024)); },
    load: () => os.loadavg()[0] ?? 0,
  };
}

function exactly(tool: string): string {
  const runtime = tool.split(" ").at(-2) ?? "";
  const version = (process.versions as Record<string, string | undefined>)[runtime];
  return version === undefined ? tool : `${tool.slice(0, tool.lastIndexOf(" "))} ${version}`;
}

/** A container may have less than the machine. Not every runtime can tell. */
function memoryBytes(): number {
  const { constrainedMemory } = process as { constrainedMemory?: () => number | undefined };
  return Math.min(os.totalmem(), constrainedMemory?.call(process) || Infinity);
}
