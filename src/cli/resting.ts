// Open tasks that a watch leaves alone: failed, blocked, always, or going round in circles. Each until something else speaks
// against it, or another folder stands in the place of the project. Knows no watcher.
import type { FilePath } from "../model/path.ts";
import type { Outcome, Reason, ReasonCode } from "../model/state.ts";
import type { TaskName } from "../model/task.ts";
import { changedBefore, newReasons, type Due, type Picture } from "./picture.ts";

/** How a build came out, for the look after it. */
export interface Built {
  /** What spoke against each task before. */
  readonly before: ReadonlyMap<string, readonly Reason[]>;
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** The filesystem's time after the last task. */
  readonly endedMs: number;
}

export interface Settled {
  /** Something differs although its task has just run, or the config has just been evaluated. */
  readonly due: boolean;
  /** Pairs of task and path, joined by NUL, that changed before the build was over; the config is the task "". Each once. */
  readonly circular: readonly string[];
}

/** One of these. */
export function pairOf(pair: string): { task: TaskName; path: string } {
  const cut = pair.indexOf("\0");
  return { task: pair.slice(0, cut) as TaskName, path: pair.slice(cut + 1) };
}

const NOBODY: ReadonlySet<string> = new Set();
const UNWATCHED: ReadonlySet<Outcome> = new Set(["blocked", "cancelled", "skipped"] as const);

function isUnwatched(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && UNWATCHED.has(outcome);
}

/** A task may leave a file of another name, in another folder, each time. */
const COMING: ReadonlySet<ReasonCode> = new Set(["input-added", "input-removed"] as const);

/** The folder at the top that a file is below. */
function topOf(path: string): string {
  const cut = path.indexOf("/", 1);
  return cut < 0 ? "./" : path.slice(0, cut + 1);
}

const GOOD: ReadonlySet<Outcome | undefined> = new Set(["ran", "restored", "fresh"] as const);

/** The tasks of `open`; `outcomes`: but for those that have ended well in the build that runs. */
export function unfinishedOf(open: readonly Due[], outcomes: ReadonlyMap<string, Outcome> | null): TaskName[] {
  return open.flatMap(({ task }) => (task === "" || GOOD.has(outcomes?.get(task)) ? [] : [task as TaskName]));
}

export class Resting {
  /** With what speaks against them. */
  #signatures: Map<string, string> = new Map();
  /** Of these, as far as they are left alone: who did not run in the last build since another had failed. */
  #waiting: Set<string> = new Set();
  /** Who failed may stand in nobody's way any more. */
  #woken = false;

  /** What of `open` is not left alone. A task that has been fresh meanwhile is left alone no more. */
  due(open: readonly Due[]): Due[] {
    const known = this.#signatures;
    const waited = this.#woken || this.#isOver(open) ? this.#waiting : NOBODY;
    this.forget();
    return open.filter((one) => {
      if (known.get(one.task) !== one.signature || waited.has(one.task)) return true;
      this.#signatures.set(one.task, one.signature);
      return false;
    });
  }

  /** Is one that failed open no more, and not by a build of this watch? */
  #isOver(open: readonly Due[]): boolean {
    if (this.#waiting.size === 0) return false;
    const names = new Set(open.map(({ task }) => task));
    return [...this.#signatures.keys()].some((task) => !this.#waiting.has(task) && !names.has(task));
  }

  add(open: readonly Due[]): void {
    for (const { task, signature } of open) this.#signatures.set(task, signature);
  }

  /** What is `open` after a build rests, but for what has new reasons. */
  settle(picture: Picture, open: readonly Due[], { before, outcomes, endedMs }: Built): Settled {
    const isOther = this.#woken;
    this.forget();
    const waiting = open.filter(({ task }) => isUnwatched(outcomes.get(task)));
    this.#waiting = new Set(waiting.map(({ task }) => task));
    const circular: string[] = [];
    let due = isOther && waiting.length > 0;
    for (const one of open) {
      const outcome = outcomes.get(one.task);
      const news = isUnwatched(outcome) ? [] : newReasons(one, before.get(one.task) ?? [], outcome);
      const mended = one.mended === true && outcome === "failed";
      due ||= news.length > 0 || mended;
      if (news.length === 0 && !mended && !(isOther && this.#waiting.has(one.task))) this.add([one]);
      for (const { code, subject } of news) if (subject !== undefined && changedBefore(picture, subject as FilePath, endedMs)) circular.push(`${one.task}\0${COMING.has(code) ? topOf(subject) : subject}`);
    }
    return { due, circular: [...new Set(circular)] };
  }

  /** Tasks are others now: who waits for them is left alone no more. */
  wake(): void {
    this.#woken = true;
  }

  forget(): void {
    this.#signatures = new Map();
    this.#woken = false;
  }
}
