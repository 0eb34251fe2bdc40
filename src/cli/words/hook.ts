// The npm script that called tg: its name, where the person stands, and which words are the script's own. Parses no flags.
import { readFileSync } from "node:fs";
import { dirname } from "node:path";

export type Env = Readonly<Record<string, string | undefined>>;

export interface Hook {
  readonly event: string;
  readonly standsIn: string;
  /** How many words of argv, from the first, are in the script's own text; the person appended the others. */
  readonly own: number;
  /** The text ends with the call of tg, so every word was appended by the person. */
  readonly bare: boolean;
}

const LAUNCHERS: readonly string[] = ["", "npx", "tg", "bunx", "dlx", "exec"];

/** Whether a script may have called tg; its text is in a file then, too. */
export function isScripted(env: Env): boolean {
  return !LAUNCHERS.includes(env["npm_lifecycle_event"] ?? "") && env["npm_command"] !== "exec";
}

/**
 * The npm script that called tg, if it did so directly. Everything started by a script inherits the variables (tests that
 * start tg in a temporary folder, say), so they count only where npm runs scripts: in the package's own folder.
 */
export function hookOf(argv: readonly string[], env: Env, cwd: string): Hook | null {
  if (!isScripted(env)) return null;
  const event = env["npm_lifecycle_event"]!;
  const packageFile = env["npm_package_json"] ?? "";
  const start = env["INIT_CWD"] ?? "";
  const said = env["npm_lifecycle_script"] ?? "";
  const below = start === "" || start === cwd || start.startsWith(cwd === "/" ? cwd : cwd + "/");
  const surely = packageFile !== "" ? dirname(packageFile) === cwd : below;
  if (packageFile !== "" && !surely) return null;
  const text = surely && argv.length === 0 ? null : scriptOf(event, cwd);
  // pnpm 9 names no package file, and the person may stand above the package.
  if (!surely && (text === null || !said.startsWith(text))) return null;
  return { event, standsIn: start === "" ? cwd : start, ...ownWords(text ?? said, argv) };
}

/** npx changes to the workspace package's folder before it starts tg; otherwise it stays in the person's folder. */
export function startOf(env: Env, cwd: string): string {
  const start = env["INIT_CWD"] ?? "";
  const prefix = env["npm_config_local_prefix"] ?? "";
  const moved = env["npm_command"] === "exec" && env["npm_lifecycle_event"] === "npx" && prefix !== "" && prefix !== cwd && dirname(env["npm_package_json"] ?? "") === cwd;
  return moved && start.startsWith(cwd + "/") ? start : cwd;
}

/** pnpm adds the appended words to the variable for the text, and yarn 4 does not set it. */
function scriptOf(event: string, cwd: string): string | null {
  try {
    const { scripts } = JSON.parse(readFileSync(`${cwd}/package.json`, "utf8").replace(/^\uFEFF/, "")) as { scripts?: Record<string, unknown> };
    const text = scripts?.[event];
    return typeof text === "string" ? text : null;
  } catch {
    return null;
  }
}

function ownWords(text: string, argv: readonly string[]): Pick<Hook, "own" | "bare"> {
  const calls = callsIn(text);
  let own = 0;
  for (const call of calls) {
    let same = 0;
    while (same < call.length && same < argv.length && mayBe(call[same]!, argv[same]!)) same++;
    own = Math.max(own, same);
  }
  return { own, bare: own === 0 && calls.at(-1)?.length === 0 };
}

/** A word of a shell, with its quotes, or what ends a command. */
const PIECE = /(?:[^\s'"\\;&|<>()]|\\[^]|'[^']*'|"(?:[^"\\]|\\[^])*")+|[;&|<>()\n]/g;
const TG = /^(.*[/\\:])?tg(-build)?(\.[a-z]+)?$/;

/** The words behind each `tg` of a script. */
function callsIn(text: string): string[][] {
  const calls: string[][] = [];
  let call: string[] | null = null;
  for (const [piece] of text.matchAll(PIECE)) {
    if (/^[;&|<>()\n]$/.test(piece)) call = null;
    else if (call !== null) call.push(piece);
    else if (TG.test(unquoted(piece))) calls.push((call = []));
  }
  return calls;
}

/** What a shell expands may be anything. */
function mayBe(piece: string, word: string): boolean {
  return /[$`*?[{~]/.test(piece) || unquoted(piece) === word;
}

function unquoted(piece: string): string {
  return piece.replace(/'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])/g, (_, single: string | undefined, double: string | undefined, plain: string) => single ?? double?.replace(/\\([$`"\\])/g, "$1") ?? plain);
}
