// Whether the process that wrote a lock is still the same living one. Knows /proc and signal 0, nothing of locks.
import * as fs from "node:fs";
import process from "node:process";

/** Read once: it does not change while this process lives, and a watch needs it for each build. */
let boot: string | null = null;
let own = "";

/** Text that differs between two boots of the machine; empty if the system does not provide one. */
export function bootId(): string {
  return (boot ??= readText("/proc/sys/kernel/random/boot_id")?.trim() ?? "");
}

/** `startOf` this process; empty if there is no /proc. */
export function ownStart(): string {
  if (own === "") own = startOf(process.pid) ?? "";
  return own;
}

/** When `pid` started, in the kernel's ticks since boot; null if there is no such process or no /proc. */
export function startOf(pid: number): string | null {
  return statOf(pid)?.start ?? null;
}

/** `start` and `boot` as this module returned them earlier; empty texts are not compared. */
export function isAlive(pid: number, then: { readonly start: string; readonly boot: string }): boolean {
  const boot = bootId();
  if (boot !== "" && then.boot !== "" && boot !== then.boot) return false;
  if (!exists(pid)) return false;
  const now = statOf(pid);
  if (now === null) return true;
  // A zombie is dead already; its parent has not waited for it yet.
  if (now.state === "Z" || now.state === "X") return false;
  return then.start === "" || now.start === then.start;
}

/** Whether any process of the group still runs. Zombies do not count; without /proc, signal 0 is the only test. */
export function groupIsAlive(group: number): boolean {
  if (!fs.existsSync("/proc/self/stat")) return signalGroup(group, 0);
  if (!signalGroup(group, 0)) return false;
  return fs.readdirSync("/proc").some((name) => {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : null;
    return stat !== null && stat.group === group && stat.state !== "Z" && stat.state !== "X";
  });
}

/** False if there is no such group. */
export function signalGroup(group: number, signal: "SIGKILL" | "SIGTERM" | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

/** Groups of the processes from this one up to, but not including, `above`; null if that is no ancestor. Without /proc only the parent is known. */
export function groupsBelow(above: number): number[] | null {
  const groups: number[] = [];
  for (let pid = process.pid; pid > 1; ) {
    const stat = statOf(pid);
    if (stat === null) return process.ppid === above ? groups : null;
    groups.push(stat.group);
    if (stat.parent === above) return groups;
    pid = stat.parent;
  }
  return null;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}

function statOf(pid: number): { readonly state: string; readonly parent: number; readonly group: number; readonly start: string } | null {
  const text = readText(`/proc/${pid}/stat`);
  if (text === null) return null;
  // The second field is the program's name in parentheses and may contain anything: count from the last parenthesis (proc(5)).
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group, start] = [fields[0], fields[1], fields[2], fields[19]];
  return state === undefined || start === undefined ? null : { state, parent: Number(parent), group: Number(group), start };
}

function readText(file: string): string | null {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
