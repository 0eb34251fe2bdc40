// Pipes for what jobs print: one for stdout and stderr together, because two would lose their order, and no runtime can create
// that. Node and Bun give children socket pairs, on which `> /dev/stderr` fails (ENXIO); a FIFO without a name is a pipe like
// any other tool's. If it cannot be had, the runtime's own are used. Knows no jobs.
import * as fs from "node:fs";
import { Socket, type SocketConstructorOpts } from "node:net";
import process from "node:process";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { MakeOutside } from "../model/outside.ts";
import { BATCH, makeFifos } from "./fifos.ts";

export interface Pipe {
  /** Descriptor for the child. Whoever opened the pipe closes it once the child has it. */
  readonly inlet: number;
  /** Ends when the child and all its heirs have closed theirs. */
  readonly outlet: Readable;
}

export interface Pipes {
  /** null: use what the runtime has. `take`: receives what is read, and must not keep it; bypasses a stream's buffers, which only Node can do. */
  open(take?: (bytes: Uint8Array) => void): Pipe | null;
  close(): void;
}

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = fs.constants;
const VERSIONS = process.versions as Record<string, string | undefined>;
const ON_DENO: boolean = VERSIONS["deno"] !== undefined;
const ON_NODE: boolean = VERSIONS["bun"] === undefined && !ON_DENO;

/** `made`: reading ends of nameless FIFOs that exist already; closed with the others. `make`: a folder for more. */
export function openPipes(made: readonly number[] = [], make?: MakeOutside): Pipes {
  let possible = process.platform === "linux";
  /** Reading ends of the FIFOs not in use. Each keeps its FIFO alive, which has no name any more. */
  const idle: number[] = [...made];
  let closed = false;
  const open = (take?: (bytes: Uint8Array) => void): Pipe | null => {
    if (!possible || (take !== undefined && !ON_NODE)) return null;
    if (idle.length === 0) for (const fd of makeFifos([], BATCH, make)?.nameless ?? []) idle.push(fd);
    const base = idle.pop();
    const pipe = base === undefined ? null : pipeOn(base, { take, done: (clean) => (clean && !closed ? void idle.push(base) : fs.closeSync(base)) });
    possible = pipe !== null;
    return pipe;
  };
  return {
    open,
    close: () => {
      closed = true;
      for (const fd of idle.splice(0)) fs.closeSync(fd);
    },
  };
}

interface Ends {
  readonly take: ((bytes: Uint8Array) => void) | undefined;
  /** `clean`: all was read to the end, so nobody can write into the FIFO any more. */
  done(clean: boolean): void;
}

function pipeOn(base: number, { take, done }: Ends): Pipe | null {
  // Opened again for each job: the end of output is seen only if no process of an earlier job is a writer.
  const path = `/proc/self/fd/${base}`;
  const opened: number[] = [];
  try {
    opened.push(fs.openSync(path, O_WRONLY), fs.openSync(path, ON_DENO ? O_RDONLY : O_RDONLY | O_NONBLOCK));
  } catch (error) {
    if (typeof (error as { code?: unknown }).code !== "string") throw error;
    for (const fd of [base, ...opened]) fs.closeSync(fd);
    return null;
  }
  const outlet = take === undefined ? readerOf(opened[1]!) : briefReader(opened[1]!, take);
  outlet.once("close", () => done(outlet.readableEnded));
  return { inlet: opened[0]!, outlet };
}

interface BunGlobal {
  file(fd: number): { stream(): ReadableStream };
}

/** Takes ownership of `fd`. */
function readerOf(fd: number): Readable {
  const bun = (globalThis as { readonly Bun?: BunGlobal }).Bun;
  if (ON_DENO) return waitingReader(fd);
  if (bun === undefined) return new Socket({ fd, readable: true, writable: false });
  // Bun has no sockets on descriptors, but waits for pipes opened as files without a thread.
  const reader = Readable.fromWeb(bun.file(fd).stream());
  reader.once("close", () => fs.closeSync(fd));
  return reader;
}

const BRIEF_BYTES = 64 * 1024;

/** Reads into the same memory each time, bypassing a stream's buffers: for a short message these cost more than reading it. */
function briefReader(fd: number, take: (bytes: Uint8Array) => void): Readable {
  const buffer = Buffer.alloc(BRIEF_BYTES);
  const onread = { buffer, callback: (got: number) => (take(buffer.subarray(0, got)), true) };
  return new Socket({ fd, readable: true, writable: false, onread } as SocketConstructorOpts).resume();
}

/** Deno reads a descriptor in a blocked thread; only bytes or the end of all writers wake it. */
function waitingReader(fd: number): Readable {
  const memory = Buffer.alloc(64 * 1024);
  let waiting = false;
  const reader = new Readable({
    read: () => {
      waiting = true;
      fs.read(fd, memory, 0, memory.length, null, (error, got) => {
        waiting = false;
        if (reader.destroyed) fs.closeSync(fd);
        else if (error !== null) reader.destroy(error);
        else reader.push(got === 0 ? null : Buffer.from(memory.subarray(0, got)));
      });
    },
    destroy: (error, done) => {
      if (waiting) wake(fd);
      else fs.closeSync(fd);
      done(error);
    },
  });
  return reader;
}

function wake(fd: number): void {
  const inlet = fs.openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK);
  try {
    fs.writeSync(inlet, "\n");
  } catch (error) {
    // Full: nobody is waiting.
    if ((error as { code?: string }).code !== "EAGAIN") throw error;
  } finally {
    fs.closeSync(inlet);
  }
}
