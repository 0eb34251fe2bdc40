// What an import in a config module refers to: a local source to compile too, a package to leave alone, a built-in to
// observe. Asks only through a Lookup. Knows no compiled copies.
import { isBuiltin } from "node:module";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Lookup } from "./lookup.ts";
import { entryOf, findPackage, mapped, ownPackage, splitSpecifier, type Package } from "./packages.ts";
import { OBSERVED, type Observed } from "./standins.ts";
import { mappedPaths, pathMapFor, type PathMap } from "./tsconfig.ts";

export type Target =
  /** A source of this repository. Absolute path. */
  | { readonly kind: "local"; readonly file: string }
  /** Resolves to the same from anywhere: leave it unchanged. */
  | { readonly kind: "leave" }
  /** A built-in whose use during evaluation is recorded. */
  | { readonly kind: "observed"; readonly name: Observed }
  /** A package. `url`: what to import instead; null if the name resolves to it from the kept copy too. */
  | { readonly kind: "package"; readonly url: string | null; readonly package: PackageUse | null }
  | { readonly kind: "missing"; readonly path: string };

/** A package and the version found; `manifest` is its package.json. */
export interface PackageUse {
  readonly name: string;
  readonly version: string;
  readonly manifest: string;
}

export interface Resolver {
  readonly root: string;
  /** Folder of kept copies; names that are not rewritten are resolved from there. */
  readonly keepDir: string;
  /** tg's own public module, for configs of projects without it. */
  readonly publicModule: string;
  readonly lookup: Lookup;
  readonly pathMaps: Map<string, PathMap>;
}

const SWAPS: readonly (readonly [string, readonly string[]])[] = [[".js", [".ts", ".tsx"]], [".mjs", [".mts"]], [".cjs", [".cts"]]];
const ENDINGS: readonly string[] = [".ts", ".mts", ".tsx", ".js", ".mjs", ".json", "/index.ts", "/index.mts", "/index.js", "/index.mjs"];

/** The source that `path` refers to: itself, its TypeScript counterpart, with an extension, or an index file. */
function sourceFile(path: string, lookup: Lookup): string | null {
  if (lookup.isFile(path)) return path;
  for (const [ending, twins] of SWAPS) {
    if (!path.endsWith(ending)) continue;
    for (const twin of twins) {
      const file = path.slice(0, -ending.length) + twin;
      if (lookup.isFile(file)) return file;
    }
  }
  for (const ending of ENDINGS) if (lookup.isFile(path + ending)) return path + ending;
  return null;
}

function local(path: string, resolver: Resolver): Target {
  const file = sourceFile(path, resolver.lookup);
  if (file === null) return { kind: "missing", path };
  return file.includes("/node_modules/") ? { kind: "package", url: pathToFileURL(file).href, package: null } : { kind: "local", file };
}

export function resolveImport(specifier: string, importer: string, resolver: Resolver): Target {
  const from = dirname(importer);
  if (/^\.{1,2}(\/|$)/.test(specifier)) return local(resolve(from, specifier), resolver);
  if (isAbsolute(specifier)) return local(specifier, resolver);
  if (specifier.startsWith("file:")) return local(fileURLToPath(specifier), resolver);
  const bare = specifier.replace(/^node:/, "");
  if (Object.hasOwn(OBSERVED, bare)) return { kind: "observed", name: bare as Observed };
  if (/^[a-z][a-z0-9+.-]*:/.test(specifier) || isBuiltin(specifier) || specifier === "bun") return { kind: "leave" };
  if (specifier.startsWith("#")) return privateImport(specifier, from, resolver);
  if (specifier === "tg-build" || specifier.startsWith("tg-build/")) return ownFace(specifier, from, resolver);
  return throughPaths(specifier, from, resolver) ?? packageImport(specifier, from, resolver);
}

/** `#name`: the `imports` table of the module's own package. */
function privateImport(specifier: string, from: string, resolver: Resolver): Target {
  const own = ownPackage(from, resolver.lookup);
  const table = own?.manifest["imports"];
  const target = typeof table === "object" && table !== null ? mapped(table as Record<string, unknown>, specifier) : null;
  if (own === null || target === null) return throughPaths(specifier, from, resolver) ?? { kind: "missing", path: specifier };
  return target.startsWith(".") ? local(join(own.dir, target), resolver) : resolveImport(target, join(own.dir, "package.json"), resolver);
}

function throughPaths(specifier: string, from: string, resolver: Resolver): Target | null {
  let map = resolver.pathMaps.get(from);
  if (map === undefined) resolver.pathMaps.set(from, (map = pathMapFor(from, resolver.root, resolver.lookup)));
  for (const path of mappedPaths(map, specifier)) {
    const found = local(path, resolver);
    if (found.kind !== "missing") return found;
  }
  return null;
}

function packageImport(specifier: string, from: string, resolver: Resolver): Target {
  const { name, subpath } = splitSpecifier(specifier);
  const found = findPackage(name, from, resolver.lookup);
  if (found === null) return ownName(name, subpath, from, resolver) ?? { kind: "missing", path: specifier };
  if (found.sourceDir !== null) return localOr(entryOf(found.sourceDir, found.manifest, subpath), specifier, resolver);
  return foreign(found, subpath, resolver);
}

function localOr(path: string | null, specifier: string, resolver: Resolver): Target {
  return path === null ? { kind: "missing", path: specifier } : local(path, resolver);
}

/** A package may import itself by name if it has `exports`. */
function ownName(name: string, subpath: string, from: string, resolver: Resolver): Target | null {
  const own = ownPackage(from, resolver.lookup);
  if (own === null || own.manifest["name"] !== name || own.manifest["exports"] === undefined) return null;
  const path = entryOf(own.dir, own.manifest, subpath);
  return path === null ? null : local(path, resolver);
}

function foreign(found: Package, subpath: string, resolver: Resolver): Target {
  const use: PackageUse = { name: found.name, version: found.version, manifest: join(found.dir, "package.json") };
  if (findPackage(found.name, resolver.keepDir, resolver.lookup)?.dir === found.dir) return { kind: "package", url: null, package: use };
  const entry = entryOf(found.dir, found.manifest, subpath);
  if (entry === null) return { kind: "missing", path: found.name + subpath.slice(1) };
  const file = sourceFile(entry, resolver.lookup) ?? entry;
  return { kind: "package", url: pathToFileURL(file).href, package: use };
}

/** `tg-build` works even if it is not installed (or not built) where the config is. */
function ownFace(specifier: string, from: string, resolver: Resolver): Target {
  const { subpath } = splitSpecifier(specifier);
  const found = findPackage("tg-build", from, resolver.lookup);
  const entry = found === null ? null : entryOf(found.dir, found.manifest, subpath);
  if (found !== null && entry !== null && resolver.lookup.isFile(entry)) return foreign(found, subpath, resolver);
  const file = subpath === "." ? resolver.publicModule : join(dirname(resolver.publicModule), subpath + ".js");
  return { kind: "package", url: pathToFileURL(file).href, package: null };
}
