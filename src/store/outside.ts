// Folders that a tg needs outside the project while it lives: a link to each stands in the state folder, so that the next
// build removes what a killed tg left. Several tgs may have some at once, so there is no lock. Knows not what is in them.
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { removeFile } from "../folders.ts";
import type { Outside } from "../model/outside.ts";
import { inFolder } from "./folder.ts";
import { isAlive } from "./process.ts";
import { strayOf } from "./strays.ts";

const FOLDER = "outside";

/** How folders made for this are called; nothing else is ever removed. */
const OURS = /^tg-(?:[a-z]+-)?[A-Za-z0-9]{6}$/;

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Names may be taken: so often another one is tried. */
const TRIES = 10;

let count = 0;

/** A new folder, as `mkdtemp` makes it. Noted first: of one that is there first nobody would know if this process were killed then. */
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

/** The same under a name that one had before. */
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

/** Returns how to take the note back. */
function note(stateDir: string, dir: string): () => void {
  const { group, start, boot } = strayOf(process.pid);
  const link = path.join(stateDir, FOLDER, [group, start, boot, ++count].join("."));
  try {
    inFolder(path.dirname(link), path.dirname(stateDir), () => fs.symlinkSync(dir, link));
    return () => removeFile(link);
  } catch {
    // Nothing is lost but the tidying after a kill.
    return () => {};
  }
}

/** Removes those whose tg has gone. */
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
      // Gone already, or no link, or nothing that can be removed: no reason to try again.
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

/** As it was made, and no link: what a note says may have come with somebody else's state folder. */
function isOurs(dir: string): boolean {
  if (!path.isAbsolute(dir) || !OURS.test(path.basename(dir))) return false;
  const stat = fs.lstatSync(dir);
  return stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o077) === 0;
}
