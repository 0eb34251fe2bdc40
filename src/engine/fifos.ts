// FIFOs, created by a short-lived process: no runtime has a call for it, and each process costs milliseconds, so several are
// created at once. Does not know what they are for.
import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { removeFile } from "../folders.ts";
import type { MakeOutside, Outside } from "../model/outside.ts";

const { O_RDONLY, O_NONBLOCK } = fs.constants;

/** For use where nobody cleans up after a kill. */
function unnoted(prefix: string): Outside {
  return { dir: fs.mkdtempSync(prefix), forget: () => {} };
}

/** Nameless FIFOs in one batch: enough for this many commands at a time, or half as many functions. */
export const BATCH = 8;

export interface Fifos {
  readonly named: readonly string[];
  /** A reading end of each of the others. It keeps the FIFO alive, which has no name any more. */
  readonly nameless: readonly number[];
  /** Removes the named ones. */
  remove(): void;
}

/** null if they cannot be created. `make`: creates their folder, which is removed as soon as no FIFO has a name. */
export function makeFifos(names: readonly string[], nameless: number, make: MakeOutside = unnoted): Fifos | null {
  const planned = planFifos(names, nameless, make);
  return planned === null ? null : openFifos(planned, spawnSync("mkfifo", wordsOf(planned), { stdio: "ignore", env: plainEnv() }).status === 0);
}

/** The same, asynchronously. */
export async function startFifos(names: readonly string[], nameless: number, make: MakeOutside = unnoted): Promise<Fifos | null> {
  const planned = planFifos(names, nameless, make);
  if (planned === null) return null;
  const made = await new Promise<boolean>((resolve) => {
    try {
      spawn("mkfifo", wordsOf(planned), { stdio: "ignore", env: plainEnv() }).once("error", () => resolve(false)).once("exit", (code) => resolve(code === 0));
    } catch (error) {
      // Node throws some refusals here and reports the rest as an event.
      if (typeof (error as { code?: unknown }).code !== "string") throw error;
      resolve(false);
    }
  });
  return openFifos(planned, made);
}

interface Planned {
  readonly dir: string;
  readonly named: readonly string[];
  readonly others: readonly string[];
  readonly forget: () => void;
}

function wordsOf({ named, others }: Planned): string[] {
  return ["-m", "600", ...named, ...others];
}

/** Without a locale: loading one is a tenth of the cost. */
function plainEnv(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: "C" };
}

function planFifos(names: readonly string[], nameless: number, make: MakeOutside): Planned | null {
  try {
    const { dir, forget } = make(`${tmpdir()}/tg-`);
    return { dir, named: names.map((name) => `${dir}/${name}`), others: Array.from({ length: nameless }, (_, i) => `${dir}/${i}`), forget };
  } catch (error) {
    if (typeof (error as { code?: unknown }).code !== "string") throw error;
    return null;
  }
}

function openFifos({ dir, named, others, forget }: Planned, made: boolean): Fifos | null {
  const opened: number[] = [];
  try {
    if (!made) throw Object.assign(new Error("mkfifo"), { code: "EIO" });
    for (const path of others) {
      opened.push(fs.openSync(path, O_RDONLY | O_NONBLOCK));
      fs.unlinkSync(path);
    }
    if (named.length === 0) removeNoted(dir, [], forget);
    return { named, nameless: opened, remove: () => removeNoted(dir, named, forget) };
  } catch (error) {
    if (typeof (error as { code?: unknown }).code !== "string") throw error;
    for (const fd of opened) fs.closeSync(fd);
    removeNoted(dir, [...named, ...others], forget);
    return null;
  }
}

/** Nobody has opened them. */
export function discardFifos({ nameless, remove }: Fifos): void {
  for (const fd of nameless) fs.closeSync(fd);
  remove();
}

/** By name: reading the folder takes a descriptor, and having none left may be the reason for this call. */
function removeNoted(dir: string, paths: readonly string[], forget: () => void): void {
  for (const path of paths) removeFile(path);
  try {
    fs.rmdirSync(dir);
  } catch {
    // It contains a file of somebody else. A later cleanup finds the note.
    return;
  }
  forget();
}
