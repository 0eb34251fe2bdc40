// Resolves links hop by hop: what they lead through, and what is at the end. Knows no rows.
import { isBelow, joinPath, normalizeText, parentOf, type FilePath } from "../model/path.ts";
import { DiskError, type Disk } from "../model/ports.ts";
import type { Digest, Identity } from "../model/state.ts";
import { digestText } from "./digest.ts";

/** Hops after which a chain of links is a loop, as in Linux. */
const MAX_HOPS = 40;

export class Links {
  readonly #disk: Disk;
  /** The paths that each link led through and to when it was last followed. */
  readonly #hops: Map<FilePath, readonly FilePath[]> = new Map();

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** null: it is no longer a link, or cannot be read; the next look at it tells which. */
  text(path: string): string | null {
    try {
      return this.#disk.readLink(path);
    } catch (error) {
      if (error instanceof DiskError) return null;
      throw error;
    }
  }

  /** Digest of the link text of every hop and the identity at the end, which `identityAt` returns. Throws DiskError. */
  digest(path: FilePath, identityAt: (end: FilePath) => Identity): Digest {
    const { root } = this.#disk;
    let text = "";
    let at = path;
    const hops: FilePath[] = [];
    this.#hops.set(path, hops);
    for (let hop = 0; hop < MAX_HOPS; hop++) {
      const target = this.#disk.readLink(at);
      text += target + "\0";
      const full = normalizeText(target.startsWith("/") ? target : `${root}/${joinPath(parentOf(at), target)}`);
      at = (isBelow(full, root) ? full.slice(root.length + 1) : full) as FilePath;
      if (target.startsWith("/") || at.startsWith("/")) at = full as FilePath;
      hops.push(at);
      // As a row this would be a listing.
      if (at === "/") return digestText(text + at);
      if (this.#disk.lstat(at).kind !== "link") return digestText(text + identityAt(at));
    }
    return digestText(text + "loop");
  }

  /** The paths the link led through and to when it was last followed. */
  hopsOf(path: FilePath): readonly FilePath[] {
    return this.#hops.get(path) ?? [];
  }

  /** Links that lead to or through one of `paths`. */
  leadingTo(paths: ReadonlySet<string>): FilePath[] {
    const found: FilePath[] = [];
    for (const [link, hops] of this.#hops) if (hops.some((hop) => paths.has(hop))) found.push(link);
    return found;
  }
}
