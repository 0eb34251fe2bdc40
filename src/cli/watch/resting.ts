// Stale tasks that a watch leaves alone: failed, blocked, always, or circular. Each until something else speaks against it, or
// another folder replaces the project; circular ones also until they are retried. Knows no watcher.
import type { FilePath } from "../../model/path.ts";
import type { Outcome, Reason, ReasonCode } from "../../model/state.ts";
import type { TaskName } from "../../model/task.ts";
import { changedBefore, newReasons, type Due, type Picture } from "./picture.ts";
import { Trial } from "./trial.ts";

/** The result of a build, for the look after it. */
export interface Built {
  /** The reasons of each task before the build. */
  readonly before: ReadonlyMap<string, readonly Reason[]>;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Filesystem time after the last task. */
  readonly endedMs: number;
}

export interface Settled {
  /** Something differs although its task has just run, or the config has just been evaluated. */
  readonly due: boolean;
  /** Pairs of task and path, joined by NUL, that changed before the build was over; the config is the task "". No duplicates. */
  readonly circular: readonly string[];
}

/** `again`: those of tasks that were retried and are left alone again. */
export interface Rested extends Settled {
  readonly again: readonly string[];
}

/** A pair of task and path. */
export function pairOf(pair: string): { task: TaskName; path: string } {
  const cut = pair.indexOf("\0");
  return { task: pair.slice(0, cut) as TaskName, path: pair.slice(cut + 1) };
}

const NOBODY: ReadonlySet<string> = new Set();
const UNWATCHED: ReadonlySet<Outcome> = new Set(["blocked", "cancelled", "skipped"] as const);

function isUnwatched(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && UNWATCHED.has(outcome);
}

/** A task may leave a file with another name, in another folder, each time. */
const COMING: ReadonlySet<ReasonCode> = new Set(["input-added", "input-removed"] as const);

/** The top-level folder that contains a file. */
function topOf(path: string): string {
  const cut = path.indexOf("/", 1);
  return cut < 0 ? "./" : path.slice(0, cut + 1);
}

const GOOD: ReadonlySet<Outcome | undefined> = new Set(["ran", "restored", "fresh"] as const);

/** The tasks of `open`; with `outcomes`, without those that ended well in the running build. */
export function unfinishedOf(open: readonly Due[], outcomes: ReadonlyMap<string, Outcome> | null): TaskName[] {
  return open.flatMap(({ task }) => (task === "" || GOOD.has(outcomes?.get(task)) ? [] : [task as TaskName]));
}

export class Resting {
  /** With the reasons of each. */
  #signatures: Map<string, string> = new Map();
  /** Of these, the ones left alone because they did not run in the last build: another task had failed. */
  #waiting: Set<string> = new Set();
  /** A failed task may no longer block anyone. */
  #woken = false;
  /** Stale after the last build because somebody edited something after it. */
  #edited: ReadonlySet<string> = NOBODY;
  /** Circular tasks, and those of them being retried in the running round. */
  #circling: ReadonlySet<string> = NOBODY;
  #tried: ReadonlySet<string> = NOBODY;
  readonly #trial: Trial;

  /** `now` in ms, from any start. */
  constructor(now: () => number) {
    this.#trial = new Trial(now);
  }

  /** See Trial. */
  get pauseMs(): number {
    return this.#trial.pauseMs;
  }

  /** Tasks of `open` that are not left alone. A task that has been fresh meanwhile is no longer left alone. */
  due(open: readonly Due[]): Due[] {
    const known = this.#signatures;
    const waited = this.#woken || this.#isOver(open) ? this.#waiting : NOBODY;
    const tried = (this.#tried = this.#trial.isDue(false) ? this.#circling : NOBODY);
    this.forget();
    return open.filter((one) => {
      if (known.get(one.task) !== one.signature || waited.has(one.task) || tried.has(one.task)) return true;
      this.#signatures.set(one.task, one.signature);
      return false;
    });
  }

  /** Whether a failed task is no longer stale, though no build of this watch changed that. */
  #isOver(open: readonly Due[]): boolean {
    if (this.#waiting.size === 0) return false;
    const names = new Set(open.map(({ task }) => task));
    return [...this.#signatures.keys()].some((task) => !this.#waiting.has(task) && !names.has(task));
  }

  add(open: readonly Due[]): void {
    for (const { task, signature } of open) this.#signatures.set(task, signature);
  }

  /** After a circular build, leaves everything in `open` alone except what somebody has edited since. */
  rest(open: readonly Due[]): void {
    const circling = open.filter(({ task }) => !this.#signatures.has(task) && !this.#edited.has(task));
    this.#circle(circling);
    if (circling.length > 0) this.#trial.begin();
  }

  #circle(open: readonly Due[]): void {
    this.add(open);
    this.#circling = new Set(open.map(({ task }) => task));
  }

  /** After a build, leaves everything in `open` alone except what has new reasons. */
  settle(picture: Picture, open: readonly Due[], { before, outcomes, endedMs }: Built): Rested {
    const isOther = this.#woken;
    const tried = this.#tried;
    this.forget();
    const waiting = open.filter(({ task }) => isUnwatched(outcomes.get(task)));
    this.#waiting = new Set(waiting.map(({ task }) => task));
    const circular: string[] = [];
    const again: string[] = [];
    const circling: Due[] = [];
    const edited = new Set<string>();
    let due = isOther && waiting.length > 0;
    for (const one of open) {
      const outcome = outcomes.get(one.task);
      const news = isUnwatched(outcome) ? [] : newReasons(one, before.get(one.task) ?? [], outcome);
      const mended = one.mended === true && outcome === "failed";
      const named = news.filter(({ subject }) => subject !== undefined);
      const own = named.filter(({ subject }) => changedBefore(picture, subject as FilePath, endedMs));
      if (own.length < named.length) edited.add(one.task);
      const isAgain = tried.has(one.task) && own.length > 0 && own.length === named.length && !mended;
      (isAgain ? again : circular).push(...own.map(({ code, subject }) => `${one.task}\0${COMING.has(code) ? topOf(subject!) : subject!}`));
      if (isAgain) circling.push(one);
      else if (news.length > 0 || mended) due = true;
      else if (!(isOther && this.#waiting.has(one.task))) this.add([one]);
    }
    this.#edited = edited;
    this.#circle(circling);
    if (circling.length > 0) this.#trial.repeat();
    else this.#trial.end();
    return { due, circular: [...new Set(circular)], again: [...new Set(again)] };
  }

  /** Tasks have changed: those waiting for them are no longer left alone. */
  wake(): void {
    this.#woken = true;
  }

  forget(): void {
    this.#signatures = new Map();
    this.#woken = false;
  }
}
