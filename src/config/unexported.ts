// An import of a name that the module does not export: which name, of which module, where the import is, and what may have
// been meant. Knows the wording of each engine.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { suggest } from "../model/suggest.ts";

export interface Unexported {
  readonly name: string;
  /** As imported; what the engine calls it if the import cannot be found. */
  readonly specifier: string;
  readonly source: string;
  readonly line: number;
  readonly column: number;
  readonly suggestion: string | null;
  /** A CommonJS module, which may have the name after all. */
  readonly commonjs: boolean;
}

const SAID = [
  /^The requested module '(?<module>[^']+)' does not provide an export named '(?<name>[^']+)'/,
  /^Named export '(?<name>[^']+)' not found\. The requested module '(?<module>[^']+)' is a CommonJS module/,
  /^Export named '(?<name>[^']+)' not found in module '(?<module>[^']+)'/,
  /^(?:Importing binding name|Indirectly exported binding name) '(?<name>[^']+)' (?:is not found|cannot be resolved)/,
  /^Missing '(?<name>default)' export in module '(?<module>[^']+)'/,
];

/** Where it may be imported: the engine's file and line, if known, else all of them. */
export interface Where {
  readonly importer: { readonly file: string; readonly source: string; readonly line: number } | null;
  readonly sources: Iterable<string>;
}

/** null: the message says something else. */
export function unexportedIn(message: string, { importer, sources }: Where): Unexported | null {
  const said = SAID.map((words) => words.exec(message)?.groups).find((groups) => groups !== undefined);
  if (said === undefined) return null;
  const name = said["name"]!;
  const found = importer === null ? firstImport(name, sources) : (importOf(name, importer.source, importer.line) ?? { source: importer.source, line: importer.line, column: 1, specifier: null });
  if (found === null) return null;
  const specifier = found.specifier ?? said["module"] ?? "";
  const names = name === "default" ? [] : specifier.startsWith("node:") ? namesOfBuiltin(specifier) : namesIn(fileOf(said["module"], found.source, importer?.file));
  return { ...found, name, specifier, suggestion: suggest(name, names), commonjs: message.includes("is a CommonJS module") };
}

function firstImport(name: string, sources: Iterable<string>): ReturnType<typeof importOf> {
  for (const source of sources) {
    const found = importOf(name, source, 1);
    if (found !== null) return found;
  }
  return null;
}

const IMPORT = /\b(?:import|export)\b([^;"'`]*?)\bfrom\s*["']([^"']+)["']/g;

/** The first statement that imports the name and does not end before the line. */
function importOf(name: string, source: string, line: number): { readonly source: string; readonly line: number; readonly column: number; readonly specifier: string } | null {
  const text = textOf(source);
  const isNamed = name === "default" ? /^\s+(?!type\b)[\w$]|\bdefault\b/ : new RegExp(`(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`);
  for (const { index, 0: whole, 1: clause, 2: specifier } of text.matchAll(IMPORT)) {
    const at = isNamed.exec(clause!);
    if (at === null || lineOf(text, index + whole.length) < line) continue;
    const place = index + whole.indexOf(clause!) + at.index + at[0].search(/\S/);
    return { source, line: lineOf(text, place), column: place - text.lastIndexOf("\n", place - 1), specifier: specifier! };
  }
  return null;
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split("\n").length;
}

function fileOf(module: string | undefined, source: string, importer: string | undefined): string | null {
  if (module === undefined) return null;
  if (module.startsWith("file://")) return fileURLToPath(module);
  if (module.startsWith(".")) return importer === undefined ? null : join(dirname(importer), module);
  try {
    return createRequire(source).resolve(module);
  } catch {
    // It can only be imported.
    return null;
  }
}

/** Names that a module itself exports, according to its text. */
function namesIn(file: string | null): string[] {
  const text = file === null ? "" : textOf(file);
  const declared = [...text.matchAll(/\bexport\s+(?:async\s+)?(?:const|let|var|class|function)\b[\s*]*([\w$]+)/g)].map(([, name]) => name!);
  const listed = [...text.matchAll(/\bexport\s*\{([^}]*)\}/g)].flatMap(([, names]) => names!.split(",").map((one) => one.trim().split(/\s+as\s+/).at(-1)!));
  return [...declared, ...listed].filter((name) => name !== "" && name !== "default");
}

function namesOfBuiltin(specifier: string): string[] {
  return Object.keys((process.getBuiltinModule(specifier) as object | undefined) ?? {});
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
