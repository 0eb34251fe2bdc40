// Files to be hashed by several threads: a queue over shared memory. Knows no thread, no disk and no hash.

/** Piece size in bytes. The hash of a longer file is the hash of its pieces' hashes, so another piece size gives other hashes. */
export const HASH_PIECE: number = 8 * 1024 * 1024;

/** Queue entries: each is a whole file or one piece of it. */
export interface HashEntries {
  /** Row of the path. Pieces of one file are adjacent. */
  readonly rows: Uint32Array;
  readonly pieces: Uint32Array;
  /** Size of the whole file. */
  readonly sizes: Float64Array;
  readonly hashHi: Uint32Array;
  readonly hashLo: Uint32Array;
  /** 1: its hash has been stored. */
  readonly done: Uint8Array;
  /** End of each part, in the order in which parts are taken. */
  readonly ends: Uint32Array;
}

export interface Reader {
  /** Calls `take` with pieces of the content in order; their memory is reused. Returns bytes read. `expectedBytes`: size of the regular file, by the latest `lstat`. */
  readPieces(path: string, take: (piece: Uint8Array) => void, expectedBytes?: number): number;
  /** The same for up to `bytes` bytes from `from` on. */
  readRange(path: string, range: { readonly from: number; readonly bytes: number }, take: (piece: Uint8Array) => void): number;
}

export interface Hashing {
  readonly entries: HashEntries;
  pathOf(row: number): string;
  /** Takes the next free part; -1: none is left. */
  take(): number;
  /** Waits for parts that other threads have taken; some may stay undone. Returns the number of entries. */
  finish(): number;
  /** Upper bound of the time since the first file was read, in ms. */
  ageMs(): number;
}

export function piecesOf(size: number): number {
  return Math.max(1, Math.ceil(size / HASH_PIECE));
}
