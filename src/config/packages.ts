// Node's package rules, as far as a config needs them: which folder a bare import refers to and which file its manifest
// names. Knows no compiled copies.
import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import type { Lookup } from "./lookup.ts";

export interface Package {
  readonly name: string;
  /** `""` if the manifest has none. */
  readonly version: string;
  /** As found below a `node_modules`, without following links. */
  readonly dir: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  /** The folder that links lead to, unless it is inside a `node_modules`: source of the same repository. */
  readonly sourceDir: string | null;
}

/** `@scope/name/sub/path` → name and `./sub/path` (`.` for the package itself). */
export function splitSpecifier(specifier: string): { name: string; subpath: string } {
  const parts = specifier.split("/");
  const count = specifier.startsWith("@") ? 2 : 1;
  return { name: parts.slice(0, count).join("/"), subpath: [".", ...parts.slice(count)].join("/") };
}

/** The package that `name` refers to for a module in `from`, found by walking up. */
export function findPackage(name: string, from: string, lookup: Lookup): Package | null {
  for (let dir = from; ; dir = dirname(dir)) {
    if (!dir.endsWith("/node_modules")) {
      const found = join(dir, "node_modules", name);
      const manifest = lookup.json(join(found, "package.json"));
      if (manifest !== null) return { name, version: textOf(manifest["version"]), dir: found, manifest, sourceDir: sourceDirOf(found) };
    }
    if (dir === dirname(dir)) return null;
  }
}

/** The package a module belongs to: the nearest manifest above it. */
export function ownPackage(from: string, lookup: Lookup): { dir: string; manifest: Readonly<Record<string, unknown>> } | null {
  for (let dir = from; ; dir = dirname(dir)) {
    const manifest = lookup.json(join(dir, "package.json"));
    if (manifest !== null) return { dir, manifest };
    if (dir === dirname(dir)) return null;
  }
}

function sourceDirOf(dir: string): string | null {
  const real = realpathSync(dir);
  return real.includes("/node_modules/") ? null : real;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

const CONDITIONS: ReadonlySet<string> = new Set([
  ...(process.versions["bun"] === undefined ? [] : ["bun"]),
  ...(process.versions["deno"] === undefined ? [] : ["deno"]),
  "node", "import", "module-sync", "default",
]);

/** Resolves one `exports`/`imports` target: text, conditions, or alternatives. `star` replaces `*`. */
function targetOf(target: unknown, star: string | null): string | null {
  if (typeof target === "string") return star === null ? target : target.replaceAll("*", star);
  if (Array.isArray(target)) {
    for (const one of target) {
      const found = targetOf(one, star);
      if (found !== null) return found;
    }
    return null;
  }
  if (typeof target !== "object" || target === null) return null;
  for (const [condition, inner] of Object.entries(target)) {
    if (!CONDITIONS.has(condition)) continue;
    const found = targetOf(inner, star);
    if (found !== null) return found;
  }
  return null;
}

/** Looks `key` up in an `exports` or `imports` table, patterns with the longest fixed start first. */
export function mapped(table: Readonly<Record<string, unknown>>, key: string): string | null {
  if (Object.hasOwn(table, key) && !key.includes("*")) return targetOf(table[key], null);
  let best: { pattern: string; star: string } | null = null;
  for (const pattern of Object.keys(table)) {
    const at = pattern.indexOf("*");
    if (at < 0 || !key.startsWith(pattern.slice(0, at)) || !key.endsWith(pattern.slice(at + 1)) || key.length < pattern.length) continue;
    if (best === null || at > best.pattern.indexOf("*")) best = { pattern, star: key.slice(at, key.length - (pattern.length - at - 1)) };
  }
  return best === null ? null : targetOf(table[best.pattern], best.star);
}

function exportsTable(exports: unknown): Readonly<Record<string, unknown>> {
  const subpaths = typeof exports === "object" && exports !== null && !Array.isArray(exports) && Object.keys(exports).some((key) => key.startsWith("."));
  return subpaths ? (exports as Record<string, unknown>) : { ".": exports };
}

/** The file that a package's manifest names for `subpath`, as an absolute path that may not exist; null if it names none. */
export function entryOf(dir: string, manifest: Readonly<Record<string, unknown>>, subpath: string): string | null {
  const exports = manifest["exports"];
  if (exports !== undefined && exports !== null) {
    const target = mapped(exportsTable(exports), subpath);
    return target === null ? null : join(dir, target);
  }
  if (subpath !== ".") return join(dir, subpath);
  return join(dir, textOf(manifest["main"]) || "index.js");
}
