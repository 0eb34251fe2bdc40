// `params` and `env`: what a task receives by name. Knows no values of this build.
import type { ParamSpec, ParamType, ParamValue } from "../model/task.ts";
import { suggest } from "../model/suggest.ts";
import { checkKeys, isBag, NONE, readText, refuse, type Bag, type Fields, type Scope } from "./fields.ts";

export type ParamTable = Readonly<Record<string, ParamSpec>>;
const NO_PARAMS: ParamTable = Object.freeze({});

const PARAM: Fields = { known: new Set(["type", "list", "default", "description"]), later: new Set() };
const TYPES: readonly string[] = ["string", "number", "boolean", "path"];
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Variables by which a shell or a loader finds programs and files: replacing one of these would break the command. */
const TAKEN = /^(?:PATH|HOME|PWD|IFS|SHELL|BASH_ENV|MAKEFLAGS|NODE_OPTIONS|(?:LD|DYLD)_[A-Z_]+)$/;

/** Stands for a refused declaration, so that tasks naming it cause no further problem. */
const REFUSED: ParamSpec = { type: "string", list: false };
/** The same for a table that could not be read. */
const UNREADABLE: ParamTable = Object.freeze({});

/** Declarations by name; a faulty one is replaced by a stand-in. */
export function readParamTable(scope: Scope, value: unknown): ParamTable {
  if (value === undefined) return NO_PARAMS;
  if (!isBag(value)) return refuse(scope, "params", { found: value, expected: "parameters by name" }), UNREADABLE;
  const table: [string, ParamSpec][] = [];
  for (const [name, declared] of Object.entries(value)) {
    const spec = readParam(scope, `params.${name}`, declared);
    if (!NAME.test(name)) refuse(scope, "params", { found: name, expected: "a name of letters, digits and _, as environment variables have" });
    else if (TAKEN.test(name)) refuse(scope, "params", { found: name, expected: "another name: commands are given it as a variable, which means something else to them; set that one by env" });
    table.push([name, spec ?? REFUSED]);
  }
  // Here and below: not assigned to an object one by one, because a name may be `__proto__`.
  return Object.fromEntries(table);
}

/** A task's `params`: its own declarations, or names declared at the top. */
export function readTaskParams(scope: Scope, value: unknown, top: ParamTable): ParamTable {
  if (!Array.isArray(value)) return readParamTable(scope, value);
  if (top === UNREADABLE) return NO_PARAMS;
  const table: [string, ParamSpec][] = [];
  value.forEach((name: unknown, index) => {
    const spec = typeof name === "string" && Object.hasOwn(top, name) ? top[name] : undefined;
    if (spec !== undefined) table.push([name as string, spec]);
    else refuse(scope, `params[${index}]`, { found: name, expected: "the name of a parameter declared at the top of the config", suggestion: typeof name === "string" ? suggest(name, Object.keys(top)) : null });
  });
  return Object.fromEntries(table);
}

function readParam(scope: Scope, field: string, value: unknown): ParamSpec | null {
  if (!isBag(value)) return refuse(scope, field, { found: value, expected: "a parameter: { type, default, … }" }), null;
  checkKeys(scope, value, PARAM, field + ".");
  const type = readType(scope, field, value["type"]);
  const list = value["list"];
  if (list !== undefined && typeof list !== "boolean") refuse(scope, field + ".list", { found: list, expected: "true or false" });
  if (type === null) return null;
  const description = readText(scope, field + ".description", value["description"]);
  const fallback = value["default"];
  const spec: ParamSpec = { type, list: list === true, ...(description === null ? {} : { description }) };
  if (fallback === undefined) return spec;
  if (!fits(fallback, spec)) return refuse(scope, field + ".default", { found: fallback, expected: expectedText(spec) }), null;
  return { ...spec, default: fallback as ParamValue };
}

function readType(scope: Scope, field: string, value: unknown): ParamType | null {
  if (typeof value === "string" && TYPES.includes(value)) return value as ParamType;
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string")) return value as string[];
  const suggestion = typeof value === "string" ? suggest(value, TYPES) : null;
  refuse(scope, field + ".type", { found: value, expected: '"string", "number", "boolean", "path" or a list of texts', suggestion });
  return null;
}

function fitsOne(value: unknown, type: ParamType): boolean {
  // No program could receive it.
  if (typeof value === "string" && value.includes("\0")) return false;
  if (typeof type !== "string") return typeof value === "string" && type.includes(value);
  if (type === "number") return typeof value === "number" && Number.isFinite(value);
  return typeof value === (type === "path" ? "string" : type);
}

function fits(value: unknown, spec: ParamSpec): boolean {
  return spec.list ? Array.isArray(value) && value.every((item) => fitsOne(item, spec.type)) : fitsOne(value, spec.type);
}

function expectedText({ type, list }: ParamSpec): string {
  const one = typeof type === "string" ? `a ${type}` : `one of ${type.map((text) => JSON.stringify(text)).join(", ")}`;
  return list ? `a list, each ${one}` : one;
}

/** Environment names that count (sorted) and values to set. */
export interface EnvSpec {
  readonly names: readonly string[];
  readonly values: Readonly<Record<string, string>>;
}

const NO_VALUES: Readonly<Record<string, string>> = Object.freeze({});
const NO_ENV: EnvSpec = { names: NONE, values: NO_VALUES };

function isEnvName(name: unknown): name is string {
  return typeof name === "string" && name !== "" && !/[=\0]/.test(name);
}

export function readEnv(scope: Scope, value: unknown): EnvSpec {
  if (value === undefined) return NO_ENV;
  if (Array.isArray(value)) return { names: envNames(scope, value), values: NO_VALUES };
  if (isBag(value)) return { names: NONE, values: envValues(scope, value) };
  return refuse(scope, "env", { found: value, expected: "names of variables, or values by name" }), NO_ENV;
}

function envNames(scope: Scope, list: readonly unknown[]): readonly string[] {
  const names = new Set<string>();
  list.forEach((name, index) => {
    if (isEnvName(name)) names.add(name);
    else refuse(scope, `env[${index}]`, { found: name, expected: "the name of a variable" });
  });
  return [...names].sort();
}

function envValues(scope: Scope, bag: Bag): Readonly<Record<string, string>> {
  const values: [string, string][] = [];
  for (const [name, value] of Object.entries(bag)) {
    if (!isEnvName(name)) refuse(scope, "env", { found: name, expected: "the name of a variable" });
    else if (typeof value === "string" && !value.includes("\0")) values.push([name, value]);
    else if (value !== undefined) refuse(scope, `env.${name}`, { found: value, expected: "a text" });
  }
  return Object.fromEntries(values);
}

/** A task's environment on top of the config's: the task's value wins, and a name with a value needs none from outside. */
export function mergedEnv(top: EnvSpec, own: EnvSpec): EnvSpec {
  if (top === NO_ENV) return own;
  const values = { ...top.values, ...own.values };
  for (const name of own.names) if (!Object.hasOwn(own.values, name)) delete values[name];
  const names = new Set([...top.names, ...own.names]);
  return { names: [...names].filter((name) => !Object.hasOwn(values, name)).sort(), values };
}
