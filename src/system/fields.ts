// The numbers of a stat as Node's own lstatSync receives them, before it makes an object with four dates of them. On Node 20
// that object is two thirds of the cost of a stat (docs/performance.md); from Node 22 on its dates are made on demand. The
// call is deprecated only in documentation, and Node 20 no longer changes. Knows no rows.
import * as fs from "node:fs";
import process from "node:process";

/** null: this runtime has none that is known to work; use `fs`. */
export interface FieldCalls {
  readonly stat: FieldCall;
  readonly lstat: FieldCall;
  /** null: `fs` calls it differently. */
  readonly fstat: ((fd: number, bigint: false, request: undefined, silent: false) => Float64Array | undefined) | null;
}

/** Returns the same array each time. undefined: nothing is there. Throws as `fs` does. */
type FieldCall = (path: string, bigint: false, request: undefined, throwIfNoEntry: false) => Float64Array | undefined;

/** Positions in the array; times are whole seconds and, in the next position, nanoseconds. */
export const FIELD = { dev: 0, mode: 1, nlink: 2, ino: 7, size: 8, mtime: 12, ctime: 14 } as const;

export function msOf(fields: Float64Array, at: number): number {
  return fields[at]! * 1000 + fields[at + 1]! / 1e6;
}

let opened: FieldCalls | null | undefined;

export function openFields(): FieldCalls | null {
  if (opened === undefined) opened = find();
  return opened;
}

/** What `fs` calls on Node 20, if `isKnown` says that it calls it so; null elsewhere. */
export function openBinding<Calls>(isKnown: () => boolean): Calls | null {
  const { node = "", bun, deno } = process.versions as Record<string, string | undefined>;
  if (!node.startsWith("20.") || bun !== undefined || deno !== undefined) return null;
  // This function has been replaced by something that tracks such calls (--pending-deprecation), or forbids them.
  const { binding } = process as unknown as { readonly binding?: (name: "fs") => Calls };
  if (binding === undefined || !String(binding).startsWith("function binding(module)")) return null;
  try {
    return isKnown() ? binding("fs") : null;
  } catch {
    return null;
  }
}

function find(): FieldCalls | null {
  const found = openBinding<FieldCalls>(() => isAsCalled("stat") && isAsCalled("lstat"));
  if (found === null) return null;
  const calls = { stat: found.stat, lstat: found.lstat, fstat: isFstatAsCalled() ? found.fstat : null };
  try {
    return tellsTheSame(calls) ? calls : null;
  } catch {
    return null;
  }
}

const FSTAT = /\bbinding\.fstat\(\s*fd,\s*options\.bigint,\s*undefined,\s*false\b/;

function isFstatAsCalled(): boolean {
  const text = String(fs.fstatSync);
  return text.includes("binding.fstat(fd, options.bigint, undefined, false)") || FSTAT.test(text);
}

/**
 * Whether `fs` itself calls it with these arguments, and `fs` is Node's own. Compares first with the source of known versions of
 * Node 20: compiling three regular expressions takes 150 µs at each start.
 */
function isAsCalled(name: "stat" | "lstat"): boolean {
  const text = String(fs[`${name}Sync`]);
  return text.includes(`binding.${name}(\n    pathModule.toNamespacedPath(path),\n    options.bigint,\n    undefined,\n    options.throwIfNoEntry,\n  )`) ||
    new RegExp(`\\bbinding\\.${name}\\(\\s*[\\w.]+\\(path\\),\\s*options\\.bigint,\\s*undefined,\\s*options\\.throwIfNoEntry,?\\s*\\)`).test(text);
}

function tellsTheSame(calls: FieldCalls): boolean {
  const stat = fs.lstatSync(process.execPath);
  const fields = calls.lstat(process.execPath, false, undefined, false);
  return fields instanceof Float64Array && calls.stat("", false, undefined, false) === undefined &&
    calls.lstat(process.execPath, false, undefined, false) === fields && fields[FIELD.dev] === stat.dev && fields[FIELD.mode] === stat.mode && fields[FIELD.nlink] === stat.nlink && fields[FIELD.ino] === stat.ino && fields[FIELD.size] === stat.size &&
    msOf(fields, FIELD.mtime) === stat.mtimeMs && msOf(fields, FIELD.ctime) === stat.ctimeMs;
}
