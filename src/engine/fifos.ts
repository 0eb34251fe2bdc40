// FIFOs, made by a short-lived process: no runtime has a call for it, and each process costs milliseconds, so several are
// made at once. Knows nothing of what they are for.
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { removeFile } from "../folders.ts";
import type { NoteFolder } from "../model/ports.ts";

const { O_RDONLY, O_NONBLOCK } = fs.constants;

/** Of one batch without a name: for so many commands at a time, or half as many functions. */
export const BATCH = 8;

export interface Fifos {
  readonly named: readonly string[];
  /** A reading end of each of the others. It keeps the FIFO alive, which has no name any more. */
  readonly nameless: readonly number[];
  /** Takes the named ones away. */
  remove(): void;
}

/** null: they cannot be had. `note`: where the named ones stand, while they stand. */
export function makeFifos(names: readonly string[], nameless: number, note: NoteFolder | null = null): Fifos | null {
  let dir = "";
  let forget: (() => void) | null = null;
  const opened: number[] = [];
  let paths: readonly string[] = [];
  try {
    dir = fs.mkdtempSync(`${tmpdir()}/tg-`);
    if (names.length > 0) forget = note?.(dir) ?? null;
    const named = names.map((name) => `${dir}/${name}`);
    const others = Array.from({ length: nameless }, (_, i) => `${dir}/${i}`);
    paths = [...named, ...others];
    // Languages need not be read: a tenth of what it takes.
    if (spawnSync("mkfifo", ["-m", "600", ...paths], { stdio: "ignore", env: { ...process.env, LC_ALL: "C" } }).status !== 0) throw Object.assign(new Error("mkfifo"), { code: "EIO" });
    for (const path of others) {
      opened.push(fs.openSync(path, O_RDONLY | O_NONBLOCK));
      fs.unlinkSync(path);
    }
    if (named.length === 0) fs.rmdirSync(dir);
    return { named, nameless: opened, remove: () => removeNoted(dir, named, forget) };
  } catch (error) {
    if (typeof (error as { code?: unknown }).code !== "string") throw error;
    for (const fd of opened) fs.closeSync(fd);
    if (dir !== "") removeNoted(dir, paths, forget);
    return null;
  }
}

/** By name: to read the folder takes a descriptor, and that there is none left may be why. */
function removeNoted(dir: string, paths: readonly string[], forget: (() => void) | null): void {
  for (const path of paths) removeFile(path);
  try {
    fs.rmdirSync(dir);
  } catch {
    // Somebody's file in it. Whoever clears up after tg finds the note.
    return;
  }
  forget?.();
}
