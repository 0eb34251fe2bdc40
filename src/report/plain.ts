// A build shown without a terminal: one line for each task that ended, its whole output below it, nothing that moves.
import type { Event } from "../model/event.ts";
import { Ending } from "./ending.ts";
import { Fronts } from "./front.ts";
import { Gate } from "./gate.ts";
import { endLine, hookLines, isLarge, removedLines, retryLine, startLines } from "./lines.ts";
import { Progress } from "./progress.ts";
import { Flow, serviceLines } from "./services.ts";
import type { EventOf, Reporter, TaskEnded, Voice } from "./reporter.ts";

/** Characters of one task's output held back until it ends; beyond that it is shown as it comes, with names in front. */
const HOLD_CHARS = 256 * 1024;

/** A large build reports progress at every tenth, and after this long a silence. */
const STEP_PERCENT = 10;
const SILENCE_MS = 30_000;
/** At most this often, however fast it goes. */
const PACE_MS = 2000;

/** How a CI service decorates the same lines (github.ts). */
export interface Dress {
  /** A task's line and its output below it. */
  block(head: string, body: string): string;
  /** After a task's block; "" for nothing. */
  failed(event: TaskEnded): string;
  problem(event: EventOf<"problem">): string;
  /** At the very end. */
  last(): string;
}

const BARE: Dress = { block: (head, body) => head + "\n" + body, failed: () => "", problem: () => "", last: () => "" };

interface Held {
  parts: string[];
  chars: number;
  /** The task's output is shown as it comes; an unfinished line waits in `parts`. */
  flowing: boolean;
}

class Plain implements Reporter {
  readonly #voice: Voice;
  readonly #dress: Dress;
  readonly #ending: Ending;
  readonly #fronts: Fronts;
  readonly #flow: Flow;
  readonly #gate: Gate;
  readonly #progress = new Progress();
  readonly #held = new Map<string, Held>();
  #large = false;
  #nextPercent = STEP_PERCENT;
  #saidAt = 0;
  /** The task whose output was written last. */
  #lastTold: string | null = null;

  constructor(voice: Voice, dress: Dress) {
    this.#voice = voice;
    this.#dress = dress;
    this.#ending = new Ending(voice);
    this.#fronts = new Fronts(voice.paint);
    this.#flow = new Flow(this.#fronts, voice.prefix);
    this.#gate = new Gate(voice.paint, { all: voice.verbose > 0 });
  }

  emit(event: Event): void {
    const { quiet, err } = this.#voice;
    this.#ending.see(event);
    this.#progress.see(event);
    if (event.event === "problem") {
      this.#say(this.#gate.problem(event.problem));
      err.write(this.#dress.problem(event));
    } else if (!quiet || (event.event === "hook-ended" && event.problem !== undefined)) this.#tell(event);
    if (event.event === "task-ended" && event.outcome === "failed" && event.allowed !== true) err.write(this.#dress.failed(event));
  }

  #tell(event: Event): void {
    switch (event.event) {
      case "task-started":
        if (!event.console) this.#fronts.expect(event.task);
        return this.#say(startLines(event, this.#voice));
      case "task-output": return event.service === true ? this.#say(this.#flow.lines(event)) : this.#output(event);
      case "service":
        if (event.state === "starting") this.#fronts.expect(event.task);
        return this.#say([...(event.state === "crashed" || event.state === "stopped" ? this.#flow.last(event.task) : []), ...serviceLines(event, this.#voice)]);
      case "services-up": return this.#say(serviceLines(event, this.#voice));
      case "task-ended": return this.#ended(event);
      case "task-retry": return this.#retried(event);
      case "temp-removed": return this.#say(removedLines(event, this.#voice));
      case "hook-ended": return this.#say(hookLines(event, this.#voice));
      case "notice": return this.#say(this.#gate.notice(event.notice));
      case "build-started":
        this.#large = isLarge(event);
        this.#saidAt = event.time;
        return;
      case "task-judged":
      case "graph-grown":
      case "build-ended":
      case "problem": return;
      default: return event satisfies never;
    }
  }

  #say(lines: readonly string[]): void {
    if (lines.length === 0) return;
    this.#lastTold = null;
    this.#voice.err.write(lines.join("\n") + "\n");
  }

  #output({ task, text }: EventOf<"task-output">): void {
    const one = this.#held.get(task) ?? { parts: [], chars: 0, flowing: false };
    this.#held.set(task, one);
    one.parts.push(text);
    one.chars += text.length;
    one.flowing ||= one.chars > HOLD_CHARS;
    if (one.flowing && (text.includes("\n") || one.chars > HOLD_CHARS)) this.#flush(task, one, !text.includes("\n"));
  }

  /** Writes the held lines with their task's name; `all`: including an unfinished one. */
  #flush(task: string, one: Held, all: boolean): void {
    const text = one.parts.join("");
    const cut = all ? text.length : text.lastIndexOf("\n") + 1;
    const whole = text.slice(0, cut);
    one.parts = [text.slice(cut)];
    one.chars = text.length - cut;
    if (whole === "") return;
    const front = this.#voice.prefix ? this.#fronts.of(task) : "";
    this.#say(whole.replace(/\n$/, "").split("\n").map((line) => front + line));
  }

  /** The output of the attempt goes below its line; the next one begins empty. */
  #retried(event: EventOf<"task-retry">): void {
    const one = this.#held.get(event.task);
    this.#held.delete(event.task);
    if (one?.flowing === true) this.#flush(event.task, one, true);
    const line = retryLine(event, this.#voice);
    const body = one === undefined || one.flowing ? "" : one.parts.join("").replace(/\n$/, "");
    this.#say([body === "" ? line : this.#dress.block(line, body)]);
  }

  #ended(event: TaskEnded): void {
    const one = this.#held.get(event.task);
    this.#held.delete(event.task);
    if (one?.flowing === true) this.#flush(event.task, one, true);
    const line = endLine(event, this.#voice, this.#large && one === undefined);
    if (event.outcome !== "blocked" && event.outcome !== "cancelled") this.#sayProgress(event);
    if (line === null) return;
    const body = one === undefined || one.flowing ? "" : one.parts.join("").replace(/\n$/, "");
    this.#say([body === "" ? line : this.#dress.block(line, body)]);
    if (body !== "") this.#lastTold = event.task;
  }

  /** Only for large builds, and not at their end, where the summary follows. */
  #sayProgress(event: TaskEnded): void {
    const { percent } = this.#progress;
    if (!this.#large || !this.#progress.isMoving || percent >= 100) return;
    const passed = event.end - this.#saidAt;
    if (passed < PACE_MS || (percent < this.#nextPercent && passed < SILENCE_MS)) return;
    this.#nextPercent = (Math.floor(percent / STEP_PERCENT) + 1) * STEP_PERCENT;
    this.#saidAt = event.end;
    this.#say([`tg: ${this.#progress.plainLine(event.end)}`]);
  }

  end(): void {
    this.#say(this.#gate.rest(this.#voice));
    this.#ending.say(this.#lastTold);
    this.#voice.err.write(this.#dress.last());
  }
}

export function plainReporter(voice: Voice, dress: Dress = BARE): Reporter {
  return new Plain(voice, dress);
}
