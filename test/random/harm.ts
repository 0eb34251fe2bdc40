// Damage to what tg keeps: its state, and the store of results. Knows what a file is, not what it means.
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import type { Prng } from "./prng.ts";

/** Files below a folder of the state folder. */
function filesBelow(root: string, dir: string): string[] {
  if (!existsSync(`${root}/${dir}`)) return [];
  return readdirSync(`${root}/${dir}`, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? filesBelow(root, `${dir}/${e.name}`) : [`${dir}/${e.name}`])).sort();
}

/** Cuts, flips or removes a file. */
function harm(root: string, path: string, prng: Prng): string {
  const kind = prng.pick(["remove", "truncate", "flip"]);
  if (kind === "remove") rmSync(`${root}/${path}`);
  else {
    const bytes = readFileSync(`${root}/${path}`);
    if (kind === "truncate") truncateSync(`${root}/${path}`, prng.int(bytes.length + 1));
    else if (bytes.length > 0) {
      for (let i = 1 + prng.int(3); i > 0; i--) bytes[prng.int(bytes.length)]! ^= 1 << prng.int(8);
      writeFileSync(`${root}/${path}`, bytes);
    }
  }
  return `${kind} ${path}`;
}

/** Something of the state, or the whole state folder: nobody can say what tg knows after it. */
export function harmState(root: string, prng: Prng): string {
  const files = filesBelow(root, ".tg").filter((path) => /state|journal/.test(path) && !path.startsWith(".tg/cache/"));
  if (!prng.chance(0.2) && files.length > 0) return harm(root, prng.pick(files), prng);
  rmSync(`${root}/.tg`, { recursive: true, force: true });
  return "remove .tg";
}

/** Up to half the files of the store of results: what they were part of is not put back, the task runs. */
export function harmResults(root: string, prng: Prng): string {
  const files = filesBelow(root, ".tg/cache");
  return files.length === 0 ? "no results to damage" : prng.some(files, 1 + prng.int(1 + (files.length >> 1))).map((path) => harm(root, path, prng)).join(", ");
}
