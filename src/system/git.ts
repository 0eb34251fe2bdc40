// What version control says about the folder: the commit, read from git's own files, and what differs from it or from another,
// which only git can tell. Knows nothing else of it.
import { execFile, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { SINCE, type Change, type Changes } from "../model/change.ts";
import type { FilePath } from "../model/path.ts";
import { bad, good, type Result, type UsageProblem } from "../model/problem.ts";

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

/** Variables by which git tells its own hooks where it is: there they hold for the top of the repository, not for the root. */
const HOOK_ENV = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"];

/** Variables that give `:/` another meaning. */
const PATHSPEC_ENV = ["GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"];

interface Said {
  /** null: there is no program. */
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

function environment(): Record<string, string | undefined> {
  const env: Record<string, string | undefined> = { ...process.env, LC_ALL: "C" };
  for (const name of [...HOOK_ENV, ...PATHSPEC_ENV]) delete env[name];
  return env;
}

function git(root: string, args: readonly string[]): Promise<Said> {
  return new Promise((resolve) => {
    execFile("git", ["--no-optional-locks", "-C", root, ...args], { env: environment(), maxBuffer: Infinity }, (error, out, err) => {
      const code = error === null ? 0 : error.code;
      resolve({ exit: code === "ENOENT" ? null : typeof code === "number" ? code : 128, out, err });
    });
  });
}

/**
 * What differs between the merge base of `ref` and HEAD, and the work tree: committed, staged, unstaged, and untracked unless
 * ignored. A renamed file counts under both names. Paths in the house's form: those outside `root` (absolute) are absolute.
 */
export async function changesSince(root: string, ref: string): Promise<Result<Changes>> {
  const target = SINCE + ref;
  const refused = (problem: UsageProblem): Result<never> => bad([problem]);
  // No name of a commit begins with a dash, and git would take it for an option.
  if (ref === "") return refused({ code: "git-unknown-ref", target, ref, shallow: false });
  const [place, base, listed] = await Promise.all([
    git(root, ["rev-parse", "--show-prefix", "--is-shallow-repository"]),
    ref.startsWith("-") ? { exit: 128, out: "", err: "not a valid object name" } : git(root, ["merge-base", "HEAD", ref]),
    git(root, ["ls-files", "-z", "-t", "--stage", "--others", "--exclude-standard", "--full-name", ":/"]),
  ]);
  if (place.exit === null) return refused({ code: "git-missing", target });
  if (/not a git repository/i.test(place.err)) return refused({ code: "git-no-repository", target, root });
  if (place.exit !== 0) return refused(failure(target, place));
  const [, prefix, shallow] = /^(.*)\n(true|false)\n$/s.exec(place.out)!;
  if (base.exit === 1) return refused({ code: "git-no-base", target, ref, shallow: shallow === "true" });
  if (base.exit !== 0) return refused(await baseFailure(root, { target, ref, shallow: shallow === "true", base }));
  const diff = await git(root, ["-c", "diff.autoRefreshIndex=true", "diff", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--ignore-submodules=none", "--no-relative", base.out.split("\n")[0]!, "--"]);
  for (const said of [diff, listed]) if (said.exit !== 0) return refused(failure(target, said));
  const top = root.endsWith("/" + prefix!.slice(0, -1)) ? root.slice(0, -prefix!.length) : fs.realpathSync(root).slice(0, prefix === "" ? undefined : -prefix!.length);
  const house = (name: string): FilePath => (name.startsWith(prefix!) ? name.slice(prefix!.length) : `${top}/${name}`) as FilePath;
  return good({ files: [...rawChanges(diff.out, house), ...untracked(listed.out, house, top)], links: [...listed.out.matchAll(LINK)].map((found) => house(found[1]!)) });
}

async function baseFailure(root: string, { target, ref, shallow, base }: { readonly target: string; readonly ref: string; readonly shallow: boolean; readonly base: Said }): Promise<UsageProblem> {
  if (!/not a valid (object|commit) name/i.test(base.err)) return failure(target, base);
  const kind = /is a (tree|blob), not a commit/.exec(base.err)?.[1] as "tree" | "blob" | undefined;
  if (kind !== undefined) return { code: "git-unknown-ref", target, ref, shallow, kind };
  const head = await git(root, ["rev-parse", "--quiet", "--verify", "HEAD^{commit}"]);
  return head.exit === 0 ? { code: "git-unknown-ref", target, ref, shallow } : { code: "git-no-commit", target };
}

function failure(target: string, { err }: Said): UsageProblem {
  const message = (err.split("\n").find((line) => line.trim() !== "") ?? "").replace(/^(fatal|error): /, "");
  return { code: "git-failed", target, message, ...(/promisor remote/.test(err) ? { partial: true } : {}) };
}

/** Modes of a link and of a submodule. */
const WHOLE = /^:(\d+ )?(120000|160000) /;

/** Of `TAG MODE ID STAGE<TAB>PATH`, each ended by NUL, those of links. */
const LINK = /(?<=^|\0)[A-Z] 120000 [^\t\0]*\t([^\0]*)/g;

/** Of the same list, what git does not track: `? PATH`. */
const UNTRACKED = /(?<=^|\0)\? ([^\0]*)/g;

/** `:OLDMODE NEWMODE OLDID NEWID STATUS`, then the path, each ended by NUL. A conflict is told twice. */
function rawChanges(text: string, house: (name: string) => FilePath): Change[] {
  const parts = text.split("\0");
  const found = new Map<string, Change>();
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const status = parts[i]!.slice(parts[i]!.lastIndexOf(" ") + 1)[0];
    found.set(parts[i + 1]!, { path: house(parts[i + 1]!), kind: status === "A" ? "added" : status === "D" ? "deleted" : "edited", tracked: true, whole: WHOLE.test(parts[i]!) });
  }
  return [...found.values()];
}

/** A repository inside this one ends in a slash. */
function untracked(text: string, house: (name: string) => FilePath, top: string): Change[] {
  const isLink = (name: string): boolean => fs.lstatSync(`${top}/${name}`, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return Array.from(text.matchAll(UNTRACKED), ([, name]) => name!).map((name) => ({ path: house(name.replace(/\/$/, "")), kind: "added", tracked: false, whole: name.endsWith("/") || isLink(name) }));
}

const KINDS = /^refs\/(?:heads|remotes|tags)\//;

/** HEAD, branches and tags; none outside a repository, or where git cannot answer at once. */
export function refsOf(root: string): readonly string[] {
  const told = spawnSync("git", ["-C", root, "for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes", "refs/tags"], { env: environment(), encoding: "utf8", timeout: REFS_MS, maxBuffer: 1 << 24 });
  return told.status !== 0 ? [] : ["HEAD", ...told.stdout.split("\n").filter((ref) => ref !== "").map((ref) => ref.replace(KINDS, ""))];
}

/** A person has pressed a key and waits. */
const REFS_MS = 1000;
