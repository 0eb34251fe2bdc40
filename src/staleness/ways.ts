// Resolves names reported by a command as the system does: `link/..` is the folder above the link's target. Knows no tasks.
import { parentOf, type AbsolutePath, type FilePath } from "../model/path.ts";
import { DiskError, type Disk } from "../model/ports.ts";

/** Hops after which links are a loop, as in Linux. */
const MAX_HOPS = 40;

/** A path on the way that affects where it leads. */
export interface Signpost {
  readonly path: AbsolutePath;
  readonly link: boolean;
  /** Since when it has existed, in ms. For a folder: 0 if writes into it hide that. */
  readonly sinceMs: number;
}

export interface Way {
  /** The path without links. */
  readonly real: AbsolutePath;
  readonly signs: readonly Signpost[];
  /** It has `..` after a link, so shortening the text would lead elsewhere. */
  readonly strays: boolean;
}

/** A resolved way and the words it came from. */
interface Place extends Way {
  /** The place without the last word; null at the top, and where `..` led out of a link. */
  readonly up: Place | null;
  /** The last word is a link. */
  readonly linked: boolean;
}

const TOP: Place = { real: "/" as AbsolutePath, signs: [], strays: false, up: null, linked: false };

export class Ways {
  readonly #disk: Disk;
  readonly #known: Map<string, Place> = new Map();
  #hops = 0;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** `full` is absolute and as reported, including `..`. */
  follow(full: string): Way {
    const cut = full.lastIndexOf("/");
    this.#hops = 0;
    return this.#step(this.#folder(full.slice(0, cut)), full.slice(cut + 1));
  }

  /** Where a folder is, given as for `follow` and without a `/` at its end. */
  folder(full: string): Way {
    this.#hops = 0;
    return this.#folder(full);
  }

  #folder(path: string): Place {
    let place = this.#known.get(path);
    if (place !== undefined) return place;
    place = TOP;
    let at = "";
    for (const word of path.split("/").slice(1)) {
      at += "/" + word;
      const next: Place = this.#known.get(at) ?? this.#step(place, word);
      this.#known.set(at, next);
      place = next;
    }
    return place;
  }

  #step(place: Place, word: string): Place {
    if (word === "" || word === ".") return place;
    if (word !== "..") return this.#enter(place, word);
    if (place.up !== null && !place.linked) return { ...place.up, signs: place.signs };
    const real = parentOf(place.real as string as FilePath) as string as AbsolutePath;
    return { ...place, real, up: null, linked: false, strays: place.strays || place.linked };
  }

  #enter(place: Place, word: string): Place {
    const path = (place.real === "/" ? "/" + word : `${place.real}/${word}`) as AbsolutePath;
    const stat = this.#ask(() => this.#disk.lstat(path));
    const here: Place = { ...place, real: path, up: place, linked: false };
    if (stat === null) return here;
    const { kind, ctimeMs, mtimeMs } = stat;
    if (kind === "dir") return ctimeMs > mtimeMs ? { ...here, signs: [...place.signs, { path, link: false, sinceMs: ctimeMs }] } : here;
    if (kind !== "link" || this.#hops++ >= MAX_HOPS) return here;
    const target = this.#ask(() => this.#disk.readLink(path));
    if (target === null) return here;
    let end: Place = target.startsWith("/") ? { ...TOP, signs: place.signs } : place;
    for (const next of target.split("/")) end = this.#step(end, next);
    return { real: end.real, signs: [...end.signs, { path, link: true, sinceMs: Math.max(ctimeMs, mtimeMs) }], strays: place.strays, up: place, linked: true };
  }

  /** null: it may not be looked at, or has changed kind; what is behind it is then unknown too. */
  #ask<T>(look: () => T): T | null {
    try {
      return look();
    } catch (error) {
      if (error instanceof DiskError) return null;
      throw error;
    }
  }
}

/** Existing folders that no link leads to. Each is asked about once, since a folder rarely turns into a link meanwhile. */
export class Straight {
  readonly #disk: Disk;
  readonly #known: Set<string> = new Set(["", "/"]);

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  has(folder: FilePath): boolean {
    if (this.#known.has(folder)) return true;
    const unknown = [folder];
    for (let at = parentOf(folder); !this.#known.has(at); at = parentOf(at)) unknown.push(at);
    for (let next = unknown.pop(); next !== undefined; next = unknown.pop()) {
      if (!this.#isFolder(next)) return false;
      this.#known.add(next);
    }
    return true;
  }

  #isFolder(path: FilePath): boolean {
    try {
      return this.#disk.lstat(path).kind === "dir";
    } catch (error) {
      if (error instanceof DiskError) return false;
      throw error;
    }
  }
}
