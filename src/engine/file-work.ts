// Files that tg makes itself: copies, concatenations, texts. Small ones synchronously, because a process would take ten times as
// long; large ones in a way that lets signals be handled meanwhile. Knows no tasks beyond the names in its problems.
import * as fs from "node:fs";
import { dirname } from "node:path";
import { makeFolders, removeFile } from "../folders.ts";
import type { FileJob } from "../model/file-work.ts";
import type { Job, JobResult, RunningJob } from "../model/ports.ts";
import type { TaskProblem } from "../model/problem.ts";
import type { FilePath } from "../model/path.ts";
import { errnoOf } from "./errno.ts";

/** Bytes read and written at a time: takes some tenths of a millisecond. */
const PIECE = 1024 * 1024;
/** How many files are made between two turns of the event loop. */
const MANY = 64;

export function startFileWork(job: Job, work: FileJob): RunningJob {
  const start = Date.now();
  const stop: Stop = { signal: null };
  const done = carryOut(job, work, stop).then((problem): JobResult => {
    const signal = problem === null ? stop.signal : null;
    return { exit: problem !== null ? 1 : signal === null ? 0 : null, signal, start, end: Date.now(), peakKb: 0, problem, value: null, left: [] };
  });
  return {
    done,
    signal: (name) => {
      stop.signal ??= name;
    },
  };
}

type CopyJob = Extract<FileJob, { readonly op: "copy" }>;

/** What has been requested of a running job. */
interface Stop {
  signal: string | null;
}

async function carryOut({ task }: Job, work: FileJob, stop: Stop): Promise<TaskProblem | null> {
  try {
    switch (work.op) {
      case "copy": {
        const clash = clashOf(work.pairs);
        if (clash !== null) return { code: "copy-clash", task, ...clash };
        await copyAll(work, stop);
        return null;
      }
      case "concat":
        await joinAll(work, stop);
        return null;
      case "write":
        clear(work.to, []);
        writing(work.to, () => fs.writeFileSync(work.to, work.text, { flag: "wx" }));
        return null;
      default:
        return work satisfies never;
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { code: error.which === "from" ? "input-unreadable" : "cannot-write", task, path: error.path as FilePath, errno: error.errno };
  }
}

/** A refusal by the system. */
class Refused extends Error {
  readonly which: "from" | "to";
  readonly path: string;
  readonly errno: string;

  constructor(which: "from" | "to", path: string, errno: string) {
    super(`${errno}: ${path}`);
    this.which = which;
    this.path = path;
    this.errno = errno;
  }
}

/** Two sources that would be copied to the same place. */
function clashOf(pairs: CopyJob["pairs"]): { readonly path: FilePath; readonly from: readonly [FilePath, FilePath] } | null {
  if (pairs.length < 2) return null;
  const sources = new Map<string, string>();
  for (const [from, to] of pairs) {
    const other = sources.get(to);
    if (other !== undefined) return { path: to as FilePath, from: [other as FilePath, from as FilePath] };
    sources.set(to, from);
  }
  return null;
}

async function copyAll({ root, there, pairs }: CopyJob, stop: Stop): Promise<void> {
  let folder = there;
  for (let i = 0; i < pairs.length && stop.signal === null; i++) {
    const [from, to] = pairs[i]!;
    if (dirname(to) !== folder) writing(to, () => makeFolders((folder = dirname(to)), root));
    if (sizeOf(from) > PIECE) await copyLarge(from, to, stop);
    else {
      clear(to, [from]);
      writing(to, () => fs.copyFileSync(from, to), [from]);
    }
    if (i % MANY === MANY - 1) await turn();
  }
}

/** If the filesystem can, both share their blocks; otherwise copying takes a while, in which signals are handled. */
async function copyLarge(from: string, to: string, stop: Stop): Promise<void> {
  clear(to, [from]);
  try {
    return fs.copyFileSync(from, to, fs.constants.COPYFILE_FICLONE_FORCE);
  } catch (error) {
    // Filesystems that cannot share blocks report that in different ways.
    errnoOf(error);
  }
  await joinAll({ op: "concat", from: [from], to }, stop);
  const { mode } = reading(from, () => fs.statSync(from));
  writing(to, () => fs.chmodSync(to, mode & 0o7777));
}

async function joinAll({ from, to }: Extract<FileJob, { readonly op: "concat" }>, stop: Stop): Promise<void> {
  clear(to, from);
  const target = writing(to, () => fs.openSync(to, "wx"));
  try {
    for (const one of from) await pour(one, { target, to }, stop);
  } finally {
    fs.closeSync(target);
  }
}

/** Appends a whole file to an open one. */
async function pour(from: string, { target, to }: { readonly target: number; readonly to: string }, stop: Stop): Promise<void> {
  const piece = Buffer.allocUnsafeSlow(Math.min(PIECE, sizeOf(from) + 1));
  const source = reading(from, () => fs.openSync(from, "r"));
  try {
    for (let bytes = 1; bytes > 0 && stop.signal === null; ) {
      bytes = reading(from, () => fs.readSync(source, piece));
      for (let at = 0; at < bytes; ) at += writing(to, () => fs.writeSync(target, piece, at, bytes - at));
      if (bytes === PIECE) await turn();
    }
  } finally {
    fs.closeSync(source);
  }
}

/** Size of a regular file: refuses folders, and anything that reading would block on. */
function sizeOf(from: string): number {
  const found = reading(from, () => fs.statSync(from));
  if (!found.isFile()) throw new Refused("from", from, found.isDirectory() ? "EISDIR" : "EINVAL");
  return found.size;
}

function reading<T>(from: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw new Refused("from", from, errnoOf(error));
  }
}

function writing<T>(to: string, call: () => T, sources: readonly string[] = []): T {
  try {
    return call();
  } catch (error) {
    throw blamed(error, sources, to);
  }
}

/** Not by COPYFILE_EXCL, of which Deno says nothing but a sentence. What is at the target is neither emptied nor followed if it is a link: it may have other names. `sources`: what the target is made from. */
function clear(to: string, sources: readonly string[]): void {
  const found = writing(to, () => fs.lstatSync(to, { throwIfNoEntry: false }));
  if (found === undefined) return;
  // A source may be a link to the target, which removing that would destroy.
  if (found.isFile() && sources.some((from) => reading(from, () => fs.realpathSync(from)) === fs.realpathSync(to))) throw new Refused("to", to, "EEXIST");
  writing(to, () => removeFile(to));
}

/** The runtime names both ends of a copy, not which of them failed. */
function blamed(error: unknown, sources: readonly string[], to: string): Refused {
  const errno = errnoOf(error);
  for (const from of sources) {
    try {
      fs.accessSync(from, fs.constants.R_OK);
    } catch (fault) {
      return new Refused("from", from, errnoOf(fault));
    }
  }
  return new Refused("to", to, errno);
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
