// The end of a build's output: failures again with their last lines, what they block, and the result.
import type { Event } from "../model/event.ts";
import { pathText, visible } from "./format.ts";
import { blockedLines, summaryLine } from "./lines.ts";
import { isNoOp, noOpLine } from "./no-op.ts";
import { problemLines } from "./problems.ts";
import { Recall, type Failure } from "./recall.ts";
import type { Voice } from "./reporter.ts";

/** How many lines of output are repeated, over all failures; and at least for each. */
const SHOWN_LINES = 60;
const FEWEST_LINES = 6;

export class Ending {
  readonly #voice: Voice;
  readonly #recall = new Recall();
  /** Why nothing is to be done has been said. */
  #told = false;

  constructor(voice: Voice) {
    this.#voice = voice;
  }

  see(event: Event): void {
    this.#recall.see(event);
    this.#told ||= event.event === "notice" && event.notice.code === "nothing-affected";
  }

  /** Writes the rest. `fresh`: the task whose output is directly above and need not be repeated. */
  say(fresh: string | null): void {
    const { ended, failures, untold, below, unstarted } = this.#recall;
    if (ended === null) return;
    const { out, err, paint, quiet } = this.#voice;
    if (isNoOp(ended)) {
      if (!quiet && !this.#told) out.write(noOpLine(ended) + "\n");
      return;
    }
    const lines: string[] = [];
    // With several, the last would seem to have printed nothing.
    const above = failures.length === 1 ? fresh : null;
    const most = Math.max(FEWEST_LINES, Math.floor(SHOWN_LINES / failures.length));
    for (const failure of failures) lines.push(...this.#failureLines(failure, { above, most }));
    if (untold > 0) lines.push(`${paint.bad("tg:")} and ${untold} more failed; tg status names them`);
    lines.push(...blockedLines(below, paint));
    if (!quiet) lines.push(summaryLine(ended, unstarted, paint));
    if (lines.length > 0) err.write(lines.join("\n") + "\n");
  }

  #failureLines({ event, tail }: Failure, { above, most }: { readonly above: string | null; readonly most: number }): string[] {
    const lines = event.problem === undefined ? [`${this.#voice.paint.bad("tg:")} task "${visible(event.task)}" failed`] : problemLines(event.problem, this.#voice.paint);
    const shown = tail.slice(-most);
    if (shown.length > 0 && event.task !== above) lines.push("    last lines of its output:", ...shown.map((line) => `      ${line}`));
    if (event.log !== undefined) lines.push(`    log: ${pathText(event.log)}`);
    return lines;
  }
}
