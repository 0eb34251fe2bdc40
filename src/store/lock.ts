// One writer per state folder. A lock names its holder (pid, start time, boot), so a dead holder is recognised without asking
// anyone. Knows no state file.
//
// `lock` is created by link(2) from a finished file: it is complete from the first moment, and only one process can create
// it. A process that finds the holder dead tries to create `lock.after.<nonce of the dead>`, again by link: only one can
// succeed a given holder, and if that one dies too, it is succeeded in the same way. The holder is the end of that chain. A
// successor puts its own file in place of `lock` and removes the chain; one that linked after that moment finds a different
// `lock` than it started from, removes its link and starts again. Nonces are never reused.
import * as fs from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { removeFile } from "../folders.ts";
import { isFull } from "../model/ports.ts";
import { bad, good } from "../model/problem.ts";
import type { Result } from "../model/problem.ts";
import { inFolder } from "./folder.ts";
import { isOdd } from "./odd.ts";
import { bootId, groupsBelow, isAlive, ownStart } from "./process.ts";

export interface Holder {
  readonly pid: number;
  readonly command: string;
  /** How long it has held the lock. */
  readonly seconds: number;
}

export interface Lock {
  /** Pid of the dead holder that was succeeded; null if the lock was free. */
  readonly tookOver: number | null;
  /** Another process held it, however briefly. */
  readonly waited: boolean;
  release(): void;
}

export interface LockOptions {
  /** false: return at once, with `locked` if another process holds it. */
  readonly wait: boolean;
  /** Without this folder, nothing is created. */
  readonly root?: string;
  /** On a full disk, make room for the lock: whoever asks is about to free some space. */
  readonly frees?: boolean;
  /** Called once after 100 ms of waiting, then every 10 s. */
  onWait(holder: Holder): void;
  /** Called before a dead holder is succeeded, with the time since when it held the lock (milliseconds since the epoch). */
  onDead?(since: number): void;
}

interface Ticket {
  readonly pid: number;
  readonly start: string;
  readonly boot: string;
  readonly command: string;
  readonly nonce: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

const FIRST_WAIT_MS = 100;
const NEXT_WAIT_MS = 10_000;
const POLL_MS: readonly [number, number] = [30, 200];
/** An unreadable lock may be one being written, on a filesystem without links; after this long it is litter. */
const DAMAGED_AFTER_MS = 2000;

export async function acquireLock(stateDir: string, me: { readonly command: string }, options: LockOptions): Promise<Result<Lock>> {
  const ticket = newTicket(me.command);
  const began = monotonicMs();
  let tellAt = FIRST_WAIT_MS;
  let waited = false;
  for (let pause = POLL_MS[0]; ; pause = Math.min(pause * 1.5, POLL_MS[1])) {
    let turn: Turn;
    try {
      turn = tryOnce(stateDir, options, ticket);
    } catch (error) {
      const errno = (error as { code?: unknown }).code;
      if (typeof errno !== "string") throw error;
      leave(stateDir, ticket);
      return bad([errno === "EMFILE" || errno === "ENFILE" ? { code: "too-many-files", path: stateDir } : { code: "state-unwritable", path: errno === "EISDIR" ? stateDir + "/lock" : stateDir, errno }]);
    }
    if (turn.kind === "mine") return good({ tookOver: turn.tookOver, waited, release: () => release(stateDir, ticket) });
    const holder = toHolder(turn.holder);
    if (waitsForMe(stateDir, holder.pid)) return bad([{ code: "locked-above", pid: holder.pid, command: holder.command }]);
    if (!options.wait) return bad([{ code: "locked", ...holder }]);
    const waitedMs = monotonicMs() - began;
    if (waitedMs >= tellAt) {
      tellAt = waitedMs + NEXT_WAIT_MS;
      options.onWait(holder);
    }
    waited = true;
    await sleep(pause);
  }
}

/** Whether the holder runs the command that this process is part of. Nobody waits for a service to end. */
function waitsForMe(stateDir: string, holder: number): boolean {
  const groups = holder === process.pid ? null : groupsBelow(holder);
  return groups !== null && !groups.some((group) => fs.existsSync(`${stateDir}/services/${group}`));
}

/** The current holder of the lock; null if nobody alive holds it or it cannot be read. Writes nothing. */
export function readHolder(stateDir: string): Holder | null {
  try {
    const chain = readChain(stateDir);
    return chain !== null && lives(chain.tail) ? toHolder(chain.tail) : null;
  } catch (error) {
    if (typeof (error as { code?: unknown }).code !== "string") throw error;
    return null;
  }
}

type Turn = { readonly kind: "mine"; readonly tookOver: number | null } | { readonly kind: "held"; readonly holder: Ticket };

/** Loops until the lock is acquired or found held by a live process. A round that does neither was lost to a faster process. */
function tryOnce(stateDir: string, options: Pick<LockOptions, "root" | "frees" | "onDead">, ticket: Ticket): Turn {
  const lock = stateDir + "/lock";
  for (;;) {
    const chain = readChain(stateDir);
    if (chain !== null && lives(chain.tail)) return { kind: "held", holder: chain.tail };
    const draft = `${lock}.${ticket.nonce}`;
    try {
      writeDraft(stateDir, { draft, ...options }, ticket);
      if (chain === null) {
        if (link(draft, lock)) return { kind: "mine", tookOver: null };
      } else if (options.onDead?.(chain.head.since), succeed(lock, draft, chain)) {
        clearAway(stateDir);
        return { kind: "mine", tookOver: adrift.has(chain.tail.nonce) ? null : chain.tail.pid };
      }
    } finally {
      removeFile(draft);
    }
  }
}

function succeed(lock: string, draft: string, chain: Chain): boolean {
  const claim = `${lock}.after.${chain.tail.nonce}`;
  if (!link(draft, claim)) return false;
  if (readTicket(lock)?.nonce === chain.head.nonce) {
    fs.renameSync(draft, lock);
    return true;
  }
  removeFile(claim);
  return false;
}

/** A snapshot is written with the lock held: these drafts belong to a tg that was killed. */
const SNAPSHOT_DRAFT = /^state(?:\.[0-9a-z]+)?\.\d+\.tmp$/;

/** Removes claims and drafts of the dead. A process working on its claim finds it gone and starts again. */
function clearAway(stateDir: string): void {
  for (const name of fs.readdirSync(stateDir)) if (name.startsWith("lock.") || SNAPSHOT_DRAFT.test(name)) fs.rmSync(`${stateDir}/${name}`, { force: true });
}

/** Locks this process released but could not find: they are in a folder that was moved away, and may come back with it. */
const adrift = new Set<string>();

/** How often to check whether one has come back: others see that this process lives, and wait for it. */
const ADRIFT_MS = 500;

function leave(stateDir: string, { nonce }: Ticket): void {
  adrift.add(nonce);
  const timer = setInterval(() => {
    if (takeAway(stateDir, nonce)) clearInterval(timer);
  }, ADRIFT_MS);
  timer.unref();
}

/** Removes a lock or claim. Returns false if the folder is gone or not writable. */
function takeAway(stateDir: string, nonce: string): boolean {
  try {
    for (const name of fs.readdirSync(stateDir)) if (/^lock(\.after\.|$)/.test(name) && readTicket(`${stateDir}/${name}`)?.nonce === nonce) fs.rmSync(`${stateDir}/${name}`, { force: true });
    return true;
  } catch (error) {
    if (typeof (error as { code?: unknown }).code !== "string") throw error;
    return false;
  }
}

function release(stateDir: string, ticket: Ticket): void {
  const lock = stateDir + "/lock";
  try {
    if (readTicket(lock)?.nonce === ticket.nonce) return removeFile(lock);
    leave(stateDir, ticket);
  } catch (error) {
    // What remains is the lock of a process that is about to die, and will be recognised as such.
    leave(stateDir, ticket);
    if (typeof (error as { code?: unknown }).code !== "string") throw error;
  }
}

function writeDraft(stateDir: string, { draft, root, frees }: Pick<LockOptions, "root" | "frees"> & { readonly draft: string }, ticket: Ticket): void {
  const text = JSON.stringify(ticket) + "\n";
  const write = (): void => inFolder(stateDir, root, () => fs.writeFileSync(draft, text));
  try {
    write();
  } catch (error) {
    if (frees !== true || !isFull((error as { code?: string }).code ?? "") || !fs.existsSync(stateDir + "/clock")) throw error;
    // Its one byte takes as much room as a ticket, and is written again by whoever next asks for the time.
    fs.truncateSync(stateDir + "/clock");
    write();
  }
}

/** Returns false if the target exists, or the draft was cleared away. */
function link(draft: string, target: string): boolean {
  try {
    fs.linkSync(draft, target);
    return true;
  } catch (error) {
    const errno = (error as { code?: string }).code ?? "";
    if (errno === "EEXIST" || errno === "ENOENT") return false;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(errno)) throw error;
    return copyExclusive(draft, target);
  }
}

/** For filesystems without links. */
function copyExclusive(draft: string, target: string): boolean {
  try {
    fs.writeFileSync(target, fs.readFileSync(draft), { flag: "wx" });
    return true;
  } catch (error) {
    const errno = (error as { code?: string }).code ?? "";
    if (errno === "EEXIST" || errno === "ENOENT") return false;
    throw error;
  }
}

interface Chain {
  readonly head: Ticket;
  readonly tail: Ticket;
}

function readChain(stateDir: string): Chain | null {
  const lock = stateDir + "/lock";
  const head = readTicket(lock);
  if (head === null) return null;
  let tail = head;
  for (;;) {
    const next = readTicket(`${lock}.after.${tail.nonce}`);
    if (next === null) return { head, tail };
    tail = next;
  }
}

/** null: no such file. Text that is no ticket yields one whose holder never lived, or may still be writing it. */
function readTicket(file: string): Ticket | null {
  let text: string;
  let found: fs.Stats;
  try {
    found = fs.statSync(file);
    text = isOdd(file) ? "" : fs.readFileSync(file, "utf8");
  } catch (error) {
    const errno = (error as { code?: string }).code;
    if (errno === "ENOENT") removeDeadLink(file);
    if (errno === "ENOENT" || errno === "ENOTDIR") return null;
    throw error;
  }
  return parseTicket(text) ?? { pid: 0, start: "", boot: "", command: "", nonce: `damaged-${found.ino}-${Math.trunc(found.mtimeMs)}`, since: found.mtimeMs };
}

/** A link to nowhere cannot be read, yet blocks every new ticket. */
function removeDeadLink(file: string): void {
  if (fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true) fs.rmSync(file, { force: true });
}

function parseTicket(text: string): Ticket | null {
  let value: Partial<Ticket> | null;
  try {
    value = JSON.parse(text) as Partial<Ticket> | null;
  } catch {
    return null;
  }
  if (value === null || typeof value !== "object") return null;
  const { pid, start, boot, command, nonce, since } = value;
  if (typeof pid !== "number" || !Number.isInteger(pid) || pid < 1 || typeof start !== "string" || typeof boot !== "string") return null;
  if (typeof command !== "string" || typeof nonce !== "string" || !/^[0-9a-f]+$/.test(nonce) || typeof since !== "number") return null;
  return { pid, start, boot, command, nonce, since };
}

function newTicket(command: string): Ticket {
  return { pid: process.pid, start: ownStart(), boot: bootId(), command, nonce: newNonce(), since: Date.now() };
}

function lives(ticket: Ticket): boolean {
  if (adrift.has(ticket.nonce)) return false;
  if (ticket.pid === 0) return Math.abs(Date.now() - ticket.since) < DAMAGED_AFTER_MS;
  return isAlive(ticket.pid, ticket);
}

function toHolder(ticket: Ticket): Holder {
  return { pid: ticket.pid, command: ticket.command, seconds: Math.max(0, Math.floor((Date.now() - ticket.since) / 1000)) };
}

/** Unique, not secret: pid and start time are beside it. Avoids node:crypto, which costs 3 ms to load. */
function newNonce(): string {
  const part = (): string => Math.floor(Math.random() * 2 ** 48).toString(16).padStart(12, "0");
  return part() + part();
}

/** As performance.now(), without loading node:perf_hooks. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
