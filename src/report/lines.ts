// The lines of a build that all reporters share: a task started, a task ended, the result. Keeps no state.
import type { Counts } from "../model/event.ts";
import type { Paint } from "./color.ts";
import { countText, durationText, limitText, listText, pathText, quote, visible } from "./format.ts";
import { reasonSummary, reasonText } from "./reasons.ts";
import type { BuildEnded, BuildStarted, EventOf, TaskEnded, TaskStarted, Voice } from "./reporter.ts";
import { problemLines } from "./problems.ts";
import { briefProblem, commandLine, isTaskProblem } from "./task-texts.ts";

/** `-v`: what is started; `--explain`: with every reason for it. */
export function startLines(event: TaskStarted, { paint, verbose, explain }: Voice): string[] {
  if (verbose === 0 && !explain) return [];
  const again = event.attempt > 1 ? ` (attempt ${event.attempt})` : "";
  const lines = [`→ ${paint.strong(visible(event.task))}${again}${verbose > 0 ? `: ${commandLine(event.command)}` : ""}`];
  for (const reason of event.reasons) lines.push(`    ${reasonText(reason)}`);
  return lines;
}

function markOf({ outcome, allowed }: TaskEnded, paint: Paint): string {
  switch (outcome) {
    case "ran": return paint.good("✓");
    case "restored": return paint.good("↺");
    case "failed": return allowed === true ? paint.warn("!") : paint.bad("✗");
    case "tainted": return paint.warn("~");
    default: return "-";
  }
}

function afterName(event: TaskEnded, { verbose, explain }: Voice): string {
  const brief = event.problem !== undefined && isTaskProblem(event.problem) ? briefProblem(event.problem) : "";
  switch (event.outcome) {
    case "ran":
    case "restored": return verbose > 0 || explain ? "" : reasonSummary(event.reasons);
    case "failed": return event.allowed === true ? `${brief}; allowed to fail` : event.attempts === 0 ? `${brief}, as before` : brief;
    case "tainted": return `${event.changed === undefined ? "an input" : pathText(event.changed)} ${event.taken === true ? "was removed" : "changed"} while it ran; it runs again`;
    case "fresh": return event.virtual === true ? "fresh (not on disk)" : "fresh";
    case "skipped": return "skipped";
    case "cancelled": return "stopped";
    case "blocked": return event.blockedBy === undefined ? "blocked" : `blocked by ${quote(event.blockedBy)}`;
    default: return event.outcome satisfies never;
  }
}

/** Above this many tasks to run, those that succeed silently are counted, not listed. */
const MANY = 200;

export function isLarge(event: BuildStarted): boolean {
  return event.toRun + event.maybe > MANY;
}

/** One line for a task that ended; null if it is not worth one. `brief`: silent success is not. */
export function endLine(event: TaskEnded, voice: Voice, brief = false): string | null {
  const { outcome } = event;
  const all = voice.verbose > 0 || voice.explain;
  if (!all && (outcome === "fresh" || outcome === "skipped" || outcome === "blocked")) return null;
  if (!all && outcome === "cancelled" && event.attempts === 0) return null;
  if (!all && brief && (outcome === "ran" || outcome === "restored")) return null;
  const time = event.attempts > 0 && outcome !== "skipped" && event.end >= event.start ? ` (${durationText(event.end - event.start)})` : "";
  const text = afterName(event, voice);
  return `${markOf(event, voice.paint)} ${voice.paint.strong(visible(event.task))}${time}${text === "" ? "" : ` — ${text}`}`;
}

/** `-v`: what was removed, and why. */
export function removedLines({ task, paths }: EventOf<"temp-removed">, { verbose, explain }: Voice): string[] {
  return verbose === 0 && !explain ? [] : [`- ${visible(task)} — removed after use: ${listText(paths.map(pathText))}`];
}

/** A hook that printed something or failed; with `-v` any. Its output follows. */
export function hookLines({ hook, task, start, end, text, problem }: EventOf<"hook-ended">, { paint, verbose }: Voice): string[] {
  if (problem === undefined && text === "" && verbose === 0) return [];
  const mark = problem === undefined ? paint.good("✓") : paint.bad("✗");
  const said = text.replace(/\n$/, "");
  const lines = [`${mark} ${paint.strong(hook)}${task === undefined ? "" : ` of ${visible(task)}`} (${durationText(end - start)})`, ...(said === "" ? [] : said.split("\n").map(visible))];
  return problem === undefined ? lines : [...lines, ...problemLines(problem, paint)];
}

/** `↻ fetch (0.31 s) — exit 22; attempt 2 of 3 in 4 s`. */
export function retryLine(event: EventOf<"task-retry">, { paint }: Voice): string {
  const brief = isTaskProblem(event.problem) ? briefProblem(event.problem) : "";
  const wait = event.delayMs === 0 ? "" : ` in ${limitText(event.delayMs)}`;
  return `${paint.warn("↻")} ${paint.strong(visible(event.task))} (${durationText(event.end - event.start)}) — ${brief}; attempt ${event.attempt + 1} of ${event.attempts}${wait}`;
}

const SUMMARY: readonly (readonly [keyof Counts | "unstarted", string])[] = [
  ["ran", "ran"], ["restored", "restored"], ["fresh", "fresh"], ["failed", "failed"], ["blocked", "blocked"], ["cancelled", "not finished"], ["unstarted", "not started"], ["skipped", "skipped"],
];

/** `unstarted`: how many of the cancelled tasks had not started. */
export function countTexts({ counts, failed }: Pick<BuildEnded, "counts" | "failed">, unstarted: number, paint: Paint): string[] {
  const all = { ...counts, cancelled: counts.cancelled - unstarted, unstarted };
  return SUMMARY.filter(([name]) => all[name] > 0).map(([name, word]) => {
    const part = `${countText(all[name])} ${word}`;
    return name === "failed" ? failedText(part, counts.failed - failed.length, { all: failed.length === 0, paint }) : name === "blocked" ? paint.bad(part) : part;
  });
}

/** `2 failed (1 allowed)`; if all failures are allowed, `2 failed (allowed)`. */
function failedText(part: string, allowed: number, { all, paint }: { readonly all: boolean; readonly paint: Paint }): string {
  if (allowed <= 0) return paint.bad(part);
  return all ? paint.warn(`${part} (allowed)`) : paint.bad(`${part} (${countText(allowed)} allowed)`);
}

/** `tg: 5 ran, 12 fresh, 1 failed, 2 blocked (3.4 s)`. */
export function summaryLine({ counts, failed, start, end, signal, asked }: BuildEnded, unstarted: number, paint: Paint): string {
  const parts = countTexts({ counts, failed }, unstarted, paint);
  const by = signal === undefined ? "" : asked === true ? "stopped, as asked: " : `${paint.bad("interrupted")} by ${signal}: `;
  return `tg: ${by}${parts.length === 0 ? "nothing ran" : parts.join(", ")} (${durationText(end - start)})`;
}

const BLOCKED_SHOWN = 20;
const BLOCKERS_SHOWN = 10;

/** One line for each failed task with what it blocks. */
export function blockedLines(below: ReadonlyMap<string, readonly string[]>, paint: Paint): string[] {
  const lines = [...below].slice(0, BLOCKERS_SHOWN).map(([failed, names]) => {
    const by = failed === "" ? "" : ` by ${quote(failed)}`;
    return `${paint.bad("tg:")} blocked${by}: ${listText(names.map(visible), BLOCKED_SHOWN)}`;
  });
  const more = below.size - lines.length;
  return more > 0 ? [...lines, `${paint.bad("tg:")} and below ${countText(more)} more; tg status names them`] : lines;
}
