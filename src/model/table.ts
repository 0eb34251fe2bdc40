// Every path tg has looked at, as columns: what lstat returned, and the identity that went with it. The hot sweep reads
// these arrays directly (bench/noop), hence flat typed arrays and no object per file. Knows no tasks.
import { Again } from "./again.ts";
import type { Hashing } from "./hashing.ts";
import { findSlot } from "./slots.ts";
import type { FilePath } from "./path.ts";
import type { FileStat, Identity, Seen } from "./state.ts";
import { openTexts, textsOf, type TextBytes } from "./texts.ts";

/** Codes in `kind`. `unknown` rows have been named but never looked at. `listing` rows stand for the names in a folder. */
export const KIND = { unknown: 0, absent: 1, file: 2, link: 3, dir: 4, listing: 5, special: 6 } as const;

/** Flag: the identity was taken while the file's times were too recent for a later equal stat to prove anything (git's racy rule). */
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

/** The fields of `lstat` that the stat shortcut compares. */
export type StatColumns = Pick<Columns, "mode" | "size" | "mtimeMs" | "ctimeMs" | "ino" | "dev">;

export type Rows = Uint32Array | readonly number[];

/** Sweep state of a row: not swept; the same; to be looked at; the same, with its new stat in `news`. */
export const MARK = { none: 0, same: 1, open: 2, news: 3 } as const;

/** Results of looking by stat alone, by row. */
export interface Sight {
  /** MARK values. */
  readonly seen: Uint8Array;
  /** The largest sweep; null: its results may have been discarded. */
  readonly swept: { readonly rows: Rows; /** Not certainly the same. */ readonly open: readonly number[] } | null;
  /** Stats of regular files that their rows do not hold yet; null: there are none. */
  readonly news: StatColumns | null;
  /** Hashing of these files in other threads; null: none. */
  readonly hashing: Hashing | null;
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

export interface Essence {
  readonly kind: number;
  readonly hashHi: number;
  readonly hashLo: number;
  readonly size: number;
  readonly executable: boolean;
}

const NAMES = ["kind", "flags", "mode", "size", "mtimeMs", "ctimeMs", "ino", "dev", "hashHi", "hashLo"] as const;
export const COLUMN_NAMES: readonly (keyof Columns)[] = NAMES;

/** Rows as they were stored. `slots` find a row by its path (model/slots.ts). */
export interface StoredRows {
  readonly columns: Columns;
  readonly count: number;
  readonly slots: Uint32Array;
  readonly paths: TextBytes;
}

export class FileTable {
  count: number;
  columns: Columns;
  /** New stats from the last sweep (Sight). */
  news: StatColumns | null = null;
  /** Hashing, in other threads, of files that the last sweep found: rows of `news`. */
  hashing: Hashing | null = null;
  /** Rows of files that had other hard links when seen: a write through another name goes unnoticed. */
  readonly shared: Set<number> = new Set();
  readonly #stored: StoredRows | null;
  readonly #storedPath: (id: number) => string;
  /** Paths of added rows, from row `#first` on, and a map from paths to rows. */
  readonly #added: string[] = [];
  readonly #first: number;
  readonly #index: Map<string, number> = new Map();
  readonly #again: Again = new Again();
  /** Cached results of identityOf() since the row was last written. Whoever writes columns directly must not have called it before. */
  #identities: (Identity | undefined)[] | null = null;
  /** The last results of pairOf(). */
  #pairs: (Seen | undefined)[] | null = null;

  constructor(stored: StoredRows | null) {
    this.#stored = stored;
    this.#storedPath = stored === null ? () => "" : openTexts(stored.paths);
    this.columns = stored?.columns ?? emptyColumns(64);
    this.count = this.#first = stored?.count ?? 0;
  }

  static empty(): FileTable {
    return new FileTable(null);
  }

  pathOf(id: number): string {
    return id < this.#first ? this.#storedPath(id) : this.#added[id - this.#first]!;
  }

  /** All rows as stored, whose paths still hold; null: rows have been added. */
  get stored(): StoredRows | null {
    return this.count === this.#first ? this.#stored : null;
  }

  /** The paths of all rows as stored; null: rows have been added. */
  get paths(): TextBytes | null {
    return this.stored?.paths ?? null;
  }

  /** The paths of all rows, including those that were added. */
  texts(): TextBytes {
    return this.paths ?? textsOf(this.#added, this.#stored?.paths);
  }

  /** The row of `path`, or -1. */
  find(path: string): number {
    const again = this.#again.of(path);
    if (again >= 0) return again;
    const id = this.#index.get(path) ?? this.#findStored(path);
    if (id >= 0) this.#again.note(path, id, this.columns.kind.length);
    return id;
  }

  #findStored(path: string): number {
    if (this.#stored === null) return -1;
    const id = findSlot(this.#stored.slots, path, this.#storedPath);
    // A path asked for once is asked for again, and a map is faster than the slots.
    if (id >= 0) this.#index.set(path, id);
    return id;
  }

  /** Drops the caches of lookups and identities. */
  forgetFound(): void {
    this.#identities = null;
    this.#pairs = null;
    this.#again.forget();
    // It holds only what was added.
    if (this.#index.size === this.#added.length) return;
    this.#index.clear();
    for (let i = 0; i < this.#added.length; i++) this.#index.set(this.#added[i]!, this.#first + i);
  }

  /** The row of `path`, added if there is none. */
  idOf(path: string): number {
    let id = this.find(path);
    if (id < 0) {
      id = this.count++;
      if (id >= this.columns.kind.length) this.#grow();
      this.#added.push(path);
      this.#index.set(path, id);
    }
    return id;
  }

  #grow(): void {
    this.columns = widened(this.columns, Math.max(64, this.columns.kind.length * 2));
    if (this.#identities !== null) this.#identities.length = this.columns.kind.length;
  }

  /** The stat that the last sweep found for a regular file. */
  newsOf(id: number): FileStat {
    const n = this.news!;
    return { kind: "file", size: n.size[id]!, mtimeMs: n.mtimeMs[id]!, ctimeMs: n.ctimeMs[id]!, ino: n.ino[id]!, dev: n.dev[id]!, mode: n.mode[id]! };
  }

  /** Whether `stat` equals the stored row in every field the shortcut compares. */
  statEquals(id: number, stat: FileStat): boolean {
    const c = this.columns;
    return c.mtimeMs[id] === stat.mtimeMs && c.ctimeMs[id] === stat.ctimeMs && c.size[id] === stat.size &&
      c.ino[id] === stat.ino && c.dev[id] === stat.dev && c.mode[id] === (stat.mode & 0xffff);
  }

  setStat(id: number, stat: FileStat): void {
    const c = this.columns;
    this.#unsay(id);
    c.size[id] = stat.size;
    c.mtimeMs[id] = stat.mtimeMs;
    c.ctimeMs[id] = stat.ctimeMs;
    c.ino[id] = stat.ino;
    c.dev[id] = stat.dev;
    c.mode[id] = stat.mode & 0xffff;
  }

  /** Copies row `from` of other columns; true if that changes the row's identity. */
  setRow(id: number, other: Columns, from: number): boolean {
    const c = this.columns;
    const kind = other.kind[from]!;
    const hashed = kind === KIND.file || kind === KIND.link || kind === KIND.listing || kind === KIND.special;
    const same = c.kind[id] === kind && (!hashed || (c.hashHi[id] === other.hashHi[from] && c.hashLo[id] === other.hashLo[from])) &&
      (kind !== KIND.file || (c.size[id] === other.size[from] && ((c.mode[id]! & 0o111) === 0) === ((other.mode[from]! & 0o111) === 0)));
    this.#unsay(id);
    putRow(c, id, other, from);
    return !same;
  }

  #unsay(id: number): void {
    if (this.#identities !== null) this.#identities[id] = undefined;
  }

  /** Stores what was found at a row's path; without a stat or a digest, their columns become 0. `code`: kind of a special file. */
  setFound(id: number, kind: number, found: { readonly code: number; readonly digest: string | null; readonly stat: FileStat | null }): void {
    const c = this.columns;
    this.#unsay(id);
    c.kind[id] = kind;
    if (found.stat !== null) this.setStat(id, found.stat);
    else c.size[id] = c.mtimeMs[id] = c.ctimeMs[id] = c.ino[id] = c.dev[id] = c.mode[id] = 0;
    if (found.digest !== null) return this.setHash(id, found.digest);
    c.hashHi[id] = 0;
    c.hashLo[id] = found.code;
  }

  /** Takes over the last sweep's stat if the file, with this hash, has the same identity. false: it has another. */
  renew(id: number, hashHi: number, hashLo: number): boolean {
    const [c, n] = [this.columns, this.news!];
    if (c.hashHi[id] !== hashHi || c.hashLo[id] !== hashLo || c.size[id] !== n.size[id] || ((c.mode[id]! & 0o111) !== 0) !== ((n.mode[id]! & 0o111) !== 0)) return false;
    this.#unsay(id);
    c.mode[id] = n.mode[id]!;
    c.mtimeMs[id] = n.mtimeMs[id]!;
    c.ctimeMs[id] = n.ctimeMs[id]!;
    c.ino[id] = n.ino[id]!;
    c.dev[id] = n.dev[id]!;
    return true;
  }

  setHash(id: number, digest: string): void {
    this.#unsay(id);
    this.columns.hashHi[id] = Number.parseInt(digest.slice(0, 8), 16);
    this.columns.hashLo[id] = Number.parseInt(digest.slice(8), 16);
  }

  digestOf(id: number): string {
    return (this.columns.hashHi[id]!.toString(16).padStart(8, "0") + this.columns.hashLo[id]!.toString(16).padStart(8, "0"));
  }

  /** The components of a row's identity. */
  essenceOf(id: number): Essence {
    const c = this.columns;
    return { kind: c.kind[id]!, hashHi: c.hashHi[id]!, hashLo: c.hashLo[id]!, size: c.size[id]!, executable: (c.mode[id]! & 0o111) !== 0 };
  }

  /** Whether the row's identity has these components. Never true for a row that was unknown. */
  isEssence(id: number, { kind, hashHi, hashLo, size, executable }: Essence): boolean {
    const c = this.columns;
    if (c.kind[id] !== kind || kind === KIND.unknown) return false;
    if (kind === KIND.absent || kind === KIND.dir) return true;
    if (kind === KIND.special) return Math.min(c.hashLo[id]!, 2) === Math.min(hashLo, 2);
    return c.hashHi[id] === hashHi && c.hashLo[id] === hashLo && (kind !== KIND.file || (c.size[id] === size && ((c.mode[id]! & 0o111) !== 0) === executable));
  }

  /** The row's identity as text; see `Identity`. Special rows carry their kind in `hashLo`. */
  identityOf(id: number): Identity {
    const said = (this.#identities ??= new Array<Identity | undefined>(this.columns.kind.length));
    return (said[id] ??= this.#identityText(id));
  }

  /** The row's path and an identity. Many records name the same file: equal pairs in a row are one. */
  pairOf(id: number, identity: Identity): Seen {
    const pairs = (this.#pairs ??= []);
    const known = pairs[id];
    return known !== undefined && known[1] === identity ? known : (pairs[id] = [this.pathOf(id) as FilePath, identity]);
  }

  #identityText(id: number): Identity {
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

function widened(columns: Columns, size: number): Columns {
  const wider = emptyColumns(size);
  for (const name of NAMES) wider[name].set(columns[name] as Uint8Array & Float64Array);
  return wider;
}

function putRow(to: Columns, id: number, from: Columns, at: number): void {
  to.kind[id] = from.kind[at]!;
  to.flags[id] = from.flags[at]!;
  to.mode[id] = from.mode[at]!;
  to.size[id] = from.size[at]!;
  to.mtimeMs[id] = from.mtimeMs[at]!;
  to.ctimeMs[id] = from.ctimeMs[at]!;
  to.ino[id] = from.ino[at]!;
  to.dev[id] = from.dev[at]!;
  to.hashHi[id] = from.hashHi[at]!;
  to.hashLo[id] = from.hashLo[at]!;
}

/** The row name of a folder's listing: `src/`, and `./` for the root. */
export function listingKey(folder: string): string {
  return folder === "" ? "./" : folder + "/";
}
