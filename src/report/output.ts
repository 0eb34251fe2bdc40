// Writes to the process's own streams: everything, in order, without a growing buffer. Knows nothing of what is written.
import fs from "node:fs";
import process from "node:process";

export interface Output {
  write(text: string): void;
  /** True once the reader is gone; later writes are dropped. */
  readonly closed: boolean;
}

export interface OutputOptions {
  /** The reader is gone (`| head`): called once. */
  onPipeClosed?(): void;
  /** Output may have been lost, on a full disk for example. Called once. */
  onFailed?(errno: string): void;
  /** Replaces fs.writeSync in tests. Returns bytes written or throws with `code`. */
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

/** Whether the stream is a terminal. On Linux without node:tty, which loads node:net and costs 6 ms. */
export function isTerminal(fd: number): boolean {
  if (process.platform !== "linux") return (process.getBuiltinModule("node:tty") as typeof import("node:tty")).isatty(fd);
  try {
    const stat = fs.fstatSync(fd);
    return stat.isCharacterDevice() && isTerminalDevice((stat.rdev >> 8) & 0xfff);
  } catch {
    return false;
  }
}
