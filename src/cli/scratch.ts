// Copies part of a project to another folder: the named files and trees, links as links, installed packages by link.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Outside } from "../model/outside.ts";
import { DiskError } from "../model/ports.ts";
import type { Doors } from "./doors.ts";

export interface Part {
  /** Files and trees, root-relative; those outside the root are not copied. */
  readonly paths: readonly string[];
  /** Working directories: created, even if empty. */
  readonly folders: readonly string[];
}

/** A new empty folder for a copy, under the name of an earlier one if given. Throws DiskError. */
export function newBase(doors: Pick<Doors, "makeOutside" | "makeOutsideAgain">, stateDir: string, again?: string): Outside {
  if (again !== undefined) return onDisk(again, () => doors.makeOutsideAgain(stateDir, again));
  const above = os.tmpdir();
  // No error should mention a randomly chosen name.
  return onDisk(above, () => doors.makeOutside(stateDir, path.join(fs.realpathSync(above), "tg-verify-")), above);
}

/** A refusal by the system is no bug in tg. `told`: the path to name in any case. */
function onDisk<T>(place: string, act: () => T, told?: string): T {
  try {
    return act();
  } catch (error) {
    const { code, path: at } = error as NodeJS.ErrnoException;
    throw typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? new DiskError(told ?? at ?? place, code) : error;
  }
}

/** Copies `part` from `from` to `to`. Throws DiskError. */
export function copyIn(from: string, to: string, part: Part): void {
  onDisk(to, () => copyPart(from, to, part));
}

function copyPart(from: string, to: string, { paths, folders }: Part): void {
  fs.mkdirSync(to, { recursive: true });
  const inside = paths.filter(isInside);
  const standing = folders.filter((folder) => isInside(folder) && fs.existsSync(path.join(from, folder)));
  for (const folder of standing) fs.mkdirSync(path.join(to, folder), { recursive: true });
  const parents = foldersAbove(inside);
  for (const one of inside) {
    // The link's target already exists there under this name.
    if (parents.has(one) && fs.lstatSync(path.join(from, one)).isSymbolicLink()) continue;
    const target = path.join(to, one);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.cpSync(path.join(from, one), target, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, mode: fs.constants.COPYFILE_FICLONE });
    linkTargets(from, to, { one, parents });
  }
  const above = new Set([...standing, ...inside.map((one) => path.dirname(one))]);
  for (const folder of above) {
    if (path.dirname(folder) !== folder) above.add(path.dirname(folder));
    linkPackages(path.join(from, folder), path.join(to, folder));
  }
}

function foldersAbove(paths: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const one of paths) for (let at = path.dirname(one); at !== "." && !found.has(at); at = path.dirname(at)) found.add(at);
  return found;
}

function isInside(one: string): boolean {
  return !path.isAbsolute(one) && one !== ".." && !one.startsWith("../");
}

function linkPackages(from: string, to: string): void {
  const packages = path.join(from, "node_modules");
  if (fs.existsSync(packages) && !fs.existsSync(path.join(to, "node_modules"))) fs.symlinkSync(packages, path.join(to, "node_modules"));
}

/** Files inside the project that a link leads to are inputs as well. What a folder with inputs in it holds is copied by its own names. */
function linkTargets(from: string, to: string, { one, parents }: { readonly one: string; readonly parents: ReadonlySet<string> }): void {
  for (let at = path.join(from, one), hops = 0; hops < 40 && fs.lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() === true; hops++) {
    at = path.resolve(path.dirname(at), fs.readlinkSync(at));
    const inside = path.relative(from, at);
    if (inside.startsWith("..") || !fs.existsSync(at)) return;
    if ((inside === "" || parents.has(inside)) && fs.lstatSync(at).isDirectory()) return void fs.mkdirSync(path.join(to, inside), { recursive: true });
    fs.mkdirSync(path.dirname(path.join(to, inside)), { recursive: true });
    fs.cpSync(at, path.join(to, inside), { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  }
}

/** Files and links below a folder, relative, sorted, without installed packages and tg's own files. */
export function filesBelow(root: string): string[] {
  const found: string[] = [];
  const stack = [""];
  for (let dir = stack.pop(); dir !== undefined; dir = stack.pop()) {
    for (const entry of fs.readdirSync(path.join(root, dir), { withFileTypes: true })) {
      const one = dir === "" ? entry.name : `${dir}/${entry.name}`;
      if (one === "node_modules" || one === ".tg" || (entry.name === "node_modules" && entry.isSymbolicLink())) continue;
      if (entry.isDirectory()) stack.push(one);
      else found.push(one);
    }
  }
  return found.sort();
}
