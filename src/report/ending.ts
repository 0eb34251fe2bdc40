// A build's last words: failures again with their last lines, who hangs below them, and how it all came out.
import type { Event } from "../model/event.ts";
import { pathText, visible } from "./format.ts";
import { blockedLines, summaryLine } from "./lines.ts";
import { isNoOp, noOpLine } from "./no-op.ts";
import { problemLines } from "./problems.ts";
import { Recall, type Failure } from "./recall.ts";
import type { Voice } from "./reporter.ts";

/** Lines of outputs that are told once more, of all failures together; and of each at least. */
const SHOWN_LINES = 60;
const FEWEST_LINES = 6;

export class Ending {
  readonly #voice: Voice;
  readonly #recall = new Recall();

  constructor(voice: Voice) {
    this.#voice = voice;
  }

  see(event: Event): void {
    this.#recall.see(event);
  }

  /** Says the rest. `fresh`: the task whose output stands just above, so that it need not be repeated. */
  say(fresh: string | null): void {
    const { ended, failures, untold, below, unstarted } = this.#recall;
    if (ended === null) return;
    const { out, err, paint, quiet } = this.#voice;
    if (isNoOp(ended)) {
      if (!quiet) out.write(noOpLine(ended) + "\n");
      return;
    }
    const lines: string[] = [];
    // The last of several would seem to have said nothing.
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
