// Evaluates a config in a separate process: an endless loop can be ended, and since Node's module loader never frees
// anything, a process that evaluates a config again and again would keep every version of all it declares. Defines what
// the two processes say to each other; knows no config.
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

/** What the other process must load, as JSON in its first argument. */
export interface Errand {
  readonly file: AbsolutePath;
  readonly root: AbsolutePath;
  readonly stateDir: AbsolutePath;
  readonly publicModule: string;
  readonly held?: readonly string[] | undefined;
  /** This process answers which texts are known. */
  readonly asks: boolean;
  /** Evaluate only these task files; empty: all. */
  readonly edited: readonly FilePath[];
  /** The arguments of this process: a config may look at them. */
  readonly argv: readonly string[];
}

/** `loadEdited`'s answer, with what a child runtime imports for each module. */
export type EditedWord = Omit<EditedConfig, "sources" | "moduleFor"> & { readonly modules: ReadonlyMap<FilePath, string | null> };

export type Question = { readonly kind: "known"; readonly text: string } | { readonly kind: "list"; readonly source: ListSource };

/** The final message. `unfit`: it must be evaluated here. */
export type LastWord = { readonly kind: "loaded"; readonly result: Result<CheckedConfig> } | { readonly kind: "edited"; readonly edited: EditedWord | null } | { readonly kind: "unfit" };

/** A message of the other process. `made`: the files of what is about to be evaluated. */
export type Word = Question | { readonly kind: "made"; readonly files: readonly FileMark[] } | LastWord;

/** Path, a mark that differs once somebody has written the file, and a digest of what was read from it. */
export type FileMark = readonly [path: string, mark: string, digest: string];

/** Runs in the other process. */
export function marksOf({ files, modules }: Pick<Kept, "files" | "modules">): FileMark[] {
  const digests = new Map(modules.map(({ source, digest }) => [source, digest]));
  return files.map((path) => [path, markOf(path), digests.get(path) ?? digestNow(path)]);
}

function markOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.mtimeMs} ${stat.ctimeMs} ${stat.size} ${stat.ino}`;
}

/** Same digest as a module's. */
function digestNow(path: string): string {
  try {
    return digestOf(readFileSync(path));
  } catch {
    return "";
  }
}

/** Descriptor on which the other process sends its messages. */
const FD = 3;
const LENGTH_BYTES = 4;

function framed(value: unknown): Buffer {
  const body = serialize(value);
  const head = Buffer.alloc(LENGTH_BYTES);
  head.writeUInt32LE(body.length);
  return Buffer.concat([head, body]);
}

/** Runs in the other process. */
export function say(word: Word): void {
  const bytes = framed(word);
  for (let at = 0; at < bytes.length; ) at += writeSync(FD, bytes, at);
}

/** Runs in the other process: sends a question and waits for the answer. */
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

/** Parses messages as their bytes arrive. */
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

/** The process that asked. */
export interface Desk {
  answer(question: Question): unknown;
  /** Notes a process group to end should tg be killed; call the returned function once it is gone. */
  note(group: number): () => void;
  /** Fires when the watch is ending. */
  readonly signal: AbortSignal;
}

/** How often a slow evaluation is compared with its files, in ms. */
const LOOK_MS = 250;
/** How many restarts happen as soon as the written files are stable; after that it waits twice as long each time. */
const EAGER = 3;
const MOST_DOUBLINGS = 6;
/** Restarts since an evaluation last ran to its end. */
let restarts = 0;

/** null: no message came, or none that counts; evaluate here. Rejects with the reason of the desk's signal. */
export async function loadApart(program: string, errand: Errand, desk: Desk): Promise<Exclude<LastWord, { readonly kind: "unfit" }> | null> {
  for (;;) {
    desk.signal.throwIfAborted();
    const end = await evaluateApart(program, errand, desk);
    desk.signal.throwIfAborted();
    if (end === "edited") continue;
    return end === null || end.kind === "unfit" ? null : end;
  }
}

/** `edited`: one of its files was written meanwhile, and it was ended. */
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

/** null: no process can be started, or the message is larger than the system passes on. */
function startApart(program: string, errand: Errand): ChildProcess | null {
  const { spawn } = process.getBuiltinModule("node:child_process");
  const flags = process.execArgv.filter((flag) => !flag.startsWith("--inspect"));
  try {
    // A group of its own: Ctrl-C is for this process to handle, and what the config has started is ended with it.
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
    // It is gone already.
  }
}

interface Look {
  /** Returns whether `end` was called. */
  stop(): boolean;
  hasMoved(): boolean;
}

/** Calls `end` when one of the files has new content and has been stable for that many looks. */
function lookingAt(made: readonly FileMark[], looks: number, end: () => void): Look {
  /** By path: marks known to have the same content. */
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
