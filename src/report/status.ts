// Output of `status` and `-n`, as lines. Knows neither disk nor judge: rows in, text out.
import type { Reason, TaskState } from "../model/state.ts";
import type { Paint } from "./color.ts";
import { countText, durationText, listText, pathText, plural, quote, timeText, visible } from "./format.ts";
import { changeText, listedReasons, reasonAdvice, reasonSummary, reasonText } from "./reasons.ts";
import { padTo, textWidth } from "./width.ts";

export interface StatusRow {
  readonly name: string;
  readonly state: TaskState;
  readonly barrier: boolean;
  /** It runs beside others and makes nothing itself. */
  readonly service?: boolean;
  readonly reasons: readonly Reason[];
  /** Fresh, but an intermediate is not on disk. */
  readonly virtual: boolean;
  /** The task declares `temp`: a missing intermediate is expected. */
  readonly temp: boolean;
  readonly key: string;
  readonly last: { readonly status: string; readonly start: number; readonly end: number; readonly exit: number | null } | null;
  /** How the last attempt failed, in one line; null if it did not. */
  readonly error: string | null;
  /** The failed upstream task. */
  readonly blockedBy: string | null;
  /** The family it is an instance of. */
  readonly family?: string;
  /** A family whose instances are not known yet. */
  readonly unlisted?: boolean;
  /** Files that existed before its first run and are removed before the next. */
  readonly goes?: readonly string[];
}

export interface StatusText {
  readonly paint: Paint;
  /** 0: one reason; 1: reasons with old and new values, and the last error; 2: also all of very many reasons, the record, and fresh instances. */
  readonly verbose: number;
  /** List fresh rows too. */
  readonly all: boolean;
  /** Outputs of earlier definitions that are kept because they were edited. */
  readonly edited: readonly string[];
  /** The config has tasks, whichever are asked for. */
  readonly hasTasks?: boolean;
}

/** Above this many tasks the fresh ones are counted, not listed, unless asked for. */
export const MANY = 40;

export const WORDS: Record<TaskState, string> = { fresh: "fresh", stale: "stale", maybe: "maybe stale", failed: "failed", blocked: "blocked", skipped: "skipped" };

/** Names are aligned up to this many columns; longer ones stick out. */
const NAME_COLUMNS = 48;

function nameColumns(rows: readonly StatusRow[]): number {
  return rows.reduce((most, row) => Math.max(most, Math.min(NAME_COLUMNS, textWidth(visible(row.name)))), 0);
}

export function statusLines(rows: readonly StatusRow[], o: StatusText): string[] {
  if (rows.length === 0) return [...leftLines(o), o.hasTasks === true && !o.all ? "tg: a bare build makes nothing (tg status --all shows every task)" : "tg: no tasks"];
  const folded = o.all || o.verbose > 1 ? new Map<string, StatusRow[]>() : foldedFamilies(rows);
  const listed = withFamilies(rows, folded);
  const shown = o.all || o.verbose > 0 || rows.length <= MANY ? listed : listed.filter((row) => row.state !== "fresh" || folded.has(row.name));
  const width = nameColumns(shown.flatMap((row) => [row, ...namedOf(folded.get(row.name) ?? [], o)]));
  // One row may have more lines than a call takes arguments.
  const lines = shown.flatMap((row) => {
    const instances = folded.get(row.name);
    return instances === undefined ? rowLines(row, width, o) : familyLines(row, instances, { width, o });
  });
  return [...lines, ...leftLines(o), ...(shown.length + o.edited.length === 0 ? [] : [""]), countLine(rows, hiddenText({ folded: folded.size, fewer: shown.length < rows.length, verbose: o.verbose }))];
}

/** Which flag lists what is hidden. */
function hiddenText({ folded, fewer, verbose }: { readonly folded: number; readonly fewer: boolean; readonly verbose: number }): string {
  if (folded > 0) return verbose === 0 ? "-v lists what is not fresh" : "-vv lists every instance";
  return fewer ? "-v lists the fresh ones" : "";
}

function leftLines({ edited }: StatusText): string[] {
  return edited.map((path) => `left over, edited, kept: ${visible(path)} (tg clean --dead removes it)`);
}

/** `trace`: only the rows. */
export function traceLines(rows: readonly StatusRow[], paint: Paint, verbose: number): string[] {
  const width = nameColumns(rows);
  return rows.flatMap((row) => rowLines(row, width, { paint, verbose, all: true, edited: [] }));
}

/** Larger families take one line, with -v one more for each instance that is not fresh; this many alike are joined in one. */
const FOLDED = 12;
/** Failed instances of a folded family that are still named. */
const NAMED = 5;

/** Instances of folded families, by family. */
function foldedFamilies(rows: readonly StatusRow[]): Map<string, StatusRow[]> {
  const families = new Map<string, StatusRow[]>();
  for (const row of rows) {
    if (row.family === undefined) continue;
    const known = families.get(row.family);
    if (known === undefined) families.set(row.family, [row]);
    else known.push(row);
  }
  for (const [family, instances] of families) if (instances.length <= FOLDED) families.delete(family);
  return families;
}

/** Rows without the instances of `folded`; a family not asked for by name appears where its last instance was. */
function withFamilies(rows: readonly StatusRow[], folded: ReadonlyMap<string, readonly StatusRow[]>): StatusRow[] {
  const joined = new Set(rows.filter((row) => row.barrier).map((row) => row.name));
  return rows.flatMap((row) => {
    const instances = folded.get(row.family ?? "");
    if (instances === undefined) return [row];
    return instances.at(-1) === row && !joined.has(row.family!) ? [{ ...row, name: row.family! }] : [];
  });
}

/** Instances of a folded family that are named all the same. */
function namedOf(instances: readonly StatusRow[], { verbose }: StatusText): StatusRow[] {
  return verbose > 0 ? instances.filter(({ state }) => state !== "fresh") : instances.filter(({ state }) => state === "failed").slice(0, NAMED);
}

function familyLines(row: StatusRow, instances: readonly StatusRow[], { width, o }: { width: number; o: StatusText }): string[] {
  const failed = instances.some(({ state }) => state === "failed");
  const fresh = instances.every(({ state }) => state === "fresh");
  const lines = [`${padTo(visible(row.name), width)}  ${fresh ? o.paint.good("fresh".padEnd(11)) : (failed ? o.paint.bad : o.paint.warn)("family".padEnd(11))}  ${statesText(instances)}`];
  const told = namedOf(instances, o).map((one) => {
    const text = rowLines(one, width, o);
    return { text, said: text.join("\n").slice(padTo(visible(one.name), width).length) };
  });
  const alike = new Map<string, number>();
  for (const { said } of told) alike.set(said, (alike.get(said) ?? 0) + 1);
  for (const { text, said } of told) {
    const count = alike.get(said)!;
    if (count > 0) for (const line of text) lines.push(line);
    if (count > FOLDED) lines.push(" ".repeat(width + 15) + `and ${countText(count - 1)} more instances alike`);
    // They were joined with the first.
    if (count > FOLDED) alike.set(said, 0);
  }
  return lines;
}

function rowLines(row: StatusRow, width: number, o: StatusText): string[] {
  const { paint, verbose } = o;
  const word = row.state !== "fresh" ? WORDS[row.state] : row.barrier ? "ok" : row.service === true ? "service" : "fresh";
  const ink = row.state === "fresh" ? paint.good : row.state === "failed" || row.state === "blocked" ? paint.bad : row.state === "skipped" ? paint.faint : paint.warn;
  const { shown, rest } = listedReasons(row.reasons, verbose > 1);
  const first = firstText(row, verbose > 0 ? shown[0] : undefined);
  const lines = [`${padTo(visible(row.name), width)}  ${ink(first === "" ? word : word.padEnd(11))}${first === "" ? "" : `  ${first}`}`];
  if (verbose === 0) return lines;
  const more: string[] = [];
  if (row.error !== null && row.error !== first) more.push(`last error: ${row.error}`);
  for (const [i, reason] of shown.entries()) {
    const change = changeText(reason);
    const text = reasonText(reason);
    if (i > 0 || text !== first) more.push(text);
    if (change !== "") more.push("  " + change);
    const advice = verbose > 1 ? reasonAdvice(reason) : null;
    if (advice !== null) more.push("  " + advice);
  }
  if (rest !== "") more.push(`and ${rest}`);
  if (row.goes !== undefined && row.goes.length > 0) more.push(goesText(row.goes));
  if (verbose > 1) for (const line of historyLines(row)) more.push(line);
  return [...lines, ...more.map((line) => " ".repeat(width + 15) + line)];
}

function goesText(paths: readonly string[]): string {
  return `goes before it runs: ${listText(paths.map(pathText), 3)} (there before the first run; a copy was kept then)`;
}

function historyLines({ last, key }: StatusRow): string[] {
  const lines: string[] = [];
  if (last !== null) lines.push(`last run: ${last.status}, ${timeText(last.start)}, ${durationText(last.end - last.start)}${last.exit === null ? "" : `, exit ${last.exit}`}`);
  if (key !== "") lines.push(`key: ${key}`);
  return lines;
}

/** The single most important remark. `listed`: the first of the reasons that are listed, so that no others are counted. */
function firstText(row: StatusRow, listed: Reason | undefined): string {
  if (row.state === "failed" && row.error !== null) return row.error;
  if (row.state === "blocked" && row.blockedBy !== null) return `by ${quote(row.blockedBy)}, which failed`;
  if (row.virtual) return row.temp ? "temp, removed after use" : "not on disk";
  return listed === undefined ? reasonSummary(row.reasons) : reasonText(listed);
}

export function allFreshLine(tasks: number): string {
  return tasks === 1 ? "tg: 1 task, fresh" : `tg: all ${plural(tasks, "task")} fresh`;
}

function countLine(rows: readonly StatusRow[], hidden: string): string {
  const tasks = rows.filter(isCounted);
  if (tasks.length === 0) return "tg: nothing here runs by itself";
  if (tasks.every((row) => row.state === "fresh")) return allFreshLine(tasks.length);
  return `tg: ${plural(tasks.length, "task")}: ${statesText(tasks)}${hidden === "" ? "" : ` (${hidden})`}`;
}

export function isCounted(row: StatusRow): boolean {
  return !row.barrier && row.service !== true;
}

/** `1 failed, 12 stale`. */
export function statesText(rows: readonly StatusRow[]): string {
  const counts = new Map<TaskState, number>();
  for (const { state } of rows) counts.set(state, (counts.get(state) ?? 0) + 1);
  const states: TaskState[] = ["failed", "blocked", "stale", "maybe", "skipped", "fresh"];
  return states.filter((state) => counts.has(state)).map((state) => `${countText(counts.get(state)!)} ${WORDS[state]}`).join(", ");
}

/** Tasks by name; the format is part of `version`. */
export function statusJson(rows: readonly StatusRow[]): string {
  const tasks = Object.fromEntries(rows.map(({ name, state, reasons, key, last }) => [name, { state, reasons, key, last }]));
  return JSON.stringify({ version: 1, tasks });
}

/** Instances of families of which many would or may run, by family. */
function manyOf(rows: readonly StatusRow[]): Map<string, StatusRow[]> {
  const families = new Map<string, StatusRow[]>();
  for (const row of rows) {
    const known = row.family === undefined ? undefined : families.get(row.family);
    if (known !== undefined) known.push(row);
    else if (row.family !== undefined) families.set(row.family, [row]);
  }
  for (const [family, instances] of families) if (instances.length <= FOLDED) families.delete(family);
  return families;
}

function isSure(row: StatusRow): boolean {
  return row.state !== "maybe" && row.reasons.some((reason) => reason.pending !== true);
}

/** Includes the reason if all share it. */
function foldedLine(family: string, instances: readonly StatusRow[], { width, paint }: { readonly width: number; readonly paint: Paint }): string {
  const sure = instances.filter(isSure).length;
  const counts = [...(sure > 0 ? [`${countText(sure)} would run`] : []), ...(sure < instances.length ? [`${countText(instances.length - sure)} may run`] : [])];
  const [reason, ...others] = new Set(instances.map((row) => reasonSummary(row.reasons)));
  return `${sure > 0 ? paint.warn("*") : "?"} ${padTo(visible(family), width)}  ${counts.join(", ")}${others.length === 0 ? `: ${reason!}` : ""}`;
}

/** A service that is no one's need: named, or joined by what is named. */
function isAskedFor({ service, reasons }: StatusRow): boolean {
  return service === true && reasons.length > 0 && reasons[0]!.code === "always";
}

/** `-n`: what would run (`*`) and what may (`?`), in graph order. `doomed`: leftovers of earlier definitions. */
export function dryRunLines(rows: readonly StatusRow[], paint: Paint, { verbose = 0, doomed = [] }: { readonly verbose?: number; readonly doomed?: readonly string[] } = {}): string[] {
  const open = rows.filter((row) => (!row.barrier || row.unlisted === true) && row.state !== "fresh" && row.state !== "skipped");
  const folded = verbose > 0 ? new Map<string, StatusRow[]>() : manyOf(open);
  const width = nameColumns(open.filter(({ family }) => family === undefined || !folded.has(family)));
  const lines: string[] = [];
  for (const row of open) {
    const instances = folded.get(row.family ?? "");
    if (instances !== undefined) {
      if (instances[0] === row) lines.push(foldedLine(row.family!, instances, { width, paint }));
      continue;
    }
    const { shown, rest } = listedReasons(row.reasons, verbose > 1);
    const texts = isAskedFor(row) ? ["asked for: stays up until Ctrl-C"] : verbose === 0 ? [reasonSummary(row.reasons)] : shown.map(reasonText);
    if (verbose > 0 && rest !== "") texts.push(`and ${rest}`);
    lines.push(`${isSure(row) ? paint.warn("*") : "?"} ${padTo(visible(row.name), width)}  ${texts[0] ?? ""}`.trimEnd());
    if (row.goes !== undefined && row.goes.length > 0) texts.push(goesText(row.goes));
    for (const text of texts.slice(1)) lines.push(" ".repeat(width + 4) + text);
  }
  const skipped = rows.filter((row) => isCounted(row) && row.state === "skipped").length;
  const total = rows.filter(isCounted).length - skipped;
  const left = skipped === 0 ? [] : [`${countText(skipped)} skipped`];
  const removed = doomed.length === 0 ? [] : [`tg: would remove ${plural(doomed.length, "leftover")} that no task makes any more: ${listText(doomed.map(pathText))}`];
  if (total === 0 && open.length === 0) return [...removed, ["tg: nothing would run", ...left].join(", ")];
  const counted = open.filter(isCounted);
  if (open.length === 0) return [...removed, ["tg: nothing would run", `${plural(total, "task")} ${total === 1 ? "is" : "are"} fresh`, ...left].join(", ")];
  const sure = counted.filter(isSure).length;
  const services = open.filter((row) => row.service === true).length;
  const parts = [counted.length === 0 && services > 0 ? `${plural(services, "service")} would start` : `${countText(sure)} would run`, ...(counted.length > sure ? [`${countText(counted.length - sure)} may run`] : []), `${countText(total - counted.length)} fresh`, ...left];
  return [...lines, "", ...removed, `tg: ${parts.join(", ")} (dry run${folded.size > 0 ? "; -v lists every instance" : ""})`];
}

export function dryRunJson(rows: readonly StatusRow[]): string {
  return rows.filter((row) => !row.barrier).map((row) => JSON.stringify({ event: "task-judged", task: row.name, state: row.state, reasons: row.reasons })).join("\n");
}
