// Remembers what the end of a build's output needs: which tasks failed and how, their last lines, what they block. Bounded in
// what it keeps of outputs; writes nothing.
import type { Event } from "../model/event.ts";
import type { BuildEnded, TaskEnded } from "./reporter.ts";
import { tameLine } from "./width.ts";

/** Characters of a running task's output kept for the end, and how many lines of them are shown. */
const TAIL_CHARS = 16384;
const TAIL_LINES = 20;
/** Failures shown in full; of the others only the names. */
const FAILURES_TOLD = 10;

export interface Failure {
  readonly event: TaskEnded;
  /** The last lines of its output, without trailing empty ones. */
  readonly tail: readonly string[];
}

export class Recall {
  readonly failures: Failure[] = [];
  /** Names of blocked tasks, by the failed task upstream. */
  readonly below: Map<string, string[]> = new Map();
  /** Failures beyond those shown in full. */
  untold = 0;
  /** Cancelled before they started. */
  unstarted = 0;
  ended: BuildEnded | null = null;
  readonly #tails = new Map<string, string>();

  see(event: Event): void {
    if (event.event === "task-started") this.#tails.set(event.task, "");
    else if (event.event === "task-output") this.#seeOutput(event.task, event.text);
    else if (event.event === "task-ended") this.#seeEnd(event);
    else if (event.event === "build-ended") this.ended = event;
  }

  /** Cut only now and then: output may come in many small pieces. */
  #seeOutput(task: string, text: string): void {
    const tail = (this.#tails.get(task) ?? "") + text;
    this.#tails.set(task, tail.length > 4 * TAIL_CHARS ? tail.slice(-TAIL_CHARS) : tail);
  }

  #seeEnd(event: TaskEnded): void {
    if (event.outcome === "failed" && event.allowed !== true) {
      if (this.failures.length < FAILURES_TOLD) this.failures.push({ event, tail: lastLines(this.#tails.get(event.task) ?? "") });
      else this.untold++;
    } else if (event.outcome === "blocked") {
      const above = event.blockedBy ?? "";
      const names = this.below.get(above);
      if (names === undefined) this.below.set(above, [event.task]);
      else names.push(event.task);
    }
    if (event.outcome === "cancelled" && event.attempts === 0) this.unstarted++;
    this.#tails.delete(event.task);
  }
}

function lastLines(tail: string): string[] {
  const lines = tail.slice(-TAIL_CHARS).split("\n").map(tameLine).filter((line, i, all) => line !== "" || i < all.length - 1).slice(-TAIL_LINES);
  return lines.some((line) => line !== "") ? lines : [];
}
