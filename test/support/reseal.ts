// A state whose checksums are right and whose content is not: what a bug, or a config that replaces JSON.stringify, writes.
import { BLOCK_BYTES, checksum, checksumOfBytes, HEADER_BYTES } from "../../src/store/container.ts";

/** Where a section is in the file, in bytes. */
export interface Place {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

const WIDTHS: Readonly<Record<string, number>> = { u8: 1, u16: 2, u32: 4, i32: 4, f64: 8 };

export function sectionsOf(state: Buffer): Place[] {
  const directory = JSON.parse(state.toString("latin1", HEADER_BYTES, HEADER_BYTES + state.readUInt32LE(8))) as [string, string, number, number][];
  return directory.map(([name, type, from, length]) => ({ name, from, to: from + length * WIDTHS[type]! }));
}

export function section(state: Buffer, name: string): Place {
  return sectionsOf(state).find((place) => place.name === name)!;
}

/** Text `index` of a section of texts. */
export function textIn(state: Buffer, name: string, index: number): Place {
  const starts = section(state, name + "Starts").from + 4 * index;
  const { from } = section(state, name);
  return { name: `${name} ${index}`, from: from + state.readUInt32LE(starts), to: from + state.readUInt32LE(starts + 4) };
}

/** Writes a text there, and spaces up to its end. */
export function write(state: Buffer, { from, to }: Place, text: string): void {
  state.write(text.padEnd(to - from).slice(0, to - from), from, "latin1");
}

/** The state after `change`, with the sums of its blocks and the copy of its first part made anew. It must be smaller than a megabyte. */
export function resealed(state: Buffer, change: (state: Buffer) => void): Buffer {
  const bytes = Buffer.from(new Uint8Array(state).buffer);
  const first = bytes.readUInt32LE(24);
  const sums = section(bytes, "sums");
  change(bytes);
  for (let at = first, to = sums.from; at < bytes.length - first; at += BLOCK_BYTES, to += 8) {
    const words = new Uint32Array(Uint8Array.from(bytes.subarray(at, Math.min(at + BLOCK_BYTES, bytes.length - first))).buffer);
    checksum(words).forEach((sum, i) => bytes.writeUInt32LE(sum, to + 4 * i));
  }
  bytes.copy(bytes, bytes.length - first, 0, first);
  return bytes;
}

/** The entries of a journal, without their checksums. */
export function entriesOf(journal: Buffer): Buffer[] {
  const entries: Buffer[] = [];
  for (let at = 0; at < journal.length; at += 8 + journal.readUInt32LE(at)) entries.push(Buffer.from(journal.subarray(at + 8, at + 8 + journal.readUInt32LE(at))));
  return entries;
}

export function journalOf(entries: readonly Buffer[]): Buffer {
  return Buffer.concat(entries.flatMap((entry) => {
    const bytes = new Uint8Array(entry);
    const head = Buffer.alloc(8);
    head.writeUInt32LE(bytes.length, 0);
    head.writeUInt32LE((checksumOfBytes(new DataView(bytes.buffer), 0, bytes.length) ^ Math.imul(bytes.length + 1, 0x9e3779b1)) >>> 0, 4);
    return [head, Buffer.from(bytes)];
  }));
}
