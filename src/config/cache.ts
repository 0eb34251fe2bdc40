// `cache`: what counts besides files and commands, and whether results are kept in the store. Unknown values to CacheSpec.
import type { CacheSpec, InputSpec, ParamSpec } from "../model/task.ts";
import { suggest } from "../model/suggest.ts";
import { checkKeys, isBag, NONE, readFlag, readText, readTexts, refuse, report, sizeBytes, type Bag, type Fields, type Scope } from "./fields.ts";
import { readInputs, type FileScope } from "./files.ts";
import type { EnvSpec } from "./params.ts";

/** What the top of the config says about the store of results. */
export interface StoreDefaults {
  /** Tasks that do not say otherwise keep their results. */
  readonly on: boolean;
  readonly maxBytes: number;
}

const TOP: Fields = { known: new Set(["store", "maxSize"]), later: new Set() };

export function readStoreDefaults(scope: Scope, value: unknown): StoreDefaults {
  const usual: StoreDefaults = { on: false, maxBytes: 10 * 2 ** 30 };
  if (value === undefined) return usual;
  if (!isBag(value)) return refuse(scope, "cache", { found: value, expected: "{ store, maxSize }" }), usual;
  checkKeys(scope, value, TOP, "cache.");
  return { on: readFlag(scope, "cache.store", value["store"]), maxBytes: readSize(scope, value["maxSize"]) ?? usual.maxBytes };
}

function readSize(scope: Scope, value: unknown): number | null {
  if (value === undefined) return null;
  const bytes = sizeBytes(value);
  if (bytes !== null) return bytes;
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return value;
  return refuse(scope, "cache.maxSize", { found: value, expected: 'a size as "500MB" or "10GB", or bytes' }), null;
}

const CACHE: Fields = { known: new Set(["version", "salt", "ignore", "store"]), later: new Set() };
const CACHED: CacheSpec = { enabled: true, ignore: NONE };
const NOT_CACHED: CacheSpec = { enabled: false, ignore: NONE };

interface Declared {
  readonly env: EnvSpec;
  readonly params: Readonly<Record<string, ParamSpec>>;
  readonly inputs: readonly InputSpec[];
  readonly store: StoreDefaults;
}

export function readCache(scope: FileScope, task: Bag, declared: Declared): CacheSpec {
  const value = task["cache"];
  if (value === undefined) return declared.store.on ? withStore(CACHED, task, declared.store) : CACHED;
  if (value === false) return NOT_CACHED;
  if (!isBag(value)) return refuse(scope, "cache", { found: value, expected: "false or { version, salt, ignore, store }" }), CACHED;
  checkKeys(scope, value, CACHE, "cache.");
  const version = readText(scope, "cache.version", value["version"]);
  const salt = readText(scope, "cache.salt", value["salt"]);
  const ignore = readTexts(scope, "cache.ignore", value["ignore"], '"param:NAME", "env:NAME" or "input:GLOB"');
  if (ignore.length > 0 && task["always"] === true) report(scope, { code: "cache-ignore-off", task: scope.task!, at: scope.place(scope.task, "cache") });
  const store = value["store"] === undefined ? declared.store.on : readFlag(scope, "cache.store", value["store"]);
  const cache: CacheSpec = { enabled: true, ...(version === null ? {} : { version }), ...(salt === null ? {} : { salt }), ignore: ignore.length === 0 ? NONE : checkedIgnore(scope, ignore, declared) };
  if (value["store"] === true && task["inout"] !== undefined) refuse(scope, "cache.store", { found: true, expected: "false, since the task rewrites its own inputs (inout)" });
  return store ? withStore(cache, task, declared.store) : cache;
}

/** Entries in house spelling; each must name something declared. */
function checkedIgnore(scope: FileScope, entries: readonly string[], declared: Declared): readonly string[] {
  const { env, params, inputs } = declared;
  const names = new Set([
    ...Object.keys(params).map((name) => `param:${name}`),
    ...[...env.names, ...Object.keys(env.values)].map((name) => `env:${name}`),
    ...inputs.flatMap((spec) => (spec.kind === "not" ? [] : [`input:${spec.kind === "file" ? spec.path : spec.pattern}`])),
  ]);
  return entries.map((entry) => {
    const house = entry.startsWith("input:") ? `input:${inputText(scope, entry.slice(6))}` : entry;
    if (!names.has(house)) report(scope, { code: "ignore-unknown", task: scope.task!, entry, suggestion: suggest(entry, names), at: scope.place(scope.task, "cache") });
    return house;
  });
}

function inputText(scope: FileScope, text: string): string {
  const spec = readInputs(silent(scope), text)[0];
  return spec === undefined ? text : spec.kind === "file" ? spec.path : spec.pattern;
}

/** A file rewritten in place is its own input: its earlier state cannot be restored over it. */
function withStore(cache: CacheSpec, task: Bag, { maxBytes }: StoreDefaults): CacheSpec {
  return task["inout"] === undefined ? { ...cache, store: { maxBytes } } : cache;
}

function silent(scope: FileScope): FileScope {
  return { ...scope, problems: [] };
}
