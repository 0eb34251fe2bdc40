// Runs kept modules under observation, with a limit on time. Knows no tasks.
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { ConfigProblem } from "../model/problem.ts";
import { problemOfThrown } from "./errors.ts";
import { folderToEvaluate, type Kept } from "./kept.ts";
import { observe, type Observed } from "./observe.ts";

export interface EvaluateOptions {
  readonly kept: Kept;
  /** Indices of the kept modules to import. */
  readonly wanted: readonly number[];
  readonly timeoutMs: number;
  readonly shown: (file: string) => string;
  readonly seen: Observed;
  /** Absolute paths that are not recorded. */
  readonly ignore: (path: string) => boolean;
}

/** Namespaces in the order of `wanted`; a problem in the place of one that failed. */
export type Evaluated = readonly ({ readonly exports: Readonly<Record<string, unknown>> } | { readonly problem: ConfigProblem })[];

const LATE = Symbol("late");

export async function evaluate(options: EvaluateOptions): Promise<Evaluated> {
  const folder = folderToEvaluate(options.kept);
  const stop = observe(options.seen, options.ignore);
  try {
    return await importAll(options, folder.dir);
  } finally {
    stop();
    folder.done();
  }
}

async function importAll(options: EvaluateOptions, evaluatedIn: string): Promise<Evaluated> {
  const { kept, shown } = options;
  const sources = new Map(kept.modules.map((module) => [module.file, module.source]));
  const results: Evaluated[number][] = [];
  for (const index of options.wanted) {
    const module = kept.modules[index]!;
    const file = module.file.startsWith(kept.dir + "/") ? evaluatedIn + module.file.slice(kept.dir.length) : module.file;
    try {
      const exports = await inTime(import(pathToFileURL(file).href) as Promise<Record<string, unknown>>, options.timeoutMs);
      results.push(exports === LATE ? { problem: { code: "config-timeout", file: shown(module.source), seconds: options.timeoutMs / 1000 } } : { exports });
    } catch (error) {
      results.push({ problem: problemOfThrown(error, { entry: shown(module.source), sources, evaluatedIn, keptDir: kept.dir, shown }) });
    }
  }
  return results;
}

/**
 * A module that waits for ever ends the process without a word on Node (nothing is left to do, so `beforeExit` comes) and
 * hangs elsewhere. Both are noticed; a module that never yields cannot be.
 */
async function inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T | typeof LATE> {
  let settle: (value: typeof LATE) => void = () => {};
  const late = new Promise<typeof LATE>((resolve) => (settle = resolve));
  const timer = setTimeout(() => settle(LATE), timeoutMs);
  const idle = (): void => settle(LATE);
  if (process.versions["bun"] === undefined && process.versions["deno"] === undefined) {
    timer.unref();
    process.once("beforeExit", idle);
  }
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    process.removeListener("beforeExit", idle);
  }
}
