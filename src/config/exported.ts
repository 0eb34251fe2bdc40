// What a module exports instead of a config, in words. Loads nothing.

/** CommonJS exports an object whatever the file says: nothing was put into it, or the config where ES modules have it. null: neither. */
export function misplaced(value: object, file: string): string | null {
  const names = Object.keys(value);
  if (names.length === 0) return /\.([mc]?ts|m?js|json)$/.test(file) && !file.endsWith(".cts") ? null : "an empty module.exports";
  const { default: inner } = value as { readonly default?: unknown };
  return names.length === 1 && typeof inner === "object" && inner !== null && !Array.isArray(inner) ? "exports.default" : null;
}

export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "an array" : typeof value === "object" && "then" in value ? "a promise" : typeof value === "object" ? "an object" : typeof value === "function" ? "a function" : `a ${typeof value}`;
}
