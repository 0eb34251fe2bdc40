// Evaluates kept modules under observation, with a time limit. Knows no tasks.
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import type { ConfigProblem } from "../model/problem.ts";
import { keepBuiltins } from "./builtins.ts";
import { problemOfThrown } from "./errors.ts";
import { folderToEvaluate, type Kept } from "./kept.ts";
import { isOwn, noteEvaluated } from "./late.ts";
import { observe, type Observed } from "./observe.ts";
import { standInName } from "./standins.ts";
import { tellStill, type Still } from "./still.ts";
import { hearUnheard } from "./unheard.ts";

export interface EvaluateOptions {
  readonly kept: Kept;
  readonly root: string;
  /** Indices of the kept modules to import. */
  readonly wanted: readonly number[];
  readonly timeoutMs: number;
  readonly shown: (file: string) => string;
  /** Reports a slow evaluation; absent: nothing does. */
  readonly still?: Still | undefined;
  readonly seen: Observed;
  /** Absolute paths that are not recorded. */
  readonly ignore: (path: string) => boolean;
}

export interface Evaluated {
  /** Namespaces in the order of `wanted`; a problem in place of each that failed. */
  readonly modules: readonly ({ readonly exports: Readonly<Record<string, unknown>> } | { readonly problem: ConfigProblem })[];
  /** The problem for something thrown by one of these modules, now or later. */
  problemOf(error: unknown, source: string): ConfigProblem;
}

const LATE = Symbol("late");
/** Nothing is left that could resolve it. */
const NEVER = Symbol("never");

/** Suffix of a kept module's file: evaluate it once more. */
export const AGAIN = "?again";

export async function evaluate(options: EvaluateOptions): Promise<Evaluated> {
  const folder = folderToEvaluate(options.kept);
  const { kept, wanted, still, shown } = options;
  const quiet = still === undefined || wanted.length === 0 ? null : tellStill(still, () => wanted.map((index) => shown(kept.modules[index]!.source)), kept.blocks === true);
  const stop = observe(options.seen, { ignore: options.ignore, spawns: maySpawn(options.kept), root: options.root });
  const putBack = keepBuiltins();
  try {
    const problemOf = problemsIn(options, folder.dir);
    return { modules: await importAll(options, folder.dir, problemOf), problemOf };
  } finally {
    putBack();
    stop();
    await quiet?.();
    folder.done();
  }
}

/** Whether the modules import something that starts processes, or may. */
export function maySpawn({ dir, modules, computed }: Kept): boolean {
  return computed.length > 0 || modules.some((module) => module.packages.length > 0) || existsSync(join(dir, standInName("child_process")));
}

function problemsIn({ kept, shown }: EvaluateOptions, evaluatedIn: string): Evaluated["problemOf"] {
  const sources = new Map(kept.modules.map((module) => [module.file, module.source]));
  return (error, source) => problemOfThrown(error, { entry: shown(source), sources, evaluatedIn, keptDir: kept.dir, shown });
}

async function importAll(options: EvaluateOptions, evaluatedIn: string, problemOf: Evaluated["problemOf"]): Promise<Evaluated["modules"]> {
  const { kept, shown } = options;
  const results: Evaluated["modules"][number][] = [];
  if (options.wanted.length === 0) return results;
  const entry = kept.modules[options.wanted[0]!]!.source;
  noteEvaluated((error) => problemOf(error, entry));
  const unheard = hearUnheard((error) => isOwn(problemOf(error, entry)));
  let told = false;
  for (const index of options.wanted) {
    const module = kept.modules[index]!;
    // A query distinguishes a second evaluation of a file from the first.
    const [path, query] = module.file.endsWith(AGAIN) ? [module.file.slice(0, -AGAIN.length), AGAIN] : [module.file, ""];
    const file = path.startsWith(kept.dir + "/") ? evaluatedIn + path.slice(kept.dir.length) : path;
    try {
      const work = import(specifierOf(file, query)) as Promise<Record<string, unknown>>;
      const exports = await inTime(unheard.met === null ? Promise.race([work, unheard.first]) : work, options.timeoutMs);
      if (exports === LATE || exports === NEVER) results.push({ problem: { code: "config-timeout", file: shown(module.source), seconds: exports === NEVER ? null : options.timeoutMs / 1000 } });
      else results.push({ exports });
    } catch (error) {
      told ||= error === unheard.met?.error;
      results.push({ problem: problemOf(error, module.source) });
    }
  }
  // An unhandled rejection is reported only when nothing else is left to do in this turn.
  await new Promise((resolve) => setImmediate(resolve));
  unheard.stop();
  if (unheard.met !== null && !told) results[0] = { problem: problemOf(unheard.met.error, entry) };
  return results;
}

/** Bun treats a query after a path as another module, but not one after a URL. */
function specifierOf(file: string, query: string): string {
  return query !== "" && process.versions["bun"] !== undefined ? file + query : pathToFileURL(file).href + query;
}

/**
 * A module that waits for ever ends the process silently on Node (nothing is left to do, so `beforeExit` fires) and hangs
 * elsewhere. Both are detected; a module that never yields cannot be.
 */
async function inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T | typeof LATE | typeof NEVER> {
  let settle: (value: typeof LATE | typeof NEVER) => void = () => {};
  const late = new Promise<typeof LATE | typeof NEVER>((resolve) => (settle = resolve));
  const timer = setTimeout(() => settle(LATE), timeoutMs);
  const idle = (): void => settle(NEVER);
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
