// Bytes and text to XXH64. The only door to xxhash-wasm; its WebAssembly is started once, when first needed.
import xxhash, { type XXHashAPI } from "xxhash-wasm";
import type { Digest } from "../model/state.ts";
import type { Disk } from "../model/ports.ts";

let api: XXHashAPI | null = null;

/** Above this size (bytes) a file is streamed: h64Raw copies its whole argument into memory that never shrinks. */
const ONE_PIECE = 64 * 1024;

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

/** What `hashOf` has said last. */
const said = new DataView(new ArrayBuffer(8));
let pieces = 0;
const takeOne = (piece: Uint8Array): void => {
  if (pieces++ === 0) said.setBigUint64(0, api!.h64Raw(piece));
};

/**
 * Content hash of a small file as a number, upper half first, good until the next call: where thousands are compared, their
 * texts take longer than their hashes. null: it is not small, or not `bytes` long.
 */
export function hashOf(disk: Disk, path: string, bytes: number): DataView | null {
  if (bytes === 0 || bytes > ONE_PIECE) return null;
  pieces = 0;
  return disk.readPieces(path, takeOne, bytes) === bytes && pieces === 1 ? said : null;
}

/** Content hash and the number of bytes that were hashed. `expectedBytes` (from lstat) only picks the faster way. */
export function digestFile(disk: Disk, path: string, expectedBytes: number): { digest: Digest; size: number } {
  if (expectedBytes <= ONE_PIECE) {
    let pieces = 0;
    let digest = "";
    const size = disk.readPieces(path, (piece) => {
      if (pieces++ === 0) digest = digestBytes(piece);
    }, expectedBytes);
    if (pieces === 0) return { digest: digestBytes(new Uint8Array(0)), size };
    if (pieces === 1) return { digest, size };
  }
  const stream = api!.create64();
  const size = disk.readPieces(path, (piece) => {
    stream.update(piece);
  });
  return { digest: hex(stream.digest()), size };
}
