// What keeps tg from its own work, as problems and as an exit code. Knows no words and no stream.
import { readFileSync } from "node:fs";
import { isFull, type DiskError } from "../model/ports.ts";
import type { OwnProblem, Problem } from "../model/problem.ts";

const OWN: ReadonlySet<Problem["code"]> = new Set(["state-unwritable", "state-dir-bad", "locked", "locked-above", "too-many-files", "no-address-space", "no-webassembly"] satisfies OwnProblem["code"][]);

/** The exit code where nothing was run: 3 if tg itself could not work, 2 if what it was given is wrong. */
export function refusalCode(problems: readonly Problem[]): 2 | 3 {
  return problems.some(({ code }) => OWN.has(code)) ? 3 : 2;
}

/** Is there no WebAssembly, or did V8 find no room for a module's memory, for each of which it reserves some 10 GiB of addresses? null: it is another error. */
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

/** A disk error that is nobody's but tg's. `doing`: what it met while it did that to its state. */
export function ownProblem({ path, errno }: Pick<DiskError, "path" | "errno">, doing: "read" | "write"): OwnProblem {
  if (errno === "EMFILE" || errno === "ENFILE") return { code: "too-many-files", path };
  // A file in it is not there because the folder is none.
  if (errno === "ENOTDIR") return { code: "state-dir-bad", path: path.slice(0, Math.max(0, path.lastIndexOf("/"))), why: errno };
  return doing === "write" || isFull(errno) ? { code: "state-unwritable", path, errno } : { code: "state-dir-bad", path, why: errno };
}
