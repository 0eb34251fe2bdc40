// Folders a tg needs outside the project while it lives: the state folder has a link to each, so that the next build removes
// what a killed tg left. Several tgs may have some at once, so there is no lock. Knows nothing of their contents.
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { removeFile } from "../folders.ts";
import type { Outside } from "../model/outside.ts";
import { inFolder } from "./folder.ts";
import { isAlive } from "./process.ts";
import { strayOf } from "./strays.ts";

const FOLDER = "outside";

/** Names of folders created for this; nothing else is ever removed. */
const OURS = /^tg-(?:[a-z]+-)?[A-Za-z0-9]{6}$/;

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** A name may be taken: how many others to try. */
const TRIES = 10;

let count = 0;

/** A new folder, as `mkdtemp` creates it. The note comes first: if this process were killed in between, nobody would know of the folder. */
export function makeOutside(stateDir: string, prefix: string): Outside {
  for (let left = TRIES; ; left--) {
    const name = Array.from({ length: 6 }, () => LETTERS[Math.floor(Math.random() * LETTERS.length)]);
    try {
      return makeAgain(stateDir, prefix + name.join(""));
    } catch (error) {
      if (left === 0 || (error as { code?: unknown }).code !== "EEXIST") throw error;
    }
  }
}

/** The same, under a name used before. */
export function makeAgain(stateDir: string, dir: string): Outside {
  const forget = note(stateDir, dir);
  try {
    fs.mkdirSync(dir, { mode: 0o700 });
    return { dir, forget };
  } catch (error) {
    forget();
    throw error;
  }
}

/** Returns a function that removes the note. */
function note(stateDir: string, dir: string): () => void {
  const { group, start, boot } = strayOf(process.pid);
  const link = path.join(stateDir, FOLDER, [group, start, boot, ++count].join("."));
  try {
    inFolder(path.dirname(link), path.dirname(stateDir), () => fs.symlinkSync(dir, link));
    return () => removeFile(link);
  } catch {
    // Nothing is lost except the cleanup after a kill.
    return () => {};
  }
}

/** Removes folders whose tg is gone. */
export function removeLeftFolders(stateDir: string): void {
  const folder = path.join(stateDir, FOLDER);
  for (const name of namesIn(folder)) {
    const [pid = "", start = "", boot = ""] = name.split(".");
    if (/^\d+$/.test(pid) && isAlive(Number(pid), { start, boot })) continue;
    const link = path.join(folder, name);
    try {
      const dir = fs.readlinkSync(link);
      if (isOurs(dir)) fs.rmSync(dir, { recursive: true, force: true });
    } catch {
      // Already gone, not a link, or not removable: no reason to retry.
    }
    fs.rmSync(link, { recursive: true, force: true });
  }
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

/** Still as created, and not a link: a note may have come with somebody else's state folder. */
function isOurs(dir: string): boolean {
  if (!path.isAbsolute(dir) || !OURS.test(path.basename(dir))) return false;
  const stat = fs.lstatSync(dir);
  return stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o077) === 0;
}
