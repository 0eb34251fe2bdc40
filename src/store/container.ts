// A binary file of named sections, viewed without copying. In two parts: every command reads the first; the second
// (declarations, records) is read only if something must be judged, one block at a time. Layout: header, a JSON directory,
// the sections of the first part, including checksums of the second's blocks, then those of the second, each on an 8-byte
// boundary, little-endian; finally the first part once more: two copies are compared without a loop in JavaScript, which
// during startup costs ten times as much (docs/performance.md). Knows nothing of what the sections contain.
import { plainText } from "../model/texts.ts";
import { crc } from "./crc.ts";

const MAGIC = 0x53_47_54_31; // "1TGS" on disk
/** Raise when the meaning of any section changes; files of any other version are ignored as a whole. */
export const FORMAT_VERSION = 12;
/** Words: magic, version, directory bytes, file bytes, generation (2), bytes of the first part, CRC-32 of a large second part or 0. */
export const HEADER_BYTES = 32;
/** The second part is checked in blocks of this size, from its beginning; the last may be shorter. */
export const BLOCK_BYTES = 16_384;
const SUMS = "sums";
const GENERATION_WORD = 4;
const FIRST_WORD = 6;
const SECOND_WORD = 7;
/** From this many bytes on, the second part has a checksum of its own besides those of its blocks. */
const LARGE_BYTES = 1 << 20;

export type Section = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;
/** Bytes that are written directly to their place, without an intermediate copy. */
export interface Filled {
  readonly length: number;
  readonly byteLength: number;
  put(bytes: Uint8Array): void;
}
const TYPES = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, i32: Int32Array, f64: Float64Array } as const;
type TypeName = keyof typeof TYPES;
/** Offsets from the beginning of the file. */
type Directory = [name: string, type: TypeName, offset: number, length: number][];

export interface Good {
  readonly kind: "good";
  readonly generation: string;
  readonly fileBytes: number;
  /** Length of the first part, from the beginning of the file. */
  readonly firstBytes: number;
  /** Length of the second part, which follows it. */
  readonly secondBytes: number;
  /** A section of the first part. */
  section(name: string): Section;
  /** Position of a section of the second part, in bytes from that part's beginning. */
  place(name: string): { readonly offset: number; readonly length: number };
  /** Whether these whole blocks of the second part, starting with that number, are undamaged. `bytes` begin on an 8-byte boundary. */
  checkBlocks(first: number, bytes: Uint8Array): boolean;
  /** Checks the whole second part: the returned function takes consecutive pieces of whole blocks, and may detect damage only at the last. */
  checkAll(): (piece: Uint8Array) => boolean;
  /** The first part, in pieces, with its current sections and another generation, for the same second part. */
  reseal(generation: string): readonly Uint8Array[];
}

export type Opened = Good | { readonly kind: "foreign"; readonly version: string } | { readonly kind: "damaged"; readonly at: number };

/**
 * Four mixed 32-bit lanes over little-endian words, folded into two: catches every single flipped bit and any truncation
 * without starting WebAssembly. Four, because each word's product depends only on the one before it in its lane. Detects
 * corruption; no defence against people.
 */
export function checksum(words: Uint32Array): [number, number] {
  const length = words.length;
  let a = 0x9e3779b9 ^ length;
  let b = 0x85ebca6b;
  let c = 0xc2b2ae35 | 0;
  let d = 0x27d4eb2f;
  let i = 0;
  for (const end = length - 3; i < end; i += 4) {
    a = Math.imul(a ^ words[i]!, 0x01000193);
    b = Math.imul(b ^ words[i + 1]!, 0x85ebca77);
    c = Math.imul(c ^ words[i + 2]!, 0x2c1b3c6d);
    d = Math.imul(d ^ words[i + 3]!, 0x297a2d39);
    a ^= a >>> 15;
    b ^= b >>> 15;
    c ^= c >>> 15;
    d ^= d >>> 15;
  }
  for (; i < length; i++) {
    a = Math.imul(a ^ words[i]!, 0x01000193);
    a ^= a >>> 15;
  }
  return [(Math.imul(a, 0x9e3779b1) ^ c) >>> 0, (Math.imul(b, 0x85ebca77) ^ d) >>> 0];
}

/**
 * The journal's own checksum: two such lanes folded into one, over bytes anywhere, padded with zeros to whole words. Over a view:
 * assembling words from bytes here would be most of the work of an interpreted loop.
 */
export function checksumOfBytes(view: DataView, from: number, length: number): number {
  const end = from + length;
  let a = 0x9e3779b9 ^ ((length + 3) >> 2);
  let b = 0x85ebca6b;
  for (let at = from; at < end; at += 4) {
    const word = at + 4 <= end ? view.getInt32(at, true) : lastWord(view, at, end);
    a = Math.imul(a ^ word, 0x01000193);
    b = (Math.imul(b, 0x85ebca77) + word) | 0;
    a ^= a >>> 15;
  }
  return (a ^ b) >>> 0;
}

function lastWord(view: DataView, at: number, end: number): number {
  let word = 0;
  for (let i = at; i < end; i++) word |= view.getUint8(i) << ((i - at) * 8);
  return word;
}

function typeOf(section: Section | Filled): TypeName {
  if (section instanceof Uint16Array) return "u16";
  if (section instanceof Uint32Array) return "u32";
  if (section instanceof Int32Array) return "i32";
  if (section instanceof Float64Array) return "f64";
  return "u8";
}

const align = (n: number): number => (n + 7) & ~7;
const sizeOf = (sections: ReadonlyMap<string, Section | Filled>): number => [...sections.values()].reduce((sum, section) => sum + align(section.byteLength), 0);

/** Offsets depend on the directory's length and vice versa, so numbers have a fixed width. */
function directoryText(parts: readonly ReadonlyMap<string, Section | Filled>[], start: number): string {
  const entries: string[] = [];
  let offset = start;
  for (const [name, section] of parts.flatMap((part) => [...part])) {
    entries.push(`["${name}","${typeOf(section)}",${String(offset).padStart(12)},${section.length}]`);
    offset += align(section.byteLength);
  }
  return `[${entries.join(",")}]`;
}

/** The two parts of a file, and the positions of the second's sections in it. */
export interface Written extends Pick<Good, "place"> {
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

export interface Contents {
  readonly first: ReadonlyMap<string, Section>;
  readonly second: ReadonlyMap<string, Section | Filled>;
  /** Memory for the second part, if it is large enough; null: allocate. Sections may already be in it, at or after their destination. */
  readonly spare: Uint8Array | null;
}

/** A later version of the part may need slightly more room. */
const SLACK = 17 / 16;

/** `generation`: 16 hex digits that tie a journal to this file. */
export function writeContainer({ first: checked, second: laterOn, spare }: Contents, generation: string): Written {
  const size = sizeOf(laterOn);
  const memory = spare !== null && spare.buffer.byteLength >= size && spare.byteOffset === 0 ? spare.buffer : new ArrayBuffer(spare === null ? size : align(Math.ceil(size * SLACK)));
  const second = new Uint8Array(memory, 0, size);
  putSections(second, laterOn.values(), 0);
  const sums = new Uint32Array(2 * Math.ceil(second.length / BLOCK_BYTES));
  const sections = new Map(checked).set(SUMS, sums);
  const headLength = Buffer.byteLength(directoryText([sections, laterOn], 0));
  const start = align(HEADER_BYTES + headLength);
  const first = new Uint8Array(start + sizeOf(sections));
  first.set(Buffer.from(directoryText([sections, laterOn], start)), HEADER_BYTES);
  const fileBytes = 2 * first.length + second.length;
  for (let i = 0, at = 0; at < second.length; i += 2, at += BLOCK_BYTES) sums.set(checksum(wordsOf(second.subarray(at, at + BLOCK_BYTES))), i);
  putSections(first, sections.values(), start);
  const words = wordsOf(first);
  words.set([MAGIC, FORMAT_VERSION, headLength, fileBytes]);
  words[FIRST_WORD] = first.length;
  words[SECOND_WORD] = second.length < LARGE_BYTES ? 0 : (crc()?.(second, 0) ?? 0);
  seal(words, generation);
  return { first, second, place: placesOf(laterOn) };
}

/** Pieces of the two parts in file order: the first at both ends. */
export function* partsOf(first: readonly Uint8Array[], second: Iterable<Uint8Array>): Iterable<Uint8Array> {
  yield* first;
  yield* second;
  yield* first;
}

/** `first`: the first part, complete except for its generation. */
function seal(first: Uint32Array, generation: string): void {
  first.set([Number.parseInt(generation.slice(0, 8), 16), Number.parseInt(generation.slice(8), 16)], GENERATION_WORD);
}

function placesOf(sections: ReadonlyMap<string, Section | Filled>): Good["place"] {
  const places = new Map<string, ReturnType<Good["place"]>>();
  let offset = 0;
  for (const [name, { length, byteLength }] of sections) {
    places.set(name, { offset, length });
    offset += align(byteLength);
  }
  return (name) => places.get(name) ?? { offset: 0, length: 0 };
}

function putSections(bytes: Uint8Array, sections: Iterable<Section | Filled>, start: number): void {
  let at = start;
  for (const section of sections) {
    const place = bytes.subarray(at, at + section.byteLength);
    if ("put" in section) section.put(place);
    else place.set(new Uint8Array(section.buffer, section.byteOffset, section.byteLength));
    const end = at + section.byteLength;
    at += align(section.byteLength);
    bytes.fill(0, end, at);
  }
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
}

/** Length of the first part according to the header; null if the header is invalid (`openContainer` says why). */
export function firstBytesOf(header: Uint8Array, fileBytes: number): number | null {
  if (header.length < HEADER_BYTES) return null;
  const words = wordsOf(header.subarray(0, HEADER_BYTES));
  const first = words[FIRST_WORD]!;
  return words[0] === MAGIC && words[1] === FORMAT_VERSION && words[3] === fileBytes && first >= HEADER_BYTES && 2 * first <= fileBytes && first % 8 === 0 ? first : null;
}

/** Whether the sections follow one another from there on, as they are written. */
function isGapless(directory: Directory, start: number): boolean {
  let end = start;
  for (const [, type, offset, length] of directory) {
    if (offset !== end) return false;
    end += align(length * TYPES[type].BYTES_PER_ELEMENT);
  }
  return true;
}

/** `bytes`: the file, or its beginning up to the end of the first part. `isTwice`: the file ends with the same bytes. */
export function openContainer(bytes: Uint8Array, fileBytes: number, isTwice: boolean): Opened {
  const own = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  if (own.length < HEADER_BYTES) return { kind: "damaged", at: own.length };
  const header = wordsOf(own.subarray(0, HEADER_BYTES));
  if (header[0] !== MAGIC) return { kind: "damaged", at: 0 };
  if (header[1] !== FORMAT_VERSION) return { kind: "foreign", version: String(header[1]) };
  const firstBytes = firstBytesOf(own, fileBytes);
  const headLength = header[2]!;
  if (firstBytes === null || firstBytes > own.length || headLength > firstBytes) return { kind: "damaged", at: own.length };
  if (!isTwice) return { kind: "damaged", at: HEADER_BYTES };
  const directory = JSON.parse(plainText(own.subarray(HEADER_BYTES, HEADER_BYTES + headLength))) as Directory;
  if (!isGapless(directory, align(HEADER_BYTES + headLength))) return { kind: "damaged", at: HEADER_BYTES };
  const found = new Map(directory.map((entry) => [entry[0], entry]));
  const view = (name: string): Section => {
    const [, type, offset, length] = found.get(name) ?? ["", "u8", 0, 0];
    return new TYPES[type](own.buffer as ArrayBuffer, own.byteOffset + offset, length);
  };
  const sums = view(SUMS);
  const secondBytes = fileBytes - 2 * firstBytes;
  const checkBlocks: Good["checkBlocks"] = (first, all) => {
    for (let at = 0, i = 2 * first; at < all.length; at += BLOCK_BYTES, i += 2) {
      const [c, d] = checksum(wordsOf(all.subarray(at, Math.min(at + BLOCK_BYTES, all.length))));
      if (c !== sums[i] || d !== sums[i + 1]) return false;
    }
    return true;
  };
  return {
    kind: "good",
    fileBytes,
    firstBytes,
    secondBytes,
    generation: header[GENERATION_WORD]!.toString(16).padStart(8, "0") + header[GENERATION_WORD + 1]!.toString(16).padStart(8, "0"),
    section: view,
    place: (name) => {
      const [, , offset, length] = found.get(name) ?? ["", "u8", firstBytes, 0];
      return { offset: offset - firstBytes, length };
    },
    checkBlocks,
    checkAll: () => {
      const whole = header[SECOND_WORD]!;
      const add = whole === 0 ? null : crc();
      let done = 0;
      let sum = 0;
      return (piece) => {
        const at = done;
        done += piece.length;
        if (add === null) return checkBlocks(at / BLOCK_BYTES, piece);
        sum = add(piece, sum);
        return done < secondBytes || sum === whole;
      };
    },
    reseal: (generation) => {
      // If this cannot be written, opening what was read here again must find the old generation.
      const header = new Uint8Array(own.subarray(0, HEADER_BYTES));
      seal(wordsOf(header), generation);
      return [header, own.subarray(HEADER_BYTES, firstBytes)];
    },
  };
}
