// The ladder by which a build that was told to stop ends what runs. Knows no tasks.
import { setTimeout as delay } from "node:timers/promises";
import type { StopSignal } from "../model/ports.ts";

/** `first` has been passed on: SIGTERM follows where it was Ctrl-C, and SIGKILL when `graceMs` have gone by. Keeps nobody from leaving. */
export async function climb(first: StopSignal, graceMs: number, signal: (rung: "SIGTERM" | "SIGKILL") => void): Promise<void> {
  const rungs = first === "SIGINT" ? (["SIGTERM", "SIGKILL"] as const) : (["SIGKILL"] as const);
  for (const rung of rungs) {
    await delay(graceMs / rungs.length, undefined, { ref: false });
    signal(rung);
  }
}
