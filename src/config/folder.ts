// Where kept copies go: below the state folder, or a temporary folder if that cannot or must not be written. Knows no modules.
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { isMissing, makeFolders, TRIES } from "../folders.ts";
import { keepGraph, type KeepOptions, type KeepResult } from "./kept.ts";

export type KeepRequest = Omit<KeepOptions, "base" | "spare">;

const UNWRITABLE: readonly string[] = ["EACCES", "EPERM", "EROFS", "ENOTDIR", "ENOENT", "EEXIST", "ENOSPC", "EDQUOT", "EFBIG"];

/** `readOnly`: an earlier kept copy is used if it still holds, and nothing is written below `stateDir`. */
export async function keepSomewhere(request: KeepRequest, stateDir: string, readOnly: boolean): Promise<KeepResult> {
  const folder = join(stateDir, "config");
  for (let left = readOnly ? 0 : TRIES; left > 0; left--) {
    try {
      makeFolders(folder, request.root);
      ignoreItself(stateDir);
      return await keepGraph({ ...request, base: realpathSync(folder) });
    } catch (error) {
      if (!isUnwritable(error)) throw error;
      // Somebody may have removed the folder just as it was created.
      if (!isMissing(error) || !existsSync(request.root)) break;
    }
  }
  return orRefused(() => keepGraph({ ...request, base: realOr(folder), spare: temporaryFolder }));
}

/** Runtimes resolve imports from where links lead to, and name files by it in stacks. */
function realOr(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

/** For when an earlier copy cannot be used as it is. */
export function keepAside(request: KeepRequest): Promise<KeepResult> {
  return orRefused(() => keepGraph({ ...request, base: temporaryFolder() }));
}

async function orRefused(keep: () => Promise<KeepResult>): Promise<KeepResult> {
  try {
    return await keep();
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    return { problems: [{ code: "config-not-kept", dir: tmpdir(), errno: (error as { code: string }).code }] };
  }
}

/** Whether an error means that no file can be written there. */
export function isUnwritable(error: unknown): boolean {
  return UNWRITABLE.includes((error as { code?: string }).code ?? "");
}

/** The state folder excludes itself from version control. */
function ignoreItself(stateDir: string): void {
  try {
    writeFileSync(join(stateDir, ".gitignore"), "*\n", { flag: "wx" });
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
  }
}

let temporary: string | null = null;

/** One per process, removed at its end. Its name is random: a predictable one could be prepared by somebody else. */
function temporaryFolder(): string {
  if (temporary === null) {
    const made = realpathSync(mkdtempSync(join(tmpdir(), "tg-config-")));
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
    temporary = made;
  }
  return temporary;
}

export function isTemporaryUsed(): boolean {
  return temporary !== null;
}

/** Whether `path` is in the temporary folder of this process. */
export function isTemporary(path: string): boolean {
  return temporary !== null && path.startsWith(temporary + "/");
}
