// GNU make's jobserver: one implicit slot for each participant, and a token in a pipe for each further one. Either tg's own, for
// whatever its tasks start, or that of a make above it. Knows no tasks.
import * as fs from "node:fs";
import process from "node:process";
import type { MakeOutside } from "../model/outside.ts";
import type { Slots } from "../model/ports.ts";
import { readMakeflags, writeMakeflags, type Auth } from "../model/makeflags.ts";
import { BATCH, makeFifos, startFifos, type Fifos } from "./fifos.ts";

export interface JobserverOptions {
  readonly jobs: number;
  /** MAKEFLAGS of the person's environment; "" if unset. */
  readonly makeflags: string;
  /** `-j` was given: a jobserver of a make above is not used, as in make. */
  readonly own: boolean;
  /** How many tasks are likely to run. Default: many. */
  readonly expected?: number;
  /** For the folder of our own FIFOs. */
  readonly makeOutside?: MakeOutside;
}

export interface Jobserver {
  readonly slots: Slots;
  /** For commands; undefined: leave it unchanged. */
  readonly makeflags: string | undefined;
  /** For functions, which inherit no descriptors: only the FIFO; tools that do not know FIFOs pass it on unread. */
  readonly bareMakeflags: string | undefined;
  /** Descriptors that children get as TOKEN_FDS; null: none. */
  readonly fds: readonly [read: number, write: number] | null;
  /** FIFOs created along with ours (makeFifos); whoever takes them closes them. */
  readonly spare: readonly number[];
  /** The make above offers a jobserver that cannot be reached. */
  readonly unreachable: boolean;
  close(): void;
}

/** Where children find them, as with make. */
const TOKEN_FDS: readonly [number, number] = [3, 4];

const { O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK } = fs.constants;
const TOKEN = Buffer.from("+");
/** A pipe certainly holds this many tokens. */
const MOST = 4096;

/** Creates the FIFOs for `openJobserver` in the background; null: it needs none, or none can be had. */
export async function startJobserver(o: JobserverOptions): Promise<Fifos | null> {
  return (o.own || readMakeflags(o.makeflags).auths.length === 0) && canOffer(o.jobs) ? startFifos(NAMES, namelessFor(o), o.makeOutside) : null;
}

/** `made`: by `startJobserver`. */
export function openJobserver(o: JobserverOptions, made: Fifos | null = null): Jobserver {
  const above = o.own ? [] : readMakeflags(o.makeflags).auths;
  const client = openAbove(above);
  if (client !== null) return sharing(client, o, null);
  // Even for one job: otherwise what a task starts would use as many as there are processors.
  const server = openOwn(o, made);
  if (server !== null) return { ...sharing(server, o, o.jobs - 1), unreachable: above.length > 0 };
  const bare = /jobserver/.test(o.makeflags) ? writeMakeflags(o.makeflags, null, []) : undefined;
  return { slots: NO_LIMIT, makeflags: bare, bareMakeflags: bare, fds: null, spare: [], unreachable: above.length > 0, close: () => {} };
}

/** Only `-j` limits. */
const NO_LIMIT: Slots = { take: () => true, give: () => {}, rest: () => {}, waits: false };

interface Pool {
  /** Non-blocking, on a file description of our own: the flag must not affect others. */
  readonly look: number;
  readonly read: number;
  readonly write: number;
  /** Ways to tell children; the last one counts. */
  readonly auths: readonly Auth[];
  readonly spare: readonly number[];
  close(): void;
}

/** `stock`: number of tokens when nothing runs, if the pool is ours. */
function sharing(pool: Pool, o: JobserverOptions, stock: number | null): Jobserver {
  const held: number[] = [];
  const give = (): void => {
    const token = held.pop();
    if (token !== undefined) fs.writeSync(pool.write, Buffer.from([token]));
  };
  const slots: Slots = {
    waits: true,
    take: () => {
      const token = readToken(pool.look);
      if (token !== null) held.push(token);
      return token !== null;
    },
    give,
    rest: () => {
      while (held.length > 0) give();
      if (stock !== null) restock(pool, stock);
    },
  };
  const makeflags = writeMakeflags(o.makeflags, o.jobs, pool.auths);
  return {
    slots, makeflags, bareMakeflags: writeMakeflags(o.makeflags, null, pool.auths), fds: [pool.read, pool.write], spare: pool.spare, unreachable: false,
    close: () => {
      while (held.length > 0) give();
      pool.close();
    },
  };
}

function readToken(fd: number): number | null {
  const byte = Buffer.alloc(1);
  try {
    return fs.readSync(fd, byte, 0, 1, null) === 1 ? byte[0]! : null;
  } catch (error) {
    if ((error as { code?: string }).code === "EAGAIN") return null;
    throw error;
  }
}

/** A process that was killed took its tokens along. */
function restock(pool: Pool, stock: number): void {
  let there = 0;
  while (there < MOST && readToken(pool.look) !== null) there++;
  for (let i = 0; i < stock; i++) fs.writeSync(pool.write, TOKEN);
}

const NAMES: readonly string[] = ["jobs"];
/** Commands will print: on Linux the FIFOs for that (pipes.ts) are created here, by the same process. A function takes two. */
function namelessFor({ jobs, expected = BATCH }: JobserverOptions): number {
  return process.platform === "linux" ? Math.min(BATCH, 2 * Math.min(jobs, expected)) : 0;
}

function canOffer(jobs: number): boolean {
  const versions = process.versions as Record<string, string | undefined>;
  return process.platform !== "win32" && versions["deno"] === undefined && jobs <= MOST;
}

function openOwn(o: JobserverOptions, ready: Fifos | null): Pool | null {
  if (!canOffer(o.jobs)) return null;
  const made = ready ?? makeFifos(NAMES, namelessFor(o), o.makeOutside);
  if (made === null) return null;
  const path = made.named[0]!;
  const opened: number[] = [];
  const close = (): void => {
    for (const fd of opened.splice(0)) fs.closeSync(fd);
    made.remove();
  };
  try {
    const open = (flags: number): number => opened[opened.push(fs.openSync(path, flags)) - 1]!;
    const look = open(O_RDONLY | O_NONBLOCK);
    // Each has a file description of its own, and none ever sees an end.
    const write = open(O_RDWR);
    const read = open(O_RDONLY);
    for (let i = 1; i < o.jobs; i++) fs.writeSync(write, TOKEN);
    const pipe: Auth = { kind: "pipe", read: TOKEN_FDS[0], write: TOKEN_FDS[1] };
    return { look, read, write, auths: /\s/.test(path) ? [pipe] : [{ kind: "fifo", path }, pipe], spare: made.nameless, close };
  } catch (error) {
    if (typeof (error as { code?: unknown }).code !== "string") throw error;
    close();
    for (const fd of made.nameless) fs.closeSync(fd);
    return null;
  }
}

/** The first that can be reached; a named one before descriptors, which may have been lost on the way. */
function openAbove(auths: readonly Auth[]): Pool | null {
  const fifos = auths.filter((auth) => auth.kind === "fifo");
  for (const auth of [...fifos, ...auths.filter((one) => one.kind === "pipe")]) {
    const opened: number[] = [];
    const close = (): void => {
      for (const fd of opened.splice(0)) fs.closeSync(fd);
    };
    const open = (path: string, flags: number): number => opened[opened.push(fs.openSync(path, flags)) - 1]!;
    try {
      const [from, to] = auth.kind === "fifo" ? [auth.path, auth.path] : inherited(auth.read, auth.write);
      if (!fs.statSync(from).isFIFO() || !fs.statSync(to).isFIFO()) continue;
      const look = open(from, O_RDONLY | O_NONBLOCK);
      const write = open(to, auth.kind === "fifo" ? O_RDWR : O_WRONLY);
      const read = open(from, O_RDONLY);
      return { look, read, write, auths: [...fifos, { kind: "pipe", read: TOKEN_FDS[0], write: TOKEN_FDS[1] }], spare: [], close };
    } catch (error) {
      if (typeof (error as { code?: unknown }).code !== "string") throw error;
      close();
    }
  }
  return null;
}

/**
 * Paths of inherited descriptors. A runtime opens pipes of its own, whose numbers may be the named ones: it is make's pipe
 * only if the parent process has the same.
 */
function inherited(...fds: readonly [read: number, write: number]): readonly [string, string] {
  for (const fd of fds) {
    const own = fs.readlinkSync(`/proc/self/fd/${fd}`);
    if (own !== fs.readlinkSync(`/proc/${process.ppid}/fd/${fd}`)) throw Object.assign(new Error(own), { code: "EBADF" });
  }
  return [`/proc/self/fd/${fds[0]}`, `/proc/self/fd/${fds[1]}`];
}
