// Writing to the process's own streams: all of it, in order, without a buffer that grows. Knows nothing of what is written.
import fs from "node:fs";
import process from "node:process";

export interface Output {
  write(text: string): void;
  /** True once the reader is gone; writes are dropped from then on. */
  readonly closed: boolean;
}

export interface OutputOptions {
  /** The reader is gone (`| head`): called once. */
  onPipeClosed?(): void;
  /** What was written may be lost: the disk is full, say. Called once. */
  onFailed?(errno: string): void;
  /** Stands in for fs.writeSync in tests. Returns bytes written or throws with `code`. */
  writeSync?(fd: number, bytes: Uint8Array, offset: number): number;
}

/** How long to wait for a slow reader of a non-blocking pipe before trying again, in ms. */
const RETRY_MS = 5;

function wait(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
}

/** Synchronous on purpose: a task's output must not pile up in memory, and an exit must not lose it. */
export function openOutput(fd: number, options: OutputOptions = {}): Output {
  const writeSync = options.writeSync ?? ((to, bytes, offset) => fs.writeSync(to, bytes, offset));
  let closed = false;
  const send = (bytes: Uint8Array): void => {
    for (let sent = 0; sent < bytes.length; ) {
      try {
        sent += writeSync(fd, bytes, sent);
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (code === "EAGAIN" || code === "EINTR") wait();
        else {
          closed = true;
          if (code === "EPIPE") options.onPipeClosed?.();
          else options.onFailed?.(code ?? "EIO");
          return;
        }
      }
    }
  };
  return {
    write: (text) => {
      if (!closed && text !== "") send(Buffer.from(text, "utf8"));
    },
    get closed() {
      return closed;
    },
  };
}

/** Major device numbers of terminals on Linux: consoles, serial lines, pseudo-terminals. */
function isTerminalDevice(major: number): boolean {
  return major === 4 || major === 5 || (major >= 136 && major <= 143) || (major >= 204 && major <= 205);
}

/** Is the stream a terminal? On Linux without node:tty, which brings node:net and 6 ms with it. */
export function isTerminal(fd: number): boolean {
  if (process.platform !== "linux") return (process.getBuiltinModule("node:tty") as typeof import("node:tty")).isatty(fd);
  try {
    const stat = fs.fstatSync(fd);
    return stat.isCharacterDevice() && isTerminalDevice((stat.rdev >> 8) & 0xfff);
  } catch {
    return false;
  }
}
