// Reasons in readable form: one line each, and on request the values before and after.
import { MOVED, type Reason } from "../model/state.ts";
import { countText, errnoText, pathText, plural, quote, sizeText, visible } from "./format.ts";

function about(what: string, { subject }: Reason): string {
  return subject === undefined ? what : `${what}: ${pathText(subject)}`;
}

/** Longest value shown in the line itself. */
const SHORT = 30;

function change({ old, new: now }: Reason): string {
  if (old === undefined && now === undefined) return "";
  if (old === now) return " (another value)";
  const before = old ?? "nothing";
  const after = now ?? "nothing";
  return before.length + after.length <= SHORT ? ` (${visible(before)} → ${visible(after)})` : "";
}

/** `of:3`: how many instances a family has. */
function instances(count: string): string {
  return plural(Number(count.slice(count.indexOf(":") + 1)), "instance");
}

function upstream({ subject, task, old, new: now, pending }: Reason): string {
  const from = task === undefined || task === subject ? "" : ` (from ${quote(task)})`;
  if (pending === true) return subject === undefined ? `may change: what ${task === undefined ? "it needs" : quote(task)} makes` : `may change: ${pathText(subject)}${from}`;
  if (subject === undefined) return `upstream changed: ${task === undefined ? "a task it depends on" : quote(task)}${now === undefined ? "" : ` (${old === undefined ? "" : `${instances(old)} → `}${instances(now)})`}`;
  return `upstream changed: ${pathText(subject)}${task === undefined && now === "-" ? " (no longer consumed)" : from}`;
}

export function reasonText(reason: Reason): string {
  switch (reason.code) {
    case "forced": return "forced";
    case "always": return "runs in every build";
    case "never-ran": return "never ran";
    case "interrupted": return "was interrupted";
    case "failed-last-time": return "failed last time";
    case "input-changed-during-run": return about("input changed while it ran", reason);
    case "command-changed": return "command changed" + change(reason);
    case "cwd-changed": return "working folder changed" + change({ ...reason, old: reason.old ?? ".", new: reason.new ?? "." });
    case "env-changed": return about("env changed", reason) + change(reason);
    case "param-changed": return about("param changed", reason) + change(reason);
    case "code-changed": return about("code changed", reason);
    case "tool-changed": return about("tool changed", reason);
    case "declaration-changed": return about("declaration changed", reason);
    case "input-added": return about("input added", reason);
    case "input-removed": return about("input removed", reason);
    case "input-changed": return about("input changed", reason);
    case "mode-changed": return about(`input made ${reason.new?.startsWith("x") === true ? "" : "not "}executable`, reason);
    case "input-deleted": return about("input deleted", reason);
    case "input-appeared": return about("input appeared", reason);
    case "upstream-changed": return upstream(reason);
    case "need-changed": return about(reason.pending === true ? "need may change" : "need changed", reason);
    case "undeclared-order": return `nothing orders it after ${reason.task === undefined ? "the task" : quote(reason.task) + ","} ${reason.task === undefined ? "that" : "which"} makes ${pathText(reason.subject ?? "what it reads")}`;
    case "output-missing": return about("output missing", reason);
    case "output-changed": return about("output changed outside tg", reason);
    case "needed-by": return (reason.pending === true ? "may be needed by " : "needed by ") + (reason.task === undefined ? "another task" : quote(reason.task));
    default: return reason.code satisfies never;
  }
}

/** A certain reason represents the others: a possible one follows from it, or from other tasks. */
function foremost(reasons: readonly Reason[]): Reason | undefined {
  return reasons.find(({ pending }) => pending !== true) ?? reasons[0];
}

/** The foremost reason, and how many others there are. */
export function reasonSummary(reasons: readonly Reason[]): string {
  const first = foremost(reasons);
  if (first === undefined) return "";
  return reasonText(first) + (reasons.length > 1 ? ` (+${countText(reasons.length - 1)} more)` : "");
}

/** How many reasons of a task `-v` lists. */
const LISTED = 10;

export interface Listed {
  readonly shown: readonly Reason[];
  /** What to say about the others; "" if there are none. */
  readonly rest: string;
}

/** The certain reasons first; of very many some, then how many more. */
export function listedReasons(reasons: readonly Reason[], all: boolean): Listed {
  const sorted = [...reasons.filter(({ pending }) => pending !== true), ...reasons.filter(({ pending }) => pending === true)];
  if (all || sorted.length <= LISTED + 1) return { shown: sorted, rest: "" };
  return { shown: sorted.slice(0, LISTED), rest: `${moreReasons(sorted.slice(LISTED))} (-vv lists all)` };
}

/** `43 more may change`. */
export function moreReasons(left: readonly Reason[]): string {
  return left.every(({ pending }) => pending === true) ? `${countText(left.length)} more may change` : plural(left.length, "more reason");
}

const KINDS: Readonly<Record<string, string>> = { "-": "absent", f: "file", x: "executable file", l: "link", t: "folder", d: "folder", s: "listing", h: "own hash" };

/** `file, 1.4 KiB, 8f3a21c0`: an identity (model/state.ts) spelled out. */
export function identityText(identity: string): string {
  const kind = KINDS[identity[0] ?? ""];
  const match = /^[fxltsh]([0-9a-f]{16})(?:\.([0-9a-z]+))?$/.exec(identity);
  if (identity === MOVED) return "changed while it ran";
  if (identity === "-" || identity === "d") return kind!;
  if (identity.startsWith("?")) return identity.slice(1);
  if (kind === undefined || match === null) return visible(identity);
  const size = match[2] === undefined ? "" : `, ${sizeText(parseInt(match[2], 36))}`;
  return `${kind}${size}, ${match[1]!.slice(0, 8)}`;
}

const LONGEST_VALUE = 300;

/** Precedes a long value of which only the beginning is kept. */
const HASHED = /^xxh:[0-9a-f]{16} /;

function valueText(value: string): string {
  const text = visible(value);
  return text.length > LONGEST_VALUE ? text.slice(0, LONGEST_VALUE) + "…" : text;
}

const ABOUT_FILES: ReadonlySet<Reason["code"]> = new Set(["input-added", "input-removed", "input-changed", "mode-changed", "input-deleted", "input-appeared", "upstream-changed", "output-missing", "output-changed"] as const);

/** Their values are shown in the line itself if they are short. */
const INLINE: ReadonlySet<Reason["code"]> = new Set(["command-changed", "cwd-changed", "env-changed", "param-changed"] as const);

/** What is wrong with an entry of `tools`. */
export function toolFault(why: string): string {
  if (why === "missing") return "not found";
  if (why === "silent") return "it printed nothing";
  if (why === "late") return "no answer in 10 s";
  return /^E[A-Z]+$/.test(why) ? errnoText(why) : visible(why);
}

/** A program as `PATH IDENTITY`; of a version text, the line that differs from `other`. */
function spelledTool(value: string | undefined, other: string | undefined): string {
  if (value === undefined) return "not declared";
  if (value === "missing") return toolFault(value);
  if (value.startsWith("!")) return toolFault(value.slice(1));
  const [, path, identity] = /^(.+) ([-fxlth?]\S*)$/.exec(value) ?? [];
  if (path !== undefined && !value.includes("\n") && /[-?]|^.[0-9a-f]{16}/.test(identity!)) return `${pathText(path)}: ${identityText(identity!)}`;
  const theirs = new Set((other ?? "").split("\n"));
  return valueText(value.split("\n").find((line) => !theirs.has(line)) ?? value).replace(HASHED, "");
}

function spelled({ code }: Reason, value: string | undefined): string {
  if (value === undefined) return "nothing";
  if (ABOUT_FILES.has(code)) return identityText(value);
  return code === "code-changed" ? value.slice(0, 8) : valueText(value.replace(HASHED, ""));
}

/** What only one of two lists has; of a long list only the beginning is known. "" if that is the same. */
function listsText(old: string | undefined, now: string | undefined): string {
  const lists = [old, now].map((text) => (text ?? "").replace(HASHED, "").split("\n"));
  const [was, is] = lists.map((list, i) => list.filter((line) => !lists[1 - i]!.includes(line)));
  const isCut = [old, now].some((text) => text !== undefined && HASHED.test(text));
  const [left, right] = (isCut || was!.length + is!.length === 0 ? lists : [was!, is!]).map((list) => valueText(list.join(", ")) || "nothing");
  return left === right ? "" : `${left} → ${right}`;
}

/** `old → new` if the reason knows both and its own line does not say so already; "" otherwise. */
export function changeText(reason: Reason): string {
  const { old, new: now } = reason;
  if (reason.code === "tool-changed") return old === now ? "" : `${spelledTool(old, now)} → ${spelledTool(now, old)}`;
  if (reason.code === "declaration-changed") return listsText(old, now);
  const said = (INLINE.has(reason.code) && change(reason) !== "") || (reason.code === "upstream-changed" && reason.subject === undefined);
  return said || old === now ? "" : `${spelled(reason, old)} → ${spelled(reason, now)}`;
}

/** Advice to show below a reason besides the change, for `why` and `-v`. */
export function reasonAdvice({ code, subject }: Reason): string | null {
  if (code !== "code-changed" || !/(^|\/)[^/]*\.config\.[cm]?[jt]s$/.test(subject ?? "")) return null;
  return "its function is written in the config and goes by the config's code; in a file of its own it would go by that file alone";
}
