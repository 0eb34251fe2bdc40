// What prevents tg from doing its work, as problems and as an exit code. Knows no words and no stream.
import { readFileSync } from "node:fs";
import { isFull, type DiskError } from "../model/ports.ts";
import type { OwnProblem, Problem } from "../model/problem.ts";

const OWN: ReadonlySet<Problem["code"]> = new Set(["state-unwritable", "state-dir-bad", "locked", "locked-above", "too-many-files", "no-address-space", "no-webassembly", "config-not-kept"] satisfies (OwnProblem["code"] | "config-not-kept")[]);

/** Exit code if nothing was run: 3 if tg itself could not work, 2 if what it was given is wrong. */
export function refusalCode(problems: readonly Problem[]): 2 | 3 {
  return problems.some(({ code }) => OWN.has(code)) ? 3 : 2;
}

/** Recognises a missing WebAssembly, and V8 failing to reserve memory for a module (some 10 GiB of addresses each). null: another error. */
export function wasmProblem(error: unknown): OwnProblem | null {
  if (error instanceof ReferenceError && !("WebAssembly" in globalThis)) return { code: "no-webassembly" };
  if (!(error instanceof RangeError) || !/^WebAssembly\..*(?:out of memory|could not allocate)/i.test(error.message)) return null;
  return { code: "no-address-space", bytes: addressSpace() };
}

function addressSpace(): number | null {
  try {
    const bytes = /^Max address space\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return bytes === undefined ? null : Number(bytes);
  } catch {
    return null;
  }
}

/** A disk error in tg's own files. `doing`: what tg was doing to its state. */
export function ownProblem({ path, errno }: Pick<DiskError, "path" | "errno">, doing: "read" | "write"): OwnProblem {
  if (errno === "EMFILE" || errno === "ENFILE") return { code: "too-many-files", path };
  // The file is missing because its folder is not a folder.
  if (errno === "ENOTDIR") return { code: "state-dir-bad", path: path.slice(0, Math.max(0, path.lastIndexOf("/"))), why: errno };
  return doing === "write" || isFull(errno) ? { code: "state-unwritable", path, errno } : { code: "state-dir-bad", path, why: errno };
}
