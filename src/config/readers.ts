// Which module of a config read what while its body ran, and the current state of that. A function may have kept what was
// read, so it counts like the module's code. Knows no functions.
import { readFileSync, readdirSync, statSync } from "node:fs";
import process from "node:process";
import { toFilePath, type AbsolutePath, type FilePath } from "../model/path.ts";
import type { CodeFile } from "../model/task.ts";

/** Absolute paths and names of variables. */
export interface Reads {
  /** Paths checked for existence. */
  readonly looked: Set<string>;
  /** Paths whose content was read: of a file, or the listing of a folder. */
  readonly read: Set<string>;
  /** `*` if all were listed. */
  readonly env: Set<string>;
}

export interface Readers {
  /** By absolute path of a module's source. */
  readonly bodies: Map<string, Reads>;
  /** Bodies being evaluated; those that await something run side by side. */
  readonly open: Set<Reads>;
}

export function noReads(): Reads {
  return { looked: new Set(), read: new Set(), env: new Set() };
}

export function isEmpty({ looked, read, env }: Reads): boolean {
  return looked.size + read.size + env.size === 0;
}

export function noReaders(): Readers {
  return { bodies: new Map(), open: new Set() };
}

/** What a compiled module calls when its body begins and ends, if anybody listens. */
export const BODY = "__tgBody";

/** `bodyMark("/p/a.ts", true)` is the call as code. */
export function bodyMark(source: string, begins: boolean): string {
  return `;globalThis.${BODY}?.(${JSON.stringify(source)}, ${begins});`;
}

/** Listens until the returned function is called. */
export function listen({ bodies, open }: Readers): () => void {
  const members = globalThis as unknown as Record<string, unknown>;
  members[BODY] = (source: string, begins: boolean): void => {
    let reads = bodies.get(source);
    if (reads === undefined) bodies.set(source, (reads = noReads()));
    if (begins) open.add(reads);
    else open.delete(reads);
  };
  return () => {
    delete members[BODY];
    open.clear();
  };
}

/**
 * While no body runs, a read belongs to nobody: packages look at variables when they are loaded (for colours, say), and the
 * runtime reads what it loads.
 */
export function noteRead({ open }: Readers, kind: keyof Reads, what: string): void {
  for (const reads of open) reads[kind].add(what);
}

/** What all of them read, in its current state; entries in `known` keep the state found earlier. Variables as `$NAME`, by a digest. */
export function readNow(all: readonly Reads[], root: AbsolutePath, known: Map<string, string> = new Map()): CodeFile[] {
  const found = new Map<FilePath, string>();
  for (const { looked } of all) for (const path of looked) found.set(toFilePath(path, root), standing(path));
  // Content says more than existence.
  for (const { read } of all) {
    for (const path of read) {
      const digest = known.get(path) ?? content(path);
      known.set(path, digest);
      found.set(toFilePath(path, root), digest);
    }
  }
  for (const { env } of all) {
    // Code that lists all variables usually passes them on; the shell's own would make everything stale in each terminal.
    if (env.has("*")) continue;
    for (const name of env) found.set(`$${name}` as FilePath, process.env[name] === undefined ? "-" : digestOf(process.env[name]));
  }
  return [...found].map(([path, digest]) => ({ path, digest }));
}

/** Both; for what is in both, the more specific. */
export function joined(some: readonly CodeFile[], more: readonly CodeFile[]): readonly CodeFile[] {
  if (more.length === 0) return some;
  const found = new Map(some.map((one) => [one.path, one]));
  for (const one of more) {
    const known = found.get(one.path)?.digest;
    if (known === undefined || known === "file" || known === "folder") found.set(one.path, one);
  }
  return [...found.values()];
}

function standing(path: string): string {
  const stat = statOf(path);
  return stat === undefined ? "-" : stat.isDirectory() ? "folder" : "file";
}

function content(path: string): string {
  const stat = statOf(path);
  try {
    if (stat?.isDirectory() === true) return digestOf(readdirSync(path).filter((name) => name !== ".tg").sort().join("\0"));
    return stat?.isFile() === true ? digestOf(readFileSync(path)) : standing(path);
  } catch {
    return "?";
  }
}

function statOf(path: string): ReturnType<typeof statSync> {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Also used for a module's source. */
export function digestOf(bytes: string | Buffer): string {
  return process.getBuiltinModule("node:crypto").createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}
