// The filesystem's clock: one byte written over itself, and the time stamp it got. Knows no project.
import * as fs from "node:fs";
import { attempt, errnoOf, withParents } from "./attempt.ts";
import { unlink } from "./stat.ts";

const FLAGS = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_NONBLOCK;
const BYTE = Buffer.from("c");

/** The one that was asked last stays open: who opens many projects in one process must not run out of descriptors. */
let held: { readonly path: string; readonly fd: number } | null = null;

function letGo(): void {
  const { fd } = held ?? { fd: -1 };
  held = null;
  if (fd >= 0) fs.closeSync(fd);
}

function openFile(path: string): number {
  if (held?.path === path) return held.fd;
  letGo();
  let fd = -1;
  const open = (): void => void (fd = fs.openSync(path, FLAGS, 0o666));
  try {
    withParents(path, open);
  } catch (error) {
    // A FIFO, a socket, a link that leads nowhere or another user's file stands in the way: nothing that anybody needs.
    const errno = errnoOf(error);
    if (!["ENXIO", "ENOENT", "EACCES"].includes(errno) || (!unlink(path) && errno === "EACCES")) throw error;
    open();
  }
  held = { path, fd };
  return fd;
}

/** null: the file has no name any more; somebody has removed it, perhaps with its folder. */
function ask(fd: number): number | null {
  fs.writeSync(fd, BYTE, 0, 1, 0);
  const { mtimeMs, nlink } = fs.fstatSync(fd);
  return nlink === 0 ? null : mtimeMs;
}

/** `stateDir` is made if need be. Each time it is asked, by what the file's own filesystem says. */
export function openClock(stateDir: string): () => number {
  const path = stateDir + "/clock";
  let asked = false;
  return () => attempt(path, () => {
    try {
      // A file nobody has asked about gets the kernel's coarse time; asked once, its next stamp is a fine one.
      for (let writes = asked ? 1 : 2; ; writes--) {
        const now = ask(openFile(path));
        asked = now !== null;
        if (now === null) {
          letGo();
          writes = 3;
        } else if (writes === 1) return now;
      }
    } catch (error) {
      letGo();
      throw error;
    }
  });
}
