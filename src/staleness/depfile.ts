// Parses a command's report of what it read: make rules (gcc -MD), lines, JSON, bundler metafiles. Text in, raw paths out, in
// order and each once; knows no disk and does not resolve them.
import type { DepfileFormat } from "../model/task.ts";

/** Why a depfile cannot be parsed. */
export type DepfileFault =
  /** A make rule without `:`. */
  | "missing-colon"
  /** A NUL byte: not text. */
  | "not-text"
  | "bad-json"
  /** JSON of another shape than the format requires. */
  | "bad-shape";

/** `line` is 1-based; 0 if the fault has no position. */
export type ParsedDepfile =
  | { readonly ok: true; readonly paths: readonly string[] }
  | { readonly ok: false; readonly line: number; readonly message: DepfileFault };

export function parseDepfile(format: DepfileFormat, text: string): ParsedDepfile {
  const nul = text.indexOf("\0");
  if (nul >= 0) return { ok: false, line: lineAt(text, nul), message: "not-text" };
  const plain = text.startsWith("\uFEFF") ? text.slice(1) : text;
  switch (format) {
    case "make":
      return parseMake(plain);
    case "lines":
      return good(plain.split("\n").map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line)));
    case "json":
      return parseJson(plain, (value) => (Array.isArray(value) ? value : listIn(value, ["inputs", "dependencies"])));
    case "esbuild":
      return parseJson(plain, metafileInputs);
  }
}

function good(paths: readonly string[] | Set<string>): ParsedDepfile {
  const found = paths instanceof Set ? paths : new Set(paths);
  found.delete("");
  return { ok: true, paths: [...found] };
}

function lineAt(text: string, at: number): number {
  let line = 1;
  for (let i = text.indexOf("\n"); i >= 0 && i < at; i = text.indexOf("\n", i + 1)) line++;
  return line;
}

/** Characters without a meaning to make. */
const PLAIN = /[^\\$ \t\r\n]+/y;
const COMMENT = /[^\r\n]*/y;
const BACKSLASHES = /\\+/y;

/**
 * The rules of ninja's depfile reader: `\ ` is a space in a name, `\#` a hash, `\:` a colon, `$$` a dollar, `\` at the end of a
 * line continues it; other backslashes are literal. Any number of rules, targets and repetitions.
 */
function parseMake(text: string): ParsedDepfile {
  const paths = new Set<string>();
  let line = 1;
  let name = "";
  let targets = 0;
  let afterColon = false;
  const endName = (): void => {
    const isTarget = name.endsWith(":");
    const path = isTarget ? name.slice(0, -1) : name;
    if (isTarget) afterColon = true;
    else if (path !== "" && afterColon) paths.add(path);
    else if (path !== "") targets++;
    name = "";
  };
  for (let at = 0; at < text.length; ) {
    const c = text[at]!;
    if (c === "\n") {
      endName();
      if (targets > 0 && !afterColon) return { ok: false, line, message: "missing-colon" };
      [targets, afterColon] = [0, false];
      line++;
      at++;
    } else if (c === " " || c === "\t" || c === "\r") {
      endName();
      at++;
    } else if (c === "#" && name === "" && targets === 0 && !afterColon) at += run(COMMENT, text, at).length;
    else if (c === "$") {
      name += c;
      at += text[at + 1] === "$" ? 2 : 1;
    } else if (c === "\\") {
      const slashes = run(BACKSLASHES, text, at);
      const escape = escapeAfter(slashes, text, at + slashes.length);
      name += escape.text;
      at += slashes.length + escape.taken;
      if (escape.ends) endName();
      if (escape.newline) line++;
    } else {
      const piece = run(PLAIN, text, at);
      name += piece;
      at += piece.length;
    }
  }
  endName();
  return targets > 0 && !afterColon ? { ok: false, line, message: "missing-colon" } : good(paths);
}

function run(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

interface Escape {
  /** Text to append to the name. */
  readonly text: string;
  /** How many characters after the backslashes belong to the escape. */
  readonly taken: number;
  readonly ends?: boolean;
  readonly newline?: boolean;
}

/** Interprets backslashes by what follows them at `at`. */
function escapeAfter(slashes: string, text: string, at: number): Escape {
  const next = text[at] ?? "";
  const fewer = slashes.slice(1);
  if (next === "\n") return { text: fewer, taken: 1, ends: true, newline: true };
  if (next === "\r" && text[at + 1] === "\n") return { text: fewer, taken: 2, ends: true, newline: true };
  if (next === " " || next === "\t") {
    if (slashes.length % 2 === 1) return { text: slashes.slice(0, slashes.length >> 1) + next, taken: 1 };
    return { text: slashes, taken: 1, ends: true };
  }
  if (next === "#") return { text: fewer + next, taken: 1 };
  if (next === ":" && !/^[ \t\r\n]?$/.test(text[at + 1] ?? "")) return { text: fewer + next, taken: 1 };
  return { text: slashes, taken: 0 };
}

function parseJson(text: string, pick: (value: unknown) => unknown): ParsedDepfile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const place = /position (\d+)/.exec(String(error));
    return { ok: false, line: place === null ? 0 : lineAt(text, Number(place[1])), message: "bad-json" };
  }
  const list = pick(value);
  if (!Array.isArray(list) || !list.every((entry) => typeof entry === "string")) return { ok: false, line: 0, message: "bad-shape" };
  return good(list as string[]);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listIn(value: unknown, names: readonly string[]): unknown {
  return isRecord(value) ? names.map((name) => value[name]).find((entry) => entry !== undefined) : undefined;
}

/**
 * esbuild's metafile (`inputs` by path), or rollup's output (`output` or a plain list of chunks, each with `modules` by
 * id). Leaves out modules that are not files: `<stdin>`, `(disabled):x`, `plugin:x`, ids with a NUL.
 */
function metafileInputs(value: unknown): unknown {
  if (isRecord(value) && isRecord(value["inputs"])) return Object.keys(value["inputs"]).filter(isFile);
  const chunks = isRecord(value) ? value["output"] : value;
  if (!Array.isArray(chunks) || !chunks.every(isRecord)) return undefined;
  return chunks.flatMap((chunk) => (isRecord(chunk["modules"]) ? Object.keys(chunk["modules"]) : [])).filter(isFile);
}

function isFile(id: string): boolean {
  return !/^(<.*>$|\(disabled\):|[A-Za-z][\w+.-]+:|\0)/.test(id);
}
