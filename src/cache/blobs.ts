// Blobs by their SHA-256, one file each. What is read or copied out is hashed again, so a damaged blob counts as missing. Knows
// no results.
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import process from "node:process";
import { makeFolders } from "../folders.ts";
import type { BlobDigest } from "./messages.ts";

const PIECE = 256 * 1024;
/** One buffer for all files: V8 would run a collection for every few dozen new ones. */
let piece: Buffer | null = null;

const BLOCK = 4096;

/** Disk space used by a file of that many bytes: a million small results are not a small store. */
export function roomOf(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK;
}

export function digestOf(bytes: Uint8Array): BlobDigest {
  return { hash: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length };
}

/** Follows links. Throws what node:fs throws. */
export function digestFile(file: string): BlobDigest {
  const fd = fs.openSync(file, "r");
  try {
    const hash = createHash("sha256");
    piece ??= Buffer.allocUnsafeSlow(PIECE);
    let bytes = 0;
    for (let read = fs.readSync(fd, piece); read > 0; read = fs.readSync(fd, piece)) {
      hash.update(piece.subarray(0, read));
      bytes += read;
    }
    return { hash: hash.digest("hex"), bytes };
  } finally {
    fs.closeSync(fd);
  }
}

export class Blobs {
  readonly #dir: string;
  readonly #temp: string;
  readonly #root: string;
  readonly #umask: number = process.umask();
  #temps = 0;
  /** Space used since the start, by blobs and by what is written beside them. */
  added = 0;

  /** `dir` holds `cas/` and `tmp/`, created when first written to; `root`, which may contain it, is never created. */
  constructor(dir: string, root: string) {
    this.#dir = `${dir}/cas`;
    this.#temp = `${dir}/tmp`;
    this.#root = root;
  }

  fileOf(hash: string): string {
    return `${this.#dir}/${hash.slice(0, 2)}/${hash}`;
  }

  has({ hash, bytes }: BlobDigest): boolean {
    return fs.statSync(this.fileOf(hash), { throwIfNoEntry: false })?.size === bytes;
  }

  addBytes(bytes: Uint8Array): BlobDigest {
    const digest = digestOf(bytes);
    const temp = this.#newTemp();
    fs.writeFileSync(temp, bytes);
    this.#settle(temp, digest);
    return digest;
  }

  /** Hashes a private copy, so that what is kept under a name has that hash. Shares blocks if the filesystem can. */
  addFile(file: string): BlobDigest {
    const temp = this.#newTemp();
    fs.copyFileSync(file, temp, fs.constants.COPYFILE_FICLONE);
    fs.chmodSync(temp, 0o644);
    const digest = digestFile(temp);
    this.#settle(temp, digest);
    return digest;
  }

  /** Null if the blob is missing or damaged. */
  read(digest: BlobDigest): Buffer | null {
    try {
      const bytes = fs.readFileSync(this.fileOf(digest.hash));
      return digestOf(bytes).hash === digest.hash ? bytes : this.#forget(digest);
    } catch {
      return null;
    }
  }

  /** Writes the blob to `file` atomically, unless that has its bytes already; false if it is missing or damaged. */
  copyTo(digest: BlobDigest, file: string, executable: boolean): boolean {
    const mode = (executable ? 0o777 : 0o666) & ~this.#umask;
    const there = fs.lstatSync(file, { throwIfNoEntry: false });
    if (there?.isFile() === true && there.size === digest.bytes && ((there.mode & 0o100) !== 0) === executable && digestFile(file).hash === digest.hash) return true;
    if (!this.has(digest)) return false;
    const temp = this.#newTemp();
    fs.copyFileSync(this.fileOf(digest.hash), temp, fs.constants.COPYFILE_FICLONE);
    if (digestFile(temp).hash !== digest.hash) {
      fs.rmSync(temp);
      return this.#forget(digest) !== null;
    }
    fs.chmodSync(temp, mode);
    moveFile(temp, file);
    return true;
  }

  #newTemp(): string {
    if (this.#temps === 0) {
      fs.rmSync(this.#temp, { recursive: true, force: true });
      makeFolders(this.#temp, this.#root);
    }
    return `${this.#temp}/${process.pid}-${this.#temps++}`;
  }

  /** Replaces a blob of that name: its size says nothing about its bytes, and a damaged one would stay. */
  #settle(temp: string, digest: BlobDigest): void {
    const isNew = !this.has(digest);
    this.#enter(temp, this.fileOf(digest.hash));
    if (isNew) this.added += roomOf(digest.bytes);
  }

  /** Writes a file beside the blobs atomically: a draft left behind is among the files that are swept. */
  writeWhole(file: string, bytes: Uint8Array): void {
    const temp = this.#newTemp();
    fs.writeFileSync(temp, bytes);
    const before = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    this.#enter(temp, file);
    this.added += roomOf(bytes.length) - roomOf(before);
  }

  #enter(temp: string, file: string): void {
    makeFolders(file.slice(0, file.lastIndexOf("/")), this.#root);
    fs.renameSync(temp, file);
  }

  #forget(digest: BlobDigest): null {
    fs.rmSync(this.fileOf(digest.hash), { force: true });
    return null;
  }
}

/** The state folder may be on another filesystem than the output. */
function moveFile(from: string, to: string): void {
  try {
    fs.renameSync(from, to);
  } catch (error) {
    if ((error as { code?: string }).code !== "EXDEV") throw error;
    fs.rmSync(to, { force: true });
    fs.copyFileSync(from, to);
    fs.rmSync(from);
  }
}
