// Describes what a module exports instead of a config. Loads nothing.
import { foundText, isBag } from "./fields.ts";

const NOTHING = "an empty module.exports";

/** null: it may be a config. */
export function insteadOfConfig(value: unknown, file: string): string | null {
  // On Bun an empty CommonJS module exports undefined.
  if (value === undefined && /\.c[jt]s$/.test(file)) return NOTHING;
  return !isBag(value) || "then" in value ? kindOf(value) : misplaced(value, file);
}

/** CommonJS always exports an object: it may be empty, or have the config where ES modules put it. null: neither. */
function misplaced(value: object, file: string): string | null {
  const names = Object.keys(value);
  if (names.length === 0) return /\.([mc]?ts|m?js|json)$/.test(file) && !file.endsWith(".cts") ? null : NOTHING;
  const { default: inner } = value as { readonly default?: unknown };
  return names.length === 1 && typeof inner === "object" && inner !== null && !Array.isArray(inner) ? "exports.default" : null;
}

export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "an array" : typeof value === "object" || typeof value === "function" ? foundText(value) : `a ${typeof value}`;
}
