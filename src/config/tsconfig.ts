// `paths` and `baseUrl` of the nearest tsconfig.json: where TypeScript would look for an import. Reads nothing else of it.
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Lookup } from "./lookup.ts";

export interface PathMap {
  /** Pattern with at most one `*` → absolute targets. */
  readonly paths: readonly { readonly pattern: string; readonly targets: readonly string[] }[];
  readonly baseUrl: string | null;
}

const NONE: PathMap = { paths: [], baseUrl: null };

/** The map that applies to modules in `from`; the search ends at `root` (or at `from` if it is outside). */
export function pathMapFor(from: string, root: string, lookup: Lookup): PathMap {
  for (let dir = from; ; dir = dirname(dir)) {
    const file = join(dir, "tsconfig.json");
    if (lookup.isFile(file)) return readMap(file, lookup, new Set());
    if (dir === root || !dir.startsWith(root + "/") || dir === dirname(dir)) return NONE;
  }
}

function readMap(file: string, lookup: Lookup, seen: Set<string>): PathMap {
  if (seen.has(file)) return NONE;
  seen.add(file);
  const config = lookup.json(file);
  if (config === null) return NONE;
  let map = NONE;
  const parents = Array.isArray(config["extends"]) ? config["extends"] : [config["extends"]];
  for (const parent of parents) {
    if (typeof parent === "string") map = { ...map, ...ownSettings(readMap(parentFile(parent, file, lookup), lookup, seen)) };
  }
  const options = config["compilerOptions"] as Readonly<Record<string, unknown>> | undefined;
  if (typeof options !== "object" || options === null) return map;
  const baseUrl = typeof options["baseUrl"] === "string" ? resolve(dirname(file), options["baseUrl"]) : map.baseUrl;
  const paths = options["paths"];
  if (typeof paths !== "object" || paths === null) return { ...map, baseUrl };
  return { baseUrl, paths: pathsOf(paths as Record<string, unknown>, typeof options["baseUrl"] === "string" ? baseUrl! : dirname(file)) };
}

/** A parent without paths must not undo those of another parent. */
function ownSettings(map: PathMap): Partial<PathMap> {
  return { ...(map.paths.length > 0 ? { paths: map.paths } : {}), ...(map.baseUrl === null ? {} : { baseUrl: map.baseUrl }) };
}

function parentFile(parent: string, file: string, lookup: Lookup): string {
  if (parent.startsWith(".") || isAbsolute(parent)) {
    const path = resolve(dirname(file), parent);
    return path.endsWith(".json") || lookup.isFile(path) ? path : path + ".json";
  }
  const name = parent.endsWith(".json") ? parent : join(parent, "tsconfig.json");
  for (let dir = dirname(file); ; dir = dirname(dir)) {
    const path = join(dir, "node_modules", name);
    if (lookup.isFile(path) || dir === dirname(dir)) return path;
  }
}

function pathsOf(paths: Readonly<Record<string, unknown>>, base: string): PathMap["paths"] {
  return Object.entries(paths)
    .filter((entry): entry is [string, string[]] => Array.isArray(entry[1]))
    .map(([pattern, targets]) => ({ pattern, targets: targets.filter((target) => typeof target === "string").map((target) => resolve(base, target)) }));
}

/** Places where `specifier` may be, best first; empty if the map says nothing about it. */
export function mappedPaths(map: PathMap, specifier: string): string[] {
  let best: PathMap["paths"][number] | null = null;
  let star = "";
  for (const entry of map.paths) {
    const at = entry.pattern.indexOf("*");
    if (at < 0) {
      if (entry.pattern === specifier) return [...entry.targets];
      continue;
    }
    const [head, tail] = [entry.pattern.slice(0, at), entry.pattern.slice(at + 1)];
    if (!specifier.startsWith(head) || !specifier.endsWith(tail) || specifier.length < head.length + tail.length) continue;
    if (best !== null && at <= best.pattern.indexOf("*")) continue;
    best = entry;
    star = specifier.slice(at, specifier.length - tail.length);
  }
  const targets = best === null ? [] : best.targets.map((target) => target.replace("*", star));
  return map.baseUrl === null ? targets : [...targets, join(map.baseUrl, specifier)];
}
