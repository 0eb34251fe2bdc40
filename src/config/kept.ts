// The kept copy of a config: compiled modules in a folder named by their content, and a note of what they were made
// from, so that the next start compiles nothing. Loads the compiler only if it must. Knows no config values.
import { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import type { ConfigProblem } from "../model/problem.ts";
import type { Compiled, ComputedImport, Recompiled } from "./compile.ts";
import type { PackageUse } from "./resolve.ts";
import { isWhole, noteMore, noteWhole } from "./standing.ts";
import { mayStay } from "./still.ts";

declare const TG_VERSION: string;

/** A source and the file imported in its place. */
export interface KeptModule {
  /** Absolute path of the source. */
  readonly source: string;
  /** Absolute path of the imported file: the compiled one, or the source itself. */
  readonly file: string;
  readonly digest: string;
  readonly deps: readonly number[];
  readonly packages: readonly PackageUse[];
}

export interface Kept {
  /** Folder of the compiled files. */
  readonly dir: string;
  /** Entries first. */
  readonly modules: readonly KeptModule[];
  /** Absolute paths of the files that determined the modules. */
  readonly files: readonly string[];
  readonly absent: readonly string[];
  readonly computed: readonly ComputedImport[];
  /** Evaluating them may block the thread for long. */
  readonly blocks?: true;
}

export interface KeepOptions {
  readonly entries: readonly string[];
  /** Distinguishes this graph from others in the same folder, e.g. the config file and whether these are its task files. */
  readonly label: string;
  readonly root: string;
  /** Folder for kept folders and notes. */
  readonly base: string;
  /** If given, `base` is only read, and what must be compiled goes to the folder this returns. */
  readonly spare?: () => string;
  /** Kept folders that the stored graph refers to: they stay, because this config may be refused. */
  readonly held: readonly string[];
  readonly publicModule: string;
  readonly shown: (file: string) => string;
}

/** A module that was recompiled in place. */
export interface Patched {
  readonly index: number;
  /** Absolute path of the file it replaces. */
  readonly before: string;
}

/** `patched`: all other modules are unchanged, in the same folder; absent: everything was compiled, or nothing had to be. */
export type KeepResult = { readonly kept: Kept; readonly patched?: readonly Patched[] } | { readonly problems: readonly ConfigProblem[] };

/** Path, modification and change time in ms, size in bytes. */
type Stamp = readonly [path: string, mtimeMs: number, ctimeMs: number, size: number];

interface Note {
  readonly made: string;
  readonly label: string;
  readonly entries: readonly string[];
  readonly stamps: readonly Stamp[];
  readonly kept: Kept;
  /** When the sources were read, by the process clock in ms. */
  readonly read: number;
  /** How often modules of it were recompiled. */
  readonly patches?: number;
}

const RUNTIME = process.versions["bun"] !== undefined ? "bun" : process.versions["deno"] !== undefined ? "deno" : "node";

/** A file changed this shortly before it was read may change again without its times showing it (Deno truncates them to seconds). */
const RACY_MS = RUNTIME === "deno" ? 2_000 : 20;

function madeBy(options: KeepOptions): string {
  return ["kept 4", TG_VERSION, RUNTIME, options.root, options.base, options.publicModule].join("\n");
}

/** FNV-1a over the label: a file name, no proof, and node:crypto costs 3 ms to load. */
function keyOf(options: KeepOptions): string {
  let hash = 0x811c9dc5;
  for (const char of Buffer.from(`${RUNTIME}\n${options.label}`)) hash = Math.imul(hash ^ char, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** Compiles the entries unless an earlier result still holds. Throws errno errors if `base` cannot be written. */
export async function keepGraph(options: KeepOptions): Promise<KeepResult> {
  const key = keyOf(options);
  const note = readNote(join(options.base, key + ".json"), options);
  const edited = note === null ? null : editedSince(note);
  if (note !== null && edited?.length === 0) return { kept: note.kept };
  const { spare, ...rest } = options;
  if (spare !== undefined) return keepGraph({ ...rest, base: spare() });
  return (note === null || edited === null ? null : await patch(note, edited, rest)) ?? compileInto(rest, key);
}

async function compileInto(options: KeepOptions, key: string): Promise<KeepResult> {
  const read = Date.now();
  const { compile } = await import("./compile.ts");
  const compiled = await compile({ ...options, keepDir: options.base });
  if ("problems" in compiled) return compiled;
  const kept = emit(compiled, key, options);
  writeNote(options, { stamps: stampsOf(kept.files), kept, read });
  prune(options, key, kept.dir);
  return { kept };
}

function writeNote(options: KeepOptions, rest: Pick<Note, "stamps" | "kept" | "read" | "patches">): void {
  const note: Note = { made: madeBy(options), label: options.label, entries: options.entries, ...rest };
  writeWhole(join(options.base, keyOf(options) + ".json"), JSON.stringify(note));
}

/** With fewer modules everything is compiled: there is little to gain. */
const FEWEST_MODULES = 16;
const MOST_EDITED = 16;
/** After this many the folder is made again, without the accumulated files. */
const MOST_PATCHES = 64;

/**
 * Compiles a few edited modules that nobody imports (task files) beside the others, under new names: a running build may
 * still be importing the old ones. null: everything must be compiled.
 */
async function patch(note: Note, edited: readonly number[], options: KeepOptions): Promise<KeepResult | null> {
  const { kept, patches = 0 } = note;
  if (patches >= MOST_PATCHES) return null;
  const read = Date.now();
  const { recompile } = await import("./compile.ts");
  const standing = kept.modules.map(({ source, file, digest, deps, packages }) => ({ source, name: file === source ? null : basename(file), digest, deps, packages }));
  const made = await recompile({ ...options, keepDir: options.base }, { modules: standing, again: edited });
  if (made === null || !standsIn(kept.dir, made)) return null;
  const modules = [...kept.modules];
  made.modules.forEach(({ source, digest, deps, packages, code, name }, i) => {
    modules[edited[i]!] = { source, file: join(kept.dir, `${name!.replace(/(\.[0-9a-f]{8})?\.mjs$/, "")}.${sha256(code).slice(0, 8)}.mjs`), digest, deps, packages };
  });
  if (!allReached(modules, options.entries.length)) return null;
  made.modules.forEach(({ code }, i) => writeWhole(modules[edited[i]!]!.file, code));
  noteMore(kept.dir, new Map(made.modules.map(({ code }, i) => [basename(modules[edited[i]!]!.file), code])));
  const again = new Set(edited.map((index) => options.shown(modules[index]!.source)));
  const files = [...new Set([...kept.files, ...made.files])];
  const absent = [...new Set([...kept.absent, ...made.absent])];
  const computed = [...kept.computed.filter(({ file }) => !again.has(file)), ...made.computed];
  const blocks = kept.blocks === true || made.modules.some(({ code }) => mayStay(code));
  const next: Kept = { dir: kept.dir, modules, files, absent, computed, ...(blocks ? { blocks } : {}) };
  const known = new Map(note.stamps.map((stamp) => [stamp[0], stamp]));
  const anew = new Set([...edited.map((index) => modules[index]!.source), ...made.files]);
  writeNote(options, { stamps: files.map((file) => (anew.has(file) ? stampOf(file) : known.get(file)!)), kept: next, read, patches: patches + 1 });
  prune(options, keyOf(options), kept.dir);
  return { kept: next, patched: edited.map((index) => ({ index, before: kept.modules[index]!.file })) };
}

/** Whether everything is present that the modules import from their own folder. */
function standsIn(dir: string, { extras, metas }: Recompiled): boolean {
  if (!holdsAll(dir, extras)) return false;
  if (metas.length === 0) return true;
  const there = new Set(readFileSync(join(dir, "meta.mjs"), "utf8").match(/\bm\d+\b/g));
  return metas.every((name) => there.has(name));
}

function allReached(modules: readonly KeptModule[], entries: number): boolean {
  const reached = new Set<number>(modules.slice(0, entries).keys());
  for (const index of reached) for (const dep of modules[index]!.deps) reached.add(dep);
  return reached.size === modules.length;
}

function readNote(file: string, options: KeepOptions): Note | null {
  let note: Note;
  try {
    note = JSON.parse(readFileSync(file, "utf8")) as Note;
  } catch {
    return null;
  }
  if (note.made !== madeBy(options) || note.label !== options.label || JSON.stringify(note.entries) !== JSON.stringify(options.entries)) return null;
  return note;
}

/** Modules whose source has changed; null if they are more than a few. */
function editedSince({ stamps, read, kept }: Note): readonly number[] | null {
  const moved = new Set<string>();
  for (const stamp of stamps) if (!unchanged(stamp, read) && moved.add(stamp[0]).size > MOST_EDITED) return null;
  for (const path of kept.absent) if (statSync(path, { throwIfNoEntry: false }) !== undefined) return null;
  for (const { source, file } of kept.modules) if (file === source && statSync(file, { throwIfNoEntry: false }) === undefined) return null;
  if (!isWhole(kept.dir)) return null;
  if (moved.size === 0) return [];
  const edited: number[] = [];
  kept.modules.forEach((module, index) => void (moved.has(module.source) && edited.push(index)));
  const alone = edited.length === moved.size && new Set(edited.map((index) => kept.modules[index]!.source)).size === moved.size;
  const imported = new Set(kept.modules.flatMap((module) => module.deps));
  const fit = alone && kept.modules.length >= FEWEST_MODULES && edited.every((index) => !imported.has(index) && kept.modules[index]!.file !== kept.modules[index]!.source);
  return fit ? edited : null;
}

function unchanged([path, mtimeMs, ctimeMs, size]: Stamp, read: number): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || stat.mtimeMs !== mtimeMs || stat.ctimeMs !== ctimeMs || stat.size !== size) return false;
  return Math.max(mtimeMs, ctimeMs) < read - RACY_MS;
}

function stampsOf(files: readonly string[]): Stamp[] {
  return files.map(stampOf);
}

function stampOf(file: string): Stamp {
  const stat = statSync(file, { throwIfNoEntry: false });
  return [file, stat?.mtimeMs ?? 0, stat?.ctimeMs ?? 0, stat?.size ?? -1];
}

function sha256(text: string): string {
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest("hex");
}

function emit(compiled: Compiled, key: string, options: KeepOptions): Kept {
  const texts = new Map(compiled.extras);
  for (const module of compiled.modules) if (module.name !== null) texts.set(module.name, module.code);
  const hash = process.getBuiltinModule("node:crypto").createHash("sha256");
  for (const [name, text] of texts) hash.update(`${name}\0${text.length}\0${text}`);
  const dir = join(options.base, `${key}-${hash.digest("hex").slice(0, 16)}`);
  if (!isWhole(dir) || !holdsAll(dir, texts)) writeFolder(dir, texts, newestOf(options.base, key));
  return {
    dir,
    modules: compiled.modules.map(({ source, name, digest, deps, packages }) => ({ source, file: name === null ? source : join(dir, name), digest, deps, packages })),
    files: compiled.files,
    absent: compiled.absent,
    computed: compiled.computed,
    ...(compiled.modules.some(({ code }) => mayStay(code)) ? { blocks: true } : {}),
  };
}

function holdsAll(dir: string, texts: ReadonlyMap<string, string>): boolean {
  try {
    for (const [name, text] of texts) if (readFileSync(join(dir, name), "utf8") !== text) return false;
    return true;
  } catch {
    return false;
  }
}

/**
 * Written under a name of its own first. Files equal to those in `before` are linked, not written. An existing whole folder
 * is left alone: another tg may have created it meanwhile, and be importing from it.
 */
export function writeFolder(dir: string, texts: ReadonlyMap<string, string>, before: string | null): void {
  const draft = `${dir}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  // Not recursive: the project may have been moved away by now, and must not reappear at its old place.
  mkdirSync(draft);
  for (const [name, text] of texts) if (before === null || !linked(join(before, name), join(draft, name), text)) writeFileSync(join(draft, name), text);
  noteWhole(draft, texts);
  if (moved(draft, dir)) return;
  if (!isWhole(dir) || !holdsAll(dir, texts)) {
    rmSync(dir, { recursive: true, force: true });
    if (moved(draft, dir)) return;
  }
  rmSync(draft, { recursive: true, force: true });
}

/** Returns false if the target exists. */
function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (existsSync(to)) return false;
    throw error;
  }
}

/** Most of a thousand task files are unchanged: reading one and linking it costs a tenth of writing it. */
function linked(from: string, to: string, text: string): boolean {
  try {
    if (readFileSync(from, "utf8") !== text) return false;
    linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}

/** How many folders of one config are kept: earlier ones serve a quick undo, and builds still running. */
const KEEP = 3;
/** A draft this old was left by a tg that was killed. */
const DRAFT_MS = 3_600_000;

function prune({ base, held }: KeepOptions, key: string, current: string): void {
  const now = new Date();
  utimesSync(current, now, now);
  const { whole, drafts } = foldersOf(base, key);
  const left = drafts.filter(({ time }) => time < now.getTime() - DRAFT_MS);
  for (const { dir } of [...whole.slice(KEEP), ...left]) if (dir !== current && !held.includes(dir)) rmSync(dir, { recursive: true, force: true });
}

interface Aged {
  readonly dir: string;
  readonly time: number;
}

/** Newest first. Names of drafts and copies contain the pid of the process that uses them. */
function foldersOf(base: string, key: string): { readonly whole: readonly Aged[]; readonly drafts: readonly Aged[] } {
  const names = readdirSync(base).filter((name) => name.startsWith(key + "-"));
  const aged = (chosen: readonly string[]): Aged[] => {
    const dirs = chosen.map((name) => join(base, name)).map((dir) => ({ dir, time: statSync(dir, { throwIfNoEntry: false })?.mtimeMs ?? 0 }));
    return dirs.sort((a, b) => b.time - a.time);
  };
  return { whole: aged(names.filter((name) => !name.includes("."))), drafts: aged(names.filter((name) => name.includes("."))) };
}

function newestOf(base: string, key: string): string | null {
  return foldersOf(base, key).whole[0]?.dir ?? null;
}

/** How often this process has evaluated each folder. */
const evaluated = new Map<string, number>();

/**
 * The folder to import from. A process evaluates a module only once, so a second evaluation (a file the config reads has
 * changed) uses a copy; `done` removes it.
 */
export function folderToEvaluate(kept: Kept): { readonly dir: string; readonly done: () => void } {
  const times = evaluated.get(kept.dir) ?? 0;
  evaluated.set(kept.dir, times + 1);
  if (times === 0) return { dir: kept.dir, done: () => {} };
  const dir = `${kept.dir}.${process.pid}.${times}`;
  const done = (): void => rmSync(dir, { recursive: true, force: true });
  try {
    mkdirSync(dir);
    for (const name of readdirSync(kept.dir)) copyFileSync(join(kept.dir, name), join(dir, name));
  } catch (error) {
    done();
    throw error;
  }
  return { dir, done };
}
