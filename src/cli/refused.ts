// Builds of a watch that were refused. Those that tg itself could not begin (a full disk, a lock that cannot be written) are tried
// again without an edit, after ever longer pauses, and told of again only when something else stands in the way. Knows no
// disk and no clock.
import type { Event } from "../model/event.ts";
import type { Problem } from "../model/problem.ts";

const FIRST_MS = 1_000;
/** Said before the first task starts. */
const EARLY: ReadonlySet<Event["event"]> = new Set(["build-started", "task-judged"] as const);
/** As refusalCode says (trouble.ts). */
const OWN_CODE = 3;

/** What stands in the way, without what is another each time. */
function textOf(problem: Problem): string {
  return JSON.stringify(problem, (key, value: unknown) => (key === "seconds" ? undefined : value));
}

/** What one build says. */
export interface Voice {
  emit(event: Event): void;
  /** Has it said anything that was not said before? */
  readonly heard: boolean;
}

export class Refusals {
  /** What was open when the last build was refused; null: it was not. */
  #open: readonly string[] | null = null;
  /** What the last build was refused for, where that was tg's own trouble; null: it was not. */
  #told: readonly string[] | null = null;
  /** Of the present build. */
  #said: string[] = [];
  #began = false;
  #pauseMs = FIRST_MS;

  /** In ms, until it is worth trying again; Infinity: it is not. */
  get pauseMs(): number {
    return this.#told === null ? Infinity : this.#pauseMs;
  }

  /**
   * Passes on what a build says; `begin` is called before the first word. `again`: nobody has asked for it, and it keeps silent until
   * it says what the last one did not.
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

  /** How that build ended. `open`: before or after it. */
  note(exitCode: number | null, open: () => readonly string[]): void {
    const isOwn = exitCode === OWN_CODE && !this.#began;
    this.#open = exitCode !== null && exitCode > 1 ? open() : null;
    this.#pauseMs = isOwn && this.#told !== null ? this.#pauseMs * 2 : FIRST_MS;
    this.#told = isOwn ? this.#said : null;
  }

  /** The last build was refused, and a task that was open is fresh, or the whole is well. */
  isMended(open: readonly string[]): boolean {
    if (this.#open === null) return false;
    const names = new Set(open);
    return this.#open.some((task) => !names.has(task));
  }
}
