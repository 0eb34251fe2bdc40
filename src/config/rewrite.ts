// Changes the specifiers and `import.meta` of one module's code without moving a line. Is told what each import becomes;
// knows no files.
import type { DynamicImport, Import, StaticImport } from "es-module-lexer";
import { lineOf } from "./scan.ts";

/** An import that names its target. */
export interface NamedImport {
  readonly specifier: string;
  readonly line: number;
  readonly dynamic: boolean;
  /** `with { type: "text" }`. */
  readonly asText: boolean;
}

export interface Decisions {
  /** Code to insert at the beginning of the body; "": none. */
  readonly begin: string;
  /** New specifier; null leaves it. `plain`: the target is a plain module, so import attributes must be removed. */
  replace(named: NamedImport): { readonly specifier: string | null; readonly plain: boolean };
  /** Called for an import whose target is computed at run time. */
  computed(line: number): void;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The name that replaces `import.meta`; also resolves computed imports. */
export const META = "__tgMeta";

/** The new code, whether it mentions META, and whether it begins as requested. */
export function rewriteImports(code: string, imports: readonly Import[], decisions: Decisions): { code: string; usesMeta: boolean; begun: boolean } {
  const edits: Edit[] = decisions.begin === "" ? [] : [beginning(code, imports, decisions.begin)];
  for (const found of imports) {
    if (found.type === "import-meta") edits.push({ start: found.start, end: found.end, text: META });
    else if (found.type === "dynamic") edits.push(...dynamicEdits(found, code, decisions));
    else if (!found.typeOnly) edits.push(...namedEdits(found, found.specifier, code, decisions));
  }
  let out = "";
  let last = 0;
  for (const edit of edits.sort((a, b) => a.start - b.start || a.end - b.end)) {
    out += code.slice(last, edit.start) + edit.text;
    last = edit.end;
  }
  return { code: out + code.slice(last), usesMeta: edits.some((edit) => edit.text.startsWith(META)), begun: decisions.begin !== "" };
}

/** After the first import, where no column of the person's code moves that an error may mention. */
function beginning(code: string, imports: readonly Import[], text: string): Edit {
  const first = imports.find((found) => found.type === "static" && !found.typeOnly);
  const before = first === undefined ? code : code.slice(0, first.importStart);
  const at = first !== undefined && isBlank(before) ? first.importEnd : 0;
  return { start: at, end: at, text };
}

const BLANK = /\s+|\/\/.*|\/\*[^]*?\*\//y;

/** White space and comments, one by one: a single pattern would try every way to split a line of slashes. */
function isBlank(text: string): boolean {
  BLANK.lastIndex = 0;
  while (BLANK.lastIndex < text.length) if (!BLANK.test(text)) return false;
  return true;
}

function dynamicEdits(found: DynamicImport, code: string, decisions: Decisions): Edit[] {
  if (found.specifier !== undefined && !found.glob) return namedEdits(found, found.specifier, code, decisions);
  decisions.computed(lineOf(code, found.importStart));
  return [{ start: found.start, end: found.end, text: `${META}.resolve(${code.slice(found.start, found.end)})` }];
}

function namedEdits(found: StaticImport | DynamicImport, specifier: string, code: string, decisions: Decisions): Edit[] {
  const attributes = found.attributesStart < 0 ? "" : code.slice(found.attributesStart, found.importEnd);
  const { specifier: text, plain } = decisions.replace({
    specifier,
    line: lineOf(code, found.importStart),
    dynamic: found.type === "dynamic",
    asText: /type["']?\s*:\s*["']text["']/.test(attributes),
  });
  const dynamic = found.type === "dynamic";
  // The lexer includes the quotes for dynamic imports only.
  const [start, end] = dynamic ? [found.start, found.end] : [found.start - 1, found.end + 1];
  const edits: Edit[] = text === null ? [] : [{ start, end, text: JSON.stringify(text) }];
  if (attributes !== "" && plain) {
    const last = dynamic ? found.importEnd - 1 : found.importEnd;
    edits.push({ start: end, end: last, text: code.slice(end, last).replace(/[^\n]/g, " ") });
  }
  return edits;
}
