// The append-only log between two snapshots. Each entry: length and checksum (8 bytes), then JSON. A torn or damaged tail
// is cut; what stands before it counts. Knows no meaning beyond the entry union.
import fs from "node:fs";
import { DiskError } from "../model/ports.ts";
import { emptyColumns, type Columns } from "../model/table.ts";
import { checksum } from "./container.ts";
import { isOdd } from "./odd.ts";

export type Entry =
  /** First entry: the generation of the snapshot it continues. */
  | readonly ["h", generation: string, version: number]
  /** New rows of the file table, numbered from `first`. */
  | readonly ["p", first: number, ...paths: string[]]
  /** Rows and their columns, in that order. */
  | readonly ["f", rows: Uint32Array, columns: Columns]
  /** A record as encodeRecord wrote it. */
  | readonly ["r", task: string, record: string]
  /** A task starts: when, and the outputs it will be writing. */
  | readonly ["s", task: string, start: number, ...halves: string[]]
  /** The process group that runs a started task: its leader's pid, and when that started in ticks since boot. */
  | readonly ["g", task: string, group: number, start: string, boot: string]
  /** A process that runs tasks, and kills what it runs when tg or it is ended. */
  | readonly ["k", keeper: number, start: string, boot: string]
  /** A record is gone. */
  | readonly ["d", task: string]
  /** From here on these tasks are known to be fresh against the rows above (1 settled, 3 settled with a virtual output). */
  | readonly ["m", ...pairs: (string | number)[]];

const HEAD_BYTES = 8;

function sumOf(payload: Uint8Array): number {
  const padded = new Uint8Array((payload.length + 3) & ~3);
  padded.set(payload);
  const [a, b] = checksum(new Uint32Array(padded.buffer));
  return (a ^ b ^ Math.imul(payload.length + 1, 0x9e3779b1)) >>> 0;
}

/** Columns by falling width, so that each begins where its type may; `rows` comes first among the words. */
const WIDE = ["size", "mtimeMs", "ctimeMs", "ino", "dev"] as const;
const NARROW = ["mode", "kind", "flags"] as const;
/** First byte of a payload of rows; JSON begins with `[`. Then 3 bytes of nothing and their number. */
const ROWS = 1;
const ROW_BYTES = 8 * WIDE.length + 4 * 3 + 2 + 1 + 1;

function encodeRows(rows: Uint32Array, columns: Columns): Uint8Array {
  const bytes = new Uint8Array(8 + rows.length * ROW_BYTES);
  const head = new DataView(bytes.buffer);
  head.setUint8(0, ROWS);
  head.setUint32(4, rows.length, true);
  let at = 8;
  for (const part of [...WIDE.map((name) => columns[name]), rows, columns.hashHi, columns.hashLo, ...NARROW.map((name) => columns[name])]) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return bytes;
}

function decodeRows(payload: Uint8Array): Entry {
  const bytes = new Uint8Array(payload);
  const count = new DataView(bytes.buffer).getUint32(4, true);
  const columns = emptyColumns(0);
  let at = 8;
  const take = <T>(kind: new (buffer: ArrayBuffer, offset: number, length: number) => T, width: number): T => {
    const part = new kind(bytes.buffer, at, count);
    at += count * width;
    return part;
  };
  for (const name of WIDE) columns[name] = take(Float64Array, 8);
  const rows = take(Uint32Array, 4);
  columns.hashHi = take(Uint32Array, 4);
  columns.hashLo = take(Uint32Array, 4);
  columns.mode = take(Uint16Array, 2);
  columns.kind = take(Uint8Array, 1);
  columns.flags = take(Uint8Array, 1);
  return ["f", rows, columns];
}

function encodeEntry(entry: Entry): Uint8Array {
  return entry[0] === "f" ? encodeRows(entry[1], entry[2]) : new TextEncoder().encode(JSON.stringify(entry));
}

function frame(entry: Entry): Uint8Array {
  const payload = encodeEntry(entry);
  const bytes = new Uint8Array(HEAD_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload.length, true);
  view.setUint32(4, sumOf(payload), true);
  bytes.set(payload, HEAD_BYTES);
  return bytes;
}

/** Good entries in order, and where the good part ends. `damaged`: bytes after it that are not a whole entry. */
export function readJournal(bytes: Uint8Array): { entries: Entry[]; goodBytes: number; damaged: boolean } {
  const entries: Entry[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const decoder = new TextDecoder();
  let at = 0;
  while (at + HEAD_BYTES <= bytes.length) {
    const length = view.getUint32(at, true);
    const end = at + HEAD_BYTES + length;
    if (end > bytes.length) break;
    const payload = bytes.subarray(at + HEAD_BYTES, end);
    if (sumOf(payload) !== view.getUint32(at + 4, true)) break;
    entries.push(payload[0] === ROWS ? decodeRows(payload) : (JSON.parse(decoder.decode(payload)) as Entry));
    at = end;
  }
  return { entries, goodBytes: at, damaged: at < bytes.length };
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

/** Writes entries at the end, each with one write call as a rule; the rest after a short write follows at once. */
export class JournalWriter {
  readonly #path: string;
  #fd: number;
  /** Bytes in the file. */
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

  append(entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    const frames = entries.map(frame);
    const bytes = frames.length === 1 ? frames[0]! : Buffer.concat(frames);
    try {
      for (let done = 0; done < bytes.length; ) {
        const wrote = fs.writeSync(this.#fd, bytes, done, bytes.length - done, this.size + done);
        done += wrote;
      }
    } catch (error) {
      throw new DiskError(this.#path, (error as NodeJS.ErrnoException).code ?? "EIO");
    }
    this.size += bytes.length;
  }

  close(): void {
    if (this.#fd >= 0) fs.closeSync(this.#fd);
    this.#fd = -1;
  }
}
