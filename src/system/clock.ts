// The filesystem's clock: overwrites one byte and reads the resulting time stamp. Knows no project.
import * as fs from "node:fs";
import process from "node:process";
import { attempt, errnoOf, withParents } from "./attempt.ts";
import { FIELD, msOf, openFields } from "./fields.ts";
import { unlink } from "./stat.ts";

const FLAGS = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_NONBLOCK;
const BYTE = Buffer.from("c");

/** The last one used stays open: a process that opens many projects must not run out of descriptors. */
let held: { readonly path: string; readonly fd: number } | null = null;

function letGo(): void {
  const { fd } = held ?? { fd: -1 };
  held = null;
  if (fd >= 0) fs.closeSync(fd);
}

function openFile(path: string, root: string): number {
  if (held?.path === path) return held.fd;
  letGo();
  let fd = -1;
  const open = (): void => void (fd = fs.openSync(path, FLAGS, 0o666));
  try {
    withParents(path, root, open);
  } catch (error) {
    // A FIFO, a socket, a link that leads nowhere or another user's file is in the way: nothing that anybody needs.
    const errno = errnoOf(error);
    if (!["ENXIO", "ENOENT", "EACCES"].includes(errno) || (!unlink(path) && errno === "EACCES")) throw error;
    open();
  }
  held = { path, fd };
  return fd;
}

interface Told {
  readonly ms: number;
  readonly dev: number;
}

/** null: the file has no name any more; somebody has removed it, perhaps with its folder. */
function ask(fd: number): Told | null {
  fs.writeSync(fd, BYTE, 0, 1, 0);
  const fields = openFields()?.fstat?.(fd, false, undefined, false);
  if (fields !== undefined) return fields[FIELD.nlink] === 0 ? null : { ms: msOf(fields, FIELD.mtime), dev: fields[FIELD.dev]! };
  const { mtimeMs, nlink, dev } = fs.fstatSync(fd);
  return nlink === 0 ? null : { ms: mtimeMs, dev };
}

/** The kernel's coarse clock advances by at least 1 ms: two stamps closer together are fine-grained. */
const FINE_MS = 0.25;

const VERSIONS = process.versions as Record<string, string | undefined>;
const MAY_BE_FINE = process.platform === "linux" && VERSIONS["bun"] === undefined && VERSIONS["deno"] === undefined;

export interface Clock {
  /** Read each time from the file's own filesystem. */
  now(): number;
  /**
   * A device on which changes can get finer time stamps than those that were read: Linux gives the first change after a stat a
   * stamp of its own (multigrain timestamps, 6.13). null: none known.
   */
  fineDevice(): number | null;
}

/** Creates `stateDir` if need be, but not `root`. */
export function openClock(stateDir: string, root: string): Clock {
  const path = stateDir + "/clock";
  let last: Told | null = null;
  let fine: number | null = null;
  const now = (): number => {
    // A file that nobody has statted gets the kernel's coarse time; once statted, its next stamp is a fine one, and one more
    // write shows whether it is.
    for (let writes = last === null ? 3 : 1; ; writes--) {
      const told = ask(openFile(path, root));
      if (told === null) {
        letGo();
        writes = 4;
      } else if (MAY_BE_FINE && last !== null && last.dev === told.dev && told.ms > last.ms && told.ms - last.ms < FINE_MS) fine = told.dev;
      last = told;
      if (told !== null && writes === 1) return told.ms;
    }
  };
  return {
    now: () => attempt(path, () => {
      try {
        return now();
      } catch (error) {
        letGo();
        throw error;
      }
    }),
    fineDevice: () => fine,
  };
}
