// Resolves `tools`: finds programs on PATH, and asks for their versions. Asks a program again only if its file has changed since
// last time. Knows no tasks.
import { absoluteOf, programDirs, searchPath, toFilePath, type AbsolutePath, type FilePath } from "../model/path.ts";
import { DiskError, type Disk } from "../model/ports.ts";
import type { FileStat } from "../model/state.ts";
import type { VersionMark } from "../model/frozen.ts";
import type { ToolNow } from "../staleness/parts.ts";
import type { World } from "../staleness/world.ts";
import type { Doors } from "./doors.ts";
import { markOf } from "./mark.ts";

export interface Tools {
  now(entry: string): ToolNow;
  /** Mark of the program file behind a version command: equal marks mean an untouched file. */
  mark(entry: string): string;
  /** Any command that ran may have created or moved a program. */
  forget(): void;
  /** Known versions, for the state: including those known before that still hold. */
  versions(): readonly VersionMark[];
  /** Whether `versions` has something that is not in the state yet. */
  isNews(): boolean;
}

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
  const dirs = searchPath(programDirs(root), doors.system.env["PATH"]).split(":").filter((dir) => dir !== "");
  const programs = new Map<string, FilePath | null>();
  const marks = new Map<string, string>();
  const versions = new Map<string, VersionMark>(known.map((one) => [one[0], one]));
  let news = false;

  const programOf = (name: string): FilePath | null => {
    let found = programs.get(name);
    if (found === undefined) programs.set(name, (found = findProgram(name, { root, disk, dirs })));
    return found;
  };
  const mark = (entry: string): string => {
    const program = programOf(entry.split(" ", 1)[0]!);
    let one = marks.get(program ?? "");
    if (one === undefined) marks.set(program ?? "", (one = program === null ? "" : fileMark(disk, program)));
    return one;
  };
  const version = (entry: string, program: FilePath): ToolNow => {
    const now = mark(entry);
    let [, before, text] = versions.get(entry) ?? [entry, null, ""];
    if (before !== now) {
      text = versionText(doors, entry, { program, root, dirs });
      versions.set(entry, [entry, now, text]);
      news = true;
    }
    return text.startsWith("!") ? { text, program: null, wrong: text.slice(1) } : { text, program: null, wrong: null };
  };
  return {
    now: (entry) => {
      const program = programOf(entry.split(" ", 1)[0]!);
      if (program === null) return { text: "missing", program: null, wrong: "missing" };
      return isVersionCommand(entry) ? version(entry, program) : { text: `${program} ${world.input(program)}`, program, wrong: null };
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
