// Every path tg has looked at, as columns: what lstat said, and the identity that went with it. The hot sweep reads
// these arrays directly (bench/noop); hence flat typed arrays and no object per file. Knows no tasks.
import type { FileStat, Identity } from "./state.ts";

/** Codes in `kind`. `unknown` rows have been named but never looked at. `listing` rows stand for the names in a folder. */
export const KIND = { unknown: 0, absent: 1, file: 2, link: 3, dir: 4, listing: 5, special: 6 } as const;

/** Flag: identity was taken while the file's times were too young to trust a later equal stat (git's racy rule). */
export const RACY = 1;

export interface Columns {
  kind: Uint8Array;
  flags: Uint8Array;
  mode: Uint16Array;
  size: Float64Array;
  mtimeMs: Float64Array;
  ctimeMs: Float64Array;
  ino: Float64Array;
  dev: Float64Array;
  /** Upper and lower half of the content hash. */
  hashHi: Uint32Array;
  hashLo: Uint32Array;
}

export function emptyColumns(size: number): Columns {
  return {
    kind: new Uint8Array(size),
    flags: new Uint8Array(size),
    mode: new Uint16Array(size),
    size: new Float64Array(size),
    mtimeMs: new Float64Array(size),
    ctimeMs: new Float64Array(size),
    ino: new Float64Array(size),
    dev: new Float64Array(size),
    hashHi: new Uint32Array(size),
    hashLo: new Uint32Array(size),
  };
}

const NAMES = ["kind", "flags", "mode", "size", "mtimeMs", "ctimeMs", "ino", "dev", "hashHi", "hashLo"] as const;
export const COLUMN_NAMES: readonly (keyof Columns)[] = NAMES;

export class FileTable {
  count: number;
  columns: Columns;
  #paths: (string | undefined)[];
  #decode: (id: number) => string;
  #index: Map<string, number> | null = null;

  /** `decode` gives the path of a stored row; rows added later keep their own text. */
  constructor(columns: Columns, count: number, decode: (id: number) => string) {
    this.columns = columns;
    this.count = count;
    this.#paths = new Array<string | undefined>(count);
    this.#decode = decode;
  }

  static empty(): FileTable {
    return new FileTable(emptyColumns(64), 0, () => "");
  }

  pathOf(id: number): string {
    return (this.#paths[id] ??= this.#decode(id));
  }

  /** The row of `path`, or -1. */
  find(path: string): number {
    return this.#map().get(path) ?? -1;
  }

  /** The row of `path`, made when there is none. */
  idOf(path: string): number {
    const map = this.#map();
    let id = map.get(path);
    if (id === undefined) {
      id = this.count++;
      if (id >= this.columns.kind.length) this.#grow();
      this.#paths[id] = path;
      map.set(path, id);
    }
    return id;
  }

  #map(): Map<string, number> {
    if (this.#index === null) {
      this.#index = new Map();
      for (let id = 0; id < this.count; id++) this.#index.set(this.pathOf(id), id);
    }
    return this.#index;
  }

  #grow(): void {
    const wider = emptyColumns(Math.max(64, this.columns.kind.length * 2));
    for (const name of NAMES) wider[name].set(this.columns[name] as Uint8Array & Float64Array);
    this.columns = wider;
  }

  /** Does `stat` equal the stored row in every field the shortcut compares (semantics 2)? */
  statEquals(id: number, stat: FileStat): boolean {
    const c = this.columns;
    return c.mtimeMs[id] === stat.mtimeMs && c.ctimeMs[id] === stat.ctimeMs && c.size[id] === stat.size &&
      c.ino[id] === stat.ino && c.dev[id] === stat.dev && c.mode[id] === (stat.mode & 0xffff);
  }

  setStat(id: number, stat: FileStat): void {
    const c = this.columns;
    c.size[id] = stat.size;
    c.mtimeMs[id] = stat.mtimeMs;
    c.ctimeMs[id] = stat.ctimeMs;
    c.ino[id] = stat.ino;
    c.dev[id] = stat.dev;
    c.mode[id] = stat.mode & 0xffff;
  }

  setHash(id: number, digest: string): void {
    this.columns.hashHi[id] = Number.parseInt(digest.slice(0, 8), 16);
    this.columns.hashLo[id] = Number.parseInt(digest.slice(8), 16);
  }

  digestOf(id: number): string {
    return (this.columns.hashHi[id]!.toString(16).padStart(8, "0") + this.columns.hashLo[id]!.toString(16).padStart(8, "0"));
  }

  /** The row's identity as text; see `Identity`. Special rows carry their kind in `hashLo`. */
  identityOf(id: number): Identity {
    const c = this.columns;
    switch (c.kind[id]) {
      case KIND.file:
        return ((c.mode[id]! & 0o111) !== 0 ? "x" : "f") + this.digestOf(id) + "." + c.size[id]!.toString(36) as Identity;
      case KIND.link:
        return "l" + this.digestOf(id) as Identity;
      case KIND.listing:
        return "s" + this.digestOf(id) as Identity;
      case KIND.dir:
        return "d" as Identity;
      case KIND.special:
        return "?" + (["fifo", "socket", "device"][c.hashLo[id]!] ?? "device") as Identity;
      default:
        return "-" as Identity;
    }
  }
}

/** The row name of a folder's listing: `src/`, and `./` for the root. */
export function listingKey(folder: string): string {
  return folder === "" ? "./" : folder + "/";
}
