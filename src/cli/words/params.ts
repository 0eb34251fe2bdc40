// Parses `--param name=value` and `--params-file` to typed values, checked against what tasks declare. Does not judge.
import fs from "node:fs";
import { resolve } from "node:path";
import { awaitsList } from "../../graph/family.ts";
import { suggest } from "../../model/suggest.ts";
import type { Graph } from "../../model/graph.ts";
import { bad, good, type Problem, type Result } from "../../model/problem.ts";
import type { ParamSpec, ParamValue } from "../../model/task.ts";
import type { Wants } from "./wants.ts";

export interface GivenParams {
  readonly values: Record<string, ParamValue>;
  /** Values as given, for names nobody declares yet: instances may, once the list of their family is made. */
  readonly later: Map<string, unknown>;
  /** The file that each of them comes from, if any. */
  readonly files: Map<string, string>;
}

export function readParams(graph: Graph, wants: Wants): Result<GivenParams> {
  const given: GivenParams = { values: Object.create(null) as Record<string, ParamValue>, later: new Map(), files: new Map() };
  if (wants.params.length === 0 && wants.paramsFile === null && wants.recorded === undefined) return good(given);
  const specs = specsOf(graph);
  const awaits = awaitsList(graph);
  const raw = new Map<string, unknown>(Object.entries(wants.recorded ?? {}));
  if (wants.paramsFile !== null) {
    const file = readFile(wants.paramsFile, wants.standsIn);
    if (!file.ok) return file;
    for (const [name, value] of Object.entries(file.value)) {
      raw.set(name, value);
      given.files.set(name, wants.paramsFile);
    }
  }
  for (const [name, value] of wants.params) {
    const before = raw.get(name);
    const spec = specs.get(name);
    given.files.delete(name);
    if (before === undefined || (spec !== undefined && !spec.list)) raw.set(name, value);
    else if (spec !== undefined) raw.set(name, [...itemsOf(before), value]);
    else raw.set(name, new Several([...(before instanceof Several ? before.all : itemsOf(before)), value]));
  }
  const problems = take(raw, specs, awaits, given);
  return problems.length > 0 ? bad(problems) : good(given);
}

/** Given more than once, while it is unknown whether it is a list: if not, the last counts. */
class Several {
  readonly all: readonly unknown[];
  constructor(all: readonly unknown[]) {
    this.all = all;
  }
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** Takes values for what the instances of a newly made list declare. */
export function takeLater(graph: Graph, given: GivenParams): Problem[] {
  if (given.later.size === 0) return [];
  const raw = new Map(given.later);
  given.later.clear();
  const specs = specsOf(graph);
  for (const [name, value] of raw) if (value instanceof Several && specs.has(name)) raw.set(name, specs.get(name)!.list ? value.all : value.all.at(-1));
  return take(raw, specs, awaitsList(graph), given);
}

function take(raw: ReadonlyMap<string, unknown>, specs: ReadonlyMap<string, ParamSpec>, awaits: boolean, { values, later, files }: GivenParams): Problem[] {
  const problems: Problem[] = [];
  for (const [name, value] of raw) {
    const spec = specs.get(name);
    if (spec === undefined) {
      if (awaits) later.set(name, value);
      else problems.push({ code: "unknown-param", param: name, suggestion: suggest(name, [...specs.keys()]) });
      continue;
    }
    const typed = typedValue(spec, value);
    const file = files.get(name);
    const text = JSON.stringify(value);
    if (typed === undefined) problems.push({ code: "bad-param", param: name, found: file === undefined && typeof value === "string" ? value : text, expected: expectedText(spec) + (text.includes("\\u0000") ? " without a null byte" : ""), ...(file === undefined ? {} : { file }) });
    else values[name] = typed;
  }
  return problems;
}

/** Parameters without a default that were not given. */
export function missingFor(graph: Graph, task: number, params: Readonly<Record<string, ParamValue>>): Problem[] {
  const missing = Object.entries(graph.task(task).params).filter(([name, spec]) => spec.default === undefined && !Object.hasOwn(params, name));
  return missing.map(([param]) => ({ code: "missing-param", param, task: graph.name(task) }));
}

function specsOf(graph: Graph): Map<string, ParamSpec> {
  const specs = new Map<string, ParamSpec>(Object.entries(graph.spareParams ?? {}));
  for (let task = 0; task < graph.count; task++) {
    for (const [name, spec] of Object.entries(graph.task(task).params)) specs.set(name, spec);
  }
  return specs;
}

/** Standard input can be read only once, but parameters are read more than once. */
let standardInput: string | null = null;

function textOf(name: string, standsIn: string): string {
  return name === "-" ? (standardInput ??= fs.readFileSync(0, "utf8")) : fs.readFileSync(resolve(standsIn, name), "utf8");
}

function readFile(name: string, standsIn: string): Result<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(textOf(name, standsIn).replace(/^\uFEFF/, ""));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return good(value as Record<string, unknown>);
    return bad([{ code: "params-file", file: name, message: `it holds ${value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`}` }]);
  } catch (error) {
    return bad([{ code: "params-file", file: name, message: (error as NodeJS.ErrnoException).code ?? (error as Error).message }]);
  }
}

function typedValue(spec: ParamSpec, value: unknown): ParamValue | undefined {
  if (!spec.list) return scalar(spec, value);
  const items = Array.isArray(value) ? value : [value];
  const typed = items.map((item) => scalar(spec, item));
  return typed.includes(undefined) ? undefined : (typed as string[]);
}

function scalar(spec: ParamSpec, value: unknown): string | number | boolean | undefined {
  if (typeof spec.type !== "string") return typeof value === "string" && spec.type.includes(value) ? value : undefined;
  switch (spec.type) {
    case "number": {
      const number = typeof value === "number" ? value : typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
      return Number.isFinite(number) ? number : undefined;
    }
    case "boolean":
      if (typeof value === "boolean") return value;
      return value === "true" || value === "1" ? true : value === "false" || value === "0" ? false : undefined;
    case "string":
    case "path":
      // No program could receive it.
      if (typeof value === "string" && value.includes("\0")) return undefined;
      return typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined;
    default:
      return spec.type satisfies never;
  }
}

function expectedText(spec: ParamSpec): string {
  const one = typeof spec.type === "string" ? `a ${spec.type}` : `one of ${spec.type.join(", ")}`;
  return spec.list ? `a list, each ${one}` : one;
}
