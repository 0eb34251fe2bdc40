// A build as Markdown, for the page that GitHub Actions shows for a step. Knows no terminal.
import fs from "node:fs";
import type { Event } from "../model/event.ts";
import { durationText, visible } from "./format.ts";
import { countTexts } from "./lines.ts";
import { isNoOp, noOpLine } from "./no-op.ts";
import { PLAIN } from "./color.ts";
import { problemMessage } from "./problems.ts";
import { Recall, type Failure } from "./recall.ts";
import type { BuildEnded, Reporter, TaskEnded } from "./reporter.ts";

/** How many tasks are named as the slowest, and the shortest time worth naming, in ms. */
const SLOWEST = 10;
const SLOW_MS = 1000;

/** Colours of commands. */
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b\[[0-9;:]*m/g;

function cell(text: string): string {
  return visible(text).replace(/[\\|`*_<>[\]]/g, "\\$&");
}

function fenced(lines: readonly string[]): string[] {
  const text = lines.map((line) => line.replace(ESCAPES, ""));
  const longest = Math.max(2, ...text.flatMap((line) => (line.match(/`+/g) ?? []).map((run) => run.length)));
  const fence = "`".repeat(longest + 1);
  return [fence + "text", ...text, fence];
}

class StepSummary {
  readonly #recall = new Recall();
  #slow: TaskEnded[] = [];

  see(event: Event): void {
    this.#recall.see(event);
    if (event.event !== "task-ended" || event.attempts === 0 || event.end - event.start < SLOW_MS) return;
    this.#slow.push(event);
    if (this.#slow.length > 100) this.#slow = this.#slowest();
  }

  #slowest(): TaskEnded[] {
    return this.#slow.sort((a, b) => b.end - b.start - (a.end - a.start) || (a.task < b.task ? -1 : 1)).slice(0, SLOWEST);
  }

  /** "" if no build has ended. */
  text(): string {
    const { ended, failures, untold, below, unstarted } = this.#recall;
    if (ended === null) return "";
    if (isNoOp(ended)) return noOpLine(ended) + "\n\n";
    const lines = [`### tg: ${heading(ended)}`, "", `${countTexts(ended, unstarted, PLAIN).join(", ")} in ${durationText(ended.end - ended.start)}`];
    for (const failure of failures) lines.push("", ...failureLines(failure, below.get(failure.event.task)?.length ?? 0));
    if (untold > 0) lines.push("", `And ${untold} more failed.`);
    const slow = this.#slowest();
    if (slow.length > 0) lines.push("", "| slowest | time |", "| --- | --- |", ...slow.map(({ task, start, end }) => `| ${cell(task)} | ${durationText(end - start)} |`));
    return lines.join("\n") + "\n\n";
  }
}

function heading({ exitCode, counts, signal }: BuildEnded): string {
  if (signal !== undefined) return `interrupted by ${signal}`;
  return exitCode === 0 ? "built" : counts.failed === 1 ? "1 task failed" : `${counts.failed} tasks failed`;
}

function failureLines({ event, tail }: Failure, blocked: number): string[] {
  const what = event.problem === undefined ? `task "${event.task}" failed` : problemMessage(event.problem).what;
  return [`**${cell(what)}**${blocked > 0 ? ` (blocks ${blocked})` : ""}`, ...(tail.length === 0 ? [] : ["", ...fenced(tail)])];
}

/** The same reporter, which also appends to `file` at its end. */
export function withStepSummary(inner: Reporter, file: string, trouble: (text: string) => void): Reporter {
  const summary = new StepSummary();
  return {
    emit: (event) => {
      summary.see(event);
      inner.emit(event);
    },
    makeRoom: () => inner.makeRoom?.(),
    end: () => {
      inner.end();
      const text = summary.text();
      try {
        if (text !== "") fs.appendFileSync(file, text);
      } catch (error) {
        trouble(`tg: warning: could not write the step summary: ${(error as Error).message}\n`);
      }
    },
  };
}
