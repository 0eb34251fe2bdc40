// The programmatic API: plain data and async iterables, no process.exit, no global state. `import { run } from "tg-build/api"`.
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { entered } from "./cli/words/args.ts";
import { build } from "./cli/build.ts";
import { statusOf } from "./cli/status.ts";
import { openMachine } from "./machine.ts";
import type { Event } from "./model/event.ts";
import type { Problem } from "./model/problem.ts";
import type { Reason, TaskState } from "./model/state.ts";

export type { Event, Problem, Reason, TaskState };

/** Options common to all calls. */
export interface Place {
  /** Folder from which to search upward for the config. Default: the working directory. */
  readonly cwd?: string;
  /** Path of a config file, relative to `cwd`. */
  readonly config?: string;
  /** Targets as on the command line. Default: those of a bare `tg build`. */
  readonly targets?: readonly string[];
  readonly skip?: readonly string[];
  /** Parameter values, checked against their types as on the command line. */
  readonly params?: Readonly<Record<string, string>>;
}

/** A task as a build would find it. */
export interface PlannedTask {
  readonly name: string;
  readonly state: TaskState;
  readonly reasons: readonly Reason[];
  /** XXH64 of everything that determines what the task makes, 16 hex digits; "" while part of it is unknown. */
  readonly key: string;
}

/** Thrown when nothing could be planned or run. `problems` holds the reasons as data. */
export class TgError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => JSON.stringify(problem)).join("\n"));
    this.name = "TgError";
    this.problems = problems;
  }
}

const PACKAGE: string = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

function wantsOf(place: Place): Parameters<typeof statusOf>[1] {
  const cwd = entered(process.cwd(), place.cwd ?? ".");
  return {
    cwd, standsIn: cwd, config: place.config ?? null, targets: place.targets ?? [], skip: place.skip ?? [],
    all: false, force: false, params: Object.entries(place.params ?? {}), paramsFile: null, args: null,
  };
}

/** Returns what a build would do: every wanted task except barriers, with its state and reasons. Writes nothing. Throws TgError. */
export async function plan(place: Place = {}): Promise<readonly PlannedTask[]> {
  const answer = await statusOf(openMachine(PACKAGE), wantsOf(place), "all");
  if (!answer.ok) throw new TgError(answer.problems);
  return answer.value.tasks.filter((task) => !task.barrier).map(({ name, state, reasons, key }) => ({ name, state, reasons, key }));
}

/** Like the flags of `tg build` with the same names. */
export interface RunOptions extends Place {
  /** How many tasks run at once. */
  readonly jobs?: number;
  readonly keepGoing?: boolean;
  readonly force?: boolean;
  /** Stops the build as Ctrl-C does. */
  readonly signal?: AbortSignal;
}

/**
 * Builds. Yields each event as it happens and returns the exit code, which the last event (`build-ended`) also carries. If the
 * build cannot start, yields `problem` events and returns 2 or 3, without `build-ended`. Throws only for bugs in tg.
 */
export async function* run(options: RunOptions = {}): AsyncGenerator<Event, number> {
  const events: Event[] = [];
  let wake: () => void = () => {};
  let ended = false;
  let told = false;
  const building = build(
    openMachine(PACKAGE),
    {
      ...wantsOf(options), force: options.force ?? false, jobs: options.jobs ?? null, load: null, keepGoing: options.keepGoing ?? false,
      maxFailures: null, noCache: false, keepTemp: false, noWait: false, shuffle: null, graceMs: 3000, commandLine: "tg api",
    },
    (event) => {
      events.push(event);
      wake();
    },
    {
      on: (take) => {
        const abort = (): void => {
          told = true;
          take("SIGINT");
        };
        options.signal?.addEventListener("abort", abort);
        // It may have come while nobody listened.
        if (options.signal?.aborted === true && !told) queueMicrotask(abort);
        return () => options.signal?.removeEventListener("abort", abort);
      },
    },
  ).finally(() => {
    ended = true;
    wake();
  });
  for (;;) {
    while (events.length > 0) yield events.shift()!;
    if (ended) break;
    await new Promise<void>((resolve) => (wake = resolve));
  }
  return (await building).exitCode;
}
