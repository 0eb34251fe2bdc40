// Resolves `tools`: finds programs on PATH, and asks for their versions. Asks a program again only if its file has changed since
// last time. Knows no tasks.
import { absoluteOf, programDirs, searchPath, toFilePath, type AbsolutePath, type FilePath } from "../../model/path.ts";
import { DiskError, type Disk } from "../../model/ports.ts";
import type { FileStat } from "../../model/state.ts";
import type { VersionMark } from "../../model/frozen.ts";
import type { ToolNow } from "../../staleness/parts.ts";
import type { World } from "../../staleness/world.ts";
import type { Doors } from "../doors.ts";
import { markOf } from "./mark.ts";

export interface Tools {
  /** `cwd`: the folder of the task, where its command looks for programs first. */
  now(entry: string, cwd: FilePath): ToolNow;
  /** Mark of the program file behind a version command, named as in `versions`: equal marks mean an untouched file. */
  mark(command: string): string;
  /** Any command that ran may have created or moved a program. */
  forget(): void;
  /** Known versions, for the state: including those known before that still hold. */
  versions(): readonly VersionMark[];
  /** Whether `versions` has something that is not in the state yet. */
  isNews(): boolean;
}

const ROOT = "" as FilePath;

/** `gcc --version`: an entry with more than one word is a command that prints a version. */
function isVersionCommand(entry: string): boolean {
  return entry.includes(" ");
}

interface Place {
  readonly root: AbsolutePath;
  readonly disk: Disk;
  readonly world: World;
  readonly known: readonly VersionMark[];
}

export function openTools(doors: Doors, { root, disk, world, known }: Place): Tools {
  const common = searchPath(programDirs(root), doors.system.env["PATH"]).split(":").filter((dir) => dir !== "");
  const programs = new Map<string, FilePath | null>();
  const marks = new Map<string, string>();
  const versions = new Map<string, VersionMark>(known.map((one) => [one[0], one]));
  // One program answers alike wherever it is asked from.
  const texts = new Map<string, string>(known.map(([command, one, text]) => [textKey(entryOf(command), one), text]));
  let news = false;

  const programOf = (name: string, cwd: FilePath): FilePath | null => {
    const key = commandAt(name, name.includes("/") ? ROOT : cwd);
    let found = programs.get(key);
    if (found === undefined) programs.set(key, (found = findProgram(name, { root, disk, dirs: [...ownDirs(root, cwd), ...common] })));
    return found;
  };
  const placesBefore = (name: string, program: FilePath, cwd: FilePath): FilePath[] => {
    if (name.includes("/")) return [];
    const places = [...ownDirs(root, cwd), ...programDirs(root)].map((dir) => toFilePath(`${dir}/${name}`, root));
    const found = places.indexOf(program);
    return (found < 0 ? places : places.slice(0, found)).filter((place) => !place.startsWith("/"));
  };
  const mark = (command: string): string => {
    const program = programOf(entryOf(command).split(" ", 1)[0]!, cwdOf(command));
    let one = marks.get(program ?? "");
    if (one === undefined) marks.set(program ?? "", (one = program === null ? "" : fileMark(disk, program)));
    return one;
  };
  const version = (entry: string, program: FilePath, cwd: FilePath): ToolNow => {
    const command = commandAt(entry, cwd);
    const now = mark(command);
    let text = versions.get(command)?.[1] === now ? versions.get(command)![2] : null;
    if (text === null) {
      const own = ownDirs(root, cwd);
      const dirs = own.some((dir) => absoluteOf(program, root).startsWith(dir + "/")) ? [...own, ...common] : common;
      text = texts.get(textKey(entry, now)) ?? versionText(doors, entry, { program, root, dirs });
      texts.set(textKey(entry, now), text);
      versions.set(command, [command, now, text]);
      news = true;
    }
    return text.startsWith("!") ? { text, program: null, wrong: text.slice(1) } : { text, program: null, wrong: null };
  };
  return {
    now: (entry, cwd) => {
      const program = programOf(entry.split(" ", 1)[0]!, cwd);
      if (program === null) return { text: "missing", program: null, wrong: "missing" };
      return isVersionCommand(entry) ? version(entry, program, cwd) : { text: `${program} ${world.input(program)}`, program, before: placesBefore(entry, program, cwd), wrong: null };
    },
    mark,
    forget: () => {
      programs.clear();
      marks.clear();
    },
    versions: () => [...versions.values()],
    isNews: () => news,
  };
}

/** A version command as the state names it: behind the folder it was asked from, if that is not the root. */
function commandAt(entry: string, cwd: FilePath): string {
  return cwd === ROOT ? entry : cwd + "\0" + entry;
}

function cwdOf(command: string): FilePath {
  return command.slice(0, Math.max(0, command.indexOf("\0"))) as FilePath;
}

function entryOf(command: string): string {
  return command.slice(command.indexOf("\0") + 1);
}

function textKey(entry: string, mark: string): string {
  return mark + "\0" + entry;
}

/** Where a command in `cwd` looks before it looks where all do. */
function ownDirs(root: AbsolutePath, cwd: FilePath): string[] {
  const shared = new Set(programDirs(root));
  return cwd === ROOT ? [] : programDirs(absoluteOf(cwd, root)).filter((dir) => !shared.has(dir));
}

/** House path of a program: on PATH, `node_modules/.bin` first, or by its own path from the root. */
function findProgram(name: string, { root, disk, dirs }: { root: AbsolutePath; disk: Disk; dirs: readonly string[] }): FilePath | null {
  for (const dir of name.includes("/") ? [root] : dirs) {
    const path = toFilePath(name.startsWith("/") ? name : `${dir}/${name}`, root);
    const stat = statOrNothing(() => disk.stat(path));
    if (stat?.kind === "file" && (stat.mode & 0o111) !== 0) return path;
  }
  return null;
}

function statOrNothing(ask: () => FileStat): FileStat | null {
  try {
    return ask();
  } catch (error) {
    if (error instanceof DiskError) return null;
    throw error;
  }
}

/** Covers the entry and its link target: a package manager that installs another version writes at least one of them. */
function fileMark(disk: Disk, program: FilePath): string {
  const stats = [statOrNothing(() => disk.lstat(program)), statOrNothing(() => disk.stat(program))];
  return markOf(program + "\0" + stats.map((one) => (one === null ? "" : [one.size, one.mtimeMs, one.ctimeMs, one.ino, one.dev].join(" "))).join("\0"));
}

/** What the command prints in the C locale; `!` and the error if it failed. */
function versionText(doors: Doors, entry: string, at: { program: FilePath; root: AbsolutePath; dirs: readonly string[] }): string {
  const env: Record<string, string> = { LC_ALL: "C" };
  for (const [name, value] of Object.entries(doors.system.env)) if (value !== undefined && name !== "LC_ALL") env[name] = value;
  env["PATH"] = at.dirs.join(":");
  const { wrong, text } = doors.askVersion([absoluteOf(at.program, at.root), ...entry.split(" ").slice(1)], { cwd: at.root, env });
  const clean = text.replaceAll("\r", "").trim();
  if (wrong !== null) return `!${wrong}${clean === "" ? "" : `: ${clean.slice(clean.lastIndexOf("\n") + 1)}`}`;
  return clean === "" ? "!silent" : clean;
}
