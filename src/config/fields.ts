// Reads single fields of unknown values and collects everything wrong with them, with its place. Knows the kinds of values,
// not what the fields mean.
import type { CheckProblem, Problem } from "../model/problem.ts";
import type { Place, TaskName } from "../model/task.ts";
import { suggest } from "../model/suggest.ts";
import type { Homes } from "./homes.ts";
import { isChain, isForeach, isTask } from "./marks.ts";

/** Whose fields are read, and where problems go. */
export interface Scope {
  /** Null at the top of the config. */
  readonly task: TaskName | null;
  /** Prefix of field names in messages, e.g. `chain[0].`. */
  readonly prefix: string;
  readonly problems: Problem[];
  place(task: TaskName | null, field?: string): Place;
}

export type Bag = Readonly<Record<string, unknown>>;

/** Their entries are not fields: as plain objects they would seem to be empty. */
const CLOSED = [Map, Set, Date, RegExp];

export function isBag(value: unknown): value is Bag {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !CLOSED.some((kind) => value instanceof kind);
}

/** A short description of a value. */
export function foundText(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? value.slice(0, 59) + "…" : value);
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return value.length === 0 ? "an empty array" : "an array";
  if (isBag(value)) return "then" in value ? "a promise" : "an object";
  if (typeof value === "object" && value !== null) return `a ${value.constructor.name}`;
  return typeof value === "bigint" ? `${value}n` : String(value);
}

export function refuse(scope: Scope, field: string, wrong: { found: unknown; expected: string; suggestion?: string | null }): void {
  const { found, expected, suggestion } = wrong;
  report(scope, { code: "bad-field", task: scope.task, field: scope.prefix + field, found: foundText(found), expected, ...(suggestion == null ? {} : { suggestion }), at: scope.place(scope.task, field) });
}

export function report(scope: Scope, problem: CheckProblem): void {
  scope.problems.push(problem);
}

/** Which fields an object may have. */
export interface Fields {
  readonly known: ReadonlySet<string>;
  /** Planned for later: refused with a message of its own. */
  readonly later: ReadonlySet<string>;
  /** Where fields belong that have no meaning here. */
  readonly homes?: Homes;
}

/** Names other tools use for a field. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ...["command", "commands", "cmd", "cmds", "script", "exec", "recipe", "build"].map((word) => [word, "run"] as const),
  ...["dependsOn", "depends", "dependencies", "needs", "requires", "prerequisites"].map((word) => [word, "deps"] as const),
  ...["sources", "srcs", "src", "reads"].map((word) => [word, "inputs"] as const),
  ...["targets", "target", "generates", "produces", "outs", "writes"].map((word) => [word, "outputs"] as const),
  ...["workdir", "dir", "directory"].map((word) => [word, "cwd"] as const),
  ...["retry", "attempts"].map((word) => [word, "retries"] as const),
  ["environment", "env"], ["concurrency", "jobs"], ["persistent", "service"], ["if", "when"], ["desc", "description"],
]);

function meantBy(key: string, { known, later }: Fields): string | null {
  const word = ELSEWHERE.get(key);
  if (word !== undefined && known.has(word)) return word;
  const own = suggest(key, [...known, ...later]);
  if (own !== null) return own;
  const misspelt = ELSEWHERE.get(suggest(key, ELSEWHERE.keys()) ?? "");
  return misspelt !== undefined && known.has(misspelt) ? misspelt : null;
}

function holdsTask(value: unknown): boolean {
  return isTask(value) || isChain(value) || isForeach(value) || (isBag(value) && ["run", "inputs", "outputs", "deps"].some((field) => Object.hasOwn(value, field)));
}

/** Refuses unknown fields. `path` is their prefix, e.g. `inputs[0].`. */
export function checkKeys(scope: Scope, value: Bag, fields: Fields, path = ""): void {
  for (const key of Object.keys(value)) {
    if (fields.known.has(key) || value[key] === undefined) continue;
    const field = scope.prefix + path + key;
    const at = scope.place(scope.task, path === "" ? key : path);
    if (fields.later.has(key)) report(scope, { code: "field-not-built", task: scope.task, field, at });
    else if (path === "" && holdsTask(value[key])) report(scope, { code: "unknown-field", task: scope.task, field, suggestion: null, isTask: true, at });
    else {
      const home = fields.homes?.get(key);
      report(scope, { code: "unknown-field", task: scope.task, field, ...(home === undefined ? { suggestion: meantBy(key, fields) } : { suggestion: null, home }), at });
    }
  }
}

const CONTROL = /[\u0000-\u001f\u007f]/;

export function hasControl(text: string): boolean {
  return CONTROL.test(text);
}

/** Why a text cannot be in a task's name; null: it can. Half a character (a lone surrogate) comes back from UTF-8 as another one. */
export function nameFault(text: string): "control-character" | "half-character" | null {
  return hasControl(text) ? "control-character" : /\p{Surrogate}/u.test(text) ? "half-character" : null;
}

export function readText(scope: Scope, field: string, value: unknown, expected = "a text"): string | null {
  if (value === undefined) return null;
  if (typeof value === "string" && value !== "" && !value.includes("\0")) return value;
  refuse(scope, field, { found: value, expected });
  return null;
}

export function readFlag(scope: Scope, field: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (value !== undefined) refuse(scope, field, { found: value, expected: "true or false" });
  return false;
}

/** One of a few texts; the first is the default. */
export function readChoice<T extends string>(scope: Scope, field: string, value: unknown, choices: readonly [T, ...T[]]): T {
  if (value === undefined) return choices[0];
  if (choices.includes(value as T)) return value as T;
  const suggestion = typeof value === "string" ? suggest(value, choices) : null;
  refuse(scope, field, { found: value, expected: choices.map((choice) => JSON.stringify(choice)).join(" or "), suggestion });
  return choices[0];
}

/** One value or several; undefined means none. */
export function listOf(value: unknown): readonly unknown[] {
  return value === undefined ? NONE : Array.isArray(value) ? value : [value];
}

export const NONE: readonly never[] = Object.freeze([]);

/** A text or several, none of them empty, without duplicates. */
export function readTexts(scope: Scope, field: string, value: unknown, expected = "a text"): readonly string[] {
  const list = listOf(value);
  if (list.length === 0) return NONE;
  const texts = new Set<string>();
  list.forEach((item, index) => {
    const text = readText(scope, itemField(field, value, index), item === undefined ? null : item, expected);
    if (text !== null) texts.add(text);
  });
  return [...texts];
}

const MULTIPLES = "KMGT";

/** "500MB", "4 GiB", "50k" in bytes; null for any other text. Case does not matter, `B` may be omitted. */
export function sizeBytes(value: unknown): number | null {
  const parts = typeof value === "string" ? /^(\d+(?:\.\d+)?)\s*([KMGT])(i?)B?$/i.exec(value.trim()) : null;
  if (parts === null) return null;
  return Math.round(Number(parts[1]) * (parts[3] === "" ? 1000 : 1024) ** (MULTIPLES.indexOf(parts[2]!.toUpperCase()) + 1));
}

/** `inputs[2]`, or `inputs` if the field holds a single value. */
export function itemField(field: string, value: unknown, index: number): string {
  return Array.isArray(value) ? `${field}[${index}]` : field;
}
