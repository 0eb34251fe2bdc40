// Converts `inputs`, `outputs` and the other fields that name files to specs with house paths. Asks no disk.
import { isOutside, toFilePath, type AbsolutePath, type FilePath } from "../model/path.ts";
import { escapedPath, isGlob, patternFault } from "../model/pattern.ts";
import type { FunctionRef, InputSpec, OutputRole, OutputSpec } from "../model/task.ts";
import { checkKeys, isBag, itemField, listOf, NONE, readFlag, refuse, report, type Bag, type Fields, type Scope } from "./fields.ts";

export interface FileScope extends Scope {
  readonly root: AbsolutePath;
  /** The file that an instance of a family is made of: what a text takes of its name is no pattern there. */
  readonly file?: string;
  /** A reference to a function of the config by its property names below the task (or the config); null: it belongs to no module. */
  fn(path: readonly string[]): FunctionRef | null;
  /** The same below a task exported by a file of its own; null: no file exports it. */
  fnOf(task: unknown): FileScope["fn"] | null;
}

const NO_KEYS: ReadonlySet<string> = new Set();
const FILE_INPUT: Fields = { known: new Set(["path", "optional", "hash"]), later: NO_KEYS, homes: new Map([["allowEmpty", "glob"]]) };
const GLOB_INPUT: Fields = { known: new Set(["glob", "allowEmpty", "hash"]), later: NO_KEYS, homes: new Map([["optional", "path"]]) };
const FILE_OUTPUT: Fields = { known: new Set(["path", "optional"]), later: NO_KEYS };

/** Backslashes before glob characters (and a leading `!`) make them literal; in a plain path they are removed. */
function unescaped(text: string): string {
  return text.includes("\\") ? text.replace(/\\([*?[\]{}()!@+\\])/g, "$1") : text;
}

/** The text with backslashes in what it has of the name of the instance's file: folders and names with brackets. */
function withoutNames(scope: FileScope, text: string): string {
  if (scope.file === undefined || !isGlob(scope.file) || !isGlob(text)) return text;
  const last = scope.file.slice(scope.file.lastIndexOf("/") + 1);
  const dot = last.lastIndexOf(".");
  const names = [...scope.file.split("/"), dot > 0 ? last.slice(0, dot) : last].filter((name) => isGlob(name) && !/^[*?]+$/.test(name));
  const longestFirst = [...new Set(names)].sort((one, other) => other.length - one.length).map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return longestFirst.length === 0 ? text : text.replace(new RegExp(`(?<!\\\\)(?:${longestFirst.join("|")})`, "g"), escapedPath);
}

/** A pattern whose fixed beginning is a house path. Null, and a problem, if that is impossible. */
function housePattern(scope: FileScope, field: string, text: string): string | null {
  const fault = patternFault(text) ?? (text.includes("\0") ? "a NUL character" : null);
  if (fault !== null) {
    report(scope, { code: "bad-pattern", task: scope.task, field: scope.prefix + field, pattern: text, why: fault, at: scope.place(scope.task, field) });
    return null;
  }
  const parts = text.split("/");
  const found = parts.findIndex((part) => isGlob(part));
  const firstGlob = found < 0 ? parts.length - 1 : found;
  const rest = parts.slice(firstGlob).filter((part, index, all) => part !== "." && (part !== "" || index === all.length - 1));
  if (rest.includes("..")) {
    report(scope, { code: "bad-pattern", task: scope.task, field: scope.prefix + field, pattern: text, why: '".." after a wildcard', at: scope.place(scope.task, field) });
    return null;
  }
  const fixed = parts.slice(0, firstGlob).join("/");
  if (fixed === "" && firstGlob === 0) return rest.join("/");
  const prefix = escapedPath(toFilePath(fixed === "" ? "/" : unescaped(fixed), scope.root));
  return prefix === "" ? rest.join("/") : prefix === "/" ? "/" + rest.join("/") : prefix + "/" + rest.join("/");
}

function isPath(text: unknown): text is string {
  return typeof text === "string" && text !== "" && !text.includes("\0");
}

/** A literal path of a field, or null and a problem. */
export function readPath(scope: FileScope, field: string, value: unknown): FilePath | null {
  if (value === undefined) return null;
  if (isPath(value)) return toFilePath(value, scope.root);
  refuse(scope, field, { found: value, expected: "a path" });
  return null;
}

/** A literal path inside the root. */
export function readInside(scope: FileScope, field: string, value: unknown): FilePath | null {
  const path = readPath(scope, field, value);
  return path === null || !leaves(scope, field, path, value as string) ? path : null;
}

function leaves(scope: FileScope, field: string, path: string, shown: string): boolean {
  if (path === "") refuse(scope, field, { found: shown, expected: "a path below the root, not the root itself" });
  else if (isOutside(path as FilePath) && scope.task === null) refuse(scope, field, { found: shown, expected: "a path inside the root" });
  else if (isOutside(path as FilePath)) report(scope, { code: "output-outside-root", task: scope.task!, path: shown, at: scope.place(scope.task, field) });
  else return false;
  return true;
}

const ONE_FILE: Fields = { known: new Set(["path"]), later: NO_KEYS };

/** One file inside the root, as `inputs` names one: a text without a pattern, backslashes before characters of patterns, or `{ path }`, which is literal. A slash at its end is dropped. */
export function readOneFile(scope: FileScope, field: string, { value, expected }: { value: unknown; expected: string }): FilePath | null {
  if (isBag(value)) {
    checkKeys(scope, value, ONE_FILE, field + ".");
    return readInside(scope, field + ".path", value["path"] ?? null);
  }
  if (typeof value !== "string") return readInside(scope, field, value);
  const text = withoutNames(scope, value);
  if (!isGlob(text)) return readInside(scope, field, unescaped(text));
  const named = /[*?]/.test(value) ? "" : ` (the file of that name: { path: ${JSON.stringify(value)} })`;
  return refuse(scope, field, { found: value, expected: expected + named }), null;
}

export function readInputs(scope: FileScope, value: unknown, name = "inputs"): readonly InputSpec[] {
  const list = listOf(value);
  if (list.length === 0) return NONE;
  const specs: InputSpec[] = [];
  const seen = new Map<string, number>();
  list.forEach((item, index) => {
    const field = itemField(name, value, index);
    const spec = typeof item === "string" ? inputOfText(scope, field, item) : inputOfObject(scope, field, item, Array.isArray(value) ? ["inputs", String(index)] : ["inputs"]);
    if (spec === null) return;
    // A repeated entry is still one file; after a negation it is a new statement.
    if (spec.kind === "not") seen.clear();
    // `o/**` and `o/` are one pattern, except that the folder also takes hidden names.
    const key = spec.kind === "file" ? spec.path : `${spec.kind === "glob" && spec.dot ? "folder" : spec.kind} ${spec.pattern}`;
    const before = seen.get(key);
    if (before === undefined) seen.set(key, specs.push(spec) - 1);
    else specs[before] = joinedInput(specs[before]!, spec);
  });
  return specs;
}

/** Combines two entries for the same files: they are optional if both say so, and a hash function is kept. */
export function joinedInput(one: InputSpec, other: InputSpec): InputSpec {
  const hasher = one.kind === "not" || one.hasher !== undefined || other.kind === "not" || other.hasher === undefined ? {} : { hasher: other.hasher };
  if (one.kind === "glob" && other.kind === "glob") return { ...one, ...hasher, allowEmpty: one.allowEmpty && other.allowEmpty };
  return one.kind === "file" && other.kind === "file" ? { ...one, ...hasher, optional: one.optional && other.optional } : one;
}

function inputOfText(scope: FileScope, field: string, text: string): InputSpec | null {
  if (!isPath(text)) return refuse(scope, field, { found: text, expected: "a path, a pattern or \"!\" with one" }), null;
  if (text.startsWith("!")) {
    const pattern = patternOrPath(scope, field, text.slice(1));
    return pattern === null ? null : { kind: "not", pattern };
  }
  if (text === scope.file) return { kind: "file", path: toFilePath(text, scope.root), optional: false };
  if (text.endsWith("/")) {
    const pattern = housePattern(scope, field, text + "**");
    return pattern === null ? null : { kind: "glob", pattern, allowEmpty: false, dot: true };
  }
  if (isGlob(text)) {
    const pattern = housePattern(scope, field, text);
    return pattern === null ? null : { kind: "glob", pattern, allowEmpty: false, dot: false };
  }
  return { kind: "file", path: toFilePath(unescaped(text), scope.root), optional: false };
}

function patternOrPath(scope: FileScope, field: string, text: string): string | null {
  if (text === "" || isGlob(text)) return housePattern(scope, field, text);
  return text.endsWith("/") ? housePattern(scope, field, text + "**") : toFilePath(unescaped(text), scope.root);
}

function inputOfObject(scope: FileScope, field: string, item: unknown, path: readonly string[]): InputSpec | null {
  if (!isBag(item) || ("path" in item) === ("glob" in item)) return refuse(scope, field, { found: item, expected: "a path, a pattern, { path } or { glob }" }), null;
  checkKeys(scope, item, "path" in item ? FILE_INPUT : GLOB_INPUT, field + ".");
  const hasher = readHasher(scope, field, item, path);
  if ("path" in item) {
    const file = readPath(scope, field + ".path", item["path"] ?? null);
    return file === null ? null : { kind: "file", path: file, optional: readFlag(scope, field + ".optional", item["optional"]), ...hasher };
  }
  if (!isPath(item["glob"])) return refuse(scope, field + ".glob", { found: item["glob"], expected: "a pattern" }), null;
  const folder = item["glob"].endsWith("/");
  const pattern = housePattern(scope, field, folder ? item["glob"] + "**" : item["glob"]);
  return pattern === null ? null : { kind: "glob", pattern, allowEmpty: readFlag(scope, field + ".allowEmpty", item["allowEmpty"]), dot: folder, ...hasher };
}

function readHasher(scope: FileScope, field: string, item: Bag, path: readonly string[]): { hasher?: FunctionRef } {
  const hash = item["hash"];
  if (hash === undefined) return {};
  const hasher = typeof hash === "function" ? scope.fn([...path, "hash"]) : null;
  if (hasher !== null) return { hasher };
  refuse(scope, field + ".hash", { found: hash, expected: typeof hash === "function" ? "a function of the config's own modules" : "a function" });
  return {};
}

export interface OutputField {
  readonly field: "outputs" | "intermediates" | "stdout" | "stderr";
  readonly role: OutputRole;
}

/** Adds the specs of one field to `into`, keyed by their text: repeated, in whichever field, it is one output. */
export function readOutputs(scope: FileScope, value: unknown, as: OutputField, into: Map<string, OutputSpec>): void {
  listOf(value).forEach((item, index) => {
    const field = itemField(as.field, value, index);
    const spec = typeof item === "string" ? outputOfText(scope, field, item, as.role) : outputOfObject(scope, field, item, as);
    if (spec === null) return;
    const before = into.get(outputKey(spec));
    into.set(outputKey(spec), before === undefined ? spec : joinedOutput(before, spec));
  });
}

/** As with inputs; otherwise the first one counts. */
export function joinedOutput(one: OutputSpec, other: OutputSpec): OutputSpec {
  return one.kind === "file" && other.kind === "file" && one.optional && !other.optional ? { ...one, optional: false } : one;
}

/** Equal for equal outputs, whichever field they are in. */
export function outputKey(spec: OutputSpec): string {
  return spec.kind === "glob" ? "glob " + spec.pattern : spec.kind === "tree" ? spec.path + "/" : spec.path;
}

function outputOfText(scope: FileScope, field: string, written: string, role: OutputRole): OutputSpec | null {
  if (!isPath(written) || written.startsWith("!")) return refuse(scope, field, { found: written, expected: 'a path, "dir/" or a pattern' }), null;
  const text = withoutNames(scope, written);
  if (isGlob(text)) {
    if (text.endsWith("/")) return refuse(scope, field, { found: text, expected: "an owned folder without wildcards" }), null;
    const pattern = housePattern(scope, field, text);
    return pattern === null || leaves(scope, field, pattern, text) ? null : { kind: "glob", pattern, role };
  }
  return literalOutput(scope, field, unescaped(text), { role, optional: false });
}

function literalOutput(scope: FileScope, field: string, text: string, as: { role: OutputRole; optional: boolean }): OutputSpec | null {
  const path = toFilePath(text, scope.root);
  if (leaves(scope, field, path, text)) return null;
  if (!text.endsWith("/")) return { kind: "file", path, ...as };
  if (as.optional) return refuse(scope, field, { found: text, expected: "a file: an owned folder cannot be optional" }), null;
  return { kind: "tree", path, role: as.role };
}

function outputOfObject(scope: FileScope, field: string, item: unknown, as: OutputField): OutputSpec | null {
  if (!isBag(item) || !isPath(item["path"])) return refuse(scope, field, { found: item, expected: 'a path, "dir/", a pattern or { path }' }), null;
  checkKeys(scope, item, FILE_OUTPUT, field + ".");
  return literalOutput(scope, field, item["path"], { role: as.role, optional: readFlag(scope, field + ".optional", item["optional"]) });
}
