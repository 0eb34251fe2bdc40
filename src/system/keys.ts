// The person's side of a watch: keys pressed at a terminal in the foreground, and the end of the process that started tg.
// Knows no build.
import fs from "node:fs";
import process from "node:process";
import type { Keys, KeyTaker } from "../model/ports.ts";

const PARENT_MS = 1_000;
/** The process that started tg: keys are opened later, and it may be gone by then. */
const parent = process.ppid;
/** npm and similar tools start a shell that starts tg, and outlives them. */
const above = process.env["npm_lifecycle_event"] === undefined ? null : parentOf(parent);

/** Reads keys only if tg has the terminal to itself: a background job that read from it would be stopped. */
export function openKeys(taker: KeyTaker): Keys {
  const stdin = mayBeTerminal() ? process.stdin : null;
  const reads = stdin?.isTTY === true && inForeground();
  const timer = setInterval(() => {
    if (process.ppid !== parent || (above !== null && parentOf(parent) !== above)) taker.interrupt("SIGHUP");
  }, PARENT_MS);
  timer.unref();
  const restore = (): void => {
    if (stdin?.isTTY === true && stdin.isRaw) stdin.setRawMode(false);
  };
  const resume = (): void => {
    if (inForeground()) stdin?.setRawMode(true);
  };
  const hear = (bytes: Buffer): void => {
    for (const key of bytes.toString("latin1")) press(key, taker, restore);
  };
  const gone = (): void => taker.interrupt("SIGHUP");
  if (reads) {
    stdin.setRawMode(true);
    stdin.on("data", hear).on("error", gone).on("end", gone);
    process.on("exit", restore);
    process.on("SIGCONT", resume);
  }
  return {
    heard: reads,
    close: () => {
      clearInterval(timer);
      if (!reads) return;
      restore();
      stdin?.off("data", hear).off("error", gone).off("end", gone).pause();
      process.off("SIGCONT", resume);
      process.off("exit", restore);
    },
  };
}

function press(key: string, taker: KeyTaker, restore: () => void): void {
  switch (key) {
    case "r": return taker.run();
    case "f": return taker.force();
    case "s": return taker.status();
    case "c": return taker.clear();
    case "q": return taker.quit();
    case "\u0003": return taker.interrupt("SIGINT");
    // Terminals in raw mode send the keys that would otherwise be signals.
    case "\u001a":
      restore();
      process.kill(process.pid, "SIGTSTP");
      return;
    case "\u001c": return taker.interrupt("SIGTERM");
    default: return;
  }
}

/** Without a stream, which takes 10 ms to load: input from a pipe, a file or nowhere is never read. */
function mayBeTerminal(): boolean {
  try {
    const stat = fs.fstatSync(0);
    return process.platform === "win32" || (stat.isCharacterDevice() && stat.rdev !== fs.statSync("/dev/null").rdev);
  } catch {
    return false;
  }
}

/** Whether tg's process group is the terminal's foreground group. If unknown, it counts as such. */
function inForeground(): boolean {
  const fields = statOf("self");
  return fields === null || fields[2] === fields[5];
}

/** null: gone, or unknown. */
function parentOf(pid: number): string | null {
  return statOf(String(pid))?.[1] ?? null;
}

/** The fields from the state on: state, parent, group, session, terminal, the terminal's foreground group. */
function statOf(pid: string): readonly string[] | null {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}
