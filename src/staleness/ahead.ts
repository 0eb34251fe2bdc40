// Large files, whose hash must not keep the event loop from its turn, in which signals are handled. A look that meets one is broken
// off; when the file has been hashed piece by piece, everything is looked at again. Knows no rows.
import type { Disk } from "../model/ports.ts";
import type { Digest, FileStat } from "../model/state.ts";
import { digestInTurns } from "./content.ts";

/** Size in bytes from which on hashing takes longer than a signal should wait. */
const LARGE = 64 * 1024 * 1024;

interface Large {
  readonly path: string;
  readonly stat: FileStat;
  /** The filesystem's clock when the stat was taken. */
  readonly clockMs: number;
}

/** null: it could not be hashed as the file that it was. */
type Hashed = Pick<Large, "stat" | "clockMs"> & { readonly digest: Digest | null };

export class Ahead {
  readonly #hashed: Map<string, Hashed> = new Map();
  #met: Large | null = null;

  isLarge(bytes: number): boolean {
    return bytes >= LARGE;
  }

  /** For a look at `path`, whose stat is `stat`: the digest, if it was hashed ahead. Breaks the look off if that is still to be done. */
  digestOf(path: string, stat: FileStat, clockMs: number): (Hashed & { readonly digest: Digest }) | null {
    if (!this.isLarge(stat.size)) return null;
    const hashed = this.#hashed.get(path);
    if (hashed === undefined) {
      this.#met = { path, stat, clockMs };
      throw new Error(`${path} is to be hashed ahead`);
    }
    // A file that keeps changing is hashed at once, like any other.
    return hashed.digest !== null && isSame(hashed.stat, stat) ? { ...hashed, digest: hashed.digest } : null;
  }

  /** What `look` finds; null: it met a large file, which is to be hashed now. `within`: where looks ask for digests. */
  attempt<T>(within: { ahead: Ahead | null }, look: () => T): { readonly found: T } | null {
    const before = within.ahead;
    within.ahead = this;
    this.#met = null;
    try {
      return { found: look() };
    } catch (error) {
      if (this.#met === null) throw error;
      return null;
    } finally {
      within.ahead = before;
    }
  }

  /** Hashes the file that the last attempt met. */
  async hash(disk: Disk, stopped: () => boolean): Promise<void> {
    const { path, stat, clockMs } = this.#met!;
    this.#hashed.set(path, { stat, clockMs, digest: await digestInTurns(disk, path, { bytes: stat.size, stopped }) });
  }
}

function isSame(a: FileStat, b: FileStat): boolean {
  return a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.size === b.size && a.ino === b.ino && a.dev === b.dev && a.mode === b.mode;
}
