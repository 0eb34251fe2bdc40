// Output of `why`: first the root causes, each with the shortest way to the task in question, then what may change on the way.
// Rows in, text out; knows neither disk nor judge.
import type { Reason } from "../model/state.ts";
import type { Paint } from "./color.ts";
import { countText, plural, quote, visible } from "./format.ts";
import { changeText, moreReasons, reasonAdvice, reasonText } from "./reasons.ts";
import { isCounted, statesText, WORDS, type StatusRow } from "./status.ts";

/** `verbose`: everything, and each task on the way with its own reasons. */
export interface WhyText {
  readonly paint: Paint;
  readonly verbose: boolean;
}

/** How many causes and reasons are shown; if only one more is left, all. */
const CAUSES = 5;
const MAY_CHANGE = 3;
/** How many names are shown at either end of a long way. */
const WAY_ENDS = 4;

/** A reason that no other task of the answer explains. */
interface Cause {
  readonly reason: Reason;
  /** The nearest row that has it. */
  readonly at: number;
  /** Rows that have it. */
  rows: number;
}

/** `rows`: the task, then what its reasons lead to, nearest first. */
export function whyLines(rows: readonly StatusRow[], { paint, verbose }: WhyText): string[] {
  const [asked, ...above] = rows;
  if (asked === undefined) return [];
  if (asked.state === "skipped") return [`${paint.strong(visible(asked.name))} is skipped: its "when" leaves it out`];
  const open = above.filter((row) => row.reasons.length > 0);
  const openNames = new Set(open.map((row) => row.name));
  const leadsOn = ({ task }: Reason): boolean => task !== undefined && (openNames.has(task) || task === asked.name);
  const causes = causesOf(rows, leadsOn);
  const shown = few(causes, verbose ? Infinity : CAUSES);
  const ways = waysOf(rows);
  const own = asked.reasons.filter(leadsOn);
  const told = few(own, verbose ? Infinity : MAY_CHANGE);
  const lines = [headLine(asked, paint), ...shown.flatMap((cause) => causeLines(cause, ways, rows)), ...told.flatMap((reason) => reasonLines(reason, "  "))];
  if (asked.error !== null) lines.push(`  last error: ${asked.error}`);
  if (verbose) return [...lines, ...open.flatMap((row) => wholeRow(row, paint))];
  const left = leftText({ causes: causes.length - shown.length, own: own.slice(told.length), between: unnamed(open, ways, shown) });
  return left === "" ? lines : [...lines, `  ${left} (-v lists all)`];
}

/** Everything, if that is no longer than saying how much is left. */
function few<T>(all: readonly T[], most: number): readonly T[] {
  return all.length <= most + 1 ? all : all.slice(0, most);
}

/** Of equal causes the nearest. */
function causesOf(rows: readonly StatusRow[], leadsOn: (reason: Reason) => boolean): Cause[] {
  const known = new Map<string, Cause>();
  for (const [at, row] of rows.entries()) {
    for (const reason of row.reasons) {
      if (leadsOn(reason)) continue;
      const name = causeName(reason, row);
      const cause = known.get(name);
      if (cause === undefined) known.set(name, { reason, at, rows: 1 });
      else cause.rows++;
    }
  }
  return [...known.values()];
}

/** Failures differ from task to task. */
function causeName({ code, subject, task, old, new: now }: Reason, row: StatusRow): string {
  return JSON.stringify([code, subject, task, old, now, isEnding(code) ? row.name : null]);
}

function isEnding(code: Reason["code"]): boolean {
  return code === "failed-last-time" || code === "interrupted" || code === "input-changed-during-run";
}

/** Names from a row to the task in question; of a long way its ends, and how many are in between. */
interface Way {
  readonly head: readonly string[];
  readonly left: number;
  readonly tail: readonly string[];
}

interface Ways {
  whole(from: number): string[];
  short(from: number): Way;
}

function waysOf(rows: readonly StatusRow[]): Ways {
  const index = new Map(rows.map((row, at) => [row.name, at]));
  const next = new Int32Array(rows.length).fill(-1);
  // Distance to the end, and the row where the end of a long way begins: with 50,000 causes not every way can be walked.
  const far = new Int32Array(rows.length);
  const near = Int32Array.from(rows, (_, at) => at);
  for (const [at, row] of rows.entries()) {
    for (const { task } of row.reasons) {
      const above = task === undefined ? undefined : index.get(task);
      if (above === undefined || above === 0 || next[above] !== -1) continue;
      next[above] = at;
      far[above] = far[at]! + 1;
      if (far[above]! >= WAY_ENDS) near[above] = near[at]!;
    }
  }
  const walk = (from: number, most: number): string[] => {
    const names: string[] = [];
    for (let at = from; at >= 0 && names.length < most; at = next[at]!) names.push(rows[at]!.name);
    return names;
  };
  return {
    whole: (from) => walk(from, Infinity),
    short: (from) => {
      const left = far[from]! + 1 - 2 * WAY_ENDS;
      return left < 3 ? { head: walk(from, Infinity), left: 0, tail: [] } : { head: walk(from, WAY_ENDS), left, tail: walk(near[from]!, WAY_ENDS) };
    },
  };
}

function causeLines({ reason, at, rows: count }: Cause, ways: Ways, rows: readonly StatusRow[]): string[] {
  const lines = reasonLines(reason, "  ");
  const { error } = rows[at]!;
  if (at > 0 && isEnding(reason.code) && error !== null) lines.push(`    last error: ${error}`);
  if (at > 0 || count > 1) lines.push(`    ${wayText(ways.short(at), count - 1)}`);
  return lines;
}

/** `cc (and 3 more tasks) → lib → app`. */
function wayText({ head, left, tail }: Way, others: number): string {
  const names = head.map(visible);
  if (others > 0) names[0] += ` (and ${plural(others, "more task")})`;
  return [...names, ...(left === 0 ? [] : [`… ${countText(left)} more …`]), ...tail.map(visible)].join(" → ");
}

/** Stale rows that are on none of the ways shown. */
function unnamed(open: readonly StatusRow[], ways: Ways, shown: readonly Cause[]): StatusRow[] {
  const named = new Set(shown.flatMap(({ at }) => ways.whole(at)));
  return open.filter((row) => isCounted(row) && !named.has(row.name));
}

interface Left {
  readonly causes: number;
  readonly own: readonly Reason[];
  readonly between: readonly StatusRow[];
}

function leftText({ causes, own, between }: Left): string {
  const parts: string[] = [];
  if (causes > 0) parts.push(plural(causes, "more cause"));
  if (own.length > 0) parts.push(moreReasons(own));
  if (between.length > 0) parts.push(`${plural(between.length, "task")} between${between.every(({ state }) => state === between[0]!.state) ? `, ${WORDS[between[0]!.state]}` : `: ${statesText(between)}`}`);
  return parts.length === 0 ? "" : `and ${parts.join("; ")}`;
}

function headLine(row: StatusRow, paint: Paint): string {
  const state = row.state === "fresh" ? (row.virtual ? (row.temp ? "fresh (temp, removed after use)" : "fresh (not on disk)") : "fresh") : WORDS[row.state];
  const still = row.service === true ? "nobody who would run needs this service" : row.barrier ? "it runs nothing itself, and what it joins is fresh" : "nothing it is judged by has changed since it ran";
  const by = row.state === "blocked" && row.blockedBy !== null ? ` by ${quote(row.blockedBy)}` : "";
  return `${paint.strong(visible(row.name))} ${row.state === "failed" ? "" : "is "}${state}${by}:${row.reasons.length === 0 ? ` ${still}` : ""}`;
}

function reasonLines(reason: Reason, indent: string): string[] {
  const lines = [indent + reasonText(reason)];
  const change = changeText(reason);
  if (change !== "") lines.push(`${indent}  ${change}`);
  const advice = reasonAdvice(reason);
  if (advice !== null) lines.push(`${indent}  ${advice}`);
  return lines;
}

function wholeRow(row: StatusRow, paint: Paint): string[] {
  const lines = [`  ${headLine(row, paint)}`, ...row.reasons.flatMap((reason) => reasonLines(reason, "    "))];
  if (row.error !== null) lines.push(`    last error: ${row.error}`);
  return lines;
}

export function whyJson(rows: readonly StatusRow[]): string {
  return JSON.stringify({ version: 1, tasks: rows.map((row) => ({ name: row.name, state: row.state, reasons: row.reasons, last: row.last })) });
}
