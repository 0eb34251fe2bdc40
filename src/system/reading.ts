// The calls by which small files are read. Many of them are read by Node's own binding, without what node:fs checks before each
// call: a tenth of what a file costs (docs/performance.md). Knows no sizes and no hash.
import * as fs from "node:fs";
import { openBinding } from "./fields.ts";

/** They throw as `fs` does. */
export interface ReadCalls {
  open(path: string, flags: number, mode: number): number;
  /** From where the last read ended (-1). Returns the number of bytes. */
  read(fd: number, memory: Uint8Array, offset: number, length: number, position: -1): number;
  close(fd: number): void;
}

export const usualCalls: ReadCalls = {
  open: (path, flags) => fs.openSync(path, flags),
  read: (fd, memory, offset, length) => fs.readSync(fd, memory, offset, length, null),
  close: (fd) => fs.closeSync(fd),
};

let opened: ReadCalls | undefined;

/** For many files. */
export function openCalls(): ReadCalls {
  return (opened ??= openBinding<ReadCalls>(isAsCalled) ?? usualCalls);
}

/** Whether `fs` itself calls the binding with these arguments, and `fs` is Node's own. Later versions of Node 20 alone do. */
function isAsCalled(): boolean {
  return String(fs.openSync).includes("binding.open(\n    pathModule.toNamespacedPath(path),\n    stringToFlags(flags),\n    parseFileMode(mode, 'mode', 0o666),\n  )") &&
    String(fs.readSync).includes("return binding.read(fd, buffer, offset, length, position);") &&
    String(fs.closeSync).includes("{\n  binding.close(fd);\n}");
}
