// Calls of node:fs, and what the machine refuses as a DiskError with its errno name. Knows no files.
import { makeFolders } from "../folders.ts";
import { DiskError } from "../model/ports.ts";

/** The errno name of a failed call; `EINVAL` for what Node itself refuses (a NUL in a path). */
export function errnoOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : typeof code === "string" && code.startsWith("ERR_INVALID") ? "EINVAL" : "";
}

/** Runs a disk call; what the machine refuses becomes a DiskError, anything else is a bug and passes. */
export function attempt<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const errno = errnoOf(error);
    if (error instanceof DiskError || errno === "") throw error;
    throw new DiskError(path, errno);
  }
}

/** Like `attempt` for removals: false when there was nothing, or when one of `excused` says why it stays. */
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

/** Runs `call` again after making the parents of `target`, if they were missing. `top` itself is never made. */
export function withParents(target: string, top: string, call: () => void): void {
  try {
    call();
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    makeParents(target, top);
    call();
  }
}

/** What was not there a moment ago and cannot be made is a link that leads nowhere; Bun and Deno say that it exists. */
function makeParents(target: string, top: string): void {
  try {
    makeFolders(parentOf(target), top);
  } catch (error) {
    throw errnoOf(error) === "EEXIST" ? Object.assign(new Error(target), { code: "ENOENT" }) : error;
  }
}
