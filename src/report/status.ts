// What `status`, `why` and `-n` say, as lines. Knows neither disk nor judge: rows in, text out.
import type { Reason, TaskState } from "../model/state.ts";
import type { Paint } from "./color.ts";
import { changeText, reasonText } from "./reasons.ts";

export interface StatusRow {
  readonly name: string;
  readonly state: TaskState;
  readonly barrier: boolean;
  readonly reasons: readonly Reason[];
  /** Fresh, but an intermediate is not on disk. */
  readonly virtual: boolean;
  readonly key: string;
  readonly last: { readonly status: string; readonly start: number; readonly end: number; readonly exit: number | null } | null;
  /** How the last attempt went wrong, one line; null when it did not. */
  readonly error: string | null;
  /** The failed task it stands below. */
  readonly blockedBy: string | null;
}

export interface StatusText {
  readonly paint: Paint;
  /** 0: first reason; 1: all reasons and the last error; 2: with old and new values and keys. */
  readonly verbose: number;
  /** Rows that are fresh are listed too. */
  readonly all: boolean;
  /** Outputs of earlier definitions that were edited and therefore kept. */
  readonly edited: readonly string[];
}

/** Above this many tasks the fresh ones are counted, not listed, unless asked for. */
const MANY = 40;

const WORDS: Record<TaskState, string> = { fresh: "fresh", stale: "stale", maybe: "maybe stale", failed: "failed", blocked: "blocked", skipped: "skipped" };

export function statusLines(rows: readonly StatusRow[], o: StatusText): string[] {
  if (rows.length === 0) return ["tg: No tasks"];
  const shown = o.all || o.verbose > 0 || rows.length <= MANY ? rows : rows.filter((row) => row.state !== "fresh");
  const width = Math.min(48, shown.reduce((most, row) => Math.max(most, row.name.length), 0));
  const lines: string[] = [];
  for (const row of shown) lines.push(...rowLines(row, width, o));
  for (const path of o.edited) lines.push(`left over, edited, kept: ${path}  (tg clean --dead removes it)`);
  lines.push(...(lines.length === 0 ? [] : [""]), countLine(rows, shown.length < rows.length));
  return lines;
}

function rowLines(row: StatusRow, width: number, o: StatusText): string[] {
  const { paint } = o;
  const word = row.barrier && row.state === "fresh" ? "ok" : WORDS[row.state];
  const ink = row.state === "fresh" ? paint.good : row.state === "failed" || row.state === "blocked" ? paint.bad : row.state === "skipped" ? paint.faint : paint.warn;
  const head = `${row.name.padEnd(width)}  ${ink(word.padEnd(11))}`;
  const first = firstText(row);
  const lines = [first === "" ? head.trimEnd() : `${head}  ${first}`];
  if (o.verbose === 0) return lines;
  const rest = row.reasons.filter((reason, i) => i > 0 || reasonText(reason) !== first || changeText(reason) !== "");
  for (const reason of rest) {
    const change = changeText(reason);
    lines.push(`${" ".repeat(width + 2)}  ${reasonText(reason)}${change === "" ? "" : `  ${paint.faint(`(${change})`)}`}`);
  }
  if (row.error !== null && row.error !== first) lines.push(`${" ".repeat(width + 2)}  last error: ${row.error}`);
  if (o.verbose > 1 && row.key !== "") lines.push(`${" ".repeat(width + 2)}  key ${row.key}`);
  return lines;
}

/** The one thing worth saying when there is room for one. */
function firstText(row: StatusRow): string {
  if (row.state === "failed" && row.error !== null) return row.error;
  if (row.state === "blocked" && row.blockedBy !== null) return `below "${row.blockedBy}", which failed`;
  if (row.virtual) return "not on disk";
  const reason = row.reasons[0];
  const more = row.reasons.length > 1 ? `, and ${row.reasons.length - 1} more` : "";
  return reason === undefined ? "" : reasonText(reason) + more;
}

function countLine(rows: readonly StatusRow[], hidden: boolean): string {
  const tasks = rows.filter((row) => !row.barrier);
  const count = (state: TaskState): number => tasks.filter((row) => row.state === state).length;
  const fresh = count("fresh");
  const noun = (n: number): string => `${n} ${n === 1 ? "task" : "tasks"}`;
  if (fresh === tasks.length) return tasks.length === 1 ? "tg: 1 task, fresh" : `tg: All ${noun(tasks.length)} fresh`;
  const states: TaskState[] = ["failed", "blocked", "stale", "maybe", "skipped", "fresh"];
  const parts = states.filter((state) => count(state) > 0).map((state) => `${count(state)} ${WORDS[state]}`);
  return `tg: ${noun(tasks.length)}: ${parts.join(", ")}${hidden ? " (fresh ones not listed; -v lists them)" : ""}`;
}

/** design.md section 3. */
export function statusJson(rows: readonly StatusRow[]): string {
  const tasks: Record<string, unknown> = {};
  for (const row of rows) tasks[row.name] = { state: row.state, reasons: row.reasons, key: row.key, last: row.last };
  return JSON.stringify({ version: 1, tasks });
}

/** `-n`: what would run (`*`) and what may (`?`), in the order of the graph. */
export function dryRunLines(rows: readonly StatusRow[], paint: Paint): string[] {
  const open = rows.filter((row) => !row.barrier && row.state !== "fresh" && row.state !== "skipped");
  const width = Math.min(48, open.reduce((most, row) => Math.max(most, row.name.length), 0));
  const lines = open.map((row) => {
    const sure = row.reasons.some((reason) => reason.pending !== true);
    const reason = row.reasons[0];
    return `${sure ? paint.warn("*") : "?"} ${row.name.padEnd(width)}  ${reason === undefined ? "" : reasonText(reason)}`.trimEnd();
  });
  const sure = open.filter((row) => row.reasons.some((reason) => reason.pending !== true)).length;
  const total = rows.filter((row) => !row.barrier).length;
  if (open.length === 0) return [`tg: Nothing would run; ${total} tasks are fresh`];
  const maybe = open.length - sure;
  return [...lines, "", `tg: ${sure} would run${maybe === 0 ? "" : `, ${maybe} may run`}, ${total - open.length} fresh (nothing was changed)`];
}

export function dryRunJson(rows: readonly StatusRow[]): string {
  return rows.filter((row) => !row.barrier).map((row) => JSON.stringify({ event: "task-judged", task: row.name, state: row.state, reasons: row.reasons })).join("\n");
}

/** `why`: the task, then what its reasons lead to, up to the root causes. */
export function whyLines(chain: readonly StatusRow[], paint: Paint): string[] {
  const [first, ...above] = chain;
  if (first === undefined) return [];
  const lines = [...whyOne(first, "", paint)];
  for (const row of above) if (row.reasons.length > 0 || row.state !== "fresh") lines.push(...whyOne(row, "  ", paint));
  return lines;
}

function whyOne(row: StatusRow, indent: string, paint: Paint): string[] {
  const state = row.state === "fresh" ? (row.virtual ? "fresh (not on disk)" : "fresh") : WORDS[row.state];
  const head = `${indent}${paint.strong(row.name)} is ${state}${row.reasons.length === 0 ? ": nothing it is judged by has changed since its last run" : ":"}`;
  const lines = [head];
  for (const reason of row.reasons) {
    const change = changeText(reason);
    lines.push(`${indent}  ${reasonText(reason)}`);
    if (change !== "") lines.push(`${indent}    ${change}`);
  }
  if (row.error !== null) lines.push(`${indent}  last error: ${row.error}`);
  return lines;
}

export function whyJson(chain: readonly StatusRow[]): string {
  return JSON.stringify({ version: 1, tasks: chain.map((row) => ({ name: row.name, state: row.state, reasons: row.reasons, last: row.last })) });
}
