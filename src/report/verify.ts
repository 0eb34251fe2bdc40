// Output of tg verify, as lines. Rows in, text out.
import type { Problem } from "../model/problem.ts";
import type { Paint } from "./color.ts";
import { countText, durationText, listText, pathText, plural, quote, visible } from "./format.ts";
import { problemLines } from "./problems.ts";

/** The result for one task. */
export type Verified =
  | { readonly task: string; readonly kind: "same"; readonly reads: readonly string[]; readonly writes: readonly string[] }
  /** `always`: another run differed again, so the command is not deterministic; `place`: but in the same folder it makes the same. */
  | { readonly task: string; readonly kind: "differs"; readonly paths: readonly string[]; readonly always: boolean; readonly place?: true; readonly reads: readonly string[]; readonly writes: readonly string[] }
  | { readonly task: string; readonly kind: "failed"; readonly problem: Problem; readonly output: string; readonly reads: readonly string[] }
  /** `params`: the parameters, if it is stale because of nothing else. */
  | { readonly task: string; readonly kind: "left-out"; readonly why: "stale" | "skipped" | "may-fail" | "inout" | "console" | "asks" | "service" | "needs-service" | "input-not-there"; readonly path?: string; readonly params?: readonly string[] };

export interface VerifyText {
  readonly results: readonly Verified[];
  readonly audit: boolean;
  /** Function tasks, which no audit can trace. */
  readonly untraced: ReadonlySet<string>;
  readonly ms: number;
}

export function verifyLines({ results, audit, untraced, ms }: VerifyText, o: { readonly paint: Paint; readonly verbose: number; readonly quiet: boolean }): string[] {
  const shown = o.verbose > 0 ? results : withoutMany(results, o.quiet);
  const lines = shown.flatMap((row) => rowLines(row, { ...o, audit, untraced: untraced.has(row.task) }));
  const count = (kind: Verified["kind"]): number => results.filter((row) => row.kind === kind).length;
  if (!o.quiet && shown.length < results.length) lines.push(`${o.paint.faint("-")} ${countText(results.length - shown.length)} more — not verified for the same; -v lists them`);
  const counts = [["same", "the same"], ["differs", "different"], ["failed", "failed"], ["left-out", "not verified"]] as const;
  const told = counts.flatMap(([kind, word]) => (count(kind) === 0 ? [] : [`${count(kind)} ${word}`]));
  return o.quiet ? lines : [...lines, `tg: ${told.length === 0 ? "nothing to verify" : told.join(", ")} (${durationText(ms)})`];
}

/** Of each way in which tasks are left out and that is no fault, so many are told. */
const MOST = 10;

function withoutMany(results: readonly Verified[], quiet: boolean): readonly Verified[] {
  const counts = new Map<string, number>();
  return results.filter((row) => {
    if (row.kind !== "left-out" || row.why === "stale") return true;
    counts.set(row.why, (counts.get(row.why) ?? 0) + 1);
    return !quiet && counts.get(row.why)! <= MOST;
  });
}

function rowLines(row: Verified, o: { readonly paint: Paint; readonly verbose: number; readonly audit: boolean; readonly untraced: boolean }): string[] {
  const { paint, untraced } = o;
  const name = visible(row.task);
  switch (row.kind) {
    case "same":
      return row.reads.length + row.writes.length === 0 ? (o.verbose > 0 ? [`${paint.good("✓")} ${name} — the same bytes`] : []) : [`${paint.warn("!")} ${name} — the same bytes`, ...asides(row)];
    case "differs":
      return [`${paint.bad("✗")} ${name} — ${differsText(row, untraced)}`, ...asides(row), ...(row.always || row.reads.length > 0 ? [] : ["    " + causeText(o)])];
    case "failed":
      return [`${paint.bad("✗")} ${name} — failed where only its declared inputs are`, ...problemLines(row.problem, paint).map((line) => "    " + line), ...tail(row.output), ...asides({ reads: row.reads, writes: [] }), ...(row.reads.length > 0 || o.audit || untraced ? [] : ["    --audit names the files it looked for"])];
    case "left-out":
      return [`${paint.faint("-")} ${name} — not verified: ${leftOutText(row)}`];
    default:
      return row satisfies never;
  }
}

function differsText({ paths, always, place }: Extract<Verified, { kind: "differs" }>, untraced: boolean): string {
  const what = listText(paths.map((one) => (one === "(value)" ? "its value" : pathText(one))));
  const how = place === true ? " with the folder it is made in: it holds that folder's path" : always ? ` each time: the ${untraced ? "function" : "command"} is not deterministic` : "";
  return `${what} ${paths.length === 1 ? "differs" : "differ"}${how}`;
}

function causeText({ audit, untraced }: { readonly audit: boolean; readonly untraced: boolean }): string {
  if (untraced) return "it was made from something undeclared; functions are not traced";
  return audit ? "the file in the project was made from something else; tg build -f makes it again" : "it was made from something undeclared; --audit names the files";
}

function asides({ reads, writes }: { readonly reads: readonly string[]; readonly writes: readonly string[] }): string[] {
  return [
    ...(reads.length === 0 ? [] : [`    reads ${plural(reads.length, reads.every((one) => one.endsWith("/")) ? "folder" : "file")} that it does not declare: ${listText(reads.map(pathText))}`]),
    ...(writes.length === 0 ? [] : [`    writes ${plural(writes.length, "file")} that it does not declare: ${listText(writes.map(pathText))}`]),
  ];
}

/** How many lines of a failed command are shown. */
const TAIL = 5;

function tail(output: string): string[] {
  return output.trimEnd().split("\n").slice(-TAIL).filter((line) => line !== "").map((line) => "    | " + visible(line));
}

function leftOutText(row: Extract<Verified, { kind: "left-out" }>): string {
  switch (row.why) {
    case "stale":
      return row.params === undefined ? "it is not up to date; build it first" : `it was built with ${row.params.length === 1 ? "another value" : "other values"} of ${listText(row.params.map(quote))}; give --param as the build was given it, or build it first`;
    case "skipped":
      return "its \"when\" leaves it out";
    case "may-fail":
      return "it failed, as it is allowed to, and made nothing to compare";
    case "inout":
      return "it rewrites its inputs, which are no longer what they were";
    case "console":
      return "it needs the terminal";
    case "asks":
      return "it asks the build for what it needs while it runs";
    case "service":
      return "it is a service and makes nothing";
    case "needs-service":
      return "it needs a service, which would not run in the copy";
    case "input-not-there":
      return `its input ${pathText(row.path ?? "")} is not on disk`;
    default:
      return row.why satisfies never;
  }
}

export function verifyJson({ results, audit, ms }: VerifyText): string {
  return JSON.stringify({ version: 1, audit, ms, tasks: results });
}
