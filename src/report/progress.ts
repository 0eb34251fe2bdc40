// The status line's text: how far a build is, what runs, how long it may take. Adds up events; writes nothing.
import type { Event } from "../model/event.ts";
import { secondsText, visible } from "./format.ts";
import { fit, textWidth } from "./width.ts";

interface Running {
  readonly start: number;
  readonly expectedMs: number;
}

/** Longer names are cut, so that several find room. */
const NAME_COLUMNS = 32;

export class Progress {
  readonly #running = new Map<string, Running>();
  #total = 0;
  #done = 0;
  #start = 0;
  #jobs = 1;
  #open = false;
  /** Recorded durations of what has not ended, one after the other. */
  #expectedMs = 0;
  #known = false;

  get running(): number {
    return this.#running.size;
  }

  see(event: Event): void {
    if (event.event === "build-started") {
      this.#total = event.total;
      this.#start = event.time;
      this.#jobs = Math.max(1, event.jobs);
      this.#expectedMs = event.estimateMs * this.#jobs;
      this.#known = event.estimateMs > 0;
      this.#open = true;
    } else if (event.event === "task-started") this.#running.set(event.task, { start: event.start, expectedMs: event.expectedMs });
    else if (event.event === "task-ended") {
      this.#expectedMs -= this.#running.get(event.task)?.expectedMs ?? 0;
      this.#running.delete(event.task);
      if (event.outcome !== "tainted") this.#done++;
    } else if (event.event === "build-ended") this.#open = false;
  }

  /** Milliseconds left by recorded durations; null when nothing is recorded or the records are used up. */
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

  /** `[3/12] 14 s, about 8 s left: compile 3 s, test 1 s, +2`, as many names as fit. "" when there is nothing to show. */
  line(now: number, columns: number): string {
    if (!this.#open || this.#running.size === 0) return "";
    const left = this.#leftMs(now);
    let line = `[${Math.min(this.#done, this.#total)}/${this.#total}] ${secondsText(now - this.#start)}${left === null ? "" : `, about ${secondsText(left + 500)} left`}: `;
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
