// Open tasks that a watch leaves alone: failed, blocked, always, or going round in circles. Each until something else speaks
// against it, or another folder stands in the place of the project. Knows no watcher.
import type { FilePath } from "../model/path.ts";
import type { Outcome, Reason, ReasonCode } from "../model/state.ts";
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

const UNWATCHED: ReadonlySet<Outcome> = new Set(["blocked", "cancelled", "skipped"] as const);

/** A task may leave a file of another name, in another folder, each time. */
const COMING: ReadonlySet<ReasonCode> = new Set(["input-added", "input-removed"] as const);

/** The folder at the top that a file is below. */
function topOf(path: string): string {
  const cut = path.indexOf("/", 1);
  return cut < 0 ? "./" : path.slice(0, cut + 1);
}

export class Resting {
  /** With what speaks against them. */
  #signatures: Map<string, string> = new Map();

  /** What of `open` is not left alone. A task that has been fresh meanwhile is left alone no more. */
  due(open: readonly Due[]): Due[] {
    const known = this.#signatures;
    this.forget();
    return open.filter((one) => {
      if (known.get(one.task) !== one.signature) return true;
      this.#signatures.set(one.task, one.signature);
      return false;
    });
  }

  add(open: readonly Due[]): void {
    for (const { task, signature } of open) this.#signatures.set(task, signature);
  }

  /** What is `open` after a build rests, but for what has new reasons. */
  settle(picture: Picture, open: readonly Due[], { before, outcomes, endedMs }: Built): Settled {
    this.forget();
    const circular: string[] = [];
    let due = false;
    for (const one of open) {
      const outcome = outcomes.get(one.task);
      const news = outcome !== undefined && UNWATCHED.has(outcome) ? [] : newReasons(one, before.get(one.task) ?? [], outcome);
      due ||= news.length > 0;
      if (news.length === 0) this.add([one]);
      for (const { code, subject } of news) if (subject !== undefined && changedBefore(picture, subject as FilePath, endedMs)) circular.push(`${one.task}\0${COMING.has(code) ? topOf(subject) : subject}`);
    }
    return { due, circular: [...new Set(circular)] };
  }

  forget(): void {
    this.#signatures = new Map();
  }
}
