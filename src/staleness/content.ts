// Hashes the content of files, alone or together with other threads that take parts of the same queue. docs/staleness.md defines
// what a file's hash is made of. Knows neither rows nor threads.
import { HASH_PIECE, piecesOf, type HashEntries, type Hashing, type Reader } from "../model/hashing.ts";
import { DiskError, type Disk } from "../model/ports.ts";
import type { Digest } from "../model/state.ts";
import { hashOfHashes, hashOfPiece, hashOfSmall, hex, openPieces, SMALL, smallDigest } from "./digest.ts";

/** Content hash and the number of bytes hashed. `expectedBytes` (from lstat) only picks the faster way. */
export function digestFile(disk: Disk, path: string, expectedBytes: number): { digest: Digest; size: number } {
  if (expectedBytes <= SMALL) {
    const small = smallDigest(disk, path, expectedBytes);
    if (small !== null) return small;
  }
  const hashing = expectedBytes > HASH_PIECE ? disk.hashing?.(path, expectedBytes) ?? null : null;
  return (hashing === null ? null : digestTogether(disk, hashing)) ?? digestAlone(disk, path);
}

/** null: the file's length has changed. */
function digestTogether(disk: Disk, hashing: Hashing): { digest: Digest; size: number } | null {
  let answer: { digest: Digest; size: number } | null = null;
  hashTogether(disk, hashing, (_, hash, size) => (answer = { digest: hex(hash.getBigUint64(0)), size }));
  return answer;
}

function digestAlone(disk: Disk, path: string): { digest: Digest; size: number } {
  const pieces = openPieces();
  const size = disk.readPieces(path, (bytes) => pieces.update(bytes));
  return { digest: hex(pieces.digest()), size };
}

/** The digest of a file of `bytes` bytes, more than one piece; the event loop gets its turn after each. null: told to stop, or the file is another. */
export async function digestInTurns(disk: Disk, path: string, { bytes, stopped }: { readonly bytes: number; stopped(): boolean }): Promise<Digest | null> {
  const hashing = disk.hashing?.(path, bytes) ?? null;
  if (hashing !== null) {
    for (let part = hashing.take(); part >= 0; part = hashing.take()) {
      if (stopped()) continue;
      hashPart(disk, hashing, part);
      await turn();
    }
    return digestTogether(disk, hashing)?.digest ?? null;
  }
  const hashes = new DataView(new ArrayBuffer(8 * piecesOf(bytes)));
  for (let at = 0; at < hashes.byteLength; at += 8) {
    const hash = stopped() ? null : pieceOf(disk, path, at / 8, bytes);
    if (hash === null) return null;
    hashes.setBigUint64(at, hash.getBigUint64(0));
    await turn();
  }
  return hex(hashOfHashes(hashes).getBigUint64(0));
}

function pieceOf(disk: Disk, path: string, piece: number, bytes: number): DataView | null {
  try {
    return hashOfPiece(disk, path, piece, bytes);
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    return null;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Hashes part after part until none is left. What cannot be read, or has the wrong length, is left undone. */
export function workOff(disk: Reader, hashing: Pick<Hashing, "entries" | "pathOf" | "take">): void {
  for (let part = hashing.take(); part >= 0; part = hashing.take()) hashPart(disk, hashing, part);
}

function hashPart(disk: Reader, { entries, pathOf }: Pick<Hashing, "entries" | "pathOf">, part: number): void {
  const end = entries.ends[part]!;
  for (let at = part === 0 ? 0 : entries.ends[part - 1]!; at < end; at++) hashEntry(disk, entries, at, pathOf(entries.rows[at]!));
}

function hashEntry(disk: Reader, { pieces, sizes, hashHi, hashLo, done }: HashEntries, at: number, path: string): void {
  try {
    const size = sizes[at]!;
    const hash = size <= SMALL ? hashOfSmall(disk, path, size) : hashOfPiece(disk, path, pieces[at]!, size);
    if (hash === null) return;
    hashHi[at] = hash.getUint32(0);
    hashLo[at] = hash.getUint32(4);
    Atomics.store(done, at, 1);
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
  }
}

/** Does its share, waits for the others, and calls `found` for each file whose hash is then known (valid only during the call). */
export function hashTogether(disk: Reader, hashing: Hashing, found: (row: number, hash: DataView, size: number) => void): void {
  workOff(disk, hashing);
  const count = hashing.finish();
  const { rows, sizes } = hashing.entries;
  for (let at = 0; at < count; ) {
    const pieces = piecesOf(sizes[at]!);
    const hash = hashOfEntries(hashing.entries, at, pieces);
    if (hash !== null) found(rows[at]!, hash, sizes[at]!);
    at += pieces;
  }
}

const one = new DataView(new ArrayBuffer(8));

function hashOfEntries({ hashHi, hashLo, done }: HashEntries, first: number, pieces: number): DataView | null {
  const hashes = pieces === 1 ? one : new DataView(new ArrayBuffer(8 * pieces));
  for (let i = 0; i < pieces; i++) {
    if (Atomics.load(done, first + i) !== 1) return null;
    hashes.setUint32(8 * i, hashHi[first + i]!);
    hashes.setUint32(8 * i + 4, hashLo[first + i]!);
  }
  return pieces === 1 ? hashes : hashOfHashes(hashes);
}
