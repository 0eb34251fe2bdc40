// Makes a problem of what a config threw, with the place in the person's own source. Knows kept folders only by the list
// of files it is given.
import { readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { FilePath } from "../model/path.ts";
import type { ConfigProblem } from "../model/problem.ts";
import { orConflict } from "./conflict.ts";
import { bodyMark } from "./readers.ts";
import { unexportedIn } from "./unexported.ts";

/** Maps an imported file back to its source. */
export interface Origins {
  /** The file the person started from, for errors without a place. Displayed spelling. */
  readonly entry: string;
  /** Imported file (absolute path) → source (absolute path). */
  readonly sources: ReadonlyMap<string, string>;
  /** Folder the files were imported from, if it is a copy of the one in `sources`. */
  readonly evaluatedIn: string;
  readonly keptDir: string;
  readonly shown: (file: string) => string;
}

interface Frame {
  readonly label: string;
  readonly file: string;
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

const PLACE = /((?:file:\/\/)?\/[^\s()]*?\.[\w]+)(?:\?[^:\s)]*)?:(\d+)(?::(\d+))?/;

function sourceOf(file: string, origins: Origins): string | undefined {
  const kept = file.startsWith(origins.evaluatedIn + "/") ? origins.keptDir + file.slice(origins.evaluatedIn.length) : file;
  return origins.sources.get(kept);
}

function plainPath(text: string): string {
  return text.startsWith("file://") ? fileURLToPath(text) : text;
}

/** Stack lines inside the config's own modules. */
function framesOf(stack: string, origins: Origins): Frame[] {
  const frames: Frame[] = [];
  for (const text of stack.split("\n")) {
    const found = PLACE.exec(text);
    if (found === null) continue;
    const file = plainPath(found[1]!);
    const source = sourceOf(file, origins);
    if (source === undefined) continue;
    const line = Number(found[2]);
    const label = /^\s*at (?:async )?([^(]+?) \(/.exec(text)?.[1] ?? "";
    frames.push({ label, file, source, line, column: sourceColumn(file, source, line, Number(found[3] ?? 1)) });
  }
  return frames;
}

function lineText(file: string, line: number): string {
  return readText(file).split("\n")[line - 1] ?? "";
}

/** Removing types keeps lines but moves columns, as does what tg calls where a body begins: finds the same word in the source's line. */
function sourceColumn(file: string, source: string, line: number, column: number): number {
  const compiled = lineText(file, line);
  const original = lineText(source, line);
  if (compiled === original) return column;
  const mark = compiled.indexOf(bodyMark(source, true));
  const length = bodyMark(source, true).length;
  const text = mark < 0 ? compiled : compiled.slice(0, mark) + compiled.slice(mark + length);
  const at = mark >= 0 && mark < column - 1 ? Math.max(mark, column - 1 - length) : column - 1;
  if (text.slice(at) === "") return Math.min(at, original.length) + 1;
  let next = 0;
  let found = -1;
  // What was removed stands between words that were not: each is the next of its kind in the source.
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (index > at) break;
    const there = nextWord(original, word, next);
    found = there < 0 ? -1 : there + at - index;
    if (there >= 0) next = there + word.length;
  }
  return found < 0 ? at + 1 : found + 1;
}

const WORD = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\w$]+|[^\w\s$]/g;

function nextWord(text: string, word: string, from: number): number {
  const isWhole = /\w|\$/.test(word[0]!) ? (at: number): boolean => !/[\w$]/.test(text[at - 1] ?? "") && !/[\w$]/.test(text[at + word.length] ?? "") : () => true;
  let at = text.indexOf(word, from);
  while (at >= 0 && !isWhole(at)) at = text.indexOf(word, at + 1);
  return at;
}

/** A message with compiled names replaced by the person's. */
function inSourceWords(message: string, origins: Origins): string {
  let text = message;
  for (const [file, source] of origins.sources) {
    const name = file.slice(file.lastIndexOf("/") + 1);
    text = text.replaceAll(`./${name}`, `./${source.slice(source.lastIndexOf("/") + 1)}`).replaceAll(file, origins.shown(source));
  }
  return text;
}

function describe(error: unknown): { name: string; message: string; stack: string; code: string } {
  if (typeof error === "object" && error !== null && "message" in error) {
    const { name, message, stack, code } = error as { name?: unknown; message: unknown; stack?: unknown; code?: unknown };
    return { name: String(name ?? "Error"), message: String(message), stack: String(stack ?? ""), code: String(code ?? "") };
  }
  return { name: "", message: typeof error === "string" ? error : JSON.stringify(error) ?? String(error), stack: "", code: "" };
}

/** Handles everything that import() of a kept module may reject with. */
export function problemOfThrown(error: unknown, origins: Origins): ConfigProblem {
  const { name, message, stack, code } = describe(error);
  const built = buildMessage(error, origins);
  if (built !== null) return built;
  if (code === "ERR_UNKNOWN_FILE_EXTENSION") {
    const refused = unknownEnding(message, origins);
    if (refused !== null) return refused;
  }
  if (code === "ERR_MODULE_NOT_FOUND" || /^Cannot find (package|module)/.test(message)) {
    const missing = missingImport(message, origins);
    if (missing !== null) return missing;
  }
  const frames = framesOf(stack, origins);
  const unexported = name === "SyntaxError" ? exportMissing(message, frames[0], origins) : null;
  if (unexported !== null) return unexported;
  if (name === "SyntaxError" && (frames.length === 0 || !/^\s*at /.test(stack.split("\n").find((line) => PLACE.test(line)) ?? ""))) {
    return syntaxProblem(message, frames[0] ?? checkedPlace(origins), origins);
  }
  const first = frames[0];
  return {
    code: "config-throws",
    file: first === undefined ? origins.entry : origins.shown(first.source),
    line: first?.line ?? 0,
    column: first?.column ?? 0,
    message: inSourceWords(name === "" ? message : `${name}: ${message}`, origins),
    frames: frames.map((frame) => `${frame.label === "" ? "" : frame.label + " "}${origins.shown(frame.source)}:${frame.line}:${frame.column}`),
  };
}

interface BuildMessage {
  readonly message?: unknown;
  readonly position?: { readonly file?: unknown; readonly line?: unknown; readonly column?: unknown } | null;
}

/** What Bun rejects with for a syntax error: a message with a position, or several of them. */
function buildMessage(error: unknown, origins: Origins): ConfigProblem | null {
  const errors = (error as { errors?: unknown } | null)?.errors;
  const { message, position } = ((Array.isArray(errors) ? errors[0] : error) ?? {}) as BuildMessage;
  if (position === null || typeof position !== "object" || typeof position.file !== "string") return null;
  const source = sourceOf(plainPath(position.file), origins);
  if (source === undefined) return null;
  const line = Number(position.line);
  const frame = { label: "", file: position.file, source, line, column: sourceColumn(position.file, source, line, Number(position.column)) };
  return syntaxProblem(String(message), frame, origins);
}

function unknownEnding(message: string, origins: Origins): ConfigProblem | null {
  const [, ending, file] = /^Unknown file extension "([^"]+)" for (\S.*)$/.exec(message) ?? [];
  if (ending === undefined || file === undefined) return null;
  const name = plainPath(file).slice(plainPath(file).lastIndexOf("/") + 1);
  for (const source of origins.sources.values()) {
    const line = lineWith(readText(source), name);
    if (line > 0) return { code: "config-ending", file: origins.shown(plainPath(file)), ending, at: { file: origins.shown(source) as FilePath, line } };
  }
  return { code: "config-ending", file: origins.shown(plainPath(file)), ending };
}

/** The line of a quoted text with this ending; 0: none. */
function lineWith(text: string, end: string): number {
  return text.split("\n").findIndex((line) => [`${end}"`, `${end}'`].some((quoted) => line.includes(quoted))) + 1;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function missingImport(message: string, origins: Origins): ConfigProblem | null {
  const specifier = /'([^']+)'|"([^"]+)"/.exec(message);
  const importer = /imported from (?:'|")?([^\s'"]+)/.exec(message);
  const source = importer === null ? undefined : sourceOf(plainPath(importer[1]!), origins);
  const found = specifier?.[1] ?? specifier?.[2];
  if (found === undefined || source === undefined) return null;
  const lines = readFileSync(source, "utf8").split("\n");
  return { code: "config-import-missing", file: origins.shown(source), line: lines.findIndex((line) => line.includes(`"${found}`) || line.includes(`'${found}`)) + 1, specifier: found };
}

function exportMissing(message: string, importer: Frame | undefined, origins: Origins): ConfigProblem | null {
  const found = unexportedIn(message, { importer: importer ?? null, sources: origins.sources.values() });
  if (found === null) return null;
  const { source, line, column, specifier, name, suggestion, commonjs } = found;
  return { code: "config-export-missing", file: origins.shown(source), line, column, specifier: inSourceWords(specifier, origins), name, suggestion, ...(commonjs ? { commonjs } : {}) };
}

function syntaxProblem(message: string, place: Frame | null, origins: Origins): ConfigProblem {
  const file = place === null ? origins.entry : origins.shown(place.source);
  const problem = { code: "config-syntax", file, line: place?.line ?? 0, column: place?.column ?? 0, message: inSourceWords(message, origins) } as const;
  return place === null ? problem : orConflict(problem, readText(place.source));
}

/** Node's import() rejects with a syntax error without a place; `--check` prints one. */
function checkedPlace(origins: Origins): Frame | null {
  if (process.versions["bun"] !== undefined || process.versions["deno"] !== undefined) return null;
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  for (const file of origins.sources.keys()) {
    if (!file.endsWith(".mjs")) continue;
    const { status, stderr } = spawnSync(process.execPath, ["--check", file], { encoding: "utf8" });
    if (status === 0) continue;
    const lines = stderr.split("\n");
    const at = lines.findIndex((line) => PLACE.test(line));
    const caret = lines.slice(at + 1).find((line) => /^\s*\^/.test(line));
    const line = Number(PLACE.exec(lines[at] ?? "")?.[2] ?? 0);
    const source = origins.sources.get(file)!;
    return { label: "", file, source, line, column: sourceColumn(file, source, line, caret === undefined ? 1 : caret.indexOf("^") + 1) };
  }
  return null;
}
