// What the disk says, read at most once per path between changes: compares rows of the table by stat and reads content only
// if the stat cannot prove that it is the same. Knows no tasks and no records.
import { parentOf, type FilePath } from "../model/path.ts";
import type { Digest, FileStat, Identity } from "../model/state.ts";
import { DiskError, type Disk, type Listing } from "../model/ports.ts";
import type { Ahead } from "./ahead.ts";
import { FUTURE_MS, FUTURE_STAMP_MS, isRacy } from "./racy.ts";
import { Swept } from "./swept.ts";
import { listingText, markedRows, SPECIAL_CODES, visible, widened, type Moved, type Sightings } from "./sightings.ts";
import { digestFile, hashTogether } from "./content.ts";
import { digestReady, digestText } from "./digest.ts";
import { Links } from "./links.ts";
import { Moments } from "./moments.ts";
import { compared, reread, RENEWED } from "./reread.ts";
import { Rewrites } from "./rewrites.ts";
import { RowSet } from "../model/row-set.ts";
import { FileTable, KIND, listingKey, MARK, RACY, type Rows, type Sight } from "../model/table.ts";

/** Number of files from which changing to the root pays. */
const MANY = 100;
/** How often a path is retried that disappears or changes kind between one call and the next, and the errno then: another build may be running. */
const LOOKS = 4;
const PASSING: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EISDIR", "EINVAL", "ENXIO"]);

export class World {
  readonly disk: Disk;
  readonly table: FileTable;
  /** The filesystem's clock at the last `tick`; never later than any stat taken since. */
  clockMs = 0;
  /** Rows whose identity differs from the one the table was loaded with. */
  changed: Uint8Array;
  /** The same rows as a list, each at least once. */
  readonly changedRows: number[] = [];
  /** Rows whose columns differ from those in the stored state. */
  readonly touched: RowSet = new RowSet();
  /** A file that was read and has a time in the future: it will be read every time. */
  future: FilePath | null = null;
  /** Paths that could not be read, with the errno. Their identity is `?…`. */
  readonly errors: Map<string, string> = new Map();
  /** Existing paths treated as absent, because a build would remove them first. For commands that only read. */
  readonly hidden: Set<string> = new Set();
  /** Set while somebody looks who can wait until a large file has been hashed. */
  ahead: Ahead | null = null;
  /** MARK by row. */
  #seen: Uint8Array;
  /** Records what happens here, for callers that keep their conclusions; null: there are none. */
  journal: Sightings | null = null;
  #names: Map<number, Listing> = new Map();
  readonly #swept: Swept;
  readonly moments: Moments = new Moments();
  readonly rewrites: Rewrites = new Rewrites();
  readonly #links: Links;

  constructor(disk: Disk, table: FileTable) {
    this.disk = disk;
    this.table = table;
    this.#links = new Links(disk);
    this.#swept = new Swept(table);
    this.#seen = new Uint8Array(table.columns.kind.length);
    this.changed = new Uint8Array(table.columns.kind.length);
  }

  /** Takes over what another world over the same state saw a moment ago. Call before any row is added. */
  take({ seen, news, swept, hashing }: Sight): void {
    if (this.#seen.length < this.table.count) this.#widen();
    this.#seen.set(seen.length > this.#seen.length ? seen.subarray(0, this.#seen.length) : seen);
    this.table.news = news;
    this.table.hashing = hashing;
    this.#swept.take(swept);
  }

  sight(): Sight {
    return { seen: this.#seen, news: this.table.news, swept: this.#swept.last, hashing: this.table.hashing };
  }

  /** MARK by row; `same` also for rows that have been brought up to date. */
  seen(): Uint8Array {
    return this.#seen;
  }

  hide(path: FilePath): void {
    this.hidden.add(path);
    this.forget(path);
    this.forgetFolders(path);
    this.#names.clear();
  }

  /** Reads the filesystem's clock. Call before looking at files anew. */
  tick(): number {
    return (this.clockMs = this.disk.clockMs());
  }

  /** Input identity of a path: for a link, its text and its target. */
  input(path: string): Identity {
    const id = this.table.idOf(path);
    this.look(id);
    return this.table.identityOf(id);
  }

  /** Output identity of a path: for a link, its text alone. */
  output(path: string): Identity {
    const id = this.table.idOf(path);
    this.look(id);
    while (this.table.columns.kind[id] === KIND.link) {
      const text = this.#links.text(path);
      if (text !== null) return ("l" + digestText(text)) as Identity;
      this.forget(path);
      this.look(id);
    }
    return this.table.identityOf(id);
  }

  /** Kind of what is at `path`; a link counts as a link. */
  kindOf(path: string): number {
    const id = this.table.idOf(path);
    this.look(id);
    return this.table.columns.kind[id]!;
  }

  /** Sorted names in a folder; null if it is not a folder. Read from the disk at most once between changes. */
  listing(folder: FilePath): Listing | null {
    const id = this.table.idOf(listingKey(folder));
    this.look(id);
    if (this.table.columns.kind[id] === KIND.listing && !this.#names.has(id)) this.#list(id, folder);
    return this.table.columns.kind[id] === KIND.listing ? this.#names.get(id)! : null;
  }

  /** Only a stat has shown that the folder is unchanged: it may be gone since, or this user may not be allowed to list it. */
  #list(id: number, folder: FilePath): void {
    try {
      const names = this.disk.list(folder);
      if (names === null) this.#set(id, KIND.absent, 0, null, null);
      else this.#names.set(id, visible(this.hidden, folder, names));
    } catch (error) {
      this.#refuse(id, error);
    }
  }

  /** Treats hidden paths as existing again. */
  unhide(): void {
    for (const path of this.hidden) {
      this.forget(path);
      this.forgetFolders(path as FilePath);
    }
    this.hidden.clear();
    this.#names.clear();
  }

  /**
   * Called when the writer of the file at `path` has ended, so that no write was under way when its stat was taken. On a device that
   * gives each change a time stamp of its own, the file need not be read again for being recent.
   */
  atRest(path: string): void {
    const id = this.table.find(path);
    const { kind, flags, dev, mtimeMs, ctimeMs } = this.table.columns;
    if (id < 0 || kind[id] !== KIND.file || dev[id] !== this.disk.fineDevice?.()) return;
    // A time in the future does not come from that filesystem's clock.
    if (Math.max(mtimeMs[id]!, ctimeMs[id]!) < this.clockMs + FUTURE_STAMP_MS) flags[id] = flags[id]! & ~RACY;
  }

  /** Discards what was seen at `path`: the next query asks the disk. */
  forget(path: string): void {
    this.forgetRow(this.table.find(path));
  }

  forgetRow(id: number): void {
    if (id < 0 || id >= this.#seen.length) return;
    this.#seen[id] = 0;
    this.#swept.forget();
    this.journal?.forgotten.add(id);
  }

  /** Discards the listings of `path`'s folder and of the folders above it. */
  forgetFolders(path: FilePath): void {
    for (let dir = parentOf(path); ; dir = parentOf(dir)) {
      this.forget(listingKey(dir));
      if (dir === "" || dir === "/") return;
    }
  }

  /** Discards everything seen; rows keep their stored identity. */
  forgetAll(): void {
    this.#seen.fill(0);
    this.#swept.forget();
  }

  /** Notes that what is being judged depends on `path`, looked at or not. */
  note(path: string): void {
    if (this.journal?.asked == null) return;
    const id = this.table.find(path);
    if (id >= 0) this.journal.asked.add(id);
  }

  /** Looks at rows in one loop, by stat alone. Returns those whose content must be read; look again after openDigest(). */
  sweep(ids: Rows): number[] {
    const later = this.#swept.notSame(ids, (some) => this.#stat(some), this.hidden.size === 0);
    if (!digestReady()) return later;
    const lookAtAll = (): void => (this.#takeHashes(), later.forEach((id) => this.look(id)));
    if (later.length < MANY) lookAtAll();
    else this.disk.inRoot(lookAtAll);
    return [];
  }

  #stat(ids: Rows): Uint8Array {
    if (this.#seen.length < this.table.columns.kind.length) this.#widen();
    if (this.hidden.size === 0) this.disk.sweep(this.table, ids, this.#seen);
    return this.#seen;
  }

  /** Looks at rows again, seen or not. Returns those whose identity has changed. Needs the hash to be open. */
  recheck(ids: readonly number[]): Moved[] {
    this.#swept.forget();
    for (const id of ids) this.#seen[id] = 0;
    this.#stat(ids);
    const open = ids.filter((row) => this.#seen[row] !== MARK.same).map((row) => ({ row, before: this.table.identityOf(row) }));
    this.#takeHashes();
    return open.flatMap(({ row, before }) => {
      this.look(row);
      const after = this.table.identityOf(row);
      return after === before ? [] : [{ row, before, after }];
    });
  }

  /** The paths a link leads through and to; empty if it is not a link. */
  hopsOf(path: FilePath): readonly FilePath[] {
    return this.kindOf(path) === KIND.link ? this.#links.hopsOf(path) : [];
  }

  /** Links that lead to or through one of `paths`. */
  linksTo(paths: ReadonlySet<string>): FilePath[] {
    return this.#links.leadingTo(paths);
  }

  /** Rows that have been looked at since they were last discarded. */
  seenRows(): number[] {
    return markedRows(this.#seen, this.table.count);
  }

  /** Brings a row up to date, once. */
  look(id: number): void {
    if (id >= this.#seen.length) this.#widen();
    this.journal?.asked?.add(id);
    const mark = this.#seen[id];
    if (mark === MARK.same) return;
    const path = this.#begin(id);
    // Whatever happens to a file after a sweep took its stat changes that stat, or is read here.
    const found = mark === MARK.news && this.ahead?.isLarge(this.table.news!.size[id]!) !== true ? reread(this.disk, this.table, id) : null;
    if (found !== null) return this.#renew(id, found, this.clockMs);
    for (let looks = 1; ; looks++) {
      try {
        return path.endsWith("/") ? this.#lookListing(id, path) : this.#lookPath(id, path);
      } catch (error) {
        if (!(error instanceof DiskError)) this.#seen[id] = 0;
        if (!(error instanceof DiskError) || looks === LOOKS || !PASSING.has(error.errno)) return this.#refuse(id, error);
      }
    }
  }

  #begin(id: number): FilePath {
    if (this.#seen[id] === MARK.news) this.rewrites.noteNews(this.table, id);
    this.#seen[id] = MARK.same;
    this.journal?.looked.add(id);
    if (this.errors.size > 0) this.errors.delete(this.table.pathOf(id));
    return this.table.pathOf(id) as FilePath;
  }

  /** The path cannot be read, or kept disappearing. Anything but a disk error is a bug. */
  #refuse(id: number, error: unknown): void {
    if (!(error instanceof DiskError)) throw error;
    const went = error.errno === "ENOENT" || error.errno === "ENOTDIR";
    if (!went) this.errors.set(this.table.pathOf(id), error.errno);
    this.#set(id, went ? KIND.absent : KIND.special, went ? 0 : 3, null, null);
  }

  /** Files hashed by other threads are not read again; what those leave undone is looked at as usual. */
  #takeHashes(): void {
    const { hashing } = this.table;
    if (hashing === null) return;
    this.table.hashing = null;
    // The files may have been read before the clock was.
    const clockMs = this.clockMs - hashing.ageMs();
    hashTogether(this.disk, hashing, (id, hash) => {
      if (this.#seen[id] !== MARK.news) return;
      this.#begin(id);
      this.#renew(id, compared(this.table, id, hash), clockMs);
    });
  }

  #renew(id: number, found: Digest | typeof RENEWED, clockMs: number): void {
    if (found !== RENEWED) this.#set(id, KIND.file, 0, found, this.table.newsOf(id));
    this.#dated(id, clockMs);
  }

  #lookPath(id: number, path: string): void {
    if (this.hidden.has(path)) return this.#set(id, KIND.absent, 0, null, null);
    const stat = this.disk.lstat(path);
    const c = this.table.columns;
    if (stat.kind === "file" && (stat.names ?? 1) > 1) this.table.shared.add(id);
    switch (stat.kind) {
      case "absent": case "dir":
        return this.#set(id, KIND[stat.kind], 0, null, null);
      case "file": {
        if (c.kind[id] === KIND.file && (c.flags[id]! & RACY) === 0 && this.table.statEquals(id, stat)) return;
        const known = this.ahead?.digestOf(path, stat, this.clockMs) ?? null;
        this.#set(id, KIND.file, 0, known?.digest ?? digestFile(this.disk, path, stat.size).digest, stat);
        return known === null ? undefined : this.#dated(id, known.clockMs);
      }
      case "link":
        return this.#set(id, KIND.link, 0, this.#links.digest(path as FilePath, (end) => (this.forget(end), this.input(end))), stat);
      default:
        return this.#set(id, KIND.special, SPECIAL_CODES[stat.kind] ?? 2, null, null);
    }
  }

  #lookListing(id: number, path: string): void {
    const folder = (path === "./" ? "" : path === "//" ? "/" : path.slice(0, -1)) as FilePath;
    const stat = this.disk.stat(folder);
    if (stat.kind !== "dir") return this.#set(id, KIND.absent, 0, null, null);
    const c = this.table.columns;
    if (c.kind[id] === KIND.listing && (c.flags[id]! & RACY) === 0 && this.table.statEquals(id, stat)) return;
    const names = this.disk.list(folder);
    if (names === null) return this.#set(id, KIND.absent, 0, null, null);
    this.#names.set(id, visible(this.hidden, folder, names));
    this.#set(id, KIND.listing, 0, digestText(listingText(names)), stat);
  }

  #set(id: number, kind: number, code: number, digest: string | null, stat: FileStat | null): void {
    const before = this.table.essenceOf(id);
    this.rewrites.note(this.table, id, stat);
    this.table.setFound(id, kind, { code, digest, stat });
    if (!this.table.isEssence(id, before)) {
      this.changed[id] = 1;
      this.changedRows.push(id);
      if (before.kind !== KIND.unknown) this.journal?.moved.add(id);
    }
    this.#dated(id);
  }

  /** A row's stat has changed, or the row has none any more. */
  #dated(id: number, clockMs = this.clockMs): void {
    const { kind, flags, mtimeMs, ctimeMs } = this.table.columns;
    flags[id] = (mtimeMs[id] !== 0 || ctimeMs[id] !== 0) && isRacy(mtimeMs[id]!, ctimeMs[id]!, clockMs) ? RACY : 0;
    this.touched.add(id);
    if (kind[id] === KIND.file && mtimeMs[id]! > this.clockMs + FUTURE_MS) this.future ??= this.table.pathOf(id) as FilePath;
  }

  #widen(): void {
    [this.#seen, this.changed] = [this.#seen, this.changed].map((marks) => widened(marks, this.table.columns.kind.length)) as [Uint8Array, Uint8Array];
  }
}
