// From entry sources to plain ES modules that can share one folder: walks the local import graph, removes types, rewrites
// imports. The only door to es-module-lexer's parser. Writes nothing.
import { readFileSync } from "node:fs";
import { basename, extname } from "node:path";
import { pathToFileURL } from "node:url";
import { init, parse } from "es-module-lexer";
import type { ConfigProblem } from "../model/problem.ts";
import { openLookup } from "./lookup.ts";
import { resolveImport, type PackageUse, type Resolver } from "./resolve.ts";
import { bodyMark, digestOf } from "./readers.ts";
import { META, rewriteImports, type Decisions, type NamedImport } from "./rewrite.ts";
import { orConflict } from "./conflict.ts";
import { lineOf } from "./scan.ts";
import { metaModule, standIn, standInName } from "./standins.ts";

export interface CompiledModule {
  /** Absolute path of the source. */
  readonly source: string;
  /** First 16 hex digits of the source's SHA-256. */
  readonly digest: string;
  /** Name of the compiled file in the folder; null: the source itself is imported (CommonJS, native code). */
  readonly name: string | null;
  /** Emitted JavaScript. */
  readonly code: string;
  /** Indices of the modules it imports. */
  readonly deps: readonly number[];
  readonly packages: readonly PackageUse[];
}

export interface Compiled {
  /** Entries first, in the order given. */
  readonly modules: readonly CompiledModule[];
  /** Stand-ins that the modules import. Name → code. */
  readonly extras: ReadonlyMap<string, string>;
  /** Absolute paths that were read or looked for in vain. */
  readonly files: readonly string[];
  readonly absent: readonly string[];
  /** Imports with a computed target, which cannot be followed. */
  readonly computed: readonly ComputedImport[];
}

export interface ComputedImport {
  readonly file: string;
  readonly line: number;
}

export interface CompileOptions {
  /** Absolute paths. */
  readonly entries: readonly string[];
  readonly root: string;
  /** The folder the result will be written to. */
  readonly keepDir: string;
  readonly publicModule: string;
  /** Spelling of a source in messages. */
  readonly shown: (file: string) => string;
}

interface Draft {
  readonly source: string;
  name: string | null;
  digest: string;
  code: string;
  readonly deps: number[];
  readonly packages: PackageUse[];
}

type Strip = typeof import("./strip.ts");

interface Walk {
  /** Loaded for the first module that needs it: TypeScript, or a syntax error to report. Takes 5 ms. */
  strip: Strip | null;
  /** The module compiled last needs it. */
  stripWanted: boolean;
  readonly options: CompileOptions;
  readonly resolver: Resolver;
  readonly drafts: Draft[];
  readonly indexOf: Map<string, number>;
  readonly extras: Map<string, string>;
  readonly metas: { name: string; file: string }[];
  readonly problems: ConfigProblem[];
  readonly computed: ComputedImport[];
}

export async function compile(options: CompileOptions): Promise<Compiled | { readonly problems: readonly ConfigProblem[] }> {
  await init();
  const lookup = openLookup();
  const resolver: Resolver = { root: options.root, keepDir: options.keepDir, publicModule: options.publicModule, lookup, pathMaps: new Map() };
  const walk: Walk = { strip: null, stripWanted: false, options, resolver, drafts: [], indexOf: new Map(), extras: new Map(), metas: [], problems: [], computed: [] };
  for (const entry of options.entries) indexFor(entry, false, walk);
  // Modules are added during the walk.
  for (let i = 0; i < walk.drafts.length; i++) await compileNext(walk, i);
  if (walk.problems.length > 0) return { problems: walk.problems };
  for (const draft of walk.drafts) draft.code = withFinalNames(draft.code, walk.drafts);
  if (walk.metas.length > 0) walk.extras.set("meta.mjs", metaModule(walk.metas));
  const files = new Set([...lookup.files, ...walk.drafts.map((draft) => draft.source)]);
  return { modules: walk.drafts, extras: walk.extras, files: [...files], absent: [...lookup.absent], computed: walk.computed };
}

/** The compiled modules in a folder, and which of them to recompile. */
export interface Standing {
  readonly modules: readonly Omit<CompiledModule, "code">[];
  readonly again: readonly number[];
}

export interface Recompiled extends Omit<Compiled, "modules"> {
  /** In the order of `again`. */
  readonly modules: readonly CompiledModule[];
  /** Names that "meta.mjs" must export. */
  readonly metas: readonly string[];
}

/** null: more than these must be compiled, or something is wrong with them. */
export async function recompile(options: CompileOptions, { modules, again }: Standing): Promise<Recompiled | null> {
  await init();
  const lookup = openLookup();
  const resolver: Resolver = { root: options.root, keepDir: options.keepDir, publicModule: options.publicModule, lookup, pathMaps: new Map() };
  const walk: Walk = { strip: null, stripWanted: false, options, resolver, drafts: [], indexOf: new Map(), extras: new Map(), metas: [], problems: [], computed: [] };
  const chosen = new Set(again);
  modules.forEach(({ source, name, digest, deps, packages }, index) => {
    walk.indexOf.set(name?.endsWith(".text.mjs") === true ? source + "?text" : source, index);
    walk.drafts.push({ source, name, digest, code: "", deps: chosen.has(index) ? [] : [...deps], packages: chosen.has(index) ? [] : [...packages] });
  });
  const drafts = again.map((index) => walk.drafts[index]!);
  for (const index of again) await compileNext(walk, index);
  if (walk.problems.length > 0 || walk.drafts.length > modules.length || drafts.some(({ name }) => name === null)) return null;
  for (const draft of drafts) draft.code = withFinalNames(draft.code, walk.drafts);
  return { modules: drafts, extras: walk.extras, metas: walk.metas.map(({ name }) => name), files: [...lookup.files], absent: [...lookup.absent], computed: walk.computed };
}

const COMPILED = new Set([".ts", ".mts", ".tsx", ".js", ".mjs", ".json"]);

function indexFor(file: string, asText: boolean, walk: Walk): number {
  const key = asText ? file + "?text" : file;
  let index = walk.indexOf.get(key);
  if (index === undefined) {
    index = walk.drafts.length;
    walk.indexOf.set(key, index);
    const stem = basename(file).replace(/\.[^.]*$/, "").replace(/[^\w.-]/g, "_").slice(0, 60);
    const name = asText || COMPILED.has(extname(file)) ? `${index}-${stem}.${asText ? "text." : ""}mjs` : null;
    walk.drafts.push({ source: file, name, digest: "", code: "", deps: [], packages: [] });
  }
  return index;
}

/** Whether a module gets a compiled file is known only after the walk (CommonJS is recognised by its content). */
function withFinalNames(code: string, drafts: readonly Draft[]): string {
  return code.replace(/"tg-module:(\d+)"/g, (_, index: string) => {
    const draft = drafts[Number(index)]!;
    return JSON.stringify(draft.name === null ? pathToFileURL(draft.source).href : "./" + draft.name);
  });
}

async function compileNext(walk: Walk, index: number): Promise<void> {
  const draft = walk.drafts[index]!;
  compileModule(draft, index, walk);
  if (!walk.stripWanted) return;
  walk.stripWanted = false;
  walk.strip = await import("./strip.ts");
  compileModule(draft, index, walk);
}

function compileModule(draft: Draft, index: number, walk: Walk): void {
  let bytes: Buffer;
  try {
    bytes = readFileSync(draft.source);
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? "EIO";
    const file = walk.options.shown(draft.source);
    walk.problems.push(errno === "ENOENT" ? { code: "config-import-missing", file, line: 0, specifier: draft.source } : { code: "config-unreadable", file, errno });
    return;
  }
  draft.digest = digestOf(bytes);
  if (draft.name === null) return;
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  if (draft.name.endsWith(".text.mjs")) draft.code = `export default ${JSON.stringify(text)};\n`;
  else if (draft.source.endsWith(".json")) draft.code = jsonModule(text, draft, walk);
  else draft.code = scriptModule(text, { draft, index, walk });
}

function jsonModule(text: string, draft: Draft, walk: Walk): string {
  try {
    // Uses JSON.parse, which is faster than JavaScript for long texts and handles "__proto__".
    return `export default JSON.parse(${JSON.stringify(JSON.stringify(JSON.parse(text)))});\n`;
  } catch (error) {
    const { message } = error as Error;
    const position = Number(/position (\d+)/.exec(message)?.[1] ?? 0);
    const column = position - text.lastIndexOf("\n", position - 1);
    walk.problems.push(orConflict({ code: "config-syntax", file: walk.options.shown(draft.source), line: lineOf(text, position), column, message }, text));
    return "";
  }
}

interface Script {
  readonly draft: Draft;
  readonly index: number;
  readonly walk: Walk;
}

function scriptModule(text: string, script: Script): string {
  const { draft, walk } = script;
  const shown = walk.options.shown(draft.source);
  const source = text.startsWith("#!") ? "//" + text.slice(2) : text;
  const typed = /\.(mts|tsx?)$/.test(draft.source);
  if (typed && walk.strip === null) return wantStrip(walk);
  const stripped = typed ? walk.strip!.stripTypes(source, shown) : { code: source };
  if ("problem" in stripped) {
    walk.problems.push(stripped.problem);
    return "";
  }
  const { code } = stripped;
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(code);
  } catch (error) {
    if (walk.strip === null) return wantStrip(walk);
    walk.problems.push(walk.strip.findSyntaxError(code, shown) ?? lexerProblem(code, shown, (error as { idx?: number }).idx ?? 0));
    return "";
  }
  if (!parsed[3] && isCommonJs(code, draft.source)) {
    draft.name = null;
    return "";
  }
  const result = rewriteImports(code, parsed[0], decisionsFor(script, mayRead(code, parsed[0].length > 0)));
  const end = result.begun ? `\n${bodyMark(draft.source, false)}\n` : "";
  if (!result.usesMeta) return result.code + end;
  const name = `m${script.index}`;
  walk.metas.push({ name, file: draft.source });
  // At the end, so that no line or column of the person's code moves; imports are hoisted anyway.
  return `${result.code}\nimport { ${name} as ${META} } from "./meta.mjs";\n${end}`;
}

/** Without an import it can read the environment at most. */
function mayRead(code: string, imports: boolean): boolean {
  return imports || /\bprocess\b/.test(code);
}

function wantStrip(walk: Walk): "" {
  walk.stripWanted = true;
  return "";
}

function lexerProblem(code: string, file: string, offset: number): ConfigProblem {
  return orConflict({ code: "config-syntax", file, line: lineOf(code, offset), column: offset - code.lastIndexOf("\n", offset - 1), message: "cannot be parsed" }, code);
}

/** Only for `.js` without import or export: everything else is an ES module. */
function isCommonJs(code: string, file: string): boolean {
  return file.endsWith(".js") && /\bmodule\.exports\b|\bexports\.\w|\brequire\s*\(/.test(code);
}

function decisionsFor(script: Script, marked: boolean): Decisions {
  const { walk, draft } = script;
  return {
    begin: marked ? bodyMark(draft.source, true) : "",
    computed: (line) => void walk.computed.push({ file: walk.options.shown(draft.source), line }),
    replace: (named) => replacement(named, script),
  };
}

function replacement(named: NamedImport, script: Script): { specifier: string | null; plain: boolean } {
  const { walk, draft } = script;
  const target = resolveImport(named.specifier, draft.source, walk.resolver);
  switch (target.kind) {
    case "leave":
      return { specifier: null, plain: false };
    case "observed": {
      const name = standInName(target.name);
      walk.extras.set(name, standIn(target.name));
      return { specifier: "./" + name, plain: false };
    }
    case "package":
      if (target.package !== null) draft.packages.push(target.package);
      return { specifier: target.url, plain: false };
    case "local": {
      const index = indexFor(target.file, named.asText, walk);
      if (!draft.deps.includes(index)) draft.deps.push(index);
      return { specifier: `tg-module:${index}`, plain: true };
    }
    case "missing":
      // `import("x").catch(…)` may expect a failure: only a static import is certain to fail.
      if (!named.dynamic) walk.problems.push({ code: "config-import-missing", file: walk.options.shown(draft.source), line: named.line, specifier: named.specifier });
      return { specifier: target.path.startsWith("/") ? pathToFileURL(target.path).href : null, plain: false };
    default:
      return target satisfies never;
  }
}
