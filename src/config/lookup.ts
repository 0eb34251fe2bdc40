// Asks the disk while imports are resolved, and remembers every answer: what existed and what did not. Knows no import
// syntax.
import { readFileSync, statSync } from "node:fs";

export interface Lookup {
  /** Absolute paths that existed and mattered. */
  readonly files: Set<string>;
  /** Absolute paths that were looked for and did not exist. */
  readonly absent: Set<string>;
  isFile(path: string): boolean;
  /** Parsed JSON (comments and trailing commas allowed), or null if absent or broken. */
  json(path: string): Readonly<Record<string, unknown>> | null;
}

const TOKENS = /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\/|,(?=(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*[}\]])/g;

/** JSON in the dialect of tsconfig files. Throws SyntaxError. */
function parseRelaxedJson(text: string): unknown {
  return JSON.parse(text.replace(/^\uFEFF/, "").replace(TOKENS, (token) => (token.startsWith('"') ? token : "")));
}

export function openLookup(): Lookup {
  const kinds = new Map<string, boolean>();
  const parsed = new Map<string, Readonly<Record<string, unknown>> | null>();
  const files = new Set<string>();
  const absent = new Set<string>();

  function isFile(path: string): boolean {
    let known = kinds.get(path);
    if (known === undefined) {
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat === undefined) absent.add(path);
      known = stat?.isFile() ?? false;
      kinds.set(path, known);
    }
    return known;
  }

  function json(path: string): Readonly<Record<string, unknown>> | null {
    let known = parsed.get(path);
    if (known !== undefined) return known;
    known = null;
    if (isFile(path)) {
      files.add(path);
      try {
        const value = parseRelaxedJson(readFileSync(path, "utf8"));
        if (typeof value === "object" && value !== null) known = value as Readonly<Record<string, unknown>>;
      } catch {
        // A broken manifest is ignored here; whatever needs it reports it.
      }
    }
    parsed.set(path, known);
    return known;
  }

  return { files, absent, isFile, json };
}
