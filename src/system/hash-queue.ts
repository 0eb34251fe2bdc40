// The queue of files that several threads hash, in shared memory: one thread adds while all take. Knows no thread and no hash.
import { HASH_PIECE, piecesOf, type HashEntries, type Hashing } from "../model/hashing.ts";
import { openTexts, type TextBytes } from "../model/texts.ts";

/** What another thread receives. All arrays are over shared memory. */
export interface SharedQueue {
  /** Absolute: the working directory belongs to the first thread. */
  readonly root: string;
  readonly paths: TextBytes;
  readonly entries: HashEntries;
  readonly turns: Int32Array;
}

/** Indices in `turns`: how many parts are taken; how many threads may hold one; twice the number of parts, plus 1 when no more come. */
const NEXT = 0;
const BUSY = 1;
const FILLED = 2;

/** A part ends after this many files, or bytes. */
const PART_FILES = 64;
const PART_BYTES = HASH_PIECE / 4;
/** Cost of opening a file, in bytes that could be hashed meanwhile. */
const OPEN_BYTES = 16 * 1024;
/** Room for pieces of large files besides the files themselves; what does not fit is left to the first thread. */
const MORE_PIECES = 65_536;

export interface HashQueue {
  readonly shared: SharedQueue;
  add(row: number, size: number): void;
  /** No more files come. */
  close(): void;
  /** For the first thread, once the queue is closed. */
  hashing(patienceMs: number): Hashing;
}

export function openQueue(root: string, paths: TextBytes, files: number): HashQueue {
  const entries = sharedEntries(files + MORE_PIECES);
  const turns = new Int32Array(new SharedArrayBuffer(12));
  const shared: SharedQueue = { root, paths: { bytes: sharedCopy(paths.bytes), starts: sharedCopy(paths.starts) }, entries, turns };
  const began = performance.now();
  let [count, parts, weight, first] = [0, 0, 0, 0];
  const endPart = (): void => {
    if (count === first) return;
    entries.ends[parts++] = first = count;
    weight = 0;
    Atomics.store(turns, FILLED, parts * 2);
    Atomics.notify(turns, FILLED);
  };
  return {
    shared,
    add: (row, size) => {
      const pieces = piecesOf(size);
      if (count + pieces > entries.rows.length) return;
      for (let piece = 0; piece < pieces; piece++) {
        entries.rows[count] = row;
        entries.pieces[count] = piece;
        entries.sizes[count++] = size;
        weight += Math.min(size - piece * HASH_PIECE, HASH_PIECE) + OPEN_BYTES;
        if (count - first === PART_FILES || weight >= PART_BYTES) endPart();
      }
    },
    close: () => {
      endPart();
      Atomics.store(turns, FILLED, parts * 2 + 1);
      Atomics.notify(turns, FILLED);
    },
    hashing: (patienceMs) => ({
      entries,
      pathOf: openTexts(shared.paths),
      take: () => takePart(turns),
      finish: () => (awaitOthers(turns, patienceMs), count),
      ageMs: () => performance.now() - began,
    }),
  };
}

/** Calls `act` with a function that takes parts and waits for more, as long as some may come. */
export function helpWith({ turns }: SharedQueue, act: (take: () => number) => void): void {
  // Before the first part is taken: a thread that finds none left must know whom to wait for.
  Atomics.add(turns, BUSY, 1);
  try {
    act(() => takePart(turns));
  } finally {
    Atomics.sub(turns, BUSY, 1);
    Atomics.notify(turns, BUSY);
  }
}

/** -1: all are taken, and no more come. */
function takePart(turns: Int32Array): number {
  const part = Atomics.add(turns, NEXT, 1);
  for (;;) {
    const filled = Atomics.load(turns, FILLED);
    if (part < filled >> 1) return part;
    if ((filled & 1) === 1) return -1;
    Atomics.wait(turns, FILLED, filled);
  }
}

/** Each thread holds at most one part. One that died with a part is given up in the end. */
function awaitOthers(turns: Int32Array, patienceMs: number): void {
  for (let busy = Atomics.load(turns, BUSY); busy > 0; busy = Atomics.load(turns, BUSY)) {
    if (Atomics.wait(turns, BUSY, busy, patienceMs) === "timed-out") return;
  }
}

function sharedEntries(length: number): HashEntries {
  const words = (): Uint32Array => new Uint32Array(new SharedArrayBuffer(length * 4));
  return { rows: words(), pieces: words(), sizes: new Float64Array(new SharedArrayBuffer(length * 8)), hashHi: words(), hashLo: words(), done: new Uint8Array(new SharedArrayBuffer(length)), ends: words() };
}

function sharedCopy<A extends Uint8Array | Uint32Array>(array: A): A {
  if (array.buffer instanceof SharedArrayBuffer) return array;
  const Type = array.constructor as new (buffer: SharedArrayBuffer) => A;
  const copy = new (Type === (Buffer as unknown) ? (Uint8Array as unknown as typeof Type) : Type)(new SharedArrayBuffer(array.byteLength));
  copy.set(array);
  return copy;
}
