// Asks a program for its version and waits for the answer. Loads node:child_process only then. Knows no tasks.
import process from "node:process";

export interface VersionAnswer {
  /** null: exit 0. Else `exit N`, a signal, `late` or an errno. */
  readonly wrong: string | null;
  /** What it printed, standard output first. */
  readonly text: string;
}

/** A program that has not answered by then never will. In ms. */
const LIMIT_MS = 10_000;
const MOST_BYTES = 1 << 20;

export function askVersion(argv: readonly string[], where: { readonly cwd: string; readonly env: Readonly<Record<string, string>> }): VersionAnswer {
  const { spawnSync } = process.getBuiltinModule("node:child_process") as typeof import("node:child_process");
  const done = spawnSync(argv[0]!, argv.slice(1), { ...where, stdio: ["ignore", "pipe", "pipe"], timeout: LIMIT_MS, killSignal: "SIGKILL", maxBuffer: MOST_BYTES, encoding: "utf8" });
  const text = (done.stdout ?? "") + (done.stderr ?? "");
  const errno = (done.error as NodeJS.ErrnoException | undefined)?.code;
  if (errno !== undefined) return { wrong: errno === "ETIMEDOUT" ? "late" : errno, text };
  if (done.signal !== null) return { wrong: done.signal, text };
  return { wrong: done.status === 0 ? null : `exit ${done.status}`, text };
}
