// Remembers what a build's last words need: who failed and how, their last lines, who hangs below. Bounded in memory.
import type { Event } from "../model/event.ts";
import { pathText, visible } from "./format.ts";
import { blockedLines, isNoOp, noOpLine, summaryLine } from "./lines.ts";
import { problemLines } from "./problems.ts";
import type { BuildEnded, TaskEnded, Voice } from "./reporter.ts";
import { tameLine } from "./width.ts";

/** Characters of a running task's output that are kept for the end, and lines of them that are shown. */
const TAIL_CHARS = 16384;
const TAIL_LINES = 20;
/** Failures told in full; of the others the names alone. */
const FAILURES_TOLD = 10;

interface Failure {
  readonly event: TaskEnded;
  readonly tail: string;
}

export class Ending {
  readonly #voice: Voice;
  readonly #tails = new Map<string, string>();
  readonly #failures: Failure[] = [];
  readonly #below = new Map<string, string[]>();
  #untold = 0;
  #ended: BuildEnded | null = null;

  constructor(voice: Voice) {
    this.#voice = voice;
  }

  see(event: Event): void {
    if (event.event === "task-started") this.#tails.set(event.task, "");
    else if (event.event === "task-output") this.#tails.set(event.task, ((this.#tails.get(event.task) ?? "") + event.text).slice(-TAIL_CHARS));
    else if (event.event === "task-ended") this.#seeEnd(event);
    else if (event.event === "build-ended") this.#ended = event;
  }

  #seeEnd(event: TaskEnded): void {
    if (event.outcome === "failed" && event.allowed !== true) {
      if (this.#failures.length < FAILURES_TOLD) this.#failures.push({ event, tail: this.#tails.get(event.task) ?? "" });
      else this.#untold++;
    } else if (event.outcome === "blocked") {
      const above = event.blockedBy ?? "";
      const names = this.#below.get(above);
      if (names === undefined) this.#below.set(above, [event.task]);
      else names.push(event.task);
    }
    this.#tails.delete(event.task);
  }

  /** Says the rest. `fresh`: the task whose output stands just above, so that it need not be repeated. */
  say(fresh: string | null): void {
    const ended = this.#ended;
    if (ended === null) return;
    const { out, err, paint, quiet } = this.#voice;
    if (isNoOp(ended)) {
      if (!quiet) out.write(noOpLine(ended) + "\n");
      return;
    }
    const lines: string[] = [];
    for (const failure of this.#failures) lines.push(...this.#failureLines(failure, fresh));
    if (this.#untold > 0) lines.push(`${paint.bad("tg:")} and ${this.#untold} more failed; tg status names them`);
    lines.push(...blockedLines(this.#below, paint));
    if (!quiet) lines.push(summaryLine(ended, paint));
    if (lines.length > 0) err.write(lines.join("\n") + "\n");
  }

  #failureLines({ event, tail }: Failure, fresh: string | null): string[] {
    const lines = event.problem === undefined ? [`${this.#voice.paint.bad("tg:")} task "${visible(event.task)}" failed`] : problemLines(event.problem, this.#voice.paint);
    const last = tail.split("\n").map(tameLine).filter((line, i, all) => line !== "" || i < all.length - 1).slice(-TAIL_LINES);
    if (last.some((line) => line !== "") && event.task !== fresh) lines.push("    last lines of its output:", ...last.map((line) => `      ${line}`));
    if (event.log !== undefined) lines.push(`    log: ${pathText(event.log)}`);
    return lines;
  }
}
