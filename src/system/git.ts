// What version control says about the folder: the commit, read from git's own files, and whether tracked files differ
// from it, which only git can tell. Knows nothing else of it.
import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

/** Null outside a repository or before its first commit. Git runs in the background; `dirty` never rejects. */
export function revisionOf(root: string): { readonly commit: string; readonly dirty: Promise<boolean | null> } | null {
  const dir = gitDir(root);
  const commit = dir === null ? null : commitIn(dir);
  return commit === null ? null : { commit, dirty: isDirty(root) };
}

/** Git is ended after this time: nobody is waiting for it any more. */
const LIMIT_MS = 10_000;

/** The repository's folder; in a worktree `.git` is a file that names it. */
function gitDir(root: string): string | null {
  for (let at = root; ; at = path.dirname(at)) {
    const found = path.join(at, ".git");
    const stat = fs.statSync(found, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) return found;
    const named = stat?.isFile() === true ? /^gitdir: (.+)$/m.exec(readText(found) ?? "")?.[1] : undefined;
    if (named !== undefined) return path.resolve(at, named);
    if (path.dirname(at) === at) return null;
  }
}

function commitIn(dir: string): string | null {
  const head = readText(path.join(dir, "HEAD"))?.trim() ?? "";
  const ref = /^ref: (.+)$/.exec(head)?.[1];
  if (ref === undefined) return /^[0-9a-f]{40,64}$/.test(head) ? head : null;
  const common = path.resolve(dir, readText(path.join(dir, "commondir"))?.trim() ?? ".");
  const loose = (readText(path.join(dir, ref)) ?? readText(path.join(common, ref)))?.trim();
  if (loose !== undefined) return loose;
  const packed = readText(path.join(common, "packed-refs"))?.split("\n").find((line) => line.endsWith(" " + ref));
  return packed?.split(" ")[0] ?? null;
}

function readText(file: string): string | null {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

function isDirty(root: string): Promise<boolean | null> {
  return new Promise((resolve) => {
    // Without optional locks a build does not interfere with the person's own git.
    execFile("git", ["--no-optional-locks", "-C", root, "status", "--porcelain", "--untracked-files=no"], { timeout: LIMIT_MS, maxBuffer: 1 << 26 }, (error, stdout) => resolve(error === null ? stdout.trim() !== "" : null));
  });
}

/** Those of `paths` that git tracks, including files below folders. Never rejects; empty outside a repository. */
export function trackedOf(root: string, paths: readonly string[]): Promise<readonly string[]> {
  return new Promise((resolve) => {
    execFile("git", ["--no-optional-locks", "-C", root, "ls-files", "-z"], { timeout: LIMIT_MS, maxBuffer: 1 << 28 }, (error, stdout) => {
      if (error !== null) return resolve([]);
      const asked = new Set(paths);
      resolve(stdout.split("\0").filter((file) => {
        for (let at = file; at !== "." && at !== ""; at = path.posix.dirname(at)) if (asked.has(at)) return true;
        return false;
      }));
    });
  });
}
