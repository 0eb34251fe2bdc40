// The state folder as a config spells it, without evaluating it; a computed one is found after evaluation. Knows no state.
import { readFileSync, statSync } from "node:fs";

/** As written; null: not written there, or not readable, or in a file of more than `mostBytes`. */
export function stateDirIn(file: string, mostBytes: number = Infinity): string | null {
  try {
    if (mostBytes !== Infinity && statSync(file).size > mostBytes) return null;
    return /\bstateDir["']?\s*:\s*["'`]([^"'`$]+)["'`]/.exec(readFileSync(file, "utf8"))?.[1] ?? null;
  } catch {
    return null;
  }
}
