// Bytes and text to XXH64. The only door to xxhash-wasm; its WebAssembly is started once, when first needed.
import xxhash, { type XXHashAPI } from "xxhash-wasm";
import type { Digest } from "../model/state.ts";
import type { Disk } from "../model/ports.ts";

let api: XXHashAPI | null = null;

/** Starts the hash once. Everything below needs it; a no-op build does not. */
export async function openDigest(): Promise<void> {
  api ??= await xxhash();
}

export function digestReady(): boolean {
  return api !== null;
}

function hex(hash: bigint): Digest {
  return hash.toString(16).padStart(16, "0");
}

export function digestText(text: string): Digest {
  return hex(api!.h64(text));
}

function digestBytes(bytes: Uint8Array): Digest {
  return hex(api!.h64Raw(bytes));
}

/** Above this size (bytes) a file is streamed: h64Raw copies its whole argument into memory that never shrinks. */
const ONE_PIECE = 64 * 1024;

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
