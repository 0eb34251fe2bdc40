// The launchers of one engine: one per command running at the same time, started once that pays off. Knows no jobs.
import process from "node:process";
import { startLauncher } from "./launcher.ts";
import type { Launcher } from "./launcher.ts";

/** "always" waits for a launcher where "auto" has the runtime start the command; but only on Linux can the runtime give a command one pipe for both streams. */
export type LauncherUse = "auto" | "always" | "never";

export interface Launchers {
  /** A free launcher; null: start the command without one. `running`: number of commands running now. */
  take(running: number): Launcher | null;
  /** Returns one that can take the next request. */
  free(launcher: Launcher): void;
  close(): Promise<void>;
}

/** Commands started without a launcher: it costs about as much as it saves by the second. */
const FIRST = 2;

/** `tokens`: descriptors that every command inherits. */
export function openLaunchers(use: LauncherUse, tokens: readonly [number, number] | null = null): Launchers {
  const versions = process.versions as Record<string, string | undefined>;
  // Bun and Deno start processes without forking themselves: nothing to gain (docs/performance.md).
  let possible = use !== "never" && process.platform !== "win32" && versions["bun"] === undefined && versions["deno"] === undefined;
  const wait = use === "always" || process.platform !== "linux";
  const all = new Set<Launcher>();
  const idle: Launcher[] = [];
  let asked = 0;
  const add = (): Launcher | null => {
    const launcher = startLauncher(tokens, {
      ready: (one) => {
        if (!wait) idle.push(one);
      },
      gone: () => {
        // If one cannot run, no more are tried.
        possible = false;
        if (launcher === null) return;
        all.delete(launcher);
        if (idle.includes(launcher)) idle.splice(idle.indexOf(launcher), 1);
      },
    });
    if (launcher === null) possible = false;
    else all.add(launcher);
    return launcher;
  };
  return {
    take: (running) => {
      asked++;
      const found = idle.pop();
      if (found !== undefined) return found;
      if (!possible || all.size > running || (!wait && asked <= FIRST)) return null;
      const added = add();
      return wait ? added : null;
    },
    free: (launcher) => {
      if (all.has(launcher)) idle.push(launcher);
    },
    close: async () => {
      possible = false;
      await Promise.all([...all].map((launcher) => launcher.close()));
    },
  };
}
