// Source text with everything that is not code removed: the contents of strings, comments and patterns become spaces, so
// that braces and words can be counted. Same length, same lines. Knows no grammar beyond that.

/** After these a `/` starts a regular expression, not a division. */
const BEFORE_REGEX = /(?:^|[([{,;=:!&|?+\-*%<>~^]|\b(?:return|typeof|case|of|in|do|else|void|delete|await|yield))\s*$/;

interface Scanner {
  readonly text: string;
  /** Offsets `[from, to)` to be blanked. */
  readonly blanks: number[];
  /** Brace depth at which each open `${` ends. */
  readonly templates: number[];
  depth: number;
}

/** End of a quoted text that starts at `at`; stops at a line end, since an unclosed one is a syntax error anyway. */
function endOfQuoted(text: string, at: number): number {
  const quote = text[at];
  let i = at + 1;
  while (i < text.length && text[i] !== quote && text[i] !== "\n") i += text[i] === "\\" ? 2 : 1;
  return i;
}

function endOfRegex(text: string, at: number): number {
  let inClass = false;
  let i = at + 1;
  for (; i < text.length && text[i] !== "\n"; i++) {
    const c = text[i];
    if (c === "\\") i++;
    else if (c === "[") inClass = true;
    else if (c === "]") inClass = false;
    else if (c === "/" && !inClass) break;
  }
  return i;
}

/** Blanks template text from `from` up to the closing backtick or the next `${`; returns where code goes on. */
function templateText(scanner: Scanner, from: number): number {
  const { text } = scanner;
  let i = from;
  while (i < text.length && text[i] !== "`") {
    if (text[i] === "$" && text[i + 1] === "{") {
      scanner.blanks.push(from, i + 1);
      scanner.templates.push(scanner.depth++);
      return i + 2;
    }
    i += text[i] === "\\" ? 2 : 1;
  }
  scanner.blanks.push(from, i);
  return i + 1;
}

function comment(scanner: Scanner, at: number): number {
  const line = scanner.text[at + 1] === "/";
  const found = scanner.text.indexOf(line ? "\n" : "*/", at + 2);
  const end = found < 0 ? scanner.text.length : line ? found : found + 2;
  scanner.blanks.push(at, end);
  return end;
}

function slash(scanner: Scanner, at: number): number {
  const { text } = scanner;
  if (text[at + 1] === "/" || text[at + 1] === "*") return comment(scanner, at);
  if (!BEFORE_REGEX.test(text.slice(Math.max(0, at - 20), at))) return at + 1;
  const end = endOfRegex(text, at);
  scanner.blanks.push(at + 1, end);
  return end + 1;
}

function step(scanner: Scanner, at: number): number {
  switch (scanner.text[at]) {
    case '"':
    case "'": {
      const end = endOfQuoted(scanner.text, at);
      scanner.blanks.push(at + 1, end);
      return end + 1;
    }
    case "`":
      return templateText(scanner, at + 1);
    case "/":
      return slash(scanner, at);
    case "{":
      scanner.depth++;
      return at + 1;
    case "}":
      scanner.depth--;
      if (scanner.templates[scanner.templates.length - 1] !== scanner.depth) return at + 1;
      scanner.templates.pop();
      return templateText(scanner, at + 1);
    default:
      return at + 1;
  }
}

const INTERESTING = /["'`/{}]/g;

/** The text with contents of strings, templates, comments and regular expressions replaced by spaces. */
export function codeOnly(text: string): string {
  const scanner: Scanner = { text, blanks: [], templates: [], depth: 0 };
  let at = text.startsWith("#!") ? Math.max(0, text.indexOf("\n")) : 0;
  while (at < text.length) {
    INTERESTING.lastIndex = at;
    const next = INTERESTING.exec(text);
    if (next === null) break;
    at = step(scanner, next.index);
  }
  const pieces: string[] = [];
  let last = 0;
  for (let i = 0; i < scanner.blanks.length; i += 2) {
    const [from, to] = [scanner.blanks[i]!, scanner.blanks[i + 1]!];
    pieces.push(text.slice(last, from), text.slice(from, to).replace(/[^\n]/g, " "));
    last = to;
  }
  pieces.push(text.slice(last));
  return pieces.join("");
}

/** 1-based line of an offset. */
export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}
