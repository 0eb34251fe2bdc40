// Bounds the store of results: removes the least recently used results, then every blob that no result names. Only the lock
// holder may call it.
import * as fs from "node:fs";
import { DiskError, isFull } from "../model/ports.ts";
import type { StoreSize } from "../model/stored.ts";
import { roomOf } from "./blobs.ts";
import { decodeResult, decodeTree, type BlobDigest, type DirectoryMessage } from "./messages.ts";

/** Part of the limit still used after a collection, so that not every build collects. */
const FILL = 0.8;

interface Entry {
  readonly file: string;
  readonly used: number;
}

/** A refusal by the system is reported with its name; it is no bug. */
function told<T>(dir: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    throw code === undefined ? error : new DiskError(path ?? dir, code);
  }
}

/** Result of shrinking the store: what was freed, and what is left, in bytes. */
interface Shrunk {
  readonly freed: StoreSize;
  readonly left: number;
}

/** If the store has grown above `maxBytes`, shrinks it well below that; 0 empties it. `added`: space used since it was last measured; null: measure. */
export function collect(dir: string, limits: { readonly maxBytes: number; readonly added: number | null }): StoreSize {
  return told(dir, () => collectNow(dir, limits));
}

function collectNow(dir: string, { maxBytes, added }: { readonly maxBytes: number; readonly added: number | null }): StoreSize {
  const noted = `${dir}/size`;
  const before = added !== null && fs.existsSync(noted) ? fs.readFileSync(noted, "utf8") : "";
  // An empty note is not zero: its writer was killed.
  const bytes = added === null || !/^\d+$/.test(before) ? measure(dir).bytes : Number(before) + added;
  const { freed, left } = bytes > maxBytes || maxBytes === 0 ? shrink(dir, maxBytes) : { freed: { results: 0, files: 0, bytes: 0 }, left: bytes };
  if (!fs.existsSync(dir)) return freed;
  try {
    fs.writeFileSync(noted, String(left));
  } catch (error) {
    // What is left of the note is no number: the store is measured next time.
    if (!isFull(String((error as NodeJS.ErrnoException).code))) throw error;
  }
  return freed;
}

export function measure(dir: string): StoreSize {
  return told(dir, () => measureNow(dir));
}

function measureNow(dir: string): StoreSize {
  const results = filesIn(`${dir}/ac`);
  const blobs = filesIn(`${dir}/cas`);
  return { results: results.length, files: blobs.length, bytes: [...results, ...blobs].reduce((sum, { file }) => sum + takenBy(file), 0) };
}

function filesIn(dir: string): Entry[] {
  if (!fs.existsSync(dir)) return [];
  // Other programs may have put files beside the folders, as the Finder does.
  const parts = fs.readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return parts.flatMap(({ name: part }) => fs.readdirSync(`${dir}/${part}`).map((name) => ({ file: `${dir}/${part}/${name}`, used: 0 })));
}

function shrink(dir: string, maxBytes: number): Shrunk {
  const target = maxBytes * FILL;
  const entries = filesIn(`${dir}/ac`).map(({ file }) => ({ file, used: fs.statSync(file).mtimeMs })).sort((a, b) => b.used - a.used);
  const kept = filesIn(`${dir}/cas`).map(({ file }) => ({ file, hash: file.slice(file.lastIndexOf("/") + 1) }));
  const there = new Set(kept.map(({ hash }) => hash));
  const named = new Set<string>();
  let bytes = 0;
  let results = 0;
  let files = 0;
  let freed = 0;
  let left = 0;
  for (const { file } of entries) {
    const blobs = blobsOf(dir, file);
    // A result takes space itself: otherwise one that names no blob would never be removed.
    const own = takenBy(file);
    const more = blobs.reduce((sum, blob) => sum + (named.has(blob.hash) ? 0 : roomOf(blob.bytes)), own);
    // A result larger than the target may use the room above it: otherwise it could never be kept.
    if (bytes + more > (more > target ? maxBytes : target) || blobs.some(({ hash }) => !there.has(hash))) {
      fs.rmSync(file, { force: true });
      freed += own;
      results++;
      continue;
    }
    bytes += more;
    left += own;
    for (const { hash } of blobs) named.add(hash);
  }
  for (const { file, hash } of kept) {
    const size = takenBy(file);
    if (named.has(hash)) {
      left += size;
      continue;
    }
    freed += size;
    files++;
    fs.rmSync(file);
  }
  for (const part of ["ac", "cas"]) removeEmptied(`${dir}/${part}`);
  return { freed: { results, files, bytes: freed }, left };
}

/** Removes empty folders below `dir`; they are created again when something is written there. */
function removeEmptied(dir: string): void {
  if (!fs.existsSync(dir)) return;
  for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory() && fs.readdirSync(`${dir}/${entry.name}`).length === 0) fs.rmdirSync(`${dir}/${entry.name}`);
  }
}

function takenBy(file: string): number {
  return roomOf(fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0);
}

/** All blobs a result depends on, including trees and their files; damaged ones name none. */
function blobsOf(dir: string, entry: string): BlobDigest[] {
  try {
    const result = decodeResult(fs.readFileSync(entry).subarray(64));
    const roots = [...result.trees.map(({ digest }) => digest), ...(result.notes === null ? [] : [result.notes])];
    const trees = roots.flatMap((digest) => {
      const { root, children } = decodeTree(fs.readFileSync(`${dir}/cas/${digest.hash.slice(0, 2)}/${digest.hash}`));
      return [root, ...children].flatMap((message: DirectoryMessage) => message.files.map((file) => file.digest));
    });
    return [...result.files.map((file) => file.digest), ...roots, ...trees, ...(result.log === null ? [] : [result.log])];
  } catch {
    return [];
  }
}
