// The front door: parses argv, opens the machine, runs the verb and exits with its code.
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { parseArgs } from "./cli/words/args.ts";
import type { Interrupts } from "./cli/tasks.ts";
import { dispatch } from "./cli/dispatch.ts";
import type { Doors } from "./cli/doors.ts";
import { openMachine } from "./machine.ts";
import { exitRefusal } from "./model/refused-exit.ts";
import { openReports, stillText } from "./reports.ts";

declare const __dirname: string;

type Stop = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGPIPE";

/** What code of the config threw after it was loaded. */
type Thrown = NonNullable<ReturnType<NonNullable<Doors["config"]["late"]>>>;

/** Signals this close together count as one: `deno task` and some terminals send Ctrl-C three times. In ms. */
const SAME_SIGNAL_MS = 500;

/** A bug in tg, or an answer that could not be written. */
const EXIT_OWN = 3;

/** The config is wrong. */
const EXIT_CONFIG = 2;

/** The real one: what code of the config calls is another function. */
const exit: typeof process.exit = process.exit.bind(process);

/** After this long a person wonders what is going on. In ms. */
const STILL_MS = 5000;

/** A signal that the process sends itself has ended it by then; if not, it leaves with its exit code. */
const SIGNAL_ARRIVES_MS = 100;

/** What a shell reports for a program that wrote to a closed pipe (128 + SIGPIPE). */
const EXIT_PIPE_CLOSED = 141;

/** Process signals, passed to the most recent listener. */
function openInterrupts(): Interrupts & { raise(signal: Stop): void; throws(problem: Thrown): boolean } {
  const takers: ((signal: Stop) => void)[] = [];
  let takeThrown: ((problem: Thrown) => void) | null = null;
  let last = 0;
  const hear = (signal: Stop): void => {
    const now = Date.now();
    if (now - last < SAME_SIGNAL_MS && last !== 0) return;
    last = now;
    const taker = takers.at(-1);
    if (taker === undefined) exit(128 + (signal === "SIGINT" ? 2 : signal === "SIGTERM" ? 15 : 1));
    else taker(signal);
  };
  let listening = false;
  return {
    raise: (signal) => takers.at(-1)?.(signal),
    throws: (problem) => (takeThrown?.(problem), takeThrown !== null),
    onThrown: (take) => void (takeThrown = take),
    on: (take) => {
      if (!listening) for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => hear(signal));
      listening = true;
      takers.push(take);
      return () => void takers.splice(takers.indexOf(take), 1);
    },
  };
}

/** How long a build has to end its processes after an uncaught error; the kill ladder takes less. In ms. */
const BUG_GRACE_MS = 5000;

function say(text: string): void {
  try {
    fs.writeSync(2, text);
  } catch {
    // Nobody is left to tell.
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Deno ran with fewer permissions than tg needs: nobody's bug. */
function bugText(kind: string, error: unknown): string {
  if (process.versions["deno"] === undefined || !(error instanceof Error) || error.name !== "NotCapable") return `tg: ${kind}: ${stackOf(error)}\n`;
  return `tg: Deno permits too little: ${error.message.replace(/, run again with .*/s, "")}\n    try: deno run -A   (tg and its tasks need all permissions)\n`;
}

/**
 * Handles uncaught errors: restores the terminal, ends the build's processes and sets the exit code. `problemOf` recognises
 * errors thrown by code of the config.
 */
function hearBugs(interrupts: { raise(signal: Stop): void; throws(problem: Thrown): boolean }, { breakOff, problemOf, tell }: { breakOff(): void; problemOf(error: unknown): Thrown | null; tell(problem: Thrown): void }): { readonly exitCode: number | null } {
  const state: { exitCode: number | null } = { exitCode: null };
  const bug = (error: unknown): void => {
    const problem = problemOf(error);
    if (problem !== null && interrupts.throws(problem)) return;
    breakOff();
    const isConfigs = problem !== null;
    // A timer may keep throwing while the command ends.
    if (isConfigs && state.exitCode === null) tell(problem);
    if (!isConfigs) say(bugText("uncaught error, in tg itself or in code of the config", error));
    if (state.exitCode !== null) return;
    const exitCode = (state.exitCode = isConfigs ? EXIT_CONFIG : EXIT_OWN);
    interrupts.raise("SIGTERM");
    setTimeout(() => exit(exitCode), BUG_GRACE_MS);
  };
  for (const event of ["uncaughtException", "unhandledRejection"] as const) process.on(event, bug);
  return state;
}

function isQuiet(command: object): boolean {
  return "quiet" in command && command.quiet === true;
}

async function main(takeSeen: Doors["takeSeen"] | null): Promise<void> {
  const parsed = parseArgs(process.argv.slice(2), process.env, process.cwd());
  const interrupts = openInterrupts();
  let pipeClosed = false;
  let lost = false;
  const reports = await openReports(parsed.ok ? parsed.value : null, {
    onPipeClosed: () => {
      pipeClosed = true;
      interrupts.raise("SIGPIPE");
    },
    // A build continues: its outputs matter more than its messages.
    onFailed: (errno) => {
      lost = true;
      reports.problems([{ code: "answer-unwritable", errno }]);
    },
  });
  let late: Doors["config"]["late"];
  const bugs = hearBugs(interrupts, {
    breakOff: reports.breakOff,
    problemOf: (error) => late?.(error) ?? null,
    tell: (problem) => reports.problems([problem]),
  });
  if (!parsed.ok) {
    reports.problems(parsed.problems);
    process.exitCode = 2;
    return;
  }
  const doors = { ...openMachine(path.dirname(__dirname), isQuiet(parsed.value) ? undefined : { afterMs: STILL_MS, text: stillText }), ...(takeSeen == null ? {} : { takeSeen }) };
  late = doors.config.late;
  const end = await dispatch(parsed.value, { doors, reports, interrupts, seed: Date.now() % 1_000_000 });
  process.exitCode = bugs.exitCode ?? (pipeClosed ? EXIT_PIPE_CLOSED : end.exitCode === 0 && lost ? EXIT_OWN : end.exitCode);
  if (pipeClosed || bugs.exitCode !== null) return;
  // Die of the same signal, so that the shell sees an interrupted program.
  if (end.signal !== null) {
    process.removeAllListeners(end.signal);
    process.kill(process.pid, end.signal);
    await new Promise((resolve) => setTimeout(resolve, SIGNAL_ARRIVES_MS));
  }
}

/** `takeSeen`: what the first door (quick.ts) has opened and seen. */
export function start(takeSeen: Doors["takeSeen"] | null): void {
  // A timer that a config left may call it.
  process.exit = exitRefusal("tg was at work");
  // All writes are synchronous, so exiting loses nothing; a config may have left a timer or a socket open.
  main(takeSeen).then(() => exit(), (error: unknown) => {
    say(bugText("internal error, please report it", error));
    exit(EXIT_OWN);
  });
}
