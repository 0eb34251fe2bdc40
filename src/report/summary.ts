// A build as one JSON object for programs: every task with its outcome and reasons, and the result. `--summary`.
import type { Event } from "../model/event.ts";
import { briefProblem, isTaskProblem } from "./task-texts.ts";

export class Summary {
  readonly #tasks = new Map<string, object>();
  #head: object = {};
  #end: object = {};

  see(event: Event): void {
    if (event.event === "build-started") this.#head = { jobs: event.jobs };
    else if (event.event === "build-ended") {
      const { counts, start, end, exitCode, signal } = event;
      this.#end = { start, end, exitCode, ...(signal === undefined ? {} : { signal }), counts };
    } else if (event.event === "task-ended" && event.outcome !== "tainted") {
      const { outcome, reasons, start, end, exit, attempts, problem, blockedBy, allowed, log } = event;
      const error = problem === undefined ? undefined : isTaskProblem(problem) ? briefProblem(problem) : problem.code;
      // A task that runs again ends again; the last end counts.
      this.#tasks.delete(event.task);
      this.#tasks.set(event.task, { outcome, reasons, start, end, exit, attempts, ...(error === undefined ? {} : { error }), ...(blockedBy === undefined ? {} : { blockedBy }), ...(allowed === undefined ? {} : { allowed }), ...(log === undefined ? {} : { log }) });
    }
  }

  /** Without `exitCode` nothing was run: the config or the command line was wrong. */
  text(): string {
    return JSON.stringify({ version: 1, ...this.#head, ...this.#end, tasks: Object.fromEntries(this.#tasks) }, null, 1) + "\n";
  }
}
