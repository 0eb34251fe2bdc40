// Output of `list`, `logs`, `results`, `info`, `clean`, `touch` and `cache`, as lines. Data in, text out.
import type { RunTask } from "../model/run.ts";
import type { Paint } from "./color.ts";
import { durationText, listText, pathText, plural, sizeText, visible } from "./format.ts";
import { padTo, textWidth } from "./width.ts";

export interface ListRow {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly deps: readonly string[];
  readonly deprecated: string;
  /** Names of the tasks it needs through content, deps, after and validate, without duplicates. */
  readonly needs: readonly string[];
  readonly service?: true;
  /** For an instance. */
  readonly each?: { readonly family: string; readonly key: string };
}

/** Instances appear as a number after their family, unless `instances` is set. */
export function listLines(all: readonly ListRow[], paint: Paint, instances = false): string[] {
  if (all.length === 0) return ["tg: no tasks"];
  const counts = new Map<string, number>();
  for (const { each } of all) if (each !== undefined) counts.set(each.family, (counts.get(each.family) ?? 0) + 1);
  const listed = new Set(all.map((row) => row.name));
  const rows = instances ? all : all.filter(({ each }) => each === undefined || !listed.has(each.family));
  const width = rows.reduce((most, row) => Math.max(most, Math.min(48, textWidth(visible(row.name)))), 0);
  return rows.map((row) => {
    const count = counts.get(row.name);
    const notes = [row.description, row.service === true ? "(service)" : "", count === undefined ? "" : `(${plural(count, "instance")})`, row.tags.map((tag) => `#${tag}`).join(" "), row.deprecated === "" ? "" : `deprecated: ${row.deprecated}`];
    return `${paint.strong(padTo(visible(row.name), width))}  ${notes.filter((note) => note !== "").map(visible).join("  ")}`.trimEnd();
  });
}

/** Each task below those that need it; one shown before is only named. */
export function treeLines(rows: readonly ListRow[], paint: Paint): string[] {
  const byName = new Map(rows.map((row) => [row.name, row]));
  const needed = new Set(rows.flatMap((row) => row.needs));
  const roots = rows.filter((row) => !needed.has(row.name));
  const lines: string[] = [];
  const shown = new Set<string>();
  const stack = roots.map((row): [string, number] => [row.name, 0]).reverse();
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const [name, depth] = next;
    const needs = byName.get(name)?.needs ?? [];
    const again = shown.has(name) && needs.length > 0;
    lines.push(`${"  ".repeat(depth)}${paint.strong(visible(name))}${again ? " …" : ""}`);
    if (again) continue;
    shown.add(name);
    for (let i = needs.length - 1; i >= 0; i--) stack.push([needs[i]!, depth + 1]);
  }
  return lines.length === 0 ? ["tg: no tasks"] : lines;
}

export function listJson(rows: readonly ListRow[]): string {
  return JSON.stringify({ version: 1, tasks: rows.map(({ name, description, tags, inputs, outputs, deps, service, each }) => ({ name, description, tags, inputs, outputs, deps, ...(service === true ? { service } : {}), ...each })) });
}

export interface LogHead {
  readonly task: string;
  /** Its record is written when it becomes ready. */
  readonly service: boolean;
  readonly status: string;
  readonly start: number;
  readonly end: number;
  readonly exit: number | null;
  readonly signal: string | null;
  readonly attempts: number;
  /** KiB; 0 if unknown. */
  readonly peakKb: number;
}

export function logJson(log: { task: string; record: Omit<LogHead, "task" | "service"> | null; text: string }): string {
  const { task, record, text } = log;
  const last = record === null ? null : { status: record.status, start: record.start, end: record.end, exit: record.exit, signal: record.signal, attempts: record.attempts, peakKb: record.peakKb };
  return JSON.stringify({ version: 1, task, last, text });
}

/** The lines before a log's own text. */
export function logHead(log: LogHead, paint: Paint): string[] {
  if (log.service) return [`${paint.strong(visible(log.task))}: service`, `last ready ${isoSeconds(log.end)}`];
  const ended = log.signal !== null ? `ended by ${log.signal}` : log.exit === null ? "did not start" : `exit ${log.exit}`;
  const parts = [log.status, ended, `${durationText(log.end - log.start)}`, log.attempts > 1 ? `the last of ${log.attempts} attempts` : "", log.peakKb > 0 ? `peak memory ${sizeText(log.peakKb * 1024)}` : ""];
  return [`${paint.strong(visible(log.task))}: ${parts.filter((part) => part !== "").join(", ")}`, `started ${isoSeconds(log.start)}, ended ${isoSeconds(log.end)}`];
}

/** Precedes the log of a past run. `before`: bytes that were not kept; null: nothing was. */
export function runLogHead({ run, ended, before }: { run: string; ended: RunTask; before: number | null }, paint: Paint): string[] {
  const how = ended.exit === null ? (ended.problem ?? "") : `exit ${ended.exit}`;
  const parts = [ended.outcome, how, durationText(ended.end - ended.start), ended.attempts > 1 ? `the last of ${ended.attempts} attempts` : "", `in run ${run}`];
  const cut = before === null ? ["its log is not kept any more"] : before > 0 ? [`… ${sizeText(before)} before this are not kept`] : [];
  return [`${paint.strong(visible(ended.task))}: ${parts.filter((part) => part !== "").join(", ")}`, `started ${isoSeconds(ended.start)}, ended ${isoSeconds(ended.end)}`, ...cut];
}

export function runLogJson({ run, ended, text }: { run: string; ended: RunTask; text: string | null }): string {
  const { log: _, ...last } = ended;
  return JSON.stringify({ version: 1, run, task: ended.task, last, text });
}

export function notRunningLine(task: string): string {
  return `tg: ${visible(task)} is not running; this is its last log`;
}

function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").replace("Z", " UTC");
}

export interface ResultsText {
  readonly asked: { readonly name: string; readonly family: boolean } | null;
  /** `value` is JSON text. */
  readonly values: readonly { readonly task: string; readonly value: string }[];
}

/** A single value unchanged; several, one per line. */
export function resultLines({ asked, values }: ResultsText): string[] {
  if (asked !== null && !asked.family) return values.map(({ value }) => indented(value));
  if (values.length === 0) return ["tg: no values"];
  const width = values.reduce((most, { task }) => Math.max(most, Math.min(48, textWidth(visible(task)))), 0);
  return values.map(({ task, value }) => `${padTo(visible(task), width)}  ${visible(shortened(value))}`);
}

/** Longer values are cut in the overview; one asked for by name is shown whole. */
const SHOWN_VALUE = 200;

function shortened(value: string): string {
  return value.length > SHOWN_VALUE ? value.slice(0, SHOWN_VALUE) + "…" : value;
}

function indented(value: string): string {
  return /^[[{]/.test(value) ? JSON.stringify(JSON.parse(value), null, 2) : value;
}

export function resultsJson({ values }: ResultsText): string {
  const texts = values.map(({ task, value }) => `${JSON.stringify(task)}:${value}`);
  return `{"version":1,"results":{${texts.join(",")}}}`;
}

export interface InfoText {
  readonly tool: string;
  readonly root: string;
  readonly config: string;
  readonly stateDir: string;
  readonly tasks: number;
  readonly records: number;
  /** The answer comes from the stored graph, without evaluating the config. */
  readonly stored: boolean;
  readonly parallelism: number;
  readonly platform: string;
}

export function infoLines(info: InfoText): string[] {
  return [
    `version   ${info.tool}`,
    `platform  ${info.platform}, ${info.parallelism} at once`,
    `root      ${info.root}`,
    `config    ${info.config}${info.stored ? " (unchanged, not evaluated)" : " (evaluated)"}`,
    `state     ${info.stateDir}`,
    `tasks     ${info.tasks}, ${info.records} with a record`,
  ];
}

export function cleanLines(cleaned: { paths: readonly string[]; kept: readonly { path: string; why: string }[]; saved: readonly { path: string; to: string }[]; forgot: string | null; dryRun: boolean }): string[] {
  const verb = cleaned.dryRun ? "would remove" : "removed";
  const lines = cleaned.paths.map((path) => `${verb} ${visible(path)}`);
  for (const { path, why } of cleaned.kept) lines.push(`kept ${visible(path)} (${why === "now-a-source" ? "a task reads it as a source now" : why === "undecided" ? "an instance of a list that is to be made reads it" : why === "saved" ? "edits that were put aside" : why === "refused" ? "it could not be removed" : "it was edited"})`);
  const count = cleaned.paths.length;
  for (const { path, to } of cleaned.saved) lines.push(`${cleaned.dryRun ? "would put aside" : "put aside"} ${visible(path)}, which is not as its task left it${to === "" ? "" : `: ${visible(to)}`}`);
  const forgot = cleaned.forgot === null ? "" : `${cleaned.dryRun ? "would forget" : "forgot"} all that ${pathText(cleaned.forgot)} records`;
  if (count === 0) lines.push(`tg: ${forgot === "" ? "nothing to remove" : forgot}`);
  else lines.push(`tg: ${verb} ${plural(count, "path")}${forgot === "" ? "" : `, ${forgot}`}`);
  return lines;
}

export function touchLines(names: readonly string[]): string[] {
  return [names.length === 0 ? "tg: nothing to accept" : `tg: accepted the outputs of ${plural(names.length, "task")}: ${listText(names.map(visible))}`];
}

export interface CacheText {
  readonly action: "size" | "gc" | "clear";
  readonly results: number;
  readonly files: number;
  readonly bytes: number;
  /** 0: no task of the config keeps results. */
  readonly maxBytes: number;
}

export function cacheLine({ action, results, files, bytes, maxBytes }: CacheText): string {
  const what = `${plural(results, "result")} in ${plural(files, "file")}, ${sizeText(bytes)}`;
  if (action !== "size") return results + files === 0 ? "tg: nothing to remove from the store" : `tg: removed ${what} from the store`;
  const limit = maxBytes === 0 ? "no task of this config keeps results (cache: { store: true })" : `limit ${sizeText(maxBytes)}`;
  return `tg: the store holds ${what}; ${limit}`;
}

export function wroteLine(file: string): string {
  return `tg: wrote ${pathText(file)}`;
}
