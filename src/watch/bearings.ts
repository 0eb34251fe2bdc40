// Where a process runs and what it runs, as marks that two processes compare: equal marks mean equal answers. Knows /proc,
// nothing of questions.
import * as fs from "node:fs";
import process from "node:process";

/** The mounts that this process sees; empty if the system does not tell. */
export function namespaceMark(): string {
  try {
    return fs.readlinkSync("/proc/self/ns/mnt");
  } catch {
    return "";
  }
}

/** The program, identified by one of its files, and the runtime that executes it. */
export function programMark(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${file} ${stat.ino}:${stat.size}:${stat.mtimeMs} ${process.version}`;
}

/** State as one letter, as ps shows it, and start time in ticks; null if there is no such process or no /proc. */
export function processNow(pid: number): { readonly state: string; readonly start: string } | null {
  let text: string;
  try {
    text = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return null;
  }
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", start: fields[19] ?? "" };
}

/** The user who owns files that this process creates. */
export function userOf(): number {
  return process.geteuid?.() ?? -1;
}
