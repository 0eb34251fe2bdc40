// Files that several threads hash, as a queue over memory that they share. Knows no thread, no disk and no hash.

/** Bytes of a file that one thread hashes by itself. The hash of a longer file is made of theirs: another size makes other hashes. */
export const HASH_PIECE: number = 8 * 1024 * 1024;

/** What one entry says of a file: all of it, or one piece. */
export interface HashEntries {
  /** Whose path it is. Pieces of one file follow each other. */
  readonly rows: Uint32Array;
  readonly pieces: Uint32Array;
  /** Of the whole file. */
  readonly sizes: Float64Array;
  readonly hashHi: Uint32Array;
  readonly hashLo: Uint32Array;
  /** 1: its hash is there. */
  readonly done: Uint8Array;
  /** By part, as they are taken: where it ends. */
  readonly ends: Uint32Array;
}

export interface Reader {
  /** Calls `take` with pieces of the content in order; their memory is reused. Returns bytes read. `expectedBytes`: of the regular file that `lstat` has just found. */
  readPieces(path: string, take: (piece: Uint8Array) => void, expectedBytes?: number): number;
  /** The same for `bytes` bytes from `from` on, as far as there are so many. */
  readRange(path: string, range: { readonly from: number; readonly bytes: number }, take: (piece: Uint8Array) => void): number;
}

export interface Hashing {
  readonly entries: HashEntries;
  pathOf(row: number): string;
  /** The next part that nobody has taken; -1: all are taken. */
  take(): number;
  /** Waits for what other threads have taken; some may be left undone. Returns how many entries there are. */
  finish(): number;
  /** How long ago the first file can have been read, in ms. */
  ageMs(): number;
}

export function piecesOf(size: number): number {
  return Math.max(1, Math.ceil(size / HASH_PIECE));
}
