// Notes in its folder what a kept copy of a config contains, so that an incomplete copy is not taken for whole; and checks
// whether a source is still what was compiled. Knows no modules and no compiler.
import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { digestOf } from "./readers.ts";

/** In the folder of the copy: its files by name, with their sizes in bytes. */
const NOTE = "whole.json";

export function noteWhole(dir: string, texts: ReadonlyMap<string, string>): void {
  writeFileSync(join(dir, NOTE), JSON.stringify(Object.fromEntries([...texts].map(([name, text]) => [name, Buffer.byteLength(text)]))));
}

/** Adds files that were written later to the note. */
export function noteMore(dir: string, texts: ReadonlyMap<string, string>): void {
  const known = JSON.parse(readFileSync(join(dir, NOTE), "utf8")) as Record<string, number>;
  for (const [name, text] of texts) known[name] = Buffer.byteLength(text);
  const draft = join(dir, `${NOTE}.${process.pid}`);
  writeFileSync(draft, JSON.stringify(known));
  renameSync(draft, join(dir, NOTE));
}

/** Whether a source (absolute path) still says what it said when it was read. */
export function isAsRead(file: string, digest: string): boolean {
  try {
    return digestOf(readFileSync(file)) === digest;
  } catch {
    return false;
  }
}

/** Whether everything that was written is present, with the same length. */
export function isWhole(dir: string): boolean {
  try {
    const sizes = JSON.parse(readFileSync(join(dir, NOTE), "utf8")) as Record<string, number>;
    return Object.entries(sizes).every(([name, size]) => statSync(join(dir, name), { throwIfNoEntry: false })?.size === size);
  } catch {
    return false;
  }
}
