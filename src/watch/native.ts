// A Watcher that listens to each folder with fs.watch: one watch a folder, none a file. Knows no tasks, no patterns, and
// nothing of what the hints are good for.
import fs from "node:fs";
import { absoluteOf, baseName, joinPath, type AbsolutePath, type FilePath } from "../model/path.ts";
import type { Watcher, WatchSignal } from "../model/ports.ts";
import { identityOf } from "./folder.ts";

/** Editors that write a file in two steps take less. */
const QUIET_MS = 15;

interface Watched {
  readonly handle: fs.FSWatcher;
  /** Inode and time of birth: a folder removed and made again at once may have the same inode, and no event says so. */
  readonly identity: string;
}

/** `root` is absolute; a signal may come at any time until `close`. */
export function openNativeWatcher(root: string, tell: (signal: WatchSignal) => void): Watcher {
  const watched = new Map<FilePath, Watched>();
  let closed = false;

  function drop(folder: FilePath): void {
    watched.get(folder)?.handle.close();
    watched.delete(folder);
  }

  function fail(errno: string): void {
    if (closed) return;
    for (const folder of [...watched.keys()]) drop(folder);
    closed = true;
    tell({ kind: "failed", errno });
  }

  function hear(folder: FilePath, name: string | null): void {
    if (closed) return;
    if (name === null) return tell({ kind: "lost" });
    tell({ kind: "changed", path: joinPath(folder, name) });
    // inotify names a folder itself as it would name a file of that name in it.
    if (name === baseName(folder)) tell({ kind: "changed", path: folder });
  }

  function listen(folder: FilePath, identity: string): boolean {
    try {
      const handle = fs.watch(absoluteOf(folder, root as AbsolutePath), (_event, name) => hear(folder, name));
      // On Linux an error after the start means that the folder is gone; the folder above says so too.
      handle.on("error", () => drop(folder));
      watched.set(folder, { handle, identity });
      return true;
    } catch (error) {
      const errno = (error as { code?: unknown }).code;
      if (errno === "ENOSPC" || errno === "EMFILE" || errno === "ENFILE") fail(errno);
      return false;
    }
  }

  return {
    quietMs: QUIET_MS,
    watch: (folders) => {
      const fresh = new Set<FilePath>();
      for (const folder of [...watched.keys()]) if (!folders.has(folder)) drop(folder);
      for (const folder of folders) {
        if (closed) break;
        const identity = identityOf(absoluteOf(folder, root as AbsolutePath));
        const known = watched.get(folder);
        if (known !== undefined && known.identity === identity) continue;
        if (known !== undefined) drop(folder);
        if (identity !== null && listen(folder, identity)) fresh.add(folder);
      }
      return Promise.resolve(fresh);
    },
    close: () => {
      closed = true;
      for (const folder of [...watched.keys()]) drop(folder);
      return Promise.resolve();
    },
  };
}
