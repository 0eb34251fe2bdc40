// Wraps calls of node:fs: what the machine refuses becomes a DiskError with its errno name. Knows no files.
import { makeFolders } from "../folders.ts";
import { DiskError } from "../model/ports.ts";

/** The errno name of a failed call; `EINVAL` for what Node itself refuses (a NUL in a path). */
export function errnoOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : typeof code === "string" && code.startsWith("ERR_INVALID") ? "EINVAL" : "";
}

/** Runs a disk call; a refusal by the machine becomes a DiskError, anything else is a bug and passes through. */
export function attempt<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const errno = errnoOf(error);
    if (error instanceof DiskError || errno === "") throw error;
    throw new DiskError(path, errno);
  }
}

/** Like `attempt`, for removals: false if there was nothing, or if it stays for one of the `excused` reasons. */
export function gone(path: string, call: () => boolean | void, ...excused: readonly string[]): boolean {
  try {
    return call() !== false;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR" || excused.includes(errno)) return false;
    if (errno === "") throw error;
    throw new DiskError(path, errno);
  }
}

/** The folder of an absolute path. */
export function parentOf(full: string): string {
  return full.slice(0, Math.max(full.lastIndexOf("/"), 1));
}

/** Runs `call` again after creating the parents of `target`, if they were missing. `top` itself is never created. */
export function withParents(target: string, top: string, call: () => void): void {
  try {
    call();
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    makeParents(target, top);
    call();
  }
}

/** A path that was missing a moment ago and cannot be created is a link that leads nowhere; Bun and Deno report that it exists. */
function makeParents(target: string, top: string): void {
  try {
    makeFolders(parentOf(target), top);
  } catch (error) {
    throw errnoOf(error) === "EEXIST" ? Object.assign(new Error(target), { code: "ENOENT" }) : error;
  }
}
