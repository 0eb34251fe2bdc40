// A Watcher over chokidar, for systems whose own folder watches are unreliable. The only door to it; knows no tasks and no
// patterns.
import type { FSWatcher } from "chokidar";
import { absoluteOf, type AbsolutePath, type FilePath } from "../model/path.ts";
import type { Watcher, WatchSignal } from "../model/ports.ts";
import { identityOf } from "./folder.ts";

/** chokidar 5 drops changes within 50 ms of an event: by the time tg looks they have been written. */
const QUIET_MS = 60;

interface Watched {
  readonly by: FSWatcher;
  /** Inode and birth time: chokidar 5 does not notice a folder removed and recreated in one turn. */
  readonly identity: string;
}

/** `root` is absolute; a signal may come at any time until `close`. */
export async function openChokidarWatcher(root: string, tell: (signal: WatchSignal) => void): Promise<Watcher> {
  const { watch: startChokidar } = await import("chokidar");
  const watched = new Map<FilePath, Watched>();
  const open = new Set<FSWatcher>();
  let closed = false;
  const absolute = (folder: FilePath): string => absoluteOf(folder, root as AbsolutePath);
  const house = (path: string): FilePath => (path === root ? "" : path.startsWith(root + "/") ? path.slice(root.length + 1) : path).replaceAll("\\", "/") as FilePath;

  function drop(folder: FilePath): void {
    watched.get(folder)?.by.unwatch(absolute(folder));
    watched.delete(folder);
  }

  function fail(error: unknown): void {
    const errno = (error as { code?: unknown }).code;
    if (closed || (errno !== "ENOSPC" && errno !== "EMFILE" && errno !== "ENFILE")) return;
    closed = true;
    void closeAll();
    tell({ kind: "failed", errno });
  }

  async function closeAll(): Promise<void> {
    closed = true;
    watched.clear();
    await Promise.all([...open].map((one) => one.close()));
    open.clear();
  }

  /** One instance per batch: only a new one reports when it is ready. */
  function listen(folders: ReadonlyMap<FilePath, string>): Promise<void> {
    const by = startChokidar([...folders.keys()].map(absolute), { depth: 0, ignoreInitial: true, atomic: false, ignorePermissionErrors: true });
    open.add(by);
    for (const [folder, identity] of folders) watched.set(folder, { by, identity });
    by.on("error", fail);
    by.on("all", (_event, path) => {
      if (!closed) tell({ kind: "changed", path: house(path) });
    });
    return new Promise((resolve) => by.once("ready", () => resolve()));
  }

  return {
    quietMs: QUIET_MS,
    caughtUp: () => Promise.resolve(false),
    watch: async (folders, only) => {
      const fresh = new Map<FilePath, string>();
      if (only === undefined) for (const folder of [...watched.keys()]) if (!folders.has(folder)) drop(folder);
      for (const folder of only ?? folders) {
        const identity = identityOf(absolute(folder));
        const known = watched.get(folder);
        if (known !== undefined && known.identity === identity) continue;
        if (known !== undefined) drop(folder);
        if (identity !== null) fresh.set(folder, identity);
      }
      if (fresh.size > 0 && !closed) await listen(fresh);
      return new Set(fresh.keys());
    },
    hearsAll: () => false,
    close: closeAll,
  };
}
