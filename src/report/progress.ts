// The text of the status line: how far a build is, what runs, how long it may take. Sums up events; writes nothing.
import type { Event } from "../model/event.ts";
import { countText, plural, secondsText, visible } from "./format.ts";
import { fit, textWidth } from "./width.ts";

interface Running {
  readonly start: number;
  readonly expectedMs: number;
}

/** Longer names are cut, so that several fit. */
const NAME_COLUMNS = 32;

export class Progress {
  readonly #running = new Map<string, Running>();
  #total = 0;
  #done = 0;
  #start = 0;
  #jobs = 1;
  /** Fresh tasks, which end before the first one starts. */
  #early = 0;
  /** How many of them were reported one by one: some callers do not need that. */
  #earlyTold = 0;
  /** Tasks that will not get a turn: something they need failed, or the build is ending. */
  #lost = 0;
  #open = false;
  #begun = false;
  /** Sum of recorded durations of tasks that have not ended. */
  #expectedMs = 0;
  #known = false;

  /** Something was started, and the build is in progress. */
  get isMoving(): boolean {
    return this.#open && this.#begun;
  }

  /** Of the tasks that were not known to be fresh. */
  get percent(): number {
    const open = this.#total - this.#early - this.#lost;
    return open === 0 ? 100 : (Math.max(0, this.#done - this.#early) / open) * 100;
  }

  /** `1,200 of 10,000 tasks done, 14 s, about 2 m 05 s left`, for a permanent line. */
  plainLine(now: number): string {
    const left = this.#leftMs(now);
    const open = this.#total - this.#early - this.#lost;
    return `${countText(Math.min(open, Math.max(0, this.#done - this.#early)))} of ${plural(open, "task")} done, ${secondsText(now - this.#start)}${left === null ? "" : `, about ${secondsText(left + 500)} left`}`;
  }

  see(event: Event): void {
    if (event.event === "build-started") {
      this.#total = event.total;
      this.#early = event.total - event.toRun - event.maybe;
      this.#done = this.#early;
      this.#lost = 0;
      this.#start = event.time;
      this.#jobs = Math.max(1, event.jobs);
      this.#expectedMs = event.estimateMs * this.#jobs;
      this.#known = event.estimateMs > 0;
      this.#open = true;
    } else if (event.event === "graph-grown") {
      this.#total = event.total;
    } else if (event.event === "task-started") {
      this.#begun = true;
      this.#running.set(event.task, { start: event.start, expectedMs: event.expectedMs });
    } else if (event.event === "task-retry") this.#running.delete(event.task);
    else if (event.event === "task-ended") {
      const running = this.#running.get(event.task);
      this.#running.delete(event.task);
      if (!this.#begun && (event.outcome === "fresh" || event.outcome === "skipped") && this.#earlyTold < this.#early) {
        this.#earlyTold++;
        return;
      }
      // A task that ends without a run, because it is fresh or blocked, takes an average share of the time: its own is unknown.
      this.#expectedMs -= running?.expectedMs ?? this.#expectedMs / Math.max(1, this.#total - this.#done - this.#lost);
      if (event.outcome === "blocked" || event.outcome === "cancelled") this.#lost++;
      else if (event.outcome !== "tainted") this.#done++;
    } else if (event.event === "build-ended") this.#open = false;
  }

  /** Milliseconds left by recorded durations; null if nothing is recorded or the records are used up. */
  #leftMs(now: number): number | null {
    if (!this.#known) return null;
    let left = this.#expectedMs;
    let longest = 0;
    for (const { start, expectedMs } of this.#running.values()) {
      const passed = Math.min(expectedMs, now - start);
      left -= passed;
      longest = Math.max(longest, expectedMs - passed);
    }
    const estimate = Math.max(left / this.#jobs, longest);
    return estimate > 500 ? estimate : null;
  }

  /** `[3/12] 14 s, about 8 s left: compile 3 s, test 1 s, +2`, as many names as fit. "" if there is nothing to show. */
  line(now: number, columns: number): string {
    if (!this.isMoving) return "";
    const left = this.#leftMs(now);
    let line = `[${Math.min(this.#done, this.#total - this.#lost)}/${this.#total - this.#lost}] ${secondsText(now - this.#start)}${left === null ? "" : `, about ${secondsText(left + 500)} left`}`;
    if (this.#running.size === 0) return line;
    line += ": ";
    let shown = 0;
    for (const [task, { start }] of this.#running) {
      const item = (shown === 0 ? "" : ", ") + `${fit(visible(task), NAME_COLUMNS)} ${secondsText(now - start)}`;
      const others = this.#running.size - shown - 1;
      const room = columns - textWidth(line) - (others === 0 ? 0 : `, +${others}`.length);
      if (shown > 0 && textWidth(item) > room) break;
      line += item;
      shown++;
    }
    const others = this.#running.size - shown;
    return others === 0 ? line : `${line}, +${others}`;
  }
}
