// The state folder as written in a config, without evaluating it; a computed one is found after evaluation. Knows no state.
import { readFileSync, statSync } from "node:fs";

/** A single literal: nothing may follow that would change it. */
const LITERAL = /\bstateDir["']?\s*:\s*(["'`])([^"'`$\\]+)\1(?!\s*[+.[(?&|])/;

/** As written; null: not there, not readable, or in a file of more than `mostBytes`. */
export function stateDirIn(file: string, mostBytes: number = Infinity): string | null {
  try {
    if (mostBytes !== Infinity && statSync(file).size > mostBytes) return null;
    const text = readFileSync(file, "utf8");
    // Most have none, and compiling the pattern takes 40 µs.
    return text.includes("stateDir") ? (LITERAL.exec(text)?.[2] ?? null) : null;
  } catch {
    return null;
  }
}
