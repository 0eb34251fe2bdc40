// Folders that a tg needs outside the project while it lives: a link to each stands in the state folder, so that the next
// build removes what a killed tg left. Several tgs may have some at once, so there is no lock. Knows not what is in them.
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { removeFile } from "../folders.ts";
import { inFolder } from "./folder.ts";
import { isAlive } from "./process.ts";
import { strayOf } from "./strays.ts";

const FOLDER = "outside";

/** How folders made by `mkdtemp` for this are called; nothing else is ever removed. */
const OURS = /^tg-(?:[a-z]+-)?[A-Za-z0-9]{6}$/;

let count = 0;

/** Returns how to take the note back. */
export function noteFolder(stateDir: string, dir: string): () => void {
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

/** As mkdtemp left it, and no link: what a note says may have come with somebody else's state folder. */
function isOurs(dir: string): boolean {
  if (!path.isAbsolute(dir) || !OURS.test(path.basename(dir))) return false;
  const stat = fs.lstatSync(dir);
  return stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o077) === 0;
}
