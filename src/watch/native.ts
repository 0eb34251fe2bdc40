// A Watcher that uses fs.watch on each folder: one watch per folder, none per file. Knows no tasks, no patterns, and nothing of
// what the hints are used for.
import fs from "node:fs";
import process from "node:process";
import { absoluteOf, baseName, joinPath, type AbsolutePath, type FilePath } from "../model/path.ts";
import type { Watcher, WatchSignal } from "../model/ports.ts";
import { identityOf } from "./folder.ts";
import { openHearing } from "./hearing.ts";

/** Editors that write a file in two steps take less. */
const QUIET_MS = 15;
/** Bun and Deno receive changes on threads of their own. */
const PROMPT = process.versions["bun"] === undefined && process.versions["deno"] === undefined;

interface Watched {
  readonly handle: fs.FSWatcher;
  /** Inode and birth time: a folder removed and recreated at once may have the same inode, and no event says so. */
  readonly identity: string;
}

/** The machine's limit that an error refers to; null: none. Deno reports it late and without a code. */
function limitOf(error: unknown): string | null {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === "ENOSPC" || code === "EMFILE" || code === "ENFILE") return code;
  return typeof message === "string" && /watch limit/i.test(message) ? "ENOSPC" : null;
}

/** The kernel queues events at once; Node reads the whole queue in each turn of its loop. */
async function afterPolling(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

function signalsOf(folder: FilePath, name: string | null, moved: boolean): WatchSignal[] {
  if (name === null) return [{ kind: "lost" }];
  const within: WatchSignal = { kind: "changed", path: joinPath(folder, name) };
  if (moved) return [within, { kind: "moved" }];
  // inotify names a folder itself as it would name a file of that name inside it.
  return name === baseName(folder) ? [within, { kind: "changed", path: folder }] : [within];
}

/** The root was moved away, or back again; whatever was looked at in between did not exist. */
function tellsOfRoot(root: string, event: string, name: string | null): boolean {
  if (event !== "rename" || name !== baseName(root)) return false;
  try {
    // An entry inside it may have its name.
    return fs.lstatSync(`${root}/${name}`, { throwIfNoEntry: false }) === undefined;
  } catch {
    return true;
  }
}

/** `root` is absolute; a signal may come at any time until `close`. */
export function openNativeWatcher(root: string, tell: (signal: WatchSignal) => void): Watcher {
  const watched = new Map<FilePath, Watched>();
  const hearing = openHearing(root, () => hear("" as FilePath, "", null));
  let closed = false;

  function drop(folder: FilePath): void {
    watched.get(folder)?.handle.close();
    watched.delete(folder);
  }

  function stop(): void {
    closed = true;
    for (const folder of [...watched.keys()]) drop(folder);
  }

  function fail(errno: string): void {
    if (closed) return;
    stop();
    tell({ kind: "failed", errno });
  }

  function hear(folder: FilePath, event: string, name: string | null): void {
    for (const signal of signalsOf(folder, name, folder === "" && tellsOfRoot(root, event, name))) if (!closed) tell(signal);
  }

  function listen(folder: FilePath, identity: string): boolean {
    try {
      const handle = fs.watch(absoluteOf(folder, root as AbsolutePath), (event, name) => hear(folder, event, name));
      // On Linux an error after the start means that the folder is gone; its parent reports that too.
      handle.on("error", (error) => (limitOf(error) === null ? drop(folder) : fail(limitOf(error)!)));
      watched.set(folder, { handle, identity });
      return true;
    } catch (error) {
      const errno = limitOf(error);
      if (errno !== null) fail(errno);
      return false;
    }
  }

  return {
    quietMs: QUIET_MS,
    watch: async (folders, only) => {
      const fresh = new Set<FilePath>();
      hearing.keep(folders);
      if (only === undefined) for (const folder of [...watched.keys()]) if (!folders.has(folder)) drop(folder);
      for (const folder of only ?? folders) {
        if (closed) break;
        const identity = identityOf(absoluteOf(folder, root as AbsolutePath));
        if (watched.get(folder)?.identity === identity) continue;
        drop(folder);
        if (identity !== null && listen(folder, identity)) fresh.add(folder);
        hearing.note(folder, absoluteOf(folder, root as AbsolutePath), { identity, watched: watched.has(folder) });
      }
      return fresh;
    },
    hearsAll: () => !closed && hearing.hearsAll(),
    caughtUp: async () => PROMPT && (await afterPolling(), hearing.look(), !closed),
    close: async () => stop(),
  };
}
