// A config evaluated in a process of its own: one that goes round for ever can be ended, and Node's module loader lets go of
// nothing, so that a process that evaluates a config again and again would keep every version of all that it declares. What
// is said between the two; knows no config.
import type { ChildProcess } from "node:child_process";
import { readFileSync, readSync, statSync, writeSync } from "node:fs";
import process from "node:process";
import type { Duplex } from "node:stream";
import { deserialize, serialize } from "node:v8";
import { toFilePath, type AbsolutePath, type FilePath } from "../model/path.ts";
import { bad, type Result } from "../model/problem.ts";
import type { ListSource } from "../model/task.ts";
import type { CheckedConfig } from "./checked.ts";
import type { EditedConfig } from "./edited.ts";
import type { Kept } from "./kept.ts";
import { digestOf } from "./readers.ts";

/** What the other process is told to load, as JSON in its first argument. */
export interface Errand {
  readonly file: AbsolutePath;
  readonly root: AbsolutePath;
  readonly stateDir: AbsolutePath;
  readonly publicModule: string;
  readonly held?: readonly string[] | undefined;
  /** Somebody answers which texts are known. */
  readonly asks: boolean;
  /** Evaluate these task files alone; empty: all. */
  readonly edited: readonly FilePath[];
  /** The arguments of this process: a config may look at them. */
  readonly argv: readonly string[];
}

/** `loadEdited`'s answer, with what a child runtime imports for each module. */
export type EditedWord = Omit<EditedConfig, "sources" | "moduleFor"> & { readonly modules: ReadonlyMap<FilePath, string | null> };

export type Question = { readonly kind: "known"; readonly text: string } | { readonly kind: "list"; readonly source: ListSource };

/** The last word. `unfit`: it must be evaluated here. */
export type LastWord = { readonly kind: "loaded"; readonly result: Result<CheckedConfig> } | { readonly kind: "edited"; readonly edited: EditedWord | null } | { readonly kind: "unfit" };

/** What the other process says. `made`: what is going to be evaluated is made of these. */
export type Word = Question | { readonly kind: "made"; readonly files: readonly FileMark[] } | LastWord;

/** Path, what is different once somebody has written the file, and what was read of it. */
export type FileMark = readonly [path: string, mark: string, digest: string];

/** In the other process. */
export function marksOf({ files, modules }: Pick<Kept, "files" | "modules">): FileMark[] {
  const digests = new Map(modules.map(({ source, digest }) => [source, digest]));
  return files.map((path) => [path, markOf(path), digests.get(path) ?? digestNow(path)]);
}

function markOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.mtimeMs} ${stat.ctimeMs} ${stat.size} ${stat.ino}`;
}

/** As a module's. */
function digestNow(path: string): string {
  try {
    return digestOf(readFileSync(path));
  } catch {
    return "";
  }
}

/** The other process says it here. */
const FD = 3;
const LENGTH_BYTES = 4;

function framed(value: unknown): Buffer {
  const body = serialize(value);
  const head = Buffer.alloc(LENGTH_BYTES);
  head.writeUInt32LE(body.length);
  return Buffer.concat([head, body]);
}

/** In the other process. */
export function say(word: Word): void {
  const bytes = framed(word);
  for (let at = 0; at < bytes.length; ) at += writeSync(FD, bytes, at);
}

/** In the other process: says it, and waits for what is answered. */
export function ask(question: Question): unknown {
  say(question);
  return deserialize(readWhole(readWhole(LENGTH_BYTES).readUInt32LE()));
}

function readWhole(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; ) {
    const read = readSync(FD, bytes, at, size - at, null);
    if (read === 0) throw new Error("who asked has gone");
    at += read;
  }
  return bytes;
}

/** Words as their bytes arrive. */
export function openWords(take: (word: Word) => void): (bytes: Buffer) => void {
  let parts: Buffer[] = [];
  let size = 0;
  return (bytes) => {
    parts.push(bytes);
    size += bytes.length;
    for (;;) {
      if (size < LENGTH_BYTES) return;
      if (parts[0]!.length < LENGTH_BYTES) parts = [Buffer.concat(parts)];
      const end = LENGTH_BYTES + parts[0]!.readUInt32LE();
      if (size < end) return;
      const whole = Buffer.concat(parts);
      parts = [whole.subarray(end)];
      size = whole.length - end;
      take(deserialize(whole.subarray(LENGTH_BYTES, end)) as Word);
    }
  };
}

/** Who asked. */
export interface Desk {
  answer(question: Question): unknown;
  /** This process group is to be ended should tg be killed; call what it returns once it has gone. */
  note(group: number): () => void;
  /** The watch is being left. */
  readonly signal: AbortSignal;
}

/** How often an evaluation that takes its time is compared with what it is made of, in ms. */
const LOOK_MS = 250;
/** So often it is begun anew as soon as what was written stands still; then it is given twice the time, and again. */
const EAGER = 3;
const MOST_DOUBLINGS = 6;
/** How often it was begun anew since it last came to its end as it was. */
let restarts = 0;

/** null: it came to no word, or to none that counts; it is to be evaluated here. Rejects with the reason of the desk's signal. */
export async function loadApart(program: string, errand: Errand, desk: Desk): Promise<Exclude<LastWord, { readonly kind: "unfit" }> | null> {
  for (;;) {
    desk.signal.throwIfAborted();
    const end = await evaluateApart(program, errand, desk);
    desk.signal.throwIfAborted();
    if (end === "edited") continue;
    return end === null || end.kind === "unfit" ? null : end;
  }
}

/** `edited`: what it is made of was written meanwhile, and it was ended. */
function evaluateApart(program: string, errand: Errand, desk: Desk): Promise<LastWord | "edited" | null> {
  const child = startApart(program, errand);
  if (child === null) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    let last: LastWord | null = null;
    let fault: { readonly error: unknown } | null = null;
    const made: FileMark[] = [];
    const forget = child.pid === undefined ? undefined : desk.note(child.pid);
    const end = (): void => endGroup(child.pid);
    process.once("exit", end);
    desk.signal.addEventListener("abort", end);
    const looks = 2 ** Math.min(MOST_DOUBLINGS, Math.max(0, restarts - EAGER));
    const look = lookingAt(made, looks, end);
    const line = child.stdio[FD] as Duplex | undefined;
    line?.on("error", () => {});
    const answer = (question: Question): void => {
      try {
        line!.write(framed(desk.answer(question)));
      } catch (error) {
        fault ??= { error };
        end();
      }
    };
    line?.on("data", openWords((word) => {
      if (word.kind === "known" || word.kind === "list") answer(word);
      else if (word.kind === "made") made.push(...word.files);
      else last = word;
    }));
    const over = (signal: NodeJS.Signals | null): void => {
      const isEdited = look.stop();
      restarts = isEdited ? restarts + 1 : look.hasMoved() ? restarts : 0;
      process.removeListener("exit", end);
      desk.signal.removeEventListener("abort", end);
      forget?.();
      if (fault !== null) reject(fault.error);
      else resolve(isEdited ? "edited" : last !== null || signal === null ? last : { kind: "loaded", result: bad([{ code: "config-killed", file: toFilePath(errand.file, errand.root), signal }]) });
    };
    child.once("error", () => over(null));
    child.once("close", (_code, signal) => over(signal));
  });
}

/** null: the system has no process to spare, or there is more to be told than it passes on. */
function startApart(program: string, errand: Errand): ChildProcess | null {
  const { spawn } = process.getBuiltinModule("node:child_process");
  const flags = process.execArgv.filter((flag) => !flag.startsWith("--inspect"));
  try {
    // A group of its own: Ctrl-C is this process's business, and what the config has started goes with it.
    const child = spawn(process.execPath, [...flags, program, JSON.stringify(errand)], { stdio: ["ignore", "inherit", "inherit", "pipe"], detached: true });
    if (child.pid !== undefined) return child;
    child.on("error", () => {});
    return null;
  } catch (error) {
    if (typeof (error as { code?: unknown }).code !== "string") throw error;
    return null;
  }
}

function endGroup(group: number | undefined): void {
  try {
    if (group !== undefined) process.kill(-group, "SIGKILL");
  } catch {
    // It has gone.
  }
}

interface Look {
  /** Says whether `end` was called. */
  stop(): boolean;
  hasMoved(): boolean;
}

/** Calls `end` when one of the files was given another content, and has stood still for so many looks. */
function lookingAt(made: readonly FileMark[], looks: number, end: () => void): Look {
  /** By path: marks of the same content. */
  const same = new Map<string, string>();
  const isMoved = ([path, mark, digest]: FileMark): boolean => {
    const now = markOf(path);
    if (now === (same.get(path) ?? mark)) return false;
    if (digestNow(path) !== digest) return true;
    same.set(path, now);
    return false;
  };
  let before = "";
  let still = 0;
  let isEdited = false;
  const timer = setInterval(() => {
    const moved = made.filter(isMoved).map(([path]) => `${path} ${markOf(path)}`).join("\n");
    still = moved !== "" && moved === before ? still + 1 : 0;
    before = moved;
    if (still < looks) return;
    isEdited = true;
    end();
  }, LOOK_MS);
  timer.unref();
  return { stop: () => (clearInterval(timer), isEdited), hasMoved: () => before !== "" };
}
