// Removes types from TypeScript, line for line. The only door to Sucrase. Knows no files.
import { transform } from "sucrase";
import type { ConfigProblem } from "../model/problem.ts";
import { orConflict } from "./conflict.ts";
import { codeOnly, lineOf } from "./scan.ts";

export type Stripped = { readonly code: string } | { readonly problem: ConfigProblem };

const NAMESPACE = /(?:^|[;{}\n])[ \t]*(?:export[ \t]+)?(?:namespace|module)[ \t]+[A-Za-z_$][\w$.]*[ \t\n]*\{/g;

/** Sucrase drops namespaces silently, so they are searched for. Line of the first, or 0. */
function namespaceLine(source: string): number {
  if (!/\b(?:namespace|module)\b/.test(source)) return 0;
  const found = codeOnly(source).search(NAMESPACE);
  if (found < 0) return 0;
  const skipped = /^[;{}\s]*/.exec(source.slice(found))![0].length;
  return lineOf(source, found + skipped);
}

interface SucraseError extends Error {
  readonly loc?: { readonly line: number; readonly column: number };
}

/** JavaScript with the same lines. `file` is for messages only. */
export function stripTypes(source: string, file: string): Stripped {
  const line = namespaceLine(source);
  if (line > 0) return { problem: { code: "config-namespace", file, line } };
  try {
    const { code } = transform(source, { transforms: ["typescript"], disableESTransforms: true, preserveDynamicImport: true });
    return { code };
  } catch (error) {
    return { problem: orConflict(syntaxProblem(error as SucraseError, file), source) };
  }
}

/** A place for a syntax error that the runtime reported without one, or null. */
export function findSyntaxError(source: string, file: string): ConfigProblem | null {
  try {
    transform(source, { transforms: [], disableESTransforms: true });
    return null;
  } catch (error) {
    return orConflict(syntaxProblem(error as SucraseError, file), source);
  }
}

function syntaxProblem(error: SucraseError, file: string): ConfigProblem & { readonly code: "config-syntax" } {
  const message = error.message.replace(/^Error transforming [^:]*: /, "").replace(/ \(\d+:\d+\)$/, "");
  return { code: "config-syntax", file, line: error.loc?.line ?? 0, column: error.loc?.column ?? 0, message };
}
