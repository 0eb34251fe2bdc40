// The kill ladder: how a build that was told to stop ends what runs. Knows no tasks.
import { setTimeout as delay } from "node:timers/promises";
import type { StopSignal } from "../../model/ports.ts";

/** `first` has been forwarded. SIGTERM follows if that was Ctrl-C, and SIGKILL after `graceMs`. Does not keep the process alive. */
export async function climb(first: StopSignal, graceMs: number, signal: (rung: "SIGTERM" | "SIGKILL") => void): Promise<void> {
  const rungs = first === "SIGINT" ? (["SIGTERM", "SIGKILL"] as const) : (["SIGKILL"] as const);
  for (const rung of rungs) {
    await delay(graceMs / rungs.length, undefined, { ref: false });
    signal(rung);
  }
}
