// The second part of a snapshot: declarations and records, read on demand and checked block by block, so that a build that
// judges one task of ten thousand reads a few blocks. Knows no file and no meaning of what it reads.
import { DamagedState } from "../model/ports.ts";
import { BLOCK_BYTES, type Good } from "./container.ts";

/** Where the second part is read from; null: the file has been replaced. */
export interface SecondSource {
  read(start: number, length: number): Uint8Array | null;
  /** Keeps the file readable even if it is renamed or removed. */
  hold(): HeldSecond | null;
}

export interface HeldSecond {
  /** `into`: memory for it; otherwise allocated. */
  read(start: number, length: number, into?: Uint8Array): Uint8Array;
  close(): void;
}

/** Suffix to the name of a section of texts: whether they are ASCII. */
export const ASCII = "Ascii";
/** After this many reads, the rest is read at once. */
const FEW = 24;
/** What is checked but not kept is read in pieces: allocating memory costs more than reading. */
const PIECE_BYTES = 16 * BLOCK_BYTES;

/** Where the sections are, and which of the texts among them are plain ASCII. */
export interface Layout extends Pick<Good, "place"> {
  isAscii(name: string): boolean;
}

export class SecondPart {
  readonly #opened: Good;
  readonly #source: SecondSource;
  /** All of it has been checked, but not kept. */
  #held: HeldSecond | null = null;
  readonly #size: number;
  #layout: Layout;
  readonly #blocks: Map<number, Buffer> = new Map();
  #reads = 0;
  #whole: Buffer | null = null;

  /** `whole`: all of it, if already read and checked. */
  constructor(opened: Good, source: SecondSource, whole: Uint8Array | null = null) {
    this.#opened = opened;
    this.#source = source;
    this.#layout = { place: opened.place, isAscii: (name) => opened.section(name + ASCII)[0] === 1 };
    if (whole !== null) this.#whole = bufferOf(whole);
    this.#size = opened.secondBytes;
  }

  /** Switches to another part, which is given as a whole. */
  become(whole: Uint8Array, layout: Layout): void {
    this.letGo();
    this.#whole = bufferOf(whole);
    this.#layout = layout;
  }

  get layout(): Layout {
    return this.#layout;
  }

  /** Its memory; null while it is incomplete. */
  get memory(): Uint8Array | null {
    return this.#whole;
  }

  /** All of it, checked; reads what is missing. */
  whole(): Buffer {
    if (this.#whole === null) {
      this.#whole = this.#checked(0, this.#size, this.#opened.checkAll());
      this.#blocks.clear();
      this.letGo();
    }
    return this.#whole;
  }

  /** Checks all of it without keeping it: from then on it can be read, whatever happens to the file. */
  check(): void {
    if (this.#whole !== null || this.#held !== null) return;
    const held = this.#source.hold();
    if (held === null) throw new DamagedState();
    try {
      const memory = new Uint8Array(Math.min(PIECE_BYTES, this.#size));
      const isRight = this.#opened.checkAll();
      for (let start = 0; start < this.#size; start += memory.length) {
        const length = Math.min(memory.length, this.#size - start);
        const piece = held.read(start, length, memory.subarray(0, length));
        if (piece.length !== length || !isRight(piece)) throw new DamagedState();
      }
    } catch (error) {
      held.close();
      throw error;
    }
    this.#held = held;
  }

  /** Whether all of it can be read without finding damage. */
  isChecked(): boolean {
    return this.#whole !== null || this.#held !== null;
  }

  /** Ends what `check` began. */
  letGo(): void {
    this.#held?.close();
    this.#held = null;
  }

  isWhole(): boolean {
    return this.#whole !== null;
  }

  /** Checked bytes of a range. */
  bytes(from: number, to: number): Buffer {
    const first = Math.floor(from / BLOCK_BYTES);
    if (this.#held !== null && to > (first + 1) * BLOCK_BYTES) return this.#checked(from, to);
    if (this.#whole === null && to > (first + 1) * BLOCK_BYTES && to - from > BLOCK_BYTES * FEW) this.whole();
    if (this.#whole !== null) return this.#whole.subarray(from, to);
    const pieces: Buffer[] = [];
    for (let block = first; block * BLOCK_BYTES < to; block++) {
      const start = block * BLOCK_BYTES;
      pieces.push(this.#block(block).subarray(Math.max(0, from - start), to - start));
    }
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }

  #block(block: number): Buffer {
    const known = this.#blocks.get(block);
    if (known !== undefined) return known;
    const start = block * BLOCK_BYTES;
    const end = Math.min(this.#size, start + BLOCK_BYTES);
    if (++this.#reads > FEW) return this.whole().subarray(start, end);
    const bytes = this.#checked(start, end);
    this.#blocks.set(block, bytes);
    return bytes;
  }

  /** Reads whole blocks and checks them, unless everything was checked before. */
  #checked(start: number, end: number, isRight: (bytes: Uint8Array) => boolean = (bytes) => this.#opened.checkBlocks(start / BLOCK_BYTES, bytes)): Buffer {
    const bytes = (this.#held ?? this.#source).read(start, end - start);
    if (bytes === null || bytes.length !== end - start || (this.#held === null && !isRight(bytes))) throw new DamagedState();
    return bufferOf(bytes);
  }
}

/** A section of 32-bit numbers. */
export class Numbers {
  readonly #name: string;
  readonly #second: SecondPart;
  /** Belongs to the second part, which may be replaced. */
  #layout: Layout | null = null;
  #place = 0;
  /** All of them, once the whole part has been checked. */
  #column: Uint32Array | null = null;

  constructor(name: string, second: SecondPart) {
    this.#name = name;
    this.#second = second;
  }

  get(index: number): number {
    const { layout } = this.#second;
    if (this.#layout !== layout) {
      this.#layout = layout;
      this.#column = null;
      this.#place = layout.place(this.#name).offset;
    }
    if (this.#column !== null) return this.#column[index]!;
    if (!this.#second.isChecked()) return this.#second.bytes(this.#place + 4 * index, this.#place + 4 * index + 4).readUInt32LE(0);
    const { offset, length } = layout.place(this.#name);
    const bytes = this.#second.bytes(offset, offset + 4 * length);
    this.#column = bytes.byteOffset % 4 === 0 ? new Uint32Array(bytes.buffer, bytes.byteOffset, length) : new Uint32Array(Uint8Array.from(bytes).buffer);
    return this.#column[index]!;
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
