// Records what a config reads during evaluation (files, listings, environment names) through replaced members of the
// built-ins. Nothing it sets in the environment outlives the evaluation, and it cannot end the process. Knows no config.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { resolve } from "node:path";
import process from "node:process";
import util from "node:util";
import { fileURLToPath } from "node:url";
import { exitRefusal } from "../model/refused-exit.ts";
import { listen, noReaders, noteRead, type Readers } from "./readers.ts";
import { watchRequires } from "./required.ts";
import { speakAside, standIn } from "./stand.ts";
import { OBSERVED } from "./standins.ts";

export interface Observed {
  /** Absolute paths. */
  readonly files: Set<string>;
  readonly absent: Set<string>;
  readonly folders: Set<string>;
  /** Names; `*` when all were listed. */
  readonly env: Set<string>;
  /** It started a process or used the network: its dependencies are unknown. */
  volatile: boolean;
  /** The same, by reader. */
  readonly readers: Readers;
}

export function nothingObserved(): Observed {
  return { files: new Set(), absent: new Set(), folders: new Set(), env: new Set(), volatile: false, readers: noReaders() };
}

type Fn = (...args: unknown[]) => unknown;
type Members = Record<string, unknown>;

/** Whether node:child_process is loaded. Loading it to watch it costs 10 ms. Only Node tells; elsewhere it counts as loaded. */
function spawningLoaded(): boolean {
  const { moduleLoadList } = process as { readonly moduleLoadList?: readonly string[] };
  return moduleLoadList?.includes("NativeModule child_process") ?? true;
}

export interface ObserveOptions {
  /** Absolute paths that are not worth recording. */
  readonly ignore: (path: string) => boolean;
  /** Observed code may start processes; false: none that is known does. */
  readonly spawns: boolean;
  /** The working directory meanwhile. */
  readonly root: string;
}

/** The runtime's own: observers may be nested. */
const builtin = process.getBuiltinModule.bind(process);

/** Frames between the config and what it calls: of the ten an error shows by default, Deno's own and those of two observers leave none. */
const OWN_FRAMES = 10;

function seeFarther(): () => void {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = before + OWN_FRAMES;
  return () => void (Error.stackTraceLimit = before);
}

/** Adds to `seen` until the returned function is called, which restores everything. */
export function observe(seen: Observed, { ignore, spawns, root }: ObserveOptions): () => void {
  const watches = spawns || spawningLoaded();
  const restore: (() => void)[] = [standIn(root), speakAside(), listen(seen.readers), seeFarther()];
  const notes = new Notes(seen, ignore);
  restore.push(watchRequires({ read: (path) => attempt(() => notes.required(path)), unknown: () => void (seen.volatile = true) }));
  for (const name of OBSERVED.fs) replace(fs as unknown as Members, name, (original) => watched(name, original, notes), restore);
  for (const name of OBSERVED["fs/promises"]) replace(fs.promises as unknown as Members, name, (original) => watchedPromise(name, original, notes), restore);
  if (watches) {
    const spawning = builtin("node:child_process") as unknown as Members;
    for (const name of OBSERVED.child_process) replace(spawning, name, (original) => volatile(original, seen), restore);
  }
  // Deno returns another copy of the module here than the one whose functions are replaced.
  if (process.versions["deno"] !== undefined) replace(process as unknown as Members, "getBuiltinModule", (original) => asked(original, seen), restore);
  replace(globalThis as unknown as Members, "fetch", (original) => volatile(original, seen), restore);
  for (const one of [process, (globalThis as { readonly Deno?: object }).Deno]) if (one !== undefined) replace(one as unknown as Members, "exit", () => exitRefusal("the config was being loaded"), restore);
  if (typeof util.parseEnv === "function") replace(process as unknown as Members, "loadEnvFile", () => envLoader(notes), restore);
  const env = process.env;
  process.env = recordingEnv(env, seen);
  syncBuiltinESMExports();
  return () => {
    // It was loaded in a way that the imports do not show: what was done with it is unknown.
    if (!watches && spawningLoaded()) seen.volatile = true;
    for (const undo of restore) undo();
    process.env = env;
    syncBuiltinESMExports();
  };
}

function replace(members: Members, name: string, wrap: (original: Fn) => Fn, restore: (() => void)[]): void {
  const original = members[name];
  if (typeof original !== "function") return;
  // A proxy keeps the original's own properties, such as the one util.promisify looks for.
  members[name] = new Proxy(original, { apply: (_, self, args) => wrap((...given) => Reflect.apply(original as Fn, self, given))(...(args as unknown[])) });
  restore.push(() => void (members[name] = original));
}

const read = fs.readFileSync;

/** The original would set variables of tg itself and of all its commands, and reads unobserved. As with it, variables that are set already stay. */
function envLoader(notes: Notes): Fn {
  return (path = ".env") => {
    notes.path("readFileSync", [path]);
    for (const [name, value] of Object.entries(util.parseEnv(read(path as string, "utf8")))) if (process.env[name] === undefined) process.env[name] = value;
  };
}

function asked(original: Fn, seen: Observed): Fn {
  return (id) => {
    if (/^(?:node:)?child_process$/.test(String(id))) seen.volatile = true;
    return original(id);
  };
}

function volatile(original: Fn, seen: Observed): Fn {
  return (...args) => {
    seen.volatile = true;
    return original(...args);
  };
}

const stat = fs.statSync;
const list = fs.readdirSync;

class Notes {
  readonly seen: Observed;
  readonly ignore: (path: string) => boolean;
  constructor(seen: Observed, ignore: (path: string) => boolean) {
    this.seen = seen;
    this.ignore = ignore;
  }

  /** Records what is at `path` now; a folder counts by its listing, for its reader only if it was listed. */
  path(name: string, args: readonly unknown[]): void {
    const path = pathOf(args[0]);
    if (path === null || this.ignore(path)) return;
    const recursive = isRecursive(args);
    const found = stat(path, { throwIfNoEntry: false });
    const looked = /^(exists|access)/.test(name) || (/stat/.test(name) && found?.isDirectory() === true);
    if (!recursive || looked) noteRead(this.seen.readers, looked ? "looked" : "read", path);
    if (found === undefined) this.seen.absent.add(path);
    else if (!found.isDirectory()) this.seen.files.add(path);
    else if (recursive && !looked) this.below(path);
    else this.seen.folders.add(path);
  }

  /** Includes packages, whose versions nobody else looks up. */
  required(path: string): void {
    if (this.ignore(path) && !path.includes("/node_modules/")) return;
    noteRead(this.seen.readers, "read", path);
    this.seen.files.add(path);
  }

  private below(top: string): void {
    const stack = [top];
    for (let dir = stack.pop(); dir !== undefined; dir = stack.pop()) {
      this.seen.folders.add(dir);
      noteRead(this.seen.readers, "read", dir);
      for (const entry of list(dir, { withFileTypes: true })) {
        const path = `${dir}/${entry.name}`;
        if (entry.isDirectory() && !this.ignore(path)) stack.push(path);
      }
    }
  }
}

function pathOf(raw: unknown): string | null {
  try {
    if (typeof raw === "string") return resolve(raw);
    if (raw instanceof URL) return fileURLToPath(raw);
    if (Buffer.isBuffer(raw)) return resolve(raw.toString());
  } catch {
    // Not a path: the original call reports the error.
  }
  return null;
}

function isRecursive(args: readonly unknown[]): boolean {
  return typeof args[1] === "object" && args[1] !== null && (args[1] as { recursive?: unknown }).recursive === true;
}

/** Opening for writing says nothing about what was there. */
function opensToWrite(name: string, args: readonly unknown[]): boolean {
  return name.startsWith("open") && !name.startsWith("opendir") && typeof args[1] === "string" && !args[1].startsWith("r");
}

/** Records first, so that a failed call is recorded as well. */
function watched(name: string, original: Fn, notes: Notes): Fn {
  return (...args) => {
    if (!opensToWrite(name, args)) attempt(() => notes.path(name, args));
    return original(...args);
  };
}

function watchedPromise(name: string, original: Fn, notes: Notes): Fn {
  return (...args) => {
    if (!(typeof args[1] === "string" && /^[wax]/.test(args[1]))) attempt(() => notes.path(name, args));
    return original(...args);
  };
}

/** A path that cannot be statted (no permission, a loop of links) fails in the original call, with its own error. */
function attempt(note: () => void): void {
  try {
    note();
  } catch {
    return;
  }
}

/** Node itself reads these while it loads a module. */
const OWN_NAMES: ReadonlySet<string> = new Set(["WATCH_REPORT_DEPENDENCIES", "NODE_V8_COVERAGE"]);

/** Records reads; writes stay in the proxy, and what the config itself has set is no dependency. */
function recordingEnv(env: NodeJS.ProcessEnv, seen: Observed): NodeJS.ProcessEnv {
  const set = new Map<string, string | undefined>();
  const note = (name: string | symbol): void => {
    if (typeof name === "string" && !set.has(name) && !(name in Object.prototype) && !OWN_NAMES.has(name)) {
      seen.env.add(name);
      noteRead(seen.readers, "env", name);
    }
  };
  const valueOf = (name: string): string | undefined => (set.has(name) ? set.get(name) : env[name]);
  return new Proxy<NodeJS.ProcessEnv>({}, {
    get: (_, name) => (note(name), typeof name === "string" ? valueOf(name) ?? (Object.prototype as unknown as Members)[name] : undefined) as string | undefined,
    has: (_, name) => (note(name), typeof name === "string" && valueOf(name) !== undefined),
    set: (_, name, value) => (set.set(String(name), String(value)), true),
    deleteProperty: (_, name) => (set.set(String(name), undefined), true),
    defineProperty: (_, name, descriptor) => (set.set(String(name), String(descriptor.value)), true),
    ownKeys: () => {
      seen.env.add("*");
      noteRead(seen.readers, "env", "*");
      const names = new Set(Object.keys(env));
      for (const [name, value] of set) {
        if (value === undefined) names.delete(name);
        else names.add(name);
      }
      return [...names];
    },
    getOwnPropertyDescriptor: (_, name) => {
      note(name);
      const value = typeof name === "string" ? valueOf(name) : undefined;
      return value === undefined ? undefined : { value, writable: true, enumerable: true, configurable: true };
    },
  });
}
