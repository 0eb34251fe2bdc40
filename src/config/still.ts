// Reports that an evaluation takes long. If it waits, a timer reports it; if it blocks the thread no timer fires, so if the
// text of a module has a loop that may run for ever, or waits for a process, a shell beside it does. Knows no config.
import type { ChildProcess } from "node:child_process";
import { writeSync } from "node:fs";
import type { Socket } from "node:net";
import process from "node:process";

/** A loop with an unknown number of rounds, or a blocking call. A loop over a list should not cost a process. */
const STAYS = /\bwhile\s*\(|\bdo\s*\{|\bfor\s*\([^;()]*;\s*;|\b(?:exec|execFile|spawn)Sync\b|\bAtomics\s*\.\s*wait\b/;

export function mayStay(code: string): boolean {
  return STAYS.test(code);
}

/** What to print on standard error about files being evaluated, and when. */
export interface Still {
  readonly afterMs: number;
  text(files: readonly string[]): string;
}

/**
 * Waits without a program of its own that could outlive it: whatever ends the shell ends the wait, and so does the end of
 * tg, which closes its input. No dead process is left for an init to reap, because many containers have one that does not.
 * `$1`: seconds, `$2`: the text. A signal may arrive before the shell has recorded what it just started (in `$!`), and before
 * that process is what it will be: it would ignore any signal except SIGKILL, and the shell would wait for it.
 */
const SCRIPT = `nap= ear=
trap 'exec 2>/dev/null; kill -9 $nap $ear $!; wait; exit' HUP INT TERM
exec 3<&0 4>&2 2>/dev/null
sleep "$1" </dev/null 3<&- 4>&- & nap=$!
{ read -r end <&3; kill -9 $nap; } >/dev/null 4>&- & ear=$!
wait $nap && printf %s "$2" >&4
kill -9 $ear; wait`;

/** Call the returned function at the end of the evaluation, and await it. */
export function tellStill(still: Still, files: () => readonly string[], blocks: boolean): () => Promise<void> | void {
  const { afterMs } = still;
  const text = (): string => still.text(files());
  const child = blocks ? startBeside(afterMs, text()) : null;
  if (child !== null) return () => end(child);
  const timer = setTimeout(() => say(text()), afterMs);
  // An evaluation that waits for nothing else must be able to end.
  timer.unref();
  return () => clearTimeout(timer);
}

/** null: no process can be started. */
function startBeside(afterMs: number, text: string): ChildProcess | null {
  const { spawn } = process.getBuiltinModule("node:child_process");
  try {
    const child = spawn("/bin/sh", ["-c", SCRIPT, "sh", String(afterMs / 1000), text], { stdio: ["pipe", "ignore", "inherit"] });
    for (const one of [child, child.stdin!]) one.on("error", () => {});
    (child.stdin as Socket).unref?.();
    child.unref();
    return child.pid === undefined ? null : child;
  } catch {
    return null;
  }
}

/** Takes a millisecond or two; tg may exit before the next turn of the loop. */
function end(child: ChildProcess): Promise<void> | void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  return new Promise((resolve) => {
    child.on("exit", () => resolve());
    child.kill("SIGTERM");
  });
}

function say(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody is left to tell.
  }
}
