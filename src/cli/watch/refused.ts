// Refused builds of a watch. Those that tg itself could not start (a full disk, a lock that cannot be written) are retried
// without an edit, after ever longer pauses, and reported again only if something else is in the way. Knows no disk and
// no clock.
import type { Event } from "../../model/event.ts";
import type { Problem } from "../../model/problem.ts";

const FIRST_MS = 1_000;
/** Emitted before the first task starts. */
const EARLY: ReadonlySet<Event["event"]> = new Set(["build-started", "task-judged"] as const);
/** See refusalCode (trouble.ts). */
const OWN_CODE = 3;

/** The problem, without parts that differ each time. */
function textOf(problem: Problem): string {
  return JSON.stringify(problem, (key, value: unknown) => (key === "seconds" ? undefined : value));
}

/** What one build reports. */
export interface Voice {
  emit(event: Event): void;
  /** Whether it has reported anything new. */
  readonly heard: boolean;
}

export class Refusals {
  /** What was stale when the last build was refused; null: it was not refused. */
  #open: readonly string[] | null = null;
  /** Why the last build was refused, if that was tg's own trouble; null otherwise. */
  #told: readonly string[] | null = null;
  /** Reported by the current build. */
  #said: string[] = [];
  #began = false;
  #pauseMs = FIRST_MS;

  /** Time in ms until a retry is worth it; Infinity: never. */
  get pauseMs(): number {
    return this.#told === null ? Infinity : this.#pauseMs;
  }

  /**
   * Passes on the events of a build; `begin` is called before the first one. `again`: a retry nobody asked for, silent until it
   * reports something that the last one did not.
   */
  voice(again: boolean, begin: () => (event: Event) => void): Voice {
    const known = again ? (this.#told ?? []) : [];
    let emit: ((event: Event) => void) | null = again ? null : begin();
    const kept: Event[] = [];
    this.#said = [];
    this.#began = false;
    return {
      get heard() { return emit !== null; },
      emit: (event) => {
        if (event.event === "problem") this.#said.push(textOf(event.problem));
        else if (event.event === "task-started") this.#began = true;
        if (emit === null && (EARLY.has(event.event) || (event.event === "problem" && known.includes(textOf(event.problem))))) return void kept.push(event);
        if (emit === null) {
          emit = begin();
          for (const one of kept) emit(one);
        }
        emit(event);
      },
    };
  }

  /** Records how that build ended. `open`: before or after it. */
  note(exitCode: number | null, open: () => readonly string[]): void {
    const isOwn = exitCode === OWN_CODE && !this.#began;
    this.#open = exitCode !== null && exitCode > 1 ? open() : null;
    this.#pauseMs = isOwn && this.#told !== null ? this.#pauseMs * 2 : FIRST_MS;
    this.#told = isOwn ? this.#said : null;
  }

  /** The last build was refused, and a task that was stale is fresh, or the project as a whole is in order. */
  isMended(open: readonly string[]): boolean {
    if (this.#open === null) return false;
    const names = new Set(open);
    return this.#open.some((task) => !names.has(task));
  }
}
