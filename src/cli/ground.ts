// Whether the folder that a watch stands on is there and still the same: what is watched in one that was moved away or made
// anew says nothing of it. Looks at that folder alone.
import type { WatchEvent } from "../model/event.ts";
import type { AbsolutePath } from "../model/path.ts";
import type { Above } from "../model/ports.ts";
import type { Doors } from "./doors.ts";

/** `moved`: it is another one than at the last look, or there again, or was away in between: what was known of it stands for nothing. */
export type Standing = "firm" | "moved" | "gone";

export interface GroundOptions {
  readonly doors: Pick<Doors, "identityOf" | "listedAt" | "openAbove">;
  tell(event: WatchEvent): void;
  /** It is another one than at the last look, or it is or was gone. */
  alarm(): void;
  now(): number;
}

/** One look at one folder. */
const EVERY_MS = 1_000;
/** So many rounds are doubted in a row: a task that does what sounds like a move of a folder above does not make rounds for ever. */
const MOST_DOUBTED = 3;

export class Ground {
  readonly #options: GroundOptions;
  #root: AbsolutePath | null = null;
  /** As it was looked at last. */
  #identity: string | null = null;
  #listedAt: number | null = null;
  /** It was away, or another one, since. */
  #wasMoved = false;
  /** What stands above it. */
  #above: Above | null = null;
  /** In so many rounds, one after the other, that sounded as if it had moved. */
  #doubtful = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: GroundOptions) {
    this.#options = options;
  }

  stand(root: AbsolutePath): void {
    this.#root = root;
    this.#above = this.#options.doors.openAbove(root);
    this.#note(root);
    this.#timer = setInterval(() => {
      if (this.#options.doors.identityOf(root) !== this.#identity) this.#shake();
    }, EVERY_MS).unref();
  }

  /**
   * Somebody has heard that it was moved, or could not write in it. Is that so? A file within that bears its name sounds alike,
   * but leaves the folder above as it was.
   */
  hear(): boolean {
    const root = this.#root;
    if (root === null || (this.isFirm() && this.#options.doors.listedAt(root) === this.#listedAt && this.#above?.hasMoved() !== true)) return false;
    this.#shake();
    return true;
  }

  #shake(): void {
    this.#wasMoved = true;
    this.#options.alarm();
  }

  #note(root: AbsolutePath): string | null {
    this.#wasMoved = false;
    this.#above?.look();
    this.#listedAt = this.#options.doors.listedAt(root);
    return (this.#identity = this.#options.doors.identityOf(root));
  }

  /** That it is gone is told once, and that it is there again. */
  look(): Standing {
    const root = this.#root;
    if (root === null) return "firm";
    const before = this.#identity;
    const wasMoved = this.#wasMoved;
    const now = this.#note(root);
    if (before === now) return now === null ? "gone" : wasMoved ? "moved" : "firm";
    if (now === null || before === null) this.#options.tell({ event: now === null ? "root-gone" : "root-back", root, time: this.#options.now() });
    return now === null ? "gone" : "moved";
  }

  /** Without a word: the next look tells. */
  isFirm(): boolean {
    return this.#root === null || (!this.#wasMoved && this.#options.doors.identityOf(this.#root) === this.#identity);
  }

  /** Has it been so for all of a round? If not, the next look tells. */
  wasFirm(): boolean {
    if (!this.isFirm()) return false;
    this.#doubtful = this.#above?.hasMoved() === true ? this.#doubtful + 1 : 0;
    const isDoubted = this.#doubtful > 0 && this.#doubtful <= MOST_DOUBTED;
    this.#wasMoved ||= isDoubted;
    return !isDoubted;
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }
}
