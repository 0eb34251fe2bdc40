// The state folder as a config spells it, without evaluating it; a computed one is found after evaluation. Knows no state.
import { readFileSync, statSync } from "node:fs";

/** One text alone: behind it nothing goes on that would make it another. */
const LITERAL = /\bstateDir["']?\s*:\s*(["'`])([^"'`$\\]+)\1(?!\s*[+.[(?&|])/;

/** As written; null: not written there, or not readable, or in a file of more than `mostBytes`. */
export function stateDirIn(file: string, mostBytes: number = Infinity): string | null {
  try {
    if (mostBytes !== Infinity && statSync(file).size > mostBytes) return null;
    const text = readFileSync(file, "utf8");
    // Most have none, and what would look for it takes 40 µs to compile.
    return text.includes("stateDir") ? (LITERAL.exec(text)?.[2] ?? null) : null;
  } catch {
    return null;
  }
}
