// The front door: parses argv, opens the machine, lets the verb work, and leaves with its exit code.
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { parseArgs } from "./cli/args.ts";
import type { Interrupts } from "./cli/build.ts";
import { dispatch } from "./cli/dispatch.ts";
import { openMachine } from "./machine.ts";
import { openReports } from "./reports.ts";

declare const __dirname: string;

type Stop = "SIGINT" | "SIGTERM" | "SIGHUP";

/** Several signals within this time are one: `deno task` and some terminals send Ctrl-C three times. In ms. */
const SAME_SIGNAL_MS = 500;

/** As a shell shows a program that wrote to a closed pipe (128 + SIGPIPE). */
const EXIT_PIPE_CLOSED = 141;

/** Signals of the process, handed to whoever listens last. */
function openInterrupts(): Interrupts & { raise(signal: Stop): void } {
  const takers: ((signal: Stop) => void)[] = [];
  let last = 0;
  const hear = (signal: Stop): void => {
    const now = Date.now();
    if (now - last < SAME_SIGNAL_MS && last !== 0) return;
    last = now;
    const taker = takers.at(-1);
    if (taker === undefined) process.exit(128 + (signal === "SIGINT" ? 2 : signal === "SIGTERM" ? 15 : 1));
    else taker(signal);
  };
  let listening = false;
  return {
    raise: (signal) => takers.at(-1)?.(signal),
    on: (take) => {
      if (!listening) for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => hear(signal));
      listening = true;
      takers.push(take);
      return () => void takers.splice(takers.indexOf(take), 1);
    },
  };
}

async function main(): Promise<void> {
  const parsed = parseArgs(process.argv.slice(2), process.env, process.cwd());
  const interrupts = openInterrupts();
  let pipeClosed = false;
  const reports = await openReports(parsed.ok ? parsed.value : null, () => {
    pipeClosed = true;
    interrupts.raise("SIGTERM");
  });
  if (!parsed.ok) {
    reports.problems(parsed.problems);
    process.exitCode = 2;
    return;
  }
  const doors = openMachine(path.dirname(__dirname));
  const end = await dispatch(parsed.value, { doors, reports, interrupts, seed: Date.now() % 1_000_000 });
  process.exitCode = pipeClosed ? EXIT_PIPE_CLOSED : end.exitCode;
  if (pipeClosed) return;
  // So that the shell sees a program that died of the signal, as it expects of one that was interrupted.
  if (end.signal !== null) {
    process.removeAllListeners(end.signal);
    process.kill(process.pid, end.signal);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

// All writing is synchronous, so leaving loses nothing; a config may have left a timer or a socket open.
main().then(() => process.exit(), (error: unknown) => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  fs.writeSync(2, `tg: internal error, please report it: ${text}\n`);
  process.exit(3);
});
