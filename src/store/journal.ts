// The append-only log between two snapshots. Each entry: length and checksum (8 bytes), then bytes of its own or JSON. A torn or damaged tail is
// cut off; everything before it counts. Knows nothing of meaning beyond the entry union.
import fs from "node:fs";
import type { Stamp } from "../model/frozen.ts";
import { DiskError } from "../model/ports.ts";
import type { SomeRows } from "../model/row-set.ts";
import { COLUMN_NAMES, type Columns, type FileTable } from "../model/table.ts";
import { utf8Text } from "../model/texts.ts";
import { checksumOfBytes, type Section } from "./container.ts";
import { readIfThere } from "./files.ts";
import { isOdd } from "./odd.ts";
import { isCount, isStamp, isText } from "./shapes.ts";

export type Entry =
  /** First entry: the generation of the snapshot it continues. */
  | readonly ["h", generation: string, version: number]
  /** New rows of the file table, numbered from `first`. */
  | readonly ["p", first: number, ...paths: string[]]
  /** Rows and their columns, in that order. */
  | readonly ["f", rows: Uint32Array, columns: Columns]
  /** A record, as encodeRecord wrote it. */
  | readonly ["r", task: string, record: string]
  /** A task starts: the time, and the outputs it will write. */
  | readonly ["s", task: string, start: number, ...halves: string[]]
  /** The process group that runs a started task: its leader's pid and start time, in ticks since boot. */
  | readonly ["g", task: string, group: number, start: string, boot: string]
  /** A process that runs tasks, and kills them when tg or it is ended. */
  | readonly ["k", keeper: number, start: string, boot: string]
  /** A record was removed. */
  | readonly ["d", task: string]
  /** The config was evaluated again and said the same. */
  | readonly ["c", stamp: Stamp]
  /** From here on these tasks, by index in the snapshot's graph, are known to be fresh against the rows above: bits as in Snapshot.settled. */
  | readonly ["m", tasks: Uint32Array, bits: Uint8Array]
  /** Of the tasks in the preceding entry, these ran and gave their dependents what they gave before. An older tg skips this entry. */
  | readonly ["b", ...tasks: number[]];

/** A draft of an entry: rows are written from the whole table, and read back only as "f". */
export type Draft = Exclude<Entry, readonly ["f", ...unknown[]]> | readonly ["t", rows: readonly number[], table: Columns];

/** Entries for the new rows, numbered `from` and up, and for `rows`, which changed or were seen again. */
export function draftsOf(table: FileTable, from: number, rows: SomeRows): Draft[] {
  const fresh = table.count <= from ? [] : [["p", from, ...Array.from({ length: table.count - from }, (_, at) => table.pathOf(from + at))] satisfies Draft];
  return rows.size === 0 ? fresh : [...fresh, ["t", [...rows], table.columns]];
}

const HEAD_BYTES = 8;

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** Checksum of `length` bytes starting at `from`. */
function sumOf(view: DataView, from: number, length: number): number {
  return (checksumOfBytes(view, from, length) ^ Math.imul(length + 1, 0x9e3779b1)) >>> 0;
}

/** Columns by decreasing width, so that each is aligned for its type; `rows` comes first among the words. */
const WIDE = ["size", "mtimeMs", "ctimeMs", "ino", "dev"] as const;
const HASH = ["hashHi", "hashLo"] as const;
const NARROW = ["kind", "flags"] as const;
/** First byte of a payload of rows, or of settled tasks; JSON begins with `[`. Then 3 unused bytes and the count. */
const ROWS = 1;
const SETTLED = 2;
/** The same of a record. In place of the count, the bytes of its task's name in JSON, which follows; the rest is its text. */
const RECORD = 3;
export const ROW_BYTES: number = 8 * WIDE.length + 4 * 3 + 2 + 1 + 1;

/** An index and its bits. */
const SETTLED_BYTES = 5;

const FEW = 16;

/** Fills `to` from offset `from` with the chosen rows of a table, in the layout decodeRows reads. `view`: the same memory. */
function putRows(to: Uint8Array, view: DataView, from: number, { rows, columns }: { readonly rows: readonly number[]; readonly columns: Columns }): void {
  if (rows.length > FEW) {
    const bytes = new Uint8Array(8 + rows.length * ROW_BYTES);
    bytes[0] = ROWS;
    new DataView(bytes.buffer).setUint32(4, rows.length, true);
    const { rows: ids, columns: chosen } = viewRows(bytes, rows.length);
    for (let i = 0; i < rows.length; i++) ids[i] = rows[i]!;
    for (const name of COLUMN_NAMES) pick(chosen[name], columns[name], rows);
    to.set(bytes, from);
    return;
  }
  view.setUint32(from, ROWS, true);
  view.setUint32(from + 4, rows.length, true);
  let at = from + 8;
  for (const name of WIDE) for (let i = 0; i < rows.length; i++, at += 8) view.setFloat64(at, columns[name][rows[i]!]!, true);
  for (let i = 0; i < rows.length; i++, at += 4) view.setUint32(at, rows[i]!, true);
  for (const name of HASH) for (let i = 0; i < rows.length; i++, at += 4) view.setUint32(at, columns[name][rows[i]!]!, true);
  for (let i = 0; i < rows.length; i++, at += 2) view.setUint16(at, columns.mode[rows[i]!]!, true);
  for (const name of NARROW) for (let i = 0; i < rows.length; i++, at++) to[at] = columns[name][rows[i]!]!;
}

function putSettled(to: Uint8Array, view: DataView, from: number, { tasks, bits }: { readonly tasks: Uint32Array; readonly bits: Uint8Array }): void {
  view.setUint32(from, SETTLED, true);
  view.setUint32(from + 4, tasks.length, true);
  to.set(new Uint8Array(tasks.buffer, tasks.byteOffset, tasks.byteLength), from + 8);
  to.set(bits, from + 8 + tasks.byteLength);
}

function decodeSettled(payload: Uint8Array): Entry {
  const bytes = new Uint8Array(payload);
  const count = new DataView(bytes.buffer).getUint32(4, true);
  return ["m", new Uint32Array(bytes.buffer, 8, count), bytes.subarray(8 + 4 * count, 8 + SETTLED_BYTES * count)];
}

function decodeNamed(payload: Uint8Array): Entry {
  const text = 8 + viewOf(payload).getUint32(4, true);
  return ["r", JSON.parse(utf8Text(payload.subarray(8, text))) as string, utf8Text(payload.subarray(text))];
}

function pick(to: Section, from: Section, rows: readonly number[]): void {
  for (let i = 0; i < rows.length; i++) to[i] = from[rows[i]!]!;
}

function decodeRows(payload: Uint8Array): Entry {
  const bytes = new Uint8Array(payload);
  const { rows, columns } = viewRows(bytes, new DataView(bytes.buffer).getUint32(4, true));
  return ["f", rows, columns];
}

/** Arrays over a payload of rows that has its own buffer. */
function viewRows(bytes: Uint8Array, count: number): { readonly rows: Uint32Array; readonly columns: Columns } {
  let at = 8;
  const take = <T>(kind: new (buffer: ArrayBuffer, offset: number, length: number) => T, width: number): T => {
    const part = new kind(bytes.buffer as ArrayBuffer, at, count);
    at += count * width;
    return part;
  };
  // In the order of WIDE. No arrays are created only to be replaced: there may be hundreds of entries.
  const size = take(Float64Array, 8);
  const mtimeMs = take(Float64Array, 8);
  const ctimeMs = take(Float64Array, 8);
  const ino = take(Float64Array, 8);
  const dev = take(Float64Array, 8);
  const rows = take(Uint32Array, 4);
  const hashHi = take(Uint32Array, 4);
  const hashLo = take(Uint32Array, 4);
  const mode = take(Uint16Array, 2);
  const kind = take(Uint8Array, 1);
  const flags = take(Uint8Array, 1);
  return { rows, columns: { kind, flags, mode, size, mtimeMs, ctimeMs, ino, dev, hashHi, hashLo } };
}

/** The valid entries in order, and where each ends. */
export interface Log {
  readonly entries: readonly Entry[];
  readonly ends: readonly number[];
  readonly goodBytes: number;
  /** The bytes after the valid entries are not a whole entry. */
  readonly damaged: boolean;
}

export function readLog(path: string): Log | null {
  const bytes = readIfThere(path);
  return bytes === null ? null : readJournal(bytes);
}

function readJournal(bytes: Uint8Array): Log {
  const entries: Entry[] = [];
  const ends: number[] = [];
  const view = viewOf(bytes);
  let at = 0;
  while (at + HEAD_BYTES <= bytes.length) {
    const length = view.getUint32(at, true);
    const end = at + HEAD_BYTES + length;
    if (end > bytes.length) break;
    if (sumOf(view, at + HEAD_BYTES, length) !== view.getUint32(at + 4, true)) break;
    const entry = decoded(bytes.subarray(at + HEAD_BYTES, end));
    if (entry === null) break;
    entries.push(entry);
    ends.push(end);
    at = end;
  }
  return { entries, ends, goodBytes: at, damaged: at < bytes.length };
}

/** null: its checksum is right, and it is no entry. */
function decoded(payload: Uint8Array): Entry | null {
  try {
    const entry = decode(payload);
    return isEntry(entry) ? entry : null;
  } catch {
    return null;
  }
}

/** Entries that a newer tg writes are skipped. */
function isEntry(entry: Entry): boolean {
  if (!Array.isArray(entry) || typeof entry[0] !== "string") return false;
  const rest: readonly unknown[] = entry.slice(1);
  switch (entry[0]) {
    case "h": return isText(rest[0]);
    case "p": return isCount(rest[0]) && rest.every((path, at) => at === 0 || isText(path));
    case "f": case "m": return true;
    case "r": case "d": return rest.every(isText) && rest.length > 0;
    case "s": return isText(rest[0]) && typeof rest[1] === "number" && rest.every((half, at) => at === 1 || isText(half));
    case "g": return isText(rest[0]) && isCount(rest[1]) && isText(rest[2]) && isText(rest[3]);
    case "k": return isCount(rest[0]) && isText(rest[1]) && isText(rest[2]);
    case "c": return isStamp(rest[0]);
    case "b": return rest.every(isCount);
    default: return true;
  }
}

function decode(payload: Uint8Array): Entry {
  switch (payload[0]) {
    case ROWS: return decodeRows(payload);
    case SETTLED: return decodeSettled(payload);
    case RECORD: return decodeNamed(payload);
    default: return JSON.parse(utf8Text(payload)) as Entry;
  }
}

function openJournal(path: string, flags: "w" | "r+"): number {
  try {
    return fs.openSync(path, flags, 0o600);
  } catch (error) {
    // A link that leads nowhere.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || flags !== "w" || fs.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) throw error;
    fs.unlinkSync(path);
    return fs.openSync(path, flags, 0o600);
  }
}

/** Appends entries, normally one write call each; after a short write the rest follows at once. */
export class JournalWriter {
  readonly #path: string;
  #fd: number;
  /** Reused for each write. */
  #memory: Buffer = Buffer.allocUnsafeSlow(1024);
  #view: DataView = viewOf(this.#memory);
  /** Size of the file in bytes. */
  size: number;

  constructor(path: string, goodBytes: number) {
    this.#path = path;
    try {
      if (isOdd(path)) fs.unlinkSync(path);
      this.#fd = openJournal(path, goodBytes === 0 ? "w" : "r+");
      if (goodBytes > 0) fs.ftruncateSync(this.#fd, goodBytes);
    } catch (error) {
      throw new DiskError(path, (error as NodeJS.ErrnoException).code ?? "EIO");
    }
    this.size = goodBytes;
  }

  append(entries: readonly Draft[]): void {
    if (entries.length === 0) return;
    let length = 0;
    for (const entry of entries) length = this.#frame(entry, length);
    const bytes = this.#memory;
    try {
      for (let done = 0; done < length; ) {
        const wrote = fs.writeSync(this.#fd, bytes, done, length - done, this.size + done);
        done += wrote;
      }
    } catch (error) {
      this.#cutBack();
      throw new DiskError(this.#path, (error as NodeJS.ErrnoException).code ?? "EIO");
    }
    this.size += length;
  }

  /** Removes an entry that was written only in part: it would be taken for damage. */
  #cutBack(): void {
    try {
      fs.ftruncateSync(this.#fd, this.size);
    } catch {
      // Damage is reported, and costs no more than work.
    }
  }

  /** Encodes an entry at offset `at`, growing the memory as needed; returns the offset after it. */
  #frame(entry: Draft, at: number): number {
    const from = at + HEAD_BYTES;
    const length = this.#put(entry, from);
    this.#view.setUint32(at, length, true);
    this.#view.setUint32(at + 4, sumOf(this.#view, from, length), true);
    return from + length;
  }

  /** Returns how many bytes it has written. */
  #put(entry: Draft, from: number): number {
    switch (entry[0]) {
      case "t": {
        const bytes = this.#reserve(from, 8 + entry[1].length * ROW_BYTES);
        putRows(this.#memory, this.#view, from, { rows: entry[1], columns: entry[2] });
        return bytes;
      }
      case "m": {
        const bytes = this.#reserve(from, 8 + entry[1].length * SETTLED_BYTES);
        putSettled(this.#memory, this.#view, from, { tasks: entry[1], bits: entry[2] });
        return bytes;
      }
      case "r": {
        const name = JSON.stringify(entry[1]);
        // A UTF-16 unit takes at most three bytes.
        this.#reserve(from, 8 + (name.length + entry[2].length) * 3);
        const nameBytes = this.#memory.write(name, from + 8);
        this.#view.setUint32(from, RECORD, true);
        this.#view.setUint32(from + 4, nameBytes, true);
        return 8 + nameBytes + this.#memory.write(entry[2], from + 8 + nameBytes);
      }
      default: {
        const text = JSON.stringify(entry);
        this.#reserve(from, text.length * 3);
        return this.#memory.write(text, from);
      }
    }
  }

  /** Returns `bytes`. */
  #reserve(from: number, bytes: number): number {
    if (from + bytes <= this.#memory.length) return bytes;
    const wider = Buffer.allocUnsafeSlow((from + bytes) * 2);
    wider.set(this.#memory.subarray(0, from));
    this.#memory = wider;
    this.#view = viewOf(wider);
    return bytes;
  }

  close(): void {
    if (this.#fd >= 0) fs.closeSync(this.#fd);
    this.#fd = -1;
  }
}
