// The process group of one job: signals to all of it, its remaining members, the leader's memory. Knows no job and no output.
import * as fs from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { isatty } from "node:tty";
import type { StopSignal } from "../model/ports.ts";

export type SignalName = StopSignal | "SIGKILL";

export interface Group {
  /** The first call starts the grace time, after which `settle` kills. */
  signal(name: SignalName): void;
  /**
   * After the leader's exit: pids still in the group. Members of a signalled job are ended first (SIGTERM at once, because a
   * shell's background children ignore SIGINT; SIGKILL after the grace time).
   */
  settle(): readonly number[] | Promise<readonly number[]>;
  /** Which of those that were left have not ended by now. */
  still(left: readonly number[]): readonly number[];
  /**
   * Other pids in the group. Cheap if the leader stays, and has and had no children. `last`: it exits now, and its children get
   * another parent. `bare`: none of its children can have ended since the last look.
   */
  others(call: { readonly last: boolean; readonly bare: boolean }): readonly number[] | Promise<readonly number[]>;
  /** The leader is gone, and `others` will not be called again. */
  close(): void;
}

export interface GroupOptions {
  /** false: the process stays in tg's own group, so only it and its descendants may be signalled. */
  readonly own: boolean;
  readonly graceMs: number;
}

/** Time the last members of a pipeline have to end after their leader. */
const LINGER_MS = 200;
const KILLED_MS = 1000;

export function openGroup(pid: number, { own, graceMs }: GroupOptions): Group {
  if (!Number.isInteger(pid) || pid <= 1) throw new Error(`no process group ${pid}`);
  let signalledAt = -1;
  const offspring = offspringOf(pid);
  return {
    signal: (name) => {
      if (signalledAt < 0) signalledAt = performance.now();
      if (own) send(-pid, name);
      // Ctrl-C in a terminal has reached tg's whole group already, unless it is a key that a watch reads.
      else if (name !== "SIGINT" || !isatty(0) || process.stdin.isRaw) for (const one of [pid, ...descendantsOf(pid)]) send(one, name);
    },
    settle: () => (own && send(-pid, 0) ? settle(pid, () => (signalledAt < 0 ? -1 : signalledAt + graceMs)) : []),
    still: (left) => (left.length === 0 ? left : named(membersOf(pid)).filter((one) => left.includes(one))),
    others: ({ last, bare }) => (last || offspring.some(bare) ? emptied(pid, () => performance.now() + LINGER_MS, pid).then(named) : []),
    close: offspring.close,
  };
}

/** `killAt`: when to kill, on the clock of `performance.now`; negative while the job has not been signalled. */
async function settle(pgid: number, killAt: () => number): Promise<readonly number[]> {
  let left = await emptied(pgid, () => performance.now() + LINGER_MS);
  if (left.length === 0 || killAt() < 0) return named(left);
  send(-pgid, "SIGTERM");
  left = await emptied(pgid, killAt);
  if (left.length === 0) return [];
  send(-pgid, "SIGKILL");
  return named(await emptied(pgid, () => performance.now() + KILLED_MS));
}

/** Waits until the group is empty except for `except`, or time runs out; returns who is left. */
async function emptied(pgid: number, until: () => number, except = 0): Promise<readonly Seen[]> {
  const end = until();
  for (let pause = 2; ; pause = Math.min(pause * 2, 50)) {
    const left = membersOf(pgid).filter(({ pid }) => pid !== except);
    if (left.length === 0 || performance.now() >= end) return left;
    await sleep(pause);
  }
}

/** Returns false if there is no such process. */
function send(target: number, name: SignalName | 0): boolean {
  try {
    process.kill(target, name);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}

interface ProcFile {
  /** Number of bytes read; 0 if there is no such file any more. */
  read(into: Buffer): number;
  close(): void;
}

/** Stays open after the first look: re-reading needs no path lookup. */
function openProcFile(path: string): ProcFile {
  let fd = -1;
  return {
    read: (into) => {
      try {
        if (fd < 0) fd = fs.openSync(path, "r");
        return fs.readSync(fd, into, 0, into.length, 0);
      } catch (error) {
        if (typeof (error as { code?: unknown }).code !== "string") throw error;
        return 0;
      }
    },
    close: () => {
      if (fd >= 0) fs.closeSync(fd);
      fd = -1;
    },
  };
}

interface Offspring {
  /** Whether there may be other processes in its group: children of its main thread, or, unless `bare`, what those left that ended since the last look. */
  some(bare: boolean): boolean;
  close(): void;
}

function offspringOf(pid: number): Offspring {
  const children = openProcFile(`/proc/${pid}/task/${pid}/children`);
  const stat = openProcFile(`/proc/${pid}/task/${pid}/stat`);
  const byte = Buffer.alloc(1);
  const line = Buffer.alloc(512);
  let faults = "0";
  let known: ReadonlySet<string> = new Set();
  /** The page faults of children that were waited for: each child has some. Their children have got another parent. */
  const childrenEnded = (): boolean => {
    const before = faults;
    faults = fieldsOf(line.toString("latin1", 0, stat.read(line)))[8] ?? before;
    return faults !== before;
  };
  /** Nobody joins the group later: only processes that were not there at the last look are looked at. */
  const newMember = (): boolean => {
    const before = known;
    known = new Set(listProc());
    return [...known].some((name) => !before.has(name) && Number(name) !== pid && look(name)?.group === pid);
  };
  return {
    some: (bare) => children.read(byte) > 0 || (!bare && childrenEnded() && newMember()),
    close: () => {
      children.close();
      stat.close();
    },
  };
}

interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** It runs no more code: the kernel closes its files and frees its memory. */
  readonly exits: boolean;
}

function membersOf(pgid: number): readonly Seen[] {
  if (!send(-pgid, 0)) return [];
  return (scan() ?? [{ pid: pgid, parent: 0, group: pgid, exits: false }]).filter((one) => one.group === pgid);
}

/** Without those that have ended but for what the kernel does. */
function named(members: readonly Seen[]): readonly number[] {
  return members.filter(({ exits }) => !exits).map(({ pid }) => pid);
}

function descendantsOf(pid: number): readonly number[] {
  const family = new Set([pid]);
  const all = scan() ?? [];
  for (let grown = true; grown; ) {
    grown = false;
    for (const one of all) {
      if (!family.has(one.parent) || family.has(one.pid)) continue;
      family.add(one.pid);
      grown = true;
    }
  }
  family.delete(pid);
  return [...family];
}

/** The kernel's flag of a process that is exiting. */
const PF_EXITING = 4;

/** Living processes (no zombies); null if there is no /proc. */
function scan(): readonly Seen[] | null {
  const found = listProc().flatMap((name) => look(name) ?? []);
  return found.length === 0 ? null : found;
}

function look(name: string): Seen | null {
  const text = readText(`/proc/${name}/stat`);
  if (text === null) return null;
  const [state, parent, group, , , , flags] = fieldsOf(text);
  return state === "Z" || state === "X" ? null : { pid: Number(name), parent: Number(parent), group: Number(group), exits: (Number(flags) & PF_EXITING) !== 0 };
}

/** proc(5): the name in parentheses may contain anything; state, parent, group, session, tty, its group, flags, faults and those of children follow it. */
function fieldsOf(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ", 10);
}

function listProc(): readonly string[] {
  try {
    return fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function readText(file: string): string | null {
  try {
    return fs.readFileSync(file, "latin1");
  } catch {
    return null;
  }
}

export interface PeakMeter {
  /** Highest value seen, in KiB; 0 if the process was too short-lived or the system does not report it. */
  stop(): number;
}

const FIRST_SAMPLE_MS = 100;
const LAST_SAMPLE_MS = 1000;

/** Larger trees are cut: these are samples. */
const MOST_PROCESSES = 64;
const MOST_THREADS = 16;

/** Pids of the children of `pid`. */
function childrenOf(pid: number): number[] {
  try {
    return fs.readdirSync(`/proc/${pid}/task`).slice(0, MOST_THREADS).flatMap((thread) => (readText(`/proc/${pid}/task/${thread}/children`) ?? "").split(" ").filter((word) => word !== "").map(Number));
  } catch {
    return [];
  }
}

/** KiB that the process and its descendants hold now, or the peak of one of them; null if it is gone. */
function memoryOf(pid: number): number | null {
  let together = 0;
  let highest = 0;
  const pids = [pid];
  for (let at = 0; at < pids.length && at < MOST_PROCESSES; at++) {
    const text = readText(`/proc/${pids[at]!}/status`);
    if (text === null) continue;
    together += Number(/^VmRSS:\s*(\d+) kB/m.exec(text)?.[1] ?? 0);
    highest = Math.max(highest, Number(/^VmHWM:\s*(\d+) kB/m.exec(text)?.[1] ?? 0));
    for (const child of childrenOf(pids[at]!)) pids.push(child);
  }
  return highest === 0 ? null : Math.max(together, highest);
}

/** Samples a process after 100, 200, 400, 800 ms, then every second. Costs nothing if it ends before. */
export function measurePeak(pid: number): PeakMeter {
  let peak = 0;
  let pause = FIRST_SAMPLE_MS;
  let timer: NodeJS.Timeout | null = null;
  const look = (): void => {
    const now = memoryOf(pid);
    if (now === null) return;
    peak = Math.max(peak, now);
    pause = Math.min(pause * 2, LAST_SAMPLE_MS);
    wait();
  };
  const wait = (): void => {
    timer = setTimeout(look, pause);
    timer.unref();
  };
  wait();
  return {
    stop: () => {
      if (timer !== null) clearTimeout(timer);
      return peak;
    },
  };
}
