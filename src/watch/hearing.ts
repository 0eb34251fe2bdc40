// Whether the system can be relied on to report every change, and in order. If in doubt, it cannot. Knows no folder by name.
import fs from "node:fs";
import process from "node:process";
import { openMounts } from "./mounts.ts";

/** Filesystems local to this machine, by the number statfs gives: ext, btrfs, xfs, tmpfs, f2fs, zfs, overlay, ramfs, bcachefs. */
const LOCAL: ReadonlySet<number> = new Set([0xef53, 0x9123683e, 0x58465342, 0x01021994, 0xf2f52010, 0x2fc12fc1, 0x794c7630, 0x858458f6, 0xca451a4e]);

/** A flood that fills the system's queue must be longer than one that is taken for a loss (cli/watch/lookout.ts). */
const LEAST_QUEUE = 4_096;

/** Keeps track, folder by folder, of what goes unheard. */
export interface Hearing {
  /** `identity` as folder.ts gives it; null: no folder is there. `full` is absolute. */
  note(folder: string, full: string, found: { readonly identity: string | null; readonly watched: boolean }): void;
  /** Only these matter from now on. */
  keep(folders: ReadonlySet<string>): void;
  hearsAll(): boolean;
  /** Checks whether something happened that no folder reports. */
  look(): void;
}

/** `missed`: folders of `root` may have been replaced without any report. */
export function openHearing(root: string, missed: () => void): Hearing {
  const mounts = openMounts(root, missed);
  const ordered = isOrdered();
  const deaf = new Set<string>();
  return {
    note: (folder, full, { identity, watched }) => {
      if (identity === null || (watched && isLocal(full, identity))) deaf.delete(folder);
      else deaf.add(folder);
    },
    keep: (folders) => {
      for (const folder of deaf) if (!folders.has(folder)) deaf.delete(folder);
    },
    hearsAll: () => ordered && deaf.size === 0 && mounts.isSame(),
    look: () => mounts.look(),
  };
}

const known = new Map<string, boolean>();

/** Whether only this machine can change the contents of `folder`. */
function isLocal(folder: string, identity: string): boolean {
  const device = identity.slice(0, identity.indexOf(":"));
  let local = known.get(device);
  if (local === undefined) known.set(device, (local = LOCAL.has(typeOf(folder))));
  return local;
}

function typeOf(folder: string): number {
  try {
    return fs.statfsSync(folder).type;
  } catch {
    return 0;
  }
}

/** Node on Linux reads all folders from one queue; Bun and Deno promise no order between folders. */
function isOrdered(): boolean {
  const versions = process.versions as Record<string, string | undefined>;
  if (process.platform !== "linux" || versions["bun"] !== undefined || versions["deno"] !== undefined) return false;
  try {
    return Number(fs.readFileSync("/proc/sys/fs/inotify/max_queued_events", "latin1")) >= LEAST_QUEUE;
  } catch {
    return false;
  }
}
