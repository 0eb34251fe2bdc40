// A random project on the real disk: its folder, its definition, and the hands that edit both. Knows no oracle.
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path/posix";
import { configModule, configOf, moduleFiles } from "./config.ts";
import { ownerOf } from "./claims.ts";
import { findMembers, middlesOf, type Project } from "./project.ts";
import { isTool } from "./tools.ts";
import { readTree } from "./tree.ts";
import type { Tree } from "./tree.ts";

/** Made by the harness itself and not compared. */
const OWN = ["tasks.config.mjs", "project.json", "fn", ".tg", ".git"];

export interface Scene {
  readonly root: string;
  /** How tasks start mix. */
  readonly mix: readonly string[];
  project: Project;
  /** Sources written by the last steps, newest first. */
  recent: string[];
}

export function treeOf(scene: Scene): Tree {
  return readTree(scene.root, OWN);
}

/** Files a person wrote: nobody's output. */
export function sourcesOf(scene: Scene, tree: Tree): string[] {
  return [...tree].filter(([path, node]) => node.kind !== "dir" && /^(src|inc|opt|w|v)\//.test(path) && (ownerOf(scene.project, path)?.inout.includes(path) ?? true)).map(([path]) => path).sort();
}

/** With the programs that stand among them. */
function writtenIn(scene: Scene, tree: Tree): string[] {
  return [...sourcesOf(scene, tree), ...[...tree.keys()].filter(isTool)];
}

export function outputsOf(scene: Scene, tree: Tree): string[] {
  return [...tree].filter(([path, node]) => node.kind === "file" && ownerOf(scene.project, path)?.inout.includes(path) === false).map(([path]) => path).sort();
}

/** Writes the config's files if they differ from what is there. */
export function saveProject(scene: Scene): void {
  const { project, mix } = scene;
  keepOutputsOnly(project);
  findMembers(project);
  writeFileSync(`${scene.root}/tasks.config.mjs`, configModule(project));
  for (const [path, text] of moduleFiles(project, mix)) writeIfOther(`${scene.root}/${path}`, text);
  writeFileSync(`${scene.root}/project.json`, JSON.stringify(configOf(scene.project, scene.mix), null, 1));
}

/**
 * Who makes intermediates is made again for others, and with it goes an edit that is to stand: which of its readers have
 * come before that is luck. So an edit stands only where all that is made is an output.
 */
function keepOutputsOnly({ tasks }: Project): void {
  for (const spec of tasks) if (middlesOf(spec).length > 0 && spec.drift === "keep") spec.drift = "rebuild";
}

function writeIfOther(full: string, text: string): void {
  if (existsSync(full) && readFileSync(full, "utf8") === text) return;
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
}

/** Whole, and not to come: a Date of a stat is rounded, and would be younger than a build that begins at once. */
const wholeMs = (ms: number): Date => new Date(Math.floor(ms));

/** The time is a whole millisecond, so that it can be restored exactly. */
export function writeAt(scene: Scene, path: string, text: string): void {
  const full = `${scene.root}/${path}`;
  mkdirSync(dirname(full), { recursive: true });
  if (lstatSync(full, { throwIfNoEntry: false })?.isSymbolicLink() === true) rmSync(full);
  writeFileSync(full, text);
  const time = wholeMs(statSync(full).mtimeMs);
  utimesSync(full, time, time);
}

/** A program, whatever was there. */
export function writeTool(scene: Scene, path: string, text: string): void {
  writeAt(scene, path, text);
  chmodSync(`${scene.root}/${path}`, 0o755);
}

/** Same size or not, the old times come back. */
export function writeSecretly(scene: Scene, path: string, text: string): void {
  const stat = statSync(`${scene.root}/${path}`);
  writeFileSync(`${scene.root}/${path}`, text);
  utimesSync(`${scene.root}/${path}`, wholeMs(stat.atimeMs), wholeMs(stat.mtimeMs));
}

export function removeAt(scene: Scene, path: string): void {
  rmSync(`${scene.root}/${path}`, { recursive: true, force: true });
}

export function moveAt(scene: Scene, from: string, to: string): void {
  mkdirSync(dirname(`${scene.root}/${to}`), { recursive: true });
  renameSync(`${scene.root}/${from}`, `${scene.root}/${to}`);
}

export function linkAt(scene: Scene, path: string, target: string): void {
  mkdirSync(dirname(`${scene.root}/${path}`), { recursive: true });
  rmSync(`${scene.root}/${path}`, { force: true });
  symlinkSync(relative(dirname(path), target), `${scene.root}/${path}`);
}

export function toggleExec(scene: Scene, path: string): void {
  const { mode } = statSync(`${scene.root}/${path}`);
  chmodSync(`${scene.root}/${path}`, mode & 0o111 ? 0o644 : 0o755);
}

/** Seconds since the epoch. */
export function setTime(scene: Scene, path: string, time: number): void {
  if (existsSync(`${scene.root}/${path}`)) utimesSync(`${scene.root}/${path}`, time, time);
}

export function timeOf(scene: Scene, path: string): number {
  return statSync(`${scene.root}/${path}`).mtimeMs / 1000;
}

/** Brings the sources back to what they were in `before`; outputs stay, and what was `made` until now. */
export function restoreSources(scene: Scene, before: Tree, made: ReadonlySet<string> = new Set()): void {
  const now = treeOf(scene);
  for (const path of writtenIn(scene, now)) if (!before.has(path) && !made.has(path)) removeAt(scene, path);
  for (const path of writtenIn(scene, before)) {
    const node = before.get(path)!;
    if (JSON.stringify(now.get(path)) === JSON.stringify(node)) continue;
    removeAt(scene, path);
    if (node.kind === "link") {
      mkdirSync(dirname(`${scene.root}/${path}`), { recursive: true });
      symlinkSync(node.to, `${scene.root}/${path}`);
    } else if (node.kind === "file") {
      writeAt(scene, path, node.text);
      chmodSync(`${scene.root}/${path}`, node.exec ? 0o755 : 0o644);
    }
  }
}
