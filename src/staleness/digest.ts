// XXH64 of bytes and text. The only module that imports xxhash-wasm; its WebAssembly is started once, on first use.
import xxhash, { type XXHashAPI } from "xxhash-wasm";
import { HASH_PIECE, type Reader } from "../model/hashing.ts";
import type { Digest } from "../model/state.ts";

let api: XXHashAPI | null = null;

/** Files above this size (bytes) are streamed: h64Raw copies its whole argument into memory that never shrinks. */
export const SMALL: number = 64 * 1024;

/** Starts the hash once. Everything below needs it; a no-op build does not. */
export async function openDigest(): Promise<void> {
  api ??= await xxhash();
}

export function digestReady(): boolean {
  return api !== null;
}

export function hex(hash: bigint): Digest {
  return hash.toString(16).padStart(16, "0");
}

export function digestText(text: string): Digest {
  return hex(api!.h64(text));
}

function digestBytes(bytes: Uint8Array): Digest {
  return hex(api!.h64Raw(bytes));
}

/** Buffer for the last hash that was returned as a number. */
const said = new DataView(new ArrayBuffer(8));
let pieces = 0;
const takeOne = (piece: Uint8Array): void => {
  if (pieces++ === 0) said.setBigUint64(0, api!.h64Raw(piece));
};

/**
 * Content hash of a small file as a number, upper half first, valid until the next call: when thousands are compared, making
 * texts of them costs more than hashing. null: the file is not small, or not `bytes` long.
 */
export function hashOfSmall(disk: Reader, path: string, bytes: number): DataView | null {
  if (bytes === 0 || bytes > SMALL) return null;
  pieces = 0;
  return disk.readPieces(path, takeOne, bytes) === bytes && pieces === 1 ? said : null;
}

/** null: the file is not small. */
export function smallDigest(disk: Reader, path: string, expectedBytes: number): { digest: Digest; size: number } | null {
  let count = 0;
  let digest = "";
  const size = disk.readPieces(path, (piece) => {
    if (count++ === 0) digest = digestBytes(piece);
  }, expectedBytes);
  if (count === 0) return { digest: digestBytes(new Uint8Array(0)), size };
  return count === 1 ? { digest, size } : null;
}

/** Hash of a piece of a file of `size` bytes, returned as by `hashOfSmall`. null: the file has another length. */
export function hashOfPiece(disk: Reader, path: string, piece: number, size: number): DataView | null {
  const from = piece * HASH_PIECE;
  const bytes = Math.min(HASH_PIECE, size - from);
  // Reading one byte past the last piece reveals a file that grew.
  const wanted = from + bytes === size ? bytes + 1 : bytes;
  const stream = api!.create64();
  if (disk.readRange(path, { from, bytes: wanted }, (part) => void stream.update(part)) !== bytes) return null;
  said.setBigUint64(0, stream.digest());
  return said;
}

/** Hash of a file from the hashes of its pieces in order, upper halves first. */
export function hashOfHashes(hashes: DataView): DataView {
  said.setBigUint64(0, api!.h64Raw(new Uint8Array(hashes.buffer)));
  return said;
}

/** A file of unknown length. */
export interface Pieces {
  update(bytes: Uint8Array): void;
  /** Digest from the hashes of the pieces; a single piece is its own hash. */
  digest(): bigint;
}

export function openPieces(): Pieces {
  const hashes: bigint[] = [];
  let stream = api!.create64();
  let left = HASH_PIECE;
  return {
    update: (bytes) => {
      for (let at = 0; at < bytes.length; ) {
        if (left === 0) {
          hashes.push(stream.digest());
          stream = api!.create64();
          left = HASH_PIECE;
        }
        const part = bytes.subarray(at, at + left);
        stream.update(part);
        left -= part.length;
        at += part.length;
      }
    },
    digest: () => {
      if (hashes.length === 0) return stream.digest();
      const all = [...hashes, stream.digest()];
      const bytes = new DataView(new ArrayBuffer(8 * all.length));
      for (const [i, hash] of all.entries()) bytes.setBigUint64(8 * i, hash);
      return hashOfHashes(bytes).getBigUint64(0);
    },
  };
}
